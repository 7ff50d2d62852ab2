"""A participant of the announced timetable was merged into another: the timetable is apart, told, repaired, undone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.announced import World
from web.domain.audit import SYSTEM
from web.domain.people.merging import in_order, merge
from web.domain.timetable import repair
from web.domain.timetable.drift import drift
from web.domain.timetable.repair import Said
from web.models import Registration, User


def test_timetable_with_a_merged_double_is_repaired(session: Session, organiser: User) -> None:
    world = World(session, organiser)
    both = session.scalars(select(Registration).where(Registration.kind == "association").limit(2)).all()
    kept, double = in_order(session, world.event, *both)
    gone = double.key
    versions = {one.id: one.version for one in both}
    merge(session, world.event, kept, double, versions=versions, from_double=(), actor=SYSTEM)
    assert drift(session, world.event, world.version).severity == "red"
    world.mails()
    found = world.propose(Said())
    assert not any(gone in one.between for one in found.schedule.meetings)
    repair.apply(session, found.version, SYSTEM)
    session.expire_all()
    assert not drift(session, world.event).untrue
    # Whoever was to meet the double is told; its own people were told with the merge.
    assert world.mails() == set(found.changes) - {gone}
    assert world.event.published_schedule_id == found.version.id
