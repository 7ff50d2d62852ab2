"""Dates and times as people type them: ``18/03/2027 14:00``, ``18.3.2027 14h``, ``March 18, 2027 2 pm``.

Of ``03/04/2027`` nobody can say which is the day. Another date of the same file may tell (``order_of``); otherwise it
has to be asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Literal

Order = Literal["dmy", "mdy"]

_LONGEST = 60
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "january", "janv", "jan"),
            ("fevrier", "february", "fevr", "fev", "feb"),
            ("mars", "march", "mar"),
            ("avril", "april", "avr", "apr"),
            ("mai", "may"),
            ("juin", "june", "jun"),
            ("juillet", "july", "juil", "jul"),
            ("aout", "august", "aug"),
            ("septembre", "september", "sept", "sep"),
            ("octobre", "october", "oct"),
            ("novembre", "november", "nov"),
            ("decembre", "december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_WEEKDAY = re.compile(
    r"^(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\.?,?\s+"
)
_WORDS = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO = r"(?P<iso_year>\d{4})[-/.](?P<iso_month>\d{1,2})[-/.](?P<iso_day>\d{1,2})"
_NUMBERS = r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})"
_DAY_MONTH = rf"(?P<d_day>\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?P<d_month>{_WORDS})\.?,?\s+(?P<d_year>\d{{4}})"
_MONTH_DAY = rf"(?P<m_month>{_WORDS})\.?\s+(?P<m_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<m_year>\d{{4}})"
_DATE = re.compile(rf"(?:{_ISO}|{_NUMBERS}|{_DAY_MONTH}|{_MONTH_DAY})", re.ASCII)
_BETWEEN = re.compile(r"(?:\s*,)?\s*(?:a|at|t|um)?\s*(?=\d)")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})\s?(?:(?:[:h]|heures?)\s?(?:(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?(?:\s?min)?\s?"
    r"(?P<half>[ap]\.?m\.?)?|(?P<only>[ap]\.?m\.?))",
    re.ASCII,
)


class Ambiguous(ValueError):
    """A date of which either number may be the day."""


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


def date_of(text: str, order: Order | None = None) -> date:
    """Return the date that ``text`` is. Raises ``Ambiguous``, and ``ValueError`` where it is none."""
    found, rest = _leading_date(text, order)
    if rest:
        raise ValueError(text)
    return found


def moment_of(text: str, order: Order | None = None) -> datetime:
    """Return the date and time that ``text`` is. Raises ``Ambiguous``, and ``ValueError`` where it is none."""
    found, rest = _leading_date(text, order)
    between = _BETWEEN.match(rest)
    if between is None:
        raise ValueError(text)
    return datetime.combine(found, clock_of(rest[between.end() :]))


def clock_of(text: str) -> time:
    """Return the time of day in ``text``: ``14:00``, ``14h30``, ``2 pm``. Raises ``ValueError`` where it is none."""
    match = _CLOCK.fullmatch(_folded(text)) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(text)
    hour, half = int(match["hour"]), (match["half"] or match["only"] or "").replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(match["minute"] or 0), int(match["second"] or 0))


def split_date(text: str, order: Order | None = None) -> tuple[date | None, str]:
    """Return the date that ``text`` begins with, if any, and what stands behind it. Raises ``Ambiguous``."""
    try:
        found, rest = _leading_date(text, order)
    except Ambiguous:
        raise
    except ValueError:
        return None, _folded(text)
    between = _BETWEEN.match(rest)
    return found, rest[between.end() :] if between else rest.strip()


def order_of(values: Iterable[object]) -> Order | None:
    """Return which number of a date comes first, as the dates among ``values`` tell; ``None``: none does, or both."""
    found: set[Order] = set()
    for value in values:
        if isinstance(value, str) and len(value) <= _LONGEST and value[:1].isalnum():
            match = _DATE.match(_WEEKDAY.sub("", _folded(value)))
            if match is not None and match["one"] and match["sign"] != ".":
                one, two = int(match["one"]), int(match["two"])
                if one > 12 >= two:
                    found.add("dmy")
                elif two > 12 >= one:
                    found.add("mdy")
    return found.pop() if len(found) == 1 else None


def _leading_date(text: str, order: Order | None) -> tuple[date, str]:
    if len(text) > _LONGEST:
        raise ValueError(text)
    folded = _WEEKDAY.sub("", _folded(text))
    match = _DATE.match(folded)
    if match is None:
        raise ValueError(text)
    return _date(match, order), folded[match.end() :]


def _date(match: re.Match[str], order: Order | None) -> date:
    if match["iso_year"]:
        return date(int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"]))
    if match["d_day"]:
        return date(int(match["d_year"]), _MONTHS[match["d_month"]], int(match["d_day"]))
    if match["m_day"]:
        return date(int(match["m_year"]), _MONTHS[match["m_month"]], int(match["m_day"]))
    one, two = int(match["one"]), int(match["two"])
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    # Points are written where the day comes first; elsewhere a number beyond twelve tells.
    if match["sign"] == "." or one > 12:
        order = "dmy"
    elif two > 12:
        order = "mdy"
    elif one != two and order is None:
        raise Ambiguous(match[0])
    day, month = (two, one) if order == "mdy" else (one, two)
    return date(year, month, day)
