"""Mails about agendas go to the first contact and to each colleague who wants them, with a link of their own."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.published import World, meeting, world  # noqa: F401
from tests.web.conftest import on_both_databases
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.mail import bounces
from web.domain.mail.addresses import confirm_participant
from web.domain.mail.outbox import retry, written_to
from web.domain.people import colleagues, registration
from web.domain.people.hours import tell_hours
from web.domain.people.presence import ask_presence
from web.domain.team.access import personal_token
from web.domain.timetable import agreeing
from web.domain.timetable.publishing import people_to_tell
from web.exports import attached
from web.models import Attaching, Colleague, OutboxMail, utcnow


class Told:
    """A's colleagues: Léa reads French, Jo English, Mia wants no mails, and Sam shares the address of the contact."""

    def __init__(self, world: World) -> None:  # noqa: F811
        self.world, self.session = world, world.session
        self.actor = Actor.of_user(world.make.user())
        contact = world.a.email or ""
        self.lea, self.jo = self.added("Léa", "lea@example.org"), self.added("Jo", "jo@example.org", "en")
        self.mia, self.sam = self.added("Mia", "mia@example.org"), self.added("Sam", contact)
        for one in (world.a, self.lea, self.jo, self.sam):
            confirm_participant(self.session, one)
        colleagues.choose(self.session, self.mia, wants_mails=False, language="fr", actor=self.actor)
        self.mails()

    def added(self, name: str, email: str, language: str = "fr") -> Colleague:
        one = colleagues.add(self.session, self.world.a, name=name, email=email, language=language, actor=self.actor)
        assert one is not None
        return one

    def mails(self) -> dict[tuple[str, int | None], OutboxMail]:
        """Those to A's people written since the last call, by address and colleague; each was written to once."""
        seen = getattr(self, "seen", 0)
        rows = self.session.scalars(
            select(OutboxMail).where(OutboxMail.id > seen, OutboxMail.registration_id == self.world.a.id)
        ).all()
        self.seen = max([seen, *(row.id for row in rows)])
        found = {(row.recipient, row.colleague_id): row for row in rows}
        assert len(found) == len(rows)
        return found

    @property
    def everybody(self) -> set[tuple[str, int | None]]:
        contact = self.world.a.email or ""
        beside = {(one.email, one.id) for one in (self.lea, self.jo)}
        return {(contact, None), (contact, self.sam.id), *beside}

    def link(self, reader: Any) -> str:
        with write(self.session):
            return f"/p/{personal_token(reader)}/?mail="


@pytest.fixture
def told(world: World) -> Told:  # noqa: F811
    return Told(world)


@on_both_databases
def test_agenda_goes_to_each_with_their_own_link_and_in_their_language(told: Told) -> None:
    world = told.world  # noqa: F811
    foreseen = people_to_tell(told.session, world.event, world.first)
    done = world.publish(world.first)
    assert (done.mails, done.without_address) == foreseen == (6, 1)
    found = told.mails()
    assert set(found) == told.everybody
    for key, reader in (
        ((world.a.email or "", None), world.a),
        ((told.lea.email, told.lea.id), told.lea),
        ((told.jo.email, told.jo.id), told.jo),
        ((told.sam.email, told.sam.id), told.sam),
    ):
        assert told.link(reader) in found[key].body_text
    assert found[told.jo.email, told.jo.id].subject == "Your agenda – Rencontres"
    assert found[told.lea.email, told.lea.id].subject == "Votre agenda – Rencontres"
    # And what changes in it.
    world.publish(world.make.schedule(world.event, [meeting(world.a, world.c, "s3")]))
    assert set(told.mails()) == told.everybody
    # Who is not in the timetable any more.
    world.publish(world.make.schedule(world.event, [meeting(world.b, world.c, "s3")]))
    assert set(told.mails()) == told.everybody


def test_whom_nobody_but_a_colleague_can_reach_counts_as_told(told: Told) -> None:
    with write(told.session):
        told.world.a.email = None
    assert people_to_tell(told.session, told.world.event, told.world.first) == (5, 1)


