"""A list on its way into an event: read, matched, looked through row by row, taken in by one transaction, undone.

What somebody has sent is kept as a row of its own between the pages, for a week at most.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, undefer
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.event.events import locked
from web.domain.event.reading import read_list
from web.domain.event.sheets import SentSheet
from web.domain.people import places
from web.domain.people.lists.comparing import Comparison, Line, State, compared, used_words
from web.domain.people.lists.matching import BY_NAME, Matching, guessed
from web.domain.people.lists.rows import Reader
from web.domain.people.lists.words import Words
from web.domain.people.participants import free_key, keys_of
from web.models import (
    Event,
    ListImport,
    ListState,
    MeetingRule,
    OutboxMail,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    User,
    Veto,
    Wish,
    utcnow,
)

# A worker looks every hour: what is this old goes, and nothing is ever a week old.
KEPT = timedelta(days=6, hours=20)
WAYS = ("accepted", "pending")


@dataclass(frozen=True)
class Unknown:
    """A word that the event does not have, in which rows, and what it may mean."""

    topic: str
    word: str
    rows: tuple[int, ...]
    nearest: str


@dataclass(frozen=True)
class Preview:
    """A list as it would come in. `unknown`: what is to be decided first; `left_out`: words that shall mean nothing."""

    comparison: Comparison
    unknown: Sequence[Unknown]
    words: Words
    matching: Matching
    meanings: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Undoing:
    """What undoing a list comes to: whom it takes out, whom it gives back their former values, whom it leaves."""

    removed: Sequence[Registration]
    restored: Sequence[tuple[Registration, Mapping[str, Any]]]
    # Changed, chosen, planned or written to since.
    kept: Sequence[str]
    # Who is no more.
    gone: int


def start(session: Session, event: Event, data: bytes, filename: str, user: User, actor: Actor) -> ListImport:
    """A list that `user` has sent, its columns matched as they probably are.

    Raises `Faults` with a sentence for what is no list, `Busy`, `Refused` for an archived event; then nothing is kept.
    No transaction is open while the file is read.
    """
    event_id, user_id = event.id, user.id
    session.rollback()
    sheets = read_list(data, filename)
    matching = guessed(sheets)
    if len(sheets[matching.sheet].rows) <= matching.head + 1:
        raise Faults([Fault("file", _("Only headings stand in this list, and no row below them."))])
    return _keep(session, event_id, user_id, filename[-200:], sheets, matching, actor)


@retried
def _keep(
    session: Session,
    event_id: int,
    user_id: int,
    name: str,
    sheets: Sequence[SentSheet],
    matching: Matching,
    actor: Actor,
) -> ListImport:
    with write(session):
        event = session.get(Event, event_id)
        if event is None:
            raise Missing
        locked(session, event)
        one = ListImport(
            event_id=event_id,
            user_id=user_id,
            file_name=name,
            sheets=[sheet.plain() for sheet in sheets],
            matching=matching.plain(),
        )
        session.add(one)
        record(session, actor, "list.send", event_id=event_id)
    return one


def lists_of(session: Session, event: Event, now: datetime | None = None) -> Sequence[ListImport]:
    """The lists of `event` that are still kept, the latest first, without what stands in them. One query."""
    since = (now or utcnow()) - KEPT
    rows = select(ListImport).where(ListImport.event_id == event.id, ListImport.created_at > since)
    return session.scalars(rows.order_by(ListImport.id.desc())).all()


def found(session: Session, event: Event, list_id: int, now: datetime | None = None) -> ListImport:
    """The list of `event` with this number. Raises `Missing` where it is not, or no longer, kept. One query."""
    one = session.scalars(
        select(ListImport)
        .where(ListImport.id == list_id, ListImport.event_id == event.id)
        .options(undefer(ListImport.sheets))
    ).one_or_none()
    if one is None or one.created_at <= (now or utcnow()) - KEPT:
        raise Missing(_("This list is no longer here: send it again."))
    return one


def sheets_of(one: ListImport) -> list[SentSheet]:
    """What was sent."""
    return [SentSheet.of(sheet) for sheet in one.sheets]


@retried
def match(session: Session, one: ListImport, matching: Matching, version: int, *, checked: bool = True) -> None:
    """Keep what the columns mean. Raises `Faults` by column (unless a guess is kept, not `checked`), `StaleDataError`
    after another tab's change, `Refused` once the list is taken in."""
    with write(session):
        _locked(session, one, version)
        faults = _mismatches(matching) if checked else []
        if faults:
            raise Faults(faults)
        one.matching = matching.plain()


