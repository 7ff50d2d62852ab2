"""The mails of an event: state, text, another try; nothing sent twice."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.db import write
from web.domain import health
from web.domain.links import personal_address
from web.domain.mail.notices import registration_notice
from web.domain.mail.sending import enqueue_mail
from web.domain.team.access import personal_token
from web.models import Event, MailState, OutboxMail, Picture, User, utcnow
from web.security import CONTENT_SECURITY_POLICY


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


def dressed_up(session: Session, event: Event, make: Factory) -> OutboxMail:
    """An agenda that has a button with a personal link, hostile words, and the logo of the event."""
    one = make.registration(event, name='<script>alert(1)</script> "cid:logo@passerelle" https://evil.example/x.png')
    logo = Picture(
        event_id=event.id, purpose="logo", mime_type="image/png", content=b"png", digest="d", width=1, height=1
    )
    with write(session):
        session.add(logo)
        event.face = {**event.face, "logo": "d", "name": "La Fabrique"}
        one.confirmed_email = one.email
        registration_notice(session, one, "accepted", personal_address(personal_token(one)))
    return session.scalars(select(OutboxMail).where(OutboxMail.registration_id == one.id)).one()


def test_mail_is_looked_at_as_html_in_a_frame_in_which_nothing_runs(
    organiser_client: FlaskClient, event: Event, session: Session, make: Factory
) -> None:
    mail = dressed_up(session, event, make)
    page = organiser_client.get(at(event, f"{mail.id}/"))
    (frame,) = re.findall(r"<iframe[^>]*>", page.text)
    assert re.search(r"\ssandbox\s", frame) and f'src="{at(event, f"{mail.id}/html")}"' in frame
    assert page.headers["Content-Security-Policy"] == csp(CONTENT_SECURITY_POLICY | {"frame-src": "'self'"})
    assert "/p/" in page.text.partition("<details>")[2]
    answer = organiser_client.get(at(event, f"{mail.id}/html"))
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox "
    )
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Cache-Control"] == "no-store"
    html = answer.text
    assert "Choisir qui rencontrer" in html
    # A button keeps its label and leads nowhere: nobody has another's link by it.
    assert "href" not in html and "/p/" not in html
    assert re.findall(r'src="[^"]*"', html) == ['src="data:image/png;base64,cG5n"']
    assert "<script" not in html and "&lt;script&gt;alert(1)" in html and "cid:logo@passerelle" in html


def test_frame_is_on_no_other_page(organiser_client: FlaskClient, event: Event) -> None:
    assert organiser_client.get(at(event)).headers["Content-Security-Policy"] == csp(CONTENT_SECURITY_POLICY)


def csp(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


def test_mail_of_text_alone_has_no_frame(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    mail = put(session, event, "sent", sent_at=utcnow())
    assert "<iframe" not in organiser_client.get(at(event, f"{mail.id}/")).text
    assert organiser_client.get(at(event, f"{mail.id}/html")).status_code == 404


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
    mail = put(session, make.event(), "failed", parts=[])
    for page in ("", "html"):
        assert organiser_client.get(at(event, f"{mail.id}/{page}")).status_code == 404
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
