"""A stored timetable as what is handed out of it: agendas to print, calendar files."""

import threading
from base64 import b64encode
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

from scheduler.format.schedule import Meeting
from web.db import get_session
from web.domain.event.pictures import picture_of
from web.domain.links import personal_address
from web.domain.memory import Memory
from web.domain.people.lines import Lines
from web.domain.people.page_state import Told
from web.domain.people.participants import by_key, lines_by_key
from web.domain.team.access import known_personal_token
from web.domain.timetable.agenda import (
    PublishedAgenda,
    announced_agenda,
    calendar_sequence,
    event_uid,
    sequence_of,
)
from web.domain.timetable.appointments import cancelled_of
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import drift
from web.domain.timetable.versions import announced_versions, event_of, schedule_of
from web.exports.agenda_data import AgendaData, AgendaTexts, Logo, build_agendas
from web.exports.calendar import participant_calendar
from web.models import Event, Purpose, Registration, RegistrationStatus, ScheduleVersion

# The agendas of a whole event are made by one request at a time: of four that ask for the same at once, three throw
# theirs away.
_making_all = threading.Lock()


def agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None = None) -> list[AgendaData]:
    """The agendas of `participants` (``None``: all) in the event's language. Raises ``KeyError`` for an unknown id."""
    with _making_all if participants is None else nullcontext():
        return _agendas_of(event, version, participants)


def _agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None) -> list[AgendaData]:
    rows = by_key(get_session(), event.id, participants)
    return build_agendas(
        event_of(version),
        schedule_of(version),
        language=event.locale,
        live_url=_links(event, version, rows).get,
        participants=participants,
        texts=_texts(event, rows.values(), lines_by_key(get_session(), event.id)),
    )


def own_agenda(
    published: PublishedAgenda,
    me: Registration,
    language: str,
    url: str | None,
    *,
    own_screen: bool,
    people: Hashable | None = None,
) -> AgendaData:
    """The announced agenda of one participant, for their own eyes. `own_screen`: to be shown, not to be printed.

    `people`: as for `web.domain.timetable.drift.drift`; with it what partners wrote is read once for a whole room, and
    an agenda that would be the same is not put together again.
    """
    texts = _texts(me.event, [me], {}, printed=not own_screen)

    def made() -> AgendaData:
        return build_agendas(
            published.event,
            published.schedule,
            language=language,
            live_url=lambda _id: url,
            participants=[me.key],
            texts=replace(texts, lines=_partners_lines(published, me, people)),
            own_screen=own_screen,
        )[0]

    if published.told is None or people is None or not own_screen:
        return made()
    # What partners wrote stands in their rows, and these in `people`.
    said = (texts.place, texts.contact, texts.online, texts.organiser, me.project)
    return _agendas.get((published.told, me.event_id, me.key, people, language, url, said), made)


def _partners_lines(published: PublishedAgenda, me: Registration, people: Hashable | None) -> Mapping[str, Lines]:
    """What those whom `me` meets wrote, by key. One query at most, where there is anybody."""
    keys = {key for meeting in published.schedule.meetings for key in meeting.between} - {me.key}
    if not keys:
        return {}
    if people is None:
        return lines_by_key(get_session(), me.event_id, sorted(keys))
    state = (me.event_id, published.number, published.published_at, people)
    lines = _lines.get(state, lambda: lines_by_key(get_session(), me.event_id))
    return {key: lines[key] for key in keys if key in lines}


# A room's worth.
_agendas: Memory[AgendaData] = Memory(most=600)

# What all of an event wrote, by the state of its people.
_lines: Memory[Mapping[str, Lines]] = Memory(most=16)


def _texts(
    event: Event, rows: Iterable[Registration], lines: Mapping[str, Lines], *, printed: bool = True
) -> AgendaTexts:
    """`printed`: the sheet holds the logo itself, where a page only names it."""
    return AgendaTexts(
        place=event.place,
        organiser=event.face.get("name", ""),
        logo=_logo(event) if printed else None,
        contact=str(event.texts.get("agenda_note") or ""),
        online=_online(event),
        projects={one.key: one.project for one in rows if one.project},
        lines=lines,
    )


