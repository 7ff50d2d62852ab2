"""The registration form as somebody fills it in."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

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


def send(client: FlaskClient, event: Event, **changes: Any) -> Any:
    return client.post(f"/e/{event.slug}/register", data=typed(event, **changes))


def rows(session: Session) -> list[Registration]:
    session.rollback()
    return list(session.scalars(select(Registration).order_by(Registration.id)))
