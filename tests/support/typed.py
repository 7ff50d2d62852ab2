"""The registration form, and that of a new event, as somebody fills them in."""

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web import create_app
from web.config import load_settings
from web.db import database, get_session
from web.domain.team.access import first_organiser
from web.models import Event, Registration

PROJECT = "Nous cherchons un graphiste pour deux jours en mai."


def typed(event: Event, **changes: Any) -> dict[str, Any]:
    """What a person types who fills the form in well."""
    return {
        "kind": "association",
        "name": "Les Jardins du Canal",
        "contact_name": "Ada Exemple",
        "email": "ada@example.org",
        "phone": "03 20 00 00 00",
        "project": PROJECT,
        "needs": ["skills.communication", "goods.it"],
        "offers": ["visibility.image"],
        "themes": ["environment"],
        "zone": "roubaix",
        "presence": [slot.key for slot in event.slots[1:]],
        "delegates": "2",
        "attendance": "onsite",
        "accessibility": "Un siège avec dossier",
        "needs_facilitator": "y",
        "publish_name": "y",
        "language": "fr",
        "consent": "y",
        "submission": "a-secret-made-with-the-form",
    } | changes


def open_event(var: Path) -> tuple[int, dict[str, Any]]:
    """An event that takes registrations, in the database of the server of `var`; its form, filled in.

    The words of the form, and of the event's address, begin with ``zq`` as nobody's do.
    """
    app = create_app(load_settings({"PASSERELLE_VAR": str(var)}))
    with app.app_context():
        session = get_session()
        event = Factory(session).event(first_organiser(session), slug="zqslug")
        form = typed(
            event,
            name="Zqname",
            contact_name="Zqcontact",
            email="zqmail@example.org",
            phone="03 99 88 77 66",
            project="Zqproject, deux jours en mai pour un site.",
        )
        event_id = event.id
    database(app).engine.dispose()
    return event_id, form


def send(client: FlaskClient, event: Event, **changes: Any) -> Any:
    return client.post(f"/e/{event.slug}/register", data=typed(event, **changes))


def rows(session: Session) -> list[Registration]:
    session.rollback()
    return list(session.scalars(select(Registration).order_by(Registration.id)))


def creation(**values: str) -> dict[str, str]:
    """What the page of a new event sends."""
    return {
        "title": "Rencontres de mars",
        "place": "Salle des fêtes",
        "description": "Venez nombreux.",
        "timezone": "Europe/Paris",
        "day": "2027-03-18",
        "start": "14:00",
        "meeting": "6",
        "changeover": "2",
        "rounds": "4",
        "coffee_after": "2",
        "coffee_minutes": "15",
        "tables": "1..3, Le salon",
        "registration_opens_at": "2027-01-10T08:00",
        "registration_closes_at": "2027-03-10T20:00",
        "wish_limit": "6",
        "min_meetings": "2",
        "max_meetings": "8",
        "coverage": "40, 25",
    } | values
