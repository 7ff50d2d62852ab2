"""An event's participants as its organiser sees and changes them; what is done for somebody is logged as such."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Refused
from web.domain.event.events import touch
from web.domain.event.programme import kinds_met_by
from web.domain.locking import lock_event, lock_registration
from web.domain.people import places, privacy, registration
from web.domain.people.lines import SIDES, Lines, lines_in
from web.domain.people.places import Places
from web.domain.people.readers import colleagues_by_address
from web.domain.people.wishes import note_chosen
from web.domain.text import Search, folded
from web.domain.tokens import new_token
from web.models import (
    Event,
    EventStatus,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    Veto,
    Wish,
)

PAGE = 50
SORTS = ("name", "kind", "status", "recent", "wishes", "waiting")
DECISIONS = {
    "accept": RegistrationStatus.ACCEPTED,
    "decline": RegistrationStatus.DECLINED,
    "wait": RegistrationStatus.WAITING,
}


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; an empty field takes all. `text` ignores case and accents."""

    text: str = ""
    status: str = ""
    kind: str = ""
    sort: str = "name"


@dataclass(frozen=True)
class Row:
    registration: Registration
    wishes: int
    wished_by: int
    # The place on the waiting list, where there is one.
    line: int | None = None


@dataclass(frozen=True)
class Listing:
    """One page of the list; `found` counts all that fit the filter, `counts` all of the event by status."""

    rows: tuple[Row, ...]
    page: int
    pages: int
    found: int
    counts: Counter[str]
    kinds: tuple[str, ...]
    # Of the kinds that have a number of places.
    places: tuple[Places, ...] = ()


def listing(session: Session, event: Event, wanted: Filter, page: int = 1) -> Listing:
    """The participants of `event` that fit `wanted`. Four queries, whatever their number, and one more where
    a text is looked for: colleagues are found too."""
    all_of_them = session.scalars(
        select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
    ).all()
    wishes = _counted(session, event, Wish.registration_id)
    wished_by = _counted(session, event, Wish.target_id)
    search = Search.of(wanted.text)
    beside = colleagues_by_address(session, event) if search.words else {}
    line = places.lines(event, all_of_them)
    found = [
        Row(one, wishes[one.id], wished_by[one.id], line.get(one.id))
        for one in all_of_them
        if (not wanted.status or one.status == wanted.status)
        and (not wanted.kind or one.kind == wanted.kind)
        and search.finds(one.name, one.contact_name, one.email, one.key, *chain(*beside.get(one.id, {}).items()))
    ]
    found.sort(key=_sort_key(wanted.sort))
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    return Listing(
        rows=tuple(found[(page - 1) * PAGE : page * PAGE]),
        page=page,
        pages=pages,
        found=len(found),
        counts=Counter(one.status for one in all_of_them),
        kinds=tuple(sorted({one.kind for one in all_of_them})),
        places=tuple(places.places_of(event, all_of_them)),
    )


def _counted(session: Session, event: Event, column: Any) -> Counter[int]:
    rows = session.execute(
        select(column, func.count())
        .join(Registration, Registration.id == column)
        .where(Registration.event_id == event.id)
        .group_by(column)
    )
    return Counter(dict(rows.all()))


_ORDER = {status.value: place for place, status in enumerate(RegistrationStatus)}


def _sort_key(sort: str) -> Any:
    def key(row: Row) -> tuple[Any, ...]:
        one = row.registration
        first: Any = {
            "kind": one.kind,
            "status": _ORDER[one.status],
            "recent": -one.updated_at.timestamp(),
            "wishes": row.wishes,
            # Whoever waits longest stands first, then all who do not wait.
            "waiting": one.waiting_since.timestamp()
            if one.status == RegistrationStatus.WAITING and one.waiting_since
            else float("inf"),
        }.get(sort, 0)
        return (first, folded(one.name), one.id)

    return key


def status_counts(session: Session, event: Event) -> Counter[str]:
    """How many registrations of `event` have each status."""
    rows = session.execute(
        select(Registration.status, func.count()).where(Registration.event_id == event.id).group_by(Registration.status)
    )
    return Counter(dict(rows.all()))


def kind_counts(session: Session, event: Event) -> Counter[str]:
    """How many accepted participants of each kind there are."""
    rows = session.execute(
        select(Registration.kind, func.count())
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .group_by(Registration.kind)
    )
    return Counter(dict(rows.all()))


def by_key(session: Session, event_id: int, keys: Collection[str] | None = None) -> dict[str, Registration]:
    """Those of `keys` (``None``: all) by the key that event files and timetables name them by. One query."""
    rows = select(Registration).where(Registration.event_id == event_id)
    if keys is not None:
        rows = rows.where(Registration.key.in_(keys))
    return {one.key: one for one in session.scalars(rows)}


