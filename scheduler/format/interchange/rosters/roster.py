"""Lists of people, or a matrix of scores, as an event: what they leave open is asked for, what was understood told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from scheduler.format.errors import InvalidEvent
from scheduler.format.faults import TooManyFaults, show
from scheduler.format.interchange import cells
from scheduler.format.interchange.cells import Misread
from scheduler.format.interchange.dates import Ambiguous, order_of
from scheduler.format.interchange.event_sheets import EventSheets, Reading, shown
from scheduler.format.interchange.names import SHEETS_CALLED, is_unread, kind_code, plain
from scheduler.format.interchange.rosters.columns import Table, match, table_of
from scheduler.format.interchange.rosters.matrix import Matrix, looks_like_matrix, matrix_of, score_of
from scheduler.format.interchange.rosters.options import Options
from scheduler.format.interchange.rosters.people import Person, number_people, people_of
from scheduler.format.interchange.rosters.rounds import Calendar, NoRounds, Round, rounds_of
from scheduler.format.interchange.rosters.whom import Whom, means_nobody, names_in
from scheduler.format.interchange.unpacking import Rows, Unusable, cell_name
from scheduler.format.sentence import Sentence
from scheduler.format.text import nearest

_ITEMS = re.compile(r"[;,\n]")
_MOST_NAMED = 12
_MOST_TABLES = 100_000
# Of two names that are listed nowhere: so near that they may be one, written twice.
_NEARLY_THE_SAME = 0.85
_YES = frozenset({"x", "oui", "yes", "o", "y", "1", "vrai", "true", "✓", "✔"})
_NO = frozenset({"non", "no", "n", "0", "faux", "false"})


def read_lists(tables: Mapping[str, tuple[str, Rows]], options: Options) -> Reading:
    """Return the event of lists of people: ``tables`` has the label and the rows of each by its name in faults.

    Raises ``InvalidEvent`` with every fault, each at ``table!cell``, or at the option that would answer what the lists
    leave open. Cost: linear, but for names that are found nowhere, which are compared with all.
    """
    roster = _Roster(tables, options)
    try:
        raw = roster.event()
    except TooManyFaults:
        raise InvalidEvent(roster.beside.faults.told("file")) from None
    if raw is None or roster.beside.faults:
        raise InvalidEvent(roster.beside.faults.told("file"))
    return replace(roster.beside.checked(raw), notes=tuple(roster.notes()))


class _Roster:
    """Lists while they are read; ``beside`` reads sheets of slots and tables, and keeps faults and places."""

    def __init__(self, tables: Mapping[str, tuple[str, Rows]], options: Options) -> None:
        self.options = options
        rooms = {name: rows for name, (_, rows) in tables.items() if SHEETS_CALLED.exact(name) in ("slots", "tables")}
        order = options.dates or order_of(value for _, rows in tables.values() for _, row in rows for value in row)
        self.beside = EventSheets(rooms, order)
        self.order = order
        self.tables: list[Table] = []
        self.matrices: list[Matrix] = []
        self.people: list[Person] = []
        self.whom = Whom()
        self.remarks: list[Sentence] = []
        self.rounds: list[Round] = []
        self.absences = 0
        for name, (label, rows) in tables.items():
            if name in rooms or not rows or is_unread(name):
                continue
            matrix = matrix_of(name, label, rows)
            table = table_of(name, label, rows)
            match(table, options)
            told = table.taken - ({table.single["name"]} if "name" in table.single else set())
            if (options.matrix and matrix is not None) or (not told and looks_like_matrix(matrix)):
                assert matrix is not None
                self.matrices.append(matrix)
            else:
                self.tables.append(table)

    def event(self) -> dict[str, Any] | None:
        """Return the event as a JSON object, faults being noted; ``None``: there is nothing of an event."""
        told = self.options.of_lists and self.tables
        if not self.matrices and not told and not any(table.taken for table in self.tables):
            headings = [heading for table in self.tables for heading in table.headings if heading]
            found = "found_headings" if headings else "nothing_in_it"
            self._fault("file", "lists_or_event", found, headings=_listed(headings))
            return None
        self._check_headings()
        raw: dict[str, Any] = {"format": "passerelle-event/1", "title": self.options.title}
        if self.options.timezone:
            raw["timezone"] = self.options.timezone
            self.beside.places["timezone"] = "--timezone"
        self._read_rounds()
        raw["slots"] = [round.raw for round in self.rounds]
        raw["tables"] = self.beside.listed("tables") if self.beside.rows("tables") else []
        if self.options.tables:
            # One more than any event may have is enough to be told so.
            count, width = min(self.options.tables, _MOST_TABLES + 1), len(str(self.options.tables))
            raw["tables"] = [{"id": f"t{k:0{width}}"} for k in range(1, count + 1)]
            self.beside.places["tables"] = "--tables"
        self._read_people()
        self._name_people()
        raw["participants"] = [self._participant(i, person) for i, person in enumerate(self.people)]
        self._meet(raw)
        if self.matrices:
            raw["affinities"] = self._affinities()
        return raw

    def _fault(self, place: str, what: str, found: str, /, **values: object) -> None:
        self.beside.fault(place, what, found, **values)

    # What is said of the lists

    def _check_headings(self) -> None:
        """Each heading that an option names must stand somewhere."""
        known = {plain(heading): heading for table in self.tables for heading in table.headings if heading}
        for option, headings in (
            ("--name-column", [self.options.name_column]),
            ("--kind-column", [self.options.kind_column]),
            ("--prefers", self.options.prefers),
            ("--unavailable", self.options.unavailable),
            ("--available", self.options.available),
        ):
            for heading in filter(None, headings):
                if plain(heading) not in known:
                    near = nearest(heading, known.values(), 0.6)
                    found = "found_near" if near else "found"
                    self._fault(
                        option, "one_of_columns", found, columns=_listed(known.values()), found=show(heading), near=near
                    )

    def _read_rounds(self) -> None:
        if self.options.slots:
            try:
                self.rounds = rounds_of(self.options.slots, self.options.days, self.order)
                self.beside.places["slots"] = "--slots"
            except NoRounds as none:
                option = "--day" if none.what in ("ask_day", "date", "day_or_month_first") else "--slots"
                self._fault(option, none.what, "found", found=none.found)
        elif self.beside.rows("slots"):
            for item in self.beside.listed("slots"):
                times = [item.get(name) for name in ("start", "end")]
                if all(isinstance(moment, str) for moment in times):
                    start, end = (datetime.fromisoformat(str(moment)).replace(tzinfo=None) for moment in times)
                    self.rounds.append(Round(str(item.get("id")), start, end, item.get("session")))
        else:
            self._fault("--slots", "ask_slots", "nothing")

    # Who

    def _read_people(self) -> None:
        for k, table in enumerate(self.tables):
            if "name" not in table.single:
                headings = _listed(filter(None, table.headings))
                self._fault("--name-column", "ask_name", "found_headings", headings=headings)
                continue
            kind = None
            if "kind" not in table.single:
                kind = self._kind_of(k, table)
                if kind is None:
                    headings = _listed(filter(None, table.headings))
                    self._fault("--kind-column", "ask_kind", "found_headings", headings=headings)
                    kind = "?"
            self.people.extend(people_of(table, kind, self.options, self.beside))
        if not self.tables:
            self._read_people_of_matrices()

    def _kind_of(self, k: int, table: Table) -> str | None:
        """Return the kind of all in a list that has no column for it; ``None``: it has to be asked."""
        if k < len(self.options.kinds):
            return kind_code(self.options.kinds[k])
        if self.options.kinds:
            return kind_code(self.options.kinds[0]) if len(self.options.kinds) == 1 else None
        return kind_code(table.label) if len(self.tables) > 1 else None

    def _read_people_of_matrices(self) -> None:
        """Where nothing but matrices is given, the first one says who comes."""
        matrix = self.matrices[0]
        alike = {plain(name) for _, name in matrix.down} == {plain(name) for _, name in matrix.along}
        kinds = self.options.kinds or matrix.corner_kinds or ()
        if len(kinds) < (1 if alike else 2):
            self._fault("--kinds", "ask_kinds_of_matrix", "nothing")
            kinds = ("?", "??")
        for number, name in matrix.down:
            self.people.append(Person(name, kind_code(kinds[0]), cell_name(matrix.name, 1, number)))
        if not alike:
            for position, name in matrix.along:
                place = cell_name(matrix.name, position + 1, matrix.top)
                self.people.append(Person(name, kind_code(kinds[1]), place))

    def _name_people(self) -> None:
        """Make everybody findable; whoever is only named in choices comes in too, where an option tells the kind."""
        if self.options.others:
            listed = Whom()
            for person in self.people:
                listed.add(person.name, person.name)
            kind = kind_code(self.options.others)
            for person in list(self.people):
                for at, name in self._named(person, listed):
                    if not listed.called(name):
                        near = listed.nearest(name, _NEARLY_THE_SAME)
                        if near is not None:
                            self.remarks.append(Sentence("name_also", place=at, found=show(name), near=show(near)))
                        listed.add(name, name)
                        self.people.append(Person(name, kind, at))
        number_people(self.people)
        for person in self.people:
            self.whom.add(person.item["id"] if isinstance(person.item["id"], str) else "", person.name)

    def _named(self, person: Person, whom: Whom, columns: Sequence[int] | None = None) -> Iterator[tuple[str, str]]:
        """Yield whom a person names in some columns, the choices if not told, each with its place."""
        if person.table is None:
            return
        columns = person.table.wishes if columns is None else columns
        for position in columns:
            at, value = person.cell(position)
            try:
                text = cells.read_text(value) if not isinstance(value, Unusable) else None
            except Misread as misread:
                self._fault(at, misread.expected, "found", found=shown(value))
                continue
            if isinstance(value, Unusable):
                self._fault(at, "value", "found", found=shown(value))
            if text is None or means_nobody(text):
                continue
            single = len(columns) > 1 and ";" not in text and "\n" not in text
            for name in [text.strip()] if single else names_in(text, lambda name: bool(whom.called(name))):
                yield at, name

    def _participant(self, i: int, person: Person) -> dict[str, Any]:
        path = f"participants[{i}]"
        self.beside.places[path] = person.place
        for name, place in person.places.items():
            self.beside.places[f"{path}.{name}"] = place
        if person.contact and isinstance(person.item["id"], str):
            self.beside.contacts[person.item["id"]] = person.contact
        item = {**person.item, "kind": person.kind, "name": person.name}
        if person.table is None:
            return item
        item["wishes"] = self._ids(person, f"{path}.wishes", person.table.wishes)
        if "vetoes" in person.table.single:
            item["vetoes"] = self._ids(person, f"{path}.vetoes", [person.table.single["vetoes"]])
        missed = self._missed(person)
        if missed or person.table.unavailable or person.table.available:
            item["unavailable"] = missed
            self.absences += len(missed)
        return item

    def _ids(self, person: Person, path: str, columns: Sequence[int]) -> list[str]:
        """Return the ids of those whom a person names; a name that is found nowhere is told."""
        found: list[str] = []
        for at, name in self._named(person, self.whom, columns):
            id = self._id(person, name, at)
            if id is None:
                continue
            if id in found:
                self.remarks.append(Sentence("name_repeated", place=at, found=show(name)))
                continue
            self.beside.places[f"{path}[{len(found)}]"] = at
            self.beside.places.setdefault(path, at)
            found.append(id)
        return found

    def _id(self, person: Person, name: str, at: str) -> str | None:
        called = self.whom.called(name)
        if len(called) > 1:
            kinds = {one.item["id"]: one.kind for one in self.people}
            called = [id for id in called if kinds.get(id) != person.kind] or called
        if len(called) == 1:
            return called[0]
        if called:
            self._fault(at, "one_of_that_name", "found_times", count=len(called), found=show(name))
            return None
        near = self.whom.nearest(name)
        if self.options.unknown == "nearest" and near is not None:
            self.remarks.append(Sentence("name_taken", place=at, found=show(name), near=show(near)))
            return self.whom.id_of(near)
        if self.options.unknown == "leave-out":
            code = "name_left_out_near" if near is not None else "name_left_out"
            self.remarks.append(Sentence(code, place=at, found=show(name), near=show(near)))
            return None
        found = "found_near" if near is not None else "found"
        self._fault(at, "name_of_somebody", found, found=show(name), near=near)
        return None

    # When

    def _missed(self, person: Person) -> list[str]:
        """Return the rounds that a person misses, in their order."""
        assert person.table is not None
        if not self.rounds:
            return []
        calendar = Calendar(self.rounds, self.order)
        missed = set(self._meant(person, person.table.unavailable, calendar))
        present = list(self._meant(person, person.table.available, calendar))
        if present:
            missed |= {round.id for round in self.rounds} - set(present)
        return [round.id for round in self.rounds if round.id in missed]

    def _meant(self, person: Person, columns: Sequence[int], calendar: Calendar) -> Iterator[str]:
        """Yield the rounds that some cells of a person mean."""
        assert person.table is not None
        for position in columns:
            at, value = person.cell(position)
            if value is None:
                continue
            word = str(value).strip().casefold() if isinstance(value, str | int | bool) else ""
            if (word in _NO and len(columns) > 1) or (isinstance(value, str) and means_nobody(value)):
                continue
            items: list[object] = [value]
            if word in _YES and calendar.meant(person.table.heading(position)):
                items = [person.table.heading(position)]
            elif isinstance(value, str):
                items = [item.strip() for item in _ITEMS.split(value) if item.strip()]
            elif isinstance(value, Unusable):
                items = []
                self._fault(at, "value", "found", found=shown(value))
            elif not isinstance(value, datetime | time):
                items = [str(int(value))] if isinstance(value, int | float) else [str(value)]
            for item in items:
                try:
                    meant = calendar.meant(item)
                except Ambiguous:
                    self._fault(at, "day_or_month_first", "found", found=shown(item))
                    continue
                if meant is None:
                    self._fault(at, "time_of_round", "found", found=shown(item))
                yield from meant or ()

    # With whom

    def _meet(self, raw: dict[str, Any]) -> None:
        kinds = list(dict.fromkeys(person.kind for person in self.people))
        if self.options.may_meet:
            self.beside.places["may_meet"] = "--may-meet"
            raw["may_meet"] = [[kind_code(kind) for kind in pair] for pair in self.options.may_meet]
        elif len(kinds) == 1:
            raw["may_meet"] = [[kinds[0], kinds[0]]]
        elif len(kinds) == 2:
            raw["may_meet"] = [kinds]
        elif kinds:
            self._fault("--may-meet", "ask_may_meet", "found", found=_listed(kinds))

    def _affinities(self) -> list[dict[str, Any]]:
        """Return the scores of all matrices; what both say of a pair is added up, unless both say the same."""
        said: dict[tuple[str, str], dict[tuple[str, str], int]] = defaultdict(dict)
        for matrix in self.matrices:
            for score in matrix.scores():
                at = cell_name(matrix.name, score.column + 1, score.row)
                value = score_of(score.value)
                if value is None:
                    self._fault(at, "score_of_pair", "found", found=shown(score.value))
                    continue
                row, head = cell_name(matrix.name, 1, score.row), cell_name(matrix.name, score.column + 1, matrix.top)
                one, other = (self._one_of(name, place) for name, place in ((score.one, row), (score.other, head)))
                if one is not None and other is not None and one != other:
                    said[min((one, other), (other, one))][one, other] = value
        worth = {}
        for pair, given in said.items():
            values = list(given.values())
            worth[pair] = values[0] if len(set(values)) == 1 else sum(values)
        if any(len(set(given.values())) > 1 for given in said.values()):
            self.remarks.append(Sentence("scores_added"))
        return [{"between": list(pair), "score": value} for pair, value in worth.items()]

    def _one_of(self, name: str, place: str) -> str | None:
        called = self.whom.called(name)
        if len(called) == 1:
            return called[0]
        if not any(fault.path == place for fault in self.beside.faults.kept[-_MOST_NAMED:]):
            near = self.whom.nearest(name)
            found = "found_near" if near is not None else "found"
            self._fault(place, "name_of_somebody", found, found=show(name), near=near)
        return None

    # What was understood

    def notes(self) -> Iterator[Sentence]:
        """Yield what was understood, a few lines, and each name that was not found."""
        for table in self.tables:
            columns = [
                f"{table.heading(k)} = {name}" for name, k in sorted(table.single.items(), key=lambda one: one[1])
            ]
            for name in ("wishes", "unavailable", "available"):
                positions = getattr(table, name)
                if positions:
                    columns.append(f"{_listed(table.heading(k) for k in positions)} = {name}")
            yield Sentence("list_read", name=table.label, count=len(table.rows), columns="; ".join(columns))
            aside = [heading for k, heading in enumerate(table.headings) if heading and k not in table.taken]
            if aside:
                yield Sentence("columns_aside", name=table.label, columns=_listed(aside))
            if table.above:
                yield Sentence("rows_above", name=table.label, count=table.above)
        for matrix in self.matrices:
            yield Sentence("matrix_read", name=matrix.label, rows=len(matrix.down), columns=len(matrix.along))
        kinds = Counter(person.kind for person in self.people)
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        wishes = sum(path.startswith("participants[") and ".wishes[" in path for path in self.beside.places)
        yield Sentence("people_read", kinds=told, wishes=wishes, absences=self.absences)
        first, last = self.rounds[0].start, self.rounds[-1].end
        yield Sentence(
            "rounds_read", count=len(self.rounds), first=f"{first:%Y-%m-%d %H:%M}", last=f"{last:%Y-%m-%d %H:%M}"
        )
        yield from self.remarks


def _listed(names: Any) -> str:
    """Return the first of some names as one text."""
    some = list(names)
    return ", ".join([*some[:_MOST_NAMED], "…"] if len(some) > _MOST_NAMED else some)
