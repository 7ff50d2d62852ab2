"""The organiser's events: list, creation with its grid of rounds, overview, copy, states, description and rules."""

import html
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.support.typed import creation
from tests.web.announced import plain
from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.db import write
from web.domain.errors import Faults
from web.domain.event.files import event_document
from web.domain.event.slots import Pause, Plan, days_of, slot_times
from web.models import AuditEntry, Event, EventStatus, Registration, RegistrationStatus, Role, User, utcnow


def only_event(session: Session) -> Event:
    session.rollback()
    return session.query(Event).one()


def test_event_is_created_with_its_grid_tables_and_rules(organiser_client: FlaskClient, session: Session) -> None:
    answer = organiser_client.post("/events/new", data=creation())
    event = only_event(session)
    assert answer.location == f"/events/{event.id}/"
    assert [slot.starts_at.strftime("%H:%M") for slot in event.slots] == ["14:00", "14:08", "14:29", "14:37"]
    assert [table.name for table in event.tables] == ["Table 1", "Table 2", "Table 3", "Le salon"]
    assert event.status == EventStatus.DRAFT
    # Typed as wall-clock time in Paris, kept as a moment.
    assert event.registration_opens_at is not None
    assert event.registration_opens_at.hour == 7
    assert event.rules["coverage"] == [40, 25]
    assert [member.role for member in event.members] == [Role.ORGANISER]
    assert session.query(AuditEntry).filter_by(action="event.create", event_id=event.id).count() == 1


def test_event_created_has_its_minimum_and_maximum_for_all(
    organiser_client: FlaskClient, session: Session, make: Factory
) -> None:
    organiser_client.post("/events/new", data=creation())
    event = only_event(session)
    make.registration(event, key="a1")
    make.registration(event, kind="company", key="c1", max_meetings=1)
    limits = {
        one["id"]: (one["min_meetings"], one["max_meetings"]) for one in event_document(session, event)["participants"]
    }
    assert limits == {"a1": (2, 8), "c1": (1, 1)}


def test_faults_keep_everything_that_was_typed(organiser_client: FlaskClient, session: Session) -> None:
    answer = organiser_client.post("/events/new", data=creation(title="", rounds="abc", place="Au fond du jardin"))
    assert answer.status_code == 422
    assert "Donnez un nom à l’événement." in answer.text
    assert 'value="Au fond du jardin"' in answer.text
    assert 'value="abc"' in answer.text
    assert "1..3, Le salon" in answer.text
    assert session.query(Event).count() == 0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"start": "23:30", "rounds": "99"}, "après midi le lendemain"),
        ({"coffee_after": "9"}, "vient trop tard"),
        ({"lunch_after": "2", "lunch_minutes": "60"}, "Deux pauses suivent le même créneau"),
        ({"lunch_after": "1", "lunch_minutes": ""}, "Une pause demande les deux"),
        ({"registration_closes_at": "2027-01-09T08:00"}, "finissent avant de commencer"),
        ({"coverage": "10, 40"}, "ne doivent pas augmenter"),
        ({"coverage": "beaucoup"}, "nombres entiers"),
        ({"max_meetings": "1"}, "moins que le minimum"),
        ({"tables": "9..1"}, "n’est pas une suite"),
        ({"tables": "A, A"}, "figure deux fois"),
        ({"timezone": "Mars/Olympus"}, "Fuseau horaire"),
        ({"day": "0027-03-18"}, "une année"),
    ],
)
def test_what_cannot_be_is_told_in_words(
    organiser_client: FlaskClient, session: Session, values: dict[str, str], sentence: str
) -> None:
    answer = organiser_client.post("/events/new", data=creation(**values))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert session.query(Event).count() == 0


def test_preview_without_scripts_shows_the_grid_and_stores_nothing(
    organiser_client: FlaskClient, session: Session
) -> None:
    answer = organiser_client.post("/events/new", data=creation(preview="yes", title=""))
    assert answer.status_code == 200
    assert "14:29" in answer.text
    assert "Pause de 15" in answer.text
    assert session.query(Event).count() == 0


