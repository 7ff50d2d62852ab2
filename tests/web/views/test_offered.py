"""What an event does not have is not offered: online meetings, zones, features of tables."""

import html
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from scheduler.format.event import parse_event
from tests.support.typed import creation, rows, send, typed
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.events import duplicate_event, touch
from web.domain.event.files import import_event
from web.models import Event, Registration, User


def form_of(client: FlaskClient, event: Event) -> str:
    return html.unescape(client.get(f"/e/{event.slug}/register").text)


def test_form_offers_online_meetings_only_where_there_are_some(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    without, with_some = make.event(online_offered=False), make.event()
    for event, offered in ((without, False), (with_some, True)):
        assert ('name="attendance"' in form_of(client, event)) == offered
        assert send(client, event, attendance="remote").status_code == 303
    # What is not asked is chosen by nobody, whatever is sent.
    assert [one.remote for one in rows(session)] == [False, True]


def test_who_is_online_already_may_say_otherwise(client: FlaskClient, session: Session, make: Factory) -> None:
    one: Registration = make.registration(make.event(online_offered=False), remote=True)
    page = f"/p/{make.personal_link(one)}/registration"
    assert 'name="attendance"' in client.get(page).text
    data = typed(one.event, version=str(one.version), attendance="onsite")
    assert client.post(page, data=data).status_code == 303
    session.rollback()
    assert not one.remote
    assert 'name="attendance"' not in client.get(page).text


def test_form_offers_features_of_the_tables_alone(client: FlaskClient, session: Session, make: Factory) -> None:
    event = make.event()
    assert 'name="requires"' not in form_of(client, event)
    with write(session):
        event.tables[0].features = ["accessible"]
        touch(event)
    page = form_of(client, event)
    assert 'value="accessible"' in page
    assert 'value="quiet"' not in page


def test_event_without_zones_asks_nobody_where_they_are(client: FlaskClient, session: Session, make: Factory) -> None:
    event = make.event(taxonomies={"zones": []})
    assert 'name="zone"' not in form_of(client, event)
    assert send(client, event, zone="roubaix").status_code == 303
    assert [one.zone for one in rows(session)] == [None]


def created(session: Session) -> Event:
    session.rollback()
    return session.query(Event).order_by(Event.id.desc()).limit(1).one()


def test_zones_are_shown_when_an_event_is_created_and_are_its_own(
    organiser_client: FlaskClient, client: FlaskClient, session: Session
) -> None:
    assert "Lille\nRoubaix" in html.unescape(organiser_client.get("/events/new").text).replace("\r", "")
    organiser_client.post("/events/new", data=creation(zones="Roubaix\nMagny-en-Vexin\n\n"))
    event = created(session)
    assert event.taxonomies == {"zones": ["roubaix", "Magny-en-Vexin"]}
    page = html.unescape(organiser_client.get(f"/e/{event.slug}/register").text)
    assert "Magny-en-Vexin" in page
    assert "Lille" not in page
    organiser_client.post("/events/new", data=creation(zones=""))
    assert created(session).taxonomies == {"zones": []}


@pytest.mark.parametrize(("sent", "offered"), [({}, False), ({"online_offered": "y"}, True)])
def test_online_meetings_are_a_choice_of_who_creates_the_event(
    organiser_client: FlaskClient, session: Session, sent: dict[str, str], offered: bool
) -> None:
    organiser_client.post("/events/new", data=creation(**sent))
    assert created(session).online_offered == offered


def test_settings_show_and_keep_what_is_offered(
    organiser_client: FlaskClient, session: Session, make: Factory, organiser: User
) -> None:
    event = make.event(organiser, taxonomies={"zones": ["roubaix", "Bray"], "themes": ["culture"]})
    page = html.unescape(organiser_client.get(f"/events/{event.id}/setup/").text)
    assert "Roubaix\nBray" in page.replace("\r", "")
    data = {"version": str(event.version), "title": "Neu", "timezone": "Europe/Paris", "locale": "fr"}
    organiser_client.post(f"/events/{event.id}/setup/", data={**data, "wish_limit": "5", "zones": "Bray\nLille"})
    session.rollback()
    assert event.taxonomies == {"zones": ["Bray", "lille"], "themes": ["culture"]}
    assert not event.online_offered


def test_copy_offers_what_the_event_did(session: Session, make: Factory, organiser: User) -> None:
    event = make.event(organiser, online_offered=False, taxonomies={"zones": ["Bray"]})
    day = event.slots[0].starts_at.date()
    copy = duplicate_event(session, event, title="Neu", day=day, with_pool=False, user=organiser, actor=SYSTEM)
    assert (copy.online_offered, copy.taxonomies) == (False, {"zones": ["Bray"]})


@pytest.mark.parametrize("remote", [False, True])
def test_imported_event_offers_what_its_file_has_and_can_be_opened(
    client: FlaskClient, session: Session, organiser: User, remote: bool
) -> None:
    people: list[dict[str, Any]] = [
        {"id": "a", "kind": "association", "zone": "Bray"},
        {"id": "c", "kind": "company", "zone": "lille", "remote": remote},
        {"id": "d", "kind": "company"},
    ]
    slots = [{"id": "s1", "start": "2099-03-18T14:00", "end": "2099-03-18T14:06"}]
    document = {"format": "passerelle-event/1", "title": "Neu", "slots": slots, "participants": people}
    event = import_event(session, parse_event(document), organiser.id, SYSTEM)
    client.post("/sign-in", data={"email": organiser.email, "password": "une phrase de passe"})
    answer = client.post(f"/events/{event.id}/status", data={"status": "open"}, follow_redirects=True)
    assert "Les inscriptions sont ouvertes" in html.unescape(answer.text)
    page = form_of(client, event)
    assert "Bray" in page
    assert "Lille" in page
    assert "Roubaix" not in page
    assert ('name="attendance"' in page) == remote
    assert send(client, event, zone="Bray", presence=["s1"]).status_code == 303


def test_organisers_form_offers_what_the_event_has(
    organiser_client: FlaskClient, session: Session, make: Factory, organiser: User
) -> None:
    """A facilitator, meetings online and an own table were offered where there is none."""
    event = make.event(organiser, facilitators=0, tables=0, online_offered=False)
    new = f"/events/{event.id}/participants/new"
    names = ("needs_facilitator", "remote", "home_table", "requires")
    page = organiser_client.get(new).text
    assert [name for name in names if f'name="{name}"' in page] == []
    sent = typed(event, needs_facilitator="y", remote="y", home_table="1", min_meetings="0", boost="0")
    assert organiser_client.post(new, data=sent).status_code in (302, 303)
    session.rollback()
    (one,) = rows(session)
    assert (one.needs_facilitator, one.remote, one.home_table_id, one.requires) == (False, False, None, [])
    with write(session):
        one.needs_facilitator = one.remote = True
        one.requires = ["accessible"]
    page = organiser_client.get(f"/events/{event.id}/participants/{one.id}/edit").text
    assert [name for name in names if f'name="{name}"' in page] == ["needs_facilitator", "remote", "requires"]
    other = make.event(organiser, slug="other", facilitators=1)
    page = organiser_client.get(f"/events/{other.id}/participants/new").text
    assert [name for name in names if f'name="{name}"' in page] == ["needs_facilitator", "remote", "home_table"]
