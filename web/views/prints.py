"""A stored schedule as agendas and calendars: the same whoever asks for them."""

from collections.abc import Sequence

from sqlalchemy import select

from web.db import get_session
from web.domain.access import known_personal_token
from web.domain.agenda import calendar_sequence, event_uid
from web.domain.versions import event_of, published_before, schedule_of
from web.exports.agenda_data import AgendaData, AgendaTexts, build_agendas
from web.exports.calendar import participant_calendar
from web.models import Event, Registration, ScheduleVersion
from web.views.context import absolute_url


def agendas_of(event: Event, version: ScheduleVersion, participants: Sequence[str] | None = None) -> list[AgendaData]:
    """The agendas of `participants` (``None``: all) in the event's language. Raises ``KeyError`` for an unknown id."""
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
    """The calendar of one participant, cancelling what earlier publications held. Raises ``KeyError``, as above."""
    session = get_session()
    stamp = version.published_at or version.created_at
    row = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.key == participant)
    ).one_or_none()
    return participant_calendar(
        event_of(version),
        schedule_of(version),
        participant,
        event_uid=event_uid(event),
        sequence=calendar_sequence(stamp),
        stamp=stamp,
        language=event.locale,
        url=_links(event, version, [row] if row else []).get(participant),
        previous=published_before(session, version),
        place=event.place,
    )


def _links(event: Event, version: ScheduleVersion, rows: Sequence[Registration]) -> dict[str, str]:
    """Addresses of personal pages by participant, unless they show another version than this one."""
    if event.published_schedule_id not in (None, version.id):
        return {}
    tokens = {one.key: known_personal_token(one) for one in rows}
    return {key: absolute_url("participant.home", token=token) for key, token in tokens.items() if token}
