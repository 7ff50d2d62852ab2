"""What a participant's pages depend on, as one small value read by one query: equal values, equal pages.

Two counters carry it. `Registration.version` is counted up with each change of the row by the mapper, `Event.version`
likewise and by `web.domain.event.events.touch` for slots, tables and people beside the tables. What is shown and
counted by neither stands in the state itself: wishes, the agenda's row, the place on the waiting list, what has become
of the others since it was announced, and where the clock stands among the moments that matter.
"""

from bisect import bisect_right
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from web.domain.event.programme import asked_between
from web.models import (
    Agenda,
    Colleague,
    Event,
    EventMember,
    Registration,
    RegistrationStatus,
    Role,
    ScheduleVersion,
    Slot,
    Veto,
    Wish,
    utcnow,
)


class Told(NamedTuple):
    """Which agenda is announced to a participant: equal ones say the same, word for word."""

    digest: str
    number: int
    published_at: datetime


class PageState(NamedTuple):
    """`language` is the reader's own; `facts` are compared and otherwise not looked at.

    `settled`: whether the state says all. It does not where a version is announced, or provisional, and the participant
    has no row of it: one is about to be made, of files that may have changed since another was thrown away. `others`:
    what has become of all who take part since the announcement, equal for equal registrations. `told`: what is
    announced to the participant; ``None`` where nothing is.
    """

    registration_id: int
    event_id: int
    language: str
    settled: bool
    facts: tuple[Any, ...]
    others: tuple[Any, ...]
    told: Told | None


# What one query says of a page, whatever the hour. Nobody changes it.
PageRow = Row[*tuple[Any, ...]]


def page_state(connection: Connection, token_hash: str, now: datetime | None = None) -> PageState | None:
    """The state of the page behind a personal link; ``None`` where the link opens none. One query.

    The connection may, but need not, be in a transaction.
    """
    row = page_row(connection, token_hash)
    return None if row is None else state_at(row, now)


def page_row(connection: Connection, token_hash: str) -> PageRow | None:
    """What the database says of that page, the clock left out; ``None`` where the link opens none. One query, and a
    second for a link that is not a first contact's."""
    asked = {"token_hash": token_hash}
    row = connection.execute(_STATE, asked).one_or_none()
    return row if row is not None else connection.execute(_STATE_FOR_COLLEAGUE, asked).one_or_none()


def state_at(row: PageRow, now: datetime | None = None) -> PageState:
    """The state of the page of which `row` was read, at `now` (default: this moment)."""
    registration_id, event_id, language, shown_id, digest, number, published_at, *facts = row
    opens, closes, wishes_close, turns, *facts = facts
    # An erasure, which leaves no row to have changed, is counted for the calendars.
    *facts, answers_until, first, zone, calendar_changes, changed = facts
    now = now or utcnow()
    moments = (opens, closes, wishes_close, answers_until, *asked_between(first, zone))
    passed = tuple(moment is not None and now >= moment for moment in moments)
    facts += [shown_id, digest, passed, bisect_right(turns or (), now.timestamp())]
    settled = shown_id is None or digest is not None
    facts.append(published_at)
    told = None if digest is None or published_at is None else Told(digest, number, published_at)
    return PageState(registration_id, event_id, language, settled, tuple(facts), (calendar_changes, changed), told)


# The attributes that tell one state of the row of a reader from another, or of an event, by their names in a `PageRow`.
ROW_OF_READER = {
    "own_version": "version",
    "own_created_at": "created_at",
    "status_changes": "status_changes",
    "wishes_saved_at": "wishes_saved_at",
    "confirmed_email": "confirmed_email",
}
ROW_OF_EVENT = {
    "event_version": "version",
    "event_created_at": "created_at",
    "calendar_changes": "calendar_changes",
}


class DirectoryState(NamedTuple):
    """What the directory of a participant depends on besides: who is in it, their own choices, what is over."""

    people: tuple[Any, ...]
    choices: tuple[Any, ...]
    earlier: tuple[Any, ...] = ()


