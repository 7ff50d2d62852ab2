"""Nothing that people write is cut without a word: what a column has no room for is refused with a sentence."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import String
from sqlalchemy.orm import Session
from wtforms.validators import Length

from scheduler.command.main import main
from scheduler.format.event import parse_event
from scheduler.format.faults import Id
from scheduler.format.interchange import write_any
from tests.web.factories import Factory
from web.forms.account import AccountForm, PasskeyForm
from web.forms.colleagues import ColleagueForm
from web.forms.events import CreateEventForm, SettingsForm
from web.forms.participants import InviteForm, ParticipantForm
from web.forms.registration import RegistrationForm
from web.forms.resources import FacilitatorForm
from web.forms.schedule import NoteForm
from web.models import Base, Event, Registration, User

# Every column of bounded text that people write, with all forms that fill it in.
TYPED = {
    "colleagues.email": [(ColleagueForm, "email")],
    "colleagues.name": [(ColleagueForm, "name")],
    "events.place": [(SettingsForm, "place"), (CreateEventForm, "place")],
    "facilitators.email": [(FacilitatorForm, "email")],
    "passkeys.name": [(PasskeyForm, "name")],
    "registrations.contact_name": [(RegistrationForm, "contact_name"), (ParticipantForm, "contact_name")],
    "registrations.email": [(RegistrationForm, "email"), (ParticipantForm, "email")],
    "registrations.phone": [(RegistrationForm, "phone"), (ParticipantForm, "phone")],
    "registrations.website": [(ParticipantForm, "website")],
    "schedule_versions.note": [(NoteForm, "note")],
    "users.email": [(AccountForm, "email"), (InviteForm, "email")],
    "users.name": [(AccountForm, "name")],
}
# Columns that hold what others hold.
COPIES = {
    "colleagues.confirmed_email": "colleagues.email",
    "invitations.kind": "registrations.kind",
    "organisations.kind": "registrations.kind",
    "organisations.siren": "registrations.siren",
    "organisations.size": "registrations.size",
    "organisations.website": "registrations.website",
    "outbox_mails.recipient": "users.email",
    "registration_drafts.email": "registrations.email",
    "registrations.confirmed_email": "registrations.email",
    "schedule_versions.place": "events.place",
    "users.confirmed_email": "users.email",
}
# Ids of the event file, whose length the format bounds.
IDS = {
    "agendas.participant",
    "event_tables.key",
    "facilitators.key",
    "merged_registrations.key",
    "registrations.key",
    "registrations.kind",
    "slots.key",
}
# Codes, states, hashes, names that programs make, and what is chosen from a list.
MADE = {
    *("account_roles.name", "agendas.digest", "api_tokens.token_hash", "audit_entries.action", "distinct_pairs.alike"),
    *("event_members.role", "events.locale", "events.slug", "events.status", "events.timezone", "jobs.kind"),
    *(
        "jobs.state",
        "jobs.worker",
        "mail_turns.address_hash",
        "meeting_rules.status",
        "merged_registrations.token_hash",
    ),
    *("pictures.digest", "pictures.mime_type", "pictures.purpose"),
    *("outbox_attachments.filename", "outbox_attachments.mime_type", "outbox_mails.claimed_by"),
    *(
        "outbox_mails.attaching",
        "outbox_mails.language",
        "outbox_mails.message_id",
        "outbox_mails.state",
        "recovery_codes.code_hash",
        "registrations.language",
    ),
    *("registrations.siren", "registrations.size", "registrations.status", "registrations.token_hash"),
    *("schedule_versions.status", "sign_in_links.token_hash", "sign_ins.token_hash", "sign_ins.browser"),
    *("users.fs_uniquifier",),
    *("users.locale", "users.password", "users.tf_primary_method", "users.tf_totp_secret", "worker_heartbeats.worker"),
    *("wrong_attempts.subject", "invitations.language", "invitations.token_hash", "list_imports.state"),
    *("colleagues.language", "colleagues.token_hash"),
    *("meeting_answers.answer", "meeting_answers.reason", "registration_drafts.language"),
    *("registration_drafts.token_hash", "reminders.address_hash", "reminders.occasion"),
    # The end of a long name, by which its sender knows it all the same.
    "list_imports.file_name",
}
# Said by the domain, beside the field: whoever is invited comes from forms and from lists.
CHECKED = {"invitations.contact_name", "invitations.email", "invitations.phone"}
# Checked by the command that fills it in.
COMMANDS = {"api_tokens.name"}


def bounded() -> dict[str, int]:
    """Every column of bounded text, with its length."""
    columns = (column for table in Base.metadata.sorted_tables for column in table.columns)
    return {
        f"{column.table.name}.{column.name}": column.type.length
        for column in columns
        if isinstance(column.type, String) and column.type.length
    }


def test_every_column_of_bounded_text_is_known_to_be_typed_or_made() -> None:
    known = [*TYPED, *COPIES, *IDS, *MADE, *CHECKED, *COMMANDS]
    assert len(known) == len(set(known))
    assert set(known) == set(bounded())


def limits() -> Iterator[tuple[str, type, str]]:
    for column, forms in TYPED.items():
        yield from ((column, form, field) for form, field in forms)


@pytest.mark.parametrize(("column", "form", "field"), list(limits()))
def test_form_takes_no_more_than_the_column_has_room_for(column: str, form: type, field: str) -> None:
    unbound = getattr(form, field)
    validators = unbound.kwargs.get("validators") or unbound.args[1]
    (most,) = [one.max for one in validators if isinstance(one, Length) and one.max > 0]
    assert most <= bounded()[column]


def test_copies_and_ids_have_room_for_what_they_hold() -> None:
    room = bounded()
    assert [copy for copy, column in COPIES.items() if room[copy] < room[column]] == []
    (most,) = [one.max_length for one in Id.__metadata__[0].metadata if hasattr(one, "max_length")]
    assert [column for column in IDS if room[column] < most] == []


EVENT = {
    "format": "passerelle-event/1",
    "title": "Rencontres",
    "slots": [{"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06"}],
    "participants": [{"id": "a", "kind": "association"}, {"id": "c", "kind": "company"}],
}


@pytest.mark.parametrize(("heading", "most"), [("Contact", 120), ("Téléphone", 40), ("E-mail", 254)])
def test_import_of_a_contact_without_room_is_refused_with_a_sentence(
    organiser_client: FlaskClient, session: Session, heading: str, most: int
) -> None:
    book = load_workbook(BytesIO(write_any(parse_event(EVENT), "x.xlsx")))
    sheet = book["participants"]
    sheet.cell(1, sheet.max_column + 1).value = heading
    sheet.cell(2, sheet.max_column).value = "x" * (most + 1)
    out = BytesIO()
    book.save(out)
    answer = organiser_client.post("/events/import", data={"file": (BytesIO(out.getvalue()), "mars.xlsx")})
    assert answer.status_code == 422
    assert f"est trop long\u00a0: {most} caractères au plus" in answer.text
    session.rollback()
    assert session.query(Event).count() == 0
    sheet.cell(2, sheet.max_column).value = "x" * most
    out = BytesIO()
    book.save(out)
    data = {"file": (BytesIO(out.getvalue()), "mars.xlsx")}
    assert organiser_client.post("/events/import", data=data).status_code == 302


def test_name_of_a_token_without_room_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASSERELLE_VAR", str(tmp_path))
    assert main(["token", "create", "x" * 121]) != 0
    assert "at most 120 characters" in capsys.readouterr().err


def test_title_of_a_copy_is_shown_whole_and_refused_where_it_is_too_long(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser, title="R" * 120)
    address = f"/events/{event.id}/duplicate"
    assert f"{'R' * 120} (copie)" in organiser_client.get(address).text
    answer = organiser_client.post(address, data={"title": f"{'R' * 120} (copie)", "day": "2027-05-01"})
    assert answer.status_code == 422
    assert "120 caractères au plus" in answer.text


def test_no_page_has_a_browser_cut_what_is_pasted(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser, facilitators=1)
    one: Registration = make.registration(event)
    version = make.schedule(event)
    link = make.personal_link(one)
    pages = [
        "/events/new",
        *(f"/events/{event.id}/{rest}" for rest in ("", "duplicate", "team/", "participants/", "participants/new")),
        *(f"/events/{event.id}/setup/{part}" for part in ("", "slots", "tables", "facilitators", "rules")),
        f"/events/{event.id}/participants/{one.id}/edit",
        f"/events/{event.id}/schedule/{version.id}/",
        f"/e/{event.slug}/register",
        f"/p/{link}/registration",
        "/account",
        "/sign-in",
    ]
    cutting = []
    for page in pages:
        answer = organiser_client.get(page, follow_redirects=True)
        assert answer.status_code == 200, page
        inputs = re.findall(r"<(?:input|textarea)[^>]*\bmaxlength=[^>]*>", answer.text)
        cutting += [(page, found) for found in inputs if 'type="search"' not in found]
    assert cutting == []