def lines_by_key(session: Session, event_id: int, keys: Collection[str] | None = None) -> dict[str, Lines]:
    """What those of `keys` (``None``: all) who take part wrote beside their needs and offers. One query."""
    rows = select(Registration.key, Registration.notes).where(
        Registration.event_id == event_id, Registration.status == RegistrationStatus.ACCEPTED
    )
    if keys is not None:
        rows = rows.where(Registration.key.in_(keys))
    return {key: {side: lines_in(notes, side) for side in SIDES} for key, notes in session.execute(rows) if notes}


def accepted_by_key(session: Session, event_id: int, keys: Collection[str]) -> dict[str, Registration]:
    """The same, of those who take part."""
    found = by_key(session, event_id, keys)
    return {key: one for key, one in found.items() if one.status == RegistrationStatus.ACCEPTED}


def expected_or_waiting(session: Session, event: Event) -> list[Registration]:
    """Those who take part, and those who may yet, by name. One query."""
    wanted = (RegistrationStatus.ACCEPTED, RegistrationStatus.PENDING, RegistrationStatus.WAITING)
    rows = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.status.in_(wanted))
    )
    return sorted(rows, key=lambda one: (folded(one.name), one.id))


def everybody(session: Session, event: Event) -> list[Registration]:
    """All registrations of `event`, whatever became of them, by name. One query."""
    rows = session.scalars(select(Registration).where(Registration.event_id == event.id))
    return sorted(rows, key=lambda one: (folded(one.name), one.id))


def accepted_without_address(session: Session, event: Event) -> int:
    """How many accepted participants no mail can reach."""
    return (
        session.scalar(
            select(func.count()).where(
                Registration.event_id == event.id,
                Registration.status == RegistrationStatus.ACCEPTED,
                func.coalesce(Registration.email, "") == "",
            )
        )
        or 0
    )


def accepted_without_wishes(session: Session, event: Event) -> int:
    """How many accepted participants have not chosen anybody yet."""
    chosen = select(Wish.registration_id)
    return (
        session.scalar(
            select(func.count()).where(
                Registration.event_id == event.id,
                Registration.status == RegistrationStatus.ACCEPTED,
                Registration.id.not_in(chosen),
            )
        )
        or 0
    )


