"""What the pages that show a timetable share: what is asked to be shown, the kinds in words, the version's heading."""

from typing import Any

from flask import request
from flask_babel import get_locale

from scheduler.format.event import Event
from web.db import get_session
from web.domain.event.taxonomy import capitalised, kind_label
from web.domain.timetable import answered_words
from web.domain.timetable.answered import answered
from web.domain.timetable.drift import drift
from web.domain.timetable.grid import Filter, kinds_of
from web.domain.timetable.versions import is_proposal, note_of
from web.models import ScheduleVersion
from web.security import current_event


def wanted() -> Filter:
    """The filter that the address asks for."""
    return Filter(request.args.get("q", "").strip()[:100], request.args.get("kind", "").strip()[:200])


def kind_words(kind: str) -> str:
    return capitalised(kind_label(kind, get_locale().language))


def kinds(event: Event) -> list[tuple[str, str]]:
    """The kinds of the event's participants with their labels, for the filter."""
    return kinds_of(event, kind_words)


def heading(version: ScheduleVersion) -> dict[str, Any]:
    """What the head of each page of a version says: whether it is announced, what it answers, what is so no more."""
    session, event = get_session(), current_event()
    return {
        "version": version,
        "kind_of": kind_words,
        "published": event.published_schedule_id == version.id,
        "proposed": is_proposal(version),
        "note_of": note_of,
        "drift": drift(session, event, version),
        "answers": answered_words,
        # Another may have been announced before it, so that it concerns only some.
        "follows": event.published_schedule_id is not None
        and (event.published_schedule_id != version.id or version.number > 1),
        "its": answered(session, [version])[version.id],
    }
