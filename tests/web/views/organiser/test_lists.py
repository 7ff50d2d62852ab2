"""A list of people from its file into an event, through the pages, and out again."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.lists import HEADINGS, Lists, csv_of
from tests.web.factories import Factory
from web.models import AuditEntry, Event, OutboxMail, Registration, User

ROWS = [
    HEADINGS,
    ("Les Jardins du Canal", "Asso", "jardins@example.org", "03 20 11 22 33", "Numérique; Finance et comptabilité", ""),
    ("Nord Menuiserie", "Entreprise", "nord@example.org", "", "", "Atelier"),
]


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser=organiser)


@pytest.fixture
def lists(organiser_client: FlaskClient, event: Event) -> Lists:
    return Lists(organiser_client, event)


def people(session: Session) -> dict[str, Registration]:
    session.rollback()
    return {one.name: one for one in session.query(Registration).order_by(Registration.id)}


def test_list_becomes_participants(lists: Lists, session: Session, event: Event) -> None:
    at = lists.looked_at(csv_of(ROWS))
    answer = lists.take(at)
    assert (answer.status_code, answer.location) == (303, at)
    found = people(session)
    assert list(found) == ["Les Jardins du Canal", "Nord Menuiserie"]
    one = found["Les Jardins du Canal"]
    assert (one.kind, one.email, one.phone) == ("association", "jardins@example.org", "03 20 11 22 33")
    assert (one.needs, one.offers, one.status, one.language) == (
        ["skills.digital", "skills.finance"],
        [],
        "accepted",
        event.locale,
    )
    assert found["Nord Menuiserie"].offers == ["premises.workshop"]
    assert session.query(OutboxMail).count() == 0
    entries = session.query(AuditEntry).where(AuditEntry.event_id == event.id).order_by(AuditEntry.id)
    actions = [entry.action for entry in entries]
    assert actions == ["list.send", "registration.add", "registration.add", "list.take"]
