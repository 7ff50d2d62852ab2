"""Duplicates and shared people on the organiser's pages: told where they are met, decided, merged."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.db import write
from web.models import Colleague, DistinctPair, Event, Registration, User


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


@pytest.fixture
def twice(make: Factory, event: Event) -> tuple[Registration, Registration]:
    """One organisation, registered by two of its people."""
    return (
        make.registration(event, name="Les Colibris", contact_name="Ada Ferrand", email="ada@example.org"),
        make.registration(
            event,
            name="Association Les Colibris",
            contact_name="Bo Lang",
            email="bo@example.org",
            status="pending",
            phone="01 02 03 04 05",
        ),
    )


@pytest.fixture
def shared(make: Factory, event: Event) -> tuple[Registration, Registration]:
    """Two organisations for which one person comes."""
    return (
        make.registration(event, name="Foyer rural", contact_name="Naïma Dupont"),
        make.registration(event, name="Le Verger", contact_name="Dupont Naima"),
    )


def address(event: Event, rest: str = "") -> str:
    return f"/events/{event.id}/participants/{rest}"


def text_of(client: FlaskClient, where: str) -> str:
    page = client.get(where)
    assert page.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", page.text))


def pages(event: Event, one: Registration) -> list[str]:
    """Where an organiser meets it."""
    return [address(event, "doubles"), address(event, f"{one.id}/"), f"/events/{event.id}/schedule/compute/"]


def test_list_flags_who_looks_like_one_before_accepting(
    organiser_client: FlaskClient, event: Event, twice: object, shared: object, make: Factory
) -> None:
    make.registration(event, name="Briques et Lattes", contact_name="Cy Roux")
    text = text_of(organiser_client, address(event))
    assert "1 organisation semble inscrite deux fois." in text
    assert "1 personne semble venir pour plusieurs organisations." in text
    assert (text.count("inscrite deux fois ?"), text.count("même personne ?")) == (2, 2)


def test_colleague_for_two_organisations_is_told_by_name(
    organiser_client: FlaskClient, event: Event, make: Factory, session: Session
) -> None:
    make.registration(event, name="La Mare", contact_name="Naïma Dupont", email="naima@example.org")
    one = make.registration(event, name="Le Verger", contact_name="Cy Roux")
    with write(session):
        session.add(Colleague(registration_id=one.id, name="N. Dupont <b>", email="naima@example.org"))
    said = (
        "Une même personne semble venir pour La Mare et Le Verger : adresse électronique d’un collègue (N. Dupont <b>)."
    )
    for page in pages(event, one):
        assert said in re.sub(r"</?(a|strong)\b[^>]*>", "", text_of(organiser_client, page))
        assert "N. Dupont &lt;b&gt;" in organiser_client.get(page).text
    assert text_of(organiser_client, address(event)).count("même personne ?") == 2


def test_list_without_doubles_says_nothing(organiser_client: FlaskClient, event: Event, make: Factory) -> None:
    make.registration(event, contact_name="Cy Roux")
    text = text_of(organiser_client, address(event))
    assert "deux fois" not in text
    assert "doublons" not in text
    assert "Rien" in text_of(organiser_client, address(event, "doubles"))


def test_list_with_doubles_needs_as_many_queries_for_thirty_as_for_two(
    app: Flask, organiser_client: FlaskClient, event: Event, shared: object, make: Factory
) -> None:
    few = count_queries(app, organiser_client, address(event))
    for _turn in range(28):
        one = make.registration(event, name="Foyer rural", contact_name="Naïma Dupont")
        with write(make.session):
            make.session.add(Colleague(registration_id=one.id, name="Ada", email="ada@example.org"))
    assert count_queries(app, organiser_client, address(event)) == few


@pytest.mark.parametrize("place", range(3))
def test_one_person_is_told_and_never_placed_at_once_and_taken_back(
    organiser_client: FlaskClient,
    session: Session,
    event: Event,
    shared: tuple[Registration, Registration],
    place: int,
) -> None:
    one, other = shared
    page = pages(event, one)[place]
    said = "Une même personne semble venir pour"
    assert said in text_of(organiser_client, page)
    back = ["", str(one.id), "compute"][place]
    choice = {"ids": [one.id, other.id], "decision": "never_at_once", "back": back}
    answer = organiser_client.post(address(event, "doubles"), data=choice, follow_redirects=True)
    assert answer.request.path == page
    assert "jamais de rendez-vous en même temps" in html.unescape(answer.text)
    session.rollback()
    assert event.rules["same_person"] == [[one.key, other.key]]
    assert said not in text_of(organiser_client, page)
    assert "ne sont jamais placées en même temps" in text_of(organiser_client, address(event, f"{other.id}/"))
    # The rules' page has it too.
    assert "Foyer rural; Le Verger" in text_of(organiser_client, f"/events/{event.id}/setup/rules")
    organiser_client.post(address(event, "doubles"), data=choice | {"decision": "at_once"})
    assert said in text_of(organiser_client, page)


def test_computing_tells_of_accepted_ones_alone(
    organiser_client: FlaskClient, event: Event, twice: object, make: Factory
) -> None:
    assert "une seule organisation" not in text_of(organiser_client, f"/events/{event.id}/schedule/compute/")
    make.registration(event, name="Colibris")
    assert "une seule organisation" in text_of(organiser_client, f"/events/{event.id}/schedule/compute/")


def test_word_that_they_are_two_is_kept_and_taken_back(
    organiser_client: FlaskClient, session: Session, event: Event, twice: tuple[Registration, Registration]
) -> None:
    ids = [one.id for one in twice]
    for decision, count in (("two_organisations", 1), ("perhaps_one", 0), ("two_people", 1), ("perhaps_one_person", 0)):
        organiser_client.post(address(event, "doubles"), data={"ids": ids, "decision": decision, "back": ""})
        session.rollback()
        assert session.query(DistinctPair).count() == count, decision
        told = "inscrite deux fois" in text_of(organiser_client, address(event))
        assert told == (decision != "two_organisations")


@pytest.mark.parametrize(
    "data",
    [{}, {"decision": "nonsense", "ids": [1, 2]}, {"decision": "never_at_once", "ids": ["x", "y"]}],
)
def test_decision_without_sense_is_answered_with_a_sentence(
    organiser_client: FlaskClient, session: Session, event: Event, data: dict[str, object]
) -> None:
    answer = organiser_client.post(address(event, "doubles"), data=data, follow_redirects=True)
    assert "Choisissez ce qui vaut" in html.unescape(answer.text)
    session.rollback()
    assert "same_person" not in event.rules


@pytest.mark.parametrize("decision", ["never_at_once", "two_people"])
def test_decision_on_who_is_gone_is_answered_with_a_sentence(
    organiser_client: FlaskClient, event: Event, decision: str
) -> None:
    answer = organiser_client.post(address(event, "doubles"), data={"ids": [99_998, 99_999], "decision": decision})
    assert answer.status_code == 404
    assert "ne sont plus là" in html.unescape(answer.text)


def comparison(event: Event, one: Registration, other: Registration) -> str:
    return address(event, f"{one.id}/merge/{other.id}")


def sent(one: Registration, other: Registration, **more: object) -> dict[str, object]:
    return {"kept_version": one.version, "double_version": other.version} | more


def test_comparison_says_what_becomes_of_each(
    organiser_client: FlaskClient, make: Factory, event: Event, twice: tuple[Registration, Registration]
) -> None:
    one, other = twice
    c, d = (make.registration(event, kind="company", name=name) for name in ("Fournil Dubois", "Imprimerie Lys"))
    make.wishes(one, [c])
    make.wishes(other, [d])
    make.wishes(c, [other])
    for where in (comparison(event, one, other), comparison(event, other, one)):
        text = text_of(organiser_client, where)
        assert text.index("Les Colibris") < text.index("Association Les Colibris")
        assert "Fournil Dubois, Imprimerie Lys" in text
        assert "1 souhait d’un autre participant" in text
        assert "ada@example.org, bo@example.org" in text
        assert re.search(r'name="phone" value="double"[^>]* checked', text)
        assert re.search(r'name="name" value="kept"[^>]* checked', text)
        assert "C’est définitif" in text


def test_merge_keeps_what_was_chosen(
    organiser_client: FlaskClient, session: Session, event: Event, twice: tuple[Registration, Registration]
) -> None:
    one, other = twice
    data = sent(one, other, contact_name="double", name="kept", phone="double")
    answer = organiser_client.post(comparison(event, one, other), data=data, follow_redirects=True)
    assert answer.request.path == address(event, f"{one.id}/")
    assert "n’a plus qu’une inscription" in html.unescape(answer.text)
    session.rollback()
    kept = session.query(Registration).one()
    assert (kept.name, kept.contact_name, kept.phone) == ("Les Colibris", "Bo Lang", "01 02 03 04 05")


def test_merge_of_what_has_changed_since_is_shown_again_with_what_was_chosen(
    organiser_client: FlaskClient,
    make: Factory,
    session: Session,
    event: Event,
    twice: tuple[Registration, Registration],
) -> None:
    one, other = twice
    data = sent(one, other, contact_name="double")
    one.phone = "09 08 07 06 05"
    session.commit()
    answer = organiser_client.post(comparison(event, one, other), data=data)
    assert answer.status_code == 409
    text = html.unescape(answer.text)
    assert "a changé entre-temps" in text
    assert re.search(r'name="contact_name" value="double"[^>]* checked', text)
    session.rollback()
    assert session.query(Registration).count() == 2


def test_merge_whose_numbers_do_not_go_together_is_refused_with_a_sentence(
    organiser_client: FlaskClient, make: Factory, session: Session, event: Event
) -> None:
    one = make.registration(event, name="Les Colibris", min_meetings=4)
    other = make.registration(event, name="Colibris", max_meetings=2)
    answer = organiser_client.post(comparison(event, one, other), data=sent(one, other, max_meetings="double"))
    assert answer.status_code == 409
    assert "dépasserait le maximum" in html.unescape(answer.text)


def test_pages_are_the_organisers_alone(
    client: FlaskClient, make: Factory, event: Event, twice: tuple[Registration, Registration]
) -> None:
    stranger = client
    assert stranger.get(address(event, "doubles")).status_code in (302, 303)
    other = make.user()
    make.event(other)
    sign_in(stranger, other)
    one, two = twice
    assert stranger.get(address(event, "doubles")).status_code == 404
    assert stranger.get(comparison(event, one, two)).status_code == 404
    assert stranger.post(comparison(event, one, two), data={}).status_code == 404


def test_merge_with_somebody_of_another_event_is_not_found(
    organiser_client: FlaskClient, make: Factory, event: Event, twice: tuple[Registration, Registration]
) -> None:
    stranger = make.registration(make.event())
    assert organiser_client.get(comparison(event, twice[0], stranger)).status_code == 404
    assert organiser_client.get(comparison(event, twice[0], twice[0])).status_code == 404
