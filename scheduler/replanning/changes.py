"""How agendas differ from the announced ones: exactly those who must be told, and what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scheduler.format.schedule import Change, Meeting


@dataclass
class _Agenda:
    cancelled: list[Meeting] = field(default_factory=list)
    added: list[Meeting] = field(default_factory=list)
    moved: list[Meeting] = field(default_factory=list)
    retabled: list[Meeting] = field(default_factory=list)


def changes_between(before: Sequence[Meeting], after: Sequence[Meeting]) -> tuple[Change, ...]:
    """Return an entry for each participant whose agenda differs between the two timetables, in the order of ids.

    Cancelled meetings are told as they were announced, all others as they now are. A meeting that another facilitator
    attends counts as retabled. Cost: linear in the timetables.
    """
    agendas: dict[str, _Agenda] = defaultdict(_Agenda)
    old, new = _by_pair(before), _by_pair(after)
    for pair in [*old, *(pair for pair in new if pair not in old)]:
        was, now = old.get(pair, []), new.get(pair, [])
        if was == now:
            continue
        slots = {meeting.slot for meeting in was} & {meeting.slot for meeting in now}
        here = {meeting.slot: meeting for meeting in was if meeting.slot in slots}
        for meeting in now:
            if meeting.slot in slots and not _same_place(here[meeting.slot], meeting):
                _tell(agendas, meeting, "retabled")
        gone = [meeting for meeting in was if meeting.slot not in slots]
        come = [meeting for meeting in now if meeting.slot not in slots]
        common = min(len(gone), len(come))
        for meeting in come[:common]:
            _tell(agendas, meeting, "moved")
        for meeting in gone[common:]:
            _tell(agendas, meeting, "cancelled")
        for meeting in come[common:]:
            _tell(agendas, meeting, "added")
    return tuple(
        Change(
            participant=id,
            cancelled=tuple(agenda.cancelled),
            added=tuple(agenda.added),
            moved=tuple(agenda.moved),
            retabled=tuple(agenda.retabled),
        )
        for id, agenda in sorted(agendas.items())
    )


def _by_pair(meetings: Iterable[Meeting]) -> dict[frozenset[str], list[Meeting]]:
    found: dict[frozenset[str], list[Meeting]] = {}
    for meeting in meetings:
        found.setdefault(meeting.pair, []).append(meeting)
    return found


def _same_place(one: Meeting, other: Meeting) -> bool:
    return one.table == other.table and one.facilitator == other.facilitator


def _tell(agendas: dict[str, _Agenda], meeting: Meeting, what: str) -> None:
    for id in dict.fromkeys(meeting.between):
        getattr(agendas[id], what).append(meeting)
