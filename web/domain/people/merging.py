"""One organisation that registered twice becomes one registration; nothing that either has said is lost unsaid.

`merge_of` says what will become of it, `merge` makes it so: both work by the same functions.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing, Refused
from web.domain.event.absences import Rounds
from web.domain.event.events import locked, touch
from web.domain.links import personal_address
from web.domain.locking import lock_registration
from web.domain.mail.notices import merged_notice
from web.domain.people import colleagues, places
from web.domain.people.doubles import PRESENT
from web.domain.people.lines import united_lines
from web.domain.people.logos import hand_over_picture
from web.domain.people.privacy import drop_unused
from web.domain.team.access import personal_token
from web.models import (
    IDENTIFYING,
    AuditEntry,
    DistinctPair,
    Event,
    Invitation,
    MeetingAnswer,
    MeetingRule,
    MergedRegistration,
    OutboxMail,
    Registration,
    RegistrationStatus,
    Reminder,
    ScheduleVersion,
    Veto,
    Wish,
)

# Of which one of the two values can be kept; the organiser says which.
CHOSEN = (
    *("name", "kind", "contact_name", "email", "phone", "website", "siren", "size", "language", "project", "zone"),
    "logo",
    *("remote", "delegates", "accessibility", "home_table_id", "min_meetings", "max_meetings", "boost"),
)
# Of which what either has said holds.
UNITED = ("needs", "offers", "themes", "requires")


@dataclass(frozen=True)
class Choice:
    """A column in which the two differ; `from_double`: whose value holds."""

    name: str
    kept: Any
    double: Any
    from_double: bool


@dataclass(frozen=True)
class Choices:
    """Whom one registration wishes to meet, in order, and whom not; `lost`: the wishes beyond the event's limit."""

    wishes: tuple[int, ...]
    vetoes: tuple[int, ...]
    lost: tuple[int, ...] = ()


@dataclass(frozen=True)
class Merge:
    """What merging comes to. `kept` goes on, `double` goes; the rest is what the page shows of it."""

    kept: Registration
    double: Registration
    choices: tuple[Choice, ...]
    united: dict[str, list[str]]
    missed: list[str]
    mine: Choices
    # How many others wish for the double, and how many rules on pairs are about it.
    wished_by: int
    rules: int
    # Meetings of the double in the announced timetable: they are held no more.
    announced: int
    # Who is told by mail.
    addresses: tuple[str, ...]

    def names(self, session: Session, ids: Iterable[int]) -> list[str]:
        """What the participants `ids` are called, in that order. One query."""
        ids = list(ids)
        rows = session.execute(
            select(Registration.id, Registration.name, Registration.key).where(Registration.id.in_(ids))
        )
        named = {id: name or key for id, name, key in rows}
        return [named[id] for id in ids]


def found(session: Session, event: Event, registration_id: int) -> Registration:
    """The registration of `event` with this number. Raises `Missing`."""
    one = session.get(Registration, registration_id)
    if one is None or one.event_id != event.id:
        raise Missing(_("These participants are no longer there: reload the page."))
    return one


def in_order(
    session: Session, event: Event, one: Registration, other: Registration
) -> tuple[Registration, Registration]:
    """Which of the two is kept, and which is the double: whoever is announced stays, or is accepted, or came first.

    Raises `Missing` unless both take part in `event` or may yet.
    """
    pair = (one, other)
    if one.id == other.id or any(who.event_id != event.id or who.status not in PRESENT for who in pair):
        raise Missing(_("These participants are no longer there: reload the page."))
    met = _announced(session, event)
    rank = [RegistrationStatus.ACCEPTED, RegistrationStatus.WAITING, RegistrationStatus.PENDING]
    kept, double = sorted(
        pair, key=lambda who: (not met.get(who.key), rank.index(RegistrationStatus(who.status)), who.id)
    )
    return kept, double


def _announced(session: Session, event: Event) -> Counter[str]:
    """How many meetings the participants of the announced timetable have, by key."""
    if event.published_schedule_id is None:
        return Counter()
    meetings = session.get_one(ScheduleVersion, event.published_schedule_id).document["meetings"]
    return Counter(key for meeting in meetings for key in meeting["between"])


