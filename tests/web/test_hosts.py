"""The names this server answers by; links in mails never come from the request."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.server import clean_environment, passerelle
from tests.web.conftest import make_app, sign_in
from tests.web.factories import Factory
from web import hosts
from web.config import Settings, load_settings
from web.db import get_session
from web.domain.health import beat
from web.models import OutboxMail, User

PUBLIC = "https://meetings.example.org"


def test_link_mailed_under_a_foreign_host_is_never_made(client: FlaskClient, organiser: User, session: Session) -> None:
    answer = client.post("/sign-in/forgotten", data={"email": organiser.email}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "BASE_URL" in answer.text and "evil.example" not in answer.text
    session.rollback()
    assert session.query(OutboxMail).all() == []


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST", "x.localhost:1"])
def test_loopback_names_are_known_and_links_still_come_from_the_settings(
    client: FlaskClient, organiser: User, session: Session, host: str
) -> None:
    answer = client.post("/sign-in/forgotten", data={"email": organiser.email}, headers={"Host": host})
    assert answer.status_code == 302
    session.rollback()
    assert "http://localhost/sign-in/link/" in session.query(OutboxMail).one().body_text


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil@localhost", "203.0.113.9", "", "a b", "localhost:x", "éa.fr"],
)
def test_other_names_are_refused_on_every_address(client: FlaskClient, host: str) -> None:
    for path in ("/", "/sign-in", "/healthz", "/static/site.css", "/nowhere", "/api/v1/events"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert answer.headers.get("Location") is None


def test_public_address_is_known_once_it_is_set(settings: Settings) -> None:
    client = make_app(replace(settings, base_url=PUBLIC)).test_client()
    for host, status in (("meetings.example.org", 200), ("meetings.example.org:443", 200), ("evil.example", 400)):
        assert client.get("/", base_url=f"https://{host}").status_code == status
    # Nobody is sent to a name of a stranger's choice on the way to https.
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "meetings.example.org"}).location == f"{PUBLIC}/"


def test_health_is_told_over_http_on_the_machine_itself(settings: Settings) -> None:
    app = make_app(replace(settings, base_url=PUBLIC))

    def health() -> tuple[int, bool]:
        answer = app.test_client().get("/healthz", headers={"Host": "127.0.0.1:8000"})
        return answer.status_code, answer.json["database"]

    assert health() == (503, True)
    with app.app_context():
        beat(get_session(), "a worker")
    assert health() == (200, True)
    assert app.test_client().get("/sign-in", headers={"Host": "127.0.0.1:8000"}).status_code == 302


def test_name_from_a_forwarded_header_counts_behind_a_proxy_only(settings: Settings) -> None:
    for proxies, status in ((0, 200), (1, 400)):
        client = make_app(replace(settings, trusted_proxies=proxies)).test_client()
        assert client.get("/", headers={"X-Forwarded-Host": "evil.example"}).status_code == status


def test_address_noted_by_the_start_is_read_by_every_process(tmp_path: Path) -> None:
    environment = {"PASSERELLE_VAR": str(tmp_path)}
    assert load_settings(environment).link_base == hosts.UNKNOWN
    hosts.note_address(tmp_path, hosts.address_of("192.0.2.7", 8123))
    settings = load_settings(environment)
    assert settings.link_base == "http://192.0.2.7:8123"
    assert settings.lacks_base_url
    assert hosts.is_known("192.0.2.7", settings.link_base)
    assert not load_settings(environment | {"BASE_URL": PUBLIC}).lacks_base_url


@pytest.mark.parametrize("content", [b"", b"javascript://x", b"http://", b"http://a b", b"\xff\xfe"])
def test_damaged_note_of_the_address_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "address").write_bytes(content)
    assert load_settings({"PASSERELLE_VAR": str(tmp_path)}).link_base == hosts.UNKNOWN


def test_server_for_everybody_is_found_under_its_own_number() -> None:
    address = hosts.address_of("0.0.0.0", 8000)
    assert "0.0.0.0" not in address and address.endswith(":8000")
    assert hosts.is_known(address.removeprefix("http://"))
    assert hosts.address_of("::1", 80) == "http://[::1]:80"


def test_missing_public_address_is_told_on_the_organisers_page(settings: Settings, make: Factory) -> None:
    user = make.user()
    for address, told in (("http://192.0.2.7:8000", True), ("http://localhost:8000", False)):
        app: Flask = make_app(replace(settings, address=address))
        app.config["WTF_CSRF_ENABLED"] = False
        page = sign_in(app.test_client(), user).get("/events/").text
        assert ("BASE_URL" in page) == told
        assert (address in page) == told


def test_missing_public_address_is_told_at_the_start(tmp_path: Path) -> None:
    """The port is nobody's, so the server ends at once; what it says before is what is looked at."""
    for settings, told in (({}, True), ({"BASE_URL": PUBLIC}, False)):
        ended = subprocess.run(
            [*passerelle(), "serve", "--host", "203.0.113.9", "--port", "8000"],
            cwd=tmp_path,
            env=clean_environment(**settings),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 1
        assert ("BASE_URL is not set" in ended.stderr) == told
    assert hosts.noted_address(tmp_path / "var") == "http://203.0.113.9:8000"
