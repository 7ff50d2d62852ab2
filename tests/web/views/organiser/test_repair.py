"""Repairing from the pages: what happened is said, looked at, applied, undone; two organisers at once."""

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.announced import World
from tests.support.prints import fetched, pages_of
from tests.web.announced import plain
from web.db import write
from web.domain.event.files import event_value
from web.domain.team.access import create_api_token
from web.domain.timetable import anew
from web.domain.timetable.versions import event_of
from web.models import MailState, OutboxMail, Registration, ScheduleVersion, User, Veto


@pytest.fixture
def world(session: Session, organiser: User) -> World:
    return World(session, organiser)


def pages(world: World) -> str:
    return f"/events/{world.event.id}/repair/"


def said(who: str, what: str = "absent", hour: str = "") -> dict[str, str]:
    return {"people-0-who": who, "people-0-what": what, "people-0-hour": hour}


def test_what_happened_becomes_a_proposal_and_then_true(organiser_client: FlaskClient, world: World) -> None:
    gone = world.busy()
    assert f'value="{gone}"' in organiser_client.get(pages(world)).text
    answer = organiser_client.post(pages(world), data=said(gone))
    assert answer.status_code == 303
    page = organiser_client.get(answer.location).text
    assert (
        "Aucun rendez-vous annoncé entre deux présents n’est ni déplacé" in page and "Appliquer et prévenir les" in page
    )
    assert world.mails() == set()
    done = organiser_client.post(answer.location + "apply", follow_redirects=True).text
    assert "courriels sont en route" in done and "appliquée" in done
    world.session.rollback()
    assert gone not in event_value(world.session, world.event).participant_index
    # Those whose agenda changes, and whoever was said not to come.
    assert gone in world.mails()
    back = organiser_client.post(answer.location + "undo", follow_redirects=True).text
    assert "à nouveau annoncé" in back
    world.session.rollback()
    assert gone in event_value(world.session, world.event).participant_index


def test_proposal_is_published_by_applying_it_alone(
    organiser_client: FlaskClient, client: FlaskClient, world: World, organiser: User
) -> None:
    """Published by a program it took somebody's agenda away who still took part, and nothing was said of it."""
    proposal = organiser_client.post(pages(world), data=said(world.busy())).location
    number = proposal.rstrip("/").rpartition("/")[2]
    publishing = f"/events/{world.event.id}/schedule/{number}/publish"
    assert organiser_client.get(publishing).location == proposal
    refused = organiser_client.post(publishing, follow_redirects=True)
    assert "une proposition de réparation" in refused.text and refused.request.path == proposal
    token = create_api_token(world.session, "test", organiser)
    address = f"/api/v1/events/{world.event.id}/schedules/{number}/publish"
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "fr"}
    answer = client.post(address, headers=headers)
    assert answer.status_code == 409
    (error,) = answer.json["errors"]
    assert error["path"] == "proposal" and "une proposition de réparation" in error["message"]
    world.session.rollback()
    assert world.event.published_schedule_id == world.version.id
    assert world.mails() == set()
    organiser_client.post(proposal + "apply")
    done = client.post(address, headers=headers)
    assert (done.status_code, done.json["already"]) == (200, True)


def test_proposal_is_adjusted(organiser_client: FlaskClient, world: World) -> None:
    hour = f"{event_value(world.session, world.event).slots[5].start:%H:%M}"
    first = organiser_client.post(pages(world), data=said(world.busy(), "late", hour)).location
    more = organiser_client.post(first + "adjust").location
    assert more != first
    assert "1 rendez-vous de plus que nécessaire peut changer" in organiser_client.get(more).text.replace("\u202f", " ")
    alone = organiser_client.post(more + "adjust", data={"alone": world.busy("company")})
    assert alone.status_code == 303
    assert organiser_client.get(first).status_code == 404


