"""A participant with a personal link, in an event whose timetable is published."""

import pytest

from tests.web.factories import Factory
from web.db import write
from web.models import Event, Registration, utcnow


class World:
    """A published event: `me` meets two companies, at s1 and s3."""

    def __init__(self, make: Factory, published: bool = True) -> None:
        self.make = make
        self.event: Event = make.event(title="Rencontres du canal")
        self.me: Registration = make.registration(self.event, name="Les Jardins du Canal")
        self.one = make.registration(self.event, kind="company", name="Atelier Bleu")
        self.two = make.registration(self.event, kind="company", name="Brasserie Nord")
        self.base = f"/p/{make.personal_link(self.me)}"
        if published:
            self.publish(1, [(self.one, "s1", "t1"), (self.two, "s3", "t2")])

    def publish(self, number: int, meetings: list[tuple[Registration, str, str]]) -> None:
        listed = [
            {"between": [self.me.key, other.key], "slot": slot, "table": table, "facilitator": None, "score": 10}
            for other, slot, table in meetings
        ]
        version = self.make.schedule(self.event, listed, number=number, published_at=utcnow())
        with write(self.make.session):
            self.event.published_schedule_id = version.id

    def status(self, status: str) -> None:
        with write(self.make.session):
            self.me.status = status


@pytest.fixture
def world(make: Factory) -> World:
    return World(make)
