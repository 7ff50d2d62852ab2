"""The command ``passerelle``: files in, files out, and an exit status that scripts can rely on."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scheduler.command import disturbances
from scheduler.command.files import Unusable, read_bytes, read_event, read_schedule, write_output
from scheduler.command.interrupt import Stopping
from scheduler.command.options import add_solve_options, whole
from scheduler.command.progress import Console, tiers_line
from scheduler.format.errors import Infeasible, InvalidInput, PasserelleError
from scheduler.format.event import event_json, event_json_schema
from scheduler.format.schedule import schedule_json, schedule_json_schema
from scheduler.problem.watch import SolveOptions

DONE, FAILED, INVALID, INFEASIBLE = 0, 1, 2, 3
# New objects after which Python looks for those that nothing refers to any more; 700 if not told.
_RARELY = 100_000


class _Version(argparse.Action):
    """Says the version; to find it out takes a moment that other commands are spared."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"passerelle {version('passerelle')}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 done, 2 invalid input, 3 no feasible schedule, 1 anything else."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(words).parse_args(words)
    # Loading the libraries makes a million objects that all stay: to look among them for some that do not, again and
    # again and once more at the end, takes a fifth of the time that a small event needs.
    gc.set_threshold(_RARELY)
    try:
        return int(options.func(options) or DONE)
    except InvalidInput as invalid:
        return _complain(str(invalid), INVALID)
    except Infeasible as infeasible:
        return _complain(_conflict(infeasible), INFEASIBLE)
    except Unusable as unusable:
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
    finally:
        gc.freeze()


def _complain(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _conflict(infeasible: Infeasible) -> str:
    """Return what cannot hold together as lines; where counting tells it in short, that first."""
    from scheduler.wording.requirements import in_short

    short = in_short(infeasible.requirements, infeasible.event)
    lines = ["no schedule respects all requirements; these cannot hold together:"]
    lines += [f"  ({short})"] if short else []
    return "\n".join(lines + [f"- {reason}" for reason in infeasible.reasons()])


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="passerelle", description="Timetables of meetings, computed and proven.")
    parser.add_argument("--version", action=_Version, nargs=0, help="say the version and exit")
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
        sampling.add_argument(f"--{name}", type=whole, default=default)
    sampling.add_argument("-o", "--output", type=Path, help="the event file (default: standard output)")
    sampling.set_defaults(func=_sample)

    disturbances.register(commands)

    schema = commands.add_parser("schema", help="print the JSON Schema of the event or schedule file")
    schema.add_argument("which", nargs="?", choices=("event", "schedule"), default="event")
    schema.set_defaults(func=_schema)

    # Parts that need more than this package (the web application, prints) add their own commands; they take a second
    # to load, which nobody who solves a file should wait for.
    if words and words[0] in {*commands.choices, "--version"}:
        return parser
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group="passerelle.commands"), key=lambda entry: entry.name):
        entry.load()(commands)
    return parser


def _solve(options: argparse.Namespace) -> int:
    from scheduler.solve import solve

    event = read_event(options.event)
    stopping = Stopping()
    console = Console(sys.stderr, options.time_limit)
    wanted = SolveOptions(options.time_limit, options.workers, options.seed)
    schedule = stopping.run(lambda: solve(event, wanted, listener=console, stop=stopping.asked))
    console.close()
    write_output(options.output, schedule_json(schedule))
    print(f"{schedule.status}: {tiers_line(schedule.tiers)} ({schedule.seconds:.2f} s)", file=sys.stderr)
    return DONE


def _verify(options: argparse.Namespace) -> int:
    from scheduler.check.schedule import verify

    event, schedule = read_event(options.event), read_schedule(options.schedule)
    report = verify(event, schedule)
    for fault in report.faults:
        print(fault)
    if report.faults:
        return FAILED
    print(f"no fault in {len(schedule.meetings)} meetings: {tiers_line(schedule.tiers)}")
    return DONE


def _convert(options: argparse.Namespace) -> int:
    from scheduler.format.interchange import read_any, write_any

    write_output(options.output, write_any(read_any(read_bytes(options.file), options.file.name), options.output.name))
    return DONE


def _sample(options: argparse.Namespace) -> int:
    from scheduler.samples.sample import sample_event

    event = sample_event(options.associations, options.companies, options.slots, options.tables, options.seed)
    write_output(options.output, event_json(event) + "\n")
    return DONE


def _schema(options: argparse.Namespace) -> int:
    schema = event_json_schema() if options.which == "event" else schedule_json_schema()
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
