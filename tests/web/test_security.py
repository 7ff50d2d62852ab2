"""Who may do what: every route × method × role, headers, CSRF, limits, errors."""

import re
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.support.routes import LET_IN, path, routes
from tests.web.conftest import PASSWORD, make_app, sign_in
from tests.web.factories import Factory
from web.config import Settings
from web.db import write
from web.domain.team.access import create_api_token
from web.models import ApiToken, Event, Registration, Role, User, utcnow
from web.security import UndeclaredRoute, allow, check_routes, roles_of

CANARY = "Canari-secret-77"


@dataclass
class World:
    """Two events; `visitors` are browsers of people who belong to the first event, or to none."""

    app: Flask
    own: Event
    foreign: Event
    visitors: dict[str, FlaskClient]
    own_values: dict[str, object]
    foreign_values: dict[str, object]
    bearer: dict[str, str]


@pytest.fixture
def world(app: Flask, make: Factory) -> World:
    app.config["WTF_CSRF_ENABLED"] = False
    own, foreign = make.event(title="Le nôtre"), make.event(title=CANARY, status="draft")
    values = []
    for event in (own, foreign):
        name = CANARY if event is foreign else "Les Jardins du Canal"
        registration = make.registration(event, name=name)
        values.append(
            {
                "event_id": event.id,
                "slug": event.slug,
                "registration_id": registration.id,
                "schedule_id": make.schedule(event).id,
                "job_id": make.job(event).id,
                "token": make.personal_link(registration),
                "link": "no-such-link",
            }
        )
    visitors = {"nobody": app.test_client(), "outsider": sign_in(app.test_client(), make.user())}
    for role in Role:
        user = make.user()
        make.member(own, user, role)
        visitors[role.value] = sign_in(app.test_client(), user)
        if role == Role.ORGANISER:
            bearer = create_api_token(make.session, "test", user)
    return World(app, own, foreign, visitors, values[0], values[1], {"Authorization": f"Bearer {bearer}"})


def may_enter(roles: frozenset[str], visitor: str, rule: Rule) -> bool:
    if "public" in roles or "participant" in roles:
        return True
    if "token" in roles or visitor == "nobody":
        return False
    if not rule.arguments & {"event_id", "job_id"}:
        return True
    return visitor == "organiser" or visitor in roles


def test_every_route_lets_in_exactly_whom_it_declares(world: World) -> None:
    faults = []
    for rule, method in routes(world.app):
        roles = roles_of(world.app, rule.endpoint)
        for visitor, client in world.visitors.items():
            # The account's own pages end sessions: walked with a browser that nobody needs afterwards.
            if rule.endpoint.startswith("account.") and method != "GET":
                continue
            status = client.open(path(world.app, rule, world.own_values), method=method).status_code
            if may_enter(roles, visitor, rule):
                right = status in LET_IN
            elif "token" in roles:
                right = status == 401
            elif visitor == "nobody":
                right = status == 302
            else:
                right = status == (404 if visitor == "outsider" else 403)
            if not right:
                faults.append(f"{method} {rule.rule} as {visitor}: {status}")
    assert faults == []


@pytest.fixture
def gone(world: World, make: Factory) -> dict[str, FlaskClient]:
    """Browsers of people who were let in before: each was an organiser of the event, with a session that worked."""
    browsers, users = {}, {}
    for name in ("removed", "deactivated", "signed out", "copied", "new password"):
        users[name] = make.user()
        member = make.member(world.own, users[name])
        browsers[name] = sign_in(world.app.test_client(), users[name])
        assert browsers[name].get(f"/events/{world.own.id}/").status_code == 200
        if name == "removed":
            # In another team still: the session goes on, the event is a stranger's.
            make.member(make.event(), users[name])
            world.visitors["organiser"].post(f"/events/{world.own.id}/team/{member.id}/remove")
    with write(make.session):
        make.session.get_one(User, users["deactivated"].id).active = False
    cookie = browsers["copied"].get_cookie("session")
    assert cookie is not None
    browsers["signed out"].post("/sign-out")
    browsers["copied"].post("/sign-out")
    browsers["copied"].set_cookie("session", cookie.value)
    known = users["new password"]
    fields = {"name": known.name, "email": known.email, "current": PASSWORD}
    fields |= {"password": "une autre phrase", "again": "une autre phrase"}
    elsewhere = sign_in(world.app.test_client(), users["new password"])
    assert elsewhere.post("/account", data=fields).status_code == 302
    return browsers


