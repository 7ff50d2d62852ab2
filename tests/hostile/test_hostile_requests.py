"""Requests that no browser sends: refused in a sentence, whatever stands in path, query, form or body."""

import json
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import PASSWORD, on_both_databases
from tests.web.factories import Factory
from web.domain.team.access import create_api_token
from web.models import Event, User

ENCODED = "application/x-www-form-urlencoded"
SENTENCE = "caractères qu’aucun texte ne contient"


def sign_in_for(client: FlaskClient, user: User, following: str) -> Any:
    body = f"email={user.email}&password={PASSWORD.replace(' ', '+')}"
    return client.post(f"/sign-in?next={following}", data=body.encode(), content_type=ENCODED)


def test_line_ends_in_next_are_refused(client: FlaskClient, make: Factory) -> None:
    # Answered with status 500 before: a header cannot hold them.
    user = make.user()
    for following in ("/events/%0d%0aSet-Cookie:x=1", "/events/?x=%0Ay", "/a%00b", "/%09/evil.example"):
        answer = sign_in_for(client, user, following)
        assert (answer.status_code, SENTENCE in answer.text) == (400, True), following
        assert client.get(f"/sign-in?next={following}").status_code == 400


def test_a_next_of_ours_is_followed_and_another_is_not(client: FlaskClient, make: Factory) -> None:
    user = make.user()
    assert sign_in_for(client, user, "/events/new").location == "/events/new"
    for foreign in ("//evil.example", "/%5Cevil.example", "https://evil.example", "evil"):
        assert sign_in_for(client, user, foreign).location == "/events/"


@on_both_databases
def test_nulls_are_refused_before_any_database_sees_them(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser)
    for path in ("/e/a%00b/", "/p/a%00b/", f"/events/{event.id}/participants?q=%00", "/%00"):
        answer = organiser_client.get(path)
        assert (answer.status_code, SENTENCE in answer.text) == (400, True), path
    for path in ("/sign-in", "/events/new", f"/e/{event.slug}/register"):
        for body in (b"email=a%00b&title=x", b"a%00=1"):
            answer = organiser_client.post(path, data=body, content_type=ENCODED)
            assert (answer.status_code, SENTENCE in answer.text) == (400, True), path


def test_arguments_that_make_addresses_change_none(organiser_client: FlaskClient, make: Factory) -> None:
    # ``?slug=`` on an event's page was answered with status 500.
    event = make.event()
    for name in ("slug", "lang", "_external", "_scheme", "_anchor", "_method", "endpoint", "event_id"):
        for path in (f"/e/{event.slug}/", "/events/"):
            answer = organiser_client.get(f"{path}?{name}=javascript")
            assert answer.status_code == 200, (path, name)
            assert "javascript:" not in answer.text and "javascript%3A" not in answer.text


ODD_BODIES = [
    (b"title=%FF%FE&x=%ED%A0%80", ENCODED),
    (b"title=%FF", f"{ENCODED}; charset=utf-7"),
    (b"title=\xed\xa0\x80", f"{ENCODED}; charset=nonsense"),
    (b"a&" * 500_000, ENCODED),
    (b"a=" + b"x" * 3_000_000, ENCODED),
    (b"x", "multipart/form-data"),
    (b"--x\r\n" * 100_000, "multipart/form-data; boundary=x"),
    (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 5_000 + b"--x--",
        "multipart/form-data; boundary=x",
    ),
    (b"[" * 1_000_000, "application/json"),
    (b"\xff\xfe{\x00}\x00", "application/json; charset=utf-16"),
]


def test_odd_bodies_of_forms_are_refused_in_a_sentence(organiser_client: FlaskClient, session: Session) -> None:
    for body, kind in ODD_BODIES:
        for path in ("/events/new", "/events/import", "/sign-in"):
            answer = organiser_client.post(path, data=body, content_type=kind)
            assert 400 <= answer.status_code < 500, (path, kind, answer.status_code)
            assert "<h1" in answer.text
    assert session.query(Event).count() == 0


def test_forms_take_nothing_out_of_json(organiser_client: FlaskClient, session: Session) -> None:
    # What reads forms read JSON too: half characters, numbers and lists where text belongs, without end.
    for value in ("\ud800", 1, ["x"], None, {"a": 1}):
        answer = organiser_client.post("/events/new", json={"title": value})
        assert answer.status_code == 400
    assert session.query(Event).count() == 0


def test_odd_names_of_files_are_only_names(organiser_client: FlaskClient) -> None:
    for name in ["a\ud800.json", "a\0.json", "x" * 5_000 + ".json", "../../x.json", "\u2028.json", ".json"]:
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{{}}\r\n--x--\r\n'
        answer = organiser_client.post(
            "/events/import", data=head.encode("utf-8", "surrogatepass"), content_type="multipart/form-data; boundary=x"
        )
        assert answer.status_code in (400, 422)


def test_odd_addresses_are_nothing(organiser_client: FlaskClient) -> None:
    for path in ["/%ED%A0%80", "/e/%FF/", "/events/%D9%A1/", "/events/" + "9" * 4_000 + "/", "/static/%FF"]:
        assert organiser_client.get(path).status_code == 404


@on_both_databases
def test_odd_json_of_programs_is_told_with_its_place(app: Flask, make: Factory, organiser: User) -> None:
    token = create_api_token(make.session, "tests", organiser)
    event = make.event(organiser)
    calls = {
        "/events": [
            b'{"title": "\\ud800"}',
            b'{"\\ud800": 1}',
            b"\xff",
            b"[" * 1_000_000,
            b'{"a": ' * 1_000_000,
            b"9" * 100_000,
            b"1e999999",
            b'{"format": 1e999999}',
            b"NaN",
        ],
        f"/events/{event.id}/schedules": [
            b'{"time_limit": "\\ud800"}',
            b'{"\\ud800": 1}',
            b'{"time_limit": 1e999}',
            b'{"time_limit": ' + b"9" * 5_000 + b"}",
        ],
    }
    client = app.test_client()
    for path, bodies in calls.items():
        for body in bodies:
            answer = client.post(
                f"/api/v1{path}",
                data=body,
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code == 422, (path, body[:40], answer.text)
            assert answer.json["errors"] and all(one["message"] for one in answer.json["errors"])


def test_a_body_of_a_million_faults_is_told_in_few(app: Flask, make: Factory, organiser: User) -> None:
    token = create_api_token(make.session, "tests", organiser)
    event = make.event(organiser)
    path = f"/api/v1/events/{event.id}/schedules/{make.schedule(event).id}/replan"
    for body in (
        {"absent": [1] * 1_000_000},
        {"late": {str(i): 1 for i in range(200_000)}},
        {str(i): 1 for i in range(200_000)},
    ):
        answer = app.test_client().post(path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 422
        assert len(answer.json["errors"]) <= 1_001


def test_the_page_of_faults_can_show_what_cannot_be_written(organiser_client: FlaskClient) -> None:
    for raw in ({"title": "\ud800"}, {"\ud800": 1}):
        answer = organiser_client.post(
            "/events/import",
            data={"file": (BytesIO(json.dumps(raw).encode()), "a.json")},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 422
        assert "\\ud800" in answer.text
