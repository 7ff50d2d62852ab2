"""An event with a timetable that can be published, and its participants."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.timetable import solving as scheduling
from web.models import OutboxMail, Registration, ScheduleVersion


def meeting(one: Registration, other: Registration, slot: str, table: str | None = "t1") -> dict[str, Any]:
    return {"between": [one.key, other.key], "slot": slot, "table": table, "facilitator": None, "score": 10}


class World:
    """Two associations and two companies, with a first version of three meetings."""

    def __init__(self, session: Session, make: Factory) -> None:
        self.session, self.make = session, make
        self.event = make.event(title="Rencontres")
        self.a = make.registration(self.event, name="Les Jardins du Canal")
        self.b = make.registration(self.event, name="Atelier Nord", language="en")
        self.c = make.registration(self.event, kind="company", name="Fournil Dubois")
        self.d = make.registration(self.event, kind="company", name="Imprimerie Lys", email=None)
        self.first = make.schedule(
            self.event,
            [meeting(self.a, self.c, "s1"), meeting(self.a, self.d, "s2"), meeting(self.b, self.c, "s2", "t2")],
        )

    def publish(self, version: ScheduleVersion) -> Any:
        return scheduling.publish(self.session, version, SYSTEM)

    def mails(self) -> dict[str, OutboxMail]:
        """The mails written since the last call, by recipient."""
        seen = getattr(self, "seen", 0)
        rows = self.session.scalars(select(OutboxMail).where(OutboxMail.id > seen).order_by(OutboxMail.id)).all()
        self.seen = max([seen, *(row.id for row in rows)])
        assert len({row.recipient for row in rows}) == len(rows)
        return {row.recipient: row for row in rows}


@pytest.fixture
def world(session: Session, make: Factory) -> World:
    return World(session, make)
