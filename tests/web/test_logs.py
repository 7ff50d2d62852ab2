"""A log may be sent to anybody: no mail address, no token, no personal link, nothing that was written to a table."""

import io
import logging
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from tests.support.server import Server
from tests.support.typed import open_event
from tests.support.visitor import Visitor
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.config import Settings
from web.db import write
from web.logs import Discreet, configure, discreet, quieten
from web.models import Event, User

TOKEN = "kX3-9_aQ0ZrT7yUwV5nB1cD8eF2gH4iJ6kL0mN9oP1q"
HASH = "3f" * 32


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Exception on /p/zqtoken/agenda.pdf [GET]", "Exception on /p/***/agenda.pdf [GET]"),
        ('"GET /p/zqtoken HTTP/1.1" 200', '"GET /p/*** HTTP/1.1" 200'),
        ('"POST /sign-in/link/zqtoken HTTP/1.1"', '"POST /sign-in/link/*** HTTP/1.1"'),
        ('"GET /events/3/participants/?q=zqname HTTP/1.1"', '"GET /events/3/participants/?*** HTTP/1.1"'),
        ("550 <zq.address+x@mail.example.org>: unknown", "550 <***>: unknown"),
        ("mail to zq%40example.org failed", "mail to *** failed"),
        ("smtp://zquser:zqsecret@mail.example.org:587 refused", "smtp://***:587 refused"),
        (f"token {TOKEN}.", "token ***."),
        (f"psl_{TOKEN}", "***"),
        (f"hash {HASH}", "hash ***"),
        ("Authorization: Bearer zq", "Authorization: ***"),
        ("ERROR: duplicate key\nDETAIL:  Key (name)=(zq) already exists.\n", "ERROR: duplicate key\nDETAIL: ***\n"),
    ],
)
def test_line_loses_what_points_to_somebody(line: str, expected: str) -> None:
    assert discreet(line) == expected


@pytest.mark.parametrize("piece", ["x", "/", "\n", " ", "1.", "%4"])
def test_long_line_is_looked_through_once(piece: str) -> None:
    # A quarter of a million letters take a twentieth of a second, and half an hour where each begins a search.
    line = piece * (250_000 // len(piece))
    began = time.process_time()
    assert discreet(line) == line
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "line",
    [
        "The worker ended with status 1; it is started again in 0.5 s.",
        '  File "web/domain/mail/sending.py", line 73, in send_waiting',
        '    @lane("mail.send", every=3)',
        "Retention: events 1, mails 12, participants 54",
        "[SQL: INSERT INTO users (email, name) VALUES (?, ?)]",
        "Is this what was meant/asked for? Yes.",
    ],
)
def test_line_that_points_to_nobody_stays(line: str) -> None:
    assert discreet(line) == line


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What would be written to standard error, of everything that is logged meanwhile."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Discreet("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield written
    finally:
        root.removeHandler(handler)


@on_both_databases
def test_error_of_the_database_says_where_and_not_what(session: Session, make: Factory) -> None:
    # Put together here, because traces quote the source.
    canary = "-".join(("zq", "canary"))
    make.user(email=f"{canary}@example.org", name=canary)
    make.event(slug=canary)
    with logged() as written:
        for row in (
            User(email=f"{canary}@example.org", name=canary),
            Event(slug=canary, title=canary),
            Event(slug="another", title=canary, status="nonsense"),
        ):
            try:
                with write(session):
                    session.add(row)
            except IntegrityError:
                logging.getLogger("web").exception("Not saved")
        try:
            session.execute(text("SELECT :value FROM nowhere"), {"value": canary})
        except SQLAlchemyError:
            logging.getLogger("web").exception("Not read")
            session.rollback()
    found = written.getvalue()
    assert found.count("Traceback") >= 4
    assert "INSERT INTO users" in found and "FROM nowhere" in found
    assert canary not in found


def test_handlers_before_any_set_up_are_discreet(app: Flask) -> None:
    from flask.logging import default_handler

    quieten()
    record = logging.LogRecord("web", logging.ERROR, "x.py", 1, "Exception on /p/zqtoken/ [GET]", (), None)
    for handler in (default_handler, logging.lastResort):
        assert handler is not None and handler.formatter is not None
        assert "zqtoken" not in handler.formatter.format(record)


def test_settings_show_no_password_when_they_are_printed(settings: Settings) -> None:
    from dataclasses import replace

    shown = repr(
        replace(settings, database_url="postgresql+psycopg://a:zq@h/n", redis_url="redis://:zq@h", smtp_url="zq")
    )
    assert "zq" not in shown


def test_process_that_is_set_up_logs_uncaught_errors_discreetly(capfd: pytest.CaptureFixture[str]) -> None:
    import sys
    import threading

    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    try:
        configure()
        thread = threading.Thread(target=lambda: fail("zqmail@example.org"), name="a lane")
        thread.start()
        thread.join()
        sys.excepthook(ValueError, ValueError("zqmail@example.org"), None)
    finally:
        logging.captureWarnings(False)
        logging.basicConfig(level=level, handlers=handlers, force=True)
        sys.excepthook, threading.excepthook = hooks
    written = capfd.readouterr().err
    assert "Thread a lane ended by an error" in written
    assert written.count("ValueError: ***") == 2
    assert "zqmail@" not in written.replace('fail("zqmail@example.org")', "")


def fail(value: str) -> None:
    raise ValueError(value)


def test_log_of_a_server_names_nobody_even_when_all_goes_wrong(live_server: Server) -> None:
    printed = live_server.output()
    [link] = re.findall(r"/sign-in/link/(\S+)", printed)
    tables = live_server.folder / "var" / "passerelle.db"
    visitor = Visitor(live_server.url)
    event_id, form = open_event(live_server.folder / "var")
    assert visitor.fill_in(f"/sign-in/link/{link}").status == 302
    stranger = Visitor(live_server.url)
    answer = stranger.fill_in("/e/zqslug/register", **form)
    found = re.search(r"/p/([\w-]{20,})/", answer.headers["Location"] or "")
    assert found, (answer.status, answer.text)
    token = found[1]
    assert stranger.read(f"/p/{token}/").status == 200
    assert stranger.read("/p/zqwrongtoken/").status == 404
    assert visitor.read(f"/events/{event_id}/participants/?q=zqsearched").status == 200
    assert stranger.fill_in("/sign-in", email="zqother@example.org", password="zqpassword").status == 422
    # Then tables go away under the running program.
    with closing(sqlite3.connect(tables, timeout=30)) as connection:
        connection.execute("ALTER TABLE outbox_mails RENAME TO gone")
        connection.commit()
    again = {**form, "name": "Zqnext", "email": "zqnext@example.org", "submission": "zqsubmission"}
    assert stranger.fill_in("/e/zqslug/register", **again).status == 500
    with closing(sqlite3.connect(tables, timeout=30)) as connection:
        connection.execute("ALTER TABLE wishes RENAME TO gone_too")
        connection.commit()
    assert stranger.read(f"/p/{token}/").status == 500
    log = live_server.output().removeprefix(printed)
    assert log.count("Traceback") >= 2
    assert "Exception on /p/***/ [GET]" in log
    assert "no such table: outbox_mails" in log
    assert "INSERT INTO" in log
    quoted = [token, link, "03 99 88 77 66", "deux jours en mai", *re.findall(r"(?i)zq\w+", log)]
    assert [value for value in quoted if value in log and value != "zqslug"] == []
