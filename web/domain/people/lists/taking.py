"""A list on its way into an event: read, matched, looked through row by row, taken in by one transaction, undone.

What somebody has sent is kept as a row of its own between the pages, for a week at most.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults, Missing, Refused
from web.domain.event.events import locked
from web.domain.event.reading import read_list
from web.domain.event.sheets import SentSheet
from web.domain.people import places
from web.domain.people.inviting import Invited, invite_many
from web.domain.people.lists.asked import Asked, with_answers
from web.domain.people.lists.beside import with_notes
from web.domain.people.lists.comparing import Comparison, Line, State, compared, used_words
from web.domain.people.lists.matching import Field, Matching, fields_of, guessed
from web.domain.people.lists.rows import Draft, Reader
from web.domain.people.lists.words import Words
from web.domain.people.participants import free_key, keys_of
from web.domain.people.readers import colleagues_by_address
from web.models import (
    Event,
    ListImport,
    ListState,
    Registration,
    RegistrationStatus,
    User,
    utcnow,
)

# A worker looks every hour: what is this old goes, and nothing is ever a week old.
KEPT = timedelta(days=6, hours=20)
WAYS = ("accepted", "pending", "invited")
# Words that are to be decided at once, those of the most rows first: the next ones follow when these are decided.
MOST_UNKNOWN = 200
# What an invitation has room for.
_OF_INVITATIONS = ("name", "kind", "contact_name", "first_name", "last_name", "email", "phone", "language", "key")


@dataclass(frozen=True)
class Unknown:
    """A word that the event does not have, in which rows, and what it may mean."""

    topic: str
    word: str
    rows: tuple[int, ...]
    nearest: str


@dataclass(frozen=True)
class Preview:
    """A list as it would come in. `unknown`: what is to be decided first, or was; `more`: how many words besides."""

    comparison: Comparison
    unknown: Sequence[Unknown]
    more: int
    words: Words
    fields: Mapping[str, Field]
    matching: Matching
    meanings: Mapping[str, Mapping[str, str]]


def start(
    session: Session, event: Event, data: bytes, filename: str, user: User, actor: Actor, *, way: str = "accepted"
) -> ListImport:
    """A list that `user` has sent, its columns matched as they probably are; `way`: as what its rows are to be taken.

    Raises `Faults` with a sentence for what is no list, `Busy`, `Refused` for an archived event; then nothing is kept.
    No transaction is open while the file is read.
    """
    event_id, user_id, fields = event.id, user.id, fields_of(event, event.locale)
    session.rollback()
    sheets = read_list(data, filename)
    matching = replace(guessed(sheets, fields=fields), way=way)
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
def match(
    session: Session, one: ListImport, matching: Matching, version: int, language: str, *, checked: bool = True
) -> None:
    """Keep what the columns mean; faults are said in `language`.

    Raises `Faults` by column (unless a guess is kept, not `checked`), `StaleDataError` after another tab's change,
    `Refused` once the list is taken in.
    """
    with write(session):
        event = _locked(session, one, version)
        faults = _mismatches(matching, fields_of(event, language)) if checked else []
        if faults:
            raise Faults(faults)
        one.matching = matching.plain()


def _mismatches(matching: Matching, fields: Mapping[str, Field]) -> list[Fault]:
    faults = []
    for name in dict.fromkeys(matching.columns.values()):
        places = matching.places(name)
        if len(places) > 1 and name in fields and not fields[name].several:
            sentence = _("Two columns cannot both say “%(field)s”: choose one.", field=str(fields[name].label))
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


def words_of(session: Session, event: Event, language: str) -> Words:
    """What unknown words of a list can mean in `event`."""
    people = session.scalars(select(Registration).where(Registration.event_id == event.id)).all()
    return Words.of(event, language, used_words(people))


def preview(session: Session, event: Event, one: ListImport, language: str) -> Preview:
    """What each row of the list comes to as things are. A constant number of queries.

    Raises `Faults` for a list with more words than can be meant.
    Cost: that of comparing all names, of the rows and of the participants, with one another.
    """
    people = session.scalars(
        select(Registration).where(Registration.event_id == event.id).order_by(Registration.position, Registration.id)
    ).all()
    return _previewed(event, one, people, colleagues_by_address(session, event), language, one.meanings)


def _previewed(
    event: Event,
    one: ListImport,
    people: Sequence[Registration],
    colleagues: Mapping[int, Collection[str]],
    language: str,
    meanings: Mapping[str, Mapping[str, str]],
) -> Preview:
    matching = Matching.of(one.matching)
    words, fields = Words.of(event, language, used_words(people)), fields_of(event, language)
    reader = Reader(event, words, Asked.of(event, language), _read_of(matching), meanings)
    drafts = reader.drafts(sheets_of(one)[matching.sheet])
    if matching.way == "invited":
        _ask_for_addresses(drafts)
    rows: dict[tuple[str, str], list[int]] = {}
    for draft in drafts:
        for topic, listed in draft.unknown.items():
            for word in dict.fromkeys(listed):
                rows.setdefault((topic, word), []).append(draft.number)
    # A word that is decided stays on the page, to be decided otherwise.
    for topic, decided in meanings.items():
        for word in decided:
            rows.setdefault((topic, word), [])
    asked = sorted(rows.items(), key=lambda one: -len(one[1]))
    unknown = [
        Unknown(topic, word, tuple(numbers), words[topic].nearest(word))
        for (topic, word), numbers in asked[:MOST_UNKNOWN]
    ]
    comparison = compared(event, drafts, people, colleagues, fields)
    if matching.way == "invited":
        comparison = replace(comparison, lines=[_uninvited(line) for line in comparison.lines])
    return Preview(comparison, unknown, len(asked) - len(unknown), words, fields, matching, meanings)


def _read_of(matching: Matching) -> Matching:
    """What is read of a list: all that is said, or what an invitation has room for."""
    if matching.way != "invited":
        return matching
    kept = {place: name for place, name in matching.columns.items() if name in _OF_INVITATIONS}
    return replace(matching, columns=kept)


def _ask_for_addresses(drafts: Sequence[Draft]) -> None:
    """Nobody is invited without an address."""
    for draft in drafts:
        if "email" not in draft.values and not any(name == "email" for name, _text, _sentence in draft.faults):
            draft.faults.append(("email", "", _("there is none, and nobody is invited without one.")))


def _uninvited(line: Line) -> Line:
    """A row of a list of the invited: whoever is there already is not invited, nor changed."""
    return replace(line, state=State.SAME, changes=(), faults=()) if line.target is not None else line


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
        beside = colleagues_by_address(session, event)
        shown = _previewed(event, one, people, beside, language, one.meanings)
        if shown.comparison.digest != digest:
            raise StaleDataError("The participants have changed since the page was opened.")
        planned = shown if meanings == one.meanings else _previewed(event, one, people, beside, language, meanings)
        lines = [line for line in planned.comparison.lines if line.draft.number in set(rows)]
        plan = _plan(lines, targets)
        if planned.matching.way == "invited":
            outcome = _invite(session, event, plan, actor)
        else:
            outcome = _take(session, event, plan, people, planned.matching.way, actor)
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
            invited=len(outcome.get("invited", ())),
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


def _invite(
    session: Session, event: Event, plan: Sequence[tuple[Line, Registration | None]], actor: Actor
) -> dict[str, Any]:
    """Keep an invitation for each row that is nobody who is there already; what undoing needs. Raises `Faults`."""
    lines = [line for line, target in plan if target is None]
    columns = ("kind", "name", "email", "contact_name", "phone", "language")
    rows = [
        Invited(**{name: line.draft.values[name] for name in columns if name in line.draft.values}) for line in lines
    ]
    try:
        made = invite_many(session, event, rows, actor)
    except Faults as faults:
        raise Faults(
            [Fault(f"row-{lines[int(one.path) - 1].draft.number}", one.message) for one in faults.faults]
        ) from None
    return {
        "way": "invited",
        "added": [],
        "changed": [],
        "invited": [one.id for one in made.invitations],
        "not_invited": [row.name for row, _why in made.left_out],
    }


def _take(
    session: Session,
    event: Event,
    plan: Sequence[tuple[Line, Registration | None]],
    people: Sequence[Registration],
    way: str,
    actor: Actor,
) -> dict[str, Any]:
    """Write the rows within the places that there are; what undoing needs. Raises `Refused`."""
    left_kinds = {target.kind for line, target in plan if target is not None and "kind" in _values(line, target)}
    outcome = _write(session, event, plan, people, way, actor)
    for kind in sorted({*outcome.pop("kinds")}):
        places.check_held(session, event, kind)
    places.promote(session, event, sorted(left_kinds))
    return outcome


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
            values = {"language": event.locale, **_columns(line.draft.values, None)}
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
    takers = [*(one for one, former in changed if "kind" in former), *added]
    return {
        "way": way,
        "kinds": [one.kind for one in takers if one.status == RegistrationStatus.ACCEPTED],
        "added": [[one.id, one.version] for one in added],
        "changed": [[one.id, one.version, former] for one, former in changed],
    }


def _values(line: Line, target: Registration) -> dict[str, Any]:
    changes = line.changes
    if line.target is None:
        changes = next(one.changes for one in line.candidates if one.registration.id == target.id)
    return _columns({one.name: one.new for one in changes}, target)


def _columns(values: Mapping[str, Any], known: Registration | None) -> dict[str, Any]:
    """What columns of a list say as columns of a registration, `known` where there is one."""
    return with_notes(with_answers(values, known), known)


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


def matching_for_sheet(one: ListImport, sheet: int, fields: Mapping[str, Field]) -> Matching:
    """What the columns of another sheet probably mean."""
    sheets = sheets_of(one)
    known = Matching.of(one.matching)
    shown = sheet if 0 <= sheet < len(sheets) else known.sheet
    return replace(guessed(sheets, shown, fields), kind=known.kind, way=known.way)
