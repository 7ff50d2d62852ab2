"""Nothing is green, ticked or called proven on any page, nor in what programs read, beside a timetable that is wrong.

All addresses that can be looked at are walked, so that a page added later is too.
"""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.announced import CHANGES, Announced, plain
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.domain.team.access import create_api_token
from web.models import Job, OutboxMail, ScheduleVersion, User

# Green in colour, by the classes that site.css, organiser.css and participant.css give it.
GREEN = re.compile(
    r'class="(?:badge good|step done|notice success|agenda-wish|card welcome[^"]*)"[^>]*>(?:\s*<[^>]+>)*\s*([^<]*)'
)
# And in words. That a participant's own page is always up to date is so: it says what has changed.
WORDS = re.compile(
    "optimum prouvé|prouvé : aucun planning|Non, c’est prouvé|[Tt]out le monde a reçu|(?<!toujours )(?<!plus )à jour|✓"
)
# What is green about something else than how the timetable stands: who takes part, a tab's own state, a mail that left.
FINE = {"accepté", "Acceptée", "inscriptions ouvertes", "Inscriptions ouvertes", "envoyé"}
# Made by the press, or no page: their words are tested where they are made.
NOT_LOOKED_AT = re.compile(
    r"\.files\.|events\.export|agenda_print|agenda_calendar|data_export|api\.(agenda|agendas|calendar)|schedule\.answers"
)

# Each kind of change is in one of them, as far as two can be made of one event, red and amber mixed.
PAIRS = [
    ("withdrawn", "come"),
    ("rounds moved", "rules"),
    ("absent", "table lost"),
    ("place", "renamed"),
    ("facilitator lost", "round added"),
    ("profile", "must meet"),
    ("come", "rules"),
    ("erased", "facilitator absent"),
    ("round cut", "online"),
    ("table renamed", "declined"),
    ("must not meet", "accessible table"),
    ("one person for two", "own table"),
    ("row broken", "profile"),
]


@pytest.fixture
def announced(session: Session, make: Factory, organiser: User) -> Announced:
    """What is announced, another version of it, and a computation that is over."""
    world = Announced(session, make, organiser)
    make.schedule(world.event, world.meetings[:2])
    make.wishes(world.a, [world.c])
    make.wishes(world.c, [world.a])
    version = make.schedule(world.event, world.meetings)
    world.publish(version)
    tiers = [{"name": name, "value": 0, "bound": 0} for name in ("shortfall", "value", "breaks")]
    progress = [{"seconds": second, "stage": "done", "tiers": tiers} for second in (0.5, 1.0)]
    make.job(world.event, state="done", schedule_id=version.id, progress=progress, parameters={"time_limit": 5})
    return world


def addresses(app: Flask, world: Announced, token: str) -> dict[str, str]:
    """Every address of an organiser, a participant, the public and programs that tells something of the event."""
    session, event = world.session, world.event
    versions = sorted(session.scalars(select(ScheduleVersion.id).where(ScheduleVersion.event_id == event.id)))
    values: dict[str, object] = {
        "event_id": event.id,
        "slug": event.slug,
        "schedule_id": event.published_schedule_id,
        "participant": world.a.key,
        "registration_id": world.a.id,
        "job_id": session.scalars(select(Job.id).where(Job.event_id == event.id)).one(),
        "mail_id": session.scalars(select(OutboxMail.id).where(OutboxMail.event_id == event.id)).first(),
        "token": token,
    }
    query = {"schedule.compare": "&".join(f"?v={id}" if i == 0 else f"v={id}" for i, id in enumerate(versions[:4]))}
    found = {"events.index": "/events/"}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            wanted = rule.arguments
            told = bool(wanted & {"event_id", "slug", "token"}) and "GET" in (rule.methods or ())
            if told and wanted <= values.keys() and not NOT_LOOKED_AT.search(rule.endpoint):
                address = rule.build({name: values[name] for name in wanted})
                assert address is not None
                found[rule.endpoint] = address[1] + query.get(rule.endpoint, "")
    return found


def green(clients: dict[str, FlaskClient], found: dict[str, str]) -> dict[str, list[str]]:
    """By page, what of it is green; and of what programs read, what says that all is well."""
    marks: dict[str, list[str]] = {}
    for endpoint, address in found.items():
        kind = endpoint.partition(".")[0]
        client = clients.get(kind, clients["organiser"])
        answer = client.get(address)
        if answer.status_code in (302, 303, 404, 410) or not answer.mimetype.startswith(
            ("text/html", "application/json")
        ):
            continue
        assert answer.status_code == 200, (address, answer.status_code)
        if endpoint == "api.list_schedules":
            seen = [f"current: {one['number']}" for one in answer.json["schedules"] if one["current"]]
        else:
            text = plain(unescape(answer.text))
            seen = [words.strip() for words in GREEN.findall(text)]
            seen = [words for words in seen if words not in FINE] + WORDS.findall(text)
        if seen:
            marks[endpoint] = seen
    return marks


@pytest.fixture
def clients(app: Flask, organiser_client: FlaskClient, session: Session, organiser: User) -> dict[str, FlaskClient]:
    program = app.test_client()
    token = create_api_token(session, "test", organiser)
    program.environ_base.update({"HTTP_AUTHORIZATION": f"Bearer {token}"})
    visitor = app.test_client()
    return {"organiser": organiser_client, "api": program, "participant": visitor, "public": visitor}


def test_what_is_right_is_green(app: Flask, announced: Announced, clients: dict[str, FlaskClient]) -> None:
    found = addresses(app, announced, announced.make.personal_link(announced.b))
    assert len(found) > 35
    marks = green(clients, found)
    for page in ("events.show", "schedule.index", "schedule.show", "schedule.quality_page", "schedule.compare"):
        assert page in marks
    for page in ("schedule.agenda", "schedule.edit.page", "schedule.compute.page", "api.list_schedules"):
        assert page in marks


@on_both_databases
@pytest.mark.parametrize("names", PAIRS, ids=" and ".join)
def test_nothing_is_green_after_two_changes_at_once(
    app: Flask, announced: Announced, clients: dict[str, FlaskClient], names: tuple[str, str]
) -> None:
    found = addresses(app, announced, announced.make.personal_link(announced.b))
    for name in names:
        CHANGES[name].do(announced)
        announced.session.expire_all()
    announced.session.rollback()
    assert announced.drift()
    assert green(clients, found) == {}
