"""What the public page, the form and the participant's own page say of places and of the waiting list."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.typed import typed
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.people import registration
from web.models import Event, Registration, utcnow


@pytest.fixture
def event(make: Factory) -> Event:
    return make.event(quotas={"company": 1, "association": 5}, accepts_at_once=True, promotes=True)


def waiting(make: Factory, event: Event, minutes: int) -> Registration:
    since = utcnow() - timedelta(minutes=minutes)
    return make.registration(event, kind="company", status="waiting", waiting_since=since)


def plain(page: str) -> str:
    return page.replace("\xa0", " ").replace("\u202f", " ")


def test_page_and_form_say_which_kind_is_full(client: FlaskClient, make: Factory, event: Event) -> None:
    for page in ("", "register"):
        assert "complet : liste" not in plain(client.get(f"/e/{event.slug}/{page}").text)
    one = make.registration(event, kind="company")
    assert plain(client.get(f"/e/{event.slug}/").text).count("complet : liste d’attente") == 1
    assert "Entreprise (complet : liste d’attente)" in plain(client.get(f"/e/{event.slug}/register").text)
    assert "full: waiting list" in client.get(f"/e/{event.slug}/register?lang=en").text
    registration.withdraw(make.session, one, SYSTEM)
    for page in ("", "register"):
        assert "complet : liste" not in plain(client.get(f"/e/{event.slug}/{page}?lang=fr").text)


def test_form_that_is_wrong_says_it_too(client: FlaskClient, make: Factory, event: Event) -> None:
    make.registration(event, kind="company")
    answer = client.post(f"/e/{event.slug}/register", data=typed(event, kind="company", email="nobody"))
    assert answer.status_code == 422
    assert "Entreprise (complet : liste d’attente)" in plain(answer.text)


def test_event_without_numbers_asks_nobody_about_them(
    client: FlaskClient, make: Factory, statements: list[str]
) -> None:
    event = make.event()
    statements.clear()
    client.get(f"/e/{event.slug}/register")
    assert not any("GROUP BY registrations.kind" in one for one in statements)


def test_who_registers_reads_whether_there_is_a_place(
    client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    page = client.post(f"/e/{event.slug}/register", data=typed(event, kind="company"), follow_redirects=True)
    assert "C’est fait : vous participez." in plain(page.text)
    other = typed(event, kind="company", submission="y" * 30, email="zoe@example.org", name="Chantiers Lys")
    page = client.post(f"/e/{event.slug}/register", data=other, follow_redirects=True)
    assert "Vous êtes en tête de la liste d’attente." in plain(page.text)
    third = typed(event, kind="company", submission="z" * 30, email="max@example.org", name="Le Fournil")
    page = client.post(f"/e/{event.slug}/register", data=third, follow_redirects=True)
    assert "Vous êtes 2e sur la liste d’attente." in plain(page.text)


@on_both_databases
def test_place_on_the_list_shows_at_once_when_others_go(client: FlaskClient, make: Factory, event: Event) -> None:
    make.registration(event, kind="company")
    first, me = waiting(make, event, 9), waiting(make, event, 5)
    address = f"/p/{make.personal_link(me)}/"
    answer = client.get(address)
    assert "Vous êtes 2e sur la liste d’attente." in plain(answer.text)
    kept = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(address, headers=kept).status_code == 304
    registration.withdraw(make.session, first, SYSTEM)
    answer = client.get(address, headers=kept)
    assert answer.status_code == 200
    assert "Vous êtes en tête de la liste d’attente." in plain(answer.text)


def test_place_that_is_given_shows_at_once(client: FlaskClient, make: Factory, event: Event) -> None:
    held, me = make.registration(event, kind="company"), waiting(make, event, 5)
    address = f"/p/{make.personal_link(me)}/"
    kept = {"If-None-Match": client.get(address).headers["ETag"]}
    registration.withdraw(make.session, held, SYSTEM)
    assert "C’est fait : vous participez." in plain(client.get(address, headers=kept).text)


def test_registration_taken_up_again_is_told_that_the_place_is_gone(
    client: FlaskClient, make: Factory, event: Event
) -> None:
    held, _other = make.registration(event, kind="company"), waiting(make, event, 5)
    address = f"/p/{make.personal_link(held)}"
    client.post(f"{address}/withdraw")
    page = client.post(f"{address}/rejoin", follow_redirects=True).text
    assert "Toutes les places sont prises : vous êtes sur liste d’attente." in plain(page)
    assert "Vous êtes en tête de la liste d’attente." in plain(page)


def test_own_form_says_which_kind_is_full_as_long_as_the_kind_may_change(
    client: FlaskClient, make: Factory, event: Event
) -> None:
    held, me = make.registration(event, kind="company"), waiting(make, event, 5)
    address = f"/p/{make.personal_link(me)}/registration"
    assert "Entreprise (complet : liste d’attente)" in plain(client.get(address).text)
    assert "complet : liste" not in plain(client.get(f"/p/{make.personal_link(held)}/registration").text)


def test_kind_that_somebody_who_waits_chooses_instead_decides_at_once(
    client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    make.registration(event, kind="company")
    me = waiting(make, event, 5)
    address = f"/p/{make.personal_link(me)}"
    sent = typed(event, kind="association", email=me.email, version=me.version)
    page = client.post(f"{address}/registration", data=sent, follow_redirects=True)
    assert "C’est fait : vous participez." in plain(page.text)
    # Whoever is accepted keeps the kind, whatever is sent.
    session.rollback()
    client.post(f"{address}/registration", data=sent | {"kind": "company", "version": me.version, "phone": "1"})
    session.rollback()
    assert (me.kind, me.status, me.phone) == ("association", "accepted", "1")
