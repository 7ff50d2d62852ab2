"""The command ``passerelle print``: an event file and a schedule file in, all agendas as one PDF out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

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
        type=_live_url,
        metavar="URL",
        help=f"address of the live pages, with {_PLACEHOLDER} where the id goes: printed as a QR code",
    )
    parser.add_argument("--place", default="", help="where the event is held, printed under its title")
    parser.add_argument("--contact", default="", help="whom to call, printed below the timetable")
    parser.add_argument("--processes", type=_positive, metavar="N", help="worker processes (default: by processors)")
    parser.set_defaults(func=_print)


def _live_url(text: str) -> str:
    if _PLACEHOLDER not in text:
        raise argparse.ArgumentTypeError(f"expected {_PLACEHOLDER} in the address, found {text}")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 999, found {text}")
    return int(text)


def _print(arguments: argparse.Namespace) -> int:
    # Every ``passerelle`` command loads this module: what only printing needs is loaded when something is printed.
    from urllib.parse import quote

    from scheduler.command.files import read_event, read_schedule, write_output
    from scheduler.format.errors import EventFault, InvalidInput
    from scheduler.format.sentence import expected
    from web.exports.agenda import agendas_pdf
    from web.exports.agenda_data import AgendaTexts, build_agendas

    event = read_event(arguments.event)
    faults = [
        EventFault("--participant", expected("participant_of_event", "found", found=f'"{id}"'))
        for id in arguments.participant or ()
        if id not in event.participant_index
    ]
    if not event.participants:
        faults.append(EventFault("participants", expected("one_to_print", "none")))
    if faults:
        raise InvalidInput(faults)
    pattern: str | None = arguments.live_url

    def live_url(id: str) -> str | None:
        return pattern.replace(_PLACEHOLDER, quote(id, safe="")) if pattern else None

    agendas = build_agendas(
        event,
        read_schedule(arguments.schedule, event),
        language=arguments.language,
        live_url=live_url,
        participants=arguments.participant,
        texts=AgendaTexts(place=arguments.place, contact=arguments.contact),
    )
    pdf = agendas_pdf(agendas, large_print=arguments.large_print, processes=arguments.processes)
    write_output(arguments.output, pdf)
    return 0
