"""Reading B2BSP instances: MiniZinc data files of business meetings to be scheduled with few breaks.

Source of the problem: Bofill, Espasa, Garcia, Palahí, Suy, Villaret, *Scheduling B2B meetings* (CP 2014).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.format.errors import EventFault, InvalidEvent
from scheduler.format.event import Event, parse_event
from scheduler.format.faults import Tally, TooManyFaults
from scheduler.format.interchange.places import relocated
from scheduler.format.sentence import Sentence, expected

_MORNING, _AFTERNOON, _ANY = 1, 2, 3
# All slots are on one day, because a break may not hide between two days: so many minutes are all there is.
_MOST_SLOTS = 24 * 60
_MOST = 100_000
# Twice what a file of the largest numbers has.
_MOST_TOKENS = 3_000_000
_BREAK_DIFFERENCE = 2

_COUNTS = ("nBusiness", "nMeetings", "nTables", "nTotalSlots", "nMorningSlots")
_LISTS = ("requested", "forbidden", "fixed", "precedences")
# What each business does, said again by the file in two other ways.
_COPIES = ("nMeetingsBusiness", "meetingsxBusiness")
_NAMES = frozenset((*_COUNTS, *_LISTS, *_COPIES))

_TOKEN = re.compile(
    r"(?P<space>\s+|%[^\n]*|/\*(?s:.*?)\*/)"
    r"|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\[\||\|\]|[\[\]{}|,;=])",
    re.ASCII,
)


class _Token(NamedTuple):
    text: str
    line: int


class _Number(NamedTuple):
    value: int
    line: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Numbers that stand together in braces, brackets or between two bars."""

    items: list[Any]
    line: int


class _Broken(Exception):
    def __init__(self, line: int, what: str, found: str, /, **values: object) -> None:
        self.fault = EventFault(f"line {line}", expected(what, found, **values))
        super().__init__(self.fault.message)


def read_dzn(data: bytes | str) -> Event:
    """Return the event of a B2BSP file: each requested meeting required, breaks at most 2 apart.

    Participants, slots and tables get the ids ``b1``, ``s1``, ``t1``… in the order of the file; session 1 becomes
    the label ``am``, 2 ``pm``, 3 neither. A meeting's ``precedences`` are the meetings that come before it.
    Raises ``InvalidEvent`` with every fault, each at ``line N``. Cost: linear in the file.
    """
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            byte = f"0x{data[error.start]:02x}"
            message = expected("utf8_text", "byte_at", byte=byte, place=error.start)
            raise InvalidEvent([EventFault("file", message)]) from None
    faults = Tally()
    try:
        reader = _Reader(data, faults)
        raw = reader.event()
    except TooManyFaults:
        raise InvalidEvent(faults.told("file")) from None
    if faults:
        raise InvalidEvent(faults.told("file"))
    try:
        return parse_event(raw)
    except InvalidEvent as invalid:
        raise InvalidEvent(relocated(invalid.faults, reader.places, "file")) from None


