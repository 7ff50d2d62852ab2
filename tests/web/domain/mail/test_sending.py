"""The outbox: with the deed or not at all, never lost, never twice."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.support.programs import free_port
from tests.support.smtp import CONVERSATION, Mailbox, dribbling_smtp_server, encrypted_smtp_server
from tests.web.conftest import make_app, on_both_databases
from web import mailer
from web.config import Settings
from web.db import database, get_session, write
from web.domain.mail import sending as mail
from web.domain.mail.sending import Attachment, enqueue_mail, send_waiting
from web.mailer import Refusal
from web.models import MailState, OutboxMail, utcnow


def add(session: Session, number: int = 1, **values: object) -> OutboxMail:
    with write(session):
        return enqueue_mail(
            session, recipient=f"p{number}@example.org", subject=f"Votre agenda n° {number}", text="Bonjour,", **values
        )


def due_now(session: Session) -> None:
    with write(session):
        session.execute(update(OutboxMail).values(due_at=utcnow() - timedelta(seconds=1)))


@pytest.fixture
def smtp_app(settings: Settings, smtp_server: Mailbox) -> Iterator[Flask]:
    app = make_app(replace(settings, smtp_url=smtp_server.url, mail_from="Les Rencontres <hello@example.org>"))
    with app.app_context():
        yield app
    database(app).engine.dispose()


def test_mail_without_a_server_is_written_to_a_file(app: Flask, session: Session, settings: Settings) -> None:
    pdf = Attachment("agenda.pdf", "application/pdf", b"%PDF-1.7")
    row = add(session, attachments=(pdf,))
    assert send_waiting(session, "w") == 1
    (file,) = settings.mail_folder.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert message["To"] == "p1@example.org"
    assert message["Subject"] == "Votre agenda n° 1"
    assert message["Message-ID"] == row.message_id
    assert message.get_body(("plain",)).get_content() == "Bonjour,\n"
    # Written before mails had parts.
    assert message.get_body(("html",)) is None
    assert [part.get_content() for part in message.iter_attachments()] == [b"%PDF-1.7"]


def test_mail_of_a_failed_deed_is_never_sent(app: Flask, session: Session) -> None:
    with pytest.raises(RuntimeError), write(session):
        enqueue_mail(session, recipient="a@example.org", subject="x", text="y")
        raise RuntimeError
    assert session.query(OutboxMail).count() == 0


def test_mail_goes_out_once(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    add(session)
    assert (send_waiting(session, "w"), send_waiting(session, "w")) == (1, 0)
    (message,) = smtp_server.wait(1)
    assert message["From"] == "Les Rencontres <hello@example.org>"
    assert session.query(OutboxMail).one().state == MailState.SENT


@on_both_databases
def test_mail_goes_out_once_with_many_workers(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    for number in range(20):
        add(session, number)
    session.rollback()

    def work(worker: int) -> int:
        with smtp_app.app_context():
            return send_waiting(get_session(), f"w{worker}")

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 20
    assert sorted(to[0] for to in smtp_server.recipients) == sorted(f"p{n}@example.org" for n in range(20))


def test_mail_refused_for_now_is_sent_later_with_the_same_id(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    message_id = add(session).message_id
    smtp_server.refusals.append("451 try later")
    assert send_waiting(session, "w") == 0
    row = session.query(OutboxMail).one()
    assert (row.state, row.attempts) == (MailState.QUEUED, 1)
    assert row.due_at > utcnow() + timedelta(seconds=30)
    assert "try later" in row.error
    assert send_waiting(session, "w") == 0
    due_now(session)
    assert send_waiting(session, "w") == 1
    assert smtp_server.messages[0]["Message-ID"] == message_id


def test_mail_refused_for_good_is_not_tried_again(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    add(session)
    smtp_server.refusals.append("550 no such mailbox")
    send_waiting(session, "w")
    due_now(session)
    assert send_waiting(session, "w") == 0
    assert session.query(OutboxMail).one().state == MailState.FAILED
    assert smtp_server.messages == []


def test_mail_claimed_by_a_worker_that_died_is_taken_up(smtp_app: Flask, smtp_server: Mailbox) -> None:
    class Killed(BaseException):
        pass

    class Deadly:
        def send(self, message: EmailMessage) -> None:
            raise Killed

    session = get_session()
    add(session)
    way_out, smtp_app.extensions["passerelle.mailer"] = smtp_app.extensions["passerelle.mailer"], Deadly()
    with pytest.raises(Killed):
        send_waiting(session, "dying")
    smtp_app.extensions["passerelle.mailer"] = way_out
    assert session.query(OutboxMail).one().state == MailState.CLAIMED
    assert send_waiting(session, "w") == 0
    with write(session):
        session.execute(update(OutboxMail).values(claimed_at=utcnow() - mail.CLAIM_LASTS - timedelta(seconds=1)))
    assert send_waiting(session, "w") == 1


@pytest.mark.parametrize("refusal", [None, "550 no such mailbox"])
def test_what_became_of_a_mail_is_noted_once_the_database_takes_it(
    smtp_app: Flask, smtp_server: Mailbox, refusal: str | None
) -> None:
    session = get_session()
    way_out = smtp_app.extensions["passerelle.mailer"]

    def rename(table: str, name: str) -> None:
        with database(smtp_app).engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")

    class FullAfterwards:
        """Hands the mail over, and then no row of the outbox can be changed any more."""

        leaves = True

        def send(self, message: EmailMessage) -> None:
            rename("outbox_mails", "away")
            way_out.send(message)

    add(session, 1)
    smtp_server.refusals.extend([refusal] * (refusal is not None))
    smtp_app.extensions["passerelle.mailer"] = FullAfterwards()
    with pytest.raises(DBAPIError):
        send_waiting(session, "w")
    smtp_app.extensions["passerelle.mailer"] = way_out
    # Still full: nothing else leaves before it is noted.
    with pytest.raises(DBAPIError):
        send_waiting(session, "w")
    session.rollback()
    rename("away", "outbox_mails")
    assert send_waiting(session, "w") == 0
    assert session.query(OutboxMail).one().state == (MailState.SENT if refusal is None else MailState.FAILED)
    assert len(smtp_server.messages) == (refusal is None)


def test_what_is_noted_late_leaves_a_mail_alone_that_another_has_taken_up(
    smtp_app: Flask, smtp_server: Mailbox
) -> None:
    session = get_session()
    way_out = smtp_app.extensions["passerelle.mailer"]

    class TakenUp:
        leaves = True

        def send(self, message: EmailMessage) -> None:
            with write(session):
                session.execute(update(OutboxMail).values(claimed_by="other"))
            way_out.send(message)

    add(session)
    smtp_server.refusals.append("550 no such mailbox")
    smtp_app.extensions["passerelle.mailer"] = TakenUp()
    assert send_waiting(session, "w") == 0
    assert session.query(OutboxMail).one().state == MailState.CLAIMED


def test_mail_is_given_up_after_the_last_retry(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    add(session)
    for _attempt in range(len(mail.RETRIES) + 1):
        smtp_server.refusals.append("451 try later")
        due_now(session)
        send_waiting(session, "w")
    assert session.query(OutboxMail).one().state == MailState.FAILED


def test_one_bad_address_does_not_hold_up_the_others(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    for number in range(3):
        add(session, number)
    smtp_server.refusals.append("550 no")
    assert send_waiting(session, "w") == 2


def test_mail_that_cannot_be_written_fails_without_holding_up_the_others(app: Flask, session: Session) -> None:
    with write(session):
        enqueue_mail(session, recipient="a@example.org\nBcc: b@example.org", subject="x", text="y")
    add(session)
    assert send_waiting(session, "w") == 1
    states = [row.state for row in session.query(OutboxMail).order_by(OutboxMail.id)]
    assert states == [MailState.FAILED, MailState.SENT]


def test_subject_cannot_carry_another_header(app: Flask, session: Session, settings: Settings) -> None:
    with write(session):
        enqueue_mail(session, recipient="a@example.org", subject="Hello\nBcc: all@example.org", text="x")
    send_waiting(session, "w")
    (file,) = settings.mail_folder.glob("*.eml")
    assert message_from_bytes(file.read_bytes(), policy=default)["Bcc"] is None


def state(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    return [(row.state, row.attempts) for row in session.query(OutboxMail).order_by(OutboxMail.id)]


def test_subject_is_one_line_and_keeps_together_what_belongs_together(app: Flask, session: Session) -> None:
    with write(session):
        mail = enqueue_mail(
            session, recipient="a@example.org", subject=" «\u00a0Oui\u202f!\u00a0»\n \tou  non ", text=""
        )
    assert mail.subject == "«\u00a0Oui\u202f!\u00a0» ou non"


def test_address_that_does_not_exist_fails_alone_and_the_organiser_reads_why(
    smtp_app: Flask, smtp_server: Mailbox
) -> None:
    session = get_session()
    for number in range(3):
        add(session, number)
    smtp_server.refused_addresses["p1@example.org"] = "550 no such mailbox"
    done = mail.send_round(session, "w")
    assert (done.sent, done.held) == (2, None)
    assert state(session) == [(MailState.SENT, 1), (MailState.FAILED, 1), (MailState.SENT, 1)]
    assert session.query(OutboxMail).filter_by(state=MailState.FAILED).one().error == "550 no such mailbox"


def test_address_refused_for_now_is_tried_again_and_the_others_go(smtp_app: Flask, smtp_server: Mailbox) -> None:
    session = get_session()
    for number in range(2):
        add(session, number)
    smtp_server.refused_addresses["p0@example.org"] = "450 greylisted"
    assert mail.send_round(session, "w").sent == 1
    assert state(session) == [(MailState.QUEUED, 1), (MailState.SENT, 1)]


def test_server_that_takes_no_mail_of_this_sender_holds_all_and_loses_none(
    smtp_app: Flask, smtp_server: Mailbox
) -> None:
    session = get_session()
    for number in range(3):
        add(session, number)
    smtp_server.refused_sender = "550 sender not allowed"
    done = mail.send_round(session, "w")
    assert (done.tried, done.sent, done.held.refusal) == (1, 0, Refusal.NEVER)
    assert state(session) == [(MailState.QUEUED, 0)] * 3
    # Nobody asks the server two hundred times for the same answer.
    assert mail.send_round(session, "w").tried == 0
    smtp_server.refused_sender = None
    due_now(session)
    assert mail.send_round(session, "w").sent == 3


def test_server_that_does_not_know_our_account_holds_all(settings: Settings, smtp_server: Mailbox) -> None:
    url = smtp_server.url.replace("smtp://", "smtp://me:wrong@")
    app = make_app(replace(settings, smtp_url=url))
    with app.app_context():
        add(get_session())
        done = mail.send_round(get_session(), "w")
        assert done.held.refusal == Refusal.NEVER
        assert state(get_session()) == [(MailState.QUEUED, 0)]
    database(app).engine.dispose()


def test_server_that_cannot_be_reached_holds_all_without_counting_a_try(settings: Settings) -> None:
    app = make_app(replace(settings, smtp_url=f"smtp://127.0.0.1:{free_port()}"))
    with app.app_context():
        session = get_session()
        for number in range(2):
            add(session, number)
        done = mail.send_round(session, "w")
        assert (done.tried, done.held.refusal) == (1, Refusal.AWAY)
        assert state(session) == [(MailState.QUEUED, 0)] * 2
        due = {row.due_at for row in session.query(OutboxMail)}
        assert len(due) == 1 and due.pop() > utcnow() + timedelta(seconds=30)
    database(app).engine.dispose()


def test_server_that_never_answers_is_left_after_the_limit(
    settings: Settings, silent_smtp_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "ANSWER", 0.5)
    app = make_app(replace(settings, smtp_url=silent_smtp_server))
    with app.app_context():
        add(get_session())
        started = time.monotonic()
        assert mail.send_round(get_session(), "w").held.refusal == Refusal.AWAY
        assert time.monotonic() - started < mailer.WHOLE
    database(app).engine.dispose()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("stage", CONVERSATION)
def test_server_that_says_a_byte_now_and_then_is_left_after_the_limit(
    settings: Settings, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte is within the limit for an answer; the greeting was within no other."""
    monkeypatch.setattr(mailer, "WHOLE", 1.0)
    with dribbling_smtp_server(stage) as url:
        app = make_app(replace(settings, smtp_url=url))
        with app.app_context():
            add(get_session())
            started = time.monotonic()
            done = mail.send_round(get_session(), "w")
            assert 0.5 < time.monotonic() - started < 40
            # Before the sender is named it speaks of the server, afterwards of this mail.
            assert (done.held is not None) == (stage in ("greeting", "hello"))
            assert state(get_session())[0][0] == MailState.QUEUED
        database(app).engine.dispose()


@pytest.mark.parametrize("at_once", [True, False])
def test_mail_leaves_encrypted_to_the_server_that_the_certificate_names_and_to_no_other(
    settings: Settings, tmp_path: Path, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted_smtp_server(tmp_path, at_once=at_once) as mailbox:
        for name, held in (("localhost", None), ("127.0.0.1", Refusal.NEVER)):
            app = make_app(replace(settings, smtp_url=mailbox.url.replace("localhost", name)))
            with app.app_context(), monkeypatch.context() as known:
                known.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
                add(get_session())
                done = mail.send_round(get_session(), "w")
                assert (done.held.refusal if done.held else None) == held, done.held
            database(app).engine.dispose()
        assert len(mailbox.messages) == 1


def test_mail_whose_row_was_erased_while_it_was_sent_is_forgotten(smtp_app: Flask) -> None:
    session = get_session()
    add(session)

    class Erasing:
        leaves = True

        def send(self, message: EmailMessage) -> None:
            with database().sessionmaker() as other, write(other):
                other.query(OutboxMail).delete()

    smtp_app.extensions["passerelle.mailer"] = Erasing()
    assert mail.send_round(session, "w").held is None
    assert state(session) == []
