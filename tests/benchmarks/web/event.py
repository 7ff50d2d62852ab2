"""An event of five hundred participants, announced twice, and one that takes registrations."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web import create_app
from web.config import Settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.event.events import touch
from web.domain.event.taxonomy import THEMES, grouped_choices, term_choices
from web.domain.team.access import issue_personal_link
from web.domain.timetable.publishing import publish
from web.migrations import upgrade
from web.models import Event, OutboxMail, Registration, utcnow

SECRET_KEY = "a secret for measuring only"
SLOTS, MEETINGS = 20, 15


@dataclass(frozen=True)
class Ready:
    """Tokens of the personal links, and the address name of the event that takes registrations."""

    tokens: list[str]
    slug: str


def fill(var: Path, database_url: str, participants: int) -> Ready:
    """Fill an empty database. The mails of the publications count as sent: the worker has nothing to do."""
    with _session(var, database_url) as session:
        upgrade(session.get_bind().engine)
        make = Factory(session)
        slug = make.event(slots=SLOTS, tables=60).slug
        tokens = _announced(session, make, participants) if participants else []
        with write(session):
            session.query(OutboxMail).delete()
    return Ready(tokens, slug)


def change(var: Path, database_url: str) -> None:
    """Change the event that is announced, as saving its page does: every page of its participants is another one."""
    with _session(var, database_url) as session, write(session):
        for event in session.scalars(select(Event).where(Event.published_schedule_id.is_not(None))):
            touch(event)


@contextmanager
def _session(var: Path, database_url: str) -> Iterator[Session]:
    app = create_app(Settings(var=var, database_url=database_url, secret_key=SECRET_KEY))
    try:
        with app.test_request_context():
            yield get_session()
    finally:
        database(app).engine.dispose()


def _announced(session: Session, make: Factory, participants: int) -> list[str]:
    event = make.event(slots=SLOTS, tables=participants // 4)
    rnd = random.Random(1)
    with write(session):
        session.execute(insert(Registration), [_person(rnd, event.id, number) for number in range(participants)])
    rows = session.scalars(select(Registration).where(Registration.event_id == event.id)).all()
    sides = [one for one in rows if one.kind == "association"], [one for one in rows if one.kind == "company"]
    with write(session):
        tokens = [issue_personal_link(one) for one in rows]
    for turn in range(2):
        version = make.schedule(event, [*_meetings(*sides, turn)])
        publish(session, version, SYSTEM)
    return tokens


def _person(rnd: random.Random, event_id: int, number: int) -> dict[str, Any]:
    items = [code for _code, _name, group in grouped_choices("fr") for code, _label in group]
    kind = "association" if number % 2 else "company"
    return {
        "event_id": event_id,
        "kind": kind,
        "key": f"{kind[0]}-{number}",
        "position": number,
        "name": f"Organisation {number}",
        "contact_name": "Camille Exemple",
        "email": f"p{number}@example.org",
        "project": "Un projet concret, dit en deux phrases. " * 3,
        "status": "accepted",
        "consent_text": "J’accepte.",
        "consented_at": utcnow(),
        "needs": rnd.sample(items, 4),
        "offers": rnd.sample(items, 4),
        "themes": rnd.sample([code for code, _label in term_choices(THEMES, "fr")], 3),
    }


def _meetings(ours: list[Registration], theirs: list[Registration], turn: int) -> list[dict[str, Any]]:
    return [
        {
            "between": [one.key, theirs[(i + 7 * k + turn) % len(theirs)].key],
            "slot": f"s{k + 1}",
            "table": f"t{i % (len(ours) // 2) + 1}",
            "facilitator": None,
            "score": 10,
        }
        for k in range(MEETINGS)
        for i, one in enumerate(ours)
    ]