def test_no_route_lets_in_who_was_let_in_before(world: World, gone: dict[str, FlaskClient]) -> None:
    faults = []
    for rule, method in routes(world.app):
        roles = roles_of(world.app, rule.endpoint)
        if roles & {"public", "participant", "token"}:
            continue
        for visitor, client in gone.items():
            in_event = bool(rule.arguments & {"event_id", "job_id"})
            if visitor == "removed" and not in_event:
                continue
            status = client.open(path(world.app, rule, world.own_values), method=method).status_code
            if status != (404 if visitor == "removed" else 302):
                faults.append(f"{method} {rule.rule} as {visitor}: {status}")
    assert faults == []
    assert gone["removed"].get("/events/").status_code == 200


def test_no_route_takes_a_revoked_token_or_link(world: World, make: Factory) -> None:
    with write(make.session):
        make.session.query(ApiToken).update({"revoked_at": utcnow()})
        make.session.query(Registration).update({"token_revoked_at": utcnow()})
    faults = []
    for rule, method in routes(world.app):
        roles = roles_of(world.app, rule.endpoint)
        expected = 401 if "token" in roles else 404 if "participant" in roles else None
        if expected is not None:
            answer = world.visitors["nobody"].open(
                path(world.app, rule, world.own_values), method=method, headers=world.bearer
            )
            if answer.status_code != expected:
                faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert faults == []


def test_no_token_of_a_deactivated_owner_is_taken(world: World, make: Factory) -> None:
    with write(make.session):
        make.session.query(User).update({"active": False})
    for rule, method in routes(world.app):
        if "token" in roles_of(world.app, rule.endpoint):
            address = path(world.app, rule, world.own_values)
            answer = world.visitors["nobody"].open(address, method=method, headers=world.bearer)
            assert answer.status_code == 401, rule.rule


def test_no_route_answers_under_an_unknown_name(world: World) -> None:
    faults = []
    for rule, method in routes(world.app):
        headers = {"Host": "evil.example", **(world.bearer if "token" in roles_of(world.app, rule.endpoint) else {})}
        client = world.visitors["nobody" if "token" in roles_of(world.app, rule.endpoint) else "organiser"]
        answer = client.open(path(world.app, rule, world.own_values), method=method, headers=headers)
        if answer.status_code != 400 or "evil" in answer.text:
            faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert faults == []


# Kept by the browser of the participant alone, which asks each time: see `web.views.unchanged`.
KEPT_BY_ITS_READER = frozenset({"participant.home", "participant.agenda_calendar", "participant.directory"})


def test_every_answer_says_what_caches_may_keep(world: World) -> None:
    faults = []
    for rule, method in routes(world.app):
        if method != "GET":
            continue
        for visitor, client in world.visitors.items():
            headers = world.bearer if "token" in roles_of(world.app, rule.endpoint) else {}
            said = client.get(path(world.app, rule, world.own_values), headers=headers).headers.get("Cache-Control", "")
            expected = "private, no-cache" if rule.endpoint in KEPT_BY_ITS_READER else "no-store"
            # The page of an event names nobody here; to somebody signed in it shows that they are.
            if rule.endpoint == "public.event" and visitor == "nobody":
                expected = "private, max-age=60"
            if rule.endpoint == "robots.robots_txt":
                expected = "public, max-age=86400"
            if said != expected:
                faults.append(f"{rule.rule} as {visitor}: {said}")
    assert faults == []


def test_no_route_shows_or_touches_another_event(world: World) -> None:
    """What lies in the foreign event is 404 by its own address, and through an address of one's own event."""
    faults = []
    for rule, method in routes(world.app):
        roles = roles_of(world.app, rule.endpoint)
        owned = rule.arguments & {"event_id", "job_id"}
        if not owned or roles & {"public", "participant"}:
            continue
        inner = rule.arguments & {"registration_id", "schedule_id", "job_id"}
        addresses = [world.foreign_values] + ([world.foreign_values | {"event_id": world.own.id}] if inner else [])
        headers = world.bearer if "token" in roles else {}
        client = world.visitors["nobody" if "token" in roles else "organiser"]
        for values in addresses:
            answer = client.open(path(world.app, rule, values), method=method, headers=headers)
            if answer.status_code != 404 or CANARY in answer.text:
                faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert faults == []


