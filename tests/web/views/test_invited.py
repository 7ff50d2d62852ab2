"""The own link of somebody invited: opening it changes nothing, registering by it links both."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.typed import typed
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.mail.sending import compose
from web.domain.people import inviting, privacy, stopping
from web.domain.people.invitations import State, listing
from web.domain.people.invited import invitation_token
from web.domain.people.inviting import Invited, invite_many, send
from web.domain.people.merging import merge
from web.logs import discreet
from web.models import Event, Invitation, OutboxMail, Registration, Reminder, utcnow


class Asked:
    """An event with one invitation that was sent."""

    def __init__(self, session: Session, make: Factory, **values: str) -> None:
        self.session = session
        self.event: Event = make.event()
        row = {"kind": "company", "name": "Nord Numérique", "contact_name": "Nadia Exemple"}
        row |= {"email": "nord@example.org", "phone": "03 20 00 00 00", "language": "en"} | values
        [self.one] = invite_many(session, self.event, [Invited(**row)], SYSTEM).invitations
        send(session, self.event, [self.one.id], SYSTEM)
        with write(session):
            self.token = invitation_token(self.one)
        self.page = f"/e/{self.event.slug}/invited/{self.token}"

    def register(self, client: FlaskClient, **values: str) -> str:
        form = typed(self.event, email="nord@example.org", name="Nord Numérique", invitation=self.token) | values
        answer = client.post(f"/e/{self.event.slug}/register", data=form)
        assert answer.status_code == 303, answer.text
        self.session.rollback()
        return str(answer.location)

    def registrations(self) -> list[Registration]:
        self.session.rollback()
        return list(self.session.scalars(select(Registration).order_by(Registration.id)))


@pytest.fixture
def asked(session: Session, make: Factory) -> Asked:
    return Asked(session, make)


def test_link_opens_the_form_that_knows_them_and_changes_nothing(asked: Asked, client: FlaskClient) -> None:
    answer = client.get(asked.page)
    assert answer.status_code == 200
    for known in ("Nord Numérique", "Nadia Exemple", "nord@example.org", "03 20 00 00 00", asked.token):
        assert f'value="{known}"' in answer.text
    assert 'value="company" checked' in answer.text.replace("  ", " ")
    # In the language of the invitation.
    assert '<html lang="en"' in answer.text
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert asked.registrations() == []
    # What one visitor is known by is not in the form that the next one gets.
    assert "nord@example.org" not in client.get(f"/e/{asked.event.slug}/register").text


@on_both_databases
def test_registering_by_the_link_links_both_and_confirms_the_address(asked: Asked, client: FlaskClient) -> None:
    assert "/p/" in asked.register(client)
    [me] = asked.registrations()
    assert asked.one.registration_id == me.id
    assert me.confirmed_email == "nord@example.org"
    assert listing(asked.session, asked.event).counts == {State.REGISTERED: 1}


def test_registering_with_another_address_confirms_none(asked: Asked, client: FlaskClient) -> None:
    asked.register(client, email="else@example.org")
    [me] = asked.registrations()
    assert (asked.one.registration_id, me.confirmed_email) == (me.id, None)


def test_registering_without_the_link_answers_the_invitation_and_confirms_nothing(
    asked: Asked, client: FlaskClient
) -> None:
    asked.register(client, invitation="")
    [me] = asked.registrations()
    assert (asked.one.registration_id, me.confirmed_email) == (me.id, None)


@on_both_databases
def test_form_sent_twice_is_one_registration_and_a_second_form_is_told_by_mail(
    asked: Asked, client: FlaskClient
) -> None:
    form = typed(asked.event, email="nord@example.org", name="Nord", invitation=asked.token)
    first, again = (client.post(f"/e/{asked.event.slug}/register", data=form) for _turn in range(2))
    assert first.location == again.location
    assert asked.register(client, name="Autre nom", email="other@example.org").endswith("already-registered")
    [me] = asked.registrations()
    assert me.name == "Nord"


def test_link_of_whoever_has_registered_leads_to_a_mail_and_no_second_registration(
    asked: Asked, client: FlaskClient
) -> None:
    asked.register(client)
    page = client.get(asked.page).text
    assert "Mail me my personal link again" in page
    assert "/p/" not in page
    before = len(asked.session.scalars(select(OutboxMail)).all())
    assert client.get(asked.page).status_code == 200
    asked.session.rollback()
    assert len(asked.session.scalars(select(OutboxMail)).all()) == before
    assert client.post(asked.page).status_code == 303
    asked.session.rollback()
    last = asked.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()[-1]
    assert last.recipient == "nord@example.org"
    assert "/p/" in last.body_text


def test_withdrawn_replaced_or_unknown_link_says_so_and_leads_to_the_public_form(
    asked: Asked, client: FlaskClient
) -> None:
    unknown = f"/e/{asked.event.slug}/invited/unknown"
    inviting.withdraw(asked.session, asked.event, [asked.one.id], SYSTEM)
    for page in (asked.page, unknown):
        answer = client.get(page)
        assert answer.status_code == 404
        assert f'href="/e/{asked.event.slug}/register"' in answer.text
        assert client.post(page).status_code == 404
    # The form that was open meanwhile still registers, and links nothing.
    asked.register(client)
    assert asked.one.registration_id is None


def test_link_after_the_end_of_registration_says_when_it_ended(asked: Asked, client: FlaskClient) -> None:
    with write(asked.session):
        asked.event.registration_closes_at = utcnow() - timedelta(hours=1)
    answer = client.get(asked.page)
    assert answer.status_code == 200
    assert 'name="email"' not in answer.text
    with write(asked.session):
        asked.event.status = "archived"
    assert client.get(asked.page).status_code == 200


def test_link_of_another_event_is_unknown(asked: Asked, client: FlaskClient, make: Factory) -> None:
    assert client.get(f"/e/{make.event().slug}/invited/{asked.token}").status_code == 404


def test_log_holds_no_link_of_the_invited(asked: Asked) -> None:
    stop = stopping.stop_address(asked.event, asked.one)
    line = discreet(f"GET {asked.page} 200; GET {stop} 200; POST {stop.removeprefix('http://')}")
    assert asked.token not in line
    assert stop.rpartition("/")[2] not in line


@on_both_databases
def test_erasure_of_a_participant_takes_the_invitation_and_its_mails(asked: Asked, client: FlaskClient) -> None:
    asked.register(client, email="else@example.org")
    [me] = asked.registrations()
    exported = privacy.export(asked.session, me)
    assert [one["email"] for one in exported["invitations"]] == ["nord@example.org"]
    assert len(exported["reminders"]) == 1
    privacy.erase(asked.session, me, SYSTEM)
    asked.session.rollback()
    assert asked.session.scalars(select(Invitation)).all() == []
    assert asked.session.scalars(select(OutboxMail)).all() == []
    [counted] = asked.session.scalars(select(Reminder)).all()
    assert counted.mail_id is None


@on_both_databases
def test_invitation_of_a_double_leads_to_the_one_that_is_kept(
    asked: Asked, client: FlaskClient, make: Factory, session: Session
) -> None:
    kept = make.registration(asked.event, kind="company", name="Nord Numérique SARL")
    asked.register(client)
    double = asked.registrations()[-1]
    with write(session):
        double.no_reminders = True
    versions = {one.id: one.version for one in (kept, double)}
    merge(session, asked.event, kept, double, versions=versions, from_double=[], actor=SYSTEM)
    session.rollback()
    assert asked.one.registration_id == kept.id
    assert kept.no_reminders


# No more reminders


def stop_page(who: Invitation | Registration) -> str:
    return "/e/" + stopping.stop_address(who.event, who).partition("/e/")[2]


def test_looking_at_the_page_that_stops_reminders_stops_none(asked: Asked, client: FlaskClient) -> None:
    answer = client.get(stop_page(asked.one))
    assert "No more reminders" in answer.text
    assert "noindex" in answer.headers["X-Robots-Tag"]
    asked.session.rollback()
    assert not asked.one.no_reminders


@on_both_databases
def test_stopping_holds_for_the_invited_and_for_the_participant_they_are(asked: Asked, client: FlaskClient) -> None:
    asked.register(client)
    [me] = asked.registrations()
    for _turn in range(2):
        assert client.post(stop_page(me)).status_code == 303
    asked.session.rollback()
    assert (me.no_reminders, asked.one.no_reminders) == (True, True)
    # In the language of their mails.
    assert "Vous ne recevrez plus de rappels" in client.get(stop_page(me)).text
    assert "You get no more reminders" in client.get(f"{stop_page(me)}?lang=en").text


def test_mail_program_stops_reminders_by_one_post_without_a_token_of_ours(asked: Asked, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(stop_page(asked.one), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 204
    asked.session.rollback()
    assert asked.one.no_reminders


def test_what_was_stopped_stays_so_after_registering(asked: Asked, client: FlaskClient) -> None:
    client.post(stop_page(asked.one))
    asked.register(client)
    assert asked.registrations()[0].no_reminders


def test_link_to_stop_of_a_former_address_or_a_forged_one_is_nobody_s(asked: Asked, client: FlaskClient) -> None:
    page = stop_page(asked.one)
    for wrong in (
        f"{page[:-1]}{'A' if page[-1] != 'A' else 'B'}",
        page.replace("/i", "/r", 1),
        f"/e/{asked.event.slug}/no-reminders/x",
    ):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404
    with write(asked.session):
        asked.one.email = "new@example.org"
    assert client.post(page).status_code == 404


def test_only_reminders_say_how_they_are_stopped(asked: Asked) -> None:
    [mail] = asked.session.scalars(select(OutboxMail)).all()
    assert compose(mail)["List-Unsubscribe"] is None
    mail.unsubscribe = stopping.stop_address(asked.event, asked.one)
    headers = compose(mail)
    assert headers["List-Unsubscribe"] == f"<{mail.unsubscribe}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    asked.session.rollback()
