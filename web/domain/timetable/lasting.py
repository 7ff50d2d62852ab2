"""Since which announcement each agenda is as it is now: whoever is not concerned by a repair is told nothing by it.

What others were announced in the meantime changes neither the number that calendars compare nor what a page says has
changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
# An event file, a schedule file, and the place announced with them (``None`` where nobody knows).
Told = tuple[Document, Document, str | None]

# What is read of a partner, or of oneself, beside a meeting.
_PROFILE = ("kind", "needs", "offers", "themes", "zone", "remote")


def runs(announced: Sequence[Told]) -> dict[str, int]:
    """For each participant of any of `announced`, the latest first: how many before the latest said just the same.

    0 where the latest is another than the one before; all are counted where none is another. What is compared is all
    that pages and calendars show of an agenda, but for the rank of one's own wishes. Cost: linear in the files.
    """
    latest = _Agendas(*announced[0])
    former = [_Agendas(*one) for one in announced[1:]]
    people = dict.fromkeys(one for agendas in (latest, *former) for one in agendas.people)
    return {id: _same(latest, former, id) for id in people}


def _same(latest: "_Agendas", former: Sequence["_Agendas"], id: str) -> int:
    place, said = latest.place, latest.of(id)
    for count, agendas in enumerate(former):
        if agendas.of(id) != said or (None not in (place, agendas.place) and agendas.place != place):
            return count
    return len(former)


class _Agendas:
    """The agendas of one announcement as plain values; those who are not in it have none."""

    def __init__(self, event: Document, schedule: Document, place: str | None) -> None:
        self.place = place
        self.people = {one["id"]: one for one in event["participants"]}
        self._slots = {one["id"]: (one["start"], one["end"]) for one in event["slots"]}
        self._tables = _names(event.get("tables", ()))
        self._facilitators = _names(event.get("facilitators", ()))
        self._asked = {frozenset(one["between"]): one["status"] for one in event.get("meetings", ())}
        self._shared = (
            event.get("title", ""),
            event.get("timezone", "Europe/Paris"),
            event.get("rules", {}).get("weights"),
            event.get("affinities") is None,
        )
        self._meetings: dict[str, list[Document]] = {}
        for meeting in schedule["meetings"]:
            for id in meeting["between"]:
                self._meetings.setdefault(id, []).append(meeting)

    def of(self, id: str) -> tuple[Any, ...] | None:
        me = self.people.get(id)
        if me is None:
            return None
        return (*self._shared, me.get("name", ""), sorted(self._lines(id, me), key=lambda line: line[:2]))

    def _lines(self, id: str, me: Document) -> Iterator[tuple[Any, ...]]:
        for meeting in self._meetings.get(id, ()):
            (other,) = set(meeting["between"]) - {id}
            partner = self.people[other]
            yield (
                self._slots[meeting["slot"]],
                other,
                partner.get("name", ""),
                self._tables.get(meeting["table"]),
                self._facilitators.get(meeting["facilitator"]),
                other in me.get("wishes", ()) and id in partner.get("wishes", ()),
                self._asked.get(frozenset((id, other))),
                [(one.get(name) or None) for one in (me, partner) for name in _PROFILE],
            )


def _names(listed: Sequence[Document]) -> dict[str, str]:
    return {one["id"]: one.get("name") or one["id"] for one in listed}
