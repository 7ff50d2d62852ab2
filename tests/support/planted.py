"""A participant whose every word can be looked for wherever data lies."""

import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.event import listen

from tests.support.typed import send, typed
from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.config import Settings
from web.db import database, write
from web.domain.audit import Actor
from web.domain.mail.sending import Attachment, enqueue_mail, send_waiting
from web.domain.people.registration import accept, decline
from web.domain.timetable.publishing import publish
from web.domain.timetable.versions import annotate
from web.models import (
    Answer,
    Attaching,
    Base,
    Colleague,
    Event,
    Invitation,
    ListImport,
    Mailing,
    MeetingAnswer,
    Organisation,
    Picture,
    Purpose,
    Registration,
    RegistrationDraft,
    ScheduleVersion,
    utcnow,
)

CANARIES = {
    "name": "Zqname & Fils",
    "known_as": "Zqformer",
    "contact_name": "Zqcontact Exemple",
    "email": "zqaddress@example.org",
    "confirmed_email": "zqproven@example.org",
    "phone": "03 99 88 77 66",
    "website": "https://zqwebsite.example",
    "siren": "987654321",
    "project": "Zqproject, en mai.",
    "notes": "Zqnotes",
    "answers": "Zqanswers",
    "accessibility": "Zqaccess",
    "consent_text": "Zqconsent",
}


# A number that was changed before anything but a note could say it.
FORMER_PHONE = "03 55 44 33 22"


SEARCHED = {name: text.split(",")[0].split(" &")[0].lower() for name, text in CANARIES.items()}
SEARCHED |= {"former_phone": FORMER_PHONE, "colleague": "zqcolleague", "picture": "zqpicture"}


