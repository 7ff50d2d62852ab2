"""Agendas that mails carry: read back from a real mail server by readers that did not write them; never lost, never
twice, and forgotten where the program forgets."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.calendars import Entry, read
from tests.support.prints import pages_of
from tests.support.published import World, meeting
from tests.support.smtp import Mailbox
from tests.web.conftest import make_app, on_both_databases
from tests.web.factories import Factory
from web.config import Settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.mail import attaching, outbox
from web.domain.mail.sending import send_waiting
from web.domain.people.privacy import erase
from web.domain.timetable.publishing import publish
from web.exports import attached
from web.exports.press import close_press, press
from web.models import (
    Attaching,
    AuditEntry,
    Event,
    MailState,
    OutboxAttachment,
    OutboxMail,
    Registration,
    ScheduleVersion,
    utcnow,
)

FONTLESS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{folder}</cachedir></fontconfig>
"""


@pytest.fixture
def smtp_app(settings: Settings, smtp_server: Mailbox) -> Iterator[Flask]:
    """An application whose mails leave, and whose worker is this test."""
    app = make_app(replace(settings, smtp_url=smtp_server.url))
    app.extensions["passerelle.call"] = lambda _name, _arguments: None
    with app.app_context():
        yield app
    database(app).engine.dispose()


@pytest.fixture
def world(smtp_app: Flask) -> World:
    return World(get_session(), Factory(get_session()))


@pytest.fixture(scope="module", autouse=True)
def _press_ended() -> Iterator[None]:
    """One printing process for all that have fonts."""
    yield
    close_press()


@pytest.fixture
def fontless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine has no font: printing processes crash."""
    file = tmp_path / "fonts.conf"
    file.write_text(FONTLESS.format(folder=tmp_path / "fontconfig"))
    monkeypatch.setenv("FONTCONFIG_FILE", str(file))
    close_press()
    yield
    close_press()


def announce(world: World, version: ScheduleVersion | None = None) -> None:
    publish(world.session, version or world.first, SYSTEM, attach=True)


def work(session: Session) -> int:
    """What the worker does in a round: files, then mails; how many went out."""
    attached.attach_waiting(session)
    sent = send_waiting(session, "w")
    session.rollback()
    return sent


def states(session: Session) -> list[tuple[str, str | None]]:
    session.rollback()
    return [(one.state, one.attaching) for one in session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def stored(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(OutboxAttachment)) or 0


def files_of(message: EmailMessage) -> dict[str, bytes]:
    return {str(one.get_filename()): one.get_payload(decode=True) for one in message.iter_attachments()}


def calendar_of(message: EmailMessage) -> list[Entry]:
    return read(files_of(message)["agenda.ics"])


@on_both_databases
def test_mails_carry_sheet_and_calendar_of_each_participant_and_nothing_of_it_is_kept(
    world: World, smtp_server: Mailbox
) -> None:
    announce(world)
    assert send_waiting(world.session, "w") == 0, "a mail waits for its files"
    assert work(world.session) == 3
    (message,) = smtp_server.to(str(world.a.email))
    assert set(files_of(message)) == {"agenda.pdf", "agenda.ics"}
    (page,) = pages_of(files_of(message)["agenda.pdf"])
    assert "Les Jardins du Canal" in page and "Fournil Dubois" in page and "Imprimerie Lys" in page
    assert "Atelier Nord" not in page
    assert [one.summary for one in calendar_of(message)] == [
        "Fournil Dubois – Rencontres",
        "Imprimerie Lys – Rencontres",
    ]
    kinds = [(one.get_content_type(), one["Content-Type"].params.get("method")) for one in message.iter_attachments()]
    assert kinds == [("application/pdf", None), ("text/calendar", "PUBLISH")]
    # In the language of each reader.
    (english,) = smtp_server.to(str(world.b.email))
    (page,) = pages_of(files_of(english)["agenda.pdf"])
    assert "You meet" in page
    assert states(world.session) == [(MailState.SENT, Attaching.MADE)] * 3
    assert stored(world.session) == 0
    assert work(world.session) == 0


def test_choice_is_kept_for_the_event_and_holds_for_the_next_publication(world: World, smtp_server: Mailbox) -> None:
    announce(world)
    work(world.session)
    world.publish(world.make.schedule(world.event, [meeting(world.a, world.c, "s3")]))
    work(world.session)
    assert [set(files_of(one)) for one in smtp_server.to(str(world.a.email))] == [{"agenda.pdf", "agenda.ics"}] * 2
    publish(world.session, world.make.schedule(world.event, []), SYSTEM, attach=False)
    work(world.session)
    assert files_of(smtp_server.to(str(world.a.email))[2]) == {}
    assert not world.session.get_one(Event, world.event.id).attach_agendas


def test_calendar_in_the_mail_is_the_one_of_the_link(world: World, smtp_server: Mailbox, smtp_app: Flask) -> None:
    announce(world)
    token = world.make.personal_link(world.a)
    work(world.session)
    smtp_app.config["WTF_CSRF_ENABLED"] = False
    by_link = smtp_app.test_client().get(f"/p/{token}/agenda.ics").data
    (message,) = smtp_server.to(str(world.a.email))
    assert [(one.uid, one.sequence, one.start, one.location) for one in read(by_link)] == [
        (one.uid, one.sequence, one.start, one.location) for one in calendar_of(message)
    ]


def test_without_fonts_each_mail_leaves_once_with_the_calendar_and_the_organiser_is_told(
    world: World, smtp_server: Mailbox, monkeypatch: pytest.MonkeyPatch, fontless: None
) -> None:
    """Sheets are not tried for ever: each that fails costs the start of two processes."""
    tried = []
    order = press().order
    monkeypatch.setattr(press(), "order", lambda *of, **more: (tried.append(1), order(*of, **more))[1])
    announce(world)
    assert attached.attach_waiting(world.session) != ""
    assert len(tried) == attached.ENOUGH < 3
    assert (work(world.session), work(world.session)) == (3, 0)
    assert len(smtp_server.messages) == 3
    assert [set(files_of(one)) for one in smtp_server.messages] == [{"agenda.ics"}] * 3
    assert states(world.session) == [(MailState.SENT, Attaching.NO_SHEET)] * 3
    entry = world.session.scalars(select(AuditEntry).where(AuditEntry.action == "mail.without_sheet")).one()
    assert (entry.event_id, entry.details) == (world.event.id, {"mails": 3})
    assert outbox.mails(world.session, world.event).without_sheet == 3


def test_mail_whose_files_nobody_makes_leaves_without_after_the_patience(world: World, smtp_server: Mailbox) -> None:
    announce(world)
    with write(world.session):
        for mail in world.session.scalars(select(OutboxMail)):
            mail.due_at = utcnow() - attaching.PATIENCE - timedelta(seconds=1)
    assert send_waiting(world.session, "w") == 3
    assert states(world.session) == [(MailState.SENT, Attaching.LEFT_OUT)] * 3
    # Whoever was at it comes too late, and does nothing.
    attached.attach_waiting(world.session)
    assert send_waiting(world.session, "w") == 0
    assert stored(world.session) == 0


@on_both_databases
def test_files_made_by_two_workers_at_once_are_kept_once(world: World, smtp_app: Flask, smtp_server: Mailbox) -> None:
    announce(world)

    def make() -> None:
        with smtp_app.app_context():
            attached.attach_waiting(get_session())

    workers = [threading.Thread(target=make) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert stored(world.session) == 2 * 3
    assert work(world.session) == 3
    assert [len(files_of(one)) for one in smtp_server.messages] == [2, 2, 2]


def test_mail_too_large_for_the_server_leaves_without_its_files_and_holds_nobody_up(
    world: World, smtp_server: Mailbox
) -> None:
    """The server's answer to a size stood for one to the sender, and all mails waited."""
    announce(world)
    attached.attach_waiting(world.session)
    smtp_server.refused_sender = "552 5.3.4 message size exceeds fixed maximum message size"
    with write(world.session):
        for mail in world.session.scalars(select(OutboxMail).where(OutboxMail.registration_id != world.a.id)):
            mail.due_at = utcnow() + timedelta(hours=1)
    send_waiting(world.session, "w", limit=1)
    smtp_server.refused_sender = None
    assert states(world.session)[0] == (MailState.QUEUED, Attaching.LEFT_OUT)
    assert send_waiting(world.session, "w") == 1
    (message,) = smtp_server.messages
    assert files_of(message) == {}
    assert states(world.session)[0] == (MailState.SENT, Attaching.LEFT_OUT)