def directory_state(
    connection: Connection, event_id: int, registration_id: int, now: datetime | None = None
) -> DirectoryState:
    """The state of the directory of that participant of that event, at `now` (default: this moment). Three queries."""
    people, choices = people_state(connection, event_id), choices_state(connection, registration_id)
    return DirectoryState(people, choices, over_at(announced_elsewhere(connection, event_id), now))


def announced_elsewhere(connection: Connection, event_id: int) -> tuple[tuple[Any, ...], ...]:
    """The other events of the organisers of that one whose timetable is announced, the clock left out. One query."""
    return tuple(map(tuple, connection.execute(_ELSEWHERE, {"event_id": event_id})))


def over_at(elsewhere: tuple[tuple[Any, ...], ...], now: datetime | None = None) -> tuple[Any, ...]:
    """Of these events, those that are over: the id of each, its announced version, and what counts its changes."""
    now = now or utcnow()
    return tuple(
        tuple(facts) for *facts, zone, end in elsewhere if end is not None and end.replace(tzinfo=ZoneInfo(zone)) <= now
    )


# Who wishes to meet the participant, and whom the participant would rather not, in `choices_state`.
WISHED_BY, VETOED = -2, -1


def choices_state(connection: Connection, registration_id: int) -> tuple[Any, ...]:
    """Whom that participant wishes to meet, by rank, and whom they do not (`VETOED`), in one order. One query.

    Who wishes to meet them (`WISHED_BY`) is there only where the event shows it: otherwise nothing depends on it.
    """
    return tuple(sorted(map(tuple, connection.execute(_CHOICES, {"registration_id": registration_id}))))


def people_state(connection: Connection, event_id: int) -> tuple[Any, ...]:
    """What the accepted participants of the event are, as a few numbers: equal ones, equal rows. One query."""
    return tuple(connection.execute(_PEOPLE, {"event_id": event_id}).one())


# Tables, not classes: the mapper would double what these queries cost.
_registrations, _events, _versions = Registration.__table__, Event.__table__, ScheduleVersion.__table__
_agendas, _wishes, _vetoes = Agenda.__table__, Wish.__table__, Veto.__table__
_others, _earlier = Registration.__table__.alias(), Registration.__table__.alias()

# How many of the same kind wait longer; looked for where somebody waits.
_BEFORE = (
    select(func.count())
    .where(
        _earlier.c.event_id == _registrations.c.event_id,
        _earlier.c.kind == _registrations.c.kind,
        _earlier.c.status == RegistrationStatus.WAITING,
        or_(
            _earlier.c.waiting_since < _registrations.c.waiting_since,
            and_(_earlier.c.waiting_since == _registrations.c.waiting_since, _earlier.c.id < _registrations.c.id),
        ),
    )
    .correlate(_registrations)
    .scalar_subquery()
)
_slots = Slot.__table__
# What participants are shown: what is announced, or else what they are asked to agree to; and since when.
_shown = func.coalesce(_events.c.published_schedule_id, _events.c.provisional_schedule_id)
_since = func.coalesce(_versions.c.published_at, _versions.c.shown_at)


def _state_for(language: ColumnElement[str], *own: ColumnElement[Any]) -> Select[Any]:
    """What is read of a page whose reader has this language; `own`: what is the reader's and not the registration's."""
    return (
        select(
            _registrations.c.id,
            _registrations.c.event_id,
            language,
            _shown,
            _agendas.c.digest,
            _versions.c.number,
            _versions.c.published_at,
            _events.c.registration_opens_at,
            _events.c.registration_closes_at,
            _events.c.wishes_close_at,
            _agendas.c.turns,
            *own,
            _registrations.c.version.label("own_version"),
            _registrations.c.status_changes,
            # Choosing and taking it back leaves the same choices: by this no state comes twice.
            _registrations.c.wishes_saved_at,
            _registrations.c.confirmed_email,
            _registrations.c.created_at.label("own_created_at"),
            case((_registrations.c.status == RegistrationStatus.WAITING, _BEFORE)),
            _events.c.version.label("event_version"),
            _events.c.created_at.label("event_created_at"),
            select(func.count())
            .where(_wishes.c.registration_id == _registrations.c.id)
            .correlate(_registrations)
            .scalar_subquery(),
            _events.c.answers_until,
            select(func.min(_slots.c.starts_at))
            .where(_slots.c.event_id == _events.c.id)
            .correlate(_events)
            .scalar_subquery(),
            _events.c.timezone,
            _events.c.calendar_changes,
            # Who has changed since the publication, a few at most: it may be somebody whom the participant meets.
            # Weighed by the row: who is erased, and somebody else who changes for the first time, do not make up for
            # each other.
            select(func.sum(cast(_others.c.version, BigInteger) * (_others.c.id + 2**20)))
            .where(_others.c.event_id == _registrations.c.event_id, _others.c.updated_at >= _since)
            .correlate(_registrations, _versions)
            .scalar_subquery(),
        )
        .join(_events, _events.c.id == _registrations.c.event_id)
        .outerjoin(_versions, _versions.c.id == _shown)
        .outerjoin(
            _agendas,
            and_(_agendas.c.version_id == _shown, _agendas.c.participant == _registrations.c.key),
        )
    )


