"""Wall-clock times where clocks are changed: hours that do not exist, and an hour that comes twice.

A slot says the time on the wall. Where the hour comes twice, the offset says which of the two is meant
(``2027-10-31T02:30+01:00``); without it the first is. Read times carry that in ``datetime.fold``.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo


def offsets(moment: datetime, zone: ZoneInfo) -> tuple[timedelta, ...]:
    """Return the offsets that the wall-clock time ``moment`` can have in ``zone``: none, one, or two."""
    return _offsets(moment.replace(tzinfo=None), zone)


# Asked for each slot of an event, at each view of a page.
@lru_cache(maxsize=4096)
def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[timedelta, ...]:
    if wall.year in (MINYEAR, MAXYEAR):
        # Universal time may lie outside the calendar there.
        return (timedelta(),)
    found = []
    for fold in (0, 1):
        offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
        assert offset is not None
        # A time that the clocks skip does not come back from universal time.
        back = (wall - offset).replace(tzinfo=UTC).astimezone(zone)
        if back.replace(tzinfo=None) == wall and offset not in found:
            found.append(offset)
    return tuple(found)


def instant(moment: datetime, zone: ZoneInfo, *, after: datetime | None = None) -> datetime:
    """Return ``moment``, a wall-clock time with or without an offset, in universal time.

    Where the hour comes twice and no offset is given, it is the first that is later than the instant ``after``.
    """
    wall = moment.replace(tzinfo=None, fold=0)
    if wall.year in (MINYEAR, MAXYEAR):
        return wall.replace(tzinfo=UTC)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    found = [(wall - offset).replace(tzinfo=UTC) for offset in offsets(wall, zone)]
    if moment.fold and len(found) == 2:
        return found[1]
    if not found:
        return wall.replace(tzinfo=zone).astimezone(UTC)
    return next((one for one in found if after is not None and one > after), found[0])


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time of the instant ``moment``, ``fold`` being 1 the second time that the hour comes."""
    if moment.year in (MINYEAR, MAXYEAR):
        return moment.replace(tzinfo=None)
    return moment.astimezone(zone).replace(tzinfo=None)


def with_offset(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a read wall-clock time with its offset where the hour comes twice, else as it is."""
    found = offsets(moment, zone)
    if len(found) < 2:
        return moment
    return moment.replace(tzinfo=timezone(found[moment.fold]), fold=0)


def written_offset(offset: timedelta) -> str:
    """Return an offset as it is written behind a time: ``+01:00``."""
    return datetime(2000, 1, 1, tzinfo=timezone(offset)).isoformat()[-6:]
