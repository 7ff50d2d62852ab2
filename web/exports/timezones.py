"""The definition of a time zone inside a calendar file (RFC 5545, 3.6.5), from the zone's own data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard


class _Change(NamedTuple):
    """From ``moment`` (UTC) on, the offset is ``after`` instead of ``before``."""

    moment: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool


def time_zone_definition(zone: tzinfo, name: str, first: datetime, last: datetime) -> Timezone:
    """Return the VTIMEZONE of ``zone``, right from ``first`` to ``last`` (both aware).

    The onset of each period is told in the local time of the period before it, as the RFC wants. Cost: the days
    between, once over.
    """
    definition = Timezone()
    definition.add("tzid", name)
    for change in _changes(zone, first.astimezone(UTC), last.astimezone(UTC)):
        period = TimezoneDaylight() if change.daylight else TimezoneStandard()
        period.add("dtstart", (change.moment + change.before).replace(tzinfo=None))
        period.add("tzoffsetfrom", change.before)
        period.add("tzoffsetto", change.after)
        period.add("tzname", change.name)
        definition.add_component(period)
    return definition


def _changes(zone: tzinfo, first: datetime, last: datetime) -> Iterator[_Change]:
    """The offset at ``first`` as a change from itself, then every change up to ``last``."""
    yield _change(zone, first, _offset(zone, first))
    day = first
    while day < last:
        after = day + timedelta(days=1)
        if _offset(zone, after) != _offset(zone, day):
            yield _change(zone, _onset(zone, day, after), _offset(zone, day))
        day = after


def _onset(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes, by bisection: offsets change at most once within a day."""
    old = _offset(zone, before)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _change(zone: tzinfo, moment: datetime, before: timedelta) -> _Change:
    local = moment.astimezone(zone)
    return _Change(moment, before, _offset(zone, moment), local.tzname() or "", bool(local.dst()))


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
