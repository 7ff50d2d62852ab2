"""Printing where it cannot work, and servers that are killed: the web goes on, nobody is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import children_of
from tests.support.server import Server, StartServer, healthy, serving
from tests.support.visitor import Visitor
from tests.web.conftest import PASSWORD
from web import create_app
from web.config import load_settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.team.access import first_organiser, personal_token
from web.domain.timetable.publishing import publish
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
        publish(session, version, SYSTEM)
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
    sheet, looked_for = Visitor(server.url), f"{page}/agenda.pdf"
    # On a machine that does much else it is found out later than somebody is kept waiting for.
    while "Refresh" in (answer := sheet.read(looked_for)).headers:
        looked_for = answer.headers["Refresh"].partition("url=")[2]
        time.sleep(1)
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (503, "text/html")
    assert "n’ont pas pu être imprimées" in answer.text
    assert server.process.poll() is None
    assert healthy(server.url)
    assert answer_of(f"{page}/")[0] == 200
    assert answer_of(f"{page}/agenda.ics")[0] == 200


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it running."""
    with serving(tmp_path_factory.mktemp("printing"), command=WEB) as server:
        yield server


def test_four_who_ask_for_all_sheets_at_once_share_one_print(shared: Server) -> None:
    sheets = published_sheets(shared, participants=60)
    (web,) = children_of(shared.process.pid)
    others = children_of(web)
    browsers = [signed_in(shared) for _number in range(4)]
    most, over = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.05):
            most = max(most, len(children_of(web) - others))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            files, pages = zip(*pool.map(until_printed, browsers, [sheets] * 4), strict=True)
    finally:
        over.set()
        watching.join()
    assert len(set(files)) == 1 and files[0].startswith(b"%PDF-")
    # As many processes as for one, what helps them start, and the one that joins the parts while these still end.
    assert 1 <= most <= (os.cpu_count() or 1) + 2
    # Those who could not be given their file at once were told how far it was.
    assert all("sur 60 sont prêtes" in page or "commencer" in page for page in pages if page)


def test_server_whose_port_is_taken_says_so_once(shared: Server) -> None:
    port = shared.url.rpartition(":")[2]
    second = subprocess.run(
        [*WEB, "serve", "--port", port], env=shared.environment, cwd=shared.folder, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert second.stderr.count("cannot be listened on") == 1


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_web_process_that_dies_is_started_again(shared: Server, number: signal.Signals) -> None:
    (web,) = children_of(shared.process.pid)
    os.kill(web, number)
    end = time.monotonic() + 60
    while not (children_of(shared.process.pid) - {web} and healthy(shared.url)):
        assert shared.process.poll() is None
        assert time.monotonic() < end, shared.output()
        time.sleep(0.1)


def test_printing_processes_end_with_the_web_process_however_it_ends(shared: Server) -> None:
    """The last one: it ends the server."""
    page = published_participant(shared)
    (web,) = children_of(shared.process.pid)
    before = children_of(web)
    assert answer_of(f"{page}/agenda.pdf")[2].startswith(b"%PDF-")
    printing = children_of(web) - before
    assert printing
    os.kill(shared.process.pid, signal.SIGKILL)
    shared.process.wait()
    printing.add(web)
    end = time.monotonic() + 20
    while alive := {pid for pid in printing if runs(pid)}:
        assert time.monotonic() < end, alive
        time.sleep(0.1)


def published_sheets(server: Server, participants: int) -> str:
    """The path of the sheets of an announced event whose organiser is Odile."""
    from tests.web.factories import Factory

    app = create_app(load_settings({"PASSERELLE_VAR": str(server.folder / "var")}))
    with app.app_context():
        make = Factory(get_session())
        event = make.event(make.user(email="odile@example.org"))
        for number in range(participants):
            make.registration(event, kind="company" if number % 2 else "association")
        path = f"/events/{event.id}/schedule/{make.schedule(event, []).id}/agendas.pdf"
    database(app).engine.dispose()
    return path


def signed_in(server: Server) -> Visitor:
    visitor = Visitor(server.url)
    answer = visitor.send("/sign-in", visitor.form("/sign-in"), {"email": "odile@example.org", "password": PASSWORD})
    assert answer.status == 302
    return visitor


def until_printed(visitor: Visitor, address: str) -> tuple[bytes, str]:
    """The file, looked for as the page says, and the first page that said so; none where the file came at once."""
    first = ""
    while "Refresh" in (answer := visitor.read(address)).headers:
        first = first or answer.text
        seconds, _, address = answer.headers["Refresh"].partition("; url=")
        time.sleep(int(seconds))
    assert answer.status == 200, answer.text
    return answer.data, first


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
