"""An announced event on a running server, and all that reaches its participants: mails, pages and calendars read back.

Mails come out of a real mail server, pages and calendars over the network by the personal links.
"""

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from scheduler.format.event import Event as EventValue
from tests.support import calendars
from tests.support.agendas import ONLINE, Agenda, Line, agendas_of, check_mail, difference, letters, plain
from tests.support.processes import soon
from tests.support.server import Server
from tests.support.smtp import Mailbox
from tests.support.visitor import Visitor
from web import create_app
from web.config import load_settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.event.files import import_event
from web.domain.team.access import first_organiser, personal_token
from web.domain.timetable import solving
from web.domain.timetable.drift import Drift, drift
from web.models import Event, EventStatus, MailState, OutboxMail, ScheduleVersion

ORGANISER = "odile@example.org"
PLACE = "Salle des Fêtes"
DECLARED_ABSENT = "Votre absence est notée"

_MEETING = re.compile(
    r'<li class="agenda-meeting" data-start="(?P<start>[^"]*)" data-end="(?P<end>[^"]*)" data-time="[^"]*" '
    r'data-partner="(?P<partner>[^"]*)" data-table="(?P<table>[^"]*)"'
)
_MARK = re.compile(r'<p class="agenda-mark">(.*?)</p>')
_NEWS = re.compile(r'<ul class="changes">(.*?)</ul>', re.DOTALL)


@dataclass(frozen=True)
class Seen:
    """What somebody finds under their personal link: the meetings of the page, what it says has changed, the file.

    `marks`: what stands beside meetings that will not be held so. `calendar`: its entries, none where there is no file.
    """

    agenda: tuple[tuple[datetime, datetime, str, str], ...]
    marks: tuple[str, ...]
    news: tuple[str, ...]
    calendar: tuple[calendars.Entry, ...]


@dataclass(frozen=True)
class Person:
    """A participant, accepted or not; `link` is the path of the personal page."""

    key: str
    name: str
    email: str
    status: str
    link: str


@dataclass(repr=False)
class Audience:
    """Everybody who may be told something about one event of `server`."""

    server: Server
    app: Flask
    mailbox: Mailbox
    event_id: int
    zone: ZoneInfo
    read_mails: int = 0
    agendas: dict[str, Agenda] = field(default_factory=dict)
    # Those announced before.
    former: dict[str, Agenda] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.server.url}/events/{self.event_id}"

    @contextmanager
    def looking(self) -> Iterator[tuple[Session, Event]]:
        """At the database that the server works on, as it is at this moment."""
        with self.app.app_context():
            session = get_session()
            yield session, session.get_one(Event, self.event_id)

    def people(self) -> dict[str, Person]:
        with self.looking() as (_session, event):
            return {
                one.key: Person(one.key, one.name, one.email or "", one.status, f"/p/{personal_token(one)}/")
                for one in event.registrations
            }

    def drift(self) -> Drift:
        with self.looking() as (session, event):
            return drift(session, event)

    def published(self) -> dict[str, Agenda]:
        """The agendas of the version that is announced, by what its files say."""
        with self.looking() as (session, event):
            version = session.get_one(
                ScheduleVersion,
                event.published_schedule_id,
                options=(undefer(ScheduleVersion.document), undefer(ScheduleVersion.event_document)),
            )
            return agendas_of(version.event_document, version.document)

    def mails(self) -> dict[str, list[EmailMessage]]:
        """The mails that arrived since the last call, by recipient, once nothing waits to be sent any more."""
        assert soon(self._all_sent), "mails are still waiting"
        found: dict[str, list[EmailMessage]] = defaultdict(list)
        messages, recipients = list(self.mailbox.messages), list(self.mailbox.recipients)
        for message, to in list(zip(messages, recipients, strict=True))[self.read_mails :]:
            (address,) = to
            found[address].append(message)
        self.read_mails = len(messages)
        return dict(found)

    def _all_sent(self) -> bool:
        with self.looking() as (session, _event):
            other = select(func.count()).where(OutboxMail.state != MailState.SENT)
            return not session.scalar(other)

    def look(self) -> dict[str, Seen]:
        """What everybody sees now, by key."""
        visitor = Visitor(self.server.url)
        return {key: self._look(visitor, one.link) for key, one in self.people().items()}

    def _look(self, visitor: Visitor, link: str) -> Seen:
        page, file = visitor.read(link), visitor.read(f"{link}agenda.ics")
        assert page.status == 200 and file.status in (200, 404), (link, page.status, file.status)
        news = _NEWS.search(page.text)
        return Seen(
            agenda=tuple(
                (
                    datetime.fromisoformat(one["start"]).replace(tzinfo=None),
                    datetime.fromisoformat(one["end"]).replace(tzinfo=None),
                    letters(html.unescape(one["partner"])),
                    letters(html.unescape(one["table"])),
                )
                for one in _MEETING.finditer(page.text)
            ),
            marks=tuple(map(html.unescape, _MARK.findall(page.text))),
            news=tuple(_texts(news[1])) if news else (),
            calendar=tuple(calendars.read(file.data)) if file.status == 200 else (),
        )

    # What is held against what

    def after_announcement(self, absent: Collection[str] = ()) -> set[str]:
        """Hold what reached everybody since the last look against what is announced now; the keys of those concerned.

        Whoever's agenda is another one got one mail, with the difference and the whole; page and calendar of everybody
        are what is announced; those who are not concerned find each entry as it was, with its number and its moment.
        `absent`: whom the organiser has declared so; they are told that.
        """
        before, self.former, self.agendas = self.agendas, self.agendas, self.published()
        seen_before, self.seen = self.seen, self.look()
        mails, people = self.mails(), self.people()
        concerned = {key for key, agenda in self.agendas.items() if before.get(key) != agenda}
        for key in absent:
            (mail,) = mails.pop(people[key].email)
            assert plain(str(mail["Subject"])).startswith(DECLARED_ABSENT)
        to_tell = {people[key].email for key in concerned}
        assert set(mails) == to_tell, (sorted(set(mails) - to_tell), sorted(to_tell - set(mails)))
        for key in concerned:
            (mail,) = mails[people[key].email]
            check_mail(mail, before.get(key), self.agendas[key])
        for key, seen in self.seen.items():
            agenda = self.agendas.get(key, ())
            assert sorted(seen.agenda) == sorted(map(_as_shown, agenda)), key
            assert not seen.marks, key
            self._check_calendar(seen, agenda)
            left = key in before and key not in self.agendas
            if key in concerned and key in before:
                assert len(seen.news) == difference(before[key], agenda).count, key
                _check_sequences(seen_before[key].calendar, seen.calendar)
            elif key in seen_before and key not in concerned and not left:
                assert seen == seen_before[key], key
        return concerned

    def after_news(self, told: Mapping[str, str], *, marked: Sequence[str] = (), hidden: Sequence[str] = ()) -> None:
        """Hold what reached everybody against an event that has changed while its timetable has not.

        `told`: who got a mail, and a piece of its subject. `marked`: whose page says that something will be otherwise.
        `hidden`: whose page and calendar hold no meeting any more; those who were to meet them find these meetings
        cancelled in theirs. Nothing else of anybody is another than before.
        """
        seen_before, self.seen = self.seen, self.look()
        mails = self.mails()
        # Compared as sets of pairs, so that a failure tells who had too many or none.
        counted, wanted = {(to, len(found)) for to, found in mails.items()}, {(to, 1) for to in told}
        assert counted == wanted, (sorted(counted - wanted), sorted(wanted - counted))
        for to, words in told.items():
            assert words in plain(str(mails[to][0]["Subject"])), (to, mails[to][0]["Subject"])
        for key, seen in self.seen.items():
            if key in hidden:
                assert seen.agenda == ()
                assert all(one.cancelled for one in seen.calendar)
                continue
            assert bool(seen.marks) == (key in marked), (key, seen.marks)
            agenda = self.agendas.get(key, ())
            left = tuple(one for one in agenda if one.partner_id not in hidden)
            if left != agenda:
                self._check_calendar(seen, left)
                _check_sequences(seen_before[key].calendar, seen.calendar)
            elif key in seen_before:
                assert seen.calendar == seen_before[key].calendar, key
            if key in seen_before:
                assert seen.news == seen_before[key].news, key
                assert [line[:3] for line in seen.agenda] == [line[:3] for line in seen_before[key].agenda], key

    def _check_calendar(self, seen: Seen, agenda: Agenda) -> None:
        shown = [one for one in seen.calendar if not one.cancelled]
        shown.sort(key=lambda one: (one.start, one.summary))
        found = [
            (self._wall(one.start), self._wall(one.end), letters(one.summary), letters(one.location)) for one in shown
        ]
        expected = [
            (
                one.start,
                one.end,
                letters(one.partner),
                letters(one.table if one.table == ONLINE else f"{one.table}, {PLACE}"),
            )
            for one in sorted(agenda, key=lambda one: (one.start, one.partner))
        ]
        assert len(found) == len(expected)
        for (start, end, summary, location), (wanted_start, wanted_end, partner, where) in zip(
            found, expected, strict=True
        ):
            assert (start, end) == (wanted_start, wanted_end)
            assert summary.startswith(partner), (summary, partner)
            assert location.casefold() == where.casefold()

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


