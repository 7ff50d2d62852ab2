"""The rounds of an event in a few signs (``12x6+2@14:00``), and which of them somebody misses, in people's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduler.format.interchange.cells import as_in_file
from scheduler.format.interchange.dates import Ambiguous, Order, clock_of, date_of, split_date
from scheduler.format.interchange.names import plain

_SPEC = re.compile(r"(\d{1,3})\s*[x×*]\s*(\d{1,3})(?:\s*\+\s*(\d{1,3}))?\s*@\s*(.+)", re.ASCII)
_RANGE = re.compile(r"(?:de |from |entre |between )?(.+?)\s*(?:-|–|—| a | to | et | and |jusqu'a|until)\s*(.+)")
_BEFORE = re.compile(r"(?:avant|before|jusqu'a|until)\s+(.+)")
_AFTER = re.compile(r"(?:apres|after|a partir de|from|des)\s+(.+)")
_ALL_DAY = frozenset({"toute la journee", "journee", "jour", "all day", "day"})
_MORNING = frozenset({"matin", "matinee", "le matin", "morning", "am"})
_AFTERNOON = frozenset({"apre midi", "aprem", "l apre midi", "afternoon", "pm"})
_NOON = time(12)


class NoRounds(ValueError):
    """A description of rounds that is none; ``what`` and ``found`` as codes of a fault say why."""

    def __init__(self, what: str, found: str) -> None:
        self.what, self.found = what, found
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its id, when it begins and ends, and the label that it has."""

    id: str
    start: datetime
    end: datetime
    session: str | None = None

    def is_on_after(self, at: time) -> bool:
        """Return whether it ends after ``at`` of the day on which it begins; it may end on the next day."""
        return datetime.combine(self.start.date(), at) < self.end

    @property
    def raw(self) -> dict[str, str]:
        """Return the round as a slot of the event file."""
        label = {"session": self.session} if self.session is not None else {}
        return {"id": self.id, "start": as_in_file(self.start), "end": as_in_file(self.end), **label}


def rounds_of(text: str, days: Sequence[str], order: Order | None) -> list[Round]:
    """Return the rounds that ``text`` describes: so many, of so many minutes, with so many between, from a time on.

    Several such parts are separated by commas; a part without a date is held on each of ``days``. Raises ``NoRounds``.
    """
    held_on = [_day(day, order) for day in days]
    times: list[tuple[datetime, datetime]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _SPEC.fullmatch(part)
        if match is None:
            raise NoRounds("rounds", part)
        count, minutes, pause = int(match[1]), int(match[2]), int(match[3] or 0)
        if not count or not minutes:
            raise NoRounds("rounds", part)
        for begin in _beginnings(match[4], part, held_on, order):
            try:
                starts = [begin + timedelta(minutes=k * (minutes + pause)) for k in range(count)]
                times += [(start, start + timedelta(minutes=minutes)) for start in starts]
            except OverflowError:
                raise NoRounds("rounds", part) from None
    width = len(str(len(times)))
    return [Round(f"s{k:0{width}}", start, end) for k, (start, end) in enumerate(sorted(times), start=1)]


def _beginnings(text: str, part: str, days: Sequence[date], order: Order | None) -> Iterator[datetime]:
    try:
        day, clock = split_date(text, order)
        at = clock_of(clock)
    except Ambiguous:
        raise NoRounds("day_or_month_first", text) from None
    except ValueError:
        raise NoRounds("rounds", part) from None
    if day is None and not days:
        raise NoRounds("ask_day", part)
    for one in [day] if day is not None else days:
        yield datetime.combine(one, at)


def _day(text: str, order: Order | None) -> date:
    try:
        return date_of(text, order)
    except Ambiguous:
        raise NoRounds("day_or_month_first", text) from None
    except ValueError:
        raise NoRounds("date", text) from None


class Calendar:
    """The rounds of an event, asked which of them are meant by what people write."""

    def __init__(self, rounds: Sequence[Round], order: Order | None) -> None:
        self.rounds, self._order = rounds, order
        self._ids = {round.id.casefold(): round for round in rounds}
        self._sessions = {plain(round.session) for round in rounds if round.session}

    def meant(self, value: object) -> list[str] | None:
        """Return the ids of the rounds that a time means; ``None``: it means nothing, or a moment without a round.

        It is an id, a label, a time of day, a span of time, a part of the day or a date, or a date and one of these;
        in a span, on a day or in a part of it there may be no round. Raises ``Ambiguous``.
        """
        found: list[Round] | None
        if isinstance(value, datetime):
            found = self._at(value.date(), value.time()) if value.time() != time() else self._of_day(value.date())
        elif isinstance(value, time):
            found = self._at(None, value)
        else:
            found = self._in_words(str(value).strip())
        return None if found is None else [round.id for round in found]

    def _in_words(self, text: str) -> list[Round] | None:
        if text.casefold() in self._ids:
            return [self._ids[text.casefold()]]
        if plain(text) in self._sessions:
            return [round for round in self.rounds if round.session and plain(round.session) == plain(text)]
        if text.isdecimal():
            return [self.rounds[int(text) - 1]] if len(text) < 5 and 1 <= int(text) <= len(self.rounds) else None
        day, rest = split_date(text, self._order)
        if day is not None and not rest:
            return self._of_day(day)
        return self._in_day(day, rest)

    def _in_day(self, day: date | None, text: str) -> list[Round] | None:
        words = plain(text)
        if words in _ALL_DAY:
            return self._of_day(day)
        if words in _MORNING:
            return [round for round in self._of_day(day) if round.start.time() < _NOON]
        if words in _AFTERNOON:
            return [round for round in self._of_day(day) if round.start.time() >= _NOON]
        at = _clock(text)
        if at is not None:
            return self._at(day, at)
        for pattern, first, last in ((_BEFORE, None, 1), (_AFTER, 1, None), (_RANGE, 1, 2)):
            match = pattern.fullmatch(text)
            begin = time.min if first is None else _clock(match[first]) if match else None
            end = time.max if last is None else _clock(match[last]) if match else None
            if match and begin is not None and end is not None:
                return [round for round in self._of_day(day) if round.start.time() < end and round.is_on_after(begin)]
        return None

    def _of_day(self, day: date | None) -> list[Round]:
        return [round for round in self.rounds if day is None or round.start.date() == day]

    def _at(self, day: date | None, at: time) -> list[Round] | None:
        return [round for round in self._of_day(day) if round.start.time() <= at and round.is_on_after(at)] or None


def _clock(text: str) -> time | None:
    try:
        return clock_of(text)
    except ValueError:
        return None