@retried
def decide_many(
    session: Session, event: Event, ids: Iterable[int], decision: str, actor: Actor
) -> tuple[int, dict[str, list[str]]]:
    """Accept, decline or put on the waiting list all of `ids` that are in `event`, in one transaction.

    How many changed, and by the sentence that says why not, the names of those for whom it is not possible (withdrawn,
    or no place left). Places that become free are given to others once all are decided.
    """
    refused: dict[str, list[str]] = {}
    with write(session):
        event = lock_event(session, event.id)
        rows = session.scalars(
            select(Registration)
            .where(Registration.event_id == event.id, Registration.id.in_(list(ids)))
            .order_by(Registration.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).all()
        done = registration.decide_all(session, event, rows, DECISIONS[decision], actor, refused)
    return done, refused


@retried
def add(session: Session, event: Event, values: dict[str, Any], actor: Actor) -> Registration:
    """A participant entered by the organiser, accepted at once; nobody is mailed. `values`: columns and what they hold.

    Raises `Refused` for an archived event, `Faults` where no place of the kind is left. Locks the event's row, which
    gives it its place in the order.
    """
    with write(session):
        event = lock_event(session, event.id)
        if event.status == EventStatus.ARCHIVED:
            raise Refused(_("This event is archived: take it out of the archive before you change it."))
        _check_belongings(event, values)
        _check_place(session, event, values["kind"])
        last = session.scalar(select(func.max(Registration.position)).where(Registration.event_id == event.id))
        one = Registration(
            event=event,
            key=free_key(values["kind"], keys_of(session, event)),
            position=0 if last is None else last + 1,
            status=RegistrationStatus.ACCEPTED,
            **registration.columns(event, values),
        )
        session.add(one)
        session.flush()
        record(session, actor, "registration.add", event_id=event.id, behalf_of=one.id)
    return one


@retried
def change(session: Session, one: Registration, values: dict[str, Any], version: int, actor: Actor) -> list[str]:
    """Store `values` on the participant's behalf; the names of the columns that changed.

    Raises `StaleDataError` when the form was filled in from an older `version`, `Faults` where no place is left of a
    kind that an accepted participant is to have. The place of the former kind goes to who waits for it.
    """
    with write(session):
        lock_registration(session, one)
        if one.version != version:
            raise StaleDataError("The participant has changed since the form was opened.")
        if one.event.status == EventStatus.ARCHIVED:
            raise Refused(_("This event is archived: take it out of the archive before you change it."))
        _check_belongings(one.event, values)
        values = registration.columns(one.event, values, one)
        changed = sorted(name for name, value in values.items() if getattr(one, name) != value)
        kinds = [one.kind, values["kind"]] if "kind" in changed else []
        if kinds and one.status == RegistrationStatus.ACCEPTED:
            _check_place(session, one.event, values["kind"])
        for name in changed:
            setattr(one, name, values[name])
        places.promote(session, one.event, kinds)
        if changed:
            record(session, actor, "registration.update", event_id=one.event_id, behalf_of=one.id, fields=changed)
    return changed


def _check_belongings(event: Event, values: dict[str, Any]) -> None:
    """Tables and slots must be those of the event: another organiser may just have removed one."""
    table_id = values.get("home_table_id")
    if table_id is not None and table_id not in {table.id for table in event.tables}:
        raise Faults([Fault("home_table", _("This table does not exist any more: choose another one."))])
    slots = {slot.key for slot in event.slots}
    if not set(values.get("unavailable", ())) <= slots:
        raise Faults([Fault("presence", _("The rounds have changed: look at the presence again."))])


def _check_place(session: Session, event: Event, kind: str) -> None:
    try:
        places.check_free(session, event, kind)
    except places.NoPlace as error:
        raise Faults([Fault("kind", str(error))]) from error


def keys_of(session: Session, event: Event) -> set[str]:
    """The keys that are taken in `event`. One query."""
    return set(session.scalars(select(Registration.key).where(Registration.event_id == event.id)))


def free_key(kind: str, taken: Collection[str]) -> str:
    """A key for a participant of this kind that is not `taken`; it says nothing of whom it is for."""
    while True:
        key = f"{kind[:1]}-{new_token()[:9].lower().replace('_', 'x').replace('-', 'y')}"
        if key not in taken:
            return key


@retried
def remove(session: Session, one: Registration, version: int, actor: Actor) -> None:
    """Erase the participant with choices, requirements and mails.

    Raises `Refused` while the published timetable holds its meetings, `StaleDataError` after a change since `version`.
    """
    with write(session):
        lock_registration(session, one)
        if one.version != version:
            raise StaleDataError("The participant has changed since the page was opened.")
        if one.event.published_schedule_id is not None:
            published = session.get_one(ScheduleVersion, one.event.published_schedule_id)
            if any(one.key in meeting["between"] for meeting in published.document["meetings"]):
                raise Refused(
                    _(
                        "The published timetable holds meetings of this participant: decline it, then compute and "
                        "publish again before you remove it."
                    )
                )
        privacy.erase(session, one, actor)


def possible_partners(session: Session, one: Registration) -> Sequence[Registration]:
    """Whom `one` may wish for or refuse: the accepted of the kinds that it may meet, by name."""
    rows = session.scalars(
        select(Registration).where(
            Registration.event_id == one.event_id,
            Registration.id != one.id,
            or_(
                Registration.kind.in_(kinds_met_by(one.event, one.kind)),
                Registration.id.in_(select(Wish.target_id).where(Wish.registration_id == one.id)),
            ),
            Registration.status == RegistrationStatus.ACCEPTED,
        )
    ).all()
    return sorted(rows, key=lambda other: folded(other.name))


@retried
def save_choices(
    session: Session,
    one: Registration,
    wishes: Sequence[int],
    vetoes: Sequence[int],
    *,
    version: int,
    actor: Actor,
) -> None:
    """Replace wishes (in order) and vetoes on the participant's behalf; the log says so, but not whom.

    Raises `Faults` for somebody who cannot be chosen or is in both lists, `StaleDataError` when the participant or
    somebody else has changed the choices since (`version`: see `choices_version`).
    """
    with write(session):
        lock_registration(session, one)
        session.expire(one, ["wishes", "vetoes"])
        if choices_version(one) != version:
            raise StaleDataError("The choices have changed since the form was opened.")
        possible = {other.id for other in possible_partners(session, one)}
        faults = []
        if not set(wishes) <= possible or not set(vetoes) <= possible:
            faults.append(Fault("wishes", _("Somebody you chose cannot be met any more: reload the page.")))
        if len(set(wishes)) < len(wishes):
            faults.append(Fault("wishes", _("The same organisation stands twice among the wishes.")))
        if set(wishes) & set(vetoes):
            faults.append(Fault("wishes", _("The same organisation cannot be wished for and refused.")))
        if len(wishes) > one.event.wish_limit:
            faults.append(Fault("wishes", _("At most %(most)d wishes.", most=one.event.wish_limit)))
        if faults:
            raise Faults(faults)
        session.execute(delete(Wish).where(Wish.registration_id == one.id))
        session.execute(delete(Veto).where(Veto.registration_id == one.id))
        session.add_all(Wish(registration_id=one.id, target_id=target, rank=rank) for rank, target in enumerate(wishes))
        session.add_all(Veto(registration_id=one.id, target_id=target) for target in vetoes)
        note_chosen(session, one)
        if one.event.published_schedule_id is not None:
            # What is known of the announced timetable counts no choices, which end with it but for the organiser's.
            touch(one.event)
        record(session, actor, "wish.save", event_id=one.event_id, behalf_of=one.id, wishes=len(wishes))


def choices_version(one: Registration) -> int:
    """A number that differs whenever the choices do."""
    import zlib

    text = f"{[wish.target_id for wish in one.wishes]} {sorted(veto.target_id for veto in one.vetoes)}"
    return zlib.crc32(text.encode())