def test_files_larger_than_most_servers_take_are_left_out(
    world: World, smtp_server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "LARGEST", 2_000)
    announce(world)
    assert work(world.session) == 3
    assert [files_of(one) for one in smtp_server.messages] == [{}] * 3
    assert states(world.session) == [(MailState.SENT, Attaching.LEFT_OUT)] * 3


def test_another_publication_leaves_no_sheet_of_the_former_one(world: World, smtp_server: Mailbox) -> None:
    announce(world)
    attached.attach_waiting(world.session)
    announce(world, world.make.schedule(world.event, [meeting(world.a, world.c, "s3")]))
    assert stored(world.session) == 0
    work(world.session)
    former, latter = smtp_server.to(str(world.a.email))
    assert (files_of(former), set(files_of(latter))) == ({}, {"agenda.pdf", "agenda.ics"})
    assert states(world.session)[0] == (MailState.SENT, Attaching.OUTDATED)


def test_mail_that_failed_keeps_no_files_and_has_them_made_anew(world: World, smtp_server: Mailbox) -> None:
    announce(world)
    smtp_server.refused_addresses[str(world.a.email)] = "550 no such mailbox"
    assert work(world.session) == 2
    assert stored(world.session) == 0
    smtp_server.refused_addresses.clear()
    (failed,) = world.session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.FAILED))
    assert outbox.retry(world.session, world.event, failed.id, SYSTEM)
    assert work(world.session) == 1
    (message,) = smtp_server.to(str(world.a.email))
    assert set(files_of(message)) == {"agenda.pdf", "agenda.ics"}


def test_erasure_while_a_sheet_is_printed_leaves_no_name_in_it(
    world: World, smtp_server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was printed before is thrown away, and printed again without the name."""
    announce(world)
    printed = attached._printed

    def print_while_erased(*of: object) -> bytes | None:
        monkeypatch.setattr(attached, "_printed", printed)
        pdf = printed(*of)
        erase(world.session, world.session.get_one(Registration, world.c.id), SYSTEM)
        return pdf

    monkeypatch.setattr(attached, "_printed", print_while_erased)
    attached.attach_waiting(world.session)
    work(world.session)
    assert len(smtp_server.messages) == 2
    for message in smtp_server.messages:
        (page,) = pages_of(files_of(message)["agenda.pdf"])
        assert "Fournil" not in page + files_of(message)["agenda.ics"].decode()
        assert "effacé" in page or "erased" in page
