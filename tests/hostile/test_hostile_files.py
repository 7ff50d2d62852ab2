"""Files that are sent to do harm: refused in a sentence within seconds, nothing stored, the web process as it was.

``PASSERELLE_TORTURE=1`` sends every file of `tests.support.hostile`; without it, those that are fastest to make.
"""

import json
import os
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from scheduler.format.sentence import Sentence
from scheduler.wording.sentences import told
from tests.support import hostile
from tests.support.tally import Told
from tests.support.torture import TORTURE
from web.db import database
from web.domain.errors import Busy, Faults
from web.domain.event import reading
from web.domain.event.reading import ENDINGS, read_sent
from web.domain.event.sheets import LIST_ENDINGS
from web.models import Event, Registration, Wish

SEEDS = (
    "one_key_repeated",
    "nothing_but_faults",
    "styles_without_end",
    "shared_strings_without_end",
    "far_rows",
    "many_wishes",
    "many_small_objects",
    "sheets_without_end",
    "headings_without_end",
)
LARGEST = "largest"
# Reading is given up after four seconds; to start a process takes one, on a machine that does much else many more.
SECONDS = 5 if TORTURE else 40

MEASURE = """
import json, resource, sys, time
from pathlib import Path
from flask import Flask
from flask_babel import Babel
from web.domain.errors import Faults
from web.domain.event.reading import read_list, read_sent
from web.domain.people.lists.matching import guessed

def event(data, path):
    return f"{len(read_sent(data, path).document['participants'])} participants"

def people(data, path):
    sheets = read_list(data, path)
    guessed(sheets)
    return f"{len(sheets)} sheets"

read = {"event": event, "list": people}[sys.argv[1]]
app = Flask("measure")
# In which sentences are told.
Babel(app)
app.app_context().push()
for path in sys.argv[2:]:
    data, begun = Path(path).read_bytes(), time.perf_counter()
    try:
        found = [read(data, path)]
    except Faults as faults:
        found = [str(faults.faults[0].message), len(faults.faults)]
    # What this process used before it became this program counts for the other measure.
    status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    peaks = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, int(status["VmHWM"].split()[0]) >> 10
    print(json.dumps([Path(path).name, time.perf_counter() - begun, peaks, found]), flush=True)
"""


def upload(client: FlaskClient, data: bytes, name: str) -> Any:
    return client.post("/events/import", data={"file": (BytesIO(data), name)}, content_type="multipart/form-data")


def test_every_file_is_told_within_seconds_and_mebibytes(tmp_path: Path, tally: Told) -> None:
    paths = written(tmp_path)
    # And the largest event that the web takes.
    paths.append(tmp_path / f"{LARGEST}.json")
    paths[-1].write_bytes(hostile.many_wishes(1_000, 50))
    for name, found in measured("event", paths, tally):
        if name.startswith(LARGEST):
            assert found == ["1000 participants"]
            continue
        assert found[0].startswith("expected "), (name, found)
        assert len(found) == 2 and found[1] <= 1_001, (name, found)


def test_every_list_is_told_within_seconds_and_mebibytes(tmp_path: Path, tally: Told) -> None:
    paths = written(tmp_path, *LIST_ENDINGS)
    # And one as large as they are taken.
    paths.append(tmp_path / f"{LARGEST}.csv")
    paths[-1].write_text("Structure;Contact;Courriel;Besoins\n" + "Les Voisines;Ada;ada@example.org;salle\n" * 4_999)
    for name, found in measured("list", paths, tally):
        assert found == ["1 sheets"] if name.startswith(LARGEST) else len(found) == 1 or found[1] == 1, (name, found)


def written(folder: Path, *endings: str) -> list[Path]:
    """The files of `hostile`, or those with one of these `endings`."""
    paths = []
    for name, (ending, make) in hostile.FILES.items():
        if (TORTURE or name in SEEDS) and ending in (endings or ENDINGS):
            path = folder / f"{name}{ending}"
            path.write_bytes(make())
            assert path.stat().st_size <= hostile.LIMIT
            paths.append(path)
    return paths


