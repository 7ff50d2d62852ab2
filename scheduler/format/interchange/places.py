"""Where in a foreign file each value of an event came from, so that faults name a place that its author knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scheduler.format.errors import EventFault

_LAST_STEP = re.compile(r"(\.[^.\[\]]*|\[\d+\])$")


def relocated(faults: Iterable[EventFault], places: Mapping[str, str], whole: str) -> list[EventFault]:
    """Return ``faults`` with each path replaced by the place of the nearest value around it, ``whole`` if none."""
    return [EventFault(_place(fault.path, places, whole), fault.message) for fault in faults]


def _place(path: str, places: Mapping[str, str], whole: str) -> str:
    while path not in places:
        shorter = _LAST_STEP.sub("", path)
        if shorter == path:
            return whole
        path = shorter
    return places[path]
