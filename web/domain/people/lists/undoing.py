"""A list that was taken in is taken out again, but for whom somebody has changed, chosen or written to since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing, Refused
from web.domain.event.events import locked
from web.domain.people import places
from web.domain.people.inviting import withdraw
from web.models import (
    Event,
    Invitation,
    ListImport,
    ListState,
    MeetingRule,
    OutboxMail,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    Veto,
    Wish,
)


@dataclass(frozen=True)
class Undoing:
    """What undoing a list comes to: whom it takes out, whom it gives back their former values, whom it leaves."""

    removed: Sequence[Registration]
    restored: Sequence[tuple[Registration, Mapping[str, Any]]]
    # Changed, chosen, planned or written to since.
    kept: Sequence[str]
    # Who is no more.
    gone: int
    # Invitations that are withdrawn.
    withdrawn: Sequence[Invitation] = ()

    def __len__(self) -> int:
        return len(self.removed) + len(self.restored) + len(self.withdrawn)


def undoing(session: Session, one: ListImport) -> Undoing:
    """What undoing the list would come to now. A constant number of queries; stored versions are read."""
    added = dict(one.outcome.get("added", []))
    changed = {id: (version, former) for id, version, former in one.outcome.get("changed", [])}
    rows = session.scalars(
        select(Registration)
        .where(Registration.event_id == one.event_id, Registration.id.in_([*added, *changed]))
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    used = _used(session, one.event_id, [row for row in rows if row.id in added])
    removed = [row for row in rows if row.id in added and row.version == added[row.id] and row.id not in used]
    restored = [(row, changed[row.id][1]) for row in rows if row.id in changed and row.version == changed[row.id][0]]
    undone = {row.id for row in removed} | {row.id for row, _former in restored}
    kept = [row.name or row.key for row in rows if row.id not in undone]
    ids = one.outcome.get("invited", [])
    invited = session.scalars(
        select(Invitation).where(
            Invitation.event_id == one.event_id, Invitation.id.in_(ids), Invitation.withdrawn_at.is_(None)
        )
    ).all()
    withdrawn = [row for row in invited if row.sent_at is None and row.registration_id is None]
    kept += [row.name for row in invited if row not in withdrawn]
    return Undoing(removed, restored, kept, len(added) + len(changed) - len(rows), withdrawn)


def _used(session: Session, event_id: int, people: Sequence[Registration]) -> set[int]:
    """Who of `people` is chosen, ruled on, planned or written to."""
    if not people:
        return set()
    ids = [one.id for one in people]
    found: set[int] = set()
    for a, b in (
        (Wish.registration_id, Wish.target_id),
        (Veto.registration_id, Veto.target_id),
        (MeetingRule.a_id, MeetingRule.b_id),
    ):
        for pair in session.execute(select(a, b).where(or_(a.in_(ids), b.in_(ids)))):
            found.update(pair)
    found |= set(session.scalars(select(OutboxMail.registration_id).where(OutboxMail.registration_id.in_(ids))))
    documents = session.scalars(select(ScheduleVersion.event_document).where(ScheduleVersion.event_id == event_id))
    planned = {one["id"] for document in documents for one in document["participants"]}
    return found | {one.id for one in people if one.key in planned}


@retried
def undo(session: Session, event: Event, one: ListImport, version: int, actor: Actor) -> Undoing:
    """Take the list out again, but for whom somebody has changed or used since; what was done.

    Raises `Refused` where it is undone already, nothing can be, or another has got meanwhile the place that somebody
    would take back; `StaleDataError`. Locks the event's row.
    """
    with write(session):
        locked(session, event)
        rows = select(ListImport).where(ListImport.id == one.id).execution_options(populate_existing=True)
        if session.scalars(rows.with_for_update()).one_or_none() is None:
            raise Missing(_("This list is no longer here: send it again."))
        if one.state != ListState.DONE:
            raise Refused(_("This list is undone already."))
        if one.version != version:
            raise StaleDataError("The list has changed since the page was opened.")
        planned = undoing(session, one)
        if not len(planned):
            raise Refused(_("Nothing is undone: everybody of this list has been changed since, or is gone."))
        withdraw(session, event, [row.id for row in planned.withdrawn], actor)
        for row in planned.removed:
            session.delete(row)
        tables = {table.id for table in event.tables}
        for row, former in planned.restored:
            for name, value in former.items():
                # A table that was taken away since is nobody's own any more.
                setattr(row, name, None if name == "home_table_id" and value not in tables else value)
            record(session, actor, "registration.update", event_id=event.id, behalf_of=row.id, fields=sorted(former))
        kinds = {row.kind for row in planned.removed} | {
            kind for row, former in planned.restored for kind in (row.kind, former.get("kind", row.kind))
        }
        taken_back = {
            row.kind
            for row, former in planned.restored
            if "kind" in former and row.status == RegistrationStatus.ACCEPTED
        }
        session.flush()
        for kind in sorted(taken_back):
            places.check_held(session, event, kind)
        places.promote(session, event, sorted(kinds))
        one.state = ListState.UNDONE
        one.outcome = {
            "removed": len(planned.removed),
            "withdrawn": len(planned.withdrawn),
            "restored": len(planned.restored),
            "kept": list(planned.kept),
        }
        record(
            session,
            actor,
            "list.undo",
            event_id=event.id,
            removed=len(planned.removed),
            restored=len(planned.restored),
        )
    return planned
