"""A reader of calendar files that forgives nothing, and a calendar program that takes them in one after the other.

Written from RFC 5545 alone, and not with the library that the writer of our files uses.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_LINE = re.compile(r'(?P<name>[A-Z][A-Z0-9-]*)(?P<parameters>(?:;[A-Z-]+=(?:[^";:,]+|"[^"]*"))*):(?P<value>.*)')
_ESCAPES = {"\\\\": "\\", "\\,": ",", "\\;": ";", "\\n": "\n", "\\N": "\n"}
_ONCE = {"UID", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED", "STATUS", "TRANSP", "LOCATION"}


@dataclass(frozen=True)
class Entry:
    """One ``VEVENT``; moments are aware, in UTC."""

    uid: str
    sequence: int
    summary: str
    start: datetime
    end: datetime
    stamp: datetime
    location: str
    description: str
    cancelled: bool


@dataclass
class Program:
    """What a calendar program shows: of each UID the entry with the highest SEQUENCE, the later one of equal ones."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def take(self, file: bytes) -> list[Entry]:
        found = read(file)
        for entry in found:
            known = self.entries.get(entry.uid)
            if known is None or (entry.sequence, entry.stamp) > (known.sequence, known.stamp):
                self.entries[entry.uid] = entry
        return found

    @property
    def shown(self) -> list[Entry]:
        return sorted((one for one in self.entries.values() if not one.cancelled), key=lambda one: one.start)


def read(file: bytes) -> list[Entry]:
    """The entries of a file. Fails with `AssertionError` for whatever the standard does not allow."""
    assert file.endswith(b"\r\n") and b"\n" not in file.replace(b"\r\n", b""), "lines end with CRLF"
    physical = file[:-2].split(b"\r\n")
    assert all(0 < len(line) <= 75 for line in physical), "a line has at most 75 octets"
    logical: list[bytes] = []
    for line in physical:
        line.decode()
        if line.startswith(b" "):
            logical[-1] += line[1:]
        else:
            logical.append(line)
    parts: list[str] = []
    entries, zones = [], set()
    current: dict[str, tuple[dict[str, str], str]] = {}
    for line in (one.decode() for one in logical):
        match = _LINE.fullmatch(line)
        assert match is not None, f"no content line: {line!r}"
        name, value = match["name"], match["value"]
        if name == "BEGIN":
            parts.append(value)
            current = {} if value in ("VEVENT", "VTIMEZONE") else current
        elif name == "END":
            assert parts.pop() == value
            if value == "VEVENT":
                entries.append(_entry(current, zones))
        elif parts[-1] == "VTIMEZONE" and name == "TZID":
            zones.add(value)
        elif parts[-1] == "VEVENT":
            assert name not in current or name not in _ONCE, f"{name} twice"
            parameters = dict(one.split("=", 1) for one in match["parameters"].split(";") if one)
            current[name] = parameters, value
    assert parts == [] and logical[0] == b"BEGIN:VCALENDAR"
    assert len({entry.uid for entry in entries}) == len(entries), "a UID twice"
    return entries


def _entry(found: dict[str, tuple[dict[str, str], str]], zones: set[str]) -> Entry:
    status = found["STATUS"][1]
    assert status in ("CONFIRMED", "CANCELLED")
    start, end = _moment(*found["DTSTART"], zones), _moment(*found["DTEND"], zones)
    assert start < end
    return Entry(
        uid=found["UID"][1],
        sequence=int(found["SEQUENCE"][1]),
        summary=_text(found["SUMMARY"][1]),
        start=start,
        end=end,
        stamp=_moment(*found["DTSTAMP"], zones),
        location=_text(found["LOCATION"][1]) if "LOCATION" in found else "",
        description=_text(found["DESCRIPTION"][1]) if "DESCRIPTION" in found else "",
        cancelled=status == "CANCELLED",
    )


def _moment(parameters: dict[str, str], value: str, zones: set[str]) -> datetime:
    if value.endswith("Z"):
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    zone = parameters["TZID"].strip('"')
    assert zone in zones, f"{zone} is not defined before it is used"
    return datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _text(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", value), f"{value!r} is not escaped"
    return re.sub(r"\\(.)", lambda match: _ESCAPES[match[0]], value)