def _mismatches(matching: Matching) -> list[Fault]:
    faults = []
    for name in dict.fromkeys(matching.columns.values()):
        places = matching.places(name)
        if len(places) > 1 and not BY_NAME[name].several:
            sentence = _("Two columns cannot both say “%(field)s”: choose one.", field=str(BY_NAME[name].label))
            faults += [Fault(f"column-{place}", sentence) for place in places[1:]]
    if not matching.places("name") and not matching.places("key"):
        faults.append(
            Fault("columns", _("Say which column holds the name of the organisation: without it there is no list."))
        )
    return faults


def _locked(session: Session, one: ListImport, version: int) -> Event:
    """The event, its row locked and then that of the list, which must be as the page had it and not taken in yet."""
    event = session.get(Event, one.event_id)
    if event is None:
        raise Missing
    locked(session, event)
    rows = select(ListImport).where(ListImport.id == one.id).execution_options(populate_existing=True)
    if session.scalars(rows.with_for_update()).one_or_none() is None:
        raise Missing(_("This list is no longer here: send it again."))
    if one.state != ListState.OPEN:
        raise Refused(_("This list has been imported already."))
    if one.version != version:
        raise StaleDataError("The list has changed since the page was opened.")
    return event


def preview(session: Session, event: Event, one: ListImport, language: str) -> Preview:
    """What each row of the list comes to as things are. A constant number of queries.

    Cost: that of comparing all names, of the rows and of the participants, with one another.
    """
    people = session.scalars(
        select(Registration).where(Registration.event_id == event.id).order_by(Registration.position, Registration.id)
    ).all()
    return _previewed(event, one, people, language, one.meanings)


def _previewed(
    event: Event,
    one: ListImport,
    people: Sequence[Registration],
    language: str,
    meanings: Mapping[str, Mapping[str, str]],
) -> Preview:
    matching = Matching.of(one.matching)
    words = Words.of(event, language, used_words(people))
    drafts = Reader(event, words, matching, meanings).drafts(sheets_of(one)[matching.sheet])
    rows: dict[tuple[str, str], list[int]] = {}
    for draft in drafts:
        for topic, listed in draft.unknown.items():
            for word in dict.fromkeys(listed):
                rows.setdefault((topic, word), []).append(draft.number)
    # A word that is decided stays on the page, to be decided otherwise.
    for topic, decided in meanings.items():
        for word in decided:
            rows.setdefault((topic, word), [])
    unknown = [
        Unknown(topic, word, tuple(numbers), words[topic].nearest(word)) for (topic, word), numbers in rows.items()
    ]
    return Preview(compared(event, drafts, people), unknown, words, matching, meanings)


@retried
def decide(session: Session, one: ListImport, meanings: Mapping[str, Mapping[str, str]], version: int) -> None:
    """Keep what unknown words shall mean. Raises as `match`."""
    with write(session):
        _locked(session, one, version)
        one.meanings = {topic: dict(words) for topic, words in meanings.items()}


@retried
def take(
    session: Session,
    event: Event,
    one: ListImport,
    *,
    rows: Collection[int],
    targets: Mapping[int, int],
    meanings: Mapping[str, Mapping[str, str]],
    version: int,
    digest: str,
    language: str,
    actor: Actor,
) -> None:
    """Take the rows with these numbers in, all or none of them; nobody is mailed.

    `targets`: the participants that doubtful rows are, by number; a doubtful row without one is somebody new. `digest`:
    what the page showed. Raises `StaleDataError` where a participant or the list has changed since, `Refused` where the
    list is taken in already or more would be accepted than there are places, `Faults` by row. Locks the event's row.
    """
    with write(session):
        event = _locked(session, one, version)
        people = session.scalars(
            select(Registration)
            .where(Registration.event_id == event.id)
            .order_by(Registration.position, Registration.id)
            .execution_options(populate_existing=True)
        ).all()
        if _previewed(event, one, people, language, one.meanings).comparison.digest != digest:
            raise StaleDataError("The participants have changed since the page was opened.")
        planned = _previewed(event, one, people, language, meanings)
        lines = [line for line in planned.comparison.lines if line.draft.number in set(rows)]
        plan = _plan(lines, targets)
        left_kinds = {target.kind for line, target in plan if target is not None and "kind" in _values(line, target)}
        outcome = _write(session, event, plan, people, planned.matching.way, actor)
        for kind in sorted({*outcome.pop("kinds")}):
            places.check_held(session, event, kind)
        places.promote(session, event, sorted(left_kinds))
        taken = {line.draft.number for line in lines}
        outcome["left"] = [
            [line.draft.number, line.draft.name, line.state]
            for line in planned.comparison.lines
            if line.draft.number not in taken and line.state != State.SAME
        ]
        outcome["same"] = len(planned.comparison.of(State.SAME))
        one.state, one.outcome, one.meanings, one.sheets = ListState.DONE, outcome, {}, []
        record(
            session,
            actor,
            "list.take",
            event_id=event.id,
            added=len(outcome["added"]),
            changed=len(outcome["changed"]),
        )


