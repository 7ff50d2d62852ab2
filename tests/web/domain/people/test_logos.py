"""A participant's logo: put, replaced and taken away, seen by whom it concerns, and wherever the row goes."""

from base64 import b64decode
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.support.drawn import picture
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.errors import Refused
from web.domain.event.events import duplicate_event
from web.domain.people import pool, privacy
from web.domain.people.directory import directory_of
from web.domain.people.logos import logo_of, logo_seen_by, pictures_of, set_logo
from web.domain.people.merging import merge, merge_of
from web.models import AuditEntry, Event, Picture, Registration, RegistrationStatus, User
from web.pictures import Drawn

pytestmark = on_both_databases


def drawn(width: int = 60, height: int = 30, **more: Any) -> Drawn:
    return Drawn("image/png", picture(width, height), width, height, **more)


ONE, OTHER = drawn(), drawn(40, 40)


@pytest.fixture
def event(make: Factory) -> Event:
    return make.event()


def show(session: Session, one: Registration, new: Drawn | None) -> bool:
    return set_logo(session, one, new, seen=one.logo.get("digest", ""), actor=SYSTEM)


def test_logo_is_named_in_the_row_and_replaced_and_taken_away(session: Session, make: Factory, event: Event) -> None:
    one, other = make.registration(event), make.registration(event)
    version = one.version
    assert show(session, one, ONE) and show(session, other, ONE)
    assert one.logo == {"digest": ONE.digest, "width": 60, "height": 30}
    assert one.version == version + 1
    assert show(session, one, drawn(40, 40, light=True))
    assert one.logo == {"digest": OTHER.digest, "width": 40, "height": 40, "light": True}
    assert [row.digest for row in pictures_of(session, one)] == [OTHER.digest]
    assert show(session, one, None)
    assert one.logo == {} and pictures_of(session, one) == []
    assert [row.digest for row in pictures_of(session, other)] == [ONE.digest]
    entries = session.scalars(select(AuditEntry).where(AuditEntry.behalf_of_id == one.id)).all()
    assert [(entry.action, entry.details) for entry in entries] == [("registration.logo", {})] * 3


def test_logo_sent_twice_is_one_and_of_two_tabs_the_second_is_told(
    session: Session, make: Factory, event: Event
) -> None:
    one = make.registration(event)
    assert set_logo(session, one, ONE, seen="", actor=SYSTEM)
    assert not set_logo(session, one, ONE, seen="", actor=SYSTEM)
    with pytest.raises(StaleDataError):
        set_logo(session, one, OTHER, seen="", actor=SYSTEM)
    with pytest.raises(StaleDataError):
        set_logo(session, one, None, seen="", actor=SYSTEM)
    session.rollback()
    assert [row.digest for row in pictures_of(session, one)] == [ONE.digest]


@pytest.mark.parametrize("change", ["withdrawn", "archived"])
def test_logo_can_only_be_taken_away_once_nothing_can_be_changed(
    session: Session, make: Factory, event: Event, change: str
) -> None:
    one = make.registration(event)
    show(session, one, ONE)
    with write(session):
        (one if change == "withdrawn" else event).status = change
    with pytest.raises(Refused):
        show(session, one, OTHER)
    session.rollback()
    assert show(session, one, None)


def test_logo_is_seen_by_oneself_and_by_whoever_may_meet_them(session: Session, make: Factory, event: Event) -> None:
    one, like = make.registration(event), make.registration(event)
    met = make.registration(event, kind="company")
    waiting = make.registration(event, kind="company", status="waiting")
    stranger = make.registration(make.event(), kind="company")
    show(session, one, ONE)

    def sees(who: Registration) -> bool:
        return logo_seen_by(session, who, ONE.digest) is not None

    assert [sees(who) for who in (one, met, like, waiting, stranger)] == [True, True, False, False, False]
    assert logo_seen_by(session, met, OTHER.digest) is None
    entry = directory_of(session, met).entry(one.id)
    assert entry is not None and entry.registration.logo["digest"] == ONE.digest
    with write(session):
        event.directory_published = False
    assert [sees(who) for who in (one, met)] == [True, False]
    with write(session):
        event.directory_published = True
    assert sees(met)
    for status in ("withdrawn", "declined", "pending"):
        with write(session):
            one.status = status
        assert [sees(who) for who in (one, met)] == [True, False], status