@contextmanager
def audience(server: Server, mailbox: Mailbox, value: EventValue, seconds: float) -> Iterator[Audience]:
    """Everybody of the event `value`, on `server`, computed in `seconds` at most and not yet announced.

    Its participants have said who they are, and they and its organiser have confirmed addresses.
    """
    app = create_app(load_settings({"PASSERELLE_VAR": str(server.folder / "var")}))
    try:
        with app.app_context():
            session = get_session()
            organiser = first_organiser(session)
            with write(session):
                organiser.email = organiser.confirmed_email = ORGANISER
            event = import_event(session, value, organiser.id, SYSTEM)
            with write(session):
                event.status, event.place = EventStatus.OPEN, PLACE
                for one in event.registrations:
                    one.email = one.confirmed_email = f"{one.key}@example.org"
                    one.contact_name, one.project = "Camille Exemple", "Deux jours de graphisme en mai."
                    personal_token(one)
            event_id = event.id
            solving.compute_now(session, event, SYSTEM, seconds)
        yield Audience(server, app, mailbox, event_id, ZoneInfo(value.timezone))
    finally:
        database(app).engine.dispose()


def _check_sequences(before: Sequence[calendars.Entry], after: Sequence[calendars.Entry]) -> None:
    """Whatever a reader sees otherwise has a higher number than what the reader's program has already."""
    known = {one.uid: one for one in before}
    for one in after:
        former = known.get(one.uid)
        if former is not None and _shown(one) != _shown(former):
            assert one.sequence > former.sequence, one
    assert known.keys() <= {one.uid for one in after}


def _shown(entry: calendars.Entry) -> tuple[object, ...]:
    return entry.summary, entry.start, entry.end, entry.location, entry.cancelled, entry.description


def _as_shown(line: Line) -> tuple[datetime, datetime, str, str]:
    return line.start, line.end, letters(line.partner), letters(line.table)


def _texts(listed: str) -> list[str]:
    items = re.findall(r"<li>(.*?)</li>", listed, re.DOTALL)
    return [plain(" ".join(html.unescape(re.sub(r"<[^>]*>", "", one)).split())) for one in items]
