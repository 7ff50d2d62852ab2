"""What every mail to a participant says: which event, when, where, who answers; and of meetings online or at once."""

import pytest
from flask_babel import force_locale
from sqlalchemy.orm import Session

from tests.support.published import World, meeting, world  # noqa: F401
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.mail.foot import foot
from web.domain.people import registration as registrations
from web.domain.people.participants import decide_many
from web.models import Event, OutboxMail, Registration, User


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("news", ["accepted", "declined", "waiting"])
def test_mail_of_a_decision_says_when_where_and_who_answers(
    make: Factory, session: Session, organiser: User, news: str
) -> None:
    event = make.event(organiser, title="Rencontres", place="Salle des Fêtes, Lille")
    with write(session):
        organiser.name, organiser.email = "Awa Diop", "awa@example.org"
    one = make.registration(event, status="pending")
    decision = {"accepted": "accept", "declined": "decline", "waiting": "wait"}[news]
    decide_many(session, event, [one.id], decision, SYSTEM)
    text = plain(session.query(OutboxMail).one().body_text)
    assert text.rstrip().endswith(
        "-- \nRencontres\njeudi 18 mars 2027, 14:00–14:30\nLieu : Salle des Fêtes, Lille\n"
        "Organisation : Awa Diop, awa@example.org"
    )


def test_foot_says_what_the_event_and_its_organiser_are_called_now(
    make: Factory, session: Session, organiser: User
) -> None:
    event = make.event(organiser, title="Rencontres", place="")
    with write(session):
        organiser.name, organiser.email = "Awa Diop", "awa@example.org"

    def last_lines() -> list[str]:
        one = make.registration(event, status="pending", language="en")
        registrations.accept(session, one, SYSTEM)
        text = session.query(OutboxMail).order_by(OutboxMail.id.desc()).limit(1).one().body_text
        return plain(text).rstrip().splitlines()[-3:]

    time = "Thursday 18 March 2027, 14:00–14:30"
    assert last_lines() == ["Rencontres", time, "Organiser: Awa Diop, awa@example.org"]
    with write(session):
        organiser.name = "Awa Ndiaye"
    assert last_lines() == ["Rencontres", time, "Organiser: Awa Ndiaye, awa@example.org"]
    # A change that is undone gives its number to the next one.
    with pytest.raises(ZeroDivisionError), write(session):
        event.title = "Rendez-vous"
        event.slots[0].starts_at = event.slots[0].starts_at.replace(hour=9)
        session.flush()
        with force_locale("en"):
            assert "09:00" in foot(event).text
        raise ZeroDivisionError
    with write(session):
        event.title = "Retrouvailles"
    assert last_lines()[:2] == ["Retrouvailles", time]


def test_foot_holds_what_is_known_and_no_link_of_a_name(make: Factory, session: Session) -> None:
    owner = make.user(name="Gagnez sur evil.example", email="owner@example.org")
    event = make.event(owner, slots=0, place="", title="Rencontres")
    one = make.registration(event, status="pending", language="en")
    registrations.accept(session, one, SYSTEM)
    text = session.query(OutboxMail).one().body_text
    assert text.rstrip().endswith("-- \nRencontres\nOrganiser: owner@example.org")


def test_meetings_at_once_are_marked_as_such(world: World) -> None:  # noqa: F811
    with write(world.session):
        world.session.get_one(Registration, world.c.id).delegates = 2
    world.publish(
        world.make.schedule(
            world.event,
            [meeting(world.a, world.c, "s1"), meeting(world.b, world.c, "s1", "t2"), meeting(world.a, world.d, "s2")],
        )
    )
    mails = world.mails()
    assert mails[world.c.email].body_text.count("en parallèle, une personne à chacun") == 2
    assert "parallèle" not in mails[world.a.email].body_text


@pytest.mark.parametrize(
    ("written", "told"),
    [("", "envoie le lien avant l’événement"), ("https://visio.example/x", "https://visio.example/x")],
)
def test_meetings_online_say_how_to_come(world: World, written: str, told: str) -> None:  # noqa: F811
    with write(world.session):
        world.session.get_one(Registration, world.c.id).remote = True
        world.session.get_one(Event, world.event.id).texts = {"online": written}
    world.publish(
        world.make.schedule(world.event, [meeting(world.a, world.c, "s1", None), meeting(world.b, world.d, "s1")])
    )
    mails = world.mails()
    assert "Rendez-vous en ligne : " in plain(mails[world.a.email].body_text)
    assert told in mails[world.a.email].body_text
    assert "Online meetings" not in mails[world.b.email].body_text


def test_foot_names_the_organisation_that_invites_and_the_answers_go_where_they_went(
    make: Factory, session: Session, organiser: User
) -> None:
    face = {"name": "La Fabrique des Liens", "address": "12 rue du Canal\n59000 Lille", "email": "bonjour@example.org"}
    event = make.event(organiser, title="Rencontres", slots=0, place="", face=face)
    registrations.accept(session, make.registration(event, status="pending", language="en"), SYSTEM)
    mail = session.query(OutboxMail).one()
    assert mail.body_text.rstrip().endswith(
        "-- \nRencontres\nLa Fabrique des Liens, 12 rue du Canal, 59000 Lille\n"
        f"Organiser: {organiser.name}, {organiser.email}"
    )


def test_foot_leaves_out_what_would_become_a_link(make: Factory, session: Session, organiser: User) -> None:
    event = make.event(organiser, title="Rencontres", face={"name": "Gagnez sur evil.example", "address": "Lille"})
    registrations.accept(session, make.registration(event, status="pending"), SYSTEM)
    text = session.query(OutboxMail).one().body_text
    assert "evil.example" not in text and "\nLille\n" in text