def _plan(lines: Sequence[Line], targets: Mapping[int, int]) -> list[tuple[Line, Registration | None]]:
    """Whom each chosen row is, nobody twice. Raises `Faults`."""
    faults: list[Fault] = []
    plan: list[tuple[Line, Registration | None]] = []
    row_of: dict[int, int] = {}
    if not lines:
        raise Faults([Fault("rows", _("Tick at least one row first."))])
    for line in lines:
        number = line.draft.number
        target = line.target
        if number in targets and target is None:
            target = next((one.registration for one in line.candidates if one.registration.id == targets[number]), None)
            if target is None:
                faults.append(Fault(f"row-{number}", _("Choose anew whom this row is: the participants have changed.")))
        if line.state == State.FAULTY:
            faults.append(Fault(f"row-{number}", " ".join(line.faults)))
        if line.draft.undecided:
            words = ", ".join(f"“{word}”" for listed in line.draft.unknown.values() for word in listed)
            faults.append(
                Fault(f"row-{number}", _("Say first what this means, or leave it out: %(words)s", words=words))
            )
        if target is not None and row_of.setdefault(target.id, number) != number:
            sentence = _("Row %(row)d is the same participant: take one of the two.", row=row_of[target.id])
            faults.append(Fault(f"row-{number}", sentence))
        plan.append((line, target))
    if faults:
        raise Faults(faults)
    return plan


def _write(
    session: Session,
    event: Event,
    plan: Sequence[tuple[Line, Registration | None]],
    people: Sequence[Registration],
    way: str,
    actor: Actor,
) -> dict[str, Any]:
    """Write the rows; what undoing needs."""
    taken = keys_of(session, event)
    position = max((one.position for one in people), default=-1)
    added: list[Registration] = []
    changed: list[tuple[Registration, dict[str, Any]]] = []
    for line, target in plan:
        if target is None:
            values = {"language": event.locale, **line.draft.values}
            key = free_key(values["kind"], taken)
            taken.add(key)
            position += 1
            status = RegistrationStatus.PENDING if way == "pending" else RegistrationStatus.ACCEPTED
            added.append(Registration(event_id=event.id, key=key, position=position, status=status, **values))
            continue
        values = _values(line, target)
        if values:
            changed.append((target, {name: getattr(target, name) for name in values}))
            for name, value in values.items():
                setattr(target, name, value)
    session.add_all(added)
    session.flush()
    for one in added:
        record(session, actor, "registration.add", event_id=event.id, behalf_of=one.id)
    for one, former in changed:
        record(session, actor, "registration.update", event_id=event.id, behalf_of=one.id, fields=sorted(former))
    session.flush()
    changed_kinds = [one.kind for one, former in changed if "kind" in former]
    return {
        "way": way,
        "kinds": [*changed_kinds, *(one.kind for one in added if one.status == RegistrationStatus.ACCEPTED)],
        "added": [[one.id, one.version] for one in added],
        "changed": [[one.id, one.version, former] for one, former in changed],
    }


def _values(line: Line, target: Registration) -> dict[str, Any]:
    changes = line.changes
    if line.target is None:
        changes = next(one.changes for one in line.candidates if one.registration.id == target.id)
    return {one.name: one.new for one in changes}


