"""A version changed by hand: each step looked at before it is done, undone and done again, kept as a new version.

The version itself stays as it was computed: the steps stand in a draft beside it, one for all who organise the event.
What a step may be and what it costs says `scheduler.edit`, by way of the door (`web.domain.timetable.solving`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.exc import StaleDataError

from scheduler.format.errors import InvalidSchedule
from scheduler.format.event import Event as EventValue
from scheduler.format.schedule import Meeting, Schedule
from scheduler.wording.sentences import told
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Faults, Missing, Refused
from web.domain.event.requirements import Requirement, add_requirement, remove_requirement
from web.domain.locking import lock_event, lock_version
from web.domain.people.participants import accepted_by_key
from web.domain.timetable.over import over, touches
from web.domain.timetable.solving import editor_of, replayed, start_job
from web.domain.timetable.versions import event_of, is_proposal, schedule_of, store_version
from web.models import (
    Event,
    Job,
    MeetingRule,
    Registration,
    RuleStatus,
    ScheduleDraft,
    ScheduleVersion,
    Slot,
)

if TYPE_CHECKING:
    from scheduler.edit import Change, Editor, Why


@dataclass(frozen=True)
class Draft:
    """A version with the steps that hold: `turn` is what a form says it was filled in from."""

    event: EventValue
    schedule: Schedule
    done: int
    undone: int
    turn: int

    def editor(self) -> "Editor":
        return editor_of(self.event, self.schedule)

    def effect(self, before: Schedule) -> "Effect":
        """What all steps together do to `before`, the version as it was computed."""
        had = {tier.name: tier.value for tier in before.tiers}
        wishes = _wishes(self.event, self.schedule) - _wishes(self.event, before)
        return Effect({tier.name: tier.value - had[tier.name] for tier in self.schedule.tiers}, wishes)


@dataclass(frozen=True)
class Effect:
    """How much each tier has grown, and how many wishes more are honoured."""

    effect: dict[str, int]
    wishes: int


@dataclass(frozen=True)
class Step:
    """One change asked for: `kind` is move, table, exchange, remove or add.

    `one` and `other` meet in `slot` (for add: are to); `to` is the slot, or the table, to move to; to exchange with is
    the meeting of `with_one` and `with_other` in the slot `to`. `table`: where to move, or to meet, if that is said.
    """

    kind: str
    one: str
    other: str
    slot: str
    to: str = ""
    with_one: str = ""
    with_other: str = ""
    table: str = ""

    def change(self, editor: "Editor") -> "Change":
        """What it does. Raises `Missing` where a meeting, a slot or a participant of it is not there (any more)."""
        try:
            if self.kind == "add":
                editor.event.slots[editor.event.slot_index[self.slot]]
                return editor.addition(self.one, self.other, self.slot, self.table or None)
            meeting = editor.meeting(self.one, self.other, self.slot)
            if self.kind == "move":
                slot = editor.event.slots[editor.event.slot_index[self.to]].id
                return editor.move(meeting, slot, self.table or None)
            if self.kind == "table":
                return editor.move(meeting, meeting.slot, self.to)
            if self.kind == "exchange":
                return editor.exchange(meeting, editor.meeting(self.with_one, self.with_other, self.to))
            if self.kind == "remove":
                return editor.removal(meeting)
        except KeyError:
            pass
        raise Missing(_("This meeting has changed meanwhile: look at the timetable again."))


def draft_of(session: Session, version: ScheduleVersion) -> Draft:
    """The version as its draft has it; as it was computed where nobody has changed it."""
    row = session.scalar(select(ScheduleDraft).where(ScheduleDraft.version_id == version.id))
    return _draft(version, row)


@retried
def do_step(
    session: Session, version: ScheduleVersion, step: Step, turn: int, actor: Actor, now: datetime | None = None
) -> "Change":
    """Do one step more; what it did. The steps undone before it are forgotten.

    Raises `StaleDataError` where the draft is not at `turn` any more, `Refused` with the reason for a step that may not
    be, such as one in a round that has begun by `now` (aware; default: this moment), `Missing` for one about what is
    not there.
    """
    with write(session):
        row = _locked(session, version, turn)
        draft = _draft(version, row)
        editor = draft.editor()
        change = step.change(editor)
        pinned = pins(session, version.event_id)
        if any((one.pair, one.slot) in pinned for one in change.removed) and step.kind != "table":
            raise Refused(_("This meeting is pinned: release it first."))
        if change.why is not None:
            raise Refused(why_not(change.why, draft.event, get_locale().language))
        _leave_what_is_over(version, draft.event, [*change.removed, *change.added], now)
        try:
            editor.changed(change)
        except InvalidSchedule as error:
            raise Refused(str(error.faults[0].message)) from error
        row.edits = [*row.edits[: row.done], _written(change)]
        row.done += 1
        row.turn += 1
        _note(session, version, actor, step.kind)
    return change


@retried
def undo(session: Session, version: ScheduleVersion, turn: int, actor: Actor) -> bool:
    """Undo the last step; whether there was one. Raises `StaleDataError`.

    Also a step in a round that has begun since: what is over is then again as the version says.
    """
    return _wind(session, version, turn, -1, actor)


@retried
def redo(session: Session, version: ScheduleVersion, turn: int, actor: Actor, now: datetime | None = None) -> bool:
    """Do the step undone last once more; whether there was one. Raises `StaleDataError`, and `Refused` as `do_step`."""
    return _wind(session, version, turn, 1, actor, now)


@retried
def discard(session: Session, version: ScheduleVersion, turn: int, actor: Actor) -> None:
    """Forget the draft: the version as it was computed. Raises `StaleDataError`."""
    with write(session):
        _empty(_locked(session, version, turn))
        _note(session, version, actor, "discard")


@retried
def keep(
    session: Session, version: ScheduleVersion, turn: int, actor: Actor, now: datetime | None = None
) -> ScheduleVersion:
    """The draft as a new version, which can be published; the draft is over.

    Of a proposal of repair it is a proposal, too, of the same: what was said with it is not part of the event yet.

    Raises `StaleDataError`, `Refused` where nothing was changed, or a round that was changed has begun since.
    """
    with write(session):
        row = _locked(session, version, turn)
        if not row.done:
            raise Refused(_("Nothing was changed yet."))
        draft = _draft(version, row)
        changed = set(schedule_of(version).meetings) ^ set(draft.schedule.meetings)
        _leave_what_is_over(version, draft.event, list(changed), now)
        proposed = is_proposal(version)
        repaired = version.repair or {} if proposed else {}
        parent = version.parent_id if proposed else version.id
        kept = store_version(session, version.event_id, draft.event, draft.schedule, parent_id=parent)
        kept.repair = {**repaired, "by_hand": version.number}
        _empty(row)
        _note(session, version, actor, "keep", kept=kept.number)
    return kept


def pins(session: Session, event_id: int) -> dict[tuple[frozenset[str], str], int]:
    """The meetings pinned to a slot (pair of participants, slot), with the id of the requirement that does it."""
    one, other = aliased(Registration), aliased(Registration)
    rows = session.execute(
        select(one.key, other.key, Slot.key, MeetingRule.id)
        .join(one, one.id == MeetingRule.a_id)
        .join(other, other.id == MeetingRule.b_id)
        .join(Slot, Slot.id == MeetingRule.slot_id)
        .where(MeetingRule.event_id == event_id, MeetingRule.status == RuleStatus.REQUIRED)
    )
    return {(frozenset((a, b)), slot): rule for a, b, slot, rule in rows}


@retried
def pin(session: Session, version: ScheduleVersion, step: Step, actor: Actor) -> None:
    """Have the meeting of `step` stay in its slot whatever is computed or repaired: the event requires it from now on.

    Raises `Refused` where the event has a rule on the pair already, or has not got them or the slot any more.
    """
    with write(session):
        event = lock_event(session, version.event_id)
        slot = session.scalar(select(Slot).where(Slot.event_id == event.id, Slot.key == step.slot))
        if slot is None:
            raise Refused(_("This meeting has changed meanwhile: look at the timetable again."))
        _require(session, event, step, slot.id, actor)


@retried
def unpin(session: Session, version: ScheduleVersion, step: Step, actor: Actor) -> None:
    """Let the meeting of `step` go where it may again."""
    with write(session):
        event = lock_event(session, version.event_id)
        rule = pins(session, event.id).get((frozenset((step.one, step.other)), step.slot))
        if rule is None:
            raise Refused(_("This meeting has changed meanwhile: look at the timetable again."))
        remove_requirement(session, event, rule, event.version, actor)


def impose(session: Session, version: ScheduleVersion, one: str, other: str, actor: Actor) -> Job:
    """Have these two meet, in whatever slot, and compute anew; the computation.

    Raises `Missing` where the version has not got these two, `Refused`, `Faults`.
    """
    if one == other or not {one, other} <= event_of(version).participant_index.keys():
        raise Missing
    _impose(session, version, Step("add", one, other, ""), actor)
    return start_job(session, session.get_one(Event, version.event_id), actor)


@retried
def _impose(session: Session, version: ScheduleVersion, step: Step, actor: Actor) -> None:
    with write(session):
        _require(session, lock_event(session, version.event_id), step, None, actor)


def _require(session: Session, event: Event, step: Step, slot_id: int | None, actor: Actor) -> None:
    people = accepted_by_key(session, event.id, (step.one, step.other))
    if len(people) < 2:
        raise Refused(_("One of the two does not take part any more: reload the page."))
    one, other = people[step.one], people[step.other]
    pair = {one.id, other.id}
    # Two requirements on one pair would be two meetings.
    if session.scalar(
        select(MeetingRule.id)
        .where(MeetingRule.event_id == event.id, MeetingRule.a_id.in_(pair), MeetingRule.b_id.in_(pair))
        .limit(1)
    ):
        raise Refused(_("The event already has a rule on these two: change it under “Rules on pairs”."))
    wanted = Requirement(one.id, other.id, RuleStatus.REQUIRED, slot_id)
    try:
        add_requirement(session, event, wanted, event.version, actor)
    except Faults as error:
        raise Refused(" ".join(fault.message for fault in error.faults)) from error


def why_not(why: "Why", event: EventValue, language: str) -> str:
    """Why a change may not be, in a sentence."""
    who = event.participant(why.participant).label if why.participant else ""
    if why.kind == "busy" and why.partner:
        return _("%(who)s meets %(partner)s then.", who=who, partner=event.participant(why.partner).label)
    sentences = {
        "away": _("%(who)s is not there then.", who=who),
        "full": _("%(who)s has as many meetings as they want.", who=who),
        "no_table": _("No table is free then."),
        "no_facilitator": _("No facilitator is free then."),
    }
    return sentences.get(why.kind) or _(
        "A rule of the event is against it: %(rule)s.", rule=told(why.rule or "", language)
    )


def _leave_what_is_over(
    version: ScheduleVersion, value: EventValue, meetings: list[Meeting], now: datetime | None
) -> None:
    if touches(over(version.event, value, now), *meetings):
        raise Refused(_("This round has begun: what is over stays as it was announced."))


def _wind(
    session: Session, version: ScheduleVersion, turn: int, by: int, actor: Actor, now: datetime | None = None
) -> bool:
    with write(session):
        row = _locked(session, version, turn)
        if not 0 <= row.done + by <= len(row.edits):
            return False
        if by > 0:
            again = row.edits[row.done]
            meetings = [*_meetings(again["removed"]), *_meetings(again["added"])]
            _leave_what_is_over(version, event_of(version), meetings, now)
        row.done += by
        row.turn += 1
        _note(session, version, actor, "undo" if by < 0 else "redo")
    return True


def _locked(session: Session, version: ScheduleVersion, turn: int) -> ScheduleDraft:
    """The draft's row, under the lock of the version; made where there is none."""
    lock_version(session, version)
    row = session.scalar(
        select(ScheduleDraft).where(ScheduleDraft.version_id == version.id).execution_options(populate_existing=True)
    )
    if row is None:
        row = ScheduleDraft(version_id=version.id, edits=[], done=0, turn=0)
        session.add(row)
    if row.turn != turn:
        raise StaleDataError("The draft has changed since the page was opened.")
    return row


