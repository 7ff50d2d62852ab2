"""The command ``passerelle``: files in, files out, and an exit status that scripts can rely on."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TypeVar

from scheduler.console import Console, tiers_line
from scheduler.errors import Infeasible, InvalidInput, PasserelleError
from scheduler.event import Event, event_json, event_json_schema, parse_event
from scheduler.schedule import Schedule, parse_schedule, schedule_json, schedule_json_schema
from scheduler.watch import SolveOptions

T = TypeVar("T")

DONE, FAILED, INVALID, INFEASIBLE = 0, 1, 2, 3
# More than any event that a machine could solve; a file beyond it is a mistake, told before memory runs out.
_LARGEST_FILE = 1 << 30


class _Unusable(Exception):
    """A file that cannot be read or written, in words."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 2 invalid input, 3 no feasible schedule, 1 anything else."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(words).parse_args(words)
    try:
        return int(options.func(options) or DONE)
    except InvalidInput as invalid:
        return _complain(str(invalid), INVALID)
    except Infeasible as infeasible:
        lines = ["no schedule respects all requirements; these cannot hold together:"]
        return _complain("\n".join(lines + [f"- {reason}" for reason in infeasible.reasons()]), INFEASIBLE)
    except _Unusable as unusable:
        return _complain(str(unusable), INVALID)
    except PasserelleError as error:
        return _complain(str(error), FAILED)
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to say, and Python must not try at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _complain(f"{error.filename or 'input or output'}: {error.strerror or error}", FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", FAILED)


def _complain(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="passerelle", description="Timetables of meetings, computed and proven.")
    parser.add_argument("--version", action="version", version=f"passerelle {version('passerelle')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    solving = commands.add_parser("solve", help="compute a schedule for an event")
    solving.add_argument("event", type=Path)
    solving.add_argument("-o", "--output", type=Path, help="the schedule file (default: standard output)")
    add_solve_options(solving)
    solving.set_defaults(func=_solve)

    verifying = commands.add_parser("verify", help="check a schedule independently: every rule and every tier")
    verifying.add_argument("event", type=Path)
    verifying.add_argument("schedule", type=Path)
    verifying.set_defaults(func=_verify)

    converting = commands.add_parser("convert", help="turn a .dzn, .xlsx or .json file into an event file or workbook")
    converting.add_argument("file", type=Path)
    converting.add_argument("-o", "--output", type=Path, required=True, help="EVENT.json or EVENT.xlsx")
    converting.set_defaults(func=_convert)

    sampling = commands.add_parser("sample", help="make a realistic event")
    for name, default in (("associations", 32), ("companies", 22), ("slots", 17), ("tables", 22), ("seed", 1)):
        sampling.add_argument(f"--{name}", type=_whole, default=default)
    sampling.add_argument("-o", "--output", type=Path, help="the event file (default: standard output)")
    sampling.set_defaults(func=_sample)

    schema = commands.add_parser("schema", help="print the JSON Schema of the event or schedule file")
    schema.add_argument("which", nargs="?", choices=("event", "schedule"), default="event")
    schema.set_defaults(func=_schema)

    # Parts that need more than this package (the web application, prints) add their own commands; they take a second
    # to load, which nobody who solves a file should wait for.
    if words and words[0] in commands.choices:
        return parser
    for entry in sorted(entry_points(group="passerelle.commands"), key=lambda entry: entry.name):
        entry.load()(commands)
    return parser


def add_solve_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command which searches has."""
    parser.add_argument("--time-limit", type=_seconds, metavar="S", help="stop after S seconds with the best so far")
    parser.add_argument("--workers", type=_whole, default=os.cpu_count() or 1, metavar="N", help="threads to use")
    parser.add_argument("--seed", type=_whole_or_zero, default=0, metavar="N", help="the same seed, the same schedule")


def _solve(options: argparse.Namespace) -> int:
    from scheduler.solve import solve

    event = read_event(options.event)
    stopping = _Stopping()
    console = Console(sys.stderr, options.time_limit)
    wanted = SolveOptions(options.time_limit, options.workers, options.seed)
    schedule = stopping.run(lambda: solve(event, wanted, listener=console, stop=stopping.asked))
    console.close()
    write_output(options.output, schedule_json(schedule))
    print(f"{schedule.status}: {tiers_line(schedule.tiers)} ({schedule.seconds:.2f} s)", file=sys.stderr)
    return DONE


def _verify(options: argparse.Namespace) -> int:
    from scheduler.verify import verify

    event, schedule = read_event(options.event), read_schedule(options.schedule)
    report = verify(event, schedule)
    for fault in report.faults:
        print(fault)
    if report.faults:
        return FAILED
    print(f"no fault in {len(schedule.meetings)} meetings: {tiers_line(schedule.tiers)}")
    return DONE


def _convert(options: argparse.Namespace) -> int:
    from scheduler.formats import read_any, write_any

    write_output(options.output, write_any(read_any(read_bytes(options.file), options.file.name), options.output.name))
    return DONE


def _sample(options: argparse.Namespace) -> int:
    from scheduler.sample import sample_event

    event = sample_event(options.associations, options.companies, options.slots, options.tables, options.seed)
    write_output(options.output, event_json(event) + "\n")
    return DONE


def _schema(options: argparse.Namespace) -> int:
    schema = event_json_schema() if options.which == "event" else schedule_json_schema()
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return DONE


class _Stopping:
    """Ctrl-C asks the search to end with the best so far; a second Ctrl-C ends at once.

    The search runs in a thread of its own, because Python runs signal handlers in the main thread only, and native
    code there would keep them waiting.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def asked(self) -> bool:
        return self._event.is_set()

    def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns; raises what it raises."""
        results: list[T] = []
        failures: list[BaseException] = []

        def worker() -> None:
            try:
                results.append(work())
            except BaseException as failure:
                failures.append(failure)

        before = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        thread = threading.Thread(target=worker, daemon=True)
        try:
            thread.start()
            while thread.is_alive():
                thread.join(0.1)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if failures:
            raise failures[0]
        return results[0]

    def _handle(self, number: int, _frame: object) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()


def read_bytes(path: Path) -> bytes:
    """Return the bytes of ``path`` (``-``: standard input); raises ``_Unusable`` with a sentence."""
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read()
        if path.stat().st_size > _LARGEST_FILE:
            raise _Unusable(f"{path}: expected a file of at most 1 GiB, found {path.stat().st_size} bytes")
        return path.read_bytes()
    except OSError as error:
        raise _Unusable(f"{path}: expected a file that can be read: {error.strerror}") from None


def read_event(path: Path) -> Event:
    """Return the event of an event file; raises ``InvalidEvent`` or ``_Unusable``."""
    return parse_event(read_bytes(path))


def read_schedule(path: Path) -> Schedule:
    """Return the schedule of a schedule file; raises ``InvalidSchedule`` or ``_Unusable``."""
    return parse_schedule(read_bytes(path))


def write_output(path: Path | None, content: str | bytes) -> None:
    """Write ``content`` to ``path`` (``None``: standard output) whole or not at all."""
    data = content.encode() if isinstance(content, str) else content
    if path is None or str(path) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    # A full disk or a kill in the middle must leave the file of before.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _whole(text: str) -> int:
    number = _whole_or_zero(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text}")
    return number


def _whole_or_zero(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 0, found {text}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 10**7:
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, found {text}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
