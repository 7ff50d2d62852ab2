"""``passerelle convert``: events from other files and from lists of people, and into tables."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler.command.files import read_bytes, write_output
from scheduler.command.options import terminal_language, whole, whole_or_zero
from scheduler.command.status import DONE
from scheduler.format.sentence import Sentence
from scheduler.wording.sentences import told

if TYPE_CHECKING:
    from scheduler.format.interchange import Contacts, Options

_LISTS = (
    "Lists of people (.xlsx, .csv, .tsv) become an event too: a column of names, one of kinds or a file or sheet for "
    "each side, columns of ranked names, columns of times. What they leave open is asked for, and what was understood "
    "is told."
)


def register(commands: Any) -> None:
    """Add ``convert`` to argparse's ``commands``."""
    converting = commands.add_parser(
        "convert",
        help="turn a workbook, a table of text, a list of people or a .dzn file into an event file, and back",
        description=_LISTS,
    )
    converting.add_argument("file", type=Path, nargs="+", help=".json, .xlsx, .csv, .tsv or .dzn; lists: several")
    converting.add_argument(
        "-o", "--output", type=Path, required=True, help="EVENT.json, EVENT.xlsx, EVENT.csv or EVENT.tsv"
    )
    converting.add_argument(
        "--language",
        choices=("fr", "en"),
        help="of headings and codes in tables (default: those of the event file), and of what is told",
    )
    converting.set_defaults(func=_convert, speaks=True)
    _add_options(converting)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dates", choices=("dmy", "mdy"), help="of 03/04/2027, whether the day or the month is first")
    lists = parser.add_argument_group("of lists of people")
    lists.add_argument("--name-column", default="", metavar="HEADING", help="the column of names")
    lists.add_argument("--kind-column", default="", metavar="HEADING", help="the column that says who is on which side")
    lists.add_argument(
        "--kinds", type=_words, default=(), metavar="KIND,…", help="the kind of each list; of a matrix: rows, columns"
    )
    lists.add_argument("--others", default="", metavar="KIND", help="of whoever is only named in somebody's choices")
    lists.add_argument(
        "--prefers", type=_words, default=(), metavar="HEADING,…", help="columns of names, the most wanted first"
    )
    lists.add_argument("--unavailable", type=_words, default=(), metavar="HEADING,…", help="columns of times missed")
    lists.add_argument("--available", type=_words, default=(), metavar="HEADING,…", help="columns of times present")
    lists.add_argument("--matrix", action="store_true", help="names in the first row and column, scores between them")
    lists.add_argument("--may-meet", type=_pairs, default=(), metavar="KIND+KIND,…", help="which kinds may meet")
    lists.add_argument("--slots", default="", metavar="12x6+2@14:00,…", help="12 of 6 minutes, 2 between, from 14:00")
    lists.add_argument("--day", action="append", default=[], metavar="DATE", help="of these rounds; several: one each")
    lists.add_argument("--tables", type=whole, default=0, metavar="N", help="so many tables (default: no limit)")
    lists.add_argument("--min-meetings", type=whole_or_zero, metavar="N", help="promised to each who has no number")
    lists.add_argument("--max-meetings", type=whole_or_zero, metavar="N", help="at most, of each who has no number")
    lists.add_argument(
        "--unknown",
        choices=("refuse", "leave-out", "nearest"),
        default="refuse",
        help="what becomes of a name that is on no list",
    )
    lists.add_argument("--title", default="", help="of the event")
    lists.add_argument("--timezone", default="", metavar="ZONE", help="of its times (default: Europe/Paris)")


def _convert(options: argparse.Namespace) -> int:
    from scheduler.format.interchange import read_files, write_any

    language = options.language or terminal_language()
    reading = read_files([(read_bytes(path), path.name) for path in options.file], _said(options))
    content = write_any(reading.event, options.output.name, options.language, reading.contacts)
    write_output(options.output, content)
    in_table = options.output.suffix.lower() != ".json"
    notes = [*reading.notes, *([] if in_table else _left_out(reading.contacts))]
    for note in notes:
        print(told(note, language), file=sys.stderr)
    return DONE


def _said(options: argparse.Namespace) -> Options:
    from scheduler.format.interchange import Options

    same = ("dates", "name_column", "kind_column", "kinds", "others", "prefers", "unavailable", "available", "matrix")
    also = ("may_meet", "slots", "tables", "min_meetings", "max_meetings", "unknown", "title", "timezone")
    return Options(days=tuple(options.day), **{name: getattr(options, name) for name in same + also})


def _left_out(contacts: Contacts) -> list[Sentence]:
    """Return what is said of contacts, for which an event has no fields."""
    fields = ("name", "email", "phone", "website", "project")
    held = [name for name in fields if any(getattr(one, name) for one in contacts.values())]
    columns = ", ".join("contact" if name == "name" else name for name in held)
    return [Sentence("contacts_left_out", columns=columns, count=len(contacts))] if held else []


def _words(text: str) -> tuple[str, ...]:
    """Return the parts of a list with commas; one that holds a comma itself stands in double quotes."""
    return tuple(part.strip() for part in next(csv.reader([text], skipinitialspace=True), []) if part.strip())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [tuple(kind.strip() for kind in pair.split("+")) for pair in _words(text)]
    if not all(len(pair) == 2 and all(pair) for pair in pairs):
        raise argparse.ArgumentTypeError(f"expected pairs of kinds such as student+professor, found {text}")
    return tuple((one, other) for one, other in pairs)
