"""Options that several commands share, and their types."""

from __future__ import annotations

import argparse
import os


def add_solve_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command which searches has."""
    parser.add_argument("--time-limit", type=_seconds, metavar="S", help="stop after S seconds with the best so far")
    parser.add_argument("--workers", type=whole, default=os.cpu_count() or 1, metavar="N", help="threads to use")
    parser.add_argument("--seed", type=whole_or_zero, default=0, metavar="N", help="the same seed, the same schedule")


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
