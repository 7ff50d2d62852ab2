"""``passerelle template``: an empty workbook to fill in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scheduler.command.files import write_output
from scheduler.command.options import add_language_option
from scheduler.command.status import DONE
from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.sentence import expected


def register(commands: Any) -> None:
    """Add ``template`` to argparse's ``commands``."""
    making = commands.add_parser(
        "template", help="write an empty workbook with headings, examples and allowed values, for convert to read"
    )
    add_language_option(making)
    making.add_argument(
        "-o", "--output", type=Path, required=True, metavar="EVENT.xlsx", help="the workbook; -: output"
    )
    making.set_defaults(func=_template)


def _template(options: argparse.Namespace) -> int:
    name = options.output.name
    if str(options.output) != "-" and options.output.suffix.lower() != ".xlsx":
        raise InvalidEvent([EventFault("file", expected("name_ending_only", "found", ending=".xlsx", found=name))])
    from scheduler.format.interchange import write_template

    write_output(options.output, write_template(options.language))
    return DONE
