"""The organiser's pages of a provisional round: asking, reading the answers, planning anew, publishing."""

from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.published import World
from tests.support.published import world as world
from tests.web.announced import plain
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.registration import participant_actor
from web.domain.timetable import agreeing, answers
from web.models import MeetingAnswer, ScheduleVersion, User, utcnow


@pytest.fixture
def base(world: World, make: Factory, organiser: User, organiser_client: FlaskClient) -> str:
    make.member(world.event, organiser)
    return f"/events/{world.event.id}"


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return plain(unescape(answer.text))


def ask(world: World) -> None:
    agreeing.ask(world.session, world.first, utcnow() + timedelta(days=2), SYSTEM)


def decline(world: World) -> None:
    answers.decline(world.session, world.a, world.first.id, world.c.key, "rivals", "", participant_actor(world.a))


def test_round_from_the_button_to_the_final_mails(world: World, base: str, organiser_client: FlaskClient) -> None:
    client, version = organiser_client, f"{base}/schedule/{world.first.id}/"
    assert "Demander l’accord…" in text_of(client, version)
    form = f"{base}/agreement/{world.first.id}/ask"
    assert "3 courriels partiront" in text_of(client, form)
    until = (utcnow() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post(form, data={"until": until}, follow_redirects=True)
    assert "3 courriels sont en route" in plain(unescape(answer.text))
    assert "Provisoire : 0 réponse sur 4." in text_of(client, f"{base}/")
    decline(world)
    overview = text_of(client, f"{base}/")
    assert "Provisoire : 1 réponse sur 4, 1 rendez-vous refusé." in overview and "Voir les réponses" in overview
    seen = text_of(client, f"{base}/agreement/")
    assert "Nous sommes concurrents" in seen and "Replanifier sans les rendez-vous refusés" in seen
    answer = client.post(f"{base}/agreement/replan")
    assert answer.status_code == 303
    proposal = text_of(client, answer.location)
    assert "Tous les rendez-vous que personne n’a refusés restent" in proposal and "Annulé" in proposal
    world.session.rollback()
    newest = world.session.scalars(select(ScheduleVersion).order_by(ScheduleVersion.id.desc())).first()
    assert newest is not None
    world.mails()
    answer = client.post(f"{base}/schedule/{newest.id}/publish", follow_redirects=True)
    assert "3 courriels sont en route" in plain(unescape(answer.text))
    world.session.rollback()
    told = world.mails()
    assert "depuis l’agenda provisoire" in plain(told[str(world.a.email)].body_text)
    assert "Personne n’est interrogé" in text_of(client, f"{base}/agreement/")


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01T10:00", "2027-03-19T10:00", "x" * 5000, "9999-12-31T23:59"])
def test_deadline_that_is_none_is_told_beside_the_field(
    world: World, base: str, organiser_client: FlaskClient, until: str
) -> None:
    answer = organiser_client.post(f"{base}/agreement/{world.first.id}/ask", data={"until": until})
    assert answer.status_code == 422 and 'id="until-error"' in answer.text
    assert world.mails() == {}


def test_publishing_the_provisional_version_names_each_refusal_and_who_is_silent(
    world: World, base: str, organiser_client: FlaskClient
) -> None:
    ask(world)
    decline(world)
    text = text_of(organiser_client, f"{base}/schedule/{world.first.id}/publish")
    assert "Les Jardins du Canal et Fournil Dubois ne doivent plus se rencontrer" in text
    assert "1 réponse sur 4" in text and "3 personnes n’ont pas encore répondu" in text
    answer = organiser_client.post(f"{base}/schedule/{world.first.id}/publish")
    assert answer.status_code == 409
    world.session.rollback()
    assert world.event.published_schedule_id is None


def test_nothing_is_green_while_a_declined_meeting_stands(
    world: World, base: str, organiser_client: FlaskClient
) -> None:
    ask(world)
    decline(world)
    steps = organiser_client.get(f"{base}/").text.split('<li class="step ')[1:]
    assert [step.split('"')[0] for step in steps][3:] == ["now", "later"]


def test_organiser_answers_by_telephone_reminds_and_ends(
    world: World, base: str, organiser_client: FlaskClient
) -> None:
    client = organiser_client
    ask(world)
    world.mails()
    client.post(f"{base}/agreement/answers/{world.d.id}/agree")
    answer = client.post(f"{base}/agreement/remind", follow_redirects=True)
    assert "3 courriels sont en route" in plain(unescape(answer.text))
    again = client.post(f"{base}/agreement/remind", follow_redirects=True)
    assert "moins d’une heure" in plain(unescape(again.text))
    decline(world)
    client.post(f"{base}/agreement/answers/{world.a.id}/take-back", data={"partner": world.c.key})
    client.post(f"{base}/agreement/close")
    text = text_of(client, f"{base}/agreement/")
    assert "Les réponses sont closes depuis" in text and "2 personnes ont tout confirmé" in text
    assert "on a demandé aux participants si elle leur convenait" in text
    world.session.rollback()
    assert {row.registration_id for row in world.session.scalars(select(MeetingAnswer))} == {world.d.id, world.a.id}


def test_provisional_version_can_be_neither_deleted_nor_asked_about_once_announced(
    world: World, base: str, organiser_client: FlaskClient
) -> None:
    ask(world)
    answer = organiser_client.post(f"{base}/schedule/{world.first.id}/delete", follow_redirects=True)
    assert "elle est gardée avec leurs réponses" in plain(unescape(answer.text))
    world.publish(world.first)
    answer = organiser_client.get(f"{base}/agreement/{world.first.id}/ask", follow_redirects=True)
    assert "Un planning est déjà annoncé" in plain(unescape(answer.text))


def test_who_has_not_confirmed_is_listed_and_confirmed_by_telephone(
    world: World, base: str, organiser_client: FlaskClient
) -> None:
    world.publish(world.first)
    start = (utcnow() + timedelta(days=1)).replace(hour=14, minute=0, tzinfo=None)
    with write(world.session):
        for slot in world.event.slots:
            slot.starts_at = start + timedelta(minutes=8 * slot.position)
            slot.ends_at = slot.starts_at + timedelta(minutes=6)
        world.event.updated_at = utcnow() - timedelta(minutes=1)
    page = f"{base}/agreement/presence"
    assert "4 personnes sans réponse" in text_of(organiser_client, page)
    organiser_client.post(f"{page}/{world.a.id}")
    assert "3 personnes sans réponse" in text_of(organiser_client, page)
    assert text_of(organiser_client, f"{base}/participants/").count("n’a pas confirmé") == 3
