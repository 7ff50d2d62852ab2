"""The HTTP interface of a real `passerelle serve` with its worker: from an event file to printed agendas."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from scheduler.check.schedule import verify
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import parse_schedule
from scheduler.samples.sample import sample_event
from tests.support.api import Api
from tests.web.conftest import on_both_databases

EVENT = json.loads(event_json(sample_event(associations=6, companies=4, slots=5, tables=4, seed=1)))


@pytest.fixture
def api(backend: str, request: pytest.FixtureRequest) -> Api:
    return request.getfixturevalue("shared_postgres_api" if backend == "postgresql" else "shared_api")


@on_both_databases
def test_event_file_becomes_published_agendas(api: Api, tmp_path: Path) -> None:
    made = api.call("POST", "/events", EVENT)
    assert made.status == 201
    event = made.json["id"]
    assert parse_event(api.call("GET", f"/events/{event}").data) == parse_event(EVENT)

    started = api.call("POST", f"/events/{event}/schedules", {"time_limit": 10})
    assert started.status == 202
    report = api.finished(started.json["job"])
    assert (report["state"], report["errors"]) == ("done", [])

    path = f"/events/{event}/schedules/{report['schedule']}"
    schedule = parse_schedule(api.call("GET", path).data)
    assert verify(parse_event(EVENT), schedule).faults == []
    assert [tier.model_dump(exclude={"proof"}) for tier in schedule.tiers] == report["tiers"]

    assert api.call("POST", f"{path}/publish").json["already"] is False
    assert api.call("POST", f"{path}/publish").json["already"] is True

    someone = schedule.meetings[0].between[0]
    replanned = api.call("POST", f"{path}/replan", {"absent": [someone], "late": {}, "from_slot": "s2"})
    assert replanned.status == 200
    assert someone in [change["participant"] for change in replanned.json["changes"]]

    (tmp_path / "agendas.pdf").write_bytes(api.call("GET", f"{path}/agendas.pdf").data)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "agendas.pdf").pages)
    assert all(one["name"].split()[-1] in text for one in EVENT["participants"])
    assert api.call("GET", f"{path}/participants/{someone}/agenda.pdf").data.startswith(b"%PDF-")
    calendar = Calendar.from_ical(api.call("GET", f"{path}/participants/{someone}/agenda.ics").data)
    assert len(calendar.walk("VEVENT")) == sum(someone in meeting.between for meeting in schedule.meetings)


def test_stopping_a_running_job_keeps_its_best_schedule(api: Api) -> None:
    large = json.loads(event_json(sample_event(associations=40, companies=40, slots=20, tables=30, seed=2)))
    event = api.call("POST", "/events", large).json["id"]
    job = api.call("POST", f"/events/{event}/schedules", {"time_limit": 600}).json["job"]
    while (report := api.call("GET", f"/jobs/{job}").json)["state"] in ("queued", "running") and not report["tiers"]:
        pass
    assert api.call("DELETE", f"/jobs/{job}").status == 200
    report = api.finished(job)
    assert report["state"] in ("stopped", "done")
    schedule = parse_schedule(api.call("GET", f"/events/{event}/schedules/{report['schedule']}").data)
    assert verify(parse_event(large), schedule).faults == []


@on_both_databases
def test_hundred_calls_at_once_are_all_answered(api: Api) -> None:
    def one(turn: int) -> tuple[int, int | None]:
        answer = api.call("POST", "/events", EVENT) if turn % 2 else api.call("GET", f"/events/{turn + 10_000}")
        return answer.status, answer.json.get("id")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(100)))
    assert [status for status, _id in answers] == [404, 201] * 50
    assert len({id for _status, id in answers if id}) == 50
    assert "Traceback" not in api.server.output()


def test_body_over_the_limit_is_refused_in_json(api: Api) -> None:
    for size in (10 * 1024 * 1024 + 1, 60 * 1024 * 1024):
        answer = api.call("POST", "/events", b" " * size)
        assert answer.status == 413
        assert answer.json["errors"][0]["message"]