def test_no_page_of_ones_own_shows_another_event(world: World) -> None:
    faults = []
    for rule, method in routes(world.app):
        if method == "GET":
            headers = world.bearer if "token" in roles_of(world.app, rule.endpoint) else {}
            answer = world.visitors["organiser"].get(path(world.app, rule, world.own_values), headers=headers)
            if CANARY.encode() in answer.data:
                faults.append(rule.rule)
    assert faults == []


def test_get_changes_nothing(world: World, make: Factory) -> None:
    """Walk every page as everybody: afterwards every table holds what it held."""
    from sqlalchemy import select

    from web.models import Base

    def contents() -> dict[str, list[tuple[object, ...]]]:
        make.session.rollback()
        tables = [table for name, table in Base.metadata.tables.items() if name != "worker_heartbeats"]
        return {table.name: sorted(map(repr, make.session.execute(select(table)).all())) for table in tables}

    before = contents()
    for rule, method in routes(world.app):
        if method == "GET":
            for client in world.visitors.values():
                client.get(path(world.app, rule, world.own_values), headers=world.bearer)
    assert contents() == before


def test_route_without_a_role_stops_the_start(app: Flask) -> None:
    app._got_first_request = False
    app.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(UndeclaredRoute, match="silent"):
        check_routes(app)


def test_allow_with_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="everybody"):
        allow("everybody")


def test_post_without_a_csrf_token_is_refused_everywhere(world: World) -> None:
    """By those who may do it: a stranger who is sent to sign in shows nothing of whether a token is asked for."""
    world.app.config["WTF_CSRF_ENABLED"] = True
    faults, tried = [], 0
    for rule, method in routes(world.app):
        roles = roles_of(world.app, rule.endpoint)
        # A mail program stops reminders without having seen a page: its address is the proof (RFC 8058).
        if method == "GET" or "token" in roles or rule.endpoint == "invited.stop_reminders":
            continue
        client = world.visitors["nobody" if roles & {"public", "participant"} else "organiser"]
        answer = client.open(path(world.app, rule, world.own_values), method=method)
        tried += 1
        if answer.status_code != 400:
            faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert faults == []
    assert tried > 50


def test_every_answer_has_a_strict_policy(client: FlaskClient) -> None:
    for address in ("/", "/sign-in", "/nowhere", "/healthz", "/static/site.css"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_hold_no_inline_script_or_style(world: World) -> None:
    inline, faults, pages = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+="), [], 0
    for rule, method in routes(world.app):
        if method == "GET":
            answer = world.visitors["organiser"].get(path(world.app, rule, world.own_values))
            if (answer.status_code, answer.mimetype) == (200, "text/html"):
                pages += 1
                faults += [f"{rule.rule}: {found}" for found in inline.findall(answer.text)]
    assert faults == []
    assert pages > 40


def test_upload_over_the_limit_is_refused_in_words(settings: Settings) -> None:
    app = make_app(replace(settings, upload_limit=1000))
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post("/sign-in", data={"email": "x" * 2000})
    assert answer.status_code == 413
    assert "trop volumineux" in answer.text


def test_client_behind_a_proxy_cannot_choose_its_address(settings: Settings) -> None:
    from flask import request

    for proxies, seen in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        app = create_with(replace(settings, trusted_proxies=proxies))
        with app.app_context():
            environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.9"}
            found = []
            app.view_functions["health.healthz"] = allow("public")(
                lambda out=found: out.append(request.remote_addr) or ""
            )
            app.test_client().get("/healthz", environ_overrides=environ)
            assert found == [seen]


def create_with(settings: Settings) -> Flask:
    return make_app(settings)


@pytest.mark.parametrize(("language", "sentence"), [("fr", "Il n’y a rien ici"), ("en", "There is nothing here")])
def test_missing_page_is_told_in_both_languages(client: FlaskClient, language: str, sentence: str) -> None:
    answer = client.get(f"/nowhere?lang={language}")
    assert answer.status_code == 404
    assert sentence in answer.text
    assert f'lang="{language}"' in answer.text


def test_broken_view_shows_a_sentence_and_no_trace(settings: Settings) -> None:
    app = make_app(settings)
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)
    app.view_functions["public.home"] = allow("public")(lambda: 1 / 0)
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "Une panne est survenue" in answer.text
    assert "ZeroDivision" not in answer.text


def test_missing_call_of_the_interface_answers_json(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.json["errors"][0]["path"] == ""
