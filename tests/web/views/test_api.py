"""The HTTP interface: each call as its contract says, without a token, for another event, with bad input, at once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from icalendar import Calendar
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from scheduler.check.schedule import verify
from scheduler.format.event import Event as EventFile
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import parse_schedule
from tests.properties.strategies import events
from tests.web.conftest import make_app, on_both_databases
from tests.web.factories import Factory
from web.config import Settings
from web.db import write
from web.domain.team.access import create_api_token
from web.models import Event, Job, JobState, OutboxMail, Role, ScheduleVersion, User, utcnow

SLOTS = [{"id": f"s{i}", "start": f"2027-03-18T14:{i:02}", "end": f"2027-03-18T14:{i + 1:02}"} for i in range(4)]
FULL: dict[str, Any] = {
    "format": "passerelle-event/1",
    "title": "Speed-dating « associations – entreprises »",
    "timezone": "Europe/Brussels",
    "slots": [
        {"id": "s1", "start": "2027-03-18T14:00", "end": "2027-03-18T14:06", "session": "après-midi"},
        {"id": "s2/bis", "start": "2027-03-18T14:08:30", "end": "2027-03-18T14:14", "session": None},
    ],
    "tables": [{"id": "t1", "name": "Table 1", "features": ["accessible"]}, {"id": "t2"}],
    "facilitators": [{"id": "f1", "name": "Médiatrice 1", "unavailable": ["s1"]}],
    "may_meet": [["association", "company"], ["company", "company"]],
    "participants": [
        {
            "id": "a/1 é",
            "kind": "association",
            "name": "Les Jardins du Canal",
            "needs": ["skills.communication"],
            "offers": ["visibility"],
            "themes": ["environment"],
            "wishes": ["c4", "c1"],
            "vetoes": ["c9"],
            "min_meetings": 1,
            "max_meetings": 10,
            "delegates": 2,
            "unavailable": ["s2/bis"],
            "requires": ["accessible"],
            "needs_facilitator": False,
            "zone": "roubaix",
            "boost": -3,
        },
        {"id": "c1", "kind": "company", "home_table": "t1", "offers": ["skills.communication"]},
        {"id": "c4", "kind": "company", "remote": True, "needs": ["visibility"], "boost": 1_000_000},
        {"id": "c9", "kind": "company", "needs_facilitator": True, "zone": ""},
    ],
    "meetings": [
        {"between": ["c1", "c4"], "status": "required", "slot": "s2/bis", "after": [["a/1 é", "c4"]]},
        {"between": ["a/1 é", "c1"], "status": "allowed", "session": "après-midi"},
    ],
    "affinities": [{"between": ["a/1 é", "c4"], "score": 37}],
    "rules": {"coverage": [40, 25], "max_break_difference": 2, "weights": {"need": 11}},
}


@dataclass
class Program:
    """A program that calls the interface with a token, or without one."""

    client: FlaskClient
    token: str | None

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)


@pytest.fixture
def token(make: Factory, organiser: User) -> str:
    return create_api_token(make.session, "tests", organiser)


@pytest.fixture
def api(app: Flask, token: str) -> Program:
    return Program(app.test_client(), token)


@pytest.fixture
def stranger(app: Flask, make: Factory) -> Program:
    """A program with a good token, whose owner is in no event's team."""
    return Program(app.test_client(), create_api_token(make.session, "stranger", make.user()))


@dataclass
class Planned:
    """An event with a computed schedule."""

    event: Event
    version: ScheduleVersion
    path: str
    people: list[str]


@pytest.fixture
def planned(api: Program, make: Factory, organiser: User, session: Session) -> Planned:
    event = make.event(organiser)
    people = [make.registration(event, kind=kind).key for kind in ("association", "company") * 3]
    job = api("POST", f"/events/{event.id}/schedules", {"time_limit": 10}).json["job"]
    schedule = api("GET", f"/jobs/{job}").json["schedule"]
    session.rollback()
    path = f"/events/{event.id}/schedules/{schedule}"
    return Planned(event, session.get_one(ScheduleVersion, schedule), path, people)


