"""Calendars through a chain of announcements: read back by a program that knows only UID and SEQUENCE."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.calendars import Entry, Program
from tests.support.published import World, meeting, world  # noqa: F401
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.events import touch
from web.domain.people import registration as registrations
from web.domain.timetable import solving as scheduling
from web.models import Event, Registration, ScheduleVersion, Slot, User

PARIS = ZoneInfo("Europe/Paris")


class Chain:
    """An event whose slots, people, names, tables and place change at random before each announcement."""

    def __init__(self, session: Session, make: Factory, client: FlaskClient, seed: int) -> None:
        self.session, self.make, self.client = session, make, client
        self.random = random.Random(seed)
        self.event = make.event(slots=6, tables=8)
        self.people = [make.registration(self.event, kind=kind) for kind in ("association", "company") * 4]
        self.tokens = {one.key: make.personal_link(one) for one in self.people}
        self.programs = {one.key: Program() for one in self.people}
        self.announced: set[str] = set()
        self.keys = 6

    def disturb(self) -> None:
        """One to three of all that may happen between two announcements."""
        changes = [self.move_rounds, self.cut_round, self.add_round, self.rename, self.relocate, self.rename_table]
        for change in self.random.sample([*changes, self.leave_or_return], self.random.randint(1, 3)):
            with write(self.session):
                change()
                touch(self.event)

    def move_rounds(self) -> None:
        by = timedelta(minutes=self.random.choice([-30, -8, 8, 60, 10 * 60]))
        for slot in self.event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at + by, slot.ends_at + by

    def cut_round(self) -> None:
        if len(self.event.slots) > 3:
            self.event.slots.remove(self.random.choice(self.event.slots))

    def add_round(self) -> None:
        self.keys += 1
        last = self.event.slots[-1]
        start = last.ends_at + timedelta(minutes=2)
        self.event.slots.append(
            Slot(key=f"s{self.keys}", position=last.position + 1, starts_at=start, ends_at=start + timedelta(minutes=6))
        )

    def rename(self) -> None:
        self.random.choice(self.people).name = f"Nom, {self.random.randint(0, 10**6)} ; nouveau"

    def relocate(self) -> None:
        self.event.place = f"Salle {self.random.randint(0, 10**6)}"

    def rename_table(self) -> None:
        self.random.choice(self.event.tables).name = f"Table {self.random.randint(100, 10**6)}"

    def leave_or_return(self) -> None:
        one = self.random.choice(self.people)
        one.status = "withdrawn" if one.status == "accepted" else "accepted"

    def announce(self) -> ScheduleVersion:
        """A timetable at random, published: in each round some pairs, some of whom meet twice."""
        meetings = []
        present = [one for one in self.people if one.status == "accepted"]
        for slot in self.event.slots:
            one_side = [one for one in present if one.kind == "association"]
            others = [one for one in present if one.kind == "company"]
            self.random.shuffle(others)
            for table, (one, other) in enumerate(zip(one_side, others, strict=False)):
                if self.random.random() < 0.5:
                    meetings.append(meeting(one, other, slot.key, f"t{table + 1}"))
        version = self.make.schedule(self.event, meetings)
        scheduling.publish(self.session, version, SYSTEM)
        return version

    def expected(self, version: ScheduleVersion, me: Registration) -> list[tuple[str, str, str]]:
        """Partner, beginning and place of each meeting as its reader is to see it, by the stored files."""
        if me.status != "accepted":
            return []
        file = version.event_document
        names = {one["id"]: one["name"] for one in file["participants"]}
        tables = {one["id"]: one["name"] for one in file["tables"]}
        starts = {one["id"]: one["start"] for one in file["slots"]}
        found = []
        for one in version.document["meetings"]:
            if me.key in one["between"]:
                (partner,) = set(one["between"]) - {me.key}
                start = datetime.fromisoformat(starts[one["slot"]]).replace(tzinfo=PARIS).astimezone(UTC)
                found.append((f"{start:%d %H:%M}", names[partner], f"{tables[one['table']]}, {self.event.place}"))
        return sorted(found)

    def look(self, me: Registration) -> list[Entry] | None:
        """What the file holds now, taken in by the reader's program; ``None`` where there is none."""
        answer = self.client.get(f"/p/{self.tokens[me.key]}/agenda.ics")
        if answer.status_code == 404:
            return None
        assert f'"{me.key}"' not in answer.text
        for one in self.people:
            assert f"SUMMARY:{one.key} " not in answer.text
        return self.programs[me.key].take(answer.data)


