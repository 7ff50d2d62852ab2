"""How one participant fares in a timetable, and where nobody is left whom it could meet, what keeps everybody away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scheduler.explaining.obstacles import Obstacles, Reason
from scheduler.format.event import Event, Participant
from scheduler.format.score import may_meet

HindranceKind = Literal[
    # What lies with the participant, whoever the others are.
    "no_meetings_allowed",
    "never_there",
    "no_partner_kind",
    "no_facilitators",
    "facilitators_elsewhere",
    "no_table_at_all",
    # What lies with each of the others: so many of them.
    "own_veto",
    "veto",
    "forbidden",
    "no_score",
    "one_person",
    "never_together",
    "confined",
    "no_table",
    "no_facilitator",
]


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What keeps a participant from meetings; ``count`` of the partners whom its kind may meet (0: all, by itself)."""

    kind: HindranceKind
    count: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How ``participant`` fares: meetings held and promised at least, wishes met of all that it has.

    ``open`` counts the partners whom it could still have met; where there are none, ``hindrances`` say why, of
    ``partners`` whom its kind may meet.
    """

    participant: str
    meetings: int
    minimum: int
    wishes: int
    wishes_met: int
    open: int
    partners: int
    hindrances: tuple[Hindrance, ...]

    @property
    def missing(self) -> int:
        """How many meetings are missing from the promised minimum."""
        return max(0, self.minimum - self.meetings)

    @property
    def served(self) -> bool:
        """Whether it has meetings, as many as promised, and meets all that it wished for."""
        return self.meetings > 0 and not self.missing and self.wishes_met == self.wishes


def partners_of(event: Event, participant: Participant) -> list[Participant]:
    """Return those whom ``participant`` may meet for their kinds, or by what is said of the pair."""
    named = {
        id
        for rule in event.meetings
        if participant.id in rule.between and rule.status != "forbidden"
        for id in rule.between
    }
    oneself = {id for group in event.same_person if participant.id in group for id in group} | {participant.id}
    return [
        other
        for other in event.participants
        if other.id not in oneself and (other.id in named or may_meet(event, participant, other))
    ]


def hindrances(event: Event, obstacles: Obstacles, participant: Participant, met: set[str]) -> Iterator[Hindrance]:
    """Yield what keeps ``participant`` from meeting anybody but those it has ``met``: of itself, else of the others.

    Cost: linear in the event.
    """
    partners = partners_of(event, participant)
    alone = list(_of_itself(event, participant, partners))
    if alone:
        yield from alone
        return
    found: Counter[HindranceKind] = Counter()
    for other in partners:
        if other.id not in met:
            reason = next(obstacles.refusals(participant.id, other.id), None)
            if reason is not None:
                found[_kind(reason, participant)] += 1
    yield from (Hindrance(kind, count) for kind, count in found.most_common())


def _kind(reason: Reason, participant: Participant) -> HindranceKind:
    if reason.kind == "veto" and reason.who == participant.id:
        return "own_veto"
    kinds: dict[str, HindranceKind] = {
        "veto": "veto",
        "forbidden": "forbidden",
        "one_person": "one_person",
        "never_together": "never_together",
        "confined": "confined",
        "no_table": "no_table",
        "no_facilitator": "no_facilitator",
    }
    return kinds.get(reason.kind, "no_score")


def _of_itself(event: Event, me: Participant, partners: list[Participant]) -> Iterator[Hindrance]:
    if me.max_meetings == 0:
        yield Hindrance("no_meetings_allowed")
    there = {slot.id for slot in event.slots}.difference(me.unavailable)
    if not there:
        yield Hindrance("never_there")
    if not partners:
        yield Hindrance("no_partner_kind")
    if me.needs_facilitator:
        if not event.facilitators:
            yield Hindrance("no_facilitators")
        elif there and not any(there.difference(helper.unavailable) for helper in event.facilitators):
            yield Hindrance("facilitators_elsewhere")
    suits = any(me.home_table in (None, table.id) and set(me.requires) <= set(table.features) for table in event.tables)
    if event.tables and not me.remote and not suits and not any(other.remote for other in partners):
        yield Hindrance("no_table_at_all")
