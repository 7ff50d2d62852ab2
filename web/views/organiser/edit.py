"""The workbench: a version changed by hand, meeting by meeting, and kept as a new version."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from scheduler.format.schedule import Meeting
from web.db import get_session
from web.domain.errors import Faults, Missing, Refused
from web.domain.event.vocabulary import Vocabulary
from web.domain.timetable import edits
from web.domain.timetable.grid import Timetable, step_of
from web.domain.timetable.over import over, touches
from web.domain.timetable.reasons import reasons
from web.domain.timetable.versions import event_of, is_proposal, schedule_of
from web.forms.schedule import StepForm, TurnForm
from web.security import allow, current_actor, current_event, current_schedule
from web.views.faults import refusal
from web.views.organiser.grids import heading, kinds, wanted

blueprint = Blueprint("edit", __name__, url_prefix="/<int:schedule_id>/edit")

Pins = Mapping[tuple[frozenset[str], str], int]
# So many partners, tables and exchanges are offered at once; the best come first.
OFFERED = 12


@blueprint.get("/")
@allow("organiser")
def page(event_id: int, schedule_id: int) -> str:
    """The grid of the draft, and beside it what can be done with the meeting, or the free place, that was chosen."""
    version, shown = current_schedule(), wanted()
    draft, pinned = edits.draft_of(get_session(), version), edits.pins(get_session(), event_id)
    timetable = Timetable(draft.event, draft.schedule)
    if _by_tables():
        grid = timetable.tables_grid(shown, _("Online"), _("Without table"))
    else:
        grid = timetable.participants_grid(shown)
        grid.rows.sort(key=lambda row: row.label.casefold())
    return render_template(
        "schedule/edit.html",
        value=draft.event,
        draft=draft,
        grid=grid,
        wanted=shown,
        kinds=kinds(draft.event),
        before=schedule_of(version),
        by_tables=_by_tables(),
        pinned=pinned,
        **heading(version),
        **_chosen(draft, pinned),
    )


@blueprint.get("/panel")
@allow("organiser")
def panel(event_id: int, schedule_id: int) -> str:
    """What can be done with what was chosen, alone for htmx."""
    draft, pinned = edits.draft_of(get_session(), current_schedule()), edits.pins(get_session(), event_id)
    return render_template(
        "schedule/edit_panel.html", version=current_schedule(), draft=draft, **_chosen(draft, pinned)
    )


@blueprint.post("/")
@allow("organiser")
def change(event_id: int, schedule_id: int) -> ResponseReturnValue:
    form = StepForm()
    if not form.validate_on_submit():
        flash(_("This button does not fit the page any more: reload it."), "error")
        return _back()
    step, turn = form.step(), int(form.turn.data or 0)
    session, version, actor = get_session(), current_schedule(), current_actor()
    if step.kind == "pin":
        return _done(
            lambda: edits.pin(session, version, step, actor), _("Pinned: it stays there, whatever is computed."), step
        )
    if step.kind == "unpin":
        return _done(lambda: edits.unpin(session, version, step, actor), _("Released."), step)
    there = step
    if step.kind in ("move", "exchange"):
        there = replace(step, slot=step.to)
    elif step.kind == "remove":
        there = replace(step, other="")
    return _done(lambda: edits.do_step(session, version, step, turn, actor), _("Done."), there, step)


@blueprint.post("/undo")
@allow("organiser")
def undo(event_id: int, schedule_id: int) -> ResponseReturnValue:
    return _wound(edits.undo, _("Undone."), _("There is nothing to undo."))


@blueprint.post("/redo")
@allow("organiser")
def redo(event_id: int, schedule_id: int) -> ResponseReturnValue:
    return _wound(edits.redo, _("Done again."), _("There is nothing to do again."))


@blueprint.post("/discard")
@allow("organiser")
def discard(event_id: int, schedule_id: int) -> ResponseReturnValue:
    return _done(
        lambda: edits.discard(get_session(), current_schedule(), _turn(), current_actor()),
        _("Forgotten: this is the version as it was."),
    )


@blueprint.post("/keep")
@allow("organiser")
def keep(event_id: int, schedule_id: int) -> ResponseReturnValue:
    try:
        kept = edits.keep(get_session(), current_schedule(), _turn(), current_actor())
    except (Refused, StaleDataError) as error:
        flash(_told(error), "error")
        return _back()
    if is_proposal(kept):
        flash(
            _("Kept as version %(number)s: a proposal, too. Apply it here; nobody is told before.", number=kept.number),
            "success",
        )
        return redirect(url_for("repair.proposal", event_id=event_id, schedule_id=kept.id), 303)
    flash(_("Kept as version %(number)s. Nobody is told before you publish it.", number=kept.number), "success")
    return redirect(url_for("schedule.show", event_id=event_id, schedule_id=kept.id), 303)


@blueprint.post("/impose")
@allow("organiser")
def impose(event_id: int, schedule_id: int) -> ResponseReturnValue:
    """Have two meet who do not, and compute anew: asked for where it is told what that costs."""
    version = current_schedule()
    one, other = (request.form.get(name, "") for name in ("one", "other"))
    try:
        edits.impose(get_session(), version, one, other, current_actor())
    except (Refused, Faults) as error:
        flash(refusal(error), "error")
        return redirect(url_for("schedule.why_not", event_id=event_id, schedule_id=schedule_id, participant=one), 303)
    value = event_of(version)
    names = {"one": value.participant(one).label, "other": value.participant(other).label}
    flash(_("Asked for: %(one)s and %(other)s meet in whatever is computed from now on.", **names), "success")
    return redirect(url_for("schedule.compute.page", event_id=event_id), 303)


def _turn() -> int:
    form = TurnForm()
    return int(form.turn.data or 0) if form.validate_on_submit() else -1


def _wound(wind: Callable[..., bool], done: str, nothing: str) -> ResponseReturnValue:
    def deed() -> None:
        if not wind(get_session(), current_schedule(), _turn(), current_actor()):
            raise Refused(nothing)

    return _done(deed, done)


def _done(
    deed: Callable[[], object], said: str, then: edits.Step | None = None, otherwise: edits.Step | None = None
) -> ResponseReturnValue:
    """Do it, say so, and show the page with `then` chosen; where it cannot be done say why, with `otherwise` chosen."""
    try:
        deed()
    except (Refused, Missing, StaleDataError) as error:
        flash(_told(error), "error")
        return _back(otherwise or then)
    flash(said, "success")
    return _back(then)


def _told(error: Exception) -> str:
    if isinstance(error, StaleDataError):
        return _(
            "Somebody has changed this draft meanwhile: you see it now as it is. Do your change again if it still fits."
        )
    return str(error) or _("This meeting has changed meanwhile: look at the timetable again.")


def _back(step: edits.Step | None = None) -> ResponseReturnValue:
    ids: dict[str, Any] = {"event_id": current_event().id, "schedule_id": current_schedule().id}
    chosen: dict[str, Any] = {"one": step.one, "other": step.other or None, "slot": step.slot} if step else {}
    return redirect(url_for("schedule.edit.page", **ids, **chosen, **_kept()), 303)


def _by_tables() -> bool:
    return request.args.get("by") == "tables"


def _kept() -> dict[str, Any]:
    """What of the address every link and button of the page carries on: the filter, and what the rows are."""
    return {name: request.args[name][:200] for name in ("q", "kind", "by") if request.args.get(name)}


def _chosen(draft: edits.Draft, pinned: Pins) -> dict[str, Any]:
    """What the panel shows of the meeting, or the free place, that the address names; nothing where it names none."""
    one, other, slot, table = (request.args.get(name, "") for name in ("one", "other", "slot", "table"))
    event, language = draft.event, get_locale().language
    if slot not in event.slot_index:
        return {"chosen": None, "kept": _kept()}
    editor = draft.editor()
    past = over(current_event(), event)
    shared = {
        "kept": _kept(),
        "chosen_id": one or table,
        "chosen_slot": slot,
        "head": event.slots[event.slot_index[slot]],
        "slots": {one.id: one for one in event.slots},
        "tables": {one.id: one.label for one in event.tables},
        "event_value": event,
        "is_over": slot in past,
    }
    if table in event.table_index and not one:
        return {
            "chosen": "table",
            "table": table,
            "additions": [] if slot in past else editor.pairs(slot, table, OFFERED),
            **shared,
        }
    if one not in event.participant_index:
        return {"chosen": None, "kept": _kept()}
    shared["me"] = me = event.participant(one)
    try:
        meeting: Meeting | None = editor.meeting(one, other, slot) if other else None
    except KeyError:
        return {"chosen": None, "kept": _kept()}
    if meeting is None:
        return {"chosen": "place", "additions": [] if slot in past else editor.additions(one, slot)[:OFFERED], **shared}
    partner = event.participant(other)
    moves = editor.moves(meeting)
    best = max((one.score for one in draft.schedule.meetings), default=0)
    return {
        "chosen": "meeting",
        "meeting": meeting,
        "step": step_of(meeting.score, best),
        "partner": partner,
        "why": reasons(event, me, partner, Vocabulary(current_event(), language)),
        "moves": [change for change in moves if change.why is None and not touches(past, *change.added)],
        "impossible": [
            (
                change.added[0].slot,
                _("This round has begun.") if change.why is None else edits.why_not(change.why, event, language),
            )
            for change in moves
            if change.why is not None or touches(past, *change.added)
        ],
        "retabled": editor.tables(meeting)[:OFFERED],
        "exchanges": [one for one in editor.exchanges(meeting) if not touches(past, *one.added)][:OFFERED],
        "removal": editor.removal(meeting),
        "pin": pinned.get((meeting.pair, meeting.slot)),
        **shared,
    }
