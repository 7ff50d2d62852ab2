"""A participant's own page: its state, the change of the registration, the published agenda, the downloads."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from tests.support.personal import World, world
from tests.support.typed import typed
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.registration import revoke_link
from web.models import OutboxMail, Role, utcnow

# A fixture of this file too.
__all__ = ["world"]


@pytest.fixture
def early(make: Factory) -> World:
    """The same before anything is published."""
    return World(make, published=False)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("pending", "En attente de validation"),
        ("accepted", "C’est fait : vous participez.".replace(" :", "\u00a0:")),
        ("waiting", "liste d’attente"),
        ("declined", "L’équipe n’a pas pu retenir"),
        ("withdrawn", "Votre inscription est annulée"),
    ],
)
def test_page_tells_the_state_of_the_registration(
    client: FlaskClient, early: World, status: str, sentence: str
) -> None:
    early.status(status)
    page = client.get(f"{early.base}/").text
    assert sentence in page
    assert "Les Jardins du Canal" in page


def test_revoked_unknown_or_cut_link_gets_a_clear_page(client: FlaskClient, early: World) -> None:
    revoke_link(early.make.session, early.me, SYSTEM)
    for address in (early.base, "/p/unknown", early.base[:-3]):
        for page in ("/", "/directory", "/agenda.pdf", "/data.json"):
            answer = client.get(address + page)
            assert answer.status_code == 404
            assert "Ce lien ne fonctionne pas" in answer.text
            assert "Les Jardins" not in answer.text
    assert client.post(f"{early.base}/withdraw").status_code == 404


def test_personal_pages_are_kept_by_no_proxy_and_no_search_engine(client: FlaskClient, early: World) -> None:
    for page in ("/", "/directory", "/registration", "/data"):
        headers = client.get(early.base + page).headers
        assert headers["Cache-Control"] == ("private, no-cache" if page in ("/", "/directory") else "no-store")
        assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_page_speaks_the_language_of_the_registration(client: FlaskClient, early: World) -> None:
    with write(early.make.session):
        early.me.language = "en"
    assert '<html lang="en">' in client.get(f"{early.base}/").text


def test_change_is_saved_and_kept_in_the_form(client: FlaskClient, early: World) -> None:
    page = client.get(f"{early.base}/registration").text
    assert 'value="Les Jardins du Canal"' in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    data = typed(early.event, version=version[1], name="Le Canal", attendance="remote")
    assert client.post(f"{early.base}/registration", data=data).status_code == 303
    early.make.session.rollback()
    assert (early.me.name, early.me.remote, early.me.kind) == ("Le Canal", True, "association")
    again = client.post(f"{early.base}/registration", data=data | {"name": "Trop tard"})
    assert again.status_code == 409
    assert "modifiée ailleurs" in again.text
    assert 'value="Trop tard"' in again.text


def test_change_with_a_fault_is_kept(client: FlaskClient, early: World) -> None:
    answer = client.post(f"{early.base}/registration", data=typed(early.event, version="1", email="x", name="Le Canal"))
    assert answer.status_code == 422
    assert 'value="Le Canal"' in answer.text
    assert "Ce n’est pas une adresse" in answer.text


def test_kind_cannot_be_changed_once_accepted(client: FlaskClient, early: World) -> None:
    data = typed(early.event, version=str(early.me.version), kind="company")
    assert client.post(f"{early.base}/registration", data=data).status_code == 303
    early.make.session.rollback()
    assert early.me.kind == "association"


def test_withdrawing_asks_first_and_can_be_taken_back(client: FlaskClient, early: World) -> None:
    asked = client.get(f"{early.base}/withdraw").text
    assert "Oui, annuler mon inscription" in asked
    # « Annuler » alone would be taken for what it refuses.
    assert ">Garder mon inscription</a>" in asked and ">Annuler</a>" not in asked
    client.post(f"{early.base}/withdraw")
    early.make.session.rollback()
    assert early.me.status == "withdrawn"
    assert client.get(f"{early.base}/registration").status_code == 409
    client.post(f"{early.base}/rejoin")
    early.make.session.rollback()
    assert early.me.status == "pending"


def test_organisers_are_told_of_a_withdrawal_once_the_timetable_is_out(client: FlaskClient, world: World) -> None:
    organiser = world.make.user(email="team@example.org")
    world.make.member(world.event, organiser)
    world.make.member(world.event, world.make.user(email="desk@example.org"), Role.DESK)
    for _turn in range(2):
        client.post(f"{world.base}/withdraw")
    world.make.session.rollback()
    mails = world.make.session.scalars(select(OutboxMail).where(OutboxMail.registration_id.is_(None))).all()
    assert [mail.recipient for mail in mails] == ["team@example.org"]
    assert "Les Jardins du Canal ne vient plus" in mails[0].subject


def test_organisers_are_not_told_of_a_withdrawal_before(client: FlaskClient, early: World) -> None:
    early.make.member(early.event, early.make.user(email="team@example.org"))
    client.post(f"{early.base}/withdraw")
    early.make.session.rollback()
    recipients = [mail.recipient for mail in early.make.session.scalars(select(OutboxMail))]
    assert recipients == [early.me.email]


def test_agenda_appears_once_published(client: FlaskClient, world: World) -> None:
    page = client.get(f"{world.base}/").text
    for text in ("Votre agenda", "14:00", "14:16", "Atelier Bleu", "Brasserie Nord", "Version 1", "Numérique".lower()):
        assert text in page
    assert "Ce qui a changé" not in page


def test_agenda_is_not_shown_to_those_out_of_the_timetable(client: FlaskClient, world: World) -> None:
    late = world.make.registration(world.event)
    page = client.get(f"/p/{world.make.personal_link(late)}/").text
    assert "Votre agenda</h2>" not in page
    assert client.get(f"/p/{world.make.personal_link(late)}/agenda.pdf").status_code == 404


def test_changed_agenda_says_what_has_changed(client: FlaskClient, world: World) -> None:
    with write(world.make.session):
        from web.models import ScheduleVersion

        first = world.make.session.get_one(ScheduleVersion, world.event.published_schedule_id)
        first.published_at = utcnow().replace(year=2025)
    world.publish(2, [(world.one, "s2", "t1")])
    page = client.get(f"{world.base}/").text
    assert "Ce qui a changé depuis le" in page
    changes = page[page.index("Ce qui a changé") : page.index("now-next")]
    assert "Brasserie Nord</del>" in changes
    assert "Atelier Bleu · 14:08" in changes


def test_agenda_prints_as_pdf(client: FlaskClient, world: World) -> None:
    answer = client.get(f"{world.base}/agenda.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert "agenda.pdf" in answer.headers["Content-Disposition"]


def test_calendar_replaces_itself_with_the_next_version(client: FlaskClient, world: World) -> None:
    with write(world.make.session):
        from web.models import ScheduleVersion

        version = world.make.session.get_one(ScheduleVersion, world.event.published_schedule_id)
        version.published_at = utcnow().replace(year=2025)

    def entries() -> dict[str, Any]:
        answer = client.get(f"{world.base}/agenda.ics")
        assert answer.mimetype == "text/calendar"
        return {str(entry["uid"]): entry for entry in Calendar.from_ical(answer.data).walk("VEVENT")}

    first = entries()
    world.publish(2, [(world.one, "s2", "t1")])
    second = entries()
    assert first.keys() == second.keys()
    (before,), (after,) = ({int(entry["sequence"]) for entry in found.values()} for found in (first, second))
    assert before < after
    assert sorted(str(entry.get("status", "CONFIRMED")) for entry in second.values()) == ["CANCELLED", "CONFIRMED"]


def test_no_agenda_before_publication(client: FlaskClient, early: World) -> None:
    assert client.get(f"{early.base}/agenda.pdf").status_code == 404
    assert client.get(f"{early.base}/agenda.ics").status_code == 404


def test_choosing_is_over_once_published(client: FlaskClient, world: World) -> None:
    answer = client.post(f"{world.base}/choices", data={"do": "wish", "target": world.one.id}, follow_redirects=True)
    assert "Le planning est publié" in answer.text


def test_post_without_a_csrf_token_changes_nothing(app: Flask, early: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert app.test_client().post(f"{early.base}/withdraw").status_code == 400
    early.make.session.rollback()
    assert early.me.status == "accepted"