def test_grid_is_shown_as_one_types(organiser_client: FlaskClient) -> None:
    answer = organiser_client.get("/events/new/grid", query_string=creation())
    assert "14:37" in answer.text
    assert "<html" not in answer.text
    unfinished = organiser_client.get("/events/new/grid", query_string=creation(start="", rounds="-3"))
    assert unfinished.status_code == 200
    assert "Saisissez l’heure" in unfinished.text


def test_lunch_parts_the_day_in_two_sessions(app: Flask) -> None:
    plan = Plan((date(2027, 3, 18), date(2027, 3, 19)), time(9), 10, 5, 3, (Pause(2, 60, lunch=True),))
    with app.test_request_context("/?lang=fr"):
        times = slot_times(plan)
    assert [one.session for one in times] == ["matin", "matin", "après-midi"] * 2
    first = days_of(times)[0]
    assert [len(stretch.slots) for stretch in first.stretches] == [2, 1]
    assert first.end == datetime(2027, 3, 18, 10, 35)


def test_grid_of_too_many_rounds_is_refused(app: Flask) -> None:
    plan = Plan(tuple(date(2027, 3, day) for day in range(1, 10)), time(9), 1, 0, 120)
    with app.test_request_context("/"), pytest.raises(Faults, match="rounds"):
        slot_times(plan)


def test_list_shows_ones_own_events_with_counts(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser, title="Le nôtre")
    make.registration(event, status="pending")
    make.registration(event)
    make.event(make.user(), title="Celui des autres")
    make.event(organiser, title="Vieux", status="archived")
    text = organiser_client.get("/events/").text
    assert "Le nôtre" in text
    assert "Celui des autres" not in text
    assert "Archives" in text


