"""What a timetable announces to each participant, by its files alone, and whether a mail says just that.

It shares nothing with the product's own difference, so that one can be held against the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from tests.support.smtp import words_of

ONLINE = "en ligne"


@dataclass(frozen=True, order=True)
class Line:
    """A meeting as one of its participants is told of it, at wall-clock times of the event."""

    start: datetime
    end: datetime
    partner_id: str
    partner: str
    table: str
    facilitator: str = ""

    @property
    def hours(self) -> tuple[datetime, datetime]:
        return self.start, self.end


Agenda = tuple[Line, ...]


def agendas_of(event: Mapping[str, Any], schedule: Mapping[str, Any]) -> dict[str, Agenda]:
    """The agenda of each participant of an event file in a schedule file."""
    people = {one["id"]: one for one in event["participants"]}
    tables = {one["id"]: one.get("name") or one["id"] for one in event.get("tables", ())}
    helpers = {one["id"]: one.get("name") or one["id"] for one in event.get("facilitators", ())}
    slots = {one["id"]: [datetime.fromisoformat(one[end]) for end in ("start", "end")] for one in event["slots"]}
    found: dict[str, list[Line]] = {id: [] for id in people}
    for one in schedule["meetings"]:
        start, end = slots[one["slot"]]
        online = any(people[id].get("remote") for id in one["between"])
        table = ONLINE if online else tables[one["table"]]
        for me, partner in (one["between"], reversed(one["between"])):
            name = people[partner].get("name") or partner
            found[me].append(Line(start, end, partner, name, table, helpers.get(one.get("facilitator"), "")))
    return {id: tuple(sorted(lines)) for id, lines in found.items()}


@dataclass(frozen=True)
class Difference:
    cancelled: list[Line]
    added: list[Line]
    moved: list[tuple[Line, Line]]
    elsewhere: list[tuple[Line, Line]]

    @property
    def count(self) -> int:
        return sum(map(len, (self.cancelled, self.added, self.moved, self.elsewhere)))


def difference(before: Agenda, after: Agenda) -> Difference:
    """What somebody is to be told; nobody meets the same partner twice here."""
    old, new = ({one.partner_id: one for one in agenda} for agenda in (before, after))
    assert (len(old), len(new)) == (len(before), len(after))
    both = [(old[id], new[id]) for id in old.keys() & new.keys() if old[id] != new[id]]
    return Difference(
        [one for id, one in old.items() if id not in new],
        [one for id, one in new.items() if id not in old],
        [pair for pair in both if pair[0].hours != pair[1].hours],
        [pair for pair in both if pair[0].hours == pair[1].hours],
    )


def check_mail(mail: EmailMessage, before: Agenda | None, after: Agenda) -> None:
    """The mail of somebody whose agenda was `before` (``None``: there was none) says just what is `after`."""
    sections = sections_of(mail)
    if before is None:
        assert plain(str(mail["Subject"])).startswith("Votre agenda – ")
        (items,) = [found for found in sections.values() if found] or [[]]
        _check_items(items, after)
        return
    assert plain(str(mail["Subject"])).startswith("Votre agenda a changé – ")
    change = difference(before, after)
    told = {
        "Annulé :": change.cancelled,
        "Nouveau :": change.added,
        "À une autre heure :": [new for _old, new in change.moved],
        "À une autre table": [new for _old, new in change.elsewhere],
        "Votre agenda complet désormais :": list(after),
    }
    for heading, lines in told.items():
        _check_items([item for name, items in sections.items() if name.startswith(heading) for item in items], lines)
    assert sum(map(len, sections.values())) == sum(map(len, told.values()))
    for old, new in change.moved:
        item = _item_of(sections, "À une autre heure", new)
        assert f"(avant : {old.start:%H:%M})" in item, item
    for old, new in change.elsewhere:
        if old.table != new.table and old.table != ONLINE:
            assert f"(avant : {old.table})" in _item_of(sections, "À une autre table", new)


def _item_of(sections: Mapping[str, Sequence[str]], heading: str, line: Line) -> str:
    items = [item for name, found in sections.items() if name.startswith(heading) for item in found]
    (item,) = [item for item in items if item.startswith(_told(line))]
    return item


def _check_items(items: Sequence[str], lines: Sequence[Line]) -> None:
    told = sorted(map(_told, lines))
    assert len(items) == len(told)
    for item, line in zip(sorted(items), told, strict=True):
        assert item.startswith(line), (item, line)


def _told(line: Line) -> str:
    return plain(f"{line.start:%H:%M}–{line.end:%H:%M} : {line.partner} ({line.table})")


def sections_of(mail: EmailMessage) -> dict[str, list[str]]:
    """The lists of a mail, each by the line above it."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in plain(words_of(mail)).splitlines():
        if line.startswith("- "):
            found.setdefault(heading, []).append(line.removeprefix("- ").strip())
        elif line.strip():
            heading = line.strip()
    return found


def plain(text: str) -> str:
    """With ordinary spaces where French has others."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def letters(text: str) -> str:
    """Without any space: pages, mails and calendars set them differently."""
    return "".join(text.split())
