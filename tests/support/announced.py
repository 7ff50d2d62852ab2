"""A computed event of modest size whose timetable is announced."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.schedule import Meeting
from tests.support.by_hand import solved
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import event_value, import_event
from web.domain.timetable import repair
from web.domain.timetable.publishing import publish
from web.domain.timetable.said import Said
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import OutboxMail, Registration, User


class World:
    """A computed event whose timetable is announced; everybody has an address."""

    def __init__(self, session: Session, organiser: User) -> None:
        self.session = session
        self.event = import_event(session, solved()[0], organiser.id, Actor.of_user(organiser))
        with write(session):
            for one in session.scalars(select(Registration)):
                one.email = f"{one.key}@example.org"
            self.version = store_version(session, self.event.id, event_value(session, self.event), solved()[1])
        publish(session, self.version, SYSTEM)
        self.mails()

    def mails(self) -> set[str]:
        """Whom mails were written to since the last call."""
        seen = getattr(self, "seen", 0)
        rows = self.session.scalars(select(OutboxMail).where(OutboxMail.id > seen)).all()
        self.seen = max([seen, *(row.id for row in rows)])
        return {row.recipient.partition("@")[0] for row in rows}

    def busy(self, kind: str = "association") -> str:
        """Who has most meetings."""
        held = [id for one in schedule_of(self.version).meetings for id in one.between]
        return max((p.id for p in event_of(self.version).participants if p.kind == kind), key=held.count)

    def agenda(self, key: str) -> list[Meeting]:
        """The announced meetings of one participant."""
        return [one for one in schedule_of(self.version).meetings if key in one.between]

    def propose(self, said: Said) -> repair.Proposal:
        found = repair.proposal_of(self.session, repair.propose_repair(self.session, self.event, said, SYSTEM))
        assert found is not None
        return found
