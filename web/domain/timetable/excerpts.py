"""An event and its schedule cut down to what one participant is shown: a small event file and the meetings in it.

Whatever is made of the whole files (a page, a PDF, a calendar) comes out the same when it is made of an excerpt, and
costs what the meetings of one participant cost instead of those of everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from web.domain.timetable.appointments import Announced, cancelled_meetings

# What a reader is told of somebody: profile and name. What else an event file says of them is the solver's business.
_PROFILE = ("id", "kind", "name", "needs", "offers", "themes", "zone", "remote")

Document = Mapping[str, Any]
Meetings = list[dict[str, Any]]


def excerpts(event: Document, schedule: Document, earlier: Sequence[Announced]) -> dict[str, dict[str, Any]]:
    """The excerpt of each participant of `event`, by id: ``event``, ``meetings``, and ``cancelled``.

    `earlier`: the event and schedule files announced before, the latest first; ``cancelled`` is what they held of this
    participant and `schedule` does not. Those who are in an earlier event and not in this one come last: they have the
    event as it was announced to them, no meetings, and ``gone``. Cost: linear in the files.
    """
    shared = _Shared(event)
    now = meetings_by_participant(schedule["meetings"])
    cancelled = cancelled_meetings(schedule, event, earlier)
    found: dict[str, dict[str, Any]] = {}
    for me in shared.participants:
        mine = now.get(me, [])
        found[me] = {"event": shared.excerpt(me, mine), "meetings": mine, "cancelled": cancelled.get(me, [])}
    for former_event, _former in earlier:
        former = _Shared(former_event)
        for me in [one for one in former.participants if one not in found]:
            event_of_then = former.excerpt(me, [])
            found[me] = {"event": event_of_then, "meetings": [], "cancelled": cancelled.get(me, []), "gone": True}
    return found


def meetings_by_participant(meetings: Iterable[dict[str, Any]]) -> dict[str, Meetings]:
    """The meetings of each participant who has any, in the order of the file."""
    found: dict[str, Meetings] = {}
    for meeting in meetings:
        for one in meeting["between"]:
            found.setdefault(one, []).append(meeting)
    return found


class _Shared:
    """The parts of an event file that every excerpt reads, looked up once."""

    def __init__(self, event: Document) -> None:
        self.event = event
        self.participants = {one["id"]: one for one in event["participants"]}
        self.rules: dict[frozenset[str], list[dict[str, Any]]] = {}
        for rule in event.get("meetings", ()):
            self.rules.setdefault(frozenset(rule["between"]), []).append(rule)

    def excerpt(self, me: str, meetings: Meetings) -> dict[str, Any]:
        """An event file that is valid by itself: `me`, the partners, and what their meetings use."""
        event, mine = self.event, self.participants[me]
        partners = {one for meeting in meetings for one in meeting["between"]}
        # Those wished for stand in it too, for a wish is told by its rank among all of them.
        known = {me, *partners, *mine.get("wishes", ())} & self.participants.keys()
        tables = {meeting["table"] for meeting in meetings}
        facilitators = {meeting["facilitator"] for meeting in meetings}
        weights = event.get("rules", {}).get("weights")
        return {
            "format": event["format"],
            "title": event.get("title", ""),
            "timezone": event.get("timezone", "Europe/Paris"),
            "slots": event["slots"],
            "tables": self._tables(tables),
            "facilitators": [
                {"id": one["id"], "name": one.get("name", "")}
                for one in event.get("facilitators", ())
                if one["id"] in facilitators
            ],
            "participants": [
                self._participant(one, me, whole=id == me or id in partners)
                for id, one in self.participants.items()
                if id in known
            ],
            "meetings": [
                {"between": rule["between"], "status": rule["status"]}
                for partner in sorted(partners)
                for rule in self.rules.get(frozenset((me, partner)), ())
            ],
            # Whether scores were given as bare numbers decides what is said of a meeting; the numbers are not.
            "affinities": None if event.get("affinities") is None else [],
            "rules": {} if weights is None else {"weights": weights},
        }

    def _tables(self, used: set[str | None]) -> list[dict[str, Any]]:
        """Those in use, in the order of the room; where none is, one of them shows that there are tables at all."""
        tables = [{"id": one["id"], "name": one.get("name", "")} for one in self.event.get("tables", ())]
        return [one for one in tables if one["id"] in used] or tables[:1]

    def _participant(self, one: Document, me: str, *, whole: bool) -> dict[str, Any]:
        """One participant of an excerpt for `me`: nobody is told whom another wished for, unless it is they."""
        if not whole:
            return {"id": one["id"], "kind": one["kind"]}
        told = {name: one[name] for name in _PROFILE if name in one}
        if one["id"] == me:
            return told | {"wishes": one.get("wishes", []), "unavailable": one.get("unavailable", [])}
        return told | {"wishes": [id for id in one.get("wishes", ()) if id == me]}
