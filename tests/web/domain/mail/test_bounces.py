"""Reports of mail servers (RFC 3464), found by Message-ID or return address, and noted once."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.smtp import Mailbox
from tests.web.conftest import make_app, on_both_databases
from tests.web.factories import Factory
from web.config import ConfigError, Settings, load_settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.mail.bounces import Outcome, note_bounce, read_report
from web.domain.mail.outbox import retry
from web.domain.mail.return_path import mail_returned_to, return_path
from web.domain.mail.sending import compose, enqueue_mail, send_waiting
from web.models import MailState, OutboxMail, Registration

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: passerelle@localhost
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1/mail.example.org"

This is a MIME-encapsulated message.

--B1/mail.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<nobody@example.org>: host mx.example.org said: 550 5.1.1 no such user

--B1/mail.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Thu, 18 Mar 2027 10:00:00 +0100 (CET)

Final-Recipient: rfc822; nobody@example.org
Original-Recipient: rfc822;nobody@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}

--B1/mail.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Passerelle <passerelle@localhost>
To: nobody@example.org
Message-ID: {message_id}
Subject: Bonjour

Texte

--B1/mail.example.org--
"""

# Only the head of what comes back, folded, and no words of the next server.
EXIM = """\
From: Mail Delivery System <Mailer-Daemon@example.net>
To: {to}
Subject: Mail delivery failed: returning message to sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=xyz

--xyz
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--xyz
Content-type: message/delivery-status

Reporting-MTA: dns; example.net

Action: failed
Final-Recipient: rfc822;nobody@example.org
Status: 5.0.0

--xyz
Content-type: text/rfc822-headers

Received: from somewhere
Message-ID:
 {message_id}
Subject: =?utf-8?q?Bonjour?=

--xyz--
"""


def postfix(
    mail: OutboxMail, action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 no such user"
) -> bytes:
    return POSTFIX.format(message_id=mail.message_id, action=action, status=status, said=said).encode()


@pytest.fixture
def mail(session: Session, make: Factory) -> OutboxMail:
    """One that has left."""
    event = make.event()
    registration = make.registration(event, email="nobody@example.org")
    with write(session):
        one = enqueue_mail(
            session,
            recipient="nobody@example.org",
            subject="Bonjour",
            text="Texte",
            event_id=event.id,
            registration_id=registration.id,
        )
    send_waiting(session, "a worker")
    session.rollback()
    assert one.state == MailState.SENT
    return one


@on_both_databases
def test_report_marks_the_mail_as_failed_with_what_the_server_said(session: Session, mail: OutboxMail) -> None:
    assert note_bounce(session, postfix(mail)) == Outcome.NOTED
    session.rollback()
    assert (mail.state, mail.error) == (MailState.FAILED, "550 5.1.1 no such user")
    assert note_bounce(session, postfix(mail)) == Outcome.KNOWN


def test_report_that_returns_the_head_alone_is_understood(session: Session, mail: OutboxMail) -> None:
    report = EXIM.format(message_id=mail.message_id, to="passerelle@localhost").encode()
    assert note_bounce(session, report.replace(b"\n", b"\r\n")) == Outcome.NOTED
    assert mail.error == "5.0.0"


def test_report_of_a_delay_or_a_delivery_changes_nothing(session: Session, mail: OutboxMail) -> None:
    for action in ("delayed", "delivered", "relayed", "expanded", ""):
        assert note_bounce(session, postfix(mail, action)) == Outcome.NO_FAILURE
    session.rollback()
    assert mail.state == MailState.SENT


def test_report_of_a_mail_that_waits_or_has_gone_changes_nothing(session: Session, mail: OutboxMail) -> None:
    report = postfix(mail)
    with write(session):
        mail.state = MailState.QUEUED
    assert note_bounce(session, report) == Outcome.KNOWN
    with write(session):
        session.delete(mail)
    assert note_bounce(session, report) == Outcome.NOT_OURS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe" * 1000,
        b"From: a@example.org\nSubject: Absent du bureau\n\nJe suis en vacances.\n",
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"Content-Type: message/delivery-status\n\nAction: failed\n\nStatus\n",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\xffAction:\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 500,
    ],
)  # fmt: skip
def test_anything_else_is_not_ours(session: Session, mail: OutboxMail, content: bytes) -> None:
    assert note_bounce(session, content) in (Outcome.NOT_OURS, Outcome.NO_FAILURE)
    session.rollback()
    assert mail.state == MailState.SENT


def test_what_a_server_says_is_shortened_and_printable(mail: OutboxMail) -> None:
    report = read_report(postfix(mail, said="550 " + "très long \u202e " * 300))
    assert report is not None
    assert len(report.said) <= 500
    assert report.said.isprintable()


def test_participant_shows_why_and_a_corrected_address_is_sent_to(session: Session, mail: OutboxMail) -> None:
    note_bounce(session, postfix(mail))
    one = session.get_one(Registration, mail.registration_id)
    with write(session):
        session.refresh(one)
        one.email = "somebody@example.org"
    assert retry(session, one.event, mail.id, SYSTEM)
    session.rollback()
    assert mail.recipient == "somebody@example.org"
    assert mail.state in (MailState.QUEUED, MailState.SENT)


# By the address that it comes back to


@pytest.fixture
def with_mailbox(settings: Settings, smtp_server: Mailbox) -> Settings:
    return replace(settings, bounces_to="bounces@example.org", smtp_url=smtp_server.url)


def test_each_mail_comes_back_to_an_address_of_its_own(with_mailbox: Settings, smtp_server: Mailbox) -> None:
    app = make_app(with_mailbox)
    with app.app_context():
        session = get_session()
        with write(session):
            mail = enqueue_mail(session, recipient="nobody@example.org", subject="Bonjour", text="Texte")
        send_waiting(session, "a worker")
        session.rollback()
        address = return_path(mail)
        assert address is not None
        assert smtp_server.senders == [address]
        [arrived] = smtp_server.messages
        assert arrived["Return-Path"] is None
        assert mail_returned_to(f"<{address.upper()}>") == mail.id
        # Nothing is left of the mail but where it came back to.
        report = EXIM.format(message_id="<gone@elsewhere>", to=address).encode()
        forged = report.replace(f"+{mail.id}-".encode(), f"+{mail.id + 1}-".encode())
        assert note_bounce(session, forged) == Outcome.NOT_OURS
        assert note_bounce(session, report) == Outcome.NOTED
    database(app).engine.dispose()


def test_mail_of_a_server_without_a_mailbox_comes_back_to_its_sender(app: Flask, mail: OutboxMail) -> None:
    assert return_path(mail) is None
    assert mail_returned_to(f"bounces+{mail.id}-0000000000000000@example.org") is None
    assert compose(mail)["Return-Path"] is None


@pytest.mark.parametrize(
    "wrong", ["nobody", "a b@example.org", "a+b@example.org", "A <a@example.org>", "é@example.org"]
)
def test_mailbox_that_is_none_is_refused_at_the_start(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match="BOUNCES_TO"):
        load_settings({"PASSERELLE_VAR": str(tmp_path), "BOUNCES_TO": wrong})


def test_command_notes_what_it_reads_and_refuses_nothing(
    session: Session,
    mail: OutboxMail,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from web.commands import main

    monkeypatch.setenv("PASSERELLE_VAR", str(settings.var))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    for content, said in ((postfix(mail), "marked as failed"), (b"spam", "no report")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert main(["bounce"]) == 0
        assert said in capsys.readouterr().out
    session.rollback()
    assert mail.state == MailState.FAILED
