"""How the organisers show themselves, and what the public page says: two tabs of the set-up."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.config import LOCALES
from web.db import get_session
from web.domain.colour import readable
from web.domain.event import face, page
from web.domain.event.programme import days_of
from web.forms.face import FaceForm
from web.forms.page import PageForm
from web.forms.version import version_of
from web.models import Event
from web.security import allow, current_actor, current_event
from web.views.context import LANGUAGE_NAMES
from web.views.organiser.setup import conflict, show
from web.views.phrases import phrases
from web.views.usual import usual_questions

blueprint = Blueprint("setup_face", __name__, url_prefix="/events/<int:event_id>/setup")
blueprint.context_processor(phrases)


@blueprint.get("/organiser")
@allow("organiser")
def organiser(event_id: int) -> ResponseReturnValue:
    return _organiser(FaceForm(current_event()), current_event().face)


@blueprint.post("/organiser")
@allow("organiser")
def organiser_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = FaceForm(event)
    valid = form.validate_on_submit()
    shown = {**event.face, **(vars(form.words()) if valid else {})}
    pictures = form.pictures()
    sent = any(pictures.values())
    if form.errors:
        return _organiser(form, shown, 422, unsent=sent)
    if request.form.get("preview"):
        return _organiser(form, shown, unsaved=True, unsent=sent)
    try:
        face.update_face(
            get_session(),
            event,
            form.words(),
            pictures=pictures,
            version=version_of(form),
            actor=current_actor(),
        )
    except StaleDataError:
        conflict(form, event.version)
        return _organiser(form, shown, 409, conflict=True, unsent=sent)
    _tell_of_colour(form.colour.data)
    return redirect(url_for(".organiser", event_id=event_id))


def _organiser(form: FaceForm, shown: Mapping[str, Any], status: int = 200, **values: Any) -> ResponseReturnValue:
    sittings = days_of(current_event())
    template = "organiser/setup_organiser.html"
    return show(template, status, form=form, shown=shown, sittings=sittings, **values)


def _tell_of_colour(colour: str) -> None:
    nearest = readable(colour)
    if nearest == colour:
        flash(_("Saved."), "success")
        return
    flash(
        _(
            "Saved. Nobody could read letters of %(colour)s on a light page: the band at the top keeps it; links and "
            "buttons have %(nearest)s, the nearest colour that can be read.",
            colour=colour,
            nearest=nearest,
        ),
        "warning",
    )


@blueprint.get("/public-page")
@allow("organiser")
def public_page(event_id: int) -> ResponseReturnValue:
    return _public_page(PageForm(current_event()))


@blueprint.post("/public-page")
@allow("organiser")
def public_page_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = PageForm(event)
    if not form.validate_on_submit():
        return _public_page(form, 422)
    if request.form.get("preview"):
        return _public_page(form, unsaved=True)
    try:
        page.update_page(get_session(), event, form.texts(), version_of(form), current_actor())
    except StaleDataError:
        conflict(form, event.version)
        return _public_page(form, 409, conflict=True)
    flash(_("Saved."), "success")
    return redirect(url_for(".public_page", event_id=event_id))


def _public_page(form: PageForm, status: int = 200, **values: Any) -> ResponseReturnValue:
    event = current_event()
    # The event's own language first.
    codes = sorted(LOCALES, key=lambda code: code != event.locale)
    return show(
        "organiser/setup_public_page.html",
        status,
        form=form,
        languages=[(code, LANGUAGE_NAMES[code], form.of(code)) for code in codes],
        previews=[(code, LANGUAGE_NAMES[code], _sections(event, form, code)) for code in codes],
        **values,
    )


def _sections(event: Event, form: PageForm, language: str) -> str:
    """What the page says in `language`, as it would with what the form holds."""
    with force_locale(language):
        words = page.words_from(event, form.texts(), language)
        return render_template("public/_sections.html", words=words, usual_questions=usual_questions())
