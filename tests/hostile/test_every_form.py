"""Every form of every page, sent with what nobody should send: too long, of another type, HTML, formulas.

It is answered with a sentence, what was typed is kept, and where it is refused nothing is written at all.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler.format.event import event_json, parse_event
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from tests.support.every_page import Tour
from tests.support.rows import contents
from tests.support.torture import TORTURE
from tests.web.conftest import on_sqlite, sign_in
from web.config import Settings
from web.db import database, get_session
from web.domain.memory import forget_all
from web.models import User

pytestmark = on_sqlite

SCRIPT = "<script>alert(7)</script>"
# What is typed into every field that takes text, by what it tries.
HOSTILE = {
    "nothing": "",
    "html, a formula, other scripts": f"=1+1{SCRIPT}🎉👩🏽‍🌾 \u202eجمعية الأمل\u202c",
    "control characters": "a\x00b\x1b[31m\r\nBcc: x@example.org",
    "no number of this world": "-99999999999999999999.5e3",
    **{f"{piece!r} too often": piece * (70_000 // len(piece)) for piece in ("x", "a.b@", "\n ", "{ (")},
}
# Seconds of a processor within which every answer is made. What costs the square of what was typed would take minutes.
SLOW = 10.0
# What is counted of wrong attempts is written whatever the answer; what pages keep of each other is no deed.
BESIDE = {"wrong_attempts", "kept_pages"}
REFUSED = frozenset({400, 403, 404, 409, 413, 422, 429})
TYPED = frozenset({"text", "search", "email", "tel", "url", "textarea", "number", "date", "time", "datetime-local"})


@dataclass
class Form:
    """A posted form: where it stands and leads, what a browser would send of it untouched, what may be typed."""

    page: str
    action: str
    multipart: bool = False
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[str, tuple[str, ...]]:
        """The same for forms that differ in numbers alone, as in the rows of a table."""
        bare = [re.sub(r"\d+", "n", name) for name in (self.action.partition("?")[0], *self.typed)]
        does = [f"{name}={value}" for name, value in self.fields if name == "do"]
        return re.sub(r"/p/[^/]+/|/link/[^/]+|/(invited|unsubscribe|draft)/[^/]+", "/…/", bare[0]), (*bare[1:], *does)


class Forms(HTMLParser):
    """The posted forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, list[Form]()
        self._form: Form | None = None
        self._area, self._select = "", ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = None
            if given.get("method", "").lower() == "post":
                action = given.get("action") or self.page
                self._form = Form(self.page, action, "multipart" in given.get("enctype", ""))
                self.found.append(self._form)
        name = given.get("name", "")
        if self._form is None or "disabled" in given:
            return
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "button" and name:
            self._form.fields.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or not self._has(self._select)):
            self._form.fields = [one for one in self._form.fields if one[0] != self._select]
            self._form.fields.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.fields.append((self._area, self._text))
            self._form.typed[self._area] = "textarea"
            self._area = ""

    def _input(self, name: str, given: Mapping[str, str]) -> None:
        assert self._form is not None
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        if kind in ("file", "submit", "image", "reset"):
            return
        self._form.fields.append((name, given.get("value", "on" if kind in ("checkbox", "radio") else "")))
        if kind in TYPED:
            self._form.typed[name] = kind

    def _has(self, name: str) -> bool:
        assert self._form is not None
        return any(one == name for one, _value in self._form.fields)


class Copy:
    """The database as it was, to be put back whoever is connected."""

    def __init__(self, file: Path) -> None:
        self._kept, self._watching = sqlite3.connect(":memory:"), sqlite3.connect(file)
        self._file = file
        self._watching.backup(self._kept)
        self._seen = self._writes()

    def is_written(self) -> bool:
        """Whether anybody has written to the database since this was last asked."""
        seen, self._seen = self._seen, self._writes()
        return self._seen != seen

    def put_back(self) -> None:
        with closing(sqlite3.connect(self._file)) as goal:
            self._kept.backup(goal)
        forget_all()
        self._seen = self._writes()

    def _writes(self) -> int:
        return int(self._watching.execute("PRAGMA data_version").fetchone()[0])


