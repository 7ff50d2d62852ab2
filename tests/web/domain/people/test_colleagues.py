"""Colleagues of one organisation: links of their own, what they may do, and what is left when they go."""

from contextlib import suppress
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.errors import Missing, Refused
from web.domain.mail.addresses import (
    MAILS_A_DAY,
    confirm_participant,
    has_confirmed,
    is_confirmed,
    is_proof,
    take_turn,
    with_proof,
)
from web.domain.people import colleagues, privacy, registration, traces, wishes
from web.domain.people.colleagues import ADDED_A_DAY, MOST
from web.domain.people.merging import merge
from web.domain.people.participants import Filter, listing
from web.domain.team.access import known_personal_token, personal_token, reader_by_token
from web.models import AuditEntry, Colleague, Event, OutboxMail, Registration

pytestmark = on_both_databases


class World:
    """An association whose contact has confirmed the address, a company to meet, an organiser."""

    def __init__(self, session: Session, make: Factory) -> None:
        self.session, self.make = session, make
        self.event: Event = make.event(title="Rencontres du canal")
        self.me: Registration = make.registration(self.event, name="Les Jardins", email="camille@example.org")
        self.other: Registration = make.registration(self.event, kind="company", name="Atelier Bleu")
        self.odile = Actor.of_user(make.user(name="Odile Organise"))
        confirm_participant(session, self.me)

    @property
    def contact(self) -> Actor:
        return Actor.of_reader(self.me)

    def add(self, name: str = "Léa Martin", email: str = "lea@example.org", **values: Any) -> Colleague:
        values = {"registration": self.me, "language": "fr", "actor": self.contact} | values
        added = colleagues.add(self.session, name=name, email=email, **values)
        assert added is not None
        return added

    def token(self, reader: Registration | Colleague) -> str:
        with write(self.session):
            return personal_token(reader)

    def mails(self, recipient: str) -> list[OutboxMail]:
        self.session.rollback()
        rows = select(OutboxMail).where(OutboxMail.recipient == recipient).order_by(OutboxMail.id)
        return list(self.session.scalars(rows))

    def log(self, action: str) -> list[AuditEntry]:
        return list(self.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.fixture
def world(session: Session, make: Factory) -> World:
    return World(session, make)


# Adding


def test_colleague_gets_a_link_of_their_own_to_the_same_registration(world: World) -> None:
    one = world.add()
    token = world.token(one)
    assert token != world.token(world.me)
    assert reader_by_token(world.session, token) is one
    assert one.registration is world.me
    (mail,) = world.mails("lea@example.org")
    assert f"/p/{token}/?mail=" in mail.body_text
    assert (mail.registration_id, mail.colleague_id) == (world.me.id, one.id)
    assert "Camille Exemple vous donne votre propre lien vers la page de Les Jardins" in mail.body_text
    assert f"/p/{token}/data?mail=" in mail.body_text
    (entry,) = world.log("colleague.add")
    assert (entry.actor, entry.behalf_of_id) == ("Les Jardins", world.me.id)


def test_added_twice_is_added_once(world: World) -> None:
    world.add()
    again = colleagues.add(
        world.session, world.me, name="Léa", email=" LEA@example.org ", language="en", actor=world.contact
    )
    assert again is None
    assert len(colleagues.colleagues_of(world.session, world.me)) == len(world.mails("lea@example.org")) == 1


def test_two_who_add_the_same_at_once_add_one(app: Flask, world: World) -> None:
    ids, found = (world.me.id, world.contact), []
    start = Barrier(2)

    def add() -> None:
        with app.app_context():
            session = get_session()
            me = session.get_one(Registration, ids[0])
            start.wait()
            found.append(
                colleagues.add(session, me, name="Léa", email="lea@example.org", language="fr", actor=ids[1]) is None
            )
            session.rollback()

    world.session.rollback()
    threads = [Thread(target=add) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, True]
    assert len(world.mails("lea@example.org")) == 1


def test_name_of_a_link_stays_out_of_the_mail_to_an_unconfirmed_address(world: World) -> None:
    with write(world.session):
        world.me.name, world.me.contact_name = "gagnez.example.org", "www.example.org"
    world.add(name="Voir example.org")
    (mail,) = world.mails("lea@example.org")
    assert "gagnez" not in mail.body_text and "www." not in mail.body_text and "Voir" not in mail.body_text
    assert "Quelqu’un de votre organisation" in mail.body_text


def test_unconfirmed_contact_adds_nobody(world: World) -> None:
    with write(world.session):
        world.me.confirmed_email = None
    with pytest.raises(Refused, match="Confirmez d’abord votre propre adresse"):
        world.add()
    assert world.mails("lea@example.org") == []
    # Organisers know whom they write to.
    assert world.add(actor=world.odile).by_organisers


def test_address_that_had_its_mails_of_the_day_gets_no_more(world: World) -> None:
    with write(world.session):
        for _number in range(MAILS_A_DAY):
            take_turn(world.session, "lea@example.org")
    with pytest.raises(Refused, match="trois courriels"):
        world.add()
    assert colleagues.colleagues_of(world.session, world.me) == []


def test_number_of_colleagues_has_a_limit(world: World) -> None:
    for number in range(MOST):
        world.add(email=f"c{number}@example.org")
    with pytest.raises(Refused, match="10 collègues au plus"):
        world.add(email="one-more@example.org")


def test_adding_and_removing_by_turns_has_a_limit(world: World) -> None:
    for number in range(ADDED_A_DAY):
        one = world.add(email=f"c{number}@example.org")
        colleagues.remove(world.session, world.me, one.id, world.contact)
    with pytest.raises(Refused, match="reprenez demain"):
        world.add()
    assert world.add(actor=world.odile)


def test_withdrawn_registration_takes_no_colleague(world: World) -> None:
    registration.withdraw(world.session, world.me, world.contact)
    with pytest.raises(Refused):
        world.add()


# Confirming, sending again


def test_colleague_who_acts_confirms_their_own_address_alone(world: World) -> None:
    one = world.add()
    with write(world.session):
        world.me.confirmed_email = None
    proof = with_proof(one, "").removeprefix("?mail=")
    assert is_proof(one, proof) and not is_proof(world.me, proof)
    confirm_participant(world.session, one)
    assert has_confirmed(one) and not has_confirmed(world.me)
    assert is_confirmed(world.session, "lea@example.org")


def test_link_is_sent_again_and_anew_where_it_was_revoked(world: World) -> None:
    one = world.add()
    token = world.token(one)
    colleagues.resend(world.session, world.me, one.id, world.contact)
    assert known_personal_token(one) == token
    colleagues.revoke(world.session, world.me, one.id, world.odile)
    assert reader_by_token(world.session, token) is None
    colleagues.resend(world.session, world.me, one.id, world.odile)
    assert known_personal_token(one) not in (None, token)
    assert reader_by_token(world.session, token) is None


def test_contact_does_not_flood_a_colleague(world: World) -> None:
    one = world.add()
    confirm_participant(world.session, one)
    for _number in range(registration.LINKS_AN_HOUR - 1):
        colleagues.resend(world.session, world.me, one.id, world.contact)
    with pytest.raises(Refused, match="plusieurs fois"):
        colleagues.resend(world.session, world.me, one.id, world.contact)


def test_mails_to_colleagues_do_not_keep_the_contact_from_a_lost_link(world: World) -> None:
    for number in range(registration.LINKS_AN_HOUR + 1):
        world.add(email=f"c{number}@example.org")
    registration.send_lost_links(world.session, world.event, "camille@example.org")
    assert len(world.mails("camille@example.org")) == 1


def test_lost_link_of_a_colleague_is_their_own(world: World) -> None:
    one = world.add()
    registration.send_lost_links(world.session, world.event, " Lea@example.org")
    _first, mail = world.mails("lea@example.org")
    assert f"/p/{world.token(one)}/" in mail.body_text
    registration.send_lost_links(world.session, world.make.event(), "lea@example.org")
    assert len(world.mails("lea@example.org")) == 2


# Acting


def test_deed_of_a_colleague_stands_in_the_log_under_their_name(world: World) -> None:
    one = world.add()
    wishes.add_wish(world.session, world.me, world.other.id, Actor.of_reader(one))
    (entry,) = world.log("wish.add")
    assert (entry.actor, entry.behalf_of_id) == ("Léa Martin (Les Jardins)", world.me.id)


def test_two_colleagues_who_choose_at_once_lose_no_wish(app: Flask, world: World) -> None:
    one, two = world.add(), world.add(name="Ali", email="ali@example.org")
    targets = [world.make.registration(world.event, kind="company") for _number in range(8)]
    plan = [
        (Actor.of_reader(reader), [target.id for target in targets[start::2]])
        for start, reader in enumerate((one, two))
    ]
    me, start = world.me.id, Barrier(2)

    def choose(actor: Actor, ids: list[int]) -> None:
        with app.app_context():
            session = get_session()
            registration = session.get_one(Registration, me)
            start.wait()
            for target in ids:
                wishes.add_wish(session, registration, target, actor)
            session.rollback()

    world.session.rollback()
    threads = [Thread(target=choose, args=one) for one in plan]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.session.expire_all()
    assert {wish.target_id for wish in world.me.wishes} == {target.id for target in targets}
    assert [wish.rank for wish in world.me.wishes] == list(range(8))


# Removing


def test_removed_colleague_has_no_link_and_no_mails_and_keeps_a_name_in_the_log(world: World) -> None:
    one = world.add()
    token, actor = world.token(one), Actor.of_reader(one)
    wishes.add_wish(world.session, world.me, world.other.id, actor)
    assert colleagues.remove(world.session, world.me, one.id, world.contact) == "Léa Martin"
    assert reader_by_token(world.session, token) is None
    assert world.mails("lea@example.org") == []
    assert world.log("wish.add")[0].actor == "Léa Martin (Les Jardins)"
    with pytest.raises(Missing):
        colleagues.remove(world.session, world.me, one.id, world.contact)


def test_what_a_removed_colleague_has_begun_is_not_done(world: World) -> None:
    one = world.add()
    # Known when the request began, and removed before it got its turn.
    actor = Actor.of_reader(one)
    colleagues.remove(world.session, world.me, one.id, world.contact)
    with pytest.raises(Missing, match="votre accès"):
        wishes.add_wish(world.session, world.me, world.other.id, actor)
    world.session.expire_all()
    assert world.me.wishes == []


def test_removing_and_acting_at_once_comes_to_one_of_the_two(app: Flask, world: World) -> None:
    """Either the deed is done, and stands before the removal in the log, or nothing of it is there."""
    for number in range(5):
        one = world.add(email=f"c{number}@example.org")
        actor, ids, start = Actor.of_reader(one), (world.me.id, one.id, world.other.id), Barrier(2)

        def act(actor: Actor = actor, ids: tuple[int, ...] = ids, start: Barrier = start) -> None:
            with app.app_context():
                session = get_session()
                me = session.get_one(Registration, ids[0])
                start.wait()
                with suppress(Missing):
                    wishes.add_wish(session, me, ids[2], actor)
                session.rollback()

        def remove(ids: tuple[int, ...] = ids, start: Barrier = start) -> None:
            with app.app_context():
                session = get_session()
                me = session.get_one(Registration, ids[0])
                start.wait()
                colleagues.remove(session, me, ids[1], SYSTEM)
                session.rollback()

        world.session.rollback()
        threads = [Thread(target=act), Thread(target=remove)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.session.expire_all()
        deeds = [entry.action for entry in world.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
        deeds = deeds[deeds.index("colleague.add") :]
        assert (len(world.me.wishes) == 1) == ("wish.add" in deeds)
        if "wish.add" in deeds:
            assert deeds.index("wish.add") < deeds.index("colleague.remove")
        with write(world.session):
            world.session.execute(AuditEntry.__table__.delete())
            world.me.wishes = []


# What is kept


def test_colleague_who_leaves_is_erased_and_not_added_again(world: World) -> None:
    one = world.add()
    wishes.add_wish(world.session, world.me, world.other.id, Actor.of_reader(one))
    with write(world.session):
        record(world.session, SYSTEM, "registration.update", event_id=world.event.id, said="vu avec Léa  martin")
    colleagues.leave(world.session, one)
    world.session.rollback()
    assert colleagues.colleagues_of(world.session, world.me) == [] == world.mails("lea@example.org")
    entries = world.session.execute(select(AuditEntry.actor, AuditEntry.details)).all()
    assert "martin" not in str(entries).casefold() and "lea@" not in str(entries)
    assert world.log("wish.add")[0].actor == "participant effacé (Les Jardins)"
    assert [wish.target_id for wish in world.me.wishes] == [world.other.id]
    with pytest.raises(Refused, match="s’est retirée elle-même"):
        world.add()
    assert world.add(actor=world.odile)


def test_name_that_the_contact_has_too_stays_theirs(world: World) -> None:
    one = world.add(name="camille exemple")
    with write(world.session):
        record(world.session, SYSTEM, "registration.update", event_id=world.event.id, said="Camille Exemple")
    colleagues.leave(world.session, one)
    assert world.log("registration.update")[0].details == {"said": "Camille Exemple"}


def test_erased_registration_takes_its_colleagues_along(world: World) -> None:
    one, foreign = world.add(), world.add(name="Ali Benali", email="ali@example.org", registration=world.other,
                                          actor=world.odile)  # fmt: skip
    wishes.add_wish(world.session, world.me, world.other.id, Actor.of_reader(one))
    with write(world.session):
        record(world.session, SYSTEM, "registration.update", event_id=world.event.id, said="Léa Martin, Ali Benali")
    privacy.erase(world.session, world.me, world.contact)
    world.session.rollback()
    assert list(world.session.scalars(select(Colleague.id))) == [foreign.id]
    assert world.mails("lea@example.org") == []
    assert "Martin" not in str(world.session.execute(select(AuditEntry.actor, AuditEntry.details)).all())
    assert world.log("registration.update")[0].details == {"said": "participant effacé, Ali Benali"}


def test_exports_list_colleagues_and_give_a_colleague_their_own(world: World) -> None:
    one, two = world.add(), world.add(name="Ali", email="ali@example.org")
    wishes.add_wish(world.session, world.me, world.other.id, Actor.of_reader(one))
    listed = privacy.export(world.session, world.me)["colleagues"]
    assert [(row["name"], row["email"]) for row in listed] == [(who.name, who.email) for who in (one, two)]
    own = colleagues.export(world.session, one)
    assert own["organisation"] == "Les Jardins"
    assert own["colleague"]["email"] == "lea@example.org"
    assert [row["action"] for row in own["log"]] == ["wish.add"]
    assert len(own["mails"]) == 1
    assert "ali@" not in str(own) and "camille@" not in str(own) and "token" not in str(own)


def test_organisers_find_a_participant_by_a_colleague(world: World) -> None:
    world.add()
    for text in ("lea martin", "lea@example.org"):
        found = listing(world.session, world.event, Filter(text=text))
        assert [row.registration.id for row in found.rows] == [world.me.id]
    assert listing(world.session, world.event, Filter(text="ali")).rows == ()


def test_merged_registration_brings_its_colleagues_along(world: World) -> None:
    one = world.add()
    double = world.make.registration(world.event, name="Les Jardins", email="double@example.org")
    same = world.add(registration=double, actor=world.odile)
    ali = world.add(name="Ali", email="ali@example.org", registration=double, actor=world.odile)
    confirm_participant(world.session, same)
    token = world.token(ali)
    versions = {who.id: who.version for who in (world.me, double)}
    kept = merge(world.session, world.event, world.me, double, versions=versions, from_double=(), actor=world.odile)
    assert kept is world.me
    assert colleagues.colleagues_of(world.session, kept) == [one, ali]
    assert has_confirmed(one)
    assert reader_by_token(world.session, token) is ali
    assert {mail.colleague_id for mail in world.mails("lea@example.org")} == {one.id}


def test_colleague_who_left_does_not_come_back_with_a_backup(app: Flask, world: World) -> None:
    one = world.add()
    kept = {column.name: getattr(one, column.name) for column in Colleague.__table__.columns}
    colleagues.leave(world.session, one)
    traces.settle(world.session)
    with write(world.session):
        world.session.add(Colleague(**kept))
    assert len(colleagues.colleagues_of(world.session, world.me)) == 1
    assert privacy.erase_again(world.session) == 1
    assert colleagues.colleagues_of(world.session, world.me) == []