def test_second_of_two_organisers_is_told(organiser_client: FlaskClient, world: World) -> None:
    one = organiser_client.post(pages(world), data=said(world.busy())).location
    other = organiser_client.post(pages(world), data=said(world.busy("company"))).location
    organiser_client.post(one + "apply")
    answer = organiser_client.post(other + "apply", follow_redirects=True).text
    assert "annoncé entre-temps" in answer
    assert "Refaire la proposition sur le planning actuel" in answer
    anew = organiser_client.post(other + "adjust", data={"again": "1"}).location
    assert "courriels sont en route" in organiser_client.post(anew + "apply", follow_redirects=True).text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (said("a1", "late"), "Indiquez l’heure"),
        ({"minutes": "10"}, "Indiquez les deux"),
        ({"put_off": "s2", "minutes": "1000"}, "de 1 à 240"),
    ],
)
def test_what_is_not_said_whole_is_told(
    organiser_client: FlaskClient, world: World, data: dict[str, str], sentence: str
) -> None:
    answer = organiser_client.post(pages(world), data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    versions = world.session.scalars(select(ScheduleVersion)).all()
    assert len(versions) == 1


def test_version_that_repairs_nothing_has_no_page(organiser_client: FlaskClient, world: World) -> None:
    assert organiser_client.get(f"{pages(world)}{world.version.id}/").status_code == 404
    assert organiser_client.post(f"{pages(world)}{world.version.id}/adjust").status_code == 404


def test_overview_leads_to_the_repair(organiser_client: FlaskClient, world: World) -> None:
    overview = f"/events/{world.event.id}/"
    assert "À faire maintenant" not in organiser_client.get(overview).text
    row = world.session.scalars(select(Registration).where(Registration.key == world.busy())).one()
    with write(world.session):
        row.status = "withdrawn"
    page = organiser_client.get(overview).text
    assert "À faire maintenant" in page and pages(world) in page
    known = organiser_client.get(pages(world)).text
    assert row.name in known and "Ce que l’événement sait déjà" in known
    made = organiser_client.post(pages(world)).location
    organiser_client.post(made + "apply")
    assert "À faire maintenant" not in organiser_client.get(overview).text


def test_participant_and_version_lead_to_the_repair(organiser_client: FlaskClient, world: World) -> None:
    row = world.session.scalars(select(Registration).where(Registration.key == world.busy())).one()
    page = organiser_client.get(f"/events/{world.event.id}/participants/{row.id}/").text
    assert f"{pages(world)}?who={row.key}" in page
    chosen = organiser_client.get(f"{pages(world)}?who={row.key}").text
    assert f'selected value="{row.key}"' in chosen
    assert pages(world) in organiser_client.get(f"/events/{world.event.id}/schedule/{world.version.id}/").text
    made = organiser_client.post(pages(world), data=said(row.key)).location
    number = made.rstrip("/").rpartition("/")[2]
    assert made in organiser_client.get(f"/events/{world.event.id}/schedule/{number}/").text


def test_proposal_that_is_left_alone_changes_nothing_on_the_overview(
    organiser_client: FlaskClient, world: World
) -> None:
    overview = f"/events/{world.event.id}/"
    have_left(world)
    assert "Tout le monde a reçu le planning" in organiser_client.get(overview).text
    organiser_client.post(pages(world), data=said(world.busy()))
    assert "Tout le monde a reçu le planning" in organiser_client.get(overview).text


def have_left(world: World, **values: object) -> None:
    """Every mail is out, or what `values` say."""
    with write(world.session):
        for mail in world.session.scalars(select(OutboxMail)):
            for name, value in ({"state": MailState.SENT, "filed": False} | values).items():
                setattr(mail, name, value)


def test_overview_does_not_say_everybody_before_the_mails_have_left(
    organiser_client: FlaskClient, world: World
) -> None:
    """It said that everybody had received the timetable: while mails waited, had failed, or lay in a folder."""
    overview = f"/events/{world.event.id}/"
    for values, told in (
        ({"state": MailState.QUEUED}, "courriels ne sont pas encore partis"),
        ({"state": MailState.FAILED}, "tous les courriels n’ont pas pu être remis"),
        ({"filed": True}, "courriels ont seulement été écrits dans des fichiers"),
        ({}, "Tout le monde a reçu le planning"),
    ):
        have_left(world, **values)
        page = organiser_client.get(overview).text
        assert told in plain(html.unescape(page))
        assert ("Tout le monde a reçu" in page) == told.startswith("Tout")


def test_overview_does_not_say_everybody_where_somebody_has_no_address(
    organiser_client: FlaskClient, world: World
) -> None:
    with write(world.session):
        world.session.scalars(select(Registration)).first().email = None  # type: ignore[union-attr]
    page = organiser_client.get(f"/events/{world.event.id}/").text
    assert "1 participant n’a pas d’adresse électronique" in page
    assert "Tout le monde a reçu le planning" not in page


def test_overview_leads_to_repair_before_the_event_knows_of_anything(
    organiser_client: FlaskClient, world: World
) -> None:
    """Who telephones that they are late is known to nobody yet: the way there led by the version's page alone."""
    overview = organiser_client.get(f"/events/{world.event.id}/").text
    assert "À faire maintenant" not in overview
    assert f'href="{pages(world)}"' in overview


def test_hours_rounds_and_facilitators_are_said_in_one_form(organiser_client: FlaskClient, world: World) -> None:
    who, value = world.busy(), event_value(world.session, world.event)
    with write(world.session):
        other = world.session.scalars(select(Registration).where(Registration.key == world.busy("company"))).one()
        other.status = "waiting"
    page = organiser_client.get(pages(world)).text
    assert "Inscrits, pas encore acceptés" in page and 'type="time"' in page
    data = said(who, "late", "14:11") | {
        "people-1-who": other.key,
        "people-1-what": "leaves",
        "people-1-hour": "14:40",
        "helpers-0-what": "leaves",
        "helpers-0-hour": "14:20",
        "added-0-hour": "16:00",
        "cut": value.slots[1].id,
    }
    answer = organiser_client.post(pages(world), data=data)
    assert answer.status_code == 303
    number = int(answer.location.rstrip("/").rpartition("/")[2])
    world.session.rollback()
    found = (world.session.get_one(ScheduleVersion, number).repair or {})["said"]
    day = value.slots[0].start.date()
    assert found["late"] == {who: f"{day}T14:11"}
    assert found["come"] == [other.key] and found["leaves"] == {other.key: f"{day}T14:40"}
    assert found["helpers"] == {value.facilitators[0].id: f"{day}T14:20"}
    assert found["added"] == [f"{day}T16:00"] and found["cut"] == [value.slots[1].id]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (said("a1", "come"), "attendu de toute façon"),
        ({"helpers-0-what": "leaves"}, "Indiquez l’heure"),
        ({"added-0-hour": "14:02"}, "avant la fin"),
    ],
)
def test_what_cannot_be_is_told_where_it_stands(
    organiser_client: FlaskClient, world: World, data: dict[str, str], sentence: str
) -> None:
    answer = organiser_client.post(pages(world), data=data)
    assert answer.status_code == 422 and sentence in answer.text


