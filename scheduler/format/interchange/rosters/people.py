"""Rows of lists as participants: who they are, of which kind, and what else their columns say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scheduler.format.interchange import cells
from scheduler.format.interchange.cells import Misread
from scheduler.format.interchange.columns import CONTACTS
from scheduler.format.interchange.contacts import Contact
from scheduler.format.interchange.event_sheets import EventSheets
from scheduler.format.interchange.names import kind_code, plain
from scheduler.format.interchange.rosters.columns import READERS, Table
from scheduler.format.interchange.rosters.options import Options
from scheduler.format.interchange.unpacking import cell_name

# Read by name rather than by id, or not at all.
_APART = ("name", "first name", "kind", "vetoes")


@dataclass(slots=True)
class Person:
    """A participant to be: where it stands, what is read of it, and whom it names."""

    name: str
    kind: str
    place: str
    item: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    contact: Contact = field(default_factory=Contact)
    table: Table | None = None
    number: int = 0
    row: Sequence[object] = ()

    def cell(self, position: int) -> tuple[str, object]:
        """Return the place and the value of a cell of this row."""
        assert self.table is not None
        at = cell_name(self.table.name, position + 1, self.number)
        return at, self.row[position] if position < len(self.row) else None


def people_of(table: Table, kind: str | None, options: Options, beside: EventSheets) -> Iterator[Person]:
    """Yield whom the rows of ``table`` are about, of ``kind`` where no column says it; faults go to ``beside``."""
    for number, row in table.rows:
        person = Person("", "", "", table=table, number=number, row=row)
        places = {name: person.cell(position)[0] for name, position in table.single.items()}
        values = {name: person.cell(position)[1] for name, position in table.single.items()}
        if cells.is_example(row[0] if row else None):
            continue
        person.place, person.places = places["name"], places
        person.name = _name(values, places, beside)
        if not person.name:
            if any(value is not None for position in table.taken for value in [person.cell(position)[1]]):
                beside.fault(places["name"], "a_name", "nothing")
            continue
        person.kind = kind or ""
        if "kind" in values:
            found = beside.read(cells.read_text, values["kind"], places["kind"])
            if found is None:
                beside.fault(places["kind"], "value", "nothing")
            person.kind = kind_code(found) if isinstance(found, str) else "?"
        for name, value in values.items():
            if name in READERS and name not in _APART:
                found = beside.read(READERS[name], value, places[name])
                if found is not None:
                    person.item[name] = found
        for name, most in (("min_meetings", options.min_meetings), ("max_meetings", options.max_meetings)):
            if most is not None:
                person.item.setdefault(name, most)
        person.contact = Contact.of({what: values.get(what) for what in CONTACTS})
        yield person


def number_people(people: Sequence[Person]) -> None:
    """Give an id to each who has none: a letter or two of the kind, and a number."""
    taken = {person.item["id"] for person in people if isinstance(person.item.get("id"), str)}
    starts: dict[str, str] = {}
    for kind in dict.fromkeys(person.kind for person in people):
        letters = "".join(plain(kind).split()) or "p"
        choices = [letters[:k] for k in range(1, len(letters) + 1)]
        start = next((one for one in choices if one not in starts.values() and not one[-1].isdigit()), letters + "_")
        starts[kind] = start
    counts = dict.fromkeys(starts, 0)
    for person in people:
        while "id" not in person.item:
            counts[person.kind] += 1
            id = f"{starts[person.kind]}{counts[person.kind]}"
            if id not in taken:
                person.item["id"] = id


def _name(values: dict[str, object], places: dict[str, str], beside: EventSheets) -> str:
    parts = []
    for name in ("first name", "name"):
        if values.get(name) is not None:
            try:
                parts.append(" ".join((cells.read_text(values[name]) or "").split()))
            except Misread as misread:
                beside.fault(places[name], misread.expected, "found", found=str(values[name]))
    return " ".join(filter(None, parts))
