"""What the public page says beside the facts: the programme of the day, why it is worth it, answers, the way there.

The organisers' words lie in ``Event.face["page"]``, by language; where they have said nothing the page has words of its
own. The programme is made of the rounds and of lines of the organisers' own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.event.events import locked, touch
from web.domain.memory import Memory, state_of
from web.models import Event, Slot

PAGE = "page"
# Each a text of the page, in each language.
TEXTS = ("programme", "why", "questions", "access")
# What is longer between two rounds is a break, and told.
_BREAK = timedelta(minutes=15)
_LINE = re.compile(
    r"(?:(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/\d{2,4})?,?\s+)?"
    r"(?P<hour>\d{1,2})\s?(?:[:hH.](?P<minute>[0-5]\d)?)"
    r"(?:\s?[-–—]\s?(?P<to_hour>\d{1,2})\s?(?:[:hH.](?P<to_minute>[0-5]\d)?))?"
    r"\s*[-–—:]?\s+(?P<text>\S.*)"
)


@dataclass(frozen=True)
class Item:
    """A line of the programme. `kind`: ``own`` (with `text`), ``meetings`` (`rounds` of `minutes`), ``break``.

    `text` of meetings is the label of their session, if they have one; `ends`: where an end is known.
    """

    kind: str
    starts: time
    ends: time | None = None
    text: str = ""
    rounds: int = 0
    minutes: int = 0


@dataclass(frozen=True)
class ProgrammeDay:
    """The lines of one day in time order; no `day` where the event has no date yet."""

    day: date | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Said:
    """A text of the organisers' own, and the language that it is in."""

    text: str
    language: str


@dataclass(frozen=True)
class PublicWords:
    """What the organisers say on the page of a language. Empty: the page's own words, or nothing to be said."""

    why: str
    questions: tuple[tuple[str, str], ...]
    access: Said | None
    programme: tuple[ProgrammeDay, ...]


@retried
def update_page(
    session: Session, event: Event, texts: Mapping[str, Mapping[str, str]], version: int, actor: Actor
) -> None:
    """Store the `texts` of the public page, by language and name. Locks the event's row. Raises `StaleDataError`."""
    with write(session):
        locked(session, event, version)
        kept = {code: {name: text for name, text in said.items() if text} for code, said in texts.items()}
        event.face = {**event.face, PAGE: {code: said for code, said in kept.items() if said}}
        touch(event)
        record(session, actor, "event.page", event_id=event.id)


def words_of(event: Event, language: str) -> PublicWords:
    """What the page says in `language`. What is told of the place or the hours is told in the other one rather than
    not at all; reasons and answers are not, for which the page has words of its own."""
    return _known.get((state_of(event), language), lambda: words_from(event, _texts(event), language))


_known: Memory[PublicWords] = Memory(most=64)


def words_from(event: Event, texts: Mapping[str, Mapping[str, str]], language: str) -> PublicWords:
    """The same for `texts` that are perhaps not stored yet."""
    own = texts.get(language, {})
    access, lines = (_in_any(texts, name, language) for name in ("access", "programme"))
    return PublicWords(
        own.get("why", ""),
        tuple(questions_in(own.get("questions", ""))),
        access,
        programme(event, lines.text if lines else ""),
    )


def texts_of(event: Event, language: str) -> dict[str, str]:
    """The organisers' own texts of the page in `language`, by name; empty ones are left out."""
    return dict(_texts(event).get(language, {}))


def questions_in(text: str) -> Iterator[tuple[str, str]]:
    """Questions with their answers: blocks with a blank line between two, the first line of each is the question."""
    for block in re.split(r"\n\s*\n", text.strip()):
        question, _line, answer = block.strip().partition("\n")
        if question:
            yield question.strip(), answer.strip()


def faulty_lines(text: str) -> list[str]:
    """The lines of `text` that cannot stand in a programme: a line is an hour and what happens then."""
    return [line for line in _lines(text) if _item(line, None) is None]


def programme(event: Event, own: str) -> tuple[ProgrammeDay, ...]:
    """The days of the event: its rounds, the breaks between them, and the lines `own`; the latter without a date belong
    to the first day."""
    first = event.slots[0].starts_at.date() if event.slots else None
    days: dict[date | None, list[Item]] = {}
    for slots in _by_day(event.slots):
        days[slots[0].starts_at.date()] = list(_of_rounds(slots))
    for line in _lines(own):
        found = _item(line, first)
        if found is not None:
            days.setdefault(found[0], []).append(found[1])
    ordered = sorted(days.items(), key=lambda one: (one[0] is None, one[0] or date.max))
    return tuple(ProgrammeDay(day, _in_order(items)) for day, items in ordered)


def _in_order(items: list[Item]) -> tuple[Item, ...]:
    """By time; a break in which the organisers have said what happens is not told besides."""
    own = [one.starts for one in items if one.kind == "own"]
    kept = [
        one
        for one in items
        if one.kind != "break" or not any(one.starts <= moment < (one.ends or one.starts) for moment in own)
    ]
    return tuple(sorted(kept, key=lambda one: (one.starts, one.kind != "own")))


def _of_rounds(slots: list[Slot]) -> Iterator[Item]:
    run = [slots[0]]
    for before, after in pairwise(slots):
        pause = after.starts_at - before.ends_at
        if pause >= _BREAK or after.session != before.session:
            yield _meetings(run)
            if pause >= _BREAK:
                yield Item("break", before.ends_at.time(), after.starts_at.time())
            run = []
        run.append(after)
    yield _meetings(run)


def _meetings(run: list[Slot]) -> Item:
    lengths = {int((slot.ends_at - slot.starts_at).total_seconds() // 60) for slot in run}
    return Item(
        "meetings",
        run[0].starts_at.time(),
        run[-1].ends_at.time(),
        run[0].session or "",
        len(run),
        lengths.pop() if len(lengths) == 1 else 0,
    )


def _by_day(slots: list[Slot]) -> Iterator[list[Slot]]:
    days: dict[date, list[Slot]] = {}
    for slot in sorted(slots, key=lambda one: one.starts_at):
        days.setdefault(slot.starts_at.date(), []).append(slot)
    yield from days.values()


def _item(line: str, first: date | None) -> tuple[date | None, Item] | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    try:
        starts = time(int(match["hour"]), int(match["minute"] or 0))
        ends = time(int(match["to_hour"]), int(match["to_minute"] or 0)) if match["to_hour"] else None
        # A leap year takes each day that there may be, where no event says which year it is.
        year = first.year if first else 2028
        day = datetime(year, int(match["month"]), int(match["day"])).date() if match["day"] else first
    except ValueError:
        return None
    return day, Item("own", starts, ends, match["text"].strip())


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _texts(event: Event) -> Mapping[str, Mapping[str, str]]:
    found: Any = event.face.get(PAGE)
    return found if isinstance(found, dict) else {}


def _in_any(texts: Mapping[str, Mapping[str, str]], name: str, language: str) -> Said | None:
    for code in (language, *sorted(texts)):
        if text := texts.get(code, {}).get(name):
            return Said(text, code)
    return None