def measured(read_as: str, paths: list[Path], tally: Told) -> list[tuple[str, list[Any]]]:
    """What each of the files is read as, or its first fault and how many there are; each within its bounds.

    `read_as`: ``event`` or ``list``.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, read_as, *map(str, paths)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(paths)
    most = max(max(peaks) for _name, _seconds, peaks, _found in lines)
    what = "hostile files" if read_as == "event" else "hostile files as lists of people"
    tally(f"{what}, {most} MiB at most", len(lines), errors=0, worst=max(seconds for _name, seconds, *_ in lines))
    for name, seconds, (reader, waiting), found in lines:
        assert seconds < SECONDS and reader < 300 and waiting < 300, (name, seconds, reader, waiting, found)
    return [(name, found) for name, _seconds, _peaks, found in lines]


@pytest.mark.parametrize("name", ["one_key_repeated", "far_rows", "half_characters"])
def test_a_page_tells_what_is_wrong_and_nothing_is_stored(
    organiser_client: FlaskClient, session: Session, name: str
) -> None:
    ending, make = hostile.FILES[name]
    answer = upload(organiser_client, make(), f"file{ending}")
    assert answer.status_code == 422
    assert "rien n’a été importé" in answer.text
    session.rollback()
    assert session.query(Event).count() == 0


def test_faults_beyond_those_shown_are_counted_on_the_page(organiser_client: FlaskClient) -> None:
    answer = upload(organiser_client, hostile.nothing_but_faults(0.02), "file.json")
    assert answer.status_code == 422
    assert "tables[199]" in answer.text and "tables[200]" not in answer.text
    assert "et au moins 10800 autres" in answer.text
    english = organiser_client.post(
        "/events/import",
        data={"file": (BytesIO(hostile.unknown_ids(0.01)), "file.json")},
        headers={"Accept-Language": "en"},
        content_type="multipart/form-data",
    )
    assert "and 8800 more" in english.text


def test_a_file_that_takes_too_long_is_told_and_its_reader_is_gone(
    organiser_client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READING", 0.2)
    answer = upload(organiser_client, hostile.shared_strings_without_end(), "file.xlsx")
    assert answer.status_code == 422
    assert "un fichier qui en demande davantage" in answer.text
    assert session.query(Event).count() == 0
    # The web process goes on, and no reader is left of its children.
    assert organiser_client.get("/events/").status_code == 200
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    if children.exists():
        for child in children.read_text().split():
            assert b"web.domain.event.reader" not in Path(f"/proc/{child}/cmdline").read_bytes()


def test_a_file_that_takes_too_much_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Faults) as refused:
        read_sent(hostile.many_small_objects(), "file.json")
    (fault,) = refused.value.faults
    assert fault.message == "expected a file that is read in 200 MiB of memory, found one that takes more"
    assert told(fault.message, "fr").startswith("attendu\u00a0: un fichier qui se lit avec 200\u00a0Mio de mémoire")


def test_a_reader_that_dies_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.sys, "executable", "/bin/false")
    with pytest.raises(Faults) as refused:
        read_sent(b"PK", "file.xlsx")
    assert (
        refused.value.faults[0].message == "expected a file that can be read, found one that the reader could not bear"
    )


def test_more_files_at_once_than_the_machine_bears_are_put_off(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.05)
    with reading._one_of_few(), reading._one_of_few(), app.test_request_context(), pytest.raises(Busy) as busy:
        read_sent(b"PK", "file.xlsx")
    assert busy.value.status == 429 and str(busy.value)


def test_a_reader_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@localhost/")
    assert "secret" not in json.dumps(reading._environment())


def test_what_the_reader_says_is_a_sentence_in_both_languages() -> None:
    with pytest.raises(Faults) as refused:
        read_sent(hostile.far_rows(1), "file.xlsx")
    for fault in refused.value.faults:
        assert isinstance(fault.message, Sentence)
        assert told(fault.message, "fr").startswith("attendu\u00a0: ")


def test_an_event_of_more_than_the_web_takes_names_the_number() -> None:
    with pytest.raises(Faults) as refused:
        read_sent(hostile.many_wishes(400, 150), "file.json")
    (fault,) = refused.value.faults
    assert fault.path == "wishes"
    assert fault.message == ("expected at most 50000 of these here (the command “passerelle” takes more), found 60000")
    assert "la commande" in told(fault.message, "fr")


def test_nulls_are_refused_in_every_kind_of_file() -> None:
    raw = {**json.loads(hostile.many_wishes(2, 1)), "title": "a\0b"}
    with pytest.raises(Faults) as refused:
        read_sent(json.dumps(raw).encode(), "file.json")
    assert [(one.path, one.message) for one in refused.value.faults] == [
        ("title", "expected text without the character U+0000, found it")
    ]


def test_the_largest_event_is_written_without_holding_up_others(
    organiser_client: FlaskClient, session: Session, app: Flask
) -> None:
    data = hostile.many_wishes(1_000, 50)
    waited: list[float] = []
    over = threading.Event()

    def write_often() -> None:
        with database(app).engine.connect().execution_options(write=True) as connection:
            # As often as it can: all is written within a second or two.
            while not over.wait(0.005):
                begun = time.perf_counter()
                with connection.begin():
                    connection.execute(text("UPDATE users SET name = name"))
                waited.append(time.perf_counter() - begun)

    other = threading.Thread(target=write_often)
    other.start()
    try:
        assert upload(organiser_client, data, "file.json").status_code == 302
    finally:
        over.set()
        other.join()
    session.rollback()
    assert (session.query(Registration).count(), session.query(Wish).count()) == (1_000, 50_000)
    # It was a hundred seconds for a million wishes, and others were refused after thirty.
    assert len(waited) > 5 and max(waited) < 5, (len(waited), max(waited))
