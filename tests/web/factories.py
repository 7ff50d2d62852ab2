"""Builders of rows for tests: sensible, fictional, each committed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from flask_security import hash_password
from sqlalchemy.orm import Session

from web.db import write
from web.domain.team.access import issue_personal_link
from web.models import (
    Event,
    EventMember,
    Facilitator,
    Job,
    MeetingRule,
    Registration,
    Role,
    ScheduleVersion,
    Slot,
    Table,
    User,
    Veto,
    Wish,
    utcnow,
)

_numbers = count(1)


@cache
def _hashed(password: str) -> str:
    return hash_password(password)


class Factory:
    def __init__(self, session: Session) -> None:
        self.session = session

    def _add(self, row: Any) -> Any:
        with write(self.session):
            self.session.add(row)
        return row

    def user(self, password: str = "une phrase de passe", **values: Any) -> User:
        number = next(_numbers)
        values = {"email": f"user{number}@example.org", "name": f"User {number}"} | values
        return self._add(User(password=_hashed(password), **values))

    def event(
        self,
        organiser: User | None = None,
        *,
        slots: int = 4,
        tables: int = 3,
        facilitators: int = 0,
        **values: Any,
    ) -> Event:
        """An open event of `slots` rounds of 6 minutes every 8 minutes from 14:00, with `tables` tables."""
        number = next(_numbers)
        start = datetime(2027, 3, 18, 14, 0)
        values = {
            "slug": f"event-{number}",
            "title": f"Rencontre {number}",
            "place": "Salle des Fêtes",
            "status": "open",
            "directory_published": True,
            "rules": {"coverage": [40, 25, 15, 10]},
        } | values
        event = Event(
            slots=[
                Slot(
                    key=f"s{i + 1}",
                    position=i,
                    starts_at=start + timedelta(minutes=8 * i),
                    ends_at=start + timedelta(minutes=8 * i + 6),
                )
                for i in range(slots)
            ],
            tables=[Table(key=f"t{i + 1}", position=i, name=f"Table {i + 1}") for i in range(tables)],
            facilitators=[
                Facilitator(key=f"f{i + 1}", position=i, name=f"Médiatrice {i + 1}") for i in range(facilitators)
            ],
            **values,
        )
        self._add(event)
        if organiser is not None:
            self.member(event, organiser)
        return event

    def member(self, event: Event, user: User, role: Role = Role.ORGANISER) -> EventMember:
        return self._add(EventMember(event_id=event.id, user_id=user.id, role=role))

    def registration(self, event: Event, **values: Any) -> Registration:
        """An accepted association (or ``kind="company"``) that needs and offers something that fits the other side."""
        number = next(_numbers)
        kind = values.get("kind", "association")
        fitting: dict[str, Any] = (
            {"needs": ["skills.digital"], "offers": ["visibility.image"]}
            if kind == "association"
            else {"needs": ["visibility.image"], "offers": ["skills.digital"]}
        )
        values = (
            {
                "kind": kind,
                "key": f"{kind[0]}{number}",
                "position": number,
                "name": f"{kind.capitalize()} {number}",
                "contact_name": "Camille Exemple",
                "email": f"{kind}{number}@example.org",
                "project": "Un projet concret.",
                "themes": ["environment"],
                "status": "accepted",
                "consent_text": "J’accepte.",
                "consented_at": utcnow(),
            }
            | fitting
            | values
        )
        return self._add(Registration(event_id=event.id, **values))

    def personal_link(self, registration: Registration) -> str:
        """A fresh token of the personal link of `registration`: its page is ``/p/<token>/``."""
        with write(self.session):
            return issue_personal_link(registration)

    def wishes(self, registration: Registration, targets: Sequence[Registration]) -> None:
        for rank, target in enumerate(targets):
            self._add(Wish(registration_id=registration.id, target_id=target.id, rank=rank))

    def met_before(self, organiser: User, one: Registration, other: Registration, **values: Any) -> Event:
        """An event of `organiser`, announced and over, at which the organisations of the two met on 12 March 2026."""
        event = self.event(organiser, slots=2, **values)
        with write(self.session):
            for slot in event.slots:
                slot.starts_at, slot.ends_at = (
                    moment.replace(year=2026, month=3, day=12) for moment in (slot.starts_at, slot.ends_at)
                )
        a, b = (self.registration(event, kind=row.kind, name=row.name, siren=row.siren) for row in (one, other))
        meeting = {"between": [a.key, b.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 10}
        version = self.schedule(event, [meeting])
        with write(self.session):
            event.published_schedule_id = version.id
        return event

    def veto(self, registration: Registration, target: Registration) -> Veto:
        return self._add(Veto(registration_id=registration.id, target_id=target.id))

    def rule(self, event: Event, a: Registration, b: Registration, **values: Any) -> MeetingRule:
        values = {"status": "required", "position": next(_numbers)} | values
        return self._add(MeetingRule(event_id=event.id, a_id=a.id, b_id=b.id, **values))

    def schedule(self, event: Event, meetings: Sequence[dict[str, Any]] = (), **values: Any) -> ScheduleVersion:
        """A stored schedule whose file holds `meetings`; `event_document` is the event file of now."""
        from web.domain.event.files import event_document

        tiers = [
            {"name": name, "value": 0, "bound": 0}
            for name in ("shortfall", "value", "breaks", "idle_slots", "table_moves")
        ]
        document = {
            "format": "passerelle-schedule/1",
            "status": "optimal",
            "meetings": list(meetings),
            "tiers": tiers,
            "seconds": 0.1,
        }
        values = {
            "number": next(_numbers),
            "document": document,
            "event_document": event_document(self.session, event),
            "status": "optimal",
            "tiers": tiers,
        } | values
        return self._add(ScheduleVersion(event_id=event.id, **values))

    def job(self, event: Event, **values: Any) -> Job:
        return self._add(Job(event_id=event.id, **values))
