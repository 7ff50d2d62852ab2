"""Options that several commands share, and their types."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from scheduler.format.text import clean


def add_solve_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command which searches has."""
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        metavar="S",
        help="stop after S seconds with the best so far (solve: 60, more for large events; a minute without gain)",
    )
    parser.add_argument("--workers", type=whole, default=os.cpu_count() or 1, metavar="N", help="threads to use")
    parser.add_argument("--seed", type=whole_or_zero, default=0, metavar="N", help="the same seed, the same schedule")


def terminal_language(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language of the terminal's locale: ``fr``, or ``en`` for all others. The first that is set counts."""
    found = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "fr" if found.lower().startswith("fr") else "en"


def add_language_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--language``, which every command that tells something in sentences has."""
    parser.add_argument(
        "--language",
        choices=("fr", "en"),
        default=terminal_language(),
        help="of what is told (default: that of the terminal's locale)",
    )
    parser.set_defaults(speaks=True)


def clean_id(text: str) -> str:
    """Return an id as the files are read: in composed form, without what cannot be seen."""
    return clean(text)


def whole(text: str) -> int:
    number = whole_or_zero(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text}")
    return number


def whole_or_zero(text: str) -> int:
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