def _logo(event: Event) -> Logo | None:
    """The logo of the event's organisers. One query, and none where they have shown none."""
    found = picture_of(get_session(), event, Purpose.LOGO)
    if found is None:
        return None
    return Logo(found.digest, f"data:{found.mime_type};base64,{b64encode(found.content).decode()}")


def _online(event: Event) -> str:
    """How one comes to a meeting online, as the organisers have said it; empty where they have not yet."""
    return str(event.texts.get("online") or "")


def own_calendar(
    me: Registration, language: str, url: str | None, people: Hashable | None = None, told: Told | None = None
) -> bytes:
    """The calendar of one participant, of what is announced. Raises ``KeyError`` where nothing ever was.

    `people`: as for `web.domain.timetable.drift.drift`; `told`: as for `web.domain.timetable.agenda.published_agenda`.

    A meeting with somebody who comes no more is cancelled at once, as their page says it is: whoever looks at a phone
    alone would wait for nobody, and one that is found again later comes back under its own name. Whatever else the
    organisers have not announced yet (other hours, tables, names) stands as announced until they do: it may still
    change, and a calendar cannot say “perhaps”.
    """
    announced = announced_agenda(get_session(), me, told)
    if announced is None:
        raise KeyError(me.key)
    event, not_held = me.event, frozenset(_with_somebody_gone(me, people))
    withdrawn, online = me.status != RegistrationStatus.ACCEPTED, _online(event)
    uid, sequence = event_uid(event), calendar_sequence(announced, event, me)

    def made() -> tuple[PublishedAgenda, bytes]:
        return announced, participant_calendar(
            announced.event,
            announced.schedule,
            me.key,
            event_uid=uid,
            sequence=sequence,
            stamp=announced.told_at,
            language=language,
            url=url,
            cancelled=announced.cancelled,
            withdrawn=withdrawn,
            place=event.place,
            online=online,
            not_held=not_held,
        )

    if told is None:
        return made()[1]
    # What was told is the same object while it is the same, and kept beside the calendar: no other has its number.
    key = (id(announced), me.key, uid, sequence, language, url, withdrawn, event.place, online, not_held)
    return _calendars.get(key, made)[1]


# A room's worth, of some kilobytes each.
_calendars: Memory[tuple[PublishedAgenda, bytes]] = Memory(most=600)


def _with_somebody_gone(me: Registration, people: Hashable | None) -> set[Meeting]:
    """The announced meetings whose partner comes no more; what is over was held."""
    found = drift(get_session(), me.event, people=people).of_meetings(me.key)
    return {meeting for meeting, item in found.items() if item.code == Code.GONE}


def calendar_of(event: Event, version: ScheduleVersion, participant: str) -> bytes:
    """The calendar of one participant, cancelling what other publications held. Raises ``KeyError``, as above.

    That of the version announced is the one which the participant's own link gives.
    """
    rows = by_key(get_session(), event.id, [participant])
    url, row = _links(event, version, rows).get(participant), rows.get(participant)
    if row is not None and version.id == event.published_schedule_id:
        return own_calendar(row, event.locale, url)
    stamp = version.published_at or version.created_at
    earlier = [(one.event_document, one.document) for one in announced_versions(get_session(), version)]
    return participant_calendar(
        event_of(version),
        schedule_of(version),
        participant,
        event_uid=event_uid(event),
        sequence=sequence_of(stamp),
        stamp=stamp,
        language=event.locale,
        url=url,
        cancelled=cancelled_of(participant, version.document, version.event_document, earlier),
        withdrawn=row is not None and row.status != RegistrationStatus.ACCEPTED,
        place=event.place,
        online=_online(event),
    )


def _links(event: Event, version: ScheduleVersion, rows: Mapping[str, Registration]) -> dict[str, str]:
    """Addresses of personal pages by participant, unless they show another version than this one."""
    if event.published_schedule_id not in (None, version.id):
        return {}
    tokens = {key: known_personal_token(one) for key, one in rows.items()}
    return {key: personal_address(token) for key, token in tokens.items() if token}
