"""Printing where it cannot work, and servers that are killed: the web goes on, nobody is left behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.processes import stop
from tests.support.server import Server, StartServer, healthy
from tests.web.exports.test_press import children_of
from web import create_app
from web.config import load_settings
from web.db import database, get_session, write
from web.domain.access import first_organiser, personal_token
from web.domain.audit import SYSTEM
from web.domain.publishing import publish
from web.models import Event, Registration

WEB = [sys.executable, "-m", "web"]
FONTLESS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{folder}</cachedir></fontconfig>
"""


def published_participant(server: Server) -> str:
    """The path of a participant's page in the running server's database, with a published timetable."""
    from tests.web.factories import Factory

    app = create_app(load_settings({"PASSERELLE_VAR": str(server.folder / "var")}))
    with app.app_context():
        session = get_session()
        make = Factory(session)
        event = make.event(first_organiser(session))
        one, other = make.registration(event), make.registration(event, kind="company")
        meeting = {"between": [one.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 50}
        version = make.schedule(event, [meeting])
        publish(session, version, SYSTEM, lambda token: f"{server.url}/p/{token}/")
        with write(session):
            token = personal_token(session.get_one(Registration, one.id))
        assert session.get_one(Event, event.id).published_schedule_id == version.id
    database(app).engine.dispose()
    return f"{server.url}/p/{token}"


def answer_of(address: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=90) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


@pytest.fixture
def fontless(tmp_path: Path) -> str:
    """``FONTCONFIG_FILE`` of a machine without any font."""
    file = tmp_path / "fonts.conf"
    file.write_text(FONTLESS.format(folder=tmp_path / "fontconfig"))
    return str(file)


def test_without_fonts_the_sheet_is_a_clear_error_and_the_web_goes_on(start_server: StartServer, fontless: str) -> None:
    server = start_server(command=WEB, FONTCONFIG_FILE=fontless)
    page = published_participant(server)
    status, kind, body = answer_of(f"{page}/agenda.pdf")
    assert (status, kind.partition(";")[0]) == (503, "text/html")
    assert "n’ont pas pu être imprimées" in body.decode()
    assert server.process.poll() is None
    assert healthy(server.url)
    assert answer_of(f"{page}/")[0] == 200
    assert answer_of(f"{page}/agenda.ics")[0] == 200


def test_printing_processes_end_with_the_web_process_however_it_ends(start_server: StartServer) -> None:
    server = start_server(command=WEB)
    page = published_participant(server)
    (web,) = children_of(server.process.pid)
    before = children_of(web)
    assert answer_of(f"{page}/agenda.pdf")[2].startswith(b"%PDF-")
    printing = children_of(web) - before
    assert printing
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    printing.add(web)
    end = time.monotonic() + 20
    while alive := {pid for pid in printing if runs(pid)}:
        assert time.monotonic() < end, alive
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_web_process_that_dies_is_started_again(start_server: StartServer, number: signal.Signals) -> None:
    server = start_server(command=WEB)
    (web,) = children_of(server.process.pid)
    os.kill(web, number)
    end = time.monotonic() + 60
    while not (children_of(server.process.pid) - {web} and healthy(server.url)):
        assert server.process.poll() is None
        assert time.monotonic() < end, server.output()
        time.sleep(0.1)
    assert stop(server.process) == 0
    assert not healthy(server.url)


def test_server_whose_port_is_taken_says_so_once(start_server: StartServer) -> None:
    server = start_server(command=WEB)
    port = server.url.rpartition(":")[2]
    second = subprocess.run(
        [*WEB, "serve", "--port", port], env=server.environment, cwd=server.folder, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert second.stderr.count("cannot be listened on") == 1


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
