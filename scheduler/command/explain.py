"""``passerelle explain``: why somebody's wishes were not met."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, read_schedule, without_collector, write_output
from scheduler.command.options import add_language_option, clean_id


def register(commands: Any) -> None:
    """Add ``explain`` to argparse's ``commands``."""
    explaining = commands.add_parser("explain", help="why somebody's wishes were not met, and what forcing them costs")
    explaining.add_argument("event", type=Path)
    explaining.add_argument("schedule", type=Path)
    explaining.add_argument("participant", type=clean_id, metavar="ID")
    add_language_option(explaining)
    explaining.set_defaults(func=_explain)


@without_collector()
def _explain(options: argparse.Namespace) -> None:
    from scheduler.explain import explain
    from scheduler.wording.explanations import paragraphs

    event = read_event(options.event)
    schedule = read_schedule(options.schedule, event)
    explanation = explain(event, schedule, options.participant)
    write_output(None, "".join(f"- {paragraph}\n" for paragraph in paragraphs(explanation, options.language)))