class _Reader:
    """One file: its assignments, the faults found so far, and the line that each part of the event came from."""

    def __init__(self, text: str, faults: Tally) -> None:
        self.faults = faults
        self.places: dict[str, str] = {}
        self.broken: set[str] = set()
        self.last_line = text.count("\n") + 1
        self.assigned = self._assignments(self._tokens(text))

    # From text to assignments

    def _tokens(self, text: str) -> list[_Token]:
        found: list[_Token] = []
        position, line = 0, 1
        odd: set[int] = set()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                if text.startswith("/*", position):
                    # To look for its end behind each beginning would take the square of the file.
                    self._fault(line, "comment_end", "the_end")
                    break
                sign = text[position]
                if line not in odd:
                    self._fault(line, "dzn_token", "found", found=repr(sign))
                odd.add(line)
                position += 1
                continue
            if match.lastgroup != "space":
                if len(found) >= _MOST_TOKENS:
                    self._fault(line, "dzn_size", "more", most=_MOST_TOKENS)
                    raise TooManyFaults
                found.append(_Token(match.group(), line))
            line += match.group().count("\n")
            position = match.end()
        return found

    def _assignments(self, tokens: Sequence[_Token]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        start = 0
        while start < len(tokens):
            end = next((i for i in range(start, len(tokens)) if tokens[i].text == ";"), len(tokens))
            statement = tokens[start:end]
            start = end + 1
            if not statement:
                continue
            try:
                name, value = _assignment(statement)
                if name not in _NAMES:
                    raise _Broken(
                        statement[0].line, "one_of_names", "found", names=", ".join(sorted(_NAMES)), found=name
                    )
                if name in found:
                    raise _Broken(statement[0].line, "name_once", "name_again", name=name)
                found[name] = value
            except _Broken as broken:
                self.faults.add(broken.fault)
                self.broken.add(statement[0].text)
        return found

    def _fault(self, line: int, what: str, found: str, /, **values: object) -> None:
        self.faults.add(EventFault(f"line {line}", expected(what, found, **values)))

    # From assignments to an event

    def event(self) -> dict[str, Any]:
        """Return the event as a JSON object; incomplete where ``faults`` is not empty."""
        businesses = self._count("nBusiness", 1, _MOST)
        meetings = self._count("nMeetings", 0, _MOST)
        tables = self._count("nTables", 1, _MOST)
        slots = self._count("nTotalSlots", 1, _MOST_SLOTS)
        morning = self._count("nMorningSlots", 0, slots or _MOST_SLOTS)
        if self.faults:
            # Whatever else is wrong, the lengths of all lists hang on these numbers.
            return {}
        requested = self._requested(meetings, businesses)
        forbidden = self._sets("forbidden", businesses, slots, "slot")
        fixed = self._fixed(meetings, slots)
        before = self._sets("precedences", meetings, meetings, "meeting")
        if not self.faults:
            self._check_copies(requested, businesses)
        if self.faults:
            return {}
        return {
            "format": "passerelle-event/1",
            "title": "B2BSP",
            "slots": list(_slots(slots, morning)),
            "tables": [{"id": f"t{k + 1}"} for k in range(tables)],
            "may_meet": [["company", "company"]],
            "participants": [
                {
                    "id": f"b{i + 1}",
                    "kind": "company",
                    "name": f"Business {i + 1}",
                    "unavailable": [f"s{slot}" for slot in forbidden[i]],
                }
                for i in range(businesses)
            ],
            "meetings": [
                {
                    "between": _pair(row),
                    "status": "required",
                    "slot": f"s{fixed[m]}" if fixed[m] else None,
                    "session": {_MORNING: "am", _AFTERNOON: "pm"}.get(row[2]),
                    "after": [_pair(requested[other - 1]) for other in before[m]],
                }
                for m, row in enumerate(requested)
            ],
            "affinities": [],
            "rules": {"max_break_difference": _BREAK_DIFFERENCE},
        }

    def _value(self, name: str) -> Any:
        if name not in self.assigned:
            if name not in self.broken:
                self._fault(self.last_line, "name_given", "nowhere", name=name)
            return None
        return self.assigned[name]

    def _count(self, name: str, least: int, most: int) -> int:
        value = self._value(name)
        if isinstance(value, _Number) and least <= value.value <= most:
            return value.value
        if value is not None:
            self._fault(
                value.line,
                "name_number",
                "found",
                name=name,
                least=least,
                most=most,
                found=_show(value),
            )
        return 0

    def _list(self, name: str, length: int, of: str) -> list[Any]:
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, _Group):
            self._fault(value.line, "name_list", "found", name=name, found=_show(value))
            return []
        if len(value.items) != length:
            self._fault(
                value.line,
                "name_entries",
                "found",
                name=name,
                length=length,
                of=of,
                found=len(value.items),
            )
        return value.items

    def _requested(self, meetings: int, businesses: int) -> list[tuple[int, int, int]]:
        found = []
        for m, row in enumerate(self._list("requested", meetings, "nMeetings")):
            self.places[f"meetings[{m}]"] = f"line {row.line}"
            numbers = [number.value for number in row.items] if isinstance(row, _Group) else []
            sound = len(numbers) == 3 and all(1 <= number <= businesses for number in numbers[:2])
            if not sound or numbers[0] == numbers[1] or numbers[2] not in (_MORNING, _AFTERNOON, _ANY):
                self._fault(row.line, "dzn_requested", "found", businesses=businesses, found=_show(row))
                continue
            found.append((numbers[0], numbers[1], numbers[2]))
        return found

    def _sets(self, name: str, length: int, most: int, of: str) -> list[list[int]]:
        """Return sets of numbers from 1 to ``most``, ascending; 0 is a dummy."""
        collection = "participants[{}].unavailable" if of == "slot" else "meetings[{}].after"
        found = []
        for i, group in enumerate(self._list(name, length, "nBusiness" if of == "slot" else "nMeetings")):
            self.places[collection.format(i)] = f"line {group.line}"
            if not isinstance(group, _Group):
                self._fault(group.line, "dzn_set", "found", of=Sentence(of), found=_show(group))
                continue
            for number in group.items:
                if not 0 <= number.value <= most:
                    self._fault(
                        number.line,
                        "dzn_number",
                        "found",
                        of=Sentence(of),
                        most=most,
                        found=number.value,
                    )
            found.append(sorted({number.value for number in group.items} - {0}))
        return found

    def _fixed(self, meetings: int, slots: int) -> list[int]:
        found = []
        for m, number in enumerate(self._list("fixed", meetings, "nMeetings")):
            self.places[f"meetings[{m}].slot"] = f"line {number.line}"
            if not isinstance(number, _Number) or not 0 <= number.value <= slots:
                self._fault(number.line, "dzn_slot", "found", slots=slots, found=_show(number))
                continue
            found.append(number.value)
        return found

    def _check_copies(self, requested: Sequence[tuple[int, int, int]], businesses: int) -> None:
        held: list[list[int]] = [[] for _ in range(businesses)]
        for m, (one, other, _) in enumerate(requested, start=1):
            held[one - 1].append(m)
            held[other - 1].append(m)
        counts, sets = (self._list(name, businesses, "nBusiness") if name in self.assigned else [] for name in _COPIES)
        if self.faults:
            return
        for i, (number, meetings) in enumerate(zip(counts, held, strict=False), start=1):
            if not isinstance(number, _Number) or number.value != len(meetings):
                told = {"count": len(meetings), "business": i, "found": _show(number)}
                self._fault(number.line, "dzn_count_of_meetings", "found", **told)
        for i, (group, meetings) in enumerate(zip(sets, held, strict=False), start=1):
            # There the dummy is 1, and the rows of requested count from 2.
            listed = {number.value - 1 for number in group.items} - {0} if isinstance(group, _Group) else None
            if listed != set(meetings):
                self._fault(group.line, "dzn_set_of_meetings", "found", business=i, found=_show(group))


