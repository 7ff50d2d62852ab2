"""The command ``passerelle``: files in, files out, and an exit status that scripts can rely on."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from scheduler.command import convert, explain, replan, sample, schema, solve, template, verify, whatif
from scheduler.command.files import Unusable
from scheduler.command.options import terminal_language
from scheduler.command.status import DONE, FAILED, INFEASIBLE, INVALID
from scheduler.format.errors import Infeasible, InvalidInput, PasserelleError
from scheduler.wording.commands import in_words
from scheduler.wording.errors import error_lines
from scheduler.wording.sentences import told

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
    # Where ``--language`` is that of what is printed for others, complaints keep to the terminal's.
    language = (options.language if getattr(options, "speaks", False) else None) or terminal_language()
    # Loading the libraries makes a million objects that all stay: to look among them for some that do not, again and
    # again and once more at the end, takes a fifth of the time that a small event needs.
    gc.set_threshold(_RARELY)
    try:
        return int(options.func(options) or DONE)
    except Unusable as unusable:
        return _complain([told(unusable.message, language)], INVALID)
    except PasserelleError as error:
        status = INVALID if isinstance(error, InvalidInput) else INFEASIBLE if isinstance(error, Infeasible) else FAILED
        return _complain(error_lines(error, language), status)
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to say, and Python must not try at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _complain([f"{error.filename or 'input or output'}: {error.strerror or error}"], FAILED)
    except KeyboardInterrupt:
        return _complain([in_words("interrupted", language)], FAILED)
    finally:
        gc.freeze()


def _complain(lines: Sequence[str], status: int) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return status


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="passerelle", description="Timetables of meetings, computed and proven.")
    parser.add_argument("--version", action=_Version, nargs=0, help="say the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    for command in (solve, verify, convert, template, sample, replan, explain, whatif, schema):
        command.register(commands)

    # Parts that need more than this package (the web application, prints) add their own commands; they take a second
    # to load, which nobody who solves a file should wait for.
    if words and words[0] in {*commands.choices, "--version"}:
        return parser
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group="passerelle.commands"), key=lambda entry: entry.name):
        entry.load()(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
