"""When somebody is not there, as a cell says it: ``18/03/2027 14:36 – 20:50``, and as people type it: ``14h-15h30``."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from web.models import Event

_ISO = r"(?P<{0}y>\d{{4}})-(?P<{0}m>\d{{1,2}})-(?P<{0}d>\d{{1,2}})"
_DAY = rf"(?:{_ISO}|(?P<{{0}}D>\d{{{{1,2}}}})/(?P<{{0}}M>\d{{{{1,2}}}})/(?P<{{0}}Y>\d{{{{4}}}}))"
_CLOCK = r"(?P<{0}h>\d{{1,2}})\s?[:hH]\s?(?P<{0}min>\d{{2}})?(?::(?P<{0}s>\d{{2}}))?\s?(?P<{0}o>[+-]\d{{2}}:\d{{2}})?"
_MOMENT = rf"(?:{_DAY}[ T]?\s*)?(?:à\s|at\s)?{_CLOCK}"
_BETWEEN = r"\s*(?:[-–—/]|à|au|to|until|jusqu['’]à)\s*"
_HOURS = re.compile(
    rf"(?:de\s|from\s|du\s)?{_MOMENT.format('a')}{_BETWEEN}{_MOMENT.format('b')}", re.IGNORECASE | re.ASCII
)


# Times away that a cell can name, or as many as there are rounds; letters of one.
_MOST, _LONGEST = 60, 100


class NoHours(Exception):
    """A text that names no hours."""


def intervals(absences: Iterable[str]) -> list[str]:
    """Those that say hours: an absence can also be a round that was lost long ago, which says nothing any more."""
    found = []
    for absence in absences:
        since, _slash, until = absence.partition("/")
        try:
            datetime.fromisoformat(since), datetime.fromisoformat(until)
        except ValueError:
            continue
        found.append(absence)
    return found


def written(absences: Iterable[str], language: str) -> str:
    """`absences` as a cell shows them; `read` gives the same again."""
    return "; ".join(_written(absence, language) for absence in intervals(absences))


def _written(absence: str, language: str) -> str:
    since, _slash, until = absence.partition("/")
    (day, clock), (last, end) = since.split("T"), until.split("T")
    return f"{_day(day, language)} {clock} – {end if last == day else f'{_day(last, language)} {end}'}"


def _day(iso: str, language: str) -> str:
    return iso if language.startswith("en") else "/".join(reversed(iso.split("-")))


def read(text: str, event: Event) -> list[str]:
    """The absences that a cell names; hours without a day are meant for each day of `event`. Raises `NoHours`."""
    days = list(dict.fromkeys(slot.starts_at.date() for slot in event.slots))
    found: list[str] = []
    parts = [" ".join(part.split()) for part in re.split("[;\n]", text)]
    if len(parts) > max(_MOST, len(event.slots)) or max(map(len, parts)) > _LONGEST:
        raise NoHours
    for part in parts:
        if part:
            found += _read(part, days)
    return list(dict.fromkeys(found))


def _read(part: str, days: Sequence[date]) -> Iterable[str]:
    match = _HOURS.fullmatch(part.strip().rstrip("."))
    if match is None:
        raise NoHours
    said = match.groupdict()
    try:
        first, last = _date(said, "a"), _date(said, "b")
        if first is None and last is not None:
            raise NoHours
        for day in [first] if first is not None else days:
            since, until = _moment(said, "a", day), _moment(said, "b", last or day)
            if until <= since and last is None:
                until = _moment(said, "b", day + timedelta(days=1))
            yield f"{since}/{until}"
    except ValueError:
        raise NoHours from None


def _date(said: dict[str, str | None], side: str) -> date | None:
    for year, month, day in ("ymd", "YMD"):
        numbers = said[side + year], said[side + month], said[side + day]
        if numbers[0] and numbers[1] and numbers[2]:
            return date(int(numbers[0]), int(numbers[1]), int(numbers[2]))
    return None


def _moment(said: dict[str, str | None], side: str, day: date) -> str:
    hour, minute, second = (int(said[side + part] or 0) for part in ("h", "min", "s"))
    moment = datetime(day.year, day.month, day.day, hour, minute, second)
    return moment.isoformat(timespec="seconds" if second else "minutes") + (said[side + "o"] or "")