# Written once: a page that has not changed costs little more than this.
_STATE = _state_for(_registrations.c.language).where(
    _registrations.c.token_hash == bindparam("token_hash"), _registrations.c.token_revoked_at.is_(None)
)
_colleagues = Colleague.__table__
# The same page, as a colleague reads it; asked where that finds nobody.
_STATE_FOR_COLLEAGUE = (
    _state_for(
        _colleagues.c.language,
        _colleagues.c.id.label("colleague_id"),
        _colleagues.c.version.label("colleague_version"),
        _colleagues.c.confirmed_email.label("colleague_confirmed"),
    )
    .join(_colleagues, _colleagues.c.registration_id == _registrations.c.id)
    .where(_colleagues.c.token_hash == bindparam("token_hash"), _colleagues.c.token_revoked_at.is_(None))
)

# What a set of registrations is, as a few numbers. Ids and versions are each only ever counted up: sums tell two sets
# of them apart; the last change and the last key tell apart the row that took the number of one erased.
ROWS_IN_NUMBERS = (
    func.count(),
    func.sum(_registrations.c.id),
    func.sum(_registrations.c.version),
    func.sum(cast(_registrations.c.version, BigInteger) * _registrations.c.id),
    func.max(_registrations.c.updated_at),
    func.max(_registrations.c.key),
)
_PEOPLE = select(*ROWS_IN_NUMBERS).where(
    _registrations.c.event_id == bindparam("event_id"), _registrations.c.status == RegistrationStatus.ACCEPTED
)

_CHOICES = union_all(
    select(_wishes.c.target_id, _wishes.c.rank).where(_wishes.c.registration_id == bindparam("registration_id")),
    select(_vetoes.c.target_id, literal(VETOED)).where(_vetoes.c.registration_id == bindparam("registration_id")),
    select(_wishes.c.registration_id, literal(WISHED_BY))
    .join(_registrations, _registrations.c.id == _wishes.c.registration_id)
    .join(_events, _events.c.id == _registrations.c.event_id)
    .where(
        _wishes.c.target_id == bindparam("registration_id"),
        _events.c.wishes_shown_at.is_not(None),
        _registrations.c.status == RegistrationStatus.ACCEPTED,
    ),
)

_mine, _theirs = EventMember.__table__.alias(), EventMember.__table__.alias()
_ELSEWHERE = (
    select(
        _events.c.id,
        _events.c.published_schedule_id,
        _events.c.version,
        # Counted up by an erasure.
        _events.c.calendar_changes,
        _events.c.timezone,
        select(func.max(_slots.c.ends_at))
        .where(_slots.c.event_id == _events.c.id)
        .correlate(_events)
        .scalar_subquery(),
    )
    .where(
        _events.c.published_schedule_id.is_not(None),
        _events.c.id != bindparam("event_id"),
        _events.c.id.in_(
            select(_theirs.c.event_id)
            .join(_mine, _mine.c.user_id == _theirs.c.user_id)
            .where(
                _mine.c.event_id == bindparam("event_id"),
                _mine.c.role == Role.ORGANISER,
                _theirs.c.role == Role.ORGANISER,
            )
        ),
    )
    .order_by(_events.c.id)
)