def _assignment(statement: Sequence[_Token]) -> tuple[str, Any]:
    name, line = statement[0].text, statement[0].line
    if not name[0].isalpha() or len(statement) < 2 or statement[1].text != "=":
        raise _Broken(line, "dzn_assignment", "found", found=" ".join(token.text for token in statement[:4]))
    if len(statement) < 3:
        raise _Broken(line, "value_of_name", "nothing", name=name)
    value, end = _parsed(statement, 2)
    if end < len(statement):
        after = Sentence("found_after_value", sign=statement[end].text, name=name)
        raise _Broken(statement[end].line, "semicolon", "found", found=after)
    return name, value


def _parsed(tokens: Sequence[_Token], start: int) -> tuple[Any, int]:
    """Return the value that begins at ``start``, and where it ends. Nothing nests deeper than sets in a list."""
    token = tokens[start]
    if _is_number(token):
        return _number(token), start + 1
    if token.text == "{":
        return _flat(tokens, start, "}")
    if token.text == "[|":
        return _rows(tokens, start)
    if token.text != "[":
        raise _Broken(token.line, "dzn_value", "found", found=token.text)
    items: list[_Group | _Number] = []
    i = start + 1
    while i < len(tokens) and tokens[i].text != "]":
        if tokens[i].text == "{":
            group, i = _flat(tokens, i, "}")
            items.append(group)
        elif _is_number(tokens[i]):
            items.append(_number(tokens[i]))
            i += 1
        else:
            raise _Broken(tokens[i].line, "dzn_item", "found", found=tokens[i].text)
        if i < len(tokens) and tokens[i].text == ",":
            i += 1
        elif i < len(tokens) and tokens[i].text != "]":
            raise _Broken(tokens[i].line, "comma_or_bracket", "found", found=tokens[i].text)
    if i >= len(tokens):
        raise _Broken(token.line, "closing_bracket", "the_end")
    return _Group(items, token.line), i + 1