def test_logo_of_another_participant_is_not_got_under_their_number(
    session: Session, make: Factory, event: Event
) -> None:
    one, other = make.registration(event), make.registration(event)
    show(session, one, ONE)
    assert logo_of(session, one, ONE.digest) is not None
    assert logo_of(session, other, ONE.digest) is None and logo_of(session, one, OTHER.digest) is None


def test_export_of_ones_data_holds_the_picture_itself(session: Session, make: Factory, event: Event) -> None:
    one = make.registration(event)
    show(session, one, ONE)
    (found,) = privacy.export(session, one)["pictures"]
    assert (found["purpose"], found["width"], found["height"]) == ("logo", 60, 30)
    head, _comma, content = found["content"].partition(",")
    assert (head, b64decode(content)) == ("data:image/png;base64", ONE.content)


def test_erasure_takes_the_picture_along(session: Session, make: Factory, event: Event) -> None:
    one, other = make.registration(event), make.registration(event)
    show(session, one, ONE)
    show(session, other, OTHER)
    privacy.erase(session, one, SYSTEM)
    assert [row.digest for row in session.scalars(select(Picture))] == [OTHER.digest]


@pytest.mark.parametrize(
    ("kept_has", "chosen", "shown"), [(False, True, OTHER), (True, False, ONE), (True, True, OTHER)]
)
def test_merge_keeps_the_only_logo_or_the_chosen_one(
    session: Session, make: Factory, event: Event, kept_has: bool, chosen: bool, shown: Drawn
) -> None:
    kept, double = make.registration(event), make.registration(event, status="pending")
    show(session, double, OTHER)
    if kept_has:
        show(session, kept, ONE)
    (choice,) = [one for one in merge_of(session, event, kept, double).choices if one.name == "logo"]
    assert choice.from_double == (not kept_has)
    versions = {kept.id: kept.version, double.id: double.version}
    from_double = ("logo",) if chosen else ()
    merge(session, event, kept, double, versions=versions, from_double=from_double, actor=SYSTEM)
    session.rollback()
    assert kept.logo["digest"] == shown.digest
    assert [(row.digest, row.registration_id) for row in session.scalars(select(Picture))] == [(shown.digest, kept.id)]


def test_copies_of_a_registration_have_a_picture_of_their_own(
    session: Session, make: Factory, event: Event, organiser: User
) -> None:
    make.member(event, organiser)
    one, _without = make.registration(event, name="Les Colibris"), make.registration(event, name="Le Fournil")
    show(session, one, drawn(light=True))
    copy = duplicate_event(
        session, event, title="La suite", day=date(2028, 3, 18), with_pool=True, user=organiser, actor=SYSTEM
    )
    later = make.event(organiser)
    known = pool.pool_of(session, organiser, later).organisations
    added = pool.take_along(session, organiser, later, [each.latest.id for each in known], SYSTEM)
    copies = [*copy.registrations, *added]
    assert [each.logo for each in copies if each.name == "Les Colibris"] == [one.logo] * 2
    assert [each.logo for each in copies if each.name == "Le Fournil"] == [{}] * 2
    privacy.erase(session, one, SYSTEM)
    for each in copies:
        if each.name == "Les Colibris":
            assert [row.digest for row in pictures_of(session, each)] == [ONE.digest]
            assert pictures_of(session, each)[0].event_id == each.event_id
    # Until they are accepted, and agree to be named, nobody but their organisers sees them.
    assert {each.status for each in copies} == {RegistrationStatus.PENDING}
    assert not any(each.publish_name for each in copies)
