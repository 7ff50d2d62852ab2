"""When somebody is not there: kept as hours of the event’s day, ticked and exchanged as rounds.

“I leave at 14:36” stays true when rounds are moved, cut or added; the number of a round does not. An absence is an
interval on the event’s clock, ``2027-03-18T14:36/2027-03-18T20:50``; a round is missed where the two overlap.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache, cached_property
from zoneinfo import ZoneInfo, available_timezones

from scheduler.format.clock import instant, with_offset
from web.domain.event.slots import NIGHT, SlotTime, times_of
from web.models import Event

# It goes through a folder of files each time.
_zones = cache(available_timezones)


class Rounds:
    """The rounds of an event as absences see them. Cost of each question: the rounds."""

    def __init__(self, times: Iterable[SlotTime], zone: str) -> None:
        self.times: Sequence[SlotTime] = sorted(times, key=lambda one: one.start)
        self.zone = ZoneInfo(zone if zone in _zones() else "UTC")

    @classmethod
    def of(cls, event: Event) -> "Rounds":
        return cls(times_of(event), event.timezone)

    @cached_property
    def _moments(self) -> list[tuple[str, datetime, datetime]]:
        """Key, beginning and end of each round in universal time."""
        found = []
        for one in self.times:
            start = instant(one.start, self.zone)
            found.append((one.key, start, instant(one.end, self.zone, after=start)))
        return found

    def missed(self, absences: Sequence[str]) -> list[str]:
        """The keys of the rounds that somebody with these absences misses, in order of time."""
        if not absences:
            return []
        gone = [interval for interval in map(self._interval, absences) if interval is not None]
        return [key for key, start, end in self._moments if any(start < until and end > since for since, until in gone)]

    def absences(self, missed: Collection[str], before: Sequence[str] = ()) -> list[str]:
        """The hours that stand for the rounds `missed`.

        Those said `before` stay where they come to the same: they may tell more than today’s rounds do.
        """
        if set(self.missed(before)) == set(missed) & {one.key for one in self.times}:
            return list(before)
        found: list[str] = []
        first: int | None = None
        for number, one in enumerate(self.times):
            if one.key in missed and first is None:
                first = number
            if first is not None and (number + 1 == len(self.times) or self.times[number + 1].key not in missed):
                found.append(f"{self._written(self._since(first))}/{self._written(self._until(number))}")
                first = None
        return found

    def with_hours(self, before: Sequence[str], since: datetime, until: datetime) -> list[str]:
        """Those said `before` and the hours from `since` to `until`, in order of time.

        Also where no round of today is missed for them: there may be others soon.
        """
        return list(before) if since >= until else sorted({*before, f"{self._written(since)}/{self._written(until)}"})

    def _since(self, number: int) -> datetime:
        """From when on somebody is away who misses this round and not the one before.

        Whoever misses the first round of a day has not come yet, and would not be there for an earlier one either.
        """
        start = self.times[number].start
        is_first = number == 0 or start - self.times[number - 1].end >= NIGHT
        return start - NIGHT if is_first else start

    def _until(self, number: int) -> datetime:
        """Until when; whoever misses the last round of a day has left."""
        end = self.times[number].end
        is_last = number + 1 == len(self.times) or self.times[number + 1].start - end >= NIGHT
        return end + NIGHT if is_last else end

    def _written(self, moment: datetime) -> str:
        moment = with_offset(moment, self.zone) if moment.fold else moment
        return moment.isoformat(timespec="seconds" if moment.second else "minutes")

    def _interval(self, absence: str) -> tuple[datetime, datetime] | None:
        """What it says, in universal time; ``None`` for what is no interval, such as a round lost long ago."""
        since, _slash, until = absence.partition("/")
        try:
            start = instant(datetime.fromisoformat(since), self.zone)
            return start, instant(datetime.fromisoformat(until), self.zone, after=start)
        except ValueError:
            return None
