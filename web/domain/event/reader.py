"""The process that reads one file of somebody else's, started by `reading`.

``python -m web.domain.event.reader ENDING``; before the ending of a list of people stands ``list``.

It gets the file on its standard input when it has said that it is ready, and answers on its standard output: a line of
JSON that says what was found, and behind it the event file that the web stores. It may take so much memory and time and
no more, opens nothing and knows no secret; what it leaves behind is its exit status.
"""

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any, NoReturn

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, event_json, parse_event
from scheduler.format.sentence import expected, packed
from scheduler.format.warnings import warnings_of
from web.domain.event.sheets import NoList, read_sheets

READY = b"+"
LIST = "list"
# Beside what Python and its libraries take, of addresses and of processor seconds.
MEMORY = 200 << 20
SECONDS = 4
OUT_OF_MEMORY = 3

# What the pages and the database of one small machine can bear; the command line takes more.
MOST = {
    "slots": 1_000,
    "tables": 5_000,
    "facilitators": 1_000,
    "participants": 5_000,
    "wishes": 50_000,
    "vetoes": 50_000,
    "meetings": 20_000,
    "affinities": 200_000,
}


def main(ending: str) -> int:
    """Read the file on standard input; the exit status."""
    if ending != ".json":
        # Half a second that no other file should wait for.
        import scheduler.format.interchange  # noqa: F401
    gc.disable()
    _confine()
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    try:
        answer = answer_to(sys.stdin.buffer.read(), ending)
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 0


def answer_to(data: bytes, ending: str) -> bytes:
    """What is in the file `data`, as `reading` takes it."""
    if ending.startswith(LIST):
        return _list_in(data, ending.removeprefix(LIST))
    contacts: dict[str, Any] = {}
    notes: list[Any] = []
    try:
        if ending == ".json":
            event = parse_event(data)
        else:
            from scheduler.format.interchange import read_with_contacts

            reading = read_with_contacts(data, f"event{ending}")
            event = reading.event
            contacts = {id: astuple(one) for id, one in reading.contacts.items()}
            notes = [packed(note) for note in reading.notes]
        text = event_json(event)
        faults = [*_too_many(event), *_nulls(text), *_with_null(contacts)]
    except InvalidEvent as invalid:
        faults = list(invalid.faults)
    if faults:
        return json.dumps({"faults": [[fault.path, packed(fault.message)] for fault in faults]}).encode()
    warned = [[one.code, one.path, dict(one.values)] for one in warnings_of(event)]
    second_hours = [bool(slot.start.fold) for slot in event.slots]
    told = {"contacts": contacts, "notes": notes, "second_hours": second_hours, "warnings": warned}
    return json.dumps(told).encode() + b"\n" + text.encode()


def _list_in(data: bytes, ending: str) -> bytes:
    """The sheets of a list, or why there are none."""
    try:
        told: dict[str, Any] = {"sheets": [sheet.plain() for sheet in read_sheets(data, ending)]}
    except NoList as none:
        told = {"no_list": none.code, "values": none.values}
    except InvalidEvent as invalid:
        told = {"faults": [[fault.path, packed(fault.message)] for fault in invalid.faults]}
    return json.dumps(told).encode() + b"\n"


def _too_many(event: Event) -> Iterator[EventFault]:
    """A fault for each list that is longer than the web takes."""
    counts = {
        **{name: len(getattr(event, name) or ()) for name in MOST if hasattr(event, name)},
        "wishes": sum(len(one.wishes) for one in event.participants),
        "vetoes": sum(len(one.vetoes) for one in event.participants),
    }
    for name, count in counts.items():
        if count > MOST[name]:
            yield EventFault(name, expected("at_most_here", "found", most=MOST[name], found=count))


def _nulls(text: str) -> Iterator[EventFault]:
    """A fault for each text with the character U+0000, which PostgreSQL does not store."""
    if "\\u0000" in text:
        yield from _with_null(json.loads(text))


def _with_null(value: Any, path: str = "") -> Iterator[EventFault]:
    if isinstance(value, str) and "\0" in value:
        yield EventFault(path, expected("text_without_null", "that_field"))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _with_null(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _with_null(item, f"{path}[{i}]")


def _confine() -> None:
    """Take from this process what a file could make it do: grow, last, write files."""
    try:
        import resource
    except ImportError:
        # Where the system knows no limits, the clock of the process that waits for this one is left.
        return
    limits = {
        resource.RLIMIT_AS: _addresses() + MEMORY,
        resource.RLIMIT_CPU: SECONDS + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        _soft, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def _addresses() -> int:
    """The addresses that this process has already, in bytes; a generous guess where the system does not tell."""
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _run(arguments: Sequence[str]) -> NoReturn:
    try:
        status = main(arguments[0])
    except BaseException as error:
        # The message may hold what stands in the file, which belongs in no log.
        print(f"{type(error).__name__} at {_place(error)}", file=sys.stderr)
        status = OUT_OF_MEMORY if type(error).__name__ == "PanicException" else 1
    sys.exit(status)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"


if __name__ == "__main__":
    _run(sys.argv[1:])
