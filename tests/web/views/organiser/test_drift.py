"""No page is green while what was announced is not what the event is now."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.announced import CHANGES, Announced, plain
from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.people import registration
from web.domain.team.access import create_api_token
from web.domain.timetable import solving as scheduling
from web.domain.timetable.distance import Severity
from web.domain.timetable.drift import drift
from web.models import OutboxMail, ScheduleVersion, User

BADGE = re.compile("planning à réparer|a changé depuis le planning")
TICK = re.compile(r'class="step done')


@pytest.fixture
def announced(session: Session, make: Factory, organiser: User) -> Announced:
    return Announced(session, make, organiser)


def pages(announced: Announced) -> dict[str, str]:
    """Every page of the organiser that says how the timetable is."""
    event = f"/events/{announced.event.id}/"
    version = f"{event}schedule/{announced.event.published_schedule_id}/"
    return {
        "list of events": "/events/",
        "overview": event,
        "versions": f"{event}schedule/",
        "version": version,
        "tables": f"{version}tables",
        "quality": f"{version}quality",
        "publishing": f"{version}publish",
    }


def greens(client: FlaskClient, announced: Announced) -> set[str]:
    """The names of those pages that say that all is well with what is published."""
    announced.session.rollback()
    found = {name: client.get(address) for name, address in pages(announced).items()}
    assert {answer.status_code for answer in found.values()} == {200}
    said = {name: plain(answer.text) for name, answer in found.items()}
    green = {name for name, text in said.items() if 'badge good">publiée</span>' in text or TICK.search(text)}
    # The list has no badge at all where all is well.
    silent = {"list of events"} - {name for name in said if BADGE.search(said[name])}
    return green | silent


ALL = {"list of events", "overview", "versions", "version", "tables", "quality", "publishing"}


def test_pages_are_green_after_publishing(organiser_client: FlaskClient, announced: Announced) -> None:
    assert greens(organiser_client, announced) == ALL


@pytest.mark.parametrize("name", CHANGES)
def test_no_page_is_green_after_a_change_until_a_version_for_it_is_published(
    organiser_client: FlaskClient, client: FlaskClient, announced: Announced, name: str
) -> None:
    links = {one.key: announced.make.personal_link(one) for one in (announced.a, announced.b, announced.c, announced.d)}
    CHANGES[name].do(announced)
    assert greens(organiser_client, announced) == set()
    announced.session.rollback()
    found = drift(announced.session, announced.event)
    pages = {key: client.get(f"/p/{link}/") for key, link in links.items()}
    agendas = {key: page.text for key, page in pages.items() if page.status_code == 200 and "Votre agenda" in page.text}
    assert len(agendas) >= 3
    for key, text in agendas.items():
        assert ("Changement en cours" in text) == bool(found.of(key)), key
    announced.session.expire_all()
    announced.publish(announced.make.schedule(announced.event, []))
    assert greens(organiser_client, announced) == ALL
    assert all("Changement en cours" not in client.get(f"/p/{link}/").text for link in links.values())


def test_the_overview_says_what_is_to_be_done_first(organiser_client: FlaskClient, announced: Announced) -> None:
    announced.change(announced.c, status="withdrawn")
    text = plain(organiser_client.get(f"/events/{announced.event.id}/").text)
    assert "Informatique Tavernier ne vient plus : 2 rendez-vous annulés, 2 personnes à prévenir." in text
    assert text.index("À faire maintenant") < text.index('class="steps"')
    assert "Tout le monde a reçu le planning" not in text


def test_a_participant_sees_who_no_longer_comes(client: FlaskClient, announced: Announced) -> None:
    link = announced.make.personal_link(announced.a)
    assert "Changement en cours" not in client.get(f"/p/{link}/").text
    announced.change(announced.c, status="withdrawn")
    text = plain(client.get(f"/p/{link}/").text)
    assert "1 de vos rendez-vous n’aura pas lieu tel qu’il figure ici" in text
    assert re.findall(r'class="agenda-mark">(.*?)<', text) == ["Annulé : ne vient plus"]
    # In what is now and next it stands in place of the table.
    assert text.count("Annulé : ne vient plus") == 3
    assert text.index("Informatique Tavernier") < text.index("Annulé : ne vient plus") < text.index("Imprimerie Lys")


def stale(announced: Announced) -> ScheduleVersion:
    """A version not yet published whose partner C then goes."""
    version = announced.make.schedule(
        announced.event, [*announced.meetings[:2], {**announced.meetings[2], "slot": "s3"}]
    )
    announced.change(announced.c, status="withdrawn")
    return version


def mails(announced: Announced) -> int:
    announced.session.rollback()
    return announced.session.query(OutboxMail).count()


def test_publishing_what_is_untrue_is_refused_until_each_sentence_is_confirmed(
    organiser_client: FlaskClient, announced: Announced
) -> None:
    version, before = stale(announced), mails(announced)
    address = f"/events/{announced.event.id}/schedule/{version.id}/publish"
    shown = organiser_client.get(address).text
    (ticked,) = re.findall(r'name="confirmed" value="([0-9a-f]+)"', shown)
    refused = organiser_client.post(address)
    assert refused.status_code == 409
    assert "Informatique Tavernier ne vient plus" in refused.text
    # Between the page and the click somebody else goes.
    announced.change(announced.d, status="withdrawn")
    refused = organiser_client.post(address, data={"confirmed": [ticked]})
    assert refused.status_code == 409
    assert mails(announced) == before
    assert f'value="{ticked}" checked' in refused.text
    both = re.findall(r'name="confirmed" value="([0-9a-f]+)"', refused.text)
    assert len(both) == 2
    assert organiser_client.post(address, data={"confirmed": both}).status_code == 303
    announced.session.rollback()
    assert announced.event.published_schedule_id == version.id
    assert mails(announced) > before


def test_what_could_only_be_better_needs_no_confirmation(organiser_client: FlaskClient, announced: Announced) -> None:
    version = announced.make.schedule(announced.event, announced.meetings)
    announced.make.registration(announced.event, name="Le Fournil")
    address = f"/events/{announced.event.id}/schedule/{version.id}/publish"
    assert "1 participant est accepté et n’a pas encore d’agenda : Le Fournil" in plain(
        organiser_client.get(address).text
    )
    assert organiser_client.post(address).status_code == 303


def test_a_program_is_told_what_is_untrue_and_may_confirm_it(
    client: FlaskClient, announced: Announced, organiser: User
) -> None:
    token = create_api_token(announced.session, "test", organiser)
    version = stale(announced)
    address = f"/api/v1/events/{announced.event.id}/schedules/{version.id}/publish"

    def publish(**body: Any) -> Any:
        return client.post(address, headers={"Authorization": f"Bearer {token}", "Accept-Language": "fr"}, **body)

    refused = publish()
    assert refused.status_code == 409
    (error,) = refused.json["errors"]
    assert plain(error["message"]).startswith("Informatique Tavernier ne vient plus : 2 rendez-vous annulés")
    kind, _, id = error["path"].partition("/")
    assert kind == "untrue"
    assert publish(json={"confirmed": ["somebody"]}).status_code == 409
    assert publish(json={"confirmed": id}).status_code == 422
    done = publish(json={"confirmed": [id]})
    assert (done.status_code, done.json["schedule"]) == (200, version.id)


def test_what_could_only_be_better_is_left_from_the_overview_until_it_changes(
    organiser_client: FlaskClient, announced: Announced
) -> None:
    address = f"/events/{announced.event.id}/"
    announced.make.registration(announced.event, name="Le Fournil")
    announced.change(announced.c, absences=announced.hours("s1"))
    text = plain(organiser_client.get(address).text)
    # Only the amber one can be left.
    (leave,) = re.findall(r'action="([^"]*/differences/[0-9a-f]+/leave)"', text)
    red = next(item for item in announced.drift().untrue)
    refused = organiser_client.post(f"{address}differences/{red.id}/leave", follow_redirects=True)
    assert "ne peut pas rester ainsi" in refused.text
    announced.change(announced.c, absences=[])
    assert organiser_client.post(leave).status_code == 303
    text = plain(organiser_client.get(address).text)
    assert "À faire maintenant" not in text and "1 différence a été vue et reste ainsi" in text
    assert f"Laissé ainsi par {announced.organiser_name} le" in text
    # Nothing is told as received by everybody, nor as proven for the event as it is.
    assert "Tout le monde a reçu" not in text
    assert greens(organiser_client, announced) <= {"list of events", "overview"}
    (again,) = re.findall(r'action="([^"]*/differences/[0-9a-f]+/tell)"', text)
    organiser_client.post(again)
    assert "À faire maintenant" in organiser_client.get(address).text
    organiser_client.post(leave)
    announced.make.registration(announced.event, name="La Petite Roue")
    assert "À faire maintenant" in organiser_client.get(address).text


def test_list_of_events_asks_as_much_for_ten_as_for_one(
    organiser_client: FlaskClient, session: Session, make: Factory, organiser: User, statements: list[str]
) -> None:
    Announced(session, make, organiser)

    def asked() -> int:
        organiser_client.get("/events/")
        statements.clear()
        organiser_client.get("/events/")
        return len(statements)

    one = asked()
    for _number in range(4):
        Announced(session, make, organiser)
    assert asked() == one


def test_severity_is_red_for_whoever_would_wait_in_vain(announced: Announced) -> None:
    announced.change(announced.c, status="withdrawn")
    assert announced.drift().severity == Severity.RED


def test_organisers_are_mailed_the_way_to_the_repair_and_the_overview_when_somebody_goes(
    organiser_client: FlaskClient, announced: Announced
) -> None:
    registration.withdraw(announced.session, announced.c, SYSTEM)
    announced.session.rollback()
    mail = announced.session.scalars(select(OutboxMail).where(OutboxMail.recipient == "organiser@example.org")).one()
    assert mail.subject.startswith("Informatique Tavernier ne vient plus")
    repair, overview = re.findall(r"^https?://[^/]+(/\S+)$", mail.body_text, re.MULTILINE)
    assert "Ce que l’événement sait déjà" in organiser_client.get(repair).text
    assert "À faire maintenant" in organiser_client.get(overview).text
    # When, where and who answers, as in every mail.
    assert "\n-- \nRencontres\njeudi 18 mars 2027, 14:00" in mail.body_text


@pytest.mark.parametrize("way", ["accepted after the publication", "in no meeting"])
def test_organisers_are_not_mailed_of_meetings_that_nobody_has(announced: Announced, way: str) -> None:
    """The mail said that their meetings were in the agendas of the others."""
    if way == "in no meeting":
        announced.publish(announced.make.schedule(announced.event, announced.meetings[:1]))
        who = announced.d
    else:
        who = announced.make.registration(announced.event, name="Le Fournil")
    registration.withdraw(announced.session, who, SYSTEM)
    announced.session.rollback()
    to_organisers = select(OutboxMail).where(OutboxMail.recipient == "organiser@example.org")
    assert announced.session.scalars(to_organisers).all() == []


def test_the_start_page_says_that_no_organiser_can_be_mailed(
    organiser_client: FlaskClient, announced: Announced, organiser: User
) -> None:
    silent = "n’a d’adresse e-mail ici"
    assert silent not in organiser_client.get("/events/").text
    announced.change(organiser, email=None)
    assert silent in organiser_client.get("/events/").text


def test_the_publishing_page_says_who_has_no_meeting_and_why(
    organiser_client: FlaskClient, announced: Announced
) -> None:
    announced.remove(announced.helper())
    version = announced.make.schedule(announced.event, [announced.meetings[2]])
    text = plain(organiser_client.get(f"/events/{announced.event.id}/schedule/{version.id}/publish").text)
    assert "2 participants n’ont aucun rendez-vous" in text
    (why,) = re.findall(r"<li>(Les Jardins du Canal n’a aucun rendez-vous.*?)<a", text)
    assert "médiat" in why


@pytest.mark.parametrize("wished", [True, False])
def test_whoever_has_no_meeting_for_want_of_a_facilitator_is_not_told_that_all_is_well(
    organiser_client: FlaskClient, session: Session, make: Factory, organiser: User, wished: bool
) -> None:
    """*Why not the others?* answered that all wishes are honoured, and nothing was said before publishing."""
    event = make.event(organiser)
    alone = [make.registration(event, needs_facilitator=True, name=f"Les Abeilles {number}") for number in range(2)]
    busy = [make.registration(event), make.registration(event, kind="company")]
    if wished:
        for one in alone:
            make.wishes(one, busy[1:])
    version = scheduling.compute_now(session, event, SYSTEM, 5.0)
    address = f"/events/{event.id}/schedule/{version.id}"
    publishing = plain(organiser_client.get(f"{address}/publish").text)
    assert "2 participants n’ont aucun rendez-vous" in publishing
    quality = plain(organiser_client.get(f"{address}/quality").text)
    assert "Sans aucun rendez-vous :" in quality and "demande un médiateur, et l’événement n’en a pas" in quality
    for one in alone:
        assert one.name in publishing and one.name in quality
        text = plain(organiser_client.get(f"{address}/participants/{one.key}/why-not").text)
        assert f"{one.name} n’a aucun rendez-vous" in text
        assert "un médiateur est demandé, et cet événement n’en a pas" in text
        assert "tout ce qu’il fallait" not in text
        assert ("Souhait n° 1" in text) is wished


def test_whoever_is_accepted_after_the_publication_is_told_how_they_get_an_agenda(
    client: FlaskClient, announced: Announced
) -> None:
    late = announced.make.registration(announced.event, name="Le Fournil", status="pending")
    link = announced.make.personal_link(late)
    registration.accept(announced.session, late, SYSTEM)
    announced.session.rollback()
    mail = announced.session.scalars(select(OutboxMail).where(OutboxMail.recipient == late.email)).one()
    page = client.get(f"/p/{link}/").text
    for text in (mail.body_text, page):
        assert "planning est déjà publié" in text
        assert "choisiss" not in text.lower() and "choisissez qui" not in text.lower()


def test_an_imported_event_can_be_opened_for_registration(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser, status="draft")
    make.registration(event)
    address = f"/events/{event.id}/"
    assert "Ouvrir les inscriptions" in organiser_client.get(address).text
    assert organiser_client.post(f"{address}status", data={"status": "open"}).status_code == 302
    assert "Fermer les inscriptions" in organiser_client.get(address).text


def test_veto_that_an_organiser_enters_after_the_publication_is_told(
    organiser_client: FlaskClient, announced: Announced
) -> None:
    """Whoever had looked before saw green: two were left to meet who must not."""
    assert greens(organiser_client, announced) == ALL
    page = f"/events/{announced.event.id}/participants/{announced.a.id}"
    form = re.search(r'<form[^>]*/choices".*?</form>', organiser_client.get(f"{page}/").text, re.S)
    assert form is not None
    (version,) = re.findall(r'name="version"[^>]*value="(\d+)"', form[0])
    sent = {"version": version, "vetoes": [str(announced.c.id)]}
    assert organiser_client.post(f"{page}/choices", data=sent).status_code in (302, 303)
    assert greens(organiser_client, announced) == set()
    assert "ne doivent plus se rencontrer : 1 rendez-vous" in plain(
        organiser_client.get(f"/events/{announced.event.id}/").text
    )
