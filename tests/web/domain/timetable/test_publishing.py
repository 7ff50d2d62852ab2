"""Publishing: each participant is told once, and later only what changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.published import World, meeting, world
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session
from web.domain.audit import SYSTEM
from web.domain.errors import Refused
from web.domain.links import personal_address
from web.domain.timetable import solving as scheduling
from web.domain.timetable.publishing import Untrue, people_to_tell
from web.domain.timetable.versions import delete_version
from web.models import Event, ScheduleVersion

# A fixture of this file too.
__all__ = ["world"]


def test_a_first_publication_tells_everybody_with_an_address(world: World) -> None:
    told = world.publish(world.first)
    assert (told.mails, told.without_address, told.already) == (3, 1, False)
    mails = world.mails()
    assert set(mails) == {world.a.email, world.b.email, world.c.email}
    mail = mails[world.a.email]
    assert mail.subject == "Votre agenda – Rencontres"
    assert "- 14:00–14:06 : Fournil Dubois (Table 1)" in mail.body_text.replace("\u202f", " ").replace("\u00a0", " ")
    assert personal_address("x")[:-2] in mail.body_text
    assert mails[world.b.email].subject == "Your agenda – Rencontres"
    assert world.event.published_schedule_id == world.first.id
    assert world.first.published_at is not None


def test_publication_asks_as_much_for_ten_more_as_for_four(world: World, statements: list[str]) -> None:
    def asked(version: ScheduleVersion) -> int:
        statements.clear()
        world.publish(version)
        # What follows the mails is the worker, which sends them one by one.
        kinds = [line.startswith("INSERT INTO outbox_mails") for line in statements]
        return kinds[: len(kinds) - kinds[::-1].index(True)].count(False)

    asked(world.first)
    pairs = [(world.a, world.c)]
    few = asked(world.make.schedule(world.event, [meeting(a, c, "s3") for a, c in pairs]))
    others = [world.make.registration(world.event) for _number in range(10)]
    for one in others:
        world.make.personal_link(one)
    pairs += [(one, world.d) for one in others]
    assert asked(world.make.schedule(world.event, [meeting(a, c, "s4") for a, c in pairs])) == few


def test_the_link_in_the_mail_opens_the_page_of_its_owner(world: World) -> None:
    from web.domain.team.access import reader_by_token

    world.publish(world.first)
    (line,) = (one for one in world.mails()[world.a.email].body_text.splitlines() if one.startswith("http"))
    found = reader_by_token(world.session, line.removeprefix(personal_address("")[:-1]).split("/")[0])
    assert found is not None and found.id == world.a.id


def test_publishing_the_same_version_again_tells_nobody(world: World) -> None:
    world.publish(world.first)
    world.mails()
    assert world.publish(world.first).already
    assert world.mails() == {}


@on_both_databases
def test_two_clicks_at_once_send_one_mail_to_each(app: Flask, world: World) -> None:
    version_id = world.first.id
    world.session.rollback()

    def click(_turn: int) -> bool:
        with app.app_context():
            session = get_session()
            version = session.get_one(ScheduleVersion, version_id)
            return scheduling.publish(session, version, SYSTEM).already

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(click, range(6))) == [False, True, True, True, True, True]
    assert len(world.mails()) == 3


def test_a_second_publication_tells_only_those_whose_agenda_changed(world: World) -> None:
    world.publish(world.first)
    world.mails()
    second = world.make.schedule(
        world.event,
        [meeting(world.a, world.c, "s1"), meeting(world.a, world.d, "s2"), meeting(world.b, world.d, "s3", "t2")],
    )
    assert people_to_tell(world.session, world.event, second) == (2, 1)
    told = world.publish(second)
    assert (told.mails, told.without_address) == (2, 1)
    mails = world.mails()
    assert set(mails) == {world.b.email, world.c.email}
    text = mails[world.b.email].body_text
    assert "Cancelled:\n- 14:08–14:14: Fournil Dubois (Table 2)" in text
    assert "New:\n- 14:16–14:22: Imprimerie Lys (Table 2)" in text
    assert "Nouveau" not in mails[world.c.email].body_text
    assert "Atelier Nord" in mails[world.c.email].body_text.partition("Votre agenda complet")[0]


def test_a_moved_and_a_reseated_meeting_are_told_with_what_was_before(world: World) -> None:
    world.publish(world.first)
    world.mails()
    second = world.make.schedule(
        world.event,
        [meeting(world.a, world.c, "s1", "t3"), meeting(world.a, world.d, "s2"), meeting(world.b, world.c, "s4", "t2")],
    )
    world.publish(second)
    mails = world.mails()
    assert set(mails) == {world.a.email, world.b.email, world.c.email}
    assert "At another time:\n- 14:24–14:30: Fournil Dubois (Table 2) (before: 14:08)" in mails[world.b.email].body_text
    text = mails[world.a.email].body_text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "- 14:00–14:06 : Fournil Dubois (Table 3) (avant : Table 1)" in text


def test_somebody_who_came_later_gets_the_whole_agenda(world: World) -> None:
    world.publish(world.first)
    world.mails()
    late = world.make.registration(world.event, kind="company", name="Tard Venue")
    rows = world.first.document["meetings"]
    world.publish(world.make.schedule(world.event, [*rows, meeting(world.b, late, "s4", "t2")]))
    mails = world.mails()
    assert set(mails) == {world.b.email, late.email}
    assert mails[late.email].subject == "Votre agenda – Rencontres"


def test_a_declined_participant_is_not_told(world: World, session: Session) -> None:
    from web.db import write

    with write(session):
        world.a.status = "declined"
    with pytest.raises(Untrue) as refused:
        world.publish(world.first)
    assert world.mails() == {}
    ids = [item.id for item in refused.value.items]
    scheduling.publish(session, world.first, SYSTEM, confirmed=ids)
    assert world.a.email not in world.mails()


def test_a_new_place_is_told_to_everybody(world: World, session: Session) -> None:
    from web.db import write

    world.publish(world.first)
    world.mails()
    with write(session):
        world.event.place = "Halle aux Grains"
    world.publish(world.make.schedule(world.event, world.first.document["meetings"]))
    mails = world.mails()
    assert set(mails) == {world.a.email, world.b.email, world.c.email}
    text = mails[world.a.email].body_text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "\n\nLieu : Halle aux Grains (avant : Salle des Fêtes)\n\nVotre agenda" in text, text


def test_an_archived_event_publishes_nothing(world: World, session: Session, make: Factory) -> None:
    event = make.event(status="archived")
    with pytest.raises(Refused):
        scheduling.publish(session, make.schedule(event), SYSTEM)
    assert session.get_one(Event, event.id).published_schedule_id is None


def test_the_published_version_cannot_be_deleted(world: World, session: Session, make: Factory) -> None:
    world.publish(world.first)
    with pytest.raises(Refused):
        delete_version(session, world.first, SYSTEM)
    other = make.schedule(world.event)
    delete_version(session, other, SYSTEM)
    assert session.scalars(select(ScheduleVersion.id)).all() == [world.first.id]


def test_what_is_over_is_not_announced_otherwise(world: World) -> None:
    """On the day a version computed or changed by hand told other meetings than those that had been held."""
    world.publish(world.first)
    version = world.make.schedule(world.event, [meeting(world.a, world.d, "s1")])
    first = world.event.slots[0].starts_at.replace(tzinfo=ZoneInfo(world.event.timezone))
    version_id = world.event.published_schedule_id
    with pytest.raises(Refused, match=r"are over|passés"):
        scheduling.publish(world.session, version, SYSTEM, now=first + timedelta(minutes=1))
    assert world.event.published_schedule_id == version_id
    scheduling.publish(world.session, version, SYSTEM, now=first - timedelta(minutes=1))
    assert world.event.published_schedule_id == version.id


def test_who_is_in_the_announced_timetable_and_not_in_the_next_is_told(world: World) -> None:
    """An older version published again, and whoever had come since was told nothing of having no agenda."""
    world.publish(world.first)
    world.mails()
    late = world.make.registration(world.event, name="Le Fournil", email="late@example.org")
    world.make.personal_link(late)
    world.session.commit()
    newer = world.make.schedule(world.event, [meeting(late, world.d, "s4")])
    world.publish(newer)
    world.mails()
    told = people_to_tell(world.session, world.event, world.first)
    done = world.publish(world.first)
    mails = world.mails()
    assert late.email in mails and "plus d’agenda" in mails[late.email].subject
    assert (done.mails, done.without_address) == told == (len(mails), told[1])