def _flat(tokens: Sequence[_Token], start: int, closing: str) -> tuple[_Group, int]:
    items: list[_Number] = []
    for i in range(start + 1, len(tokens)):
        if tokens[i].text == closing:
            return _Group(items, tokens[start].line), i + 1
        if _is_number(tokens[i]):
            items.append(_number(tokens[i]))
        elif tokens[i].text != ",":
            raise _Broken(tokens[i].line, "numbers_and_closing", "found", closing=closing, found=tokens[i].text)
    raise _Broken(tokens[start].line, "closing_of_set", "the_end", closing=closing)


def _rows(tokens: Sequence[_Token], start: int) -> tuple[_Group, int]:
    """Return the rows of ``[|1, 2, |3, 4, |]``; a bar before the end makes no further row."""
    rows: list[_Group] = []
    row: list[_Number] = []
    line = tokens[start].line
    for i in range(start + 1, len(tokens)):
        text = tokens[i].text
        if text in ("|", "|]"):
            if row:
                rows.append(_Group(row, row[0].line))
                row = []
            if text == "|]":
                return _Group(rows, line), i + 1
        elif _is_number(tokens[i]):
            row.append(_number(tokens[i]))
        elif text != ",":
            raise _Broken(tokens[i].line, "numbers_and_bar", "found", found=text)
    raise _Broken(line, "closing_of_table", "the_end")


def _is_number(token: _Token) -> bool:
    return token.text.lstrip("-").isdecimal()


def _number(token: _Token) -> _Number:
    if len(token.text) > 10:
        raise _Broken(token.line, "nine_digits", "found_cut", found=token.text[:20])
    return _Number(int(token.text), token.line)


def _show(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value.value)
    inside = ", ".join(_show(item) for item in value.items[:6])
    return f"{{{inside}{', …' if len(value.items) > 6 else ''}}}"


def _slots(count: int, morning: int) -> Iterator[dict[str, Any]]:
    """Yield the slots, all on one day: 20 minutes each from eight o'clock, or shorter from midnight where many."""
    roomy = count < 16 * 3
    first, step = (8 * 60, 20) if roomy else (0, _MOST_SLOTS // count)
    midnight = datetime(2000, 1, 3)
    for i in range(count):
        start = midnight + timedelta(minutes=first + i * step)
        # The last slot of a full day must end before the date changes.
        end = start + timedelta(minutes=step) - timedelta(seconds=1 if not roomy else 0)
        yield {
            "id": f"s{i + 1}",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "session": "am" if i < morning else "pm",
        }


def _pair(row: tuple[int, int, int]) -> list[str]:
    return [f"b{row[0]}", f"b{row[1]}"]