@on_both_databases
def test_provisional_agenda_presence_hours_and_decisions_go_to_each(told: Told) -> None:
    event, session = told.world.event, told.session
    agreeing.ask(session, told.world.first, utcnow() + timedelta(days=1), SYSTEM)
    assert set(told.mails()) == told.everybody
    agreeing.remind(session, event, SYSTEM, utcnow() + timedelta(hours=2))
    assert set(told.mails()) == told.everybody
    with write(session):
        days: Any = [SimpleNamespace(start=event.slots[0].starts_at, end=event.slots[-1].ends_at)]
        assert tell_hours(session, event, days) == 6
    assert set(told.mails()) == told.everybody
    told.world.publish(told.world.first)
    told.mails()
    before = event.slots[0].starts_at.astimezone().replace(hour=9) - timedelta(days=1)
    ask_presence(session, before)
    assert set(told.mails()) == told.everybody
    registration.withdraw(session, told.world.a, Actor.of_reader(told.world.a))
    assert set(told.mails()) == told.everybody


def test_removed_colleague_is_told_nothing_more(told: Told) -> None:
    colleagues.remove(told.session, told.world.a, told.lea.id, SYSTEM)
    told.world.publish(told.world.first)
    assert (told.lea.email, told.lea.id) not in told.mails()


def test_publication_asks_as_much_with_ten_colleagues_as_with_four(told: Told, statements: list[str]) -> None:
    def asked(slot: str) -> int:
        version = told.world.make.schedule(told.world.event, [meeting(told.world.a, told.world.c, slot)])
        statements.clear()
        told.world.publish(version)
        kinds = [line.startswith("INSERT INTO outbox_mails") for line in statements]
        return kinds[: len(kinds) - kinds[::-1].index(True)].count(False)

    asked("s1")
    few = asked("s2")
    for number in range(6):
        told.added(f"C{number}", f"c{number}@example.org")
    assert asked("s3") == few


def test_attached_agenda_of_a_colleague_is_in_their_language_with_their_link(told: Told, woken: list[str]) -> None:
    with write(told.session):
        told.world.event.attach_agendas = True
    told.world.publish(told.world.first)
    found = told.mails()
    for reader, words in ((told.jo, "Table 1"), (told.lea, "Table 1"), (told.world.a, "Table 1")):
        colleague_id = reader.id if isinstance(reader, Colleague) else None
        mail = found[reader.email or "", colleague_id]
        assert mail.attaching == Attaching.WANTED
        made = attached._made(told.session, mail)
        assert made is not None
        agenda, calendar = made
        assert agenda.language == reader.language and words in str(agenda)
        assert told.link(reader).removesuffix("?mail=") in calendar.decode().replace("\r\n ", "")


def test_mail_that_came_back_is_shown_at_the_colleague_alone(told: Told) -> None:
    told.world.publish(told.world.first)
    mail = told.mails()[told.lea.email, told.lea.id]
    with write(told.session):
        mail.state, mail.sent_at = "sent", utcnow()
    assert bounces.note_bounce(told.session, _report(mail.message_id)) == bounces.Outcome.NOTED
    assert list(colleagues.unreached(told.session, told.world.a)) == [told.lea.id]
    written = written_to(told.session, told.world.a)
    failed = {one.colleague_id for one in written if one.state == "failed"}
    assert failed == {told.lea.id}
    # It goes to nobody else, even where the contact once had that address.
    with write(told.session):
        told.world.a.known_as = [told.lea.email]
    assert retry(told.session, told.world.event, mail.id, told.actor)
    assert mail.recipient == told.lea.email


def _report(message_id: str) -> bytes:
    text = (
        "From: mailer-daemon@example.org\r\nTo: us@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        "Final-Recipient: rfc822; lea@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--x--\r\n"
    )
    assert message_from_bytes(text.encode(), policy=default).is_multipart()
    return text.encode()