class Planted:
    """An event in whose every corner somebody is named, and where to look for them."""

    def __init__(self, app: Flask, client: FlaskClient, make: Factory, settings: Settings) -> None:
        self.app, self.client, self.make, self.session, self.var = app, client, make, make.session, settings.var
        self.organiser = make.user(email="odile@example.org", name="Odile Organise")
        self.event: Event = make.event(organiser=self.organiser)
        self.partner = make.registration(self.event, kind="company", name="Brasserie Nord")
        self.actor = Actor.of_user(self.organiser)
        self.base = self._register()
        self.me = self.session.scalars(select(Registration).where(Registration.name == "Zqformer")).one()
        accept(self.session, self.me, self.actor)
        make.wishes(self.partner, [self.me])
        make.wishes(self.me, [self.partner])
        make.rule(self.event, self.me, self.partner)
        # Announced under the former name, then under the new one, then without any meeting.
        first = self._publish("s1", 1)
        self._change()
        second = self._publish("s2", 2, parent_id=first.id)
        annotate(self.session, first, f"rappeler au {FORMER_PHONE}", self.actor)
        annotate(self.session, second, f"vu avec {CANARIES['contact_name']}, {CANARIES['phone']}", self.actor)
        self._the_rest()
        self.send_mail()

    def _register(self) -> str:
        answer = send(self.client, self.event, name="Zqformer", email="zqaddress@example.org", phone=FORMER_PHONE)
        assert answer.status_code == 303
        self.session.rollback()
        return str(answer.location).split("/?")[0]

    def _change(self) -> None:
        """The participant changes what the page lets them; the organiser's page and the rows hold the rest."""
        form = typed(
            self.event,
            name=CANARIES["name"],
            contact_name=CANARIES["contact_name"],
            email=CANARIES["email"],
            phone=CANARIES["phone"],
            project=CANARIES["project"],
            accessibility=CANARIES["accessibility"],
            version=str(self.me.version),
        )
        assert self.client.post(f"{self.base}/registration", data=form).status_code == 303
        self.session.rollback()
        with write(self.session):
            self.me.website, self.me.siren = CANARIES["website"], CANARIES["siren"]
            self.me.notes, self.me.consent_text = {"needs": CANARIES["notes"]}, CANARIES["consent_text"]
            self.me.answers = {"q1": CANARIES["answers"]}
            self.me.organisation = Organisation(
                kind="association",
                name=CANARIES["name"],
                siren=CANARIES["siren"],
                website=CANARIES["website"],
                size="zqsize",
                zone="Zqzone",
            )

    def _publish(self, slot: str, number: int, **values: Any) -> ScheduleVersion:
        meeting = {
            "between": [self.me.key, self.partner.key],
            "slot": slot,
            "table": "t1",
            "facilitator": None,
            "score": 10,
        }
        version = self.make.schedule(self.event, [meeting], number=number, **values)
        publish(self.session, version, self.actor)
        return version

    def _the_rest(self) -> None:
        name = CANARIES["name"]
        kept = {"code": "meeting", "values": {"pair": [name, "Fournil"], "slot": None, "session": None}}
        # Rows of before: a sentence in each language.
        former = {"fr": f"{name} doit rencontrer", "en": name}
        self.make.job(self.event, state="failed", error="infeasible", reasons=[kept, former])
        with write(self.session):
            refused = enqueue_mail(
                self.session,
                recipient="odile@example.org",
                subject=f"{name} a écrit",
                text=f"{name}, {CANARIES['email']}",
                parts=[{"code": "words", "values": {"lines": [f"{name} a écrit"]}}],
                language="fr",
                event_id=self.event.id,
            )
            # Named in the files of a mail to somebody else, and not in its words: one that has left, one that waits.
            calendar = Attachment("agenda.ics", "text/calendar", f"SUMMARY:{name}".encode())
            for due_at in (utcnow(), utcnow() + timedelta(days=1)):
                enqueue_mail(
                    self.session,
                    recipient=str(self.partner.email),
                    subject="Votre agenda",
                    text="Bonjour,",
                    attachments=(calendar,),
                    attaching=Attaching.MADE,
                    event_id=self.event.id,
                    registration_id=self.partner.id,
                    due_at=due_at,
                )
            refused.state, refused.error = "failed", f"550 {CANARIES['email']} unknown"
            self.me.confirmed_email = CANARIES["confirmed_email"]
            said = {field: CANARIES[field] for field in ("name", "contact_name", "email", "phone")}
            self.session.add(Invitation(event_id=self.event.id, registration_id=self.me.id, kind="association", **said))
            self.session.add(
                MeetingAnswer(
                    event_id=self.event.id,
                    version_id=self.session.scalars(select(ScheduleVersion.id)).first(),
                    registration_id=self.partner.id,
                    answer=Answer.CONFIRMED,
                    note=f"{name} nous suffit",
                )
            )
            self.session.add(
                ListImport(
                    event_id=self.event.id,
                    user_id=self.organiser.id,
                    file_name=f"{name}.csv",
                    sheets=[{"name": "", "rows": [[1, ["Structure"]], [2, [name]]], "unreadable": []}],
                    matching={"sheet": 0, "head": 0, "columns": {"0": name}, "kind": "", "way": "accepted"},
                    meanings={"items": {name: ""}},
                    outcome={"kept": [name]},
                )
            )
            self.session.add(
                Mailing(
                    event_id=self.event.id,
                    user_id=self.organiser.id,
                    subject=f"Avec {name}",
                    text=f"{name} apporte le café",
                    other_subject=f"With {name}",
                    other_text=f"{name} brings the coffee",
                    segment={},
                )
            )
            address = "zqcolleague@example.org"
            colleague = Colleague(registration=self.me, name="Zqcolleague Martin", email=address, language="en")
            colleague.confirmed_email = address
            self.session.add(colleague)
            logo = Picture(event_id=self.event.id, registration_id=self.me.id, purpose=Purpose.LOGO)
            logo.mime_type, logo.content, logo.digest, logo.width, logo.height = "image/png", b"Zqpicture", "0", 9, 9
            self.session.add(logo)
        # Begun under the former name, for another organisation, and never sent.
        draft = RegistrationDraft(
            event_id=self.event.id,
            email=CANARIES["email"],
            language="fr",
            fields={"name": ["Zqformer"], "project": [CANARIES["project"]]},
            token_issued_at=utcnow(),
        )
        with write(self.session):
            self.session.add(draft)
        (self.var / "agendas.pdf").write_bytes(name.encode())

    def send_mail(self) -> None:
        send_waiting(self.session, "a worker")
        self.session.rollback()

    def withdraw(self) -> None:
        assert self.client.post(f"{self.base}/withdraw").status_code == 303
        self.session.rollback()
        self.send_mail()

    def erase_by_participant(self) -> None:
        assert self.client.post(f"{self.base}/erase", data={"sure": "y"}).status_code == 303

    def erase_by_organiser(self) -> None:
        """Only somebody without a meeting in the published timetable can be removed."""
        decline(self.session, self.me, self.actor)
        publish(self.session, self.make.schedule(self.event, [], number=3), self.actor)
        self.send_mail()
        browser = sign_in(self.app.test_client(), self.organiser)
        page = f"/events/{self.event.id}/participants/{self.me.id}/remove"
        data = {"version": self.me.version}
        # Whoever reads keeps the database file from being cleared: the next turn would do it.
        self.session.rollback()
        assert browser.post(page, data=data).status_code == 302

    def found_in_tables(self) -> set[str]:
        """Where in the tables which canary is, as ``table.column: canary``."""
        self.session.rollback()
        return {
            f"{table.name}.{column.name}: {canary}"
            for table in Base.metadata.sorted_tables
            for row in self.session.execute(select(table)).mappings()
            for column in table.columns
            for canary in self.canaries_in(repr(row[column.name]))
        }

    def found_in_files(self) -> set[str]:
        """Which files below ``var`` hold which canary, as ``suffix: canary``: raw bytes, and mails as they are read."""
        self.session.rollback()
        return {
            f"{path.suffix or path.name}: {canary}"
            for path in self.var.rglob("*")
            if path.is_file()
            for canary in self.canaries_in(text_of(path))
        }

    @staticmethod
    def canaries_in(text: str) -> Iterator[str]:
        text = text.lower()
        return (name for name, canary in SEARCHED.items() if canary in text)


def text_of(path: Path) -> str:
    data = path.read_bytes()
    text = data.decode("utf-8", errors="replace")
    if path.suffix == ".eml":
        mail = email.message_from_bytes(data, policy=email.policy.default)
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        text += "\n".join([str(mail["Subject"]), str(mail["To"]), *parts])
    return text


@pytest.fixture
def planted(app: Flask, client: FlaskClient, make: Factory, settings: Settings) -> Planted:
    engine = database(app).engine
    if engine.dialect.name == "sqlite":
        # Some systems build SQLite so that it wipes what it deletes; nobody may count on it.
        engine.dispose()
        listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA secure_delete=OFF"))
    return Planted(app, client, make, settings)
