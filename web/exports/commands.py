"""The command ``passerelle print``: an event file and a schedule file in, all agendas as one PDF out."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scheduler.errors import InvalidInput
from scheduler.event import parse_event
from scheduler.schedule import parse_schedule

_PLACEHOLDER = "{participant}"


def register(subparsers: Any) -> None:
    """Add ``print`` to an ``argparse`` sub-parser collection; ``func`` gives the exit status."""
    parser = subparsers.add_parser("print", help="print the agenda of each participant into one PDF")
    parser.add_argument("event", type=Path, metavar="EVENT.json")
    parser.add_argument("schedule", type=Path, metavar="SCHEDULE.json")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="AGENDAS.pdf")
    parser.add_argument("--language", choices=("fr", "en"), default="fr", help="of the agendas (default: %(default)s)")
    parser.add_argument("--large-print", action="store_true", help="16 points and more, on more pages")
    parser.add_argument(
        "--participant", action="append", metavar="ID", help="only this participant (may be given several times)"
    )
    parser.add_argument(
        "--live-url",
        metavar="URL",
        help=f"address of the live pages, with {_PLACEHOLDER} where the id goes: printed as a QR code",
    )
    parser.add_argument("--place", default="", help="where the event is held, printed under its title")
    parser.add_argument("--contact", default="", help="whom to call, printed below the timetable")
    parser.add_argument("--processes", type=_positive, default=None, help="worker processes (default: by processors)")
    parser.set_defaults(func=_print)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _print(arguments: argparse.Namespace) -> int:
    from web.exports.agenda import agendas_pdf
    from web.exports.agenda_data import AgendaTexts, build_agendas

    if arguments.live_url is not None and _PLACEHOLDER not in arguments.live_url:
        return _refuse(f"--live-url: expected {_PLACEHOLDER} in the address, found {arguments.live_url}")
    name = arguments.event
    try:
        event = parse_event(arguments.event.read_bytes())
        unknown = [id for id in arguments.participant or () if id not in event.participant_index]
        if unknown:
            return _refuse(*(f"--participant: expected a participant of the event, found {id}" for id in unknown))
        name = arguments.schedule
        schedule = parse_schedule(arguments.schedule.read_bytes())
        agendas = build_agendas(
            event,
            schedule,
            language=arguments.language,
            live_url=lambda id: arguments.live_url and arguments.live_url.replace(_PLACEHOLDER, id),
            participants=arguments.participant,
            texts=AgendaTexts(place=arguments.place, contact=arguments.contact),
        )
    except InvalidInput as error:
        return _refuse(*(f"{name}: {fault}" for fault in error.faults))
    except OSError as error:
        return _refuse(f"{name}: {error.strerror or error}")
    if not agendas:
        return _refuse(f"{arguments.event}: participants: expected at least one to print for, found none")
    return _write(
        arguments.output, agendas_pdf(agendas, large_print=arguments.large_print, processes=arguments.processes)
    )


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 2


def _write(path: Path, data: bytes) -> int:
    """Write ``data`` whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(data)
        written = Path(file.name)
        written.chmod(0o666 & ~_umask())
        written.replace(path)
    except OSError as error:
        print(f"{path}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``print`` without the other commands; returns the exit status."""
    parser = argparse.ArgumentParser(prog="passerelle")
    register(parser.add_subparsers(required=True))
    parsed = parser.parse_args(arguments)
    return int(parsed.func(parsed))
