"""The calendar of one participant as an iCalendar file (RFC 5545): imported again, it replaces what it gave before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence, Set
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Event as CalendarEvent

from scheduler.format.event import Event, Participant, Slot
from scheduler.format.schedule import Meeting, Schedule
from web.domain.timetable.appointments import Cancelled, Key, named
from web.exports.content_lines import line, text_line
from web.exports.reasons import reasons_for
from web.exports.references import require_references
from web.exports.timezones import time_zone_definition
from web.exports.words import spaced, words

_PRODUCT: Final = "-//Passerelle//Agenda//FR"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")
_REFRESH: Final = "PT30M"


def participant_calendar(
    event: Event,
    schedule: Schedule,
    participant_id: str,
    *,
    event_uid: str,
    sequence: int,
    stamp: datetime,
    language: str,
    url: str | None,
    cancelled: Sequence[Cancelled] = (),
    withdrawn: bool = False,
    place: str = "",
    online: str = "",
    not_held: Set[Meeting] = frozenset(),
) -> bytes:
    """Return the calendar of ``participant_id``: one entry a meeting, in the event's time zone, with its definition.

    The UID of a meeting depends on ``event_uid``, its pair and its occurrence alone, so a meeting that moves keeps its
    entry. ``sequence`` (≥ 0) and ``stamp`` (aware) must grow with each change. ``cancelled``: what was announced before
    and is not held; it stays in the calendar as ``STATUS:CANCELLED``, as do the meetings of ``schedule`` that are among
    ``not_held``, and all where the participant has ``withdrawn``. ``online``: how one comes to a meeting online, where
    organisers have said it. Raises ``KeyError`` for an unknown participant, ``ValueError`` for a naive ``stamp`` or a
    negative ``sequence``, and ``scheduler.format.errors.InvalidSchedule`` for a schedule of another event. Cost: the
    meetings of the schedule, and those cancelled.
    """
    if stamp.tzinfo is None:
        raise ValueError("stamp needs a time zone")
    if sequence < 0:
        raise ValueError("sequence must not be negative")
    require_references(event, schedule)
    me = event.participant(participant_id)
    held = _meetings(event, schedule.meetings, me.id)
    slots = [meeting.slot for _key, meeting in held]
    writer = _Writer(event, me, language, place, url, online, {slot for slot in slots if slots.count(slot) > 1})
    apart = {(meeting.pair, meeting.slot) for meeting in not_held}
    gone = [(key, meeting) for key, meeting in held if withdrawn or (meeting.pair, meeting.slot) in apart]
    cancelled = [*cancelled, *(writer.not_held(key, meeting) for key, meeting in gone)]
    held = [one for one in held if one not in gone]
    moment = line("DTSTAMP", _in_utc(stamp)), line("LAST-MODIFIED", _in_utc(stamp))
    number = line("SEQUENCE", str(sequence))

    entries: list[tuple[datetime, Key, list[bytes]]] = []
    for key, meeting in held:
        named_so = line("UID", _uid(event_uid, key))
        entries.append((writer.start(meeting), key, writer.entry(meeting, named_so, number, moment)))
    for one in cancelled:
        named_so = line("UID", _uid(event_uid, one.key))
        entries.append((writer.here(one.start, one.zone), one.key, writer.cancelled(one, named_so, number, moment)))
    entries.sort(key=lambda entry: entry[:2])
    times = [start for start, _key, _lines in entries]
    lines = [*writer.opening(times), *(text for _start, _key, of_one in entries for text in of_one)]
    return b"\r\n".join([*lines, b"END:VCALENDAR", b""])


def _meetings(event: Event, meetings: Iterable[Meeting], id: str) -> list[tuple[Key, Meeting]]:
    """The meetings of ``id`` in order of time, each with its lasting name."""
    mine = [meeting for meeting in meetings if id in meeting.between]
    mine.sort(key=lambda meeting: event.slot_index[meeting.slot])
    return list(named((meeting.between, meeting) for meeting in mine))


def _uid(event_uid: str, key: Key) -> str:
    # Hashed: ids may hold any character, and a calendar is passed on more freely than the file it comes from.
    text = "\x1f".join((event_uid, *map(str, key)))
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@passerelle"


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@lru_cache(maxsize=64)
def _time_zone(name: str, first: datetime, last: datetime) -> bytes:
    """The definition of the time zone, right from `first` to `last`, wall-clock times there: the same for everybody."""
    zone = ZoneInfo(name)
    return time_zone_definition(zone, name, first.replace(tzinfo=zone), last.replace(tzinfo=zone)).to_ical().rstrip()


@lru_cache(maxsize=4096)
def _times(zone: str, start: datetime, end: datetime) -> bytes:
    """When a slot begins and ends, as two lines."""
    entry = CalendarEvent()
    entry.add("dtstart", start.replace(tzinfo=ZoneInfo(zone)))
    entry.add("dtend", end.replace(tzinfo=ZoneInfo(zone)))
    return b"\r\n".join(entry.to_ical().rstrip().split(b"\r\n")[1:-1])


class _Writer:
    """What every entry of one calendar shares."""

    def __init__(
        self,
        event: Event,
        me: Participant,
        language: str,
        place: str,
        url: str | None,
        online: str,
        at_once: Set[str],
    ) -> None:
        self.event = event
        self.me = me
        self.language = language
        self.words = words(language)
        self.place = place
        self.how = self.words["online_how"].format(how=self._text(online) or self.words["online_later"])
        # The slots in which there are several meetings.
        self.at_once = at_once
        self.url = url
        self.link = [line("URL", url)] if url else []
        self.title = self._text(event.title) or self.words["agenda"]
        self.tables = {table.id: table.label for table in event.tables}
        self.facilitators = {facilitator.id: facilitator.label for facilitator in event.facilitators}

    def opening(self, starts: Sequence[datetime]) -> list[bytes]:
        """All that stands before the entries, which begin at `starts`."""
        name = self.words["calendar_name"].format(event=self.title, name=self._text(self.me.label))
        # A year on either side: readers that mend clocks by the definition find both changes of the hour.
        year = timedelta(days=366)
        first = min([*starts, self.event.slots[0].start]) - year
        last = max([*starts, self.event.slots[-1].end]) + year
        return [
            b"BEGIN:VCALENDAR",
            b"VERSION:2.0",
            line("PRODID", _PRODUCT),
            b"METHOD:PUBLISH",
            line("NAME", name),
            line("X-WR-CALNAME", name),
            line("REFRESH-INTERVAL;VALUE=DURATION", _REFRESH),
            *self.link,
            line("X-WR-TIMEZONE", self.event.timezone),
            _time_zone(self.event.timezone, first, last),
        ]

    def entry(self, meeting: Meeting, uid: bytes, sequence: bytes, stamp: tuple[bytes, bytes]) -> list[bytes]:
        """The lines of one meeting that is held, with those that the caller gives in their places."""
        slot = self._slot(meeting)
        partner = self._partner(meeting)
        where = self._where(meeting, partner)
        stamped, modified = stamp
        return [
            b"BEGIN:VEVENT",
            text_line("SUMMARY", self._summary(partner.label, self.title)),
            _times(self.event.timezone, slot.start, slot.end),
            stamped,
            uid,
            sequence,
            text_line("DESCRIPTION", self._description(meeting, partner)),
            modified,
            *([text_line("LOCATION", where)] if where else []),
            b"STATUS:CONFIRMED",
            b"TRANSP:OPAQUE",
            *self.link,
            b"END:VEVENT",
        ]

    def cancelled(self, one: Cancelled, uid: bytes, sequence: bytes, stamp: tuple[bytes, bytes]) -> list[bytes]:
        """The lines of one meeting that is not held any more."""
        stamped, modified = stamp
        return [
            b"BEGIN:VEVENT",
            text_line("SUMMARY", self._summary(one.partner, self._text(one.title) or self.words["agenda"])),
            _times(self.event.timezone, self.here(one.start, one.zone), self.here(one.end, one.zone)),
            stamped,
            uid,
            sequence,
            modified,
            b"STATUS:CANCELLED",
            b"TRANSP:TRANSPARENT",
            *self.link,
            b"END:VEVENT",
        ]

    def not_held(self, key: Key, meeting: Meeting) -> Cancelled:
        """A meeting of the schedule as one that is cancelled."""
        slot = self._slot(meeting)
        partner = self._partner(meeting).label
        return Cancelled(key, partner, self.event.title, slot.start, slot.end, self.event.timezone)

    def start(self, meeting: Meeting) -> datetime:
        return self._slot(meeting).start

    def here(self, moment: datetime, zone: str) -> datetime:
        """A wall-clock time of `zone` as one of the event's own."""
        if zone == self.event.timezone:
            return moment
        return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo(self.event.timezone)).replace(tzinfo=None)

    def _partner(self, meeting: Meeting) -> Participant:
        a, b = meeting.between
        return self.event.participant(b if a == self.me.id else a)

    def _summary(self, partner: str, title: str) -> str:
        return self.words["calendar_summary"].format(partner=self._text(partner), event=title)

    def _slot(self, meeting: Meeting) -> Slot:
        return self.event.slots[self.event.slot_index[meeting.slot]]

    def _where(self, meeting: Meeting, partner: Participant) -> str:
        if self._is_online(meeting, partner):
            return self.words["calendar_online"]
        table = self._text(self.tables[meeting.table]) if meeting.table is not None else ""
        return ", ".join(part for part in (table, self._text(self.place)) if part)

    def _is_online(self, meeting: Meeting, partner: Participant) -> bool:
        return meeting.table is None and (self.me.remote or partner.remote)

    def _description(self, meeting: Meeting, partner: Participant) -> str:
        why = reasons_for(self.event, self.me, partner, self.language)
        lines = [self.how] if self._is_online(meeting, partner) else []
        lines += [self.words["parallel_hint"]] if meeting.slot in self.at_once else []
        lines += [why.wish] if why.wish else []
        lines += [f"{reason.title} {reason.text}".strip() for reason in why.reasons]
        if meeting.facilitator is not None:
            lines.append(self.words["facilitator"].format(name=self._text(self.facilitators[meeting.facilitator])))
        if self.url:
            lines.append(self.words["calendar_live"].format(url=self.url))
        return "\n".join(lines)

    def _text(self, text: str) -> str:
        """``text`` without control characters, which iCalendar forbids, and with its French spaces."""
        return spaced(self.language, _CONTROLS.sub(" ", text).strip())
