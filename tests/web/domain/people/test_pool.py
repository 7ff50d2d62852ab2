"""The organisations of one's other events: who came, who met whom, who is taken along; never those of another team."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.pool import Filter, pool_of, take_along
from web.models import Event, Invitation, OutboxMail, Registration, Role, User

LATER = datetime(2028, 1, 1, tzinfo=UTC)


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser=organiser, title="La prochaine")


def held(make: Factory, organiser: User, title: str = "La dernière") -> tuple[Event, Registration, Registration]:
    """An event that was announced: an association and a company were to meet."""
    event = make.event(organiser=organiser, title=title)
    one = make.registration(event, name="Les Jardins du Canal", siren="123456789", themes=["culture"], zone="lille")
    other = make.registration(event, kind="company", name="Nord Menuiserie")
    make.registration(event, name="Jamais Venue", status="declined", email=None)
    meeting = {"between": [one.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 10}
    version = make.schedule(event, [meeting])
    with write(make.session):
        event.published_schedule_id = version.id
    return event, one, other


def test_pool_tells_who_came_and_who_met_whom(make: Factory, session: Session, organiser: User, event: Event) -> None:
    held(make, organiser)
    pool = pool_of(session, organiser, event, now=LATER)
    told = {one.latest.name: (one.came, one.parts[0].met) for one in pool.organisations}
    assert told == {
        "Les Jardins du Canal": (True, ("Nord Menuiserie",)),
        "Nord Menuiserie": (True, ("Les Jardins du Canal",)),
        "Jamais Venue": (False, ()),
    }
    # What is not over yet has seen nobody.
    before = pool_of(session, organiser, event, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert not any(one.came for one in before.organisations)


def test_one_organisation_at_two_events_is_one(make: Factory, session: Session, organiser: User, event: Event) -> None:
    held(make, organiser)
    again = make.event(organiser=organiser, title="Une autre")
    make.registration(again, name="Jardins du Canal (les)", siren="123456789")
    make.registration(again, name="NORD MENUISERIE", kind="company")
    make.registration(again, name="Nord Menuiserie", kind="association")
    pool = pool_of(session, organiser, event)
    assert sorted(len(one.parts) for one in pool.organisations) == [1, 1, 2, 2]


def test_another_teams_events_are_never_shown(
    make: Factory, session: Session, organiser: User, event: Event, organiser_client: FlaskClient
) -> None:
    stranger = make.user()
    _event, foreign, _other = held(make, stranger, title="Chez d’autres")
    desk = make.event(stranger, title="À l’accueil")
    make.member(desk, organiser, Role.DESK)
    only_desk = make.registration(desk, name="Vue à l’accueil")
    assert pool_of(session, organiser, event).organisations == []
    page = organiser_client.get(f"/events/{event.id}/participants/pool/").text
    assert "Jardins" not in page
    assert "accueil" not in page
    assert take_along(session, organiser, event, [foreign.id, only_desk.id], SYSTEM) == []


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(kind="company"), ["Nord Menuiserie"]),
        (Filter(theme="culture"), ["Les Jardins du Canal"]),
        (Filter(zone="lille"), ["Les Jardins du Canal"]),
        (Filter(part="not"), ["Jamais Venue"]),
        (Filter(part="came"), ["Les Jardins du Canal", "Nord Menuiserie"]),
        (Filter(met="wished"), ["Les Jardins du Canal"]),
        (Filter(met="mutual"), []),
        (Filter(text="canal jardins"), ["Les Jardins du Canal"]),
        (Filter(event=999), []),
    ],
)
def test_pool_is_filtered(
    make: Factory, session: Session, organiser: User, event: Event, wanted: Filter, names: list[str]
) -> None:
    _event, one, other = held(make, organiser)
    make.wishes(one, [other])
    pool = pool_of(session, organiser, event, now=LATER)
    assert [one.latest.name for one in pool.matching(wanted)] == names


def test_wishes_that_were_met_are_counted_over_all_events(
    make: Factory, session: Session, organiser: User, event: Event
) -> None:
    first, one, other = held(make, organiser)
    make.wishes(one, [make.registration(first, kind="company", name="Jamais rencontrée"), other])
    make.wishes(other, [one])
    _second, again, _stranger = held(make, organiser, title="Une autre")
    pool = pool_of(session, organiser, event, now=LATER)
    told = {known.latest.name: (known.meetings, known.honoured, known.mutual) for known in pool.organisations}
    assert told == {
        "Les Jardins du Canal": (2, 1, 1),
        "Nord Menuiserie": (2, 1, 1),
        "Jamais Venue": (0, 0, 0),
        "Jamais rencontrée": (0, 0, 0),
    }
    assert again.id != one.id
    # What is not over yet has seen nobody.
    before = pool_of(session, organiser, event, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert not any(known.honoured for known in before.organisations)


def test_wishes_that_were_met_stand_on_the_page(
    make: Factory, organiser: User, event: Event, organiser_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _event, one, other = held(make, organiser)
    make.wishes(one, [other])
    monkeypatch.setattr("web.domain.people.pool.local_now", lambda *_: datetime(2028, 1, 1))
    text = organiser_client.get(f"/events/{event.id}/participants/pool/?met=wished").text
    assert "1 souhait honoré sur 1 rendez-vous" in text
    assert "Nord Menuiserie" in text
    assert f'name="ids" value="{one.id}"' in text
    assert f'name="ids" value="{other.id}"' not in text


def test_pool_is_shown_in_pages(make: Factory, organiser: User, event: Event, organiser_client: FlaskClient) -> None:
    former = make.event(organiser=organiser, title="La grande")
    for number in range(51):
        make.registration(former, name=f"Association {number:02}")
    address = f"/events/{event.id}/participants/pool/?part=not"
    first, second = (organiser_client.get(f"{address}&page={page}").text for page in (1, 2))
    assert ("Association 49" in first, "Association 50" in first) == (True, False)
    assert ("Association 49" in second, "Association 50" in second) == (False, True)
    assert "part=not" in second.partition('rel="prev"')[2].partition(">")[0]
    # What there is not is the last one there is.
    assert "Association 50" in organiser_client.get(f"{address}&page=99").text


def test_organisations_are_taken_along_once(
    make: Factory, session: Session, organiser: User, event: Event, organiser_client: FlaskClient
) -> None:
    _former, one, other = held(make, organiser)
    address = f"/events/{event.id}/participants/pool/"
    for _press in range(2):
        answer = organiser_client.post(address, data={"ids": [one.id, other.id], "do": "take"})
        assert answer.status_code == 303
    session.rollback()
    found = session.query(Registration).where(Registration.event_id == event.id).order_by(Registration.name).all()
    assert [(row.name, row.status, row.siren, row.token_hash, row.consented_at) for row in found] == [
        ("Les Jardins du Canal", "pending", "123456789", None, None),
        ("Nord Menuiserie", "pending", None, None, None),
    ]
    assert found[0].absences == []
    assert "dans cet événement" in organiser_client.get(address).text
    assert session.query(OutboxMail).count() == 0


def test_organisations_are_invited_and_those_without_an_address_told(
    make: Factory, session: Session, organiser: User, event: Event, organiser_client: FlaskClient
) -> None:
    former, one, _other = held(make, organiser)
    silent = session.query(Registration).where(Registration.name == "Jamais Venue").one()
    data = {"ids": [one.id, silent.id], "do": "invite"}
    answer = organiser_client.post(f"/events/{event.id}/participants/pool/", data=data, follow_redirects=True)
    assert "Jamais Venue" in answer.text
    session.rollback()
    assert [row.email for row in session.query(Invitation)] == [one.email]
    assert session.query(OutboxMail).count() == 0
    assert former.id != event.id


def test_nothing_ticked_gets_a_sentence(organiser_client: FlaskClient, event: Event) -> None:
    answer = organiser_client.post(f"/events/{event.id}/participants/pool/", data={}, follow_redirects=True)
    assert "Cochez d’abord au moins une organisation." in answer.text


def test_archived_event_takes_nobody_along(
    make: Factory, session: Session, organiser: User, event: Event, organiser_client: FlaskClient
) -> None:
    _former, one, _other = held(make, organiser)
    with write(session):
        event.status = "archived"
    data = {"ids": [one.id], "do": "take"}
    assert organiser_client.post(f"/events/{event.id}/participants/pool/", data=data).status_code == 409


def test_pool_asks_the_database_as_often_for_many_events_as_for_few(
    make: Factory, organiser: User, event: Event, organiser_client: FlaskClient
) -> None:
    address = f"/events/{event.id}/participants/pool/"
    held(make, organiser)
    few = count_queries(organiser_client.application, organiser_client, address)
    for number in range(4):
        _event, one, other = held(make, organiser, title=f"Encore une {number}")
        make.wishes(one, [other])
    assert count_queries(organiser_client.application, organiser_client, address) == few
