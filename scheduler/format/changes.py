"""What became of the meetings of a pair from one timetable to another: the one answer for file, mail and page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Matched(Generic[T]):
    """Meetings before and after: those that ``stay`` where they were, those ``moved``, and what is left of each."""

    stay: tuple[tuple[T, T], ...]
    moved: tuple[tuple[T, T], ...]
    cancelled: tuple[T, ...]
    added: tuple[T, ...]


def matched(before: Sequence[T], after: Sequence[T], place: Callable[[T], Hashable]) -> Matched[T]:
    """Return the fewest changes that turn ``before``, the meetings of one pair, into ``after``.

    Meetings at the same ``place`` (a slot, a time) stay: of a pair that meets at s0 and s2, then at s2 and s4, one
    meeting moves, not two. Of the others as many as there are on both sides are moved, in the order given; a move is
    one change where to cancel and to add are two. Cost: linear.
    """
    waiting: dict[Hashable, deque[int]] = {}
    for k, meeting in enumerate(after):
        waiting.setdefault(place(meeting), deque()).append(k)
    stay, gone = [], []
    for meeting in before:
        there = waiting.get(place(meeting))
        if there:
            stay.append((meeting, after[there.popleft()]))
        else:
            gone.append(meeting)
    come = [after[k] for k in sorted(k for there in waiting.values() for k in there)]
    common = min(len(gone), len(come))
    return Matched(
        tuple(stay), tuple(zip(gone[:common], come[:common], strict=True)), tuple(gone[common:]), tuple(come[common:])
    )


def matched_by(
    before: Iterable[T], after: Iterable[T], pair: Callable[[T], K], place: Callable[[T], Hashable]
) -> Mapping[K, Matched[T]]:
    """Return ``matched`` for each ``pair`` of meetings, in the order in which they come. Cost: linear."""
    sides: tuple[dict[K, list[T]], dict[K, list[T]]] = ({}, {})
    for meetings, found in zip((before, after), sides, strict=True):
        for meeting in meetings:
            found.setdefault(pair(meeting), []).append(meeting)
    was, now = sides
    return {key: matched(was.get(key, ()), now.get(key, ()), place) for key in {**was, **now}}