def seen(entry: Entry) -> tuple[str, str, str]:
    return f"{entry.start:%d %H:%M}", entry.summary.split(" – ")[0].replace("\u202f;", " ;"), entry.location


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_calendars_of_ten_announcements_show_exactly_the_current_meetings(
    session: Session, make: Factory, client: FlaskClient, seed: int
) -> None:
    chain = Chain(session, make, client, seed)
    cancelled = 0
    for step in range(10):
        if step:
            chain.disturb()
        version = chain.announce()
        for me in chain.people:
            before = dict(chain.programs[me.key].entries)
            file = chain.look(me)
            program = chain.programs[me.key]
            assert sorted(map(seen, program.shown)) == chain.expected(version, me), (step, me.key)
            # All that was ever announced stands in the file itself: a program that replaces everything sees it too.
            assert {one.uid for one in file or ()} == program.entries.keys()
            assert sum(not one.cancelled for one in file or ()) == len(program.shown)
            for uid, entry in before.items():
                now = program.entries[uid]
                if (seen(now), now.end, now.cancelled) != (seen(entry), entry.end, entry.cancelled):
                    assert now.sequence > entry.sequence
            cancelled += sum(one.cancelled for one in file or ())
    assert cancelled > 100


@on_both_databases
def test_calendar_of_somebody_who_withdrew_is_cancelled_before_and_after_the_next_timetable(
    world: World,  # noqa: F811
    client: FlaskClient,
) -> None:
    """It said CONFIRMED until the next publication, and then there was none at all."""
    token, program = world.make.personal_link(world.a), Program()
    world.publish(world.first)
    assert len(program.take(client.get(f"/p/{token}/agenda.ics").data)) == len(program.shown) == 2
    registrations.withdraw(world.session, world.session.get_one(Registration, world.a.id), SYSTEM)
    assert len(program.take(client.get(f"/p/{token}/agenda.ics").data)) == 2
    assert program.shown == []
    world.publish(world.make.schedule(world.event, [meeting(world.b, world.c, "s2")]))
    found = program.take(client.get(f"/p/{token}/agenda.ics").data)
    assert [one.cancelled for one in found] == [True, True]
    assert [one.summary for one in found] == ["Fournil Dubois – Rencontres", "Imprimerie Lys – Rencontres"]


def test_calendar_of_another_place_has_another_sequence(world: World, client: FlaskClient) -> None:  # noqa: F811
    """A program that has the entry already kept the former place."""
    token, program = world.make.personal_link(world.a), Program()
    world.publish(world.first)
    program.take(client.get(f"/p/{token}/agenda.ics").data)
    with write(world.session):
        world.session.get_one(Event, world.event.id).place = "Gymnase"
    program.take(client.get(f"/p/{token}/agenda.ics").data)
    assert {one.location.split(", ")[1] for one in program.shown} == {"Gymnase"}


def test_organiser_is_given_the_calendar_that_the_participant_has(
    world: World,  # noqa: F811
    client: FlaskClient,
    organiser: User,
    organiser_client: FlaskClient,
) -> None:
    world.make.member(world.event, organiser)
    world.publish(world.first)
    second = world.make.schedule(world.event, [meeting(world.a, world.c, "s3")])
    world.publish(second)
    token = world.make.personal_link(world.a)
    own = client.get(f"/p/{token}/agenda.ics").data
    address = f"/events/{world.event.id}/schedule/{second.id}/participants/{world.a.key}/agenda.ics"
    program, other = Program(), Program()
    program.take(own)
    other.take(organiser_client.get(address).data)
    assert [(one.uid, one.sequence, one.cancelled) for one in program.entries.values()] == [
        (one.uid, one.sequence, one.cancelled) for one in other.entries.values()
    ]