def refused(answer: TestResponse, status: int) -> list[str]:
    """The paths of the errors, once the answer has been found to be one that every refusal is."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"errors"}
    assert answer.json["errors"]
    for error in answer.json["errors"]:
        assert set(error) == {"path", "message"}
        assert error["message"].strip()
    for word in ("Traceback", "<html", "sqlalchemy"):
        assert word not in answer.text
    assert "Location" not in answer.headers
    return [error["path"] for error in answer.json["errors"]]


# Events


@on_both_databases
def test_event_comes_back_equal_in_meaning(api: Program) -> None:
    made = api("POST", "/events", FULL)
    assert (made.status_code, set(made.json)) == (201, {"id"})
    answer = api("GET", f"/events/{made.json['id']}")
    assert answer.status_code == 200
    assert parse_event(answer.data) == parse_event(FULL)
    assert made.headers["Location"].endswith(f"/api/v1/events/{made.json['id']}")


def test_event_with_nothing_but_what_is_mandatory_comes_back(api: Program) -> None:
    least = {"format": "passerelle-event/1", "slots": SLOTS[:1], "participants": []}
    made = api("POST", "/events", least)
    assert made.status_code == 201
    assert parse_event(api("GET", f"/events/{made.json['id']}").data) == parse_event(least)


def test_any_event_comes_back(api: Program) -> None:
    @examples(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(events())
    def comes_back(event: EventFile) -> None:
        made = api("POST", "/events", json.loads(event_json(event)))
        assert parse_event(api("GET", f"/events/{made.json['id']}").data) == in_order_of_time(event)

    comes_back()


def in_order_of_time(event: EventFile) -> EventFile:
    """`event` with the slots that somebody misses in order: they are kept as hours, and their order says nothing."""
    parts = {
        name: tuple(
            one.model_copy(update={"unavailable": tuple(sorted(one.unavailable, key=event.slot_index.__getitem__))})
            for one in getattr(event, name)
        )
        for name in ("participants", "facilitators")
    }
    return event.model_copy(update=parts)


def test_event_with_many_faults_tells_them_all_and_leaves_nothing(api: Program, session: Session) -> None:
    bad = json.loads(json.dumps(FULL))
    bad["participants"][0]["wishes"] = ["nobody"]
    bad["participants"][1]["boost"] = "3"
    bad["slots"][1]["start"] = "2027-03-18T13:00"
    bad["surprise"] = 1
    paths = refused(api("POST", "/events", bad), 422)
    assert {"participants[0].wishes[0]", "participants[1].boost", "surprise"} <= set(paths)
    assert any(path.startswith("slots[1]") for path in paths)
    assert session.scalar(select(func.count()).select_from(Event)) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe{}",
        '{"title": "é"}'.encode("latin-1"),
        b'{"format": NaN}',
        b'{"format": 1, "format": 1}',
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 1_000_000,
        b'{"title": "\\ud800"}',
        b'{"\\ud800": "\\u0000"}',
        b'{"format": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_body_that_is_no_event_file_is_refused_in_words(api: Program, data: bytes) -> None:
    refused(api("POST", "/events", data=data, content_type="application/json"), 422)


@on_both_databases
def test_text_that_no_database_holds_is_refused(api: Program) -> None:
    bad = FULL | {"title": "nul\0"}
    bad["tables"] = [{"id": "t1", "features": ["accessible", "\0"]}]
    assert refused(api("POST", "/events", bad), 422) == ["title", "tables[0].features[1]"]


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "x"]
)
def test_body_of_another_kind_is_refused(api: Program, kind: str | None) -> None:
    refused(api("POST", "/events", data=json.dumps(FULL), content_type=kind), 415)


def test_body_over_the_limit_is_refused(api: Program) -> None:
    data = b'{"title": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    answer = api("POST", "/events", data=data, content_type="application/json")
    refused(answer, 413)
    assert "10\xa0Mo" in answer.json["errors"][0]["message"]


# Schedules and jobs


def test_computing_gives_a_job_that_gives_a_legal_schedule(api: Program) -> None:
    event = api("POST", "/events", FULL).json["id"]
    started = api("POST", f"/events/{event}/schedules", {"time_limit": 20})
    assert (started.status_code, set(started.json)) == (202, {"job"})
    report = api("GET", f"/jobs/{started.json['job']}").json
    assert (report["state"], report["errors"]) == ("done", [])
    assert [tier["name"] for tier in report["tiers"]] == ["shortfall", "value", "breaks", "idle_slots", "table_moves"]
    schedule = parse_schedule(api("GET", f"/events/{event}/schedules/{report['schedule']}").data)
    assert verify(parse_event(FULL), schedule).faults == []
    listed = api("GET", f"/events/{event}/schedules").json["schedules"]
    assert [(one["id"], one["number"], one["published"]) for one in listed] == [(report["schedule"], 1, False)]


def test_computing_without_a_body_takes_the_usual_time(api: Program) -> None:
    event = api("POST", "/events", FULL).json["id"]
    started = api("POST", f"/events/{event}/schedules")
    assert started.status_code == 202
    assert api("GET", f"/jobs/{started.json['job']}").json["time_limit"] == 20


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"time_limit": 0}, "time_limit"),
        ({"time_limit": 1e9}, "time_limit"),
        ({"time_limit": "20"}, "time_limit"),
        ({"time_limit": True}, "time_limit"),
        ({"time_limit": None}, "time_limit"),
        ({"seconds": 20}, "seconds"),
        ([], "file"),
    ],
)
def test_computing_with_a_bad_limit_is_refused(api: Program, session: Session, body: Any, path: str) -> None:
    event = api("POST", "/events", FULL).json["id"]
    assert refused(api("POST", f"/events/{event}/schedules", body), 422) == [path]
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_impossible_event_fails_with_its_requirements(api: Program) -> None:
    people = [{"id": id, "kind": "x", "name": name} for id, name in (("a", "Anna"), ("b", "Bruno"), ("c", "Chloé"))]
    must = [{"between": ["a", other], "status": "required"} for other in ("b", "c")]
    event = {"format": "passerelle-event/1", "slots": SLOTS[:1], "participants": people, "meetings": must}
    id = api("POST", "/events", event).json["id"]
    job = api("POST", f"/events/{id}/schedules", {"time_limit": 5}).json["job"]
    report = api("GET", f"/jobs/{job}").json
    assert (report["state"], report["schedule"]) == ("failed", None)
    told = " ".join(error["message"] for error in report["errors"])
    for name in ("Anna", "Bruno", "Chloé"):
        assert name in told


def test_event_with_nobody_is_not_computed(api: Program) -> None:
    id = api("POST", "/events", {"format": "passerelle-event/1", "slots": SLOTS, "participants": []}).json["id"]
    refused(api("POST", f"/events/{id}/schedules"), 409)


def test_stopping_a_job_twice_is_stopping_it_once(
    api: Program, app: Flask, make: Factory, organiser: User, session: Session
) -> None:
    app.extensions["passerelle.call"] = lambda _name, _arguments: None
    job = make.job(make.event(organiser), state=JobState.QUEUED)
    for _turn in range(2):
        answer = api("DELETE", f"/jobs/{job.id}")
        assert (answer.status_code, answer.json["state"]) == (200, "stopped")
    assert api("GET", f"/jobs/{job.id}").json["errors"] != []


def test_stopping_a_job_that_ended_leaves_it(api: Program, make: Factory, planned: Planned) -> None:
    job = make.session.scalars(select(Job)).one()
    answer = api("DELETE", f"/jobs/{job.id}")
    assert (answer.status_code, answer.json["state"]) == (200, "done")
    assert answer.json["schedule"] == planned.version.id


# Publishing, replanning, prints


def test_publishing_twice_tells_everybody_once(api: Program, planned: Planned, session: Session) -> None:
    first = api("POST", f"{planned.path}/publish")
    assert first.status_code == 200
    assert first.json == {"schedule": planned.version.id, "mails": 6, "without_address": 0, "already": False}
    assert api("POST", f"{planned.path}/publish").json["already"] is True
    session.rollback()
    assert session.scalar(select(func.count()).select_from(OutboxMail)) == 6
    assert session.get_one(Event, planned.event.id).published_schedule_id == planned.version.id
    assert api("GET", f"/events/{planned.event.id}/schedules").json["schedules"][0]["published"] is True


def test_publishing_in_an_archived_event_is_refused(
    api: Program, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser, status="archived")
    refused(api("POST", f"/events/{event.id}/schedules/{make.schedule(event).id}/publish"), 409)


def test_replanning_proposes_a_legal_schedule_with_changes(api: Program, planned: Planned) -> None:
    absent, late = planned.people[0], planned.people[1]
    answer = api("POST", f"{planned.path}/replan", {"absent": [absent], "late": {late: "s3"}, "from_slot": "s2"})
    assert answer.status_code == 200
    proposal = parse_schedule(answer.data)
    assert proposal.changes
    assert absent in [change.participant for change in proposal.changes]
    later = [meeting for meeting in proposal.meetings if meeting.slot != "s1"]
    assert not [meeting for meeting in later if absent in meeting.between]
    assert not [meeting for meeting in later if late in meeting.between and meeting.slot == "s2"]
    stored = answer.headers["Content-Location"].removeprefix("/api/v1")
    assert stored != planned.path
    assert parse_schedule(api("GET", stored).data) == proposal
    published = api("GET", f"/events/{planned.event.id}/schedules").json["schedules"]
    assert [one["published"] for one in published] == [False, False]


def test_replanning_where_nothing_changed_changes_nothing(api: Program, planned: Planned) -> None:
    answer = api("POST", f"{planned.path}/replan", {"absent": [], "late": {}, "from_slot": None})
    assert answer.status_code == 200
    assert answer.json["changes"] == []
    assert api("POST", f"{planned.path}/replan").status_code == 200


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"absent": ["nobody"], "from_slot": "never"}, ["absent[0]", "from_slot"]),
        ({"late": {"nobody": "s1"}}, ["late"]),
        ({"absent": "a1"}, ["absent"]),
        ({"late": []}, ["late"]),
        ({"late": {"x": 1}}, ["late.x"]),
        ({"allow_disruptions": -1}, ["allow_disruptions"]),
        ({"unknown": 1}, ["unknown"]),
    ],
)
def test_replanning_with_bad_input_is_refused(api: Program, planned: Planned, body: Any, paths: list[str]) -> None:
    assert refused(api("POST", f"{planned.path}/replan", body), 422) == paths


def test_agendas_and_calendar_are_files(api: Program, planned: Planned) -> None:
    all_agendas = api("GET", f"{planned.path}/agendas.pdf")
    assert (all_agendas.status_code, all_agendas.mimetype) == (200, "application/pdf")
    assert all_agendas.data.startswith(b"%PDF-")
    one = api("GET", f"{planned.path}/participants/{planned.people[0]}/agenda.pdf")
    assert (one.status_code, one.data[:5]) == (200, b"%PDF-")
    assert len(one.data) < len(all_agendas.data)
    calendar = api("GET", f"{planned.path}/participants/{planned.people[0]}/agenda.ics")
    assert (calendar.status_code, calendar.mimetype) == (200, "text/calendar")
    entries = Calendar.from_ical(calendar.data).walk("VEVENT")
    meetings = [one for one in planned.version.document["meetings"] if planned.people[0] in one["between"]]
    assert len(entries) == len(meetings)


def test_calendar_of_an_earlier_version_published_again_replaces_the_later(
    api: Program, make: Factory, planned: Planned, session: Session
) -> None:
    """Calendars keep the entry with the highest SEQUENCE: it has to grow with each publication, not with the number."""
    earlier, later = planned.version, make.schedule(planned.event, planned.version.document["meetings"])
    sequences = []
    for minutes, version in enumerate((earlier, later, earlier)):
        with write(session):
            version.published_at = utcnow() + timedelta(minutes=minutes)
        path = f"/events/{planned.event.id}/schedules/{version.id}/participants/{planned.people[0]}/agenda.ics"
        sequences.append(int(Calendar.from_ical(api("GET", path).data).walk("VEVENT")[0]["sequence"]))
    assert sequences[0] < sequences[1] < sequences[2]


@pytest.mark.parametrize("id", ["a/b", "/", "a//b", "é ?#%", "agenda.pdf", "x/agenda.ics"])
def test_participant_of_any_name_has_an_agenda(api: Program, id: str) -> None:
    from urllib.parse import quote

    people = [{"id": id, "kind": "k"}, {"id": "other", "kind": "k"}]
    must = [{"between": [id, "other"], "status": "required"}]
    file = {"format": "passerelle-event/1", "slots": SLOTS, "participants": people, "meetings": must}
    event = api("POST", "/events", file).json["id"]
    job = api("POST", f"/events/{event}/schedules", {"time_limit": 5}).json["job"]
    schedule = api("GET", f"/jobs/{job}").json["schedule"]
    answer = api("GET", f"/events/{event}/schedules/{schedule}/participants/{quote(id, safe='')}/agenda.ics")
    assert answer.status_code == 200
    assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == 1


def test_agenda_of_nobody_is_missing(api: Program, planned: Planned) -> None:
    refused(api("GET", f"{planned.path}/participants/nobody/agenda.pdf"), 404)
    refused(api("GET", f"{planned.path}/participants/nobody/agenda.ics"), 404)


# Who may, and what no call answers

CALLS: list[tuple[str, Callable[[Planned], str]]] = [
    ("GET", lambda planned: f"/events/{planned.event.id}"),
    ("GET", lambda planned: f"/events/{planned.event.id}/schedules"),
    ("POST", lambda planned: f"/events/{planned.event.id}/schedules"),
    ("GET", lambda planned: planned.path),
    ("POST", lambda planned: f"{planned.path}/publish"),
    ("POST", lambda planned: f"{planned.path}/replan"),
    ("GET", lambda planned: f"{planned.path}/agendas.pdf"),
    ("GET", lambda planned: f"{planned.path}/participants/{planned.people[0]}/agenda.pdf"),
    ("GET", lambda planned: f"{planned.path}/participants/{planned.people[0]}/agenda.ics"),
    ("GET", lambda planned: "/jobs/1"),
    ("DELETE", lambda planned: "/jobs/1"),
]


def test_call_without_a_good_token_is_401(app: Flask, api: Program, planned: Planned) -> None:
    for token in (None, "psl_wrong", "", "é"):
        program = Program(app.test_client(), token)
        for method, path in [*CALLS, ("POST", lambda planned: "/events")]:
            answer = program(method, path(planned))
            refused(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    basic = app.test_client().get("/api/v1/events/1", headers={"Authorization": f"Basic {api.token}"})
    refused(basic, 401)


def test_call_for_another_event_is_404(stranger: Program, planned: Planned) -> None:
    for method, path in CALLS:
        refused(stranger(method, path(planned)), 404)


def test_schedule_of_another_event_is_404_through_ones_own(
    api: Program, make: Factory, organiser: User, planned: Planned
) -> None:
    own = make.event(organiser)
    refused(api("GET", f"/events/{own.id}/schedules/{planned.version.id}"), 404)


def test_token_of_a_helper_is_403(app: Flask, make: Factory, planned: Planned) -> None:
    helper = make.user()
    make.member(planned.event, helper, Role.DESK)
    program = Program(app.test_client(), create_api_token(make.session, "desk", helper))
    for method, path in CALLS:
        refused(program(method, path(planned)), 403)


def test_unknown_address_or_method_is_told_in_json(api: Program, planned: Planned) -> None:
    for path in ("/", "/nowhere", "/events/x", "/events/0", "/events/-1", "/jobs/99", "//events/1", "/events/1/"):
        refused(api("GET", path), 404)
    for number in ("0", "2147483648", "9" * 10, "9" * 400, "9" * 6000, "١"):
        refused(api("GET", f"/events/{number}"), 404)
        refused(api("GET", f"/jobs/{number}"), 404)
        refused(api("DELETE", f"/jobs/{number}"), 404)
    answer = api("PATCH", f"/events/{planned.event.id}")
    refused(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    refused(api("GET", "/events"), 405)


def test_broken_program_says_so_without_a_trace(settings: Settings) -> None:
    app = make_app(settings)
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)

    def broken() -> None:
        raise ZeroDivisionError("secret")

    broken.allowed_roles = frozenset({"public"})  # type: ignore[attr-defined]
    app.view_functions["api.openapi"] = broken
    answer = app.test_client().get("/api/v1/openapi.json")
    refused(answer, 500)
    assert "secret" not in answer.text


def test_two_costly_answers_at_a_time_make_the_third_wait_and_give_up(
    api: Program, planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.views import api as interface

    monkeypatch.setattr(interface, "PATIENCE", 0.01)
    with interface._one_of_few(), interface._one_of_few():
        answer = api("GET", f"{planned.path}/agendas.pdf")
    refused(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert api("GET", f"{planned.path}/agendas.pdf").status_code == 200


@pytest.mark.parametrize(("language", "word"), [("en", "address"), ("fr", "adresse"), ("de", "adresse")])
def test_errors_speak_the_language_asked_for(app: Flask, language: str, word: str) -> None:
    answer = app.test_client().get("/api/v1/nowhere", headers={"Accept-Language": language})
    assert word in answer.json["errors"][0]["message"]


# The document, and many at once


def test_document_describes_every_call_of_the_interface(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    event, schedule = "/api/v1/events/{event_id}", "/api/v1/events/{event_id}/schedules/{schedule_id}"
    assert described == {
        ("POST", "/api/v1/events"),
        ("GET", event),
        ("GET", f"{event}/schedules"),
        ("POST", f"{event}/schedules"),
        ("GET", "/api/v1/jobs/{job_id}"),
        ("DELETE", "/api/v1/jobs/{job_id}"),
        ("GET", schedule),
        ("POST", f"{schedule}/publish"),
        ("POST", f"{schedule}/replan"),
        ("GET", f"{schedule}/agendas.pdf"),
        ("GET", f"{schedule}/participants/{{participant_id}}/agenda.pdf"),
        ("GET", f"{schedule}/participants/{{participant_id}}/agenda.ics"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/healthz"),
    }


@on_both_databases
def test_hundred_calls_at_once_are_all_answered_right(app: Flask, api: Program, session: Session) -> None:
    """Half of them make the same event, half of them start the computation of one: fifty events, one job."""
    app.extensions["passerelle.call"] = lambda _name, _arguments: None
    event = api("POST", "/events", FULL).json["id"]
    session.rollback()

    def one(turn: int) -> tuple[int, int]:
        program = Program(app.test_client(), api.token)
        if turn % 2:
            answer = program("POST", f"/events/{event}/schedules", {"time_limit": 5})
            return answer.status_code, answer.json["job"]
        answer = program("POST", "/events", FULL)
        return answer.status_code, answer.json["id"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(100)))
    assert {status for status, _id in answers[1::2]} == {202}
    assert len({job for _status, job in answers[1::2]}) == 1
    assert {status for status, _id in answers[::2]} == {201}
    assert len({id for _status, id in answers[::2]}) == 50


@on_both_databases
def test_publishing_ten_times_at_once_publishes_once(
    app: Flask, api: Program, planned: Planned, session: Session
) -> None:
    session.rollback()

    def one(_turn: int) -> bool:
        return Program(app.test_client(), api.token)("POST", f"{planned.path}/publish").json["already"]

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(one, range(10))) == [False] + [True] * 9
    session.rollback()
    assert session.scalar(select(func.count()).select_from(OutboxMail)) == 6


def test_limit_follows_the_settings(settings: Settings) -> None:
    app = make_app(replace(settings, upload_limit=100))
    with app.app_context():
        from web.db import get_session

        token = create_api_token(get_session(), "t", Factory(get_session()).user())
    refused(Program(app.test_client(), token)("POST", "/events", FULL), 413)


def test_an_event_that_probably_means_something_else_is_made_with_warnings(api: Program) -> None:
    people = [{"id": "a", "kind": "Association"}, {"id": "c", "kind": "company"}]
    made = api("POST", "/events", {"format": "passerelle-event/1", "slots": SLOTS, "participants": people})
    assert made.status_code == 201
    (warning,) = made.json["warnings"]
    assert (warning["code"], warning["path"]) == ("kinds_never_meet", "may_meet")
    assert "“Association” is nearly “association”" in warning["message"]
