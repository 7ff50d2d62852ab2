"""``passerelle schema``: the JSON Schemas of the two files."""

from __future__ import annotations

import argparse
import json
from typing import Any

from scheduler.command.status import DONE
from scheduler.format.event import event_json_schema
from scheduler.format.schedule import schedule_json_schema


def register(commands: Any) -> None:
    """Add ``schema`` to argparse's ``commands``."""
    schema = commands.add_parser("schema", help="print the JSON Schema of the event or schedule file")
    schema.add_argument("which", nargs="?", choices=("event", "schedule"), default="event")
    schema.set_defaults(func=_schema)


def _schema(options: argparse.Namespace) -> int:
    schema = event_json_schema() if options.which == "event" else schedule_json_schema()
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return DONE