def test_organiser_is_given_the_cancelled_calendar_of_somebody_whom_the_announced_version_leaves_out(
    world: World,  # noqa: F811
    client: FlaskClient,
    organiser: User,
    organiser_client: FlaskClient,
) -> None:
    """The participant had it; the organiser was told that there was no such page."""
    world.make.member(world.event, organiser)
    world.publish(world.first)
    second = world.make.schedule(world.event, [meeting(world.b, world.c, "s2")])
    world.publish(second)
    token = world.make.personal_link(world.a)
    address = f"/events/{world.event.id}/schedule/{second.id}/participants/{world.a.key}/agenda.ics"
    own, theirs = client.get(f"/p/{token}/agenda.ics"), organiser_client.get(address)
    assert theirs.status_code == 200
    found = [[(one.uid, one.sequence, one.cancelled) for one in Program().take(file.data)] for file in (own, theirs)]
    assert len(found[0]) == 2
    assert found[0] == found[1]


@on_both_databases
def test_calendars_of_partners_say_at_once_that_somebody_comes_no_more(
    world: World,  # noqa: F811
    client: FlaskClient,
    organiser: User,
) -> None:
    """They stood as confirmed until the next announcement, while the page said that they are cancelled."""
    world.publish(world.first)
    tokens = {one.key: world.make.personal_link(one) for one in (world.a, world.b, world.c)}
    programs = {key: Program() for key in tokens}

    def shown(one: Registration) -> list[str]:
        programs[one.key].take(client.get(f"/p/{tokens[one.key]}/agenda.ics?lang=fr").data)
        return [entry.summary.partition(" – ")[0] for entry in programs[one.key].shown]

    assert shown(world.a) == ["Fournil Dubois", "Imprimerie Lys"]
    assert shown(world.b) == ["Fournil Dubois"]
    before = {one.uid: one.sequence for one in programs[world.b.key].entries.values()}
    registrations.withdraw(world.session, world.session.get_one(Registration, world.d.id), SYSTEM)
    assert shown(world.a) == ["Fournil Dubois"]
    assert [one.summary for one in programs[world.a.key].entries.values() if one.cancelled] == [
        "Imprimerie Lys – Rencontres"
    ]
    # Whom it does not concern has the same number.
    assert shown(world.b) == ["Fournil Dubois"]
    assert {one.uid: one.sequence for one in programs[world.b.key].entries.values()} == before
    # They come after all: the meeting is held under the name that it had.
    with write(world.session):
        world.session.get_one(Registration, world.d.id).status = "pending"
    registrations.accept(world.session, world.session.get_one(Registration, world.d.id), SYSTEM)
    assert shown(world.a) == ["Fournil Dubois", "Imprimerie Lys"]
    assert len(programs[world.a.key].entries) == 2


def test_calendars_of_partners_keep_the_announced_name_and_table_until_another_is_announced(
    world: World,  # noqa: F811
    client: FlaskClient,
) -> None:
    world.publish(world.first)
    token, program = world.make.personal_link(world.a), Program()
    before = program.take(client.get(f"/p/{token}/agenda.ics").data)
    with write(world.session):
        world.session.get_one(Registration, world.c.id).name = "Fournil Nouveau"
        event = world.session.get_one(Event, world.event.id)
        event.tables[0].name = "Table 40"
        touch(event)
    after = program.take(client.get(f"/p/{token}/agenda.ics").data)
    assert [(one.sequence, one.summary, one.location) for one in after] == [
        (one.sequence, one.summary, one.location) for one in before
    ]
