"""A disk that is full: what is answered as done is done, what is told as not saved is not there, and it goes on again.

One server works on a small disk for all tests of this file; each fills the disk and frees it again.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.api import Api
from tests.support.crowd import NOT_SAVED, new_address, typed
from tests.support.processes import soon
from tests.support.programs import free_port
from tests.support.server import Server, clean_environment, serving
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.tally import Told
from tests.support.torture import TORTURE
from tests.support.visitor import Fields, Visitor
from tests.web.factories import Factory
from web import create_app
from web.config import load_settings
from web.db import database, get_session
from web.domain.audit import SYSTEM
from web.domain.team.access import create_api_token, first_organiser, issue_personal_link
from web.domain.timetable.publishing import publish
from web.migrations import upgrade
from web.queue import enqueue

WEB = [sys.executable, "-m", "web"]


@dataclass
class Place:
    """A server on a small disk, with an event open for registrations and one with an announced timetable."""

    disk: SmallDisk
    server: Server
    slug: str
    event_id: int
    agenda: str
    api: Api
    slots: list[str]

    @property
    def database(self) -> Path:
        return self.disk.folder / "var" / "passerelle.db"

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def hurry_mails(self) -> bool:
        """Have the mails that wait be tried now; false."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute("UPDATE outbox_mails SET due_at = datetime('now') WHERE state = 'queued'")
        app = create_app(load_settings({"PASSERELLE_VAR": str(self.database.parent)}))
        with app.app_context():
            enqueue("mail.send")
        database(app).engine.dispose()
        time.sleep(1)
        return False

    def full(self):  # type: ignore[no-untyped-def]
        """Not a byte more for the server. What its log held is in the database before, so that a row needs room."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.disk.full(self.server.process.pid)

    def typed(self) -> Fields:
        """What somebody new types into the form."""
        return typed(new_address(), self.slots)

    def registered(self, email: object) -> int:
        return len(self.rows("SELECT id FROM registrations WHERE email = ?", email))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("full")
    with small_disk(folder / "disk") as disk:
        var = disk.folder / "var"
        app = create_app(load_settings({"PASSERELLE_VAR": str(var)}))
        upgrade(database(app).engine)
        with app.app_context():
            session = get_session()
            make = Factory(session)
            user = first_organiser(session)
            event = make.event(user)
            slug, event_id, slots = event.slug, event.id, [slot.key for slot in event.slots]
            one, other = make.registration(event), make.registration(event, kind="company")
            meeting = {"between": [one.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 50}
            publish(session, make.schedule(event, [meeting]), SYSTEM)
            session.rollback()
            with session.begin():
                link = issue_personal_link(one)
            token = create_api_token(session, "tests", user)
        database(app).engine.dispose()
        with serving(disk.folder, command=WEB, log=folder / "server.log") as server:
            yield Place(disk, server, slug, event_id, f"/p/{link}/", Api(server, token), slots)


def test_a_registration_is_stored_or_told_as_not_saved(place: Place, tally: Told) -> None:
    path = f"/e/{place.slug}/register"
    visitor = Visitor(place.server.url)
    forms = [(visitor.form(path), place.typed()) for _number in range(6)]
    with place.full():
        answers = [visitor.send(path, hidden, form) for hidden, form in forms]
        assert 503 in {answer.status for answer in answers}
        for answer, (_hidden, form) in zip(answers, forms, strict=True):
            assert answer.status in (303, 503), answer.text
            assert (answer.status == 303) == bool(place.registered(form["email"]))
            assert (NOT_SAVED in answer.text) == (answer.status == 503), answer.text[answer.text.index("<main") :]
        # Reading goes on.
        assert visitor.read(place.agenda).status == 200
    tally("a full disk while people register", len(forms), lost=0, errors=0)
    # The same form, sent again.
    for hidden, form in forms:
        assert visitor.send(path, hidden, form).status == 303
        assert place.registered(form["email"]) == 1


def test_a_mail_is_in_the_outbox_or_not_promised_and_all_promised_leave(place: Place) -> None:
    path = f"/e/{place.slug}/lost-link"
    visitor = Visitor(place.server.url)
    typed = place.typed()
    visitor.send(f"/e/{place.slug}/register", visitor.form(f"/e/{place.slug}/register"), typed)
    hidden = visitor.form(path)

    def promised() -> int:
        return len(place.rows("SELECT id FROM outbox_mails WHERE recipient = ?", typed["email"]))

    # Mails may be on their way meanwhile.
    waiting = "SELECT id FROM outbox_mails WHERE state <> 'sent' AND due_at <= datetime('now', '+2 minutes')"
    before = promised()
    with place.full():
        answer = visitor.send(path, hidden, {"email": str(typed["email"])})
        assert (answer.status, NOT_SAVED in answer.text) == (503, True)
        assert promised() == before
    assert visitor.send(path, hidden, {"email": str(typed["email"])}).status == 303
    assert promised() == before + 1
    # What could not be written into the full folder is tried again after a minute, which is over at once here.
    assert soon(lambda: not place.rows(waiting) or (not TORTURE and place.hurry_mails()), 90)
    names = {path.name for path in (place.disk.folder / "var" / "mail").iterdir()}
    sent = {
        f"{str(one).strip('<>')}.eml"
        for (one,) in place.rows("SELECT message_id FROM outbox_mails WHERE state = 'sent'")
    }
    assert sent <= names and not [name for name in names if name.endswith(".part")]


def test_a_computation_is_not_promised_and_one_at_work_keeps_what_it_found(place: Place) -> None:
    jobs = f"/events/{place.event_id}/schedules"
    running = place.api.call("POST", jobs, {"time_limit": 2})
    assert running.status == 202, running.data
    job = running.json["job"]
    assert soon(lambda: place.rows("SELECT state FROM jobs WHERE id = ?", job) != [("queued",)])
    with place.full():
        # Its end falls into this time.
        time.sleep(3)
    assert place.api.finished(job)["state"] == "done"
    assert place.rows("SELECT attempts FROM jobs WHERE id = ?", job) == [(1,)]
    before = place.rows("SELECT count(*) FROM jobs")
    with place.full():
        refused = place.api.call("POST", jobs, {"time_limit": 1})
        assert (refused.status, "Rien de cet appel n’a été enregistré" in refused.json["errors"][0]["message"]) == (
            503,
            True,
        )
        assert place.rows("SELECT count(*) FROM jobs") == before
    assert place.api.finished(place.api.call("POST", jobs, {"time_limit": 1}).json["job"])["state"] == "done"


def test_sheets_need_no_room_on_the_disk(place: Place) -> None:
    with place.full():
        answer = Visitor(place.server.url).read(f"{place.agenda}agenda.pdf")
    if place.disk.mounted:
        assert (answer.status, answer.data[:5]) == (200, b"%PDF-")
    else:
        # A limit on files is also one on what processes share in memory: told in a sentence.
        assert answer.status == 200 or "n’ont pas pu être imprimées" in answer.text


def test_sheets_printed_into_a_file_are_whole_or_told(place: Place, tmp_path: Path) -> None:
    ((event, schedule),) = place.rows("SELECT event_document, document FROM schedule_versions ORDER BY id LIMIT 1")
    (tmp_path / "event.json").write_text(str(event))
    (tmp_path / "schedule.json").write_text(str(schedule))
    output = place.disk.folder / "agendas.pdf"
    words = [sys.executable, "-m", "scheduler.command.main", "print", "event.json", "schedule.json", "-o", str(output)]
    with place.full():
        answer = run(place.disk.finding_it_full(words), tmp_path)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
        assert str(output) in answer.stderr
        assert not output.exists() and not list(place.disk.folder.glob(".agendas*"))
    assert run(words, tmp_path).returncode == 0 and output.read_bytes().startswith(b"%PDF-")


def test_a_backup_is_whole_or_told_and_the_one_of_before_stays(place: Place) -> None:
    folder = place.disk.folder / "kept"
    folder.mkdir(exist_ok=True)
    archive = folder / "all.tar.gz"
    words = [*WEB, "backup", str(archive)]
    assert run(words, place.disk.folder).returncode == 0
    before = archive.read_bytes()
    with place.full():
        answer = run(place.disk.finding_it_full(words), place.disk.folder)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
        assert "could not be made" in answer.stderr
        assert archive.read_bytes() == before and list(folder.iterdir()) == [archive]
    assert run(words, place.disk.folder).returncode == 0


def test_a_restore_without_room_leaves_the_data_that_is_there(place: Place) -> None:
    archive, folder = place.disk.folder / "kept.tar.gz", place.disk.folder / "elsewhere"
    folder.mkdir()
    assert run([*WEB, "backup", str(archive)], place.disk.folder).returncode == 0
    assert run([*WEB, "organiser-link"], folder).returncode == 0
    before = {path.name: path.read_bytes() for path in (folder / "var").glob("[!.]*") if path.is_file()}
    words = [*WEB, "restore", str(archive), "--force"]
    with place.full():
        answer = run(place.disk.finding_it_full(words), folder)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
        assert "could not be restored" in answer.stderr
    # The command sets the database down into one file before anything else.
    assert {name: (folder / "var" / name).read_bytes() for name in before} == before
    assert run(words, folder).returncode == 0
    assert (folder / "var" / "passerelle.db").read_bytes() != before["passerelle.db"]


def test_a_start_with_an_empty_secret_key_is_told_and_makes_one_once_there_is_room(place: Place) -> None:
    folder = place.disk.folder / "other"
    (folder / "var").mkdir(parents=True)
    key = folder / "var" / "secret_key"
    key.touch()
    with place.full():
        answer = run(place.disk.finding_it_full([*WEB, "serve", "--port", str(free_port())]), folder)
        assert answer.returncode in (1, 2) and answer.stderr.count("\n") == 1, answer.stderr
        assert "secret_key" in answer.stderr or "No space" in answer.stderr or "cannot be" in answer.stderr
        assert key.read_bytes() == b""
    answer = run([*WEB, "organiser-link"], folder)
    assert answer.returncode == 0, answer.stderr
    assert len(key.read_bytes()) > 40


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=60)