def undoing(session: Session, one: ListImport) -> Undoing:
    """What undoing the list would come to now. A constant number of queries; stored versions are read."""
    added = dict(one.outcome.get("added", []))
    changed = {id: (version, former) for id, version, former in one.outcome.get("changed", [])}
    rows = session.scalars(
        select(Registration)
        .where(Registration.event_id == one.event_id, Registration.id.in_([*added, *changed]))
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    used = _used(session, one.event_id, [row for row in rows if row.id in added])
    removed = [row for row in rows if row.id in added and row.version == added[row.id] and row.id not in used]
    restored = [(row, changed[row.id][1]) for row in rows if row.id in changed and row.version == changed[row.id][0]]
    undone = {row.id for row in removed} | {row.id for row, _former in restored}
    kept = [row.name or row.key for row in rows if row.id not in undone]
    return Undoing(removed, restored, kept, len(added) + len(changed) - len(rows))


def _used(session: Session, event_id: int, people: Sequence[Registration]) -> set[int]:
    """Who of `people` is chosen, ruled on, planned or written to."""
    if not people:
        return set()
    ids = [one.id for one in people]
    found: set[int] = set()
    for a, b in (
        (Wish.registration_id, Wish.target_id),
        (Veto.registration_id, Veto.target_id),
        (MeetingRule.a_id, MeetingRule.b_id),
    ):
        for pair in session.execute(select(a, b).where(or_(a.in_(ids), b.in_(ids)))):
            found.update(pair)
    found |= set(session.scalars(select(OutboxMail.registration_id).where(OutboxMail.registration_id.in_(ids))))
    documents = session.scalars(select(ScheduleVersion.event_document).where(ScheduleVersion.event_id == event_id))
    planned = {one["id"] for document in documents for one in document["participants"]}
    return found | {one.id for one in people if one.key in planned}


@retried
def undo(session: Session, event: Event, one: ListImport, version: int, actor: Actor) -> Undoing:
    """Take the list out again, but for whom somebody has changed or used since; what was done.

    Raises `Refused` where it is undone already, or nothing can be; `StaleDataError`. Locks the event's row.
    """
    with write(session):
        locked(session, event)
        rows = select(ListImport).where(ListImport.id == one.id).execution_options(populate_existing=True)
        if session.scalars(rows.with_for_update()).one_or_none() is None:
            raise Missing(_("This list is no longer here: send it again."))
        if one.state != ListState.DONE:
            raise Refused(_("This list is undone already."))
        if one.version != version:
            raise StaleDataError("The list has changed since the page was opened.")
        planned = undoing(session, one)
        if not planned.removed and not planned.restored:
            raise Refused(_("Nothing is undone: everybody of this list has been changed since, or is gone."))
        for row in planned.removed:
            session.delete(row)
        for row, former in planned.restored:
            for name, value in former.items():
                setattr(row, name, value)
            record(session, actor, "registration.update", event_id=event.id, behalf_of=row.id, fields=sorted(former))
        kinds = {row.kind for row in planned.removed} | {
            kind for row, former in planned.restored for kind in (row.kind, former.get("kind", row.kind))
        }
        session.flush()
        places.promote(session, event, sorted(kinds))
        one.state = ListState.UNDONE
        one.outcome = {
            "removed": len(planned.removed),
            "restored": len(planned.restored),
            "kept": list(planned.kept),
        }
        record(
            session,
            actor,
            "list.undo",
            event_id=event.id,
            removed=len(planned.removed),
            restored=len(planned.restored),
        )
    return planned


@retried
def drop(session: Session, event: Event, one: ListImport, actor: Actor) -> None:
    """Throw away what was sent; what was taken in of it stays."""
    with write(session):
        session.execute(delete(ListImport).where(ListImport.id == one.id, ListImport.event_id == event.id))
        record(session, actor, "list.drop", event_id=event.id)


def let_go(session: Session, now: datetime | None = None) -> int:
    """Delete the lists that are kept for long enough; how many."""
    old = ListImport.created_at <= (now or utcnow()) - KEPT
    if not session.scalar(select(func.count()).select_from(ListImport).where(old)):
        session.rollback()
        return 0
    with write(session):
        gone = session.execute(delete(ListImport).where(old).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def matching_for_sheet(one: ListImport, sheet: int) -> Matching:
    """What the columns of another sheet probably mean."""
    sheets = sheets_of(one)
    known = Matching.of(one.matching)
    return replace(guessed(sheets, sheet if 0 <= sheet < len(sheets) else known.sheet), kind=known.kind, way=known.way)
