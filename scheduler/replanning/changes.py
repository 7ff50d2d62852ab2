"""How agendas differ from the announced ones: exactly those who must be told, and what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduler.format.changes import matched_by
from scheduler.format.schedule import Change, Meeting


@dataclass
class _Agenda:
    cancelled: list[Meeting] = field(default_factory=list)
    added: list[Meeting] = field(default_factory=list)
    moved: list[Meeting] = field(default_factory=list)
    retabled: list[Meeting] = field(default_factory=list)


def changes_between(before: Sequence[Meeting], after: Sequence[Meeting]) -> tuple[Change, ...]:
    """Return an entry for each participant whose agenda differs between the two timetables, in the order of ids.

    They are the fewest that turn one agenda into the other (``scheduler.format.changes``). Cancelled meetings are told
    as they were announced, all others as they now are. A meeting that another facilitator
    attends counts as retabled. Cost: linear in the timetables.
    """
    agendas: dict[str, _Agenda] = defaultdict(_Agenda)
    for pair in matched_by(before, after, lambda meeting: meeting.pair, lambda meeting: meeting.slot).values():
        for was, now in pair.stay:
            if not _same_place(was, now):
                _tell(agendas, now, "retabled")
        for _, now in pair.moved:
            _tell(agendas, now, "moved")
        for meeting in pair.cancelled:
            _tell(agendas, meeting, "cancelled")
        for meeting in pair.added:
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


def _same_place(one: Meeting, other: Meeting) -> bool:
    return one.table == other.table and one.facilitator == other.facilitator


def _tell(agendas: dict[str, _Agenda], meeting: Meeting, what: str) -> None:
    for id in dict.fromkeys(meeting.between):
        getattr(agendas[id], what).append(meeting)
