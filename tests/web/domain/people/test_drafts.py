"""Forms begun on one device and gone on with on another: kept, mailed, found again, forgotten."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.typed import PROJECT, rows, send, typed
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.errors import Refused
from web.domain.people.drafts import KEPT, draft_address, drafts_left, forget_old_drafts, keep_draft
from web.domain.people.privacy import erase
from web.models import Event, EventStatus, OutboxMail, RegistrationDraft, utcnow

LINE = {"needs_lines.skills.communication": "deux jours d’un graphiste en mai"}


def later(client: FlaskClient, event: Event, **changes: Any) -> Any:
    return client.post(f"/e/{event.slug}/register/later", data=typed(event, **changes))


def kept(session: Session) -> list[RegistrationDraft]:
    session.rollback()
    return list(session.scalars(select(RegistrationDraft).order_by(RegistrationDraft.id)))


def mailed(session: Session) -> list[str]:
    """The ways back that were mailed, the latest last."""
    session.rollback()
    bodies = session.scalars(select(OutboxMail.body_text).order_by(OutboxMail.id))
    return [path for body in bodies for path in re.findall(r"https?://[^/\s]+(/e/\S+/draft/\S+)", body)]


@on_both_databases
def test_form_begun_here_is_gone_on_with_elsewhere(
    app: Flask, client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    answer = later(client, event, name="", delegates="many", consent="y", **LINE)
    assert answer.status_code == 303
    assert "Regardez dans votre messagerie" in client.get(answer.location).text
    [draft], [path] = kept(session), mailed(session)
    assert not {"consent", "submission", "csrf_token"} & draft.fields.keys()
    other = app.test_client()
    page = other.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    for text in (PROJECT, LINE["needs_lines.skills.communication"], 'value="ada@example.org"'):
        assert text in page.text
    assert re.search(r'value="goods.it" checked', page.text)
    assert not re.search(r'name="consent"[^>]*checked', page.text)
    # Looking changed nothing; the link works again, until the form is sent.
    assert other.get(path).status_code == 200
    hidden = dict(re.findall(r'name="(submission|draft)"[^>]*value="([^"]*)"', page.text))
    assert other.post(f"/e/{event.slug}/register", data=typed(event, **LINE) | hidden).status_code == 303
    assert len(rows(session)) == 1
    assert kept(session) == []
    gone = client.get(path)
    assert gone.status_code == 404
    assert "n’est plus conservé" in gone.text


def test_draft_that_becomes_a_registration_of_another_address_goes(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    later(client, event)
    token = mailed(session)[0].rpartition("/")[2]
    assert send(client, event, email="other@example.org", draft=token).status_code == 303
    assert kept(session) == []


def test_draft_kept_again_has_the_same_link_and_another_address_a_draft_of_its_own(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    later(client, event)
    token = mailed(session)[0].rpartition("/")[2]
    later(client, event, draft=token, project="Un autre projet")
    assert [one.fields["project"] for one in kept(session)] == [["Un autre projet"]]
    assert len(set(mailed(session))) == 1
    later(client, event, draft=token, email="other@example.org")
    assert [one.email for one in kept(session)] == ["ada@example.org", "other@example.org"]
    # Without the link nobody writes over what somebody else has begun.
    later(client, event, project="D’un inconnu")
    assert kept(session)[0].fields["project"][0] == "Un autre projet"


@pytest.mark.parametrize("address", ["", "nobody", "x" * 250 + "@example.org"])
def test_without_an_address_nothing_is_kept_and_all_is_shown_again(
    client: FlaskClient, make: Factory, session: Session, address: str
) -> None:
    answer = later(client, make.event(), email=address)
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert PROJECT in answer.text
    assert kept(session) == []


def test_address_that_nobody_confirmed_gets_three_mails_a_day(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    assert [later(client, event).status_code for _turn in range(4)] == [303, 303, 303, 409]
    answer = later(client, event)
    assert "reste dans ce navigateur" in answer.text
    assert PROJECT in answer.text
    assert len(mailed(session)) == len(kept(session)) == 3


def test_draft_holds_no_more_than_the_form_asks(client: FlaskClient, make: Factory, session: Session) -> None:
    strange = {
        "status": "accepted",
        "evil": "x",
        "invitation": "secret",
        "project": "a\x07b" + "é" * 9000,
        "name": "<b>🙂</b>\u202e",
    }
    assert later(client, make.event(), **strange).status_code == 303
    [draft] = kept(session)
    assert not {"status", "evil", "invitation"} & draft.fields.keys()
    assert len(draft.fields["project"][0]) == 2000
    assert "\x07" not in draft.fields["project"][0]
    assert "<b>🙂" not in client.get(mailed(session)[0]).text


def test_closed_event_keeps_no_draft_and_shows_none(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event()
    later(client, event)
    with write(session):
        event.status = EventStatus.CLOSED
    assert later(client, event).status_code == 409
    assert len(kept(session)) == 1
    assert PROJECT not in client.get(mailed(session)[0]).text


@pytest.mark.parametrize("token", ["x", "..", "é", "a" * 500])
def test_unknown_link_is_a_page_that_says_so(client: FlaskClient, make: Factory, token: str) -> None:
    answer = client.get(f"/e/{make.event().slug}/register/draft/{token}")
    assert answer.status_code == 404


def test_link_leads_into_its_own_event_alone(client: FlaskClient, make: Factory, session: Session) -> None:
    one, other = make.event(), make.event()
    later(client, one)
    token = mailed(session)[0].rpartition("/")[2]
    assert client.get(f"/e/{other.slug}/register/draft/{token}").status_code == 404


def test_draft_goes_after_thirty_days(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event()
    later(client, event)
    now = utcnow()
    assert forget_old_drafts(session, now + KEPT - timedelta(minutes=5)) == 0
    with write(session):
        kept(session)[0].updated_at = now - KEPT
    assert client.get(mailed(session)[0]).status_code == 404
    assert forget_old_drafts(session, now) == 1
    assert kept(session) == []


def test_drafts_left_are_the_latest_of_each_address_that_has_not_registered(
    app: Flask, make: Factory, session: Session
) -> None:
    event, now = make.event(), utcnow()
    with app.test_request_context():
        for number, address in enumerate(["a@example.org", "b@example.org", "a@example.org", "c@example.org"]):
            moment = now - timedelta(days=8 - number)
            keep_draft(session, event, email=address, fields={"name": [str(number)]}, language="en", now=moment)
        make.registration(event, email="c@example.org")
        left = drafts_left(session, event)
        assert [(one.email, one.fields["name"]) for one in left] == [("b@example.org", ["1"]), ("a@example.org", ["2"])]
        assert {draft_address(event, one).split("/e/")[1] for one in left} <= {
            path.removeprefix("/e/") for path in mailed(session)
        }
        assert drafts_left(session, make.event()) == []


def test_draft_is_erased_with_its_owner_under_each_address_they_had(
    app: Flask, make: Factory, session: Session
) -> None:
    event = make.event()
    me = make.registration(event, email="now@example.org", known_as=["before@example.org"])
    with app.test_request_context():
        for address in ("now@example.org", "before@example.org", "other@example.org"):
            keep_draft(session, event, email=address, fields={}, language="fr")
        erase(session, me, SYSTEM)
    assert [one.email for one in kept(session)] == ["other@example.org"]
    assert list(session.scalars(select(OutboxMail.recipient))) == ["other@example.org"]


def test_event_that_is_not_open_refuses_in_the_domain_too(app: Flask, make: Factory, session: Session) -> None:
    event = make.event(status=EventStatus.DRAFT)
    with app.test_request_context(), pytest.raises(Refused):
        keep_draft(session, event, email="a@example.org", fields={}, language="fr")


def test_who_wants_no_reminders_of_a_draft_wants_none_of_the_next(app: Flask, make: Factory, session: Session) -> None:
    event = make.event()
    with app.test_request_context():
        keep_draft(session, event, email="a@example.org", fields={}, language="fr")
        with write(session):
            kept(session)[0].no_reminders = True
        keep_draft(session, event, email="a@example.org", fields={}, language="fr")
        keep_draft(session, event, email="b@example.org", fields={}, language="fr")
    assert [one.no_reminders for one in kept(session)] == [True, True, False]