def merge_of(
    session: Session,
    event: Event,
    one: Registration,
    other: Registration,
    from_double: Collection[str] | None = None,
) -> Merge:
    """What `merge` would do with the two. `from_double`: the columns in which the double's value shall hold; by default
    those where the one kept says nothing. Raises `Missing` as `in_order`."""
    kept, double = in_order(session, event, one, other)
    return Merge(
        kept,
        double,
        tuple(_choices(kept, double, from_double)),
        {name: _united(getattr(kept, name), getattr(double, name)) for name in UNITED},
        _missed(event, kept, double),
        _own_choices(session, event, kept, double),
        len(_wishing_for(session, double, kept)),
        session.scalar(select(func.count()).where(_about(double))) or 0,
        _announced(session, event).get(double.key, 0),
        tuple(dict.fromkeys(who.email for who in (kept, double) if who.email)),
    )


def _choices(kept: Registration, double: Registration, from_double: Collection[str] | None) -> Iterable[Choice]:
    for name in CHOSEN:
        mine, theirs = getattr(kept, name), getattr(double, name)
        if mine == theirs or (mine or "") == (theirs or ""):
            continue
        chosen = not mine and bool(theirs) if from_double is None else name in from_double
        yield Choice(name, mine, theirs, chosen)


def _united(mine: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys([*mine, *theirs]))


def _missed(event: Event, kept: Registration, double: Registration) -> list[str]:
    """The rounds in which neither is there: whoever of them comes can stand for both."""
    rounds = Rounds.of(event)
    theirs = set(rounds.missed(double.absences))
    return [key for key in rounds.missed(kept.absences) if key in theirs]


def _own_choices(session: Session, event: Event, kept: Registration, double: Registration) -> Choices:
    """The wishes of the one kept, then those of the double, without those that either would rather not meet."""
    both = {kept.id, double.id}
    vetoes = [id for id in _united(_targets(session, Veto, kept), _targets(session, Veto, double)) if id not in both]
    wishes = [
        id
        for id in _united(_targets(session, Wish, kept), _targets(session, Wish, double))
        if id not in both and id not in vetoes
    ]
    most = max(event.wish_limit, len(kept.wishes))
    return Choices(tuple(wishes[:most]), tuple(vetoes), tuple(wishes[most:]))


def _targets(session: Session, model: type[Wish] | type[Veto], of: Registration) -> Sequence[int]:
    order = (Wish.rank, Wish.id) if model is Wish else (Veto.id,)
    return session.scalars(select(model.target_id).where(model.registration_id == of.id).order_by(*order)).all()


def _wishing_for(session: Session, double: Registration, kept: Registration) -> Sequence[int]:
    """Who else wishes for the double."""
    wish = aliased(Wish)
    return session.scalars(
        select(wish.registration_id).where(wish.target_id == double.id, wish.registration_id != kept.id)
    ).all()


def _about(who: Registration) -> Any:
    return (MeetingRule.a_id == who.id) | (MeetingRule.b_id == who.id)


@retried
def merge(
    session: Session,
    event: Event,
    one: Registration,
    other: Registration,
    *,
    versions: dict[int, int],
    from_double: Collection[str],
    actor: Actor,
) -> Registration:
    """Merge the two registrations, as `merge_of` says; the one kept. Both personal links lead to it, and both
    addresses are told.

    Stored timetables are left as they are: the announced one is then apart from the event
    (`web.domain.timetable.drift`).
    Raises `Missing` as `in_order` or where one was erased, `StaleDataError` when either has changed since its number in
    `versions` (by id), `Refused` for an archived event, and where no place is left of the kind that the one accepted is
    to have. A place that becomes free goes to who waits for it. Locks the event's row, then theirs in order.
    """
    with write(session):
        locked(session, event)
        for who in sorted((one, other), key=lambda who: who.id):
            lock_registration(session, who)
        if {who.id: who.version for who in (one, other)} != versions:
            raise StaleDataError("One of the two has changed since the page was opened.")
        planned = merge_of(session, event, one, other, from_double)
        kept, double = planned.kept, planned.double
        held = [who.kind for who in (kept, double) if who.status == RegistrationStatus.ACCEPTED]
        moves = any(choice.name == "kind" and choice.from_double for choice in planned.choices)
        _take_over(session, planned, Rounds.of(event).absences(planned.missed, kept.absences))
        _point_others_at(session, kept, double)
        _point_rules_at(session, event, kept, double)
        _hand_over(session, event, kept, double)
        if kept.status == RegistrationStatus.WAITING:
            kept.waiting_since = min(filter(None, (kept.waiting_since, double.waiting_since)), default=None)
        organisation_id = double.organisation_id
        session.flush()
        # Its choices were written past it.
        session.expire(double)
        session.delete(double)
        session.flush()
        session.expire(kept, ["wishes", "vetoes"])
        if organisation_id is not None:
            drop_unused(session, (organisation_id,))
        if moves and kept.status == RegistrationStatus.ACCEPTED:
            places.check_held(session, event, kept.kind)
        places.promote(session, event, held)
        touch(event)
        record(session, actor, "registration.merge", event_id=event.id, behalf_of=kept.id)
        if planned.addresses:
            address = personal_address(personal_token(kept))
            for recipient in planned.addresses:
                merged_notice(session, kept, recipient, address)
    return kept