def _empty(row: ScheduleDraft) -> None:
    """No step any more; the turns go on, so that no page of before takes the next draft for its own."""
    row.edits, row.done, row.turn = [], 0, row.turn + 1


def _draft(version: ScheduleVersion, row: ScheduleDraft | None) -> Draft:
    event, schedule = event_of(version), schedule_of(version)
    edits = row.edits if row is not None else []
    done = row.done if row is not None else 0
    steps = [(_meetings(edit["removed"]), _meetings(edit["added"])) for edit in edits[:done]]
    if steps:
        schedule = replayed(event, schedule, steps)
    return Draft(event, schedule, done, len(edits) - done, row.turn if row is not None else 0)


def _written(change: "Change") -> dict[str, Any]:
    return {
        "removed": [one.model_dump(mode="json") for one in change.removed],
        "added": [one.model_dump(mode="json") for one in change.added],
    }


def _wishes(event: EventValue, schedule: Schedule) -> int:
    met = {meeting.between for meeting in schedule.meetings}
    met |= {(other, one) for one, other in met}
    return sum((one.id, wish) in met for one in event.participants for wish in one.wishes)


def _meetings(written: list[Mapping[str, Any]]) -> tuple[Meeting, ...]:
    return tuple(Meeting.model_validate(one) for one in written)


def _note(session: Session, version: ScheduleVersion, actor: Actor, step: str, **details: Any) -> None:
    record(session, actor, "schedule.edit", event_id=version.event_id, version=version.number, step=step, **details)
