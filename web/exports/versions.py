"""A stored timetable as what is handed out of it: agendas to print, calendar files."""

import threading
from collections.abc import Sequence
from contextlib import nullcontext

from sqlalchemy import select

from web.db import get_session
from web.domain.links import personal_address
from web.domain.team.access import known_personal_token
from web.domain.timetable.agenda import calendar_sequence, event_uid
from web.domain.timetable.appointments import cancelled_of
from web.domain.timetable.versions import announced_versions, event_of, schedule_of
from web.exports.agenda_data import AgendaData, AgendaTexts, build_agendas
from web.exports.calendar import participant_calendar
from web.models import Event, Registration, RegistrationStatus, ScheduleVersion

# The agendas of a whole event are made by one request at a time: of four that ask for the same at once, three throw
# theirs away.
_making_all = threading.Lock()


def agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None = None) -> list[AgendaData]:
    """The agendas of `participants` (``None``: all) in the event's language. Raises ``KeyError`` for an unknown id."""
    with _making_all if participants is None else nullcontext():
        return _agendas_of(event, version, participants)


def _agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None) -> list[AgendaData]:
    rows = get_session().scalars(select(Registration).where(Registration.event_id == event.id)).all()
    links = _links(event, version, rows)
    texts = AgendaTexts(
        place=event.place,
        contact=str(event.texts.get("agenda_note") or ""),
        projects={one.key: one.project for one in rows if one.project},
    )
    return build_agendas(
        event_of(version),
        schedule_of(version),
        language=event.locale,
        live_url=links.get,
        participants=participants,
        texts=texts,
    )


def calendar_of(event: Event, version: ScheduleVersion, participant: str) -> bytes:
    """The calendar of one participant, cancelling what other publications held. Raises ``KeyError``, as above.

    That of the version announced is the one which the participant's own link gives.
    """
    session = get_session()
    row = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.key == participant)
    ).one_or_none()
    stamp = version.published_at or version.created_at
    changed = [one for one in (event, row) if one is not None] if version.id == event.published_schedule_id else []
    earlier = [(one.event_document, one.document) for one in announced_versions(session, version)]
    return participant_calendar(
        event_of(version),
        schedule_of(version),
        participant,
        event_uid=event_uid(event),
        sequence=calendar_sequence(stamp, *changed),
        stamp=max([stamp, *(one.updated_at for one in changed)]),
        language=event.locale,
        url=_links(event, version, [row] if row else []).get(participant),
        cancelled=cancelled_of(participant, version.document, version.event_document, earlier),
        withdrawn=row is not None and row.status != RegistrationStatus.ACCEPTED,
        place=event.place,
    )


def _links(event: Event, version: ScheduleVersion, rows: Sequence[Registration]) -> dict[str, str]:
    """Addresses of personal pages by participant, unless they show another version than this one."""
    if event.published_schedule_id not in (None, version.id):
        return {}
    tokens = {one.key: known_personal_token(one) for one in rows}
    return {key: personal_address(token) for key, token in tokens.items() if token}
