"""Why not, what would it take, what is one more worth: the answers on the pages of a timetable."""

from importlib import import_module
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from scheduler.whatif import whatif
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import import_event
from web.domain.timetable import solving as scheduling
from web.domain.timetable.versions import store_version
from web.models import Event, Registration, ScheduleVersion, User

HTMX = {"HX-Request": "true"}


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    """One association that wishes three companies, and two rounds."""
    event = make.event(organiser, slots=2)
    one = make.registration(event, name="Les Jardins du Canal")
    companies = [make.registration(event, kind="company", name=f"Fournil {i}") for i in range(3)]
    make.wishes(one, companies)
    return event


@pytest.fixture
def version(session: Session, event: Event) -> ScheduleVersion:
    return scheduling.compute_now(session, event, SYSTEM, 10.0)


def gardens(event: Event) -> Registration:
    return next(one for one in event.registrations if one.name == "Les Jardins du Canal")


def unmet(event: Event, version: ScheduleVersion) -> Registration:
    """The company that the association does not meet."""
    [missed] = [one for one in scheduling.why_not(version, gardens(event).key, "fr").unmet if one.wish]
    return next(one for one in event.registrations if one.key == missed.partner)


def address(event: Event, version: ScheduleVersion, page: str = "quality") -> str:
    return f"/events/{event.id}/schedule/{version.id}/{page}"


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_quality_page_asks_for_the_answers_later_and_has_a_link_to_them(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    text = organiser_client.get(address(event, version)).text
    assert f'hx-get="{address(event, version, "quality/answers")}"' in text
    assert f'href="{address(event, version)}?answers=1#answers"' in text
    assert 'role="status"' in text
    assert "Ce qu’il faudrait" not in text


@pytest.mark.parametrize("page", ["quality/answers", "quality?answers=1"])
def test_answers_tell_why_not_what_it_would_take_and_what_one_more_is_worth(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion, page: str
) -> None:
    text = plain(organiser_client.get(address(event, version, page)).text)
    missed = unmet(event, version)
    assert f"ne rencontre pas {missed.name}" in text
    assert "Les Jardins du Canal a déjà un agenda complet (2 rendez-vous)" in text
    assert "Si on l’impose : valeur" in text
    assert "Un créneau de plus vaut :" in text and "souhait exaucé" in text
    assert f'href="/events/{event.id}/schedule/capacity?compute=1"' in text
    assert f"participants/{gardens(event).key}/why-not" in text


def test_what_one_more_is_worth_is_computed_once_for_all_who_ask(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, computed = import_module("scheduler.whatif"), []

    def counted(*asked: Any) -> Any:
        computed.append(asked)
        return whatif(*asked)

    monkeypatch.setattr(module, "whatif", counted)
    first, second = (organiser_client.get(address(event, version, "quality/answers")).text for _ in range(2))
    assert first == second
    assert len(computed) == 1


def test_answers_are_complete_in_english(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    text = organiser_client.get(address(event, version, "quality/answers?lang=en")).text
    for sentence in ("Why not", "What would it take", "If forced: value", "One more round is worth:", "wish honoured"):
        assert sentence in text
    assert "Pourquoi" not in text and "souhait" not in text


def test_one_wish_is_explained_alone_for_htmx_and_on_the_page_without(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    page = address(event, version, f"participants/{gardens(event).key}/")
    asked = {"partner": unmet(event, version).key}
    assert f"why-not?partner={asked['partner']}" in organiser_client.get(page).text
    alone = organiser_client.get(f"{page}why-not", query_string=asked, headers=HTMX).text
    whole = organiser_client.get(f"{page}why-not", query_string=asked).text
    for text in (alone, whole):
        assert "Si on l’impose" in text
    assert "<html" not in alone and "<html" in whole
    assert f'<option value="{asked["partner"]}" selected>' in whole


def test_two_who_meet_are_told_to(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    met = next(one for one in event.registrations if one.kind == "company" and one != unmet(event, version))
    page = address(event, version, f"participants/{gardens(event).key}/why-not?partner={met.key}")
    assert "Ces deux-là se rencontrent" in organiser_client.get(page).text
    assert "Ces deux-là se rencontrent" in organiser_client.get(page, headers=HTMX).text


def test_what_no_timetable_could_hold_says_that_nothing_would_help(
    organiser_client: FlaskClient, make: Factory, event: Event, version: ScheduleVersion
) -> None:
    companies = [one.key for one in event.registrations if one.kind == "company"]
    page = address(event, version, f"participants/{companies[0]}/why-not?partner={companies[1]}")
    text = organiser_client.get(page, headers=HTMX).text
    assert "ne prévoit pas de rendez-vous entre ces catégories" in text
    assert "Rien n’y ferait" in text


def test_answers_about_what_does_not_exist_are_not_found(
    organiser_client: FlaskClient, make: Factory, event: Event, version: ScheduleVersion
) -> None:
    foreign = make.event()
    other = make.schedule(foreign)
    for page in (
        address(event, version, "participants/nobody/why-not"),
        address(event, version, f"participants/{gardens(event).key}/why-not?partner=nobody"),
        f"/events/{event.id}/schedule/999999/quality/answers",
        f"/events/{event.id}/schedule/{other.id}/quality/answers",
        f"/events/{foreign.id}/schedule/{other.id}/quality/answers",
    ):
        assert organiser_client.get(page).status_code == 404, page


def test_answers_are_not_for_a_stranger(client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    for page in ("quality/answers", "quality?answers=1", f"participants/{gardens(event).key}/why-not"):
        assert client.get(address(event, version, page)).status_code == 302


def test_cells_of_both_grids_lead_to_agendas_and_rows_to_why_not(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    people = organiser_client.get(address(event, version, "")).text
    for one in event.registrations:
        assert f'href="{address(event, version, f"participants/{one.key}/")}why-not"' in people
    assert people.count('<a class="who"') == 4
    assert organiser_client.get(address(event, version, "tables")).text.count('<a class="who one-line"') == 4


def test_capacity_shows_waits_and_marks_what_is_now(organiser_client: FlaskClient, event: Event) -> None:
    text = plain(organiser_client.get(f"/events/{event.id}/schedule/capacity?compute=1").text)
    assert text.count("number here") == 1
    assert "attente" in text
    assert "Un créneau de plus vaut :" in text
    # A sentence first: what can go, or that nothing can.
    assert "Vous pouvez vous passer de" in text or "Il vous faut toutes les tables" in text


def test_event_without_a_limit_of_tables_says_so(
    organiser_client: FlaskClient, session: Session, organiser: User
) -> None:
    value = sample_event(6, 4, 4, 3)
    people = tuple(one.model_copy(update={"home_table": None, "requires": ()}) for one in value.participants)
    value = value.model_copy(update={"tables": (), "participants": people})
    event = import_event(session, value, organiser.id, Actor.of_user(organiser))
    with write(session):
        version = store_version(session, event.id, value, solve(value, SolveOptions(time_limit=10, seed=1)))
    text = organiser_client.get(address(event, version, "quality/answers")).text
    assert "Le nombre de tables n’est pas limité" in text


def test_large_event_is_answered_only_when_asked(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.views.organiser.schedule.ANSWERED_AT_ONCE", 2)
    text = organiser_client.get(address(event, version)).text
    assert "hx-trigger" not in text and "?answers=1#answers" in text


def test_an_impossible_event_is_told_in_short(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser, slots=2)
    one = make.registration(event, name="Les Jardins du Canal")
    for name in ("Atelier Nord", "Fournil Dubois", "Papeterie Lys"):
        make.rule(event, one, make.registration(event, kind="company", name=name))
    page = f"/events/{event.id}/schedule/compute/"
    answer = organiser_client.post(page, data={"time_limit": "20"}, follow_redirects=True)
    told = "3 rendez-vous imposés pour Les Jardins du Canal, mais seulement 2 créneaux possibles"
    assert f"En bref : {told}" in plain(answer.text)
    english = organiser_client.get(f"{page}?lang=en").text
    assert "In short: 3 required meetings of Les Jardins du Canal, but only 2 rounds for them" in english
