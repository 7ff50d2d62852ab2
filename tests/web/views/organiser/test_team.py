"""Who works on an event: invitations with a one-time link, roles, leaving; an organiser always remains."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.errors import Refused
from web.domain.team import team
from web.models import Event, EventMember, OutboxMail, Role, User


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def at(event: Event, rest: str = "") -> str:
    return f"/events/{event.id}/team/{rest}"


def invite(client: FlaskClient, event: Event, email: str, role: str = "organiser") -> int:
    return client.post(at(event), data={"email": email, "role": role}).status_code


def member_of(session: Session, event: Event, user: User) -> EventMember:
    session.rollback()
    return session.query(EventMember).filter_by(event_id=event.id, user_id=user.id).one()


def test_invited_person_signs_in_by_the_link_and_has_the_role(
    app: Flask, organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    assert invite(organiser_client, event, "Awa@Example.org") == 302
    session.rollback()
    mail = session.query(OutboxMail).one()
    assert (mail.recipient, mail.event_id) == ("awa@example.org", event.id)
    link = next(word for word in mail.body_text.split() if "/sign-in/link/" in word)
    awa = app.test_client()
    assert awa.post(link[link.index("/sign-in") :]).status_code == 302
    assert event.title in awa.get("/events/").text
    assert awa.get(at(event)).status_code == 200


def test_invited_person_with_a_password_gets_no_link(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    user = make.user()
    assert invite(organiser_client, event, user.email or "", "organiser") == 302
    session.rollback()
    assert "/sign-in/link/" not in session.query(OutboxMail).one().body_text
    assert member_of(session, event, user).role == Role.ORGANISER


def test_link_to_an_account_of_another_event_is_not_shown_to_this_team(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    """Whoever reads a one-time link could open the whole account with it."""
    user = User(email="nouvelle@example.org")
    session.add(user)
    session.commit()
    make.member(make.event(), user)
    assert invite(organiser_client, event, "nouvelle@example.org") == 302
    session.rollback()
    assert session.query(OutboxMail).one().event_id is None


def test_link_is_shown_to_nobody_where_mail_leaves(
    app: Flask, organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    settings = app.extensions["passerelle.settings"]
    app.extensions["passerelle.settings"] = replace(settings, smtp_url="smtp://127.0.0.1:9")
    assert invite(organiser_client, event, "awa@example.org") == 302
    session.rollback()
    assert session.query(OutboxMail).one().event_id is None


@pytest.mark.parametrize(
    ("email", "role"),
    [("awa", "organiser"), ("", "organiser"), ("awa@example.org", "king"), ("awa@example.org", "desk")],
)
def test_invitation_with_faults_is_not_sent(
    organiser_client: FlaskClient, event: Event, session: Session, email: str, role: str
) -> None:
    assert invite(organiser_client, event, email, role) == 422
    assert session.query(OutboxMail).count() == 0


def test_person_in_the_team_is_not_invited_twice(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    assert invite(organiser_client, event, "awa@example.org") == 302
    assert invite(organiser_client, event, "awa@example.org") == 422
    session.rollback()
    assert session.query(OutboxMail).count() == 1
    user = session.query(User).filter_by(email="awa@example.org").one()
    again = organiser_client.post(at(event, f"{member_of(session, event, user).id}/invite"))
    assert again.status_code == 302
    session.rollback()
    assert session.query(OutboxMail).count() == 2


def test_last_organiser_is_neither_removed_nor_given_another_role(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session, organiser: User
) -> None:
    make.member(event, make.user(), Role.DESK)
    own = member_of(session, event, organiser)
    assert organiser_client.post(at(event, f"{own.id}/remove")).status_code == 409
    with pytest.raises(Refused, match="Il faut un organisateur"):
        team.change_role(session, event, own.id, Role.DESK, SYSTEM)
    assert member_of(session, event, organiser).role == Role.ORGANISER


def test_organiser_hands_over_and_leaves(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session, organiser: User
) -> None:
    other = make.user()
    member = make.member(event, other, Role.DESK)
    organiser_client.post(at(event, f"{member.id}/role"), data={"role": "organiser"})
    own = member_of(session, event, organiser)
    assert organiser_client.post(at(event, f"{own.id}/remove")).location == "/events/"
    assert organiser_client.get(at(event)).status_code == 404
    assert member_of(session, event, other).role == Role.ORGANISER


def test_member_of_another_event_is_not_found(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    foreign = make.member(make.event(), make.user())
    for action in ("remove", "role", "invite"):
        answer = organiser_client.post(at(event, f"{foreign.id}/{action}"), data={"role": "organiser"})
        assert answer.status_code == 404
    session.rollback()
    assert session.get_one(EventMember, foreign.id).role == Role.ORGANISER


def test_roles_without_a_page_are_not_offered_and_can_be_left(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    helper = make.member(event, make.user(), Role.DESK)
    text = organiser_client.get(at(event)).text
    assert 'value="desk"' not in text and 'value="committee"' not in text
    organiser_client.post(at(event, f"{helper.id}/role"), data={"role": "committee"})
    session.rollback()
    assert session.get_one(EventMember, helper.id).role == Role.DESK
    session.rollback()
    organiser_client.post(at(event, f"{helper.id}/role"), data={"role": "organiser"})
    session.rollback()
    assert session.get_one(EventMember, helper.id).role == Role.ORGANISER


def test_stranger_sees_no_team(client: FlaskClient, make: Factory, event: Event) -> None:
    sign_in(client, make.user())
    assert client.get(at(event)).status_code == 404
