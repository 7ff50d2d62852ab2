"""Our mails as three readers show them: the standard library in both its ways, another library, a program."""

import subprocess
from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from pathlib import Path

import fast_mail_parser
import pytest
from sqlalchemy.orm import Session

from tests.support.programs import program
from tests.web.factories import Factory
from web.config import Settings
from web.db import write
from web.domain.mail.sending import Attachment, enqueue_mail, send_waiting
from web.models import User

SUBJECTS = [
    "Votre agenda",
    "Votre agenda a changé – Rencontres d’été à Lille : associations, entreprises et « mécènes » de la métropole",
    "« Les Ateliers de l’Été » ne vient plus – Rencontres « œuvrer près d’ici » : 3e édition, à Noyelles-lès-Seclin",
    "Où ? Là-bas ! Ça ira ; c’est « très » près, à côté de l’hôtel – été comme hiver – Kraków, 東京 et 🎉",
    "é è à ù ç œ « » ’ – … é è à ù ç œ « » ’ – … é è à ù ç œ « » ’ – … é è à ù ç œ « » ’ – … é è à ù ç œ",
]
TEXT = "Bonjour,\n\n« L’Été » : à 14 h 06, table 3.\n"
PDF = b"%PDF-1.7 \x00\xff"

# What a reader shows of a mail: subject, to whom answers go, text, attached files.
Shown = tuple[str, str, str, dict[str, bytes]]


def by_the_library_of_today(file: Path) -> Shown:
    message = message_from_bytes(file.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    assert body is not None
    files = {str(one.get_filename()): one.get_payload(decode=True) for one in message.iter_attachments()}
    return message["Subject"], message["Reply-To"].addresses[0].display_name, body.get_content(), files


def by_the_library_of_before(file: Path) -> Shown:
    message = message_from_bytes(file.read_bytes())
    parts = [one for one in message.walk() if not one.is_multipart()]
    name = str(make_header(decode_header(message["Reply-To"]))).rpartition(" <")[0]
    texts = [one.get_payload(decode=True).decode() for one in parts if not one.get_filename()]
    files = {str(one.get_filename()): one.get_payload(decode=True) for one in parts if one.get_filename()}
    return str(make_header(decode_header(message["Subject"]))), name, "".join(texts), files


def by_another_library(file: Path) -> Shown:
    message = fast_mail_parser.parse_email(file.read_bytes())
    name = message.headers["Reply-To"]
    name = (name if isinstance(name, str) else name[0]).rpartition(" <")[0]
    files = {one.filename: bytes(one.content) for one in message.attachments}
    return message.subject, name, "".join(message.text_plain), files


def by_a_program(file: Path) -> Shown:
    package = "mblaze"

    def said(*command: str) -> bytes:
        path = program(command[0], package)
        # It writes what the terminal can show.
        done = subprocess.run([path, *command[1:]], capture_output=True, timeout=30, env={"LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    subject = said("mhdr", "-d", "-h", "subject", str(file)).decode().rstrip("\n")
    name = said("mhdr", "-d", "-h", "reply-to", str(file)).decode().rpartition(" <")[0]
    listed = said("mshow", "-t", str(file)).decode().splitlines()
    numbers = {line.split()[0].rstrip(":"): line for line in listed if line.startswith("  ")}
    parts = {
        number: said("mshow", "-O", str(file), number) for number, line in numbers.items() if "multipart/" not in line
    }
    texts = [parts[number].decode() for number, line in numbers.items() if "text/plain" in line]
    files = {
        word: parts[number]
        for number, line in numbers.items()
        for word in (line.split("name=")[-1].split()[0].strip('"'),)
        if "name=" in line
    }
    return subject, name, "".join(texts), files


READERS = [by_the_library_of_today, by_the_library_of_before, by_another_library, by_a_program]


@pytest.mark.parametrize("reader", READERS)
def test_reader_shows_subject_names_text_and_files_to_the_letter(
    session: Session, make: Factory, organiser: User, settings: Settings, reader: Callable[[Path], Shown]
) -> None:
    """Long French subjects lost spaces between encoded words with some of them."""
    with write(session):
        organiser.name = "Zoé « L’Été » Noël, présidente des Amis de la Bibliothèque, à Noyelles"
    event = make.event(organiser)
    files = (Attachment("agenda.pdf", "application/pdf", PDF), Attachment("agenda.ics", "text/calendar", b"BEGIN\r\n"))
    with write(session):
        for number, subject in enumerate(SUBJECTS):
            enqueue_mail(
                session,
                recipient=f"p{number}@example.org",
                subject=subject,
                text=TEXT,
                attachments=files,
                event_id=event.id,
            )
    assert send_waiting(session, "w") == len(SUBJECTS)
    shown = [reader(file) for file in settings.mail_folder.glob("*.eml")]
    assert sorted(subject for subject, *_rest in shown) == sorted(SUBJECTS)
    assert {name.strip('"') for _subject, name, *_rest in shown} == {organiser.name}
    assert {text.replace("\r", "") for _subject, _name, text, _files in shown} == {TEXT}
    for *_rest, found in shown:
        assert found == {"agenda.pdf": PDF, "agenda.ics": b"BEGIN\r\n"}