def test_agendas_of_those_concerned_are_one_file(organiser_client: FlaskClient, world: World) -> None:
    event = f"/events/{world.event.id}/schedule"
    none = organiser_client.get(f"{event}/{world.version.id}/concerned.pdf", follow_redirects=True)
    assert "elle concerne tout le monde" in none.text
    gone = world.busy()
    made = organiser_client.post(pages(world), data=said(gone)).location
    applied = organiser_client.post(made + "apply", follow_redirects=True).text
    number = made.rstrip("/").rpartition("/")[2]
    assert f"{event}/{number}/concerned.pdf" in applied
    world.session.rollback()
    told = world.mails() - {gone}
    version = organiser_client.get(f"{event}/{number}/").text
    assert "Cette version répare la version 1" in version and f"{len(told)} participants concernés" in version
    texts = pages_of(fetched(organiser_client, f"{event}/{number}/concerned.pdf"))
    names = [event_of(world.version).participant(key).label for key in told]
    assert len(texts) == len(names) and all(any(name in text for text in texts) for name in names)


def test_undoing_says_whom_it_concerns_before_and_after(organiser_client: FlaskClient, world: World) -> None:
    gone = world.busy()
    name = event_of(world.version).participant(gone).label
    made = organiser_client.post(pages(world), data=said(gone)).location
    applied = html.unescape(organiser_client.post(made + "apply", follow_redirects=True).text)
    assert name in applied[applied.index("retrouvent leur ancien agenda") :]
    undone = html.unescape(organiser_client.post(made + "undo", follow_redirects=True).text)
    assert "Cette version annule la version 2" in undone
    assert name in undone[undone.index("participants concernés") :][:600]


def test_everything_anew_stands_beside_the_proposal_when_it_is_counted(
    organiser_client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "SECONDS", 1.0)
    made = organiser_client.post(pages(world), data=said(world.busy())).location
    assert f'hx-post="{made}anew"' in organiser_client.get(made).text
    part = organiser_client.post(made + "anew", headers={"HX-Request": "true"})
    assert part.status_code == 200 and "hx-post" not in part.text and "<html" not in part.text
    assert organiser_client.post(made + "anew").location == made
    assert "hx-post" not in organiser_client.get(made).text


def test_second_comparison_waits_for_the_first(organiser_client: FlaskClient, world: World) -> None:
    made = organiser_client.post(pages(world), data=said(world.busy())).location
    with anew._turn:
        part = organiser_client.post(made + "anew", headers={"HX-Request": "true"}).text
    assert "delay:2s" in part and "Comptage en cours" in part


def test_proposal_says_who_is_left_without_any_meeting(
    organiser_client: FlaskClient, world: World, session: Session
) -> None:
    """Somebody who came unannounced was told an empty agenda, and the organiser nothing of it."""
    with write(session):
        stranger = Registration(
            event=world.event,
            key="x1",
            position=99,
            kind="company",
            name="La Brasserie",
            status="accepted",
            delegates=1,
        )
        session.add(stranger)
        session.flush()
        for one in session.scalars(select(Registration).where(Registration.kind == "association")):
            session.add(Veto(registration_id=one.id, target_id=stranger.id))
    page = organiser_client.get(organiser_client.post(pages(world)).location).text
    assert "1 participant n’a aucun rendez-vous" in page.replace("\u202f", " ").replace("\u00a0", " ")
    assert "La Brasserie" in page


def test_repair_begins_at_a_table_and_at_a_round(organiser_client: FlaskClient, world: World) -> None:
    """From the table or the round that is lost there was no way to the repair."""
    event = world.event
    for what, field, key in (("tables", "tables", event.tables[0].key), ("slots", "cut", event.slots[1].key)):
        name = "table" if what == "tables" else "round"
        link = f"{pages(world)}?{name}={key}"
        assert link in html.unescape(organiser_client.get(f"/events/{event.id}/setup/{what}").text)
        page = organiser_client.get(link).text
        ticked = [box for box in re.findall(r"<input[^>]*checkbox[^>]*>", page) if "checked" in box]
        assert len(ticked) == 1
        assert f'name="{field}"' in ticked[0] and f'value="{key}"' in ticked[0]
