"""The page of places and targets, and what other pages of the organiser say of them."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.models import Event, Registration, User, utcnow


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def at(event: Event) -> str:
    return f"/events/{event.id}/setup/places"


def form(event: Event, association: object = "", company: object = "", **values: Any) -> dict[str, Any]:
    return {
        "version": event.version,
        "places-0-kind": "association",
        "places-0-number": association,
        "places-1-kind": "company",
        "places-1-number": company,
    } | values


def text_of(page: str) -> str:
    return page.replace("\xa0", " ").replace("\u202f", " ")


def test_places_are_stored_and_shown(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    answer = organiser_client.post(at(event), data=form(event, 12, "", accepts_at_once="y", promotes="y"))
    assert answer.status_code == 302
    session.rollback()
    assert event.quotas == {"association": 12}
    assert (event.accepts_at_once, event.promotes) == (True, True)
    page = organiser_client.get(at(event)).text
    assert 'value="12"' in page and "sans limite" in page


@pytest.mark.parametrize("number", ["-1", "5001", "douze", "1e3", "9" * 400, "<b>", "١٢x", "🎉"])
def test_number_that_cannot_be_is_told_beside_the_field(
    organiser_client: FlaskClient, event: Event, session: Session, number: str
) -> None:
    answer = organiser_client.post(at(event), data=form(event, number, 3))
    assert answer.status_code == 422
    assert 'id="places-0-number-error"' in answer.text
    session.rollback()
    assert event.quotas == {}


def test_kind_that_the_event_does_not_know_is_passed_over(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    values = {"places-7-kind": "<script>", "places-7-number": "4", "places-1-kind": "martian"}
    assert organiser_client.post(at(event), data=form(event, 2, 3) | values).status_code == 302
    session.rollback()
    assert event.quotas == {"association": 2}


def test_empty_form_of_an_older_page_replaces_nothing(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    older = form(event, 2)
    assert organiser_client.post(at(event), data=form(event, 5)).status_code == 302
    answer = organiser_client.post(at(event), data=older)
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a enregistré" in answer.text
    session.rollback()
    assert event.quotas == {"association": 5}
    assert organiser_client.post(at(event), data={"accepts_at_once": "y"}).status_code == 409


def test_more_places_are_given_once_the_organiser_has_confirmed(
    organiser_client: FlaskClient, event: Event, session: Session, make: Factory
) -> None:
    organiser_client.post(at(event), data=form(event, 0, promotes="y"))
    session.rollback()
    one = make.registration(event, status="waiting", name="Le Fournil")
    answer = organiser_client.post(at(event), data=form(event, 1, promotes="y"))
    assert answer.status_code == 409
    assert "Le Fournil" in answer.text and 'name="confirmed"' in answer.text
    session.rollback()
    assert one.status == "waiting"
    answer = organiser_client.post(at(event), data=form(event, 1, promotes="y", confirmed="yes"), follow_redirects=True)
    assert "1 organisation de la liste d’attente a maintenant une place" in answer.text
    session.rollback()
    assert one.status == "accepted"


def test_targets_are_added_changed_and_removed(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    new = {"new-0-share": "33", "new-0-kind": "company", "new-0-among": ["size:tpe", "size:pme", "zone:nowhere"]}
    assert organiser_client.post(at(event), data=form(event) | new).status_code == 302
    session.rollback()
    assert event.targets == [{"share": 33, "kind": "company", "among": ["size:tpe", "size:pme"]}]
    page = text_of(organiser_client.get(at(event)).text)
    assert "Entreprise – au moins 33 % : très petite entreprise (TPE), petite ou moyenne entreprise (PME)" in page
    assert "0 sur 0 acceptés : 0 %" in page and "pas encore atteint" in page
    gone = {
        "targets-0-share": "33",
        "targets-0-kind": "company",
        "targets-0-among": "size:tpe",
        "targets-0-remove": "y",
    }
    assert organiser_client.post(at(event), data=form(event) | gone).status_code == 302
    session.rollback()
    assert event.targets == []


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({"new-0-share": "33"}, "Cochez les tailles ou les lieux qui comptent."),
        ({"new-0-among": "size:tpe"}, "Indiquez combien pour cent il en faut."),
        ({"new-0-share": "101", "new-0-among": "size:tpe"}, "Indiquez un nombre de 1 à 100."),
    ],
)
def test_half_a_target_is_told_and_kept(
    organiser_client: FlaskClient, event: Event, session: Session, new: dict[str, str], sentence: str
) -> None:
    answer = organiser_client.post(at(event), data=form(event, 4) | new)
    assert answer.status_code == 422
    assert sentence in text_of(answer.text)
    assert 'value="4"' in answer.text
    session.rollback()
    assert (event.targets, event.quotas) == ([], {})


def test_places_of_an_archived_event_are_not_changed(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser, status="archived")
    assert organiser_client.post(at(event), data=form(event, 4)).status_code == 409
    session.rollback()
    assert event.quotas == {}


def full(make: Factory, organiser: User, **values: Any) -> tuple[Event, Registration, Registration]:
    """An event with one place for a company, which is taken, and one that waits."""
    event = make.event(organiser, quotas={"company": 1}, **values)
    held = make.registration(event, kind="company", name="Nord Numérique")
    since = utcnow() - timedelta(hours=1)
    return event, held, make.registration(event, kind="company", status="waiting", waiting_since=since, name="Fournil")


def test_list_and_overview_tell_the_places(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event, _held, one = full(make, organiser)
    page = text_of(organiser_client.get(f"/events/{event.id}/participants/").text)
    assert "<strong>1 / 1</strong> (complet, 1 en attente)" in page
    assert "n° 1" in page
    assert "n° 1" in text_of(organiser_client.get(f"/events/{event.id}/participants/{one.id}/").text)
    assert "Places : Entreprise" in text_of(organiser_client.get(f"/events/{event.id}/").text)


def test_list_by_who_waits_longest(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event, _held, _one = full(make, organiser)
    longer = utcnow() - timedelta(hours=5)
    make.registration(event, kind="company", status="waiting", waiting_since=longer, name="Zinc et Cie")
    page = organiser_client.get(f"/events/{event.id}/participants/?sort=waiting").text
    assert page.index("Zinc et Cie") < page.index("Fournil") < page.index("Nord Numérique")


def test_accepting_beyond_the_number_says_what_to_do(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event, _held, one = full(make, organiser)
    answer = organiser_client.post(
        f"/events/{event.id}/participants/decide", data={"ids": one.id, "decision": "accept"}, follow_redirects=True
    )
    assert "La seule place pour ce type (entreprise) est prise. Augmentez le nombre de places" in answer.text
    session.rollback()
    assert one.status == "waiting"


def test_adding_beyond_the_number_is_told_beside_the_kind(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event, _held, _one = full(make, organiser)
    data = {"kind": "company", "name": "Une de trop", "delegates": 1, "min_meetings": 0, "boost": 0, "language": "fr"}
    data |= {"size": "", "zone": "", "home_table": 0, "presence": ["s1"]}
    answer = organiser_client.post(f"/events/{event.id}/participants/new", data=data)
    assert answer.status_code == 422
    assert 'id="kind-error"' in answer.text and "Une de trop" in answer.text


def test_free_place_that_somebody_waits_for_is_shown_after_the_publication(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    from web.domain.audit import SYSTEM
    from web.domain.people import registration
    from web.domain.timetable.publishing import publish

    event, held, one = full(make, organiser, promotes=True)
    assert "Voir qui attend" not in organiser_client.get(f"/events/{event.id}/").text
    publish(session, make.schedule(event), SYSTEM)
    registration.withdraw(session, held, SYSTEM)
    page = text_of(organiser_client.get(f"/events/{event.id}/").text)
    assert "une place est libre, et 1 organisation attend" in page and "Voir qui attend" in page
    assert "Ni l’un ni l’autre ne se fait plus" in organiser_client.get(at(event)).text
    registration.accept(session, one, SYSTEM)
    page = text_of(organiser_client.get(f"/events/{event.id}/").text)
    assert "Voir qui attend" not in page and "n’a pas encore d’agenda" in page
