"""The personal page before anything is announced: the provisional agenda, one press, a refusal with its reason."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.published import World
from tests.support.published import world as world
from tests.web.announced import plain
from tests.web.conftest import on_both_databases
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.files import event_value
from web.domain.people.registration import withdraw
from web.domain.timetable import agreeing
from web.models import MeetingAnswer, Registration, User, utcnow


@pytest.fixture
def asked(world: World) -> World:
    agreeing.ask(world.session, world.first, utcnow() + timedelta(days=2), SYSTEM)
    return world


def page(client: FlaskClient, link: str) -> str:
    """What is read there, without the token that is another each time."""
    text = re.sub(r'name="csrf_token" value="[^"]*"|X-CSRFToken.*', "", client.get(link).text)
    return plain(unescape(text))


def link(world: World, who: Registration) -> str:
    return f"/p/{world.make.personal_link(who)}/"


def answers(world: World) -> list[tuple[int | None, str, str | None, str]]:
    world.session.rollback()
    rows = world.session.scalars(select(MeetingAnswer).order_by(MeetingAnswer.id))
    return [(row.partner_id, row.answer, row.reason, row.note) for row in rows]


def test_provisional_agenda_is_shown_as_such_and_nothing_is_handed_out(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    text = page(client, mine)
    assert "Votre agenda provisoire" in text and "Fournil Dubois" in text and "Tout me convient" in text
    assert "agenda.pdf" not in text and "agenda.ics" not in text
    assert client.get(f"{mine}agenda.pdf").status_code == 404
    assert client.get(f"{mine}agenda.ics").status_code == 404


def test_looking_answers_nothing(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    for _look in range(2):
        assert client.get(mine).status_code == 200
    for deed in ("agree", "decline", "take-back"):
        assert client.get(f"{mine}agenda/{deed}").status_code == 405
    assert answers(asked) == []


@on_both_databases
def test_one_press_confirms_and_the_page_says_so_at_once(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    etag = client.get(mine).headers["ETag"]
    sent = client.post(f"{mine}agenda/agree", data={"version": asked.first.id})
    assert sent.status_code == 303
    assert "tout vous convient" in page(client, mine)
    assert client.get(mine, headers={"If-None-Match": etag}).status_code == 200
    assert answers(asked) == [(None, "confirmed", None, "")]


@on_both_databases
def test_refusal_is_told_to_the_team_and_never_to_the_partner(
    asked: World, client: FlaskClient, organiser: User, organiser_client: FlaskClient
) -> None:
    asked.make.member(asked.event, organiser)
    mine, theirs = link(asked, asked.a), link(asked, asked.c)
    before = page(client, theirs)
    note = "Trop <b>bruyant</b> 🎉 \u202eabc"
    sent = client.post(
        f"{mine}agenda/decline",
        data={"version": asked.first.id, "partner": asked.c.key, "reason": "other", "note": note},
    )
    assert sent.status_code == 303
    text = page(client, mine)
    assert "Vous avez refusé ce rendez-vous" in text and "Trop <b>bruyant</b>" in text
    assert "<b>bruyant" not in client.get(mine).text
    assert page(client, theirs) == before
    told = page(organiser_client, f"/events/{asked.event.id}/agreement/")
    assert "Les Jardins du Canal" in told and "Trop <b>bruyant</b>" in told
    client.post(f"{mine}agenda/take-back", data={"partner": asked.c.key})
    assert "tout vous convient" in page(client, mine)
    assert event_value(asked.session, asked.event).meetings == ()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "Choisissez une raison"),
        ({"reason": "nonsense", "note": "gardé"}, "Choisissez une raison"),
        ({"reason": "other"}, "Dites pourquoi en quelques mots"),
        ({"reason": "known", "note": "é" * 301}, "300"),
    ],
)
def test_refusal_without_a_good_reason_is_kept_in_the_form(
    asked: World, client: FlaskClient, said: dict[str, str], told: str
) -> None:
    mine = link(asked, asked.a)
    data = {"version": str(asked.first.id), "partner": asked.c.key, **said}
    answer = client.post(f"{mine}agenda/decline", data=data)
    assert answer.status_code == 422 and told in plain(unescape(answer.text))
    assert f'value="{said.get("note", "")}"' in answer.text
    assert answer.text.count('<details class="confirm no-print" open>') == 1
    assert answers(asked) == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": "x" * 40, "partner": "nobody", "reason": "known"},
        {"version": "99999999999999999999", "partner": "", "reason": "known"},
        {"partner": "x" * 5000, "reason": "known", "version": "0"},
    ],
)
def test_nonsense_is_answered_with_a_sentence(asked: World, client: FlaskClient, data: dict[str, str]) -> None:
    mine = link(asked, asked.a)
    for deed in ("agree", "decline", "take-back"):
        answer = client.post(f"{mine}agenda/{deed}", data=data, follow_redirects=True)
        assert answer.status_code in (200, 422) and answer.text.count("<h1>") == 1
    assert answers(asked) == []


def test_answer_from_a_page_of_another_version_changes_nothing(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    newer = asked.make.schedule(asked.event, [])
    agreeing.ask(asked.session, newer, utcnow() + timedelta(days=2), SYSTEM)
    answer = client.post(f"{mine}agenda/agree", data={"version": asked.first.id}, follow_redirects=True)
    assert "a changé entre-temps" in plain(unescape(answer.text))
    assert answers(asked) == []


def test_deadline_that_passes_takes_the_buttons_away(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    etag = client.get(mine).headers["ETag"]
    agreeing.close(asked.session, asked.event, SYSTEM)
    text = page(client, mine)
    assert "Le délai de réponse est passé" in text and "Tout me convient" not in text and "Refuser" not in text
    assert client.get(mine, headers={"If-None-Match": etag}).status_code == 200
    answer = client.post(f"{mine}agenda/agree", data={"version": asked.first.id}, follow_redirects=True)
    assert "On pouvait répondre jusqu’au" in plain(unescape(answer.text))


def test_whoever_has_withdrawn_gets_a_sentence(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    withdraw(asked.session, asked.a, SYSTEM)
    assert "agenda provisoire" not in page(client, mine)
    answer = client.post(f"{mine}agenda/agree", data={"version": asked.first.id}, follow_redirects=True)
    assert "cette inscription est retirée" in plain(unescape(answer.text))


def test_partner_who_withdrew_is_marked_on_the_provisional_agenda(asked: World, client: FlaskClient) -> None:
    mine = link(asked, asked.a)
    client.get(mine)
    withdraw(asked.session, asked.c, SYSTEM)
    text = page(client, mine)
    assert "Annulé" in text and "Changement en cours" in text and "notice success" not in text


def test_page_in_english_says_the_same(asked: World, client: FlaskClient) -> None:
    text = page(client, link(asked, asked.b) + "?lang=en")
    assert "Your provisional agenda" in text and "All of it suits me" in text


# The day before


@pytest.fixture
def tomorrow(world: World) -> World:
    world.publish(world.first)
    start = (utcnow() + timedelta(days=1)).replace(hour=14, minute=0, tzinfo=None)
    with write(world.session):
        for slot in world.event.slots:
            slot.starts_at = start + timedelta(minutes=8 * slot.position)
            slot.ends_at = slot.starts_at + timedelta(minutes=6)
        world.event.updated_at = utcnow() - timedelta(minutes=1)
    return world


@on_both_databases
def test_presence_is_confirmed_by_one_press_and_not_by_looking(tomorrow: World, client: FlaskClient) -> None:
    mine = link(tomorrow, tomorrow.a)
    assert "Venez-vous ?" in page(client, mine)
    assert client.get(f"{mine}present").status_code == 405
    tomorrow.session.rollback()
    assert tomorrow.a.attendance_confirmed_at is None
    for _press in range(2):
        assert client.post(f"{mine}present").status_code == 303
    text = page(client, mine)
    assert "On vous attend" in text and "Finalement, je ne peux pas venir" in text
    tomorrow.session.rollback()
    assert tomorrow.a.attendance_confirmed_at is not None


def test_presence_is_not_asked_before_the_day_before(world: World, client: FlaskClient) -> None:
    world.publish(world.first)
    mine = link(world, world.a)
    assert "Venez-vous" not in page(client, mine)
    answer = client.post(f"{mine}present", follow_redirects=True)
    assert "La venue se confirme la veille" in plain(unescape(answer.text))
