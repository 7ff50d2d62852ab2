"""``passerelle explain``: why somebody's wishes were not met."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from scheduler.command.files import read_event, read_schedule, without_collector, write_output


def register(commands: Any) -> None:
    """Add ``explain`` to argparse's ``commands``."""
    explaining = commands.add_parser("explain", help="why somebody's wishes were not met, and what forcing them costs")
    explaining.add_argument("event", type=Path)
    explaining.add_argument("schedule", type=Path)
    explaining.add_argument("participant", metavar="ID")
    explaining.add_argument("--language", choices=("fr", "en"), default="fr")
    explaining.set_defaults(func=_explain)


@without_collector()
def _explain(options: argparse.Namespace) -> None:
    from scheduler.explain import explain
    from scheduler.wording.explanations import paragraphs

    event, schedule = read_event(options.event), read_schedule(options.schedule)
    explanation = explain(event, schedule, options.participant)
    write_output(None, "".join(f"- {paragraph}\n" for paragraph in paragraphs(explanation, options.language)))
