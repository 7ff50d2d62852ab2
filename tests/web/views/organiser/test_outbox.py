"""The mails of an event: state, text, another try; nothing sent twice."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.db import write
from web.domain import health
from web.domain.mail.sending import enqueue_mail
from web.models import Event, MailState, OutboxMail, User, utcnow


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def put(session: Session, event: Event, state: str, **values: Any) -> OutboxMail:
    with write(session):
        mail = enqueue_mail(
            session,
            recipient="camille@example.org",
            subject=f"Objet {state}",
            text="Bonjour,\n<b>gras</b> https://exemple.org/p/abc",
            event_id=event.id,
        )
        mail.state = state
        for name, value in values.items():
            setattr(mail, name, value)
    return mail


def at(event: Event, rest: str = "") -> str:
    return f"/events/{event.id}/mails/{rest}"


def test_mails_are_listed_and_narrowed_by_state(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    put(session, event, "failed", error="550 no such mailbox")
    put(session, event, "sent", sent_at=utcnow())
    text = organiser_client.get(at(event)).text
    assert "Objet failed" in text
    assert "Objet sent" in text
    assert "550 no such mailbox" in text
    only = organiser_client.get(at(event, "?state=sent")).text
    assert "Objet failed" not in only
    assert organiser_client.get(at(event, "?state=nonsense&page=-5")).status_code == 200


def test_mails_are_searched_by_subject_and_recipient(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    put(session, event, "sent", subject="Au Cœur du Quartier", recipient="naima@dupont.example", sent_at=utcnow())
    put(session, event, "failed", subject="L’Épicerie")

    def found(query: str) -> list[bool]:
        text = organiser_client.get(at(event), query_string=query).text
        return ["Au Cœur du Quartier" in text, "L’Épicerie" in text]

    assert found("q=coeur") == found("q=dupont naima") == found("q=coeur&state=sent") == [True, False]
    assert found("q=l'epicerie") == [False, True]
    assert found("q=coeur&state=failed") == found("q=epicerie coeur") == [False, False]
    assert found("q=coeur&page=9") == [True, False]


def test_mail_is_read_as_text(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    mail = put(session, event, "sent", sent_at=utcnow())
    text = organiser_client.get(at(event, f"{mail.id}/")).text
    assert "&lt;b&gt;gras" in text
    assert 'href="https://exemple.org/p/abc"' in text


def test_failed_mail_is_tried_again_and_leaves(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    mail = put(session, event, "failed", error="timed out", attempts=8)
    assert organiser_client.post(at(event, f"{mail.id}/retry")).status_code == 302
    session.rollback()
    assert session.get_one(OutboxMail, mail.id).state == MailState.SENT


@pytest.mark.parametrize("state", ["sent", "claimed"])
def test_mail_sent_or_on_its_way_is_not_sent_again(
    organiser_client: FlaskClient, event: Event, session: Session, state: str
) -> None:
    mail = put(session, event, state, claimed_at=utcnow(), attempts=1)
    organiser_client.post(at(event, f"{mail.id}/retry"))
    organiser_client.post(at(event, "retry"))
    session.rollback()
    stored = session.get_one(OutboxMail, mail.id)
    assert (stored.state, stored.attempts) == (state, 1)


def test_all_failed_mails_are_tried_again(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    for _turn in range(3):
        put(session, event, "failed")
    organiser_client.post(at(event, "retry"))
    session.rollback()
    assert {mail.state for mail in session.query(OutboxMail)} == {"sent"}


def test_mail_of_another_event_is_not_found(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    mail = put(session, make.event(), "failed")
    assert organiser_client.get(at(event, f"{mail.id}/")).status_code == 404
    assert organiser_client.post(at(event, f"{mail.id}/retry")).status_code == 404
    session.rollback()
    assert session.get_one(OutboxMail, mail.id).state == MailState.FAILED


def test_stranger_reads_no_mail(client: FlaskClient, make: Factory, event: Event, session: Session) -> None:
    mail = put(session, event, "sent", sent_at=utcnow())
    sign_in(client, make.user())
    assert client.get(at(event)).status_code == 404
    assert client.get(at(event, f"{mail.id}/")).status_code == 404


def test_organiser_reads_that_the_mail_server_refuses_everything(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    assert "refuse tous les messages" not in organiser_client.get(at(event)).text
    health.beat(session, "w", {"mail.send": "never: 535 wrong password"})
    page = organiser_client.get(at(event)).text
    assert "refuse tous les messages" in page
    assert "535 wrong password" in page


def test_participant_page_says_what_became_of_each_mail(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event)
    page = f"/events/{event.id}/participants/{one.id}/"
    assert "Aucun pour l’instant." in organiser_client.get(page).text
    mail = put(session, event, "failed", error="550 no such mailbox", registration_id=one.id)
    text = organiser_client.get(page).text
    assert "550 no such mailbox" in text and at(event, f"{mail.id}/") in text and at(event, f"{mail.id}/retry") in text
    later = put(session, event, "sent", sent_at=utcnow(), filed=True, registration_id=one.id)
    text = organiser_client.get(page).text
    assert "écrit dans le dossier" in text and ">envoyé" not in text and "550 no such mailbox" in text
    assert text.index(at(event, f"{later.id}/")) < text.index(at(event, f"{mail.id}/"))
