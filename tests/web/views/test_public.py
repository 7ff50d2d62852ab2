"""The home page, an event's public page, the pages of a closed window: what a stranger sees."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.db import write
from web.domain.event.events import touch
from web.models import Event, utcnow


def move(make: Factory, event: Event, year: int) -> None:
    """Have `event` take place in `year`."""
    with write(make.session):
        for slot in event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=year), slot.ends_at.replace(year=year)


def test_home_lists_announced_events_the_next_one_first(client: FlaskClient, make: Factory) -> None:
    next_year = utcnow().year + 1
    move(make, make.event(title="Le grand rendez-vous"), next_year + 1)
    move(make, make.event(title="Le petit rendez-vous"), next_year)
    make.event(title="Brouillon caché", status="draft")
    make.event(title="Vieille histoire", status="archived")
    page = client.get("/").text
    assert page.index("Le petit rendez-vous") < page.index("Le grand rendez-vous")
    assert "Brouillon caché" not in page
    assert "Vieille histoire" not in page
    assert f"18 mars {next_year}" in page


def test_home_without_events_says_so(client: FlaskClient) -> None:
    assert "Aucun événement n’est annoncé" in client.get("/").text


def test_home_leaves_out_an_event_that_is_over(client: FlaskClient, make: Factory) -> None:
    move(make, make.event(title="Passé"), utcnow().year - 1)
    make.event(title="À venir")
    page = client.get("/").text
    assert "Passé" not in page and "À venir" in page


def test_event_page_tells_when_and_where_and_offers_a_form_for_each_kind(client: FlaskClient, make: Factory) -> None:
    event = make.event(title="Rencontres du canal", place="Salle des Fêtes", rules={"may_meet": [["a", "company"]]})
    page = client.get(f"/e/{event.slug}/").text
    for text in ("Rencontres du canal", "Salle des Fêtes", "Jeudi 18 mars 2027", "14:00", "kind=company", "kind=a"):
        assert text in page


def test_event_page_names_only_those_who_agreed_and_are_accepted(client: FlaskClient, make: Factory) -> None:
    event = make.event()
    make.registration(event, name="Nommée", publish_name=True)
    make.registration(event, name="Discrète")
    make.registration(event, name="Candidate", publish_name=True, status="pending")
    page = client.get(f"/e/{event.slug}/").text
    assert "Nommée" in page
    assert "Discrète" not in page
    assert "Candidate" not in page


def test_event_page_is_kept_for_a_moment_as_long_as_it_names_nobody(
    app: Flask, client: FlaskClient, organiser_client: FlaskClient, make: Factory
) -> None:
    event = make.event()

    def said(browser: FlaskClient) -> str:
        return browser.get(f"/e/{event.slug}/").headers["Cache-Control"]

    assert said(client) == "private, max-age=60"
    # To somebody signed in it shows that they are.
    assert said(organiser_client) == "no-store"
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("success", "Dit une fois.")]
    assert said(client) == "no-store"
    make.registration(event, publish_name=True)
    assert said(app.test_client()) == "no-store"


def test_event_page_of_a_draft_is_for_its_team(
    client: FlaskClient, organiser_client: FlaskClient, organiser: object, make: Factory
) -> None:
    event = make.event(organiser=organiser, status="draft")
    assert client.get(f"/e/{event.slug}/").status_code == 404
    assert organiser_client.get(f"/e/{event.slug}/").status_code == 200
    assert organiser_client.get(f"/e/{event.slug}/register").status_code == 200
    assert organiser_client.post(f"/e/{event.slug}/register").status_code == 409


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"status": "closed"}, "Les inscriptions sont closes"),
        ({"status": "archived"}, "Cet événement a eu lieu"),
        ({"registration_opens_at": utcnow() + timedelta(days=3)}, "Les inscriptions ouvrent le"),
        ({"registration_closes_at": utcnow() - timedelta(days=3)}, "Les inscriptions sont closes depuis le"),
    ],
)
def test_registration_outside_its_window_is_told_in_a_page(
    client: FlaskClient, make: Factory, values: dict[str, object], sentence: str
) -> None:
    event = make.event(**values)
    for answer, status in (
        (client.get(f"/e/{event.slug}/register"), 200),
        (client.post(f"/e/{event.slug}/register"), 409),
        (client.get(f"/e/{event.slug}/"), 200),
    ):
        assert answer.status_code == status
        assert sentence in answer.text


def test_registration_that_ended_with_the_last_round_says_when(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    event = make.event()
    with write(session):
        for slot in event.slots:
            slot.starts_at, slot.ends_at = (moment.replace(year=2025) for moment in (slot.starts_at, slot.ends_at))
        touch(event)
    for page in (f"/e/{event.slug}/register", f"/e/{event.slug}/"):
        assert "Les inscriptions sont closes depuis le 18 mars 2025" in client.get(page).text


def test_event_unknown_is_not_found(client: FlaskClient) -> None:
    for address in ("/e/nowhere/", "/e/nowhere/register", "/e/nowhere/lost-link"):
        assert client.get(address).status_code == 404


def test_text_of_the_organiser_is_text(client: FlaskClient, make: Factory) -> None:
    event = make.event(description="<script>alert(1)</script>", title="<b>Gras</b>")
    page = client.get(f"/e/{event.slug}/").text
    assert "<script>alert" not in page
    assert "<b>Gras" not in page
    assert "&lt;script&gt;alert(1)" in page and "&lt;b&gt;Gras" in page
