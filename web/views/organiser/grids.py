"""What the pages that show a timetable as a grid share: what is asked to be shown, and the kinds in words."""

from flask import request
from flask_babel import get_locale

from scheduler.format.event import Event
from web.domain.event.taxonomy import capitalised, kind_label
from web.domain.timetable.grid import Filter, kinds_of


def wanted() -> Filter:
    """The filter that the address asks for."""
    return Filter(request.args.get("q", "").strip()[:100], request.args.get("kind", "").strip()[:200])


def kind_words(kind: str) -> str:
    return capitalised(kind_label(kind, get_locale().language))


def kinds(event: Event) -> list[tuple[str, str]]:
    """The kinds of the event's participants with their labels, for the filter."""
    return kinds_of(event, kind_words)