def _take_over(session: Session, planned: Merge, absences: list[str]) -> None:
    """What the two have said, in the row of the one kept."""
    kept, double = planned.kept, planned.double
    former = [value for name in IDENTIFYING if (value := getattr(double, name))]
    for choice in planned.choices:
        if choice.from_double:
            setattr(kept, choice.name, choice.double)
            if choice.name == "logo":
                hand_over_picture(session, double, kept)
    if kept.email == double.email and kept.confirmed_email != kept.email:
        kept.confirmed_email = double.confirmed_email
    if kept.max_meetings is not None and kept.min_meetings > kept.max_meetings:
        raise Refused(_("The minimum of meetings would be above the maximum: choose both numbers from the same one."))
    for name, values in planned.united.items():
        setattr(kept, name, values)
    kept.absences = absences
    kept.needs_facilitator = kept.needs_facilitator or double.needs_facilitator
    # What one of them has not agreed to is not done.
    kept.publish_name = kept.publish_name and double.publish_name
    kept.publish_contact = kept.publish_contact and double.publish_contact
    kept.no_reminders = kept.no_reminders or double.no_reminders
    kept.notes = united_lines(kept, double)
    kept.answers = {**double.answers, **kept.answers}
    if kept.consented_at is None:
        kept.consent_text, kept.consented_at = double.consent_text, double.consented_at
    kept.wishes_saved_at = max(filter(None, (kept.wishes_saved_at, double.wishes_saved_at)), default=None)
    said = (kept.attendance_confirmed_at, double.attendance_confirmed_at)
    kept.attendance_confirmed_at = max(filter(None, said), default=None)
    kept.known_as = _united(_united(kept.known_as, double.known_as), former)
    _write_choices(session, {kept.id: planned.mine})


def _write_choices(session: Session, choices: dict[int, Choices]) -> None:
    """Replace the wishes and vetoes of these registrations."""
    session.flush()
    for model in (Wish, Veto):
        session.execute(
            delete(model).where(model.registration_id.in_(choices)).execution_options(synchronize_session=False)
        )
    for id, said in choices.items():
        session.add_all(Wish(registration_id=id, target_id=target, rank=n) for n, target in enumerate(said.wishes))
        session.add_all(Veto(registration_id=id, target_id=target) for target in said.vetoes)
    session.flush()


def _point_others_at(session: Session, kept: Registration, double: Registration) -> None:
    """Have whoever wished for the double, or would rather not meet it, say so of the one kept; a veto outweighs a
    wish, and the higher of two wishes stays."""
    others = {
        id
        for model in (Wish, Veto)
        for id in session.scalars(select(model.registration_id).where(model.target_id == double.id))
    } - {kept.id, double.id}
    wishes: dict[int, list[int]] = {id: [] for id in others}
    vetoes: dict[int, list[int]] = {id: [] for id in others}
    for found, model, order in ((wishes, Wish, (Wish.rank, Wish.id)), (vetoes, Veto, (Veto.id,))):
        rows = select(model.registration_id, model.target_id).where(model.registration_id.in_(others)).order_by(*order)
        for id, target in session.execute(rows):
            found[id].append(kept.id if target == double.id else target)
    said = {}
    for id in others:
        refused = tuple(dict.fromkeys(vetoes[id]))
        said[id] = Choices(tuple(target for target in dict.fromkeys(wishes[id]) if target not in refused), refused)
    _write_choices(session, said)


