"""``passerelle convert``: events from other files, and into a workbook."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scheduler.command.files import read_bytes, write_output
from scheduler.command.status import DONE


def register(commands: Any) -> None:
    """Add ``convert`` to argparse's ``commands``."""
    converting = commands.add_parser("convert", help="turn a .dzn, .xlsx or .json file into an event file or workbook")
    converting.add_argument("file", type=Path)
    converting.add_argument("-o", "--output", type=Path, required=True, help="EVENT.json or EVENT.xlsx")
    converting.set_defaults(func=_convert)


def _convert(options: argparse.Namespace) -> int:
    from scheduler.format.interchange import read_any, write_any

    write_output(options.output, write_any(read_any(read_bytes(options.file), options.file.name), options.output.name))
    return DONE
