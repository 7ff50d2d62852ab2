"""Organisations that may be registered twice, people who may stand for several: what is found, and what is decided."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Refused
from web.domain.event import taxonomy
from web.domain.people import doubles, merging
from web.forms.doubles import DecisionForm, MergeForm, label_of
from web.forms.participants import status_label
from web.models import Alike, Registration
from web.security import allow, current_actor, current_event, current_registration

blueprint = Blueprint("doubles", __name__)


@blueprint.get("/doubles")
@allow("organiser")
def page(event_id: int) -> str:
    return render_template("organiser/doubles.html", findings=doubles.findings(get_session(), current_event()))


@blueprint.post("/doubles")
@allow("organiser")
def decide(event_id: int) -> ResponseReturnValue:
    """Say of some that they are one person or two, or two organisations, or take that back."""
    form = DecisionForm()
    if not form.validate_on_submit():
        flash(_("Choose what holds for these participants."), "warning")
        return redirect(url_for(".page", event_id=event_id))
    session, event, ids, actor = get_session(), current_event(), form.ids.data, current_actor()
    match form.decision.data:
        case "never_at_once":
            doubles.never_at_once(session, event, ids, actor)
            flash(_("Kept: these organisations never have a meeting at the same time."), "success")
        case "at_once":
            doubles.may_be_at_once(session, event, ids, actor)
            flash(_("Taken back: these organisations may have meetings at the same time."), "success")
        case "two_organisations":
            doubles.say_two(session, event, ids, Alike.ORGANISATION, actor)
            flash(_("Kept: these are two different organisations."), "success")
        case "two_people":
            doubles.say_two(session, event, ids, Alike.PERSON, actor)
            flash(_("Kept: different people come for these organisations."), "success")
        case "perhaps_one":
            doubles.unsay_two(session, event, ids, Alike.ORGANISATION, actor)
            flash(_("Taken back."), "success")
        case _:
            doubles.unsay_two(session, event, ids, Alike.PERSON, actor)
            flash(_("Taken back."), "success")
    return redirect(_back(form.back.data or ""))


def _back(said: str) -> str:
    """The page on which it was said."""
    event_id = current_event().id
    if said == "compute":
        return url_for("schedule.compute.page", event_id=event_id)
    if said.isascii() and said.isdecimal() and int(said) < 2**31:
        return url_for("participants.show", event_id=event_id, registration_id=int(said))
    return url_for(".page", event_id=event_id)


@blueprint.get("/<int:registration_id>/merge/<int:other_id>")
@allow("organiser")
def compare(event_id: int, registration_id: int, other_id: int) -> ResponseReturnValue:
    return _comparison(other_id)


def _comparison(other_id: int, form: MergeForm | None = None, refusal: str = "", status: int = 200) -> Any:
    session, event = get_session(), current_event()
    from_double = None if form is None else form.from_double()
    other = merging.found(session, event, other_id)
    planned = merging.merge_of(session, event, current_registration(), other, from_double)
    page = render_template(
        "organiser/merge.html",
        planned=planned,
        form=MergeForm(
            formdata=None,
            data={"kept_version": planned.kept.version, "double_version": planned.double.version},
        ),
        wishes=planned.names(session, planned.mine.wishes),
        vetoes=planned.names(session, planned.mine.vetoes),
        lost=planned.names(session, planned.mine.lost),
        label_of=label_of,
        shown=_shown,
        status_label=status_label,
        taxonomy=taxonomy,
        refusal=refusal,
        conflict=status == 409 and not refusal,
        other_id=other_id,
    )
    return page, status


def _shown(who: Registration, column: str) -> str:
    """What the column of a registration says, in words."""
    value, language = getattr(who, column), get_locale().language
    match column:
        case "kind":
            return taxonomy.capitalised(taxonomy.kind_label(value, language))
        case "size" | "zone" if value:
            return taxonomy.size_label(value, language) if column == "size" else taxonomy.zone_label(value, language)
        case "language":
            return {"fr": "Français", "en": "English"}.get(value, value)
        case "remote":
            return _("Online, by video") if value else _("On site")
        case "home_table_id" if who.home_table is not None:
            return who.home_table.name or who.home_table.key
    return "" if value is None else str(value)


@blueprint.post("/<int:registration_id>/merge/<int:other_id>")
@allow("organiser")
def merge(event_id: int, registration_id: int, other_id: int) -> ResponseReturnValue:
    """Merge the two registrations."""
    form, session, event = MergeForm(), get_session(), current_event()
    one, other = current_registration(), merging.found(session, event, other_id)
    if not form.validate_on_submit():
        return _comparison(other_id, form, status=422)
    kept, double = merging.in_order(session, event, one, other)
    try:
        kept = merging.merge(
            session,
            event,
            kept,
            double,
            versions=form.versions(kept.id, double.id),
            from_double=form.from_double(),
            actor=current_actor(),
        )
    except StaleDataError:
        return _comparison(other_id, form, status=409)
    except Refused as refused:
        return _comparison(other_id, form, str(refused), refused.status)
    flash(_("%(name)s is one registration now. Both personal links lead to it.", name=kept.name or kept.key), "success")
    return redirect(url_for("participants.show", event_id=event_id, registration_id=kept.id))