def _point_rules_at(session: Session, event: Event, kept: Registration, double: Registration) -> None:
    """Have what the organiser says of pairs and groups say it of the one kept, whose own rules come first."""
    rows = session.scalars(select(MeetingRule).where(MeetingRule.event_id == event.id).order_by(MeetingRule.position))
    rules = rows.all()
    ruled = {frozenset((rule.a_id, rule.b_id)) for rule in rules}
    for rule in rules:
        if double.id in (rule.a_id, rule.b_id):
            a, b = (kept.id if id == double.id else id for id in (rule.a_id, rule.b_id))
            if a == b or frozenset((a, b)) in ruled:
                session.delete(rule)
                continue
            ruled.add(frozenset((a, b)))
            rule.a_id, rule.b_id = a, b
        if any(double.key in pair for pair in rule.after):
            turned = [[kept.key if key == double.key else key for key in pair] for pair in rule.after]
            rule.after = [pair for pair in turned if pair[0] != pair[1]]
    session.flush()
    groups: list[list[str]] = []
    for group in event.rules.get("same_person", []):
        group = list(dict.fromkeys(kept.key if key == double.key else key for key in group))
        meets = [known for known in groups if set(known) & set(group)]
        groups = [known for known in groups if known not in meets] + [
            _united([key for one in meets for key in one], group)
        ]
    if event.rules.get("same_person"):
        event.rules = {**event.rules, "same_person": [group for group in groups if len(group) > 1]}
    if event.affinities is not None:
        event.affinities = _affinities(event.affinities, kept.key, double.key)


def _affinities(listed: Sequence[Any], kept: str, double: str) -> list[Any]:
    """Scores of pairs with those of the double under the other's key, where that has none of its own."""
    found = {frozenset((a, b)): [a, b, score] for a, b, score in listed if double not in (a, b)}
    for a, b, score in listed:
        if double in (a, b):
            a, b = (kept if key == double else key for key in (a, b))
            if a != b:
                found.setdefault(frozenset((a, b)), [a, b, score])
    return list(found.values())


def _hand_over_answers(session: Session, kept: Registration, double: Registration) -> None:
    """What either has answered to provisional timetables, and what others have of either, is said of the one kept; of
    two answers about one partner that of the one kept."""
    ids = (kept.id, double.id)
    rows = session.scalars(
        select(MeetingAnswer)
        .where(MeetingAnswer.registration_id.in_(ids) | MeetingAnswer.partner_id.in_(ids))
        .order_by(MeetingAnswer.registration_id == double.id, MeetingAnswer.partner_id == double.id, MeetingAnswer.id)
    ).all()
    known: set[tuple[int, int, int | None]] = set()
    for row in rows:
        who = kept.id if row.registration_id == double.id else row.registration_id
        whom = kept.id if row.partner_id == double.id else row.partner_id
        if who == whom or (row.version_id, who, whom) in known:
            session.delete(row)
            continue
        known.add((row.version_id, who, whom))
        row.registration_id, row.partner_id = who, whom
    session.flush()


def _hand_over(session: Session, event: Event, kept: Registration, double: Registration) -> None:
    """Mails, the log, what was said of doubles, and whatever still leads to the double."""
    past_the_mapper = {"synchronize_session": False}
    _hand_over_answers(session, kept, double)
    colleagues.hand_over(session, kept, double)
    for model, column in (
        (OutboxMail, "registration_id"),
        (AuditEntry, "behalf_of_id"),
        (MergedRegistration, "registration_id"),
        (Invitation, "registration_id"),
        (Reminder, "registration_id"),
    ):
        theirs = getattr(model, column) == double.id
        session.execute(update(model).where(theirs).values({column: kept.id}).execution_options(**past_the_mapper))
    same_key = MergedRegistration.event_id == event.id, MergedRegistration.key == double.key
    # The same form sent once more after a merge brings the same key.
    session.execute(delete(MergedRegistration).where(*same_key).execution_options(**past_the_mapper))
    session.add(
        MergedRegistration(
            event_id=event.id,
            registration_id=kept.id,
            key=double.key,
            token_hash=double.token_hash if double.token_revoked_at is None else None,
            registered_at=double.created_at,
        )
    )
    said = session.scalars(select(DistinctPair).where(DistinctPair.event_id == event.id)).all()
    known = {(pair.a_id, pair.b_id, pair.alike) for pair in said}
    for pair in said:
        if double.id in (pair.a_id, pair.b_id):
            a, b = sorted(kept.id if id == double.id else id for id in (pair.a_id, pair.b_id))
            if a != b and (a, b, pair.alike) not in known:
                known.add((a, b, pair.alike))
                session.add(DistinctPair(event_id=event.id, a_id=a, b_id=b, alike=pair.alike))