def test_list_begins_with_what_comes_next_and_ends_with_what_was_long_ago(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    today = datetime.now(ZoneInfo("Europe/Paris")).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    days = {"Naguère": -2, "Un jour": None, "Plus tard": 40, "Jadis": -400, "Bientôt": 2}
    for title, day in days.items():
        event = make.event(organiser, title=title, slots=0 if day is None else 1)
        with write(session):
            for slot in event.slots:
                slot.starts_at, slot.ends_at = (today + timedelta(days=day or 0, minutes=end) for end in (0, 6))
    text = organiser_client.get("/events/").text
    cards = text.split('<div class="card-top">')[1:]
    found = [(re.findall(r'<h2><a href="[^"]*">([^<]*)</a>', card), ">passé<" in card) for card in cards]
    assert found == [
        (["Bientôt"], False),
        (["Plus tard"], False),
        (["Un jour"], False),
        (["Naguère"], True),
        (["Jadis"], True),
    ]


def test_registration_is_called_open_only_where_somebody_can_register(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    """An event that its team left open takes nobody any more after its last round."""
    held, coming = make.event(organiser, title="Naguère"), utcnow() + timedelta(days=2)
    with write(session):
        for slot in held.slots:
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=2025), slot.ends_at.replace(year=2025)
    events = {
        "inscriptions terminées": [held, make.event(organiser, registration_closes_at=utcnow())],
        "inscriptions pas encore ouvertes": [make.event(organiser, registration_opens_at=coming)],
        "inscriptions ouvertes": [make.event(organiser), make.event(organiser, slots=0)],
        "inscriptions fermées": [make.event(organiser, status="closed", registration_opens_at=coming)],
        "en préparation": [make.event(organiser, status="draft", registration_closes_at=utcnow())],
    }
    cards = organiser_client.get("/events/").text.split('<div class="card-top">')[1:]
    for words, those in events.items():
        for event in those:
            [card] = (card for card in cards if f">{event.title}<" in card)
            for text in (card, organiser_client.get(f"/events/{event.id}/").text):
                assert [one for one in events if f">{one}<" in text] == [words]


def test_opening_says_what_it_comes_to(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    now = utcnow()
    for told, moments in {
        "Les inscriptions sont ouvertes.": {},
        "Les inscriptions ouvrent le ": {"registration_opens_at": now + timedelta(days=2)},
        "Personne ne peut s’inscrire : c’était possible jusqu’au ": {"registration_closes_at": now},
    }.items():
        event = make.event(organiser, status="closed", **moments)
        page = organiser_client.post(f"/events/{event.id}/status", data={"status": "open"}, follow_redirects=True)
        assert told.replace(" :", "\u00a0:") in html.unescape(page.text)


def test_list_needs_as_many_queries_for_ten_events_as_for_one(
    app: Flask, organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    make.registration(make.event(organiser))
    few = count_queries(app, organiser_client, "/events/")
    for _turn in range(9):
        make.registration(make.event(organiser))
    assert count_queries(app, organiser_client, "/events/") == few


def test_desk_sees_the_event_in_the_list_and_not_its_overview(app: Flask, client: FlaskClient, make: Factory) -> None:
    user = make.user()
    event = make.event(title="Au comptoir")
    make.member(event, user, Role.DESK)
    sign_in(client, user)
    assert "Au comptoir" in client.get("/events/").text
    assert client.get(f"/events/{event.id}/").status_code == 403


def test_stranger_finds_no_event(client: FlaskClient, make: Factory) -> None:
    event = make.event(make.user())
    sign_in(client, make.user())
    assert client.get(f"/events/{event.id}/").status_code == 404
    assert client.post(f"/events/{event.id}/status", data={"status": "archived"}).status_code == 404


def test_overview_says_what_is_next(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser, status="draft")
    text = organiser_client.get(f"/events/{event.id}/").text
    assert text.count('aria-current="step"') == 1
    assert 'value="open"' in text
    assert f"/e/{event.slug}/" in text
    organiser_client.post(f"/events/{event.id}/status", data={"status": "open"})
    make.registration(event, status="pending")
    assert "1 inscription attend votre décision" in organiser_client.get(f"/events/{event.id}/").text


def test_registration_is_opened_closed_archived_and_taken_out_again(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser, status="draft")
    for wanted in ("open", "closed", "archived", "closed"):
        organiser_client.post(f"/events/{event.id}/status", data={"status": wanted})
        assert only_event(session).status == wanted
    assert organiser_client.post(f"/events/{event.id}/status", data={"status": "draft"}).status_code == 409
    organiser_client.post(f"/events/{event.id}/status", data={"status": "nonsense"})
    assert only_event(session).status == "closed"


def test_registration_without_rounds_is_not_opened(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser, status="draft", slots=0)
    answer = organiser_client.post(f"/events/{event.id}/status", data={"status": "open"})
    assert answer.status_code == 409
    assert "Ajoutez d’abord des créneaux" in answer.text


def test_copy_moves_the_rounds_and_takes_the_pool_along(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, home_table_id=event.tables[1].id, absences=["2027-03-18T08:00/2027-03-18T14:06"])
    make.registration(event, status="declined")
    make.personal_link(one)
    data = {"title": "L’an prochain", "day": "2028-03-16", "with_pool": "y"}
    answer = organiser_client.post(f"/events/{event.id}/duplicate", data=data)
    session.rollback()
    copy = session.query(Event).filter_by(title="L’an prochain").one()
    assert answer.location == f"/events/{copy.id}/"
    assert copy.slots[0].starts_at == datetime(2028, 3, 16, 14, 0)
    assert copy.status == EventStatus.DRAFT
    [pooled] = copy.registrations
    assert (pooled.name, pooled.status) == (one.name, RegistrationStatus.PENDING)
    assert (pooled.token_hash, pooled.consented_at, pooled.absences) == (None, None, [])
    assert pooled.home_table is not None
    assert pooled.home_table.event_id == copy.id


def test_copy_without_pool_has_no_participants(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    make.registration(event)
    organiser_client.post(f"/events/{event.id}/duplicate", data={"title": "Nu", "day": "2028-03-16"})
    session.rollback()
    assert session.query(Registration).count() == 1


def test_copy_without_a_day_is_refused(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"/events/{event.id}/duplicate", data={"title": "Nu", "day": "demain"})
    assert answer.status_code == 422
    assert "Nu" in answer.text


def basics(event: Event, **values: str) -> dict[str, str]:
    return {
        "version": str(event.version),
        "title": event.title,
        "place": event.place,
        "timezone": "Europe/Paris",
        "locale": "fr",
        "wish_limit": "5",
        "zones": "Lille\nCroix-du-Sud",
        "consent": "J’accepte tout.",
    } | values


def test_description_is_stored(organiser_client: FlaskClient, make: Factory, organiser: User, session: Session) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"/events/{event.id}/setup/", data=basics(event, title="Nouveau nom"))
    assert answer.status_code == 302
    stored = only_event(session)
    assert (stored.title, stored.wish_limit) == ("Nouveau nom", 5)
    assert stored.taxonomies["zones"] == ["lille", "Croix-du-Sud"]
    assert stored.texts["consent"] == "J’accepte tout."


def test_description_changed_by_two_keeps_the_first_and_tells_the_second(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    form = basics(event)
    organiser_client.post(f"/events/{event.id}/setup/", data=form | {"title": "La première"})
    answer = organiser_client.post(f"/events/{event.id}/setup/", data=form | {"title": "La seconde"})
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a enregistré" in answer.text
    assert 'value="La seconde"' in answer.text
    stored = only_event(session)
    assert stored.title == "La première"
    # Saving once more, now knowingly, replaces it.
    again = form | {"title": "La seconde", "version": str(stored.version)}
    assert organiser_client.post(f"/events/{event.id}/setup/", data=again).status_code == 302
    assert only_event(session).title == "La seconde"


def test_description_of_an_archived_event_stays(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser, status="archived")
    answer = organiser_client.post(f"/events/{event.id}/setup/", data=basics(event))
    assert answer.status_code == 409
    assert "sortez-le des archives" in answer.text


def rules(event: Event, **values: Any) -> dict[str, Any]:
    weights = dict.fromkeys(
        ("need", "category", "reciprocity", "theme", "themes_counted", "zone", "wish_first", "wish_last", "mutual"), "7"
    )
    return (
        {
            "version": str(event.version),
            "min_meetings": "1",
            "max_meetings": "",
            "coverage": "30, 10",
            "max_break_difference": "3",
            "may_meet": ["association|company", "company|company"],
        }
        | weights
        | values
    )


def test_rules_are_stored_as_the_event_file_has_them(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"/events/{event.id}/setup/rules", data=rules(event))
    assert answer.status_code == 302
    document = event_document(session, only_event(session))
    assert document["rules"]["coverage"] == [30, 10]
    assert document["rules"]["max_break_difference"] == 3
    assert document["rules"]["weights"]["need"] == 7
    assert document["may_meet"] == [["association", "company"], ["company", "company"]]


def test_a_number_for_all_that_everybody_has_of_their_own_says_that_it_changes_nothing(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    """It was stored without a word, and no participant's minimum was another one."""
    event = make.event(organiser)
    people = [make.registration(event, name=f"Les Jardins {number}", min_meetings=3) for number in range(2)]
    address = f"/events/{event.id}/setup/rules"
    changed = organiser_client.post(address, data=rules(event, min_meetings="5"), follow_redirects=True)
    text = plain(changed.text)
    assert "Le nombre de rendez-vous pour tous ne change rien : chaque participant a le sien." in text
    assert "Chaque participant a son propre minimum : le nombre ci-dessus ne vaut pour personne." in text
    assert all(one.name in text for one in people)
    with write(session):
        people[0].min_meetings = 0
    session.expire_all()
    changed = organiser_client.post(address, data=rules(event, min_meetings="4"), follow_redirects=True)
    text = plain(changed.text)
    assert "ne change rien" not in text
    assert "1 participant a son propre minimum : le nombre ci-dessus ne vaut pas pour lui." in text
    assert people[1].name in text and people[0].name not in text


def test_a_number_for_all_says_nothing_where_nobody_has_their_own(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser)
    make.registration(event)
    address = f"/events/{event.id}/setup/rules"
    text = plain(organiser_client.post(address, data=rules(event, min_meetings="2"), follow_redirects=True).text)
    assert "propre minimum" not in text and "ne change rien" not in text


def test_rules_of_the_room_are_stored_as_the_event_file_has_them(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    make.registration(event, name="Les Jardins", key="a1")
    make.registration(event, name="Le Fournil", key="a2")
    session.commit()
    form = rules(
        event,
        may_meet=["association|company"],
        seated=["company"],
        max_in_a_row="3",
        same_person="le fournil ; a1\n\n",
    )
    assert organiser_client.post(f"/events/{event.id}/setup/rules", data=form).status_code == 302

    document = event_document(session, only_event(session))
    assert document["rules"]["seated"] == ["company"]
    assert document["rules"]["max_in_a_row"] == 3
    assert document["same_person"] == [["a2", "a1"]]
    page = organiser_client.get(f"/events/{event.id}/setup/rules").text
    assert "Le Fournil; Les Jardins" in page
    assert "Qui reste à sa table" in page
    assert "Rendez-vous d’affilée, au plus" in page
    page = organiser_client.get(f"/events/{event.id}/setup/rules?lang=en").text
    assert "Organisations that one person represents" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Les Jardins", "écrivez au moins deux noms"),
        ("Les Jardins; Le Fourni", "Vouliez-vous dire «\u00a0Le Fournil\u00a0»"),
        ("Les Jardins; zzz", "personne ne s’appelle «\u00a0zzz\u00a0»"),
        ("Les Jardins; a1", "y figure deux fois"),
        ("Les Jardins; Le Fournil\nLe Fournil; Atelier", "figure déjà dans une autre"),
        ("Les Jardins; Double", "plusieurs organisations s’appellent"),
    ],
)
def test_groups_that_cannot_be_meant_are_refused_with_a_sentence(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session, typed: str, sentence: str
) -> None:
    event = make.event(organiser)
    for key, name in (
        ("a1", "Les Jardins"),
        ("a2", "Le Fournil"),
        ("a3", "Atelier"),
        ("a4", "Double"),
        ("a5", "Double"),
    ):
        make.registration(event, name=name, key=key)
    session.commit()
    answer = organiser_client.post(f"/events/{event.id}/setup/rules", data=rules(event, same_person=typed))

    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert html.escape(typed.split(";")[0]) in answer.text
    assert "same_person" not in only_event(session).rules


def test_two_kinds_that_may_meet_do_not_both_stay_seated(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"/events/{event.id}/setup/rules", data=rules(event, seated=["company"]))
    assert answer.status_code == 422
    assert "il faut donc que l’un aille à la table de l’autre" in answer.text


def test_more_who_stay_seated_than_tables_are_told(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    for _ in range(len(event.tables) + 1):
        make.registration(event, kind="company")
    session.commit()
    form = rules(event, seated=["company"], may_meet=["association|company"])
    answer = organiser_client.post(f"/events/{event.id}/setup/rules", data=form)
    assert answer.status_code == 422
    assert "ajoutez d’abord des tables" in answer.text


def test_rules_without_anybody_to_meet_are_refused(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"/events/{event.id}/setup/rules", data=rules(event, may_meet=[]))
    assert answer.status_code == 422
    assert "Cochez au moins une ligne" in answer.text


def test_rules_changed_by_two_keep_the_first(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    form = rules(event)
    organiser_client.post(f"/events/{event.id}/setup/rules", data=form)
    answer = organiser_client.post(f"/events/{event.id}/setup/rules", data=form | {"coverage": "99"})
    assert answer.status_code == 409
    assert only_event(session).rules["coverage"] == [30, 10]


@pytest.mark.parametrize(("number", "has_field"), [(6, False), (7, True)])
def test_long_list_of_events_is_searched(
    organiser_client: FlaskClient, make: Factory, organiser: User, number: int, has_field: bool
) -> None:
    for _one in range(number):
        make.event(organiser, title="Le Cœur", place="Saint-Étienne")
    text = organiser_client.get("/events/").text
    assert ("data-search-in" in text) is has_field
    assert text.count('data-search="Le Cœur Saint-Étienne"') == number
