"""Heads of mails, read back by the standard library in both its ways and by a reader written from RFC 2047."""

import base64
import random
import re
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session

from tests.support.programs import free_port
from tests.support.smtp import Mailbox
from tests.web.conftest import make_app
from tests.web.factories import Factory
from web.config import Settings
from web.db import database, get_session, write
from web.domain.mail.headers import carried, encoded_words
from web.domain.mail.sending import compose, enqueue_mail, send_waiting
from web.models import MailState, OutboxMail, User, utcnow

WORDS = [
    "Votre",
    "agenda",
    "a",
    "changé",
    "–",
    "Rencontres",
    "d’été",
    "à",
    "Lille",
    ":",
    "associations,",
    "entreprises",
    "et",
    "«",
    "mécènes",
    "»",
    "œuvrent",
    "très",
    "près",
    "l’un",
    "de",
    "l’autre",
    ";",
    "répétitions,",
    "Kraków,",
    "東京,",
    "🎉",
    "fête",
]
LONG = "Votre agenda a changé – Rencontres d’été à Lille : associations, entreprises et « mécènes » de la métropole"


def by_the_standard(raw: bytes, name: str) -> str:
    """The header by RFC 2047 alone: spaces between encoded words are dropped, every word is whole by itself."""
    head = raw.replace(b"\r\n", b"\n").split(b"\n\n")[0].decode("ascii")
    (line,) = re.findall(rf"^{name}: (.*(?:\n[ \t].*)*)", head, re.MULTILINE)
    assert all(len(part) <= 76 for part in f"{name}: {line}".split("\n"))
    joined = re.sub(r"\?=\s+=\?", "?==?", line.replace("\n", ""))
    assert all(len(word) <= 75 for word in re.findall(r"=\?[^?]*\?[^?]*\?[^?]*\?=", joined))
    return re.sub(r"=\?utf-8\?b\?([^?]*)\?=", lambda word: base64.b64decode(word[1]).decode(), joined)


def mail(subject: str, recipient: str = "p@example.org") -> OutboxMail:
    values = {"message_id": "<1@example.org>", "recipient": recipient, "subject": subject, "body_text": "Bonjour,"}
    return OutboxMail(created_at=utcnow(), **values)


@pytest.mark.parametrize("policy", [None, SMTP])
def test_long_subjects_lose_no_space_with_any_reader(session: Session, policy: object) -> None:
    """The library wrote one in five of these so that it read itself another subject: “Votreœuvrent”."""
    chance = random.Random(1)
    for _time in range(300):
        subject = " ".join(chance.choice(WORDS) for _word in range(chance.randint(3, 25)))
        message = compose(mail(subject))
        raw = message.as_bytes() if policy is None else message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
        assert message_from_bytes(raw, policy=default)["Subject"] == subject
        assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject
        assert by_the_standard(raw, "Subject") == subject


def test_encoded_words_part_no_character() -> None:
    words = encoded_words("🎉é" * 60, 9)
    assert "".join(base64.b64decode(word[10:-2]).decode() for word in words) == "🎉é" * 60


@pytest.mark.parametrize(
    ("address", "on_the_way"),
    [
        ("lea@bücher.example", "lea@xn--bcher-kva.example"),
        ("lea@straße.example", "lea@xn--strae-oqa.example"),
        ("lea@example.org", "lea@example.org"),
        ("léa@example.org", "léa@example.org"),
    ],
)
def test_domain_goes_as_servers_know_it(address: str, on_the_way: str) -> None:
    assert carried(address) == on_the_way


def test_mail_to_a_domain_with_accents_leaves(settings: Settings, smtp_server: Mailbox) -> None:
    """It failed, for it asked the server for a capability that it does not need."""
    app = make_app(replace(settings, smtp_url=smtp_server.url))
    with app.app_context():
        session = get_session()
        with write(session):
            enqueue_mail(session, recipient="lea@bücher.example", subject=LONG, text="Bonjour,")
        assert send_waiting(session, "w") == 1
        (message,) = smtp_server.wait(1)
        assert message["To"] == "lea@xn--bcher-kva.example"
        assert message["Subject"] == LONG
        assert smtp_server.recipients == [["lea@xn--bcher-kva.example"]]
    database(app).engine.dispose()


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [("léa@example.org", "takes no letters like é"), (f"lea@{'é' * 80}.example", "Label too long")],
)
def test_address_that_no_server_carries_fails_at_once_with_the_reason(
    settings: Settings, recipient: str, reason: str
) -> None:
    port = free_port()
    mailbox = Mailbox(f"smtp://127.0.0.1:{port}")
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    app = make_app(replace(settings, smtp_url=mailbox.url))
    with app.app_context():
        session = get_session()
        with write(session):
            enqueue_mail(session, recipient=recipient, subject="x", text="Bonjour,")
        assert send_waiting(session, "w") == 0
        row = session.query(OutboxMail).one()
        assert (row.state, row.attempts) == (MailState.FAILED, 1)
        assert reason in (row.error or "")
    controller.stop()
    database(app).engine.dispose()


def test_answers_go_to_the_organiser_of_the_event(
    app: object, session: Session, make: Factory, organiser: User, settings: Settings
) -> None:
    with write(session):
        organiser.name, organiser.email = "Zoé d’Été, à Noël", "zoe@été.example"
    event = make.event(organiser)
    make.member(event, make.user())
    with write(session):
        enqueue_mail(session, recipient="p@example.org", subject="x", text="y", event_id=event.id)
        enqueue_mail(session, recipient="zoe@été.example", subject="x", text="y", event_id=event.id)
        enqueue_mail(session, recipient="p@example.org", subject="x", text="y")
    assert send_waiting(session, "w") == 3
    found: list[EmailMessage] = [
        message_from_bytes(file.read_bytes(), policy=default)  # type: ignore[misc]
        for file in settings.mail_folder.glob("*.eml")
    ]
    (reply,) = [one["Reply-To"] for one in found if one["Reply-To"]]
    assert reply.addresses[0].addr_spec == "zoe@xn--t-9fab.example"
    assert reply.addresses[0].display_name == organiser.name


def test_mail_written_to_a_file_is_not_called_sent(
    app: object, session: Session, make: Factory, organiser: User, organiser_client: object
) -> None:
    event = make.event(organiser)
    with write(session):
        enqueue_mail(session, recipient="p@example.org", subject="x", text="y", event_id=event.id)
    assert send_waiting(session, "w") == 1
    page = organiser_client.get(f"/events/{event.id}/mails/").text  # type: ignore[attr-defined]
    assert "écrit dans le dossier" in page and ">envoyé" not in page
    assert "x" in organiser_client.get(f"/events/{event.id}/mails/?state=filed").text  # type: ignore[attr-defined]
    address = f"/events/{event.id}/mails/{session.query(OutboxMail).one().id}/"
    assert "écrit dans le dossier" in organiser_client.get(address).text  # type: ignore[attr-defined]
