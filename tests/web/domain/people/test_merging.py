"""One organisation registered twice becomes one: whatever either has said, and all that leads to it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.support.published import World, meeting, world
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.errors import Missing, Refused
from web.domain.event.absences import Rounds
from web.domain.event.files import event_value
from web.domain.people import colleagues, privacy, registration
from web.domain.people.erased import come_back
from web.domain.people.merging import merge, merge_of
from web.domain.team.access import known_personal_token, reader_by_token
from web.domain.timetable.drift import drift
from web.domain.timetable.versions import event_of
from web.models import (
    AuditEntry,
    Colleague,
    DistinctPair,
    Event,
    EventStatus,
    MeetingRule,
    MergedRegistration,
    OutboxMail,
    Registration,
    Veto,
    Wish,
)

# A fixture of this file too.
__all__ = ["world"]

pytestmark = on_both_databases


@pytest.fixture
def event(make: Factory) -> Event:
    return make.event()


def pair(make: Factory, event: Event, double: dict[str, Any] | None = None, **kept: Any) -> tuple[Registration, ...]:
    first = make.registration(event, name="Les Colibris", email="ada@example.org", contact_name="Ada Ferrand", **kept)
    values = {"name": "Association Les Colibris", "email": "bo@example.org", "contact_name": "Bo Lang"}
    return first, make.registration(event, **{**values, "status": "pending"} | (double or {}))


def merged(
    session: Session, event: Event, a: Registration, b: Registration, from_double: tuple[str, ...] = ()
) -> Registration:
    versions = {a.id: a.version, b.id: b.version}
    kept = merge(session, event, a, b, versions=versions, from_double=from_double, actor=SYSTEM)
    session.rollback()
    return kept


def wishes(session: Session, of: Registration) -> list[int]:
    rows = session.execute(select(Wish.rank, Wish.target_id).where(Wish.registration_id == of.id).order_by(Wish.rank))
    found = [(row.rank, row.target_id) for row in rows]
    assert [rank for rank, _target in found] == list(range(len(found)))
    return [target for _rank, target in found]


def vetoes(session: Session, of: Registration) -> list[int]:
    return list(session.scalars(select(Veto.target_id).where(Veto.registration_id == of.id).order_by(Veto.id)))


def test_accepted_one_is_kept_and_says_what_both_have_said(session: Session, make: Factory, event: Event) -> None:
    pending, accepted = pair(
        make,
        event,
        {"status": "accepted", "needs": ["money.donation"], "phone": "01 02 03 04 05", "needs_facilitator": True},
        status="pending",
        needs=["skills.digital"],
        themes=["culture"],
        requires=["screen"],
        publish_name=True,
        siren="123456789",
        phone="09 08 07 06 05",
    )
    kept = merged(session, event, pending, accepted, ("contact_name", "siren"))
    assert kept.id == accepted.id
    assert session.query(Registration).count() == 1
    assert (kept.name, kept.contact_name, kept.siren) == ("Association Les Colibris", "Ada Ferrand", "123456789")
    assert (kept.phone, kept.email) == ("01 02 03 04 05", "bo@example.org")
    assert (kept.needs, kept.themes) == (["money.donation", "skills.digital"], ["environment", "culture"])
    assert (kept.requires, kept.needs_facilitator, kept.publish_name) == (["screen"], True, False)
    # What an erasure must look for.
    assert {"Les Colibris", "ada@example.org", "09 08 07 06 05", "Bo Lang"} <= set(kept.known_as)


def test_default_takes_from_the_double_what_the_other_does_not_say(
    session: Session, make: Factory, event: Event
) -> None:
    a, b = pair(make, event, {"phone": "01 02 03 04 05", "siren": "123456789", "boost": 3}, phone="09 08 07 06 05")
    told = {one.name: one.from_double for one in merge_of(session, event, b, a).choices}
    assert told == {
        "name": False,
        "contact_name": False,
        "email": False,
        "phone": False,
        "siren": True,
        "boost": True,
    }


def test_confirmation_goes_with_the_address(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event, {"confirmed_email": "bo@example.org"}, confirmed_email="ada@example.org")
    kept = merged(session, event, a, b, ("email",))
    assert (kept.email, kept.confirmed_email) == ("bo@example.org", "bo@example.org")


def test_confirmation_of_another_address_confirms_nothing(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event, {"confirmed_email": "bo@example.org"})
    kept = merged(session, event, a, b)
    assert (kept.email, kept.confirmed_email) == ("ada@example.org", None)


def test_either_being_there_is_presence(session: Session, make: Factory, event: Event) -> None:
    rounds = Rounds.of(event)
    a, b = pair(make, event, {"absences": rounds.absences(["s2", "s3", "s4"])}, absences=rounds.absences(["s1", "s2"]))
    assert merge_of(session, event, a, b).missed == ["s2"]
    assert rounds.missed(merged(session, event, a, b).absences) == ["s2"]


def test_wishes_and_vetoes_of_both_are_united_up_to_the_limit(session: Session, make: Factory) -> None:
    event = make.event(wish_limit=3)
    a, b = pair(make, event)
    c, d, e, f, g = (make.registration(event, kind="company") for _number in range(5))
    make.wishes(a, [c, b, d])
    make.wishes(b, [e, d, f, g])
    make.veto(a, f)
    make.veto(b, c)
    planned = merge_of(session, event, a, b)
    assert (planned.mine.wishes, planned.mine.lost) == ((d.id, e.id, g.id), ())
    kept = merged(session, event, a, b)
    assert (wishes(session, kept), vetoes(session, kept)) == ([d.id, e.id, g.id], [f.id, c.id])


def test_wishes_beyond_the_limit_are_told(session: Session, make: Factory) -> None:
    event = make.event(wish_limit=2)
    a, b = pair(make, event)
    c, d, e = (make.registration(event, kind="company") for _number in range(3))
    make.wishes(a, [c])
    make.wishes(b, [d, e])
    planned = merge_of(session, event, a, b)
    assert planned.names(session, planned.mine.lost) == [e.name]
    assert wishes(session, merged(session, event, a, b)) == [c.id, d.id]


def test_wishes_of_others_for_the_double_become_wishes_for_the_one_kept(
    session: Session, make: Factory, event: Event
) -> None:
    a, b = pair(make, event)
    c, d, e, f = (make.registration(event, kind="company") for _number in range(4))
    make.wishes(c, [b, f])
    make.wishes(d, [b, f, a])
    make.wishes(e, [f, b])
    make.veto(e, a)
    make.veto(f, b)
    assert merge_of(session, event, a, b).wished_by == 3
    merged(session, event, a, b)
    assert [wishes(session, one) for one in (c, d, e, f)] == [[a.id, f.id], [a.id, f.id], [f.id], []]
    assert [vetoes(session, one) for one in (c, d, e, f)] == [[], [], [a.id], [a.id]]


def test_rules_of_the_organiser_are_about_the_one_kept(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event, {"status": "accepted"})
    c, d = make.registration(event, kind="company"), make.registration(event, kind="company")
    make.rule(event, a, c, status="required")
    make.rule(event, c, b, status="forbidden")
    make.rule(event, b, a)
    make.rule(event, b, d, after=[[b.key, c.key], [a.key, b.key]])
    with write(session):
        event.rules = {**event.rules, "same_person": [[b.key, d.key], [a.key, c.key]]}
        event.affinities = [[a.key, c.key, 5], [c.key, b.key, 9], [b.key, d.key, 7], [a.key, b.key, 1]]
    kept = merged(session, event, a, b)
    rows = session.scalars(select(MeetingRule).order_by(MeetingRule.position)).all()
    assert [(one.a_id, one.b_id, one.status, one.after) for one in rows] == [
        (kept.id, c.id, "required", []),
        (kept.id, d.id, "required", [[kept.key, c.key]]),
    ]
    assert event.rules["same_person"] == [[kept.key, d.key, c.key]]
    assert event.affinities == [[a.key, c.key, 5], [kept.key, d.key, 7]]
    # The file is valid.
    assert len(event_value(session, event).participants) == 3


def test_both_links_lead_to_the_one_kept(session: Session, make: Factory, event: Event, client: FlaskClient) -> None:
    a, b = pair(make, event)
    links = [make.personal_link(a), make.personal_link(b)]
    kept = merged(session, event, a, b)
    assert [reader_by_token(session, link) for link in links] == [kept, kept]
    for path in ("", "directory", "registration"):
        pages = [client.get(f"/p/{link}/{path}") for link in links]
        assert [page.status_code for page in pages] == [200, 200]
        assert all("Les Colibris" in page.text for page in pages) or path == "directory"
    # A merge of merges, too.
    c = make.registration(event, name="Colibris", status="pending")
    links.append(make.personal_link(c))
    merged(session, event, kept, c)
    assert {reader_by_token(session, link) for link in links} == {kept}
    registration.revoke_link(session, kept, SYSTEM)
    assert {reader_by_token(session, link) for link in links} == {None}


def test_revoked_link_of_the_double_stays_revoked(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event)
    link = make.personal_link(b)
    registration.revoke_link(session, b, SYSTEM)
    merged(session, event, a, b)
    assert reader_by_token(session, link) is None


def test_both_addresses_are_told_and_only_the_kept_one_is_proven_by_it(
    session: Session, make: Factory, event: Event
) -> None:
    a, b = pair(make, event)
    merged(session, event, a, b)
    mails = {mail.recipient: mail for mail in session.scalars(select(OutboxMail))}
    assert set(mails) == {"ada@example.org", "bo@example.org"}
    assert {mail.registration_id for mail in mails.values()} == {a.id}
    assert "?mail=" in mails["ada@example.org"].body_text
    assert "?mail=" not in mails["bo@example.org"].body_text
    assert "ada@example.org" in mails["bo@example.org"].body_text


def test_mails_and_log_of_the_double_go_over(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event)
    b_id = b.id
    with write(session):
        record(session, SYSTEM, "registration.accept", event_id=event.id, behalf_of=b_id)
    registration.resend_link(session, b, SYSTEM)
    merged(session, event, a, b)
    assert session.query(OutboxMail).filter_by(registration_id=None).count() == 0
    assert session.query(AuditEntry).filter_by(behalf_of_id=a.id).count() == 3


def test_colleagues_of_both_are_those_of_the_one_kept(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event)
    actor = Actor("Odile", user_id=make.user().id)

    def added(of: Registration, *names: str) -> list[str]:
        for name in names:
            colleagues.add(session, of, name=name, email=f"{name}@example.org", language="en", actor=actor)
        rows = colleagues.colleagues_of(session, of)
        return [known_personal_token(one) or "" for one in rows]

    mine, theirs = added(a, "lea", "tom"), added(b, "tom", "eva")
    kept = merged(session, event, a, b)
    assert [one.email for one in colleagues.colleagues_of(session, kept)] == [
        f"{name}@example.org" for name in ("lea", "tom", "eva")
    ]
    # Whoever was at both goes on with the link to the one kept, and its mails are of that colleague.
    found = [reader_by_token(session, token) for token in (*mine, theirs[1])]
    assert [one.email for one in found if isinstance(one, Colleague) and one.registration_id == kept.id] == [
        f"{name}@example.org" for name in ("lea", "tom", "eva")
    ]
    mails = session.scalars(select(OutboxMail).where(OutboxMail.recipient == "tom@example.org")).all()
    tom = found[1]
    assert isinstance(tom, Colleague)
    assert [(mail.registration_id, mail.colleague_id) for mail in mails] == [(kept.id, tom.id)] * 2


def test_word_that_the_double_and_a_third_are_two_is_kept(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event)
    c = make.registration(event, name="Colibris")
    with write(session):
        session.add(DistinctPair(event_id=event.id, a_id=b.id, b_id=c.id, alike="organisation"))
        session.add(DistinctPair(event_id=event.id, a_id=a.id, b_id=b.id, alike="person"))
    merged(session, event, a, b)
    assert [(one.a_id, one.b_id, one.alike) for one in session.query(DistinctPair)] == [(a.id, c.id, "organisation")]


def test_announced_timetable_with_the_double_is_apart_and_not_broken(
    world: World, session: Session, client: FlaskClient
) -> None:
    double = world.make.registration(world.event, name="Jardins du Canal", email=None)
    link, partner = world.make.personal_link(double), world.make.personal_link(world.c)
    version = world.make.schedule(
        world.event, [meeting(world.a, world.d, "s1"), meeting(double, world.c, "s2", "t2")], number=2
    )
    world.publish(version)
    assert not drift(session, world.event, version)
    assert merge_of(session, world.event, world.a, double).announced == 1
    kept = merged(session, world.event, double, world.a)
    assert kept.id == world.a.id
    assert drift(session, world.event, version)
    assert client.get(f"/p/{link}/").status_code == 200
    assert "Jardins du Canal" in client.get(f"/p/{partner}/").text
    # An erasure of the one kept finds the double in the stored files too.
    privacy.erase(session, kept, SYSTEM)
    session.rollback()
    assert "Canal" not in " ".join(one.name for one in event_of(version).participants)
    assert session.query(MergedRegistration).count() == 0


def test_double_that_an_older_backup_brings_back_is_erased_with_the_one_kept(
    session: Session, make: Factory, event: Event
) -> None:
    a, b = pair(make, event)
    key, made = b.key, b.created_at
    privacy.erase(session, merged(session, event, a, b), SYSTEM)
    session.rollback()
    back = make.registration(event, key=key, created_at=made)
    assert come_back(session) == [back.id]


def test_form_of_the_double_sent_again_leads_to_the_one_kept(session: Session, make: Factory, event: Event) -> None:
    a = make.registration(event, name="Les Colibris", email="ada@example.org")
    profile = registration.Profile(kind="association", name="Colibris", contact_name="Bo Lang", email="bo@example.org")

    def send() -> registration.Registered:
        return registration.register(session, event, profile, consent_text="J’accepte.", submission="one form")

    kept = merged(session, event, a, send().registration)
    again = send()
    assert (again.registration.id, again.is_new, again.token) == (kept.id, False, None)
    assert session.query(Registration).count() == 1


def test_merge_of_what_has_changed_since_is_refused(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event)
    versions = {a.id: a.version, b.id: b.version}
    registration.accept(session, b, SYSTEM)
    with pytest.raises(StaleDataError):
        merge(session, event, a, b, versions=versions, from_double=(), actor=SYSTEM)
    session.rollback()
    assert session.query(Registration).count() == 2


@pytest.mark.parametrize("other", ["itself", "stranger", "withdrawn"])
def test_merge_with_who_is_not_there_is_refused(session: Session, make: Factory, event: Event, other: str) -> None:
    a, b = pair(make, event, {"status": "withdrawn"})
    with_whom = {"itself": a, "withdrawn": b}.get(other) or make.registration(make.event())
    with pytest.raises(Missing):
        merge_of(session, event, a, with_whom)


def test_merge_in_an_archived_event_is_refused(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event)
    with write(session):
        event.status = EventStatus.ARCHIVED
    with pytest.raises(Refused):
        merged(session, event, a, b)


def test_numbers_of_the_two_that_do_not_go_together_are_refused(session: Session, make: Factory, event: Event) -> None:
    a, b = pair(make, event, {"max_meetings": 2}, min_meetings=4)
    with pytest.raises(Refused):
        merged(session, event, a, b, ("max_meetings",))
    session.rollback()
    assert session.query(Registration).count() == 2