@dataclass
class World:
    app: Flask
    clients: Mapping[str | None, FlaskClient]
    forms: list[tuple[str | None, Form]]
    copy: Copy

    def differing(self, before: Mapping[str, Any]) -> list[str]:
        """The tables that differ from `before`."""
        return [name for name, rows in self.rows().items() if rows != before[name]]

    def rows(self) -> dict[str, Any]:
        with database(self.app).engine.connect() as connection:
            return {name: rows for name, rows in contents(connection).items() if name not in BESIDE}


@pytest.fixture
def world(app: Flask, settings: Settings) -> Iterator[World]:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        session = get_session()
        value = parse_event(event_json(sample_event(8, 6, 8, 6)))
        tour = Tour(app, session, (value, solve(value, SolveOptions(time_limit=1, seed=1))))
        users = {user.email: user for user in session.query(User)}
        visitors = {place.who for place in tour.places} - {None}
        clients: dict[str | None, FlaskClient] = {None: app.test_client()}
        for who in visitors:
            clients[who] = sign_in(app.test_client(), users[who])
        session.rollback()
        found: dict[Any, tuple[str | None, Form]] = {}
        for place in tour.places:
            answer = clients[place.who].get(place.address)
            parser = Forms(place.address)
            parser.feed(answer.text)
            for form in parser.found:
                if form.typed:
                    found.setdefault(form.shape, (place.who, form))
        yield World(app, clients, list(found.values()), Copy(Path(settings.database_url.removeprefix("sqlite:///"))))


@pytest.mark.timeout(1200)
def test_no_form_takes_what_nobody_should_send(world: World) -> None:
    faults = []
    before = world.rows()
    for number, (who, form) in enumerate(world.forms):
        for what, value in values_for(number):
            found = [*faults_of(world, who, form, value, before)]
            faults += [f"{form.action} ({', '.join(form.typed)[:200]}), {what}: {fault}" for fault in found]
    assert len(world.forms) > 40
    assert faults == [], "\n".join(faults)


def values_for(number: int) -> list[tuple[str, str]]:
    """What is sent to that form: a third of it all, each form the next third; everything where there is an hour."""
    return list(HOSTILE.items())[0 if TORTURE else number % 3 :: 1 if TORTURE else 3]


def faults_of(world: World, who: str | None, form: Form, value: str, before: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the answer to the form with `value` in each of its fields."""
    sent: dict[str, list[str]] = {}
    for name, had in form.fields:
        sent.setdefault(name, []).append(value if name in form.typed else had)
    before_it = time.process_time()
    answer = world.clients[who].post(
        form.action, data=sent, content_type="multipart/form-data" if form.multipart else None
    )
    if time.process_time() - before_it > SLOW:
        yield f"is answered after {time.process_time() - before_it:.0f} seconds"
    if answer.status_code in (302, 303):
        if who is not None and "/sign-in" in answer.location:
            yield "was not asked: its visitor is signed out"
        shown = world.clients[who].get(answer.location)
        if shown.status_code >= 500:
            yield f"leads to an answer {shown.status_code}"
        page = shown.text
    else:
        page = answer.text
    if answer.status_code >= 500:
        yield f"is answered {answer.status_code}"
    if SCRIPT in page:
        yield "is shown as it came"
    is_written = world.copy.is_written()
    if answer.status_code in REFUSED:
        if is_written and (written := world.differing(before)):
            yield f"is refused ({answer.status_code}) and has written to {', '.join(written)}"
        if 'role="alert"' not in page and "<h1" not in page:
            yield f"is refused ({answer.status_code}) without a sentence"
    if is_written:
        world.copy.put_back()
    if answer.status_code == 422 and form.typed and 0 < len(value) < 1000 and "\x00" not in value:
        bare = re.sub(r"[<>\"'&]", "", value)[:20].strip()
        if bare not in re.sub(r"&#?\w+;", "", page):
            yield "is refused, and what was typed is gone"
