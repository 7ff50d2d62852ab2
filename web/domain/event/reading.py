"""Files that somebody sends, read where they can do no harm: in a process of their own that is given up in time.

Whatever such a file makes of it, this process stays as it is: it waits, and says in a sentence what came of it.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from flask_babel import gettext as _

from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json
from scheduler.format.interchange.contacts import Contact, Contacts
from scheduler.format.sentence import expected, unpacked
from scheduler.format.warnings import EventWarning
from web.domain.errors import Busy, Fault, Faults
from web.domain.event.reader import LIST, MEMORY, OUT_OF_MEMORY, READY, answer_to
from web.domain.event.sheets import LIST_ENDINGS, SentSheet

log = logging.getLogger(__name__)

ENDINGS = (".json", ".xlsx", ".csv", ".tsv", ".dzn")
# To load the reader takes less than a second, on a machine that does much else several; reading is what is bounded.
STARTING = 20.0
READING = 4.0
# JSON of so many bytes takes milliseconds whatever it holds, for what reads it is linear; a process takes far longer.
SMALL = 64 << 10
# Where the system ends processes by signals: no more time of the processor, or ended from here.
_OUT_OF_TIME = tuple(-getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name))
# Each may take some hundred megabytes.
_READERS = threading.BoundedSemaphore(2)
PATIENCE = 10.0
# What Python and its libraries need to start. The reader needs no secret, and gets none.
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TZ", "TZDIR", "PYTHONHOME", "PYTHONTZPATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class ReadFile:
    """An event file that is valid: as JSON, with what stands beside it."""

    document: dict[str, Any]
    # Of each slot, whether it begins in the second of two hours with the same name.
    second_hours: list[bool]
    # By participants' ids, what the file says of them beside the event.
    contacts: Contacts = field(default_factory=dict)
    # What the file probably does not mean.
    warnings: list[EventWarning] = field(default_factory=list)
    # What was understood though it was written otherwise.
    notes: list[str] = field(default_factory=list)


def file_of(value: EventValue) -> ReadFile:
    """The file of an event that is valid already."""
    return ReadFile(json.loads(event_json(value)), [bool(slot.start.fold) for slot in value.slots])


def read_sent(data: bytes, filename: str) -> ReadFile:
    """The event in `data`, read as the ending of `filename` says.

    Raises `Faults` with the faults of the file, or with one that says that it takes more time or memory than it may;
    `Busy` while too many others are read. Cost: at most `READING` seconds behind the start of a process.
    """
    ending = PurePath(filename).suffix.lower()
    if ending not in ENDINGS:
        found = PurePath(filename).name
        raise _fault("file", "name_ending", "found", most=", ".join(ENDINGS[:-1]), last=ENDINGS[-1], found=found)
    if ending == ".json" and len(data) <= SMALL:
        answer = answer_to(data, ending)
    else:
        with _one_of_few():
            answer = _answer(data, ending)
    head, _line_end, text = answer.partition(b"\n")
    told = json.loads(head)
    if "faults" in told:
        raise Faults([Fault(path, unpacked(message)) for path, message in told["faults"]])
    contacts = {id: Contact(*one) for id, one in told["contacts"].items()}
    warnings = [EventWarning(code, path, values) for code, path, values in told["warnings"]]
    notes = [unpacked(note) for note in told["notes"]]
    return ReadFile(json.loads(text), told["second_hours"], contacts, warnings, notes)


def read_list(data: bytes, filename: str) -> list[SentSheet]:
    """The sheets of a list of people in `data`, read as the ending of `filename` says.

    Raises `Faults` with one sentence for what is no list, or takes more time or memory than it may; `Busy` while too
    many others are read. Cost: as `read_sent`.
    """
    ending = PurePath(filename).suffix.lower()
    if ending not in LIST_ENDINGS:
        raise Faults([Fault("file", _no_list("ending", {}))])
    with _one_of_few():
        told = json.loads(_answer(data, f"{LIST}{ending}"))
    if "faults" in told:
        raise Faults([Fault(path, unpacked(message)) for path, message in told["faults"]])
    if "no_list" in told:
        raise Faults([Fault("file", _no_list(told["no_list"], told["values"]))])
    return [SentSheet.of(sheet) for sheet in told["sheets"]]


def _no_list(code: str, values: Mapping[str, Any]) -> str:
    """Why there is no list in a file."""
    match code:
        case "ending":
            return _("A list is an Excel workbook (.xlsx) or a CSV file (.csv): save yours as one of these.")
        case "empty":
            return _("Nothing stands in this file.")
        case "letters":
            return _("The letters of this file cannot be read: save it as “CSV UTF-8”, or as an Excel workbook.")
        case "rows":
            return _("This list has %(found)d rows; %(most)d can be taken at once: send it in parts.", **values)
        case "letters_of_cell":
            return _(
                "In row %(row)d a cell holds more than %(most)d letters. Is there a quotation mark that is not closed?",
                **values,
            )
        case "columns":
            return _(
                "This list has more than %(most)d columns: leave those out that say nothing of participants.", **values
            )
    return _("This is no text but another kind of file under the name of a CSV file: send the list itself.")


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _READERS.acquire(timeout=PATIENCE):
        raise Busy(_("Other files are being read just now. Send yours again in a minute."))
    try:
        yield
    finally:
        _READERS.release()


def _answer(data: bytes, ending: str) -> bytes:
    """What the reader says of `data`. Raises `Faults` where it does not come to an end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "web.domain.event.reader", ending],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
    )
    try:
        _await(process)
        answer, complaint = process.communicate(data, timeout=READING)
    except subprocess.TimeoutExpired:
        raise _fault("file", "read_in_time", "takes_longer") from None
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()
    if process.returncode == 0:
        return answer
    raise _ended(process.returncode, complaint)


def _await(process: subprocess.Popen[bytes]) -> None:
    """Wait until the reader is ready; one that does not get so far is ended, and says so by its status."""
    assert process.stdout is not None
    timer = threading.Timer(STARTING, process.kill)
    timer.start()
    process.stdout.read(len(READY))
    timer.cancel()


def _ended(status: int, complaint: bytes) -> Faults:
    """What to say of a file whose reader ended with `status`."""
    if status in _OUT_OF_TIME:
        return _fault("file", "read_in_time", "takes_longer")
    if status == OUT_OF_MEMORY:
        return _fault("file", "read_in_memory", "takes_more")
    log.error("The reader of a file ended with status %s: %s", status, complaint[-500:].decode("utf-8", "replace"))
    return _fault("file", "readable", "unbearable")


def _fault(path: str, what: str, found: str, /, **values: object) -> Faults:
    limits = {"seconds": int(READING), "memory": MEMORY >> 20}
    return Faults([Fault(path, expected(what, found, **limits, **values))])


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # One thread of arithmetic is enough, and each takes addresses of its own. The modules are those of this process.
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "OPENBLAS_NUM_THREADS": "1",
    }
