"""How many of each kind can come, and who is let in by itself."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.event.resources import NeedsConfirmation
from web.domain.event.taxonomy import capitalised, kind_label
from web.domain.people import places, targets
from web.forms.places import PlacesForm, among_label
from web.forms.version import version_in
from web.models import Event
from web.security import allow, current_actor, current_event
from web.views.organiser.setup import conflict, show

blueprint = Blueprint("places", __name__, url_prefix="/events/<int:event_id>/setup/places")


def _form(event: Event) -> PlacesForm:
    return PlacesForm(event, get_locale().language, places.all_places(get_session(), event))


def _page(form: PlacesForm, status: int = 200, **values: Any) -> ResponseReturnValue:
    event = current_event()
    return show(
        "organiser/setup_places.html",
        status,
        form=form,
        progress=targets.progress(get_session(), event),
        by_itself=places.acts_by_itself(event),
        target_sentence=_target_sentence,
        **values,
    )


def _target_sentence(one: targets.Progress) -> str:
    language = get_locale().language
    return _(
        "%(kind)s – at least %(share)d%%: %(among)s",
        kind=capitalised(kind_label(one.kind, language)) if one.kind else _("All accepted"),
        share=one.share,
        among=", ".join(among_label(code, language) for code in one.among),
    )


@blueprint.get("")
@allow("organiser")
def page(event_id: int) -> ResponseReturnValue:
    return _page(_form(current_event()))


@blueprint.post("")
@allow("organiser")
def save(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = _form(event)
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        came = places.save_places(
            get_session(),
            event,
            form.settings(),
            version=version_in(request.form.get("version")),
            confirmed="confirmed" in request.form,
            actor=current_actor(),
        )
    except NeedsConfirmation as question:
        return _page(form, 409, effects=question.effects, question=question)
    except StaleDataError:
        conflict(form, event.version)
        return _page(form, 409, conflict=True)
    if came:
        told = ngettext(
            "Saved. %(num)d organisation of the waiting list has a place now.",
            "Saved. %(num)d organisations of the waiting list have a place now.",
            len(came),
        )
        flash(told, "success")
    else:
        flash(_("Saved."), "success")
    return redirect(url_for(".page", event_id=event_id))
