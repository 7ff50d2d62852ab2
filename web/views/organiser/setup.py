"""What makes an event: description, slots, tables, facilitators, rules, requirements on pairs."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Faults
from web.domain.event import events, persons, requirements, resources, slots
from web.domain.event.own_numbers import own_numbers
from web.domain.event.resources import NeedsConfirmation
from web.domain.event.slots import Day, days_of, times_of
from web.domain.people.hours import tell_hours
from web.forms.events import SettingsForm
from web.forms.grid import GridForm
from web.forms.participants import RequirementForm, VersionForm, rule_label
from web.forms.resources import FacilitatorsForm, SlotsForm, TablesForm
from web.forms.rules import RulesForm
from web.forms.version import version_in, version_of
from web.models import Event, Slot
from web.security import allow, current_actor, current_event

blueprint = Blueprint("setup", __name__, url_prefix="/events/<int:event_id>/setup")


def show(template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    """The page; after a conflict (409) the form is given the version of now, so that saving again is a decision."""
    return render_template(template, conflict=values.pop("conflict", False), **values), status


def conflict(form: Any, version: int) -> None:
    """Keep what was typed, on top of what the other person saved: the next saving replaces it knowingly."""
    form.version.data = version


def round_name(slot: Slot, event: Event) -> str:
    """A round as lists of choices name it: its time, with the day where there are several."""
    several = event.slots[0].starts_at.date() != event.slots[-1].starts_at.date()
    return f"{slot.starts_at:%d/%m %H:%M}" if several else f"{slot.starts_at:%H:%M}"


@blueprint.get("/")
@allow("organiser")
def basics(event_id: int) -> ResponseReturnValue:
    return show("organiser/setup_basics.html", form=SettingsForm(current_event(), get_locale().language))


@blueprint.post("/")
@allow("organiser")
def basics_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = SettingsForm(event, get_locale().language)
    if not form.validate_on_submit():
        return show("organiser/setup_basics.html", 422, form=form)
    try:
        events.update_basics(
            get_session(),
            event,
            form.basics(),
            texts=form.texts(),
            zones=form.zone_terms(),
            directory_published=form.directory_published.data,
            wishes_shown=form.wishes_shown.data,
            version=version_of(form),
            actor=current_actor(),
            confirmed="confirmed" in request.form,
        )
    except NeedsConfirmation as question:
        return show("organiser/setup_basics.html", 409, form=form, effects=question.effects)
    except StaleDataError:
        conflict(form, event.version)
        return show("organiser/setup_basics.html", 409, form=form, conflict=True)
    flash(_("Saved."), "success")
    return redirect(url_for(".basics", event_id=event_id))


def _rules_form(event: Event) -> RulesForm:
    return RulesForm(event, get_locale().language, persons.somebodies(get_session(), event))


def _rules_page(form: RulesForm, status: int = 200, **values: Any) -> ResponseReturnValue:
    own = own_numbers(get_session(), current_event())
    return show("organiser/setup_rules.html", status, form=form, own=own, **values)


@blueprint.get("/rules")
@allow("organiser")
def rules(event_id: int) -> ResponseReturnValue:
    return _rules_page(_rules_form(current_event()))


@blueprint.post("/rules")
@allow("organiser")
def rules_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = _rules_form(event)
    if not form.validate_on_submit():
        return _rules_page(form, 422)
    before = {name: event.rules.get(name) or None for name in ("min_meetings", "max_meetings")}
    try:
        events.update_rules(get_session(), event, form.rules(), version_of(form), current_actor())
    except StaleDataError:
        conflict(form, event.version)
        return _rules_page(form, 409, conflict=True)
    changed = {name: (event.rules.get(name) or None) != value for name, value in before.items()}
    own = own_numbers(get_session(), event)
    if own.without_effect(least=changed["min_meetings"], most=changed["max_meetings"]):
        flash(
            _("Saved. The number of meetings for all changes nothing: each participant has one of their own."),
            "warning",
        )
    else:
        flash(_("Saved."), "success")
    return redirect(url_for(".rules", event_id=event_id))


def _save(form: Any, template: str, back: str, store: Callable[[bool], None], **values: Any) -> ResponseReturnValue:
    """Store a whole list: the page again with faults, with what it would undo, or after a conflict; else back."""
    event = current_event()
    try:
        store("confirmed" in request.form)
    except Faults as faults:
        form.show(faults)
        return show(template, 422, form=form, **values)
    except NeedsConfirmation as question:
        return show(template, 409, form=form, effects=question.effects, question=question, **values)
    except StaleDataError:
        return show("organiser/setup_conflict.html", 409, back=url_for(back, event_id=event.id))
    flash(_("Saved."), "success")
    return redirect(url_for(back, event_id=event.id))


def _shown_days(event: Event) -> tuple[Day, ...]:
    return days_of(times_of(event))


@blueprint.get("/slots")
@allow("organiser")
def slots_page(event_id: int) -> ResponseReturnValue:
    event = current_event()
    return show("organiser/setup_slots.html", form=SlotsForm(event), days=_shown_days(event))


@blueprint.post("/slots")
@allow("organiser")
def slots_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = SlotsForm(event)
    days = _shown_days(event)
    if not form.validate_on_submit():
        return show("organiser/setup_slots.html", 422, form=form, days=days)
    times, version = form.times(), version_of(form)

    def store(confirmed: bool) -> None:
        _save_slots(event, times, version, confirmed)

    return _save(form, "organiser/setup_slots.html", ".slots_page", store, days=days)


def _save_slots(event: Event, times: Sequence[slots.SlotTime], version: int, confirmed: bool) -> None:
    """Store the rounds as the answer to the question says: which button, and whether to tell those registered."""
    told = resources.save_slots(
        get_session(),
        event,
        times,
        version=version,
        confirmed=confirmed,
        actor=current_actor(),
        keep_rounds=request.form.get("confirmed") == "rounds",
        tell=tell_hours if "tell" in request.form else None,
    )
    if told:
        flash(ngettext("%(num)d mail leaves.", "%(num)d mails leave.", told), "success")


@blueprint.get("/slots/generate")
@allow("organiser")
def generate(event_id: int) -> ResponseReturnValue:
    event = current_event()
    return show(
        "organiser/setup_generate.html",
        form=GridForm.like(slots.plan_of(event)),
        days=_shown_days(event),
        version=event.version,
    )


@blueprint.get("/slots/generate/grid")
@allow("organiser")
def generate_grid(event_id: int) -> str:
    form = GridForm(formdata=request.args)
    days: tuple[Day, ...] = ()
    if form.grid_is_valid():
        try:
            days = days_of(slots.slot_times(form.plan()))
        except Faults as faults:
            form.show(faults)
    tables = len(current_event().tables)
    return render_template("organiser/_grid.html", days=days, tables=tables, problems=form.problems())


@blueprint.post("/slots/generate")
@allow("organiser")
def generate_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = GridForm()
    version = version_in(request.form.get("version"))
    values: dict[str, Any] = {"days": (), "version": version}
    template = "organiser/setup_generate.html"
    if not form.validate_on_submit():
        return show(template, 422, form=form, **values)
    try:
        times = slots.regenerated(event, form.plan())
    except Faults as faults:
        form.show(faults)
        return show(template, 422, form=form, **values)
    values["days"] = days_of(times)
    if request.form.get("preview"):
        return show(template, form=form, **values)

    def store(confirmed: bool) -> None:
        _save_slots(event, times, version, confirmed)

    return _save(form, template, ".slots_page", store, **values)


@blueprint.get("/tables")
@allow("organiser")
def tables(event_id: int) -> ResponseReturnValue:
    return show("organiser/setup_tables.html", form=TablesForm(current_event(), get_locale().language))


@blueprint.post("/tables")
@allow("organiser")
def tables_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = TablesForm(event, get_locale().language)
    if not form.validate_on_submit():
        return show("organiser/setup_tables.html", 422, form=form)
    rows, version, actor = form.rows(), version_of(form), current_actor()

    def store(confirmed: bool) -> None:
        resources.save_tables(get_session(), event, rows, version=version, confirmed=confirmed, actor=actor)

    return _save(form, "organiser/setup_tables.html", ".tables", store)


def _rounds(event: Event) -> list[tuple[str, str]]:
    return [(slot.key, round_name(slot, event)) for slot in event.slots]


@blueprint.get("/facilitators")
@allow("organiser")
def facilitators(event_id: int) -> ResponseReturnValue:
    event = current_event()
    return show("organiser/setup_facilitators.html", form=FacilitatorsForm(event, _rounds(event)))


@blueprint.post("/facilitators")
@allow("organiser")
def facilitators_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = FacilitatorsForm(event, _rounds(event))
    if not form.validate_on_submit():
        return show("organiser/setup_facilitators.html", 422, form=form)
    rows, version, actor = form.rows(), version_of(form), current_actor()

    def store(confirmed: bool) -> None:
        resources.save_facilitators(get_session(), event, rows, version=version, confirmed=confirmed, actor=actor)

    return _save(form, "organiser/setup_facilitators.html", ".facilitators", store)


def _requirements_page(form: RequirementForm | None = None, status: int = 200) -> ResponseReturnValue:
    session, event = get_session(), current_event()
    people = requirements.people(session, event)
    return show(
        "organiser/setup_requirements.html",
        status,
        form=form or _requirement_form(event),
        rules=requirements.requirements(session, event),
        names={one.key: one.name or one.key for one in people},
        people=people,
        rule_label=rule_label,
        round_name=round_name,
        conflict=status == 409,
    )


def _requirement_form(event: Event) -> RequirementForm:
    rounds = [(slot.id, round_name(slot, event)) for slot in event.slots]
    return RequirementForm(event, requirements.people(get_session(), event), rounds)


@blueprint.get("/requirements")
@allow("organiser")
def requirement_list(event_id: int) -> ResponseReturnValue:
    return _requirements_page()


@blueprint.post("/requirements")
@allow("organiser")
def requirement_post(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = _requirement_form(event)
    if not form.validate_on_submit():
        return _requirements_page(form, 422)
    try:
        requirements.add_requirement(get_session(), event, form.requirement(), version_of(form), current_actor())
    except Faults as faults:
        for fault in faults.faults:
            field = form["after_a" if fault.path == "after" else fault.path]
            field.errors = [*field.errors, fault.message]
        return _requirements_page(form, 422)
    except StaleDataError:
        conflict(form, event.version)
        return _requirements_page(form, 409)
    flash(_("Saved."), "success")
    return redirect(url_for(".requirement_list", event_id=event_id))


@blueprint.post("/requirements/<int:rule_id>/remove")
@allow("organiser")
def requirement_remove(event_id: int, rule_id: int) -> ResponseReturnValue:
    form = VersionForm()
    requirements.remove_requirement(get_session(), current_event(), rule_id, version_of(form), current_actor())
    flash(_("The rule is removed."), "success")
    return redirect(url_for(".requirement_list", event_id=event_id))
