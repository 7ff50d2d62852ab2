"""A day on which anything may happen, in any order: withdrawals, repairs, changes by hand, computing anew.

After each step all that must hold is looked at, by the check of schedules and by counting here: see `Day.step`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from scheduler.check.schedule import verify
from scheduler.format.errors import NoScheduleFound, PasserelleError
from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import Schedule
from scheduler.samples.sample import sample_event
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Faults, Missing, Refused
from web.domain.event.absences import Rounds
from web.domain.event.files import event_value, import_event
from web.domain.event.resources import TableRow, save_tables
from web.domain.timetable import edits, repair
from web.domain.timetable.concerned import concerned_by
from web.domain.timetable.difference import Entry, agenda_entries
from web.domain.timetable.drift import drift
from web.domain.timetable.origin import origin_of
from web.domain.timetable.publishing import publish
from web.domain.timetable.said import Said
from web.domain.timetable.solving import compute_now, valid
from web.domain.timetable.versions import event_of, schedule_of
from web.exports.references import require_references
from web.models import Event, OutboxMail, Registration, RegistrationStatus, ScheduleVersion, User

Held = set[tuple[frozenset[str], str]]
# Seconds for each computation.
QUICK = 0.6


class Day:
    """An event of random size, announced; everybody has an address, and two wait who may come unannounced."""

    def __init__(self, session: Session, organiser: User, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session, self.random, self.log = session, Random(seed), [f"seed {seed}"]
        self.now = datetime(2027, 1, 1, tzinfo=UTC)
        monkeypatch.setattr("web.domain.event.programme.utcnow", lambda: self.now)
        pick = self.random.randint
        companies = pick(6, 14)
        sizes = pick(8, 20), companies, pick(5, 9), pick(max(3, companies // 2), companies)
        value = parse_event(event_json(sample_event(*sizes, pick(0, 999))))
        self.event: Event = import_event(session, value, organiser.id, Actor.of_user(organiser))
        rows = session.scalars(select(Registration)).all()
        with write(session):
            for one in rows:
                one.email = f"{one.key}@example.org"
            for one in self.random.sample(rows, 2):
                one.status = RegistrationStatus.WAITING
        self.mails()
        self.publish(self.compute())

    # What is

    @property
    def version(self) -> ScheduleVersion:
        self.session.expire_all()
        return self.session.get_one(ScheduleVersion, self.event.published_schedule_id)

    def value(self) -> EventValue:
        self.session.expire_all()
        return event_value(self.session, self.event)

    def mails(self) -> Counter[str]:
        """To whom mails were written since the last call."""
        seen = getattr(self, "seen", 0)
        rows = self.session.scalars(select(OutboxMail).where(OutboxMail.id > seen)).all()
        self.seen = max([seen, *(row.id for row in rows)])
        return Counter(row.recipient.partition("@")[0] for row in rows)

    def people(self, *statuses: str) -> list[Registration]:
        wanted = statuses or (RegistrationStatus.ACCEPTED,)
        query = select(Registration).where(Registration.status.in_(wanted)).order_by(Registration.id)
        return list(self.session.scalars(query))

    def begun(self) -> list[str]:
        moment = self.now.astimezone(ZoneInfo(self.event.timezone)).replace(tzinfo=None)
        return [slot.key for slot in self.event.slots if slot.starts_at <= moment]

    # What happens

    def step(self) -> None:
        """One random step, and everything looked at that must hold after it."""
        steps: list[Callable[[], None]] = [self.repair, self.repair, self.repair, self.known, self.time]
        if not self.begun():
            steps += [self.draft, self.draft, self.anew]
        self.random.choice(steps)()

    def time(self) -> None:
        """A round or two begin."""
        ahead = [slot for slot in self.event.slots if slot.key not in self.begun()]
        if len(ahead) > 3 and self.random.random() < 0.6:
            start = self.random.choice(ahead[:2]).starts_at
            self.now = start.replace(tzinfo=ZoneInfo(self.event.timezone)).astimezone(UTC) + timedelta(seconds=30)
            self.log.append(f"it is {start:%H:%M}")

    def known(self) -> None:
        """Something that the event is told by others than the repair."""
        what = self.random.choice(["withdraws", "absent", "renamed", "table", "helper"])
        who = self.random.choice(self.people())
        self.log.append(f"{who.key} {what}")
        with write(self.session):
            if what == "withdraws" and len(self.people()) > 8:
                who.status = RegistrationStatus.WITHDRAWN
            elif what == "absent":
                rounds = Rounds.of(self.event)
                missed = self.random.sample([one.key for one in rounds.times], 2)
                who.absences = rounds.absences([*rounds.missed(who.absences), *missed], who.absences)
            elif what == "renamed":
                who.name = f"{who.name} bis"
            elif what == "helper":
                who.needs_facilitator = not who.needs_facilitator
        if what == "table" and len(self.event.tables) > 3:
            rows = [TableRow(one.name, tuple(one.features), one.key) for one in self.event.tables]
            gone = self.random.randrange(len(rows))
            rows = [
                *rows[:gone],
                *rows[gone + 1 :],
                *([TableRow(f"Neuve {len(self.log)}")] * self.random.randint(0, 1)),
            ]
            try:
                save_tables(self.session, self.event, rows, version=self.event.version, confirmed=True, actor=SYSTEM)
            except Faults:
                self.session.rollback()
        self.mails()

    def said(self) -> Said:
        """Some of what may be said, several at once."""
        random, event = self.random, self.event
        at = repair.now_slot(event)
        begun = set(self.begun())
        ahead = [slot for slot in event.slots if slot.key not in begun]
        people = [one.key for one in self.people()]
        chosen = random.sample(people, 3)
        moments = [
            (slot.starts_at + timedelta(minutes=random.choice([0, 1, 7]))).isoformat(timespec="minutes")
            for slot in random.choices(ahead, k=3)
        ]
        maybe = lambda share=0.3: random.random() < share  # noqa: E731
        last = event.slots[-1]
        added = last.ends_at + timedelta(minutes=random.choice([2, 30]))
        return Said(
            absent=(chosen[0],) if maybe(0.5) else (),
            late={chosen[1]: moments[0]} if maybe() else {},
            leaves={chosen[2]: moments[1]} if maybe() else {},
            come=tuple(one.key for one in self.people("waiting")[:1]) if maybe() else (),
            tables=(random.choice(event.tables).key,) if maybe() and len(event.tables) > 3 else (),
            facilitators=(random.choice(event.facilitators).key,) if maybe(0.1) and event.facilitators else (),
            helpers={random.choice(event.facilitators).key: moments[2]} if maybe(0.2) and event.facilitators else {},
            cut=(random.choice(ahead).key,) if maybe(0.2) and len(ahead) > 3 else (),
            added=(added.isoformat(timespec="minutes"),) if maybe(0.15) and len(event.slots) < 12 else (),
            longer=(random.choice(ahead).key, random.choice([1, 10])) if maybe(0.2) else None,
            from_slot=at,
            allow=random.choice([0, 0, 0, 1, 3]),
        )

    def repair(self) -> None:
        if not [slot for slot in self.event.slots if slot.key not in self.begun()]:
            return
        said, before, former = self.said(), self.value(), self.version
        self.log.append(f"said {said}")
        try:
            proposed = repair.propose_repair(self.session, self.event, said, SYSTEM)
        except (Refused, Faults) as error:
            self.session.rollback()
            self.log.append(f"refused: {error}")
            assert self.value() == before and self.version.id == former.id and not self.mails()
            return
        proposed = self.adjusted(proposed)
        found = repair.proposal_of(self.session, proposed)
        assert found is not None and self.value() == before and self.version.id == former.id and not self.mails()
        began = self.begun()
        repair.apply(self.session, proposed, SYSTEM)
        self.announced(former, proposed, began)
        if self.random.random() < 0.4:
            self.undo(before, former, proposed)

    def adjusted(self, proposed: ScheduleVersion) -> ScheduleVersion:
        if self.random.random() < 0.6:
            return proposed
        found = repair.proposal_of(self.session, proposed)
        assert found is not None
        meeting = self.random.choice(found.announced[1].meetings)
        said = self.random.choice(
            [
                Said(**{**vars(found.said), "allow": found.said.allow + 1}),
                Said(**{**vars(found.said), "kept": (meeting.between,)}),
                Said(**{**vars(found.said), "alone": (meeting.between[0],)}),
            ]
        )
        self.log.append(f"adjusted: allow {said.allow}, kept {said.kept}, alone {said.alone}")
        try:
            return repair.adjust(self.session, proposed, said, SYSTEM)
        except (Refused, Faults) as error:
            self.session.rollback()
            self.log.append(f"refused: {error}")
            return self.session.get_one(ScheduleVersion, proposed.id)

    def undo(self, before: EventValue, former: ScheduleVersion, applied: ScheduleVersion) -> None:
        self.log.append("undone")
        wanted = self.held(former)
        names, was_right = valid(before, schedule_of(former), repair.now_slot(self.event)), self.begun()
        again = repair.undo(self.session, applied, SYSTEM)
        assert self.value() == before
        if names:
            assert self.held(again) == wanted
        self.announced(applied, again, was_right)

    def draft(self) -> None:
        """Some changes by hand, undone and done again, kept and announced."""
        version, random = self.version, self.random
        start = schedule_of(version)
        seen: list[Schedule] = [edits.draft_of(self.session, version).schedule]
        assert seen[0].meetings == start.meetings
        for _number in range(random.randint(1, 5)):
            draft = edits.draft_of(self.session, version)
            step = self.any_step(draft)
            if step is None:
                continue
            try:
                edits.do_step(self.session, version, step, draft.turn, SYSTEM)
            except (Refused, Missing):
                self.session.rollback()
                assert edits.draft_of(self.session, version).schedule == draft.schedule
                continue
            self.log.append(f"by hand: {step}")
            seen.append(edits.draft_of(self.session, version).schedule)
        self.wound(version, seen)
        draft = edits.draft_of(self.session, version)
        if len(seen) == 1:
            return
        if random.random() < 0.3:
            edits.discard(self.session, version, draft.turn, SYSTEM)
            assert edits.draft_of(self.session, version).schedule == start
            return
        kept = edits.keep(self.session, version, draft.turn, SYSTEM)
        assert schedule_of(kept).meetings == seen[-1].meetings
        if valid(event_of(version), start):
            assert valid(event_of(kept), schedule_of(kept))
        if event_of(kept) == self.value() and not drift(self.session, self.event, kept).untrue:
            self.publish(kept)

    def wound(self, version: ScheduleVersion, seen: list[Schedule]) -> None:
        """Back to the beginning and forth to the end: the same timetables on the way."""
        for known in reversed(seen[:-1]):
            assert edits.undo(self.session, version, edits.draft_of(self.session, version).turn, SYSTEM)
            assert edits.draft_of(self.session, version).schedule == known
        for known in seen[1:]:
            assert edits.redo(self.session, version, edits.draft_of(self.session, version).turn, SYSTEM)
            assert edits.draft_of(self.session, version).schedule == known
        turn = edits.draft_of(self.session, version).turn
        if turn:
            with pytest.raises(StaleDataError):
                edits.undo(self.session, version, turn - 1, SYSTEM)
            self.session.rollback()

    def any_step(self, draft: edits.Draft) -> edits.Step | None:
        editor, random = draft.editor(), self.random
        meeting = random.choice(draft.schedule.meetings)
        what = random.choice(["move", "exchange", "remove", "add", "table", "wild", "pin"])
        here = edits.Step("move", *meeting.between, meeting.slot)
        if what == "pin":
            try:
                edits.pin(self.session, self.version, here, SYSTEM)
                self.log.append(f"pinned: {meeting.between} {meeting.slot}")
            except Refused:
                self.session.rollback()
            return None
        if what == "move":
            changes = [one for one in editor.moves(meeting) if one.why is None]
            return edits.Step("move", *meeting.between, meeting.slot, changes[0].added[0].slot) if changes else None
        if what == "table":
            changes = editor.tables(meeting)
            return edits.Step("table", *meeting.between, meeting.slot, changes[0].added[0].table) if changes else None
        if what == "exchange":
            changes = editor.exchanges(meeting)
            if not changes:
                return None
            other = next(one for one in changes[0].removed if one != meeting)
            return edits.Step("exchange", *meeting.between, meeting.slot, other.slot, *other.between)
        if what == "remove":
            return edits.Step("remove", *meeting.between, meeting.slot)
        slot = random.choice(draft.event.slots).id
        if what == "wild":
            return edits.Step("move", *meeting.between, meeting.slot, slot)
        additions = editor.additions(meeting.between[0], slot)
        return edits.Step("add", *additions[0].added[0].between, slot) if additions else None

    def compute(self) -> ScheduleVersion:
        """Quickly, where the machine lets one."""
        for seconds in (QUICK, 8 * QUICK):
            try:
                return compute_now(self.session, self.event, SYSTEM, seconds)
            except NoScheduleFound:
                self.session.rollback()
        return compute_now(self.session, self.event, SYSTEM, 60 * QUICK)

    def anew(self) -> None:
        self.log.append("computed anew")
        try:
            version = self.compute()
        except (Refused, Faults, PasserelleError) as error:
            self.session.rollback()
            self.log.append(f"refused: {error}")
            return
        self.publish(version)

    def publish(self, version: ScheduleVersion) -> None:
        former = None if self.event.published_schedule_id is None else self.version
        publish(self.session, version, SYSTEM)
        self.announced(former, version, self.begun())

    # What must hold

    def held(self, version: ScheduleVersion) -> Held:
        return {(one.pair, one.slot) for one in schedule_of(version).meetings}

    def announced(self, former: ScheduleVersion | None, version: ScheduleVersion, began: list[str]) -> None:
        """The announced one is right for the event as it is; those whose agenda differs were told, and nobody else."""
        told, value, schedule = self.mails(), event_of(self.version), schedule_of(self.version)
        assert self.version.id == version.id
        require_references(value, schedule)
        at = repair.now_slot(self.event)
        if at is None:
            assert verify(value, schedule).faults == []
            assert value == self.value()
        else:
            assert valid(value, schedule, at)
        assert not drift(self.session, self.event).untrue
        accepted = {one.key for one in self.people()}
        if former is None:
            assert told == Counter(accepted & value.participant_index.keys())
            return
        then, now = (_agendas(one) for one in (former, version))
        differ = {id for id, agenda in now.items() if agenda != then.get(id)} & accepted
        # Whoever is not in it any more may be told that too.
        assert {id for id in told if id in accepted} == differ, (told, differ)
        assert not [id for id, count in told.items() if count > 1]
        concerned = concerned_by(self.session, self.version)
        assert concerned is not None and set(concerned.keys) == differ
        origin_of(self.session, self.version)
        # What is over, to the letter.
        over = set(began)
        for one, other in ((former, version), (version, former)):
            held = [meeting for meeting in schedule_of(one).meetings if meeting.slot in over]
            assert [m for m in held if m not in schedule_of(other).meetings and self.same_place(m, other)] == []
        for pair, slot in edits.pins(self.session, self.event.id):
            away = {
                missed for id in pair if id in value.participant_index for missed in value.participant(id).unavailable
            }
            if pair <= value.participant_index.keys() and slot in value.slot_index and slot not in {*away, *over}:
                assert (pair, slot) in self.held(version)

    def same_place(self, meeting: object, other: ScheduleVersion) -> bool:
        """Scores may be counted anew: who, when, where and with whom may not differ."""
        places = {(m.pair, m.slot, m.table, m.facilitator) for m in schedule_of(other).meetings}
        return (meeting.pair, meeting.slot, meeting.table, meeting.facilitator) not in places  # type: ignore[attr-defined]


def _agendas(version: ScheduleVersion) -> dict[str, list[Entry]]:
    """Whom everybody meets when and where; another name of the same partner is no other agenda."""
    entries = agenda_entries(event_of(version), schedule_of(version))
    return {id: [replace(one, partner="") for one in agenda] for id, agenda in entries.items()}
