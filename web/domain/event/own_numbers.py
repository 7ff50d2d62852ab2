"""Whom the numbers of meetings that hold for everybody do not reach: those who have a number of their own.

A participant's own minimum or limit comes first (see `web.domain.event.files`), so that changing the number for all may
change nothing; whoever changes it is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.models import Event, Registration, RegistrationStatus


@dataclass(frozen=True)
class Own:
    """One accepted participant with a number of their own."""

    registration_id: int
    name: str
    number: int


@dataclass(frozen=True)
class OwnNumbers:
    """Of `people` accepted participants, those with a minimum of their own, and those with a limit of their own."""

    people: int
    least: Sequence[Own]
    most: Sequence[Own]

    def without_effect(self, *, least: bool, most: bool) -> bool:
        """Whether a change of the minimum (`least`), or of the limit (`most`), for all reaches nobody."""
        changed = [own for own, is_changed in ((self.least, least), (self.most, most)) if is_changed]
        return bool(self.people and changed) and all(len(own) == self.people for own in changed)


def own_numbers(session: Session, event: Event) -> OwnNumbers:
    """Who has numbers of their own, by name. One query."""
    rows = session.execute(
        select(Registration.id, Registration.name, Registration.min_meetings, Registration.max_meetings)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .order_by(Registration.name, Registration.id)
    ).all()
    return OwnNumbers(
        len(rows),
        # None at all is no number of their own: then what holds for everybody holds.
        [Own(id, name, least) for id, name, least, _most in rows if least],
        [Own(id, name, most) for id, name, _least, most in rows if most is not None],
    )
