"""To whom of an event a message goes: segments of its people, read anew each time, and whom no mail reaches.

A message takes in the colleagues of those whom it is for unless its writer leaves them out: what is to be known of the
day is told to all who get the agendas, and those who said that they want no mails get none.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, undefer

from web.domain.people import invitations, presence, unasked
from web.domain.people.invitations import State
from web.domain.people.outstanding import FINDERS
from web.domain.people.reminder_plan import Rule
from web.domain.people.unasked import Histories
from web.domain.text import folded
from web.models import (
    Colleague,
    Event,
    Invitation,
    Occasion,
    Registration,
    RegistrationStatus,
    ScheduleVersion,
    Wish,
    utcnow,
)

# The participant itself is its first contact.
Who = Registration | Invitation | Colleague


class Group(StrEnum):
    """Whom a message is for, before it is narrowed down. Who withdrew is in none of them, and told beside it."""

    ACCEPTED = "accepted"
    EVERYBODY = "everybody"
    PENDING = "pending"
    WAITING = "waiting"
    DECLINED = "declined"
    NO_WISHES = "no_wishes"
    UNANSWERED = "unanswered"
    IN_TIMETABLE = "in_timetable"
    NOT_IN_TIMETABLE = "not_in_timetable"
    NOT_PRESENT = "not_present"
    INVITED = "invited"
    PICKED = "picked"


@dataclass(frozen=True)
class Segment:
    """A group, narrowed to a kind, a theme, a zone (an empty field takes all). `picked`: the handles of those who were
    chosen one by one, of the group that is called so; `left_out`: of those who were unticked; `colleagues`: with those
    of the participants who want mails (a draft that does not say was written before they could be chosen)."""

    group: Group = Group.ACCEPTED
    kind: str = ""
    theme: str = ""
    zone: str = ""
    picked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    colleagues: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Segment":
        return cls(
            Group(stored["group"]),
            stored.get("kind", ""),
            stored.get("theme", ""),
            stored.get("zone", ""),
            tuple(stored.get("picked", ())),
            tuple(stored.get("left_out", ())),
            stored.get("colleagues", False),
        )

    def stored(self) -> dict[str, Any]:
        return vars(self) | {"group": self.group.value, "picked": list(self.picked), "left_out": list(self.left_out)}

    def without(self, handles: Iterable[str]) -> "Segment":
        """The same with these left out instead."""
        return replace(self, left_out=tuple(sorted(handles)))


class Unreached(StrEnum):
    """Why somebody of a segment is not written to."""

    NO_ADDRESS = "no_address"
    CAME_BACK = "came_back"
    WITHDREW = "withdrew"
    ENOUGH = "enough"
    NO_MAILS = "no_mails"
    SAME_ADDRESS = "same_address"


def handle_of(who: Who) -> str:
    """What names somebody in forms and drafts. A number would be another's one day: SQLite gives it again."""
    if isinstance(who, Registration):
        mine = who.key
    else:
        mine = f"{'colleague' if isinstance(who, Colleague) else 'invitation'} {who.id}"
    return sha256(f"{spoken_for(who).event_id}\n{mine}\n{who.created_at.isoformat()}".encode()).hexdigest()[:12]


def spoken_for(who: Who) -> Registration | Invitation:
    """The participant, or the invited, whom `who` belongs to or is."""
    return who.registration if isinstance(who, Colleague) else who


def name_of(who: Who) -> str:
    """What a list calls somebody: a colleague by their own name beside that of their organisation."""
    if not isinstance(who, Colleague):
        return who.name
    return f"{who.name} ({who.registration.name or who.registration.key})"


@dataclass(frozen=True)
class Reach:
    """Whom a segment reaches, by name: `ticked` get the message, `unticked` were left out by hand. `kept`: who is not
    reached, by the reason. `gone`: how many of those picked are no longer there."""

    ticked: Mapping[str, Who]
    unticked: Mapping[str, Who]
    kept: Mapping[Unreached, Sequence[Who]]
    gone: int = 0

    @property
    def all(self) -> Mapping[str, Who]:
        """All who could be written to, by their handles and in the order of their names."""
        return _by_name({**self.ticked, **self.unticked})

    @property
    def participants(self) -> int:
        """For how many participants, or invited, those who are ticked read."""
        return len({handle_of(spoken_for(who)) for who in self.ticked.values()})


def reach(session: Session, event: Event, segment: Segment) -> Reach:
    """Whom `segment` reaches now, each address once: the first contact's before a colleague's, then by name. A few
    queries, whatever the number of people."""
    people = People(session, event)
    members = {handle_of(one): one for one in people.of(segment) if _fits(spoken_for(one), segment)}
    kept: dict[Unreached, list[Who]] = {}
    reached: dict[str, Who] = {}
    addresses: set[str | None] = set()
    for handle, one in members.items():
        reason = people.why_not(one)
        if reason is None and one.email in addresses:
            reason = Unreached.SAME_ADDRESS
        if reason is None:
            reached[handle] = one
            addresses.add(one.email)
        else:
            kept.setdefault(reason, []).append(one)
    reached = _by_name(reached)
    left_out = set(segment.left_out)
    return Reach(
        {handle: one for handle, one in reached.items() if handle not in left_out},
        {handle: one for handle, one in reached.items() if handle in left_out},
        {reason: kept[reason] for reason in Unreached if reason in kept},
        len(set(segment.picked) - set(members)) if segment.group == Group.PICKED else 0,
    )


def numbers(session: Session, event: Event) -> Mapping[Group, int]:
    """How many each group holds, without those who withdrew. A few queries, whatever the number of people."""
    people = People(session, event)
    groups = [group for group in Group if group != Group.PICKED]
    return {group: sum(not _withdrew(one) for one in people.of(Segment(group))) for group in groups}


def _fits(one: Registration | Invitation, segment: Segment) -> bool:
    if segment.kind and one.kind != segment.kind:
        return False
    if isinstance(one, Invitation):
        return not segment.theme and not segment.zone
    return (not segment.theme or segment.theme in one.themes) and (not segment.zone or segment.zone == one.zone)


def _order(who: Who) -> tuple[str, int, int]:
    one = spoken_for(who)
    return folded(one.name), one.id, who.id if isinstance(who, Colleague) else 0


def _by_name(people: Mapping[str, Who]) -> dict[str, Who]:
    return dict(sorted(people.items(), key=lambda item: _order(item[1])))


def _withdrew(who: Who) -> bool:
    one = spoken_for(who)
    return one.status == RegistrationStatus.WITHDRAWN if isinstance(one, Registration) else bool(one.withdrawn_at)


class People:
    """The people of an event, each thing that groups ask of them read once."""

    def __init__(self, session: Session, event: Event) -> None:
        self._session, self._event = session, event

    def of(self, segment: Segment) -> Sequence[Who]:
        """The members of its group, by name, then their colleagues where it takes them in."""
        members = _GROUPS[segment.group](self)
        if segment.group == Group.PICKED:
            picked = set(segment.picked)
            members = [one for one in members if handle_of(one) in picked]
        members = sorted(members, key=_order)
        if not segment.colleagues:
            return members
        ids = {one.id for one in members if isinstance(one, Registration)}
        return [*members, *sorted((one for one in self.colleagues if one.registration_id in ids), key=_order)]

    def why_not(self, one: Who) -> Unreached | None:
        """Why somebody is not written to."""
        if _withdrew(one):
            return Unreached.WITHDREW
        if isinstance(one, Colleague) and not one.wants_mails:
            return Unreached.NO_MAILS
        if not one.email:
            return Unreached.NO_ADDRESS
        if one.email in self._came_back:
            return Unreached.CAME_BACK
        if isinstance(one, Invitation) and self._histories.of(one.email).is_full:
            return Unreached.ENOUGH
        return None

    @cached_property
    def registrations(self) -> Sequence[Registration]:
        rows = select(Registration).where(Registration.event_id == self._event.id)
        return self._session.scalars(rows.execution_options(populate_existing=True)).all()

    @cached_property
    def colleagues(self) -> Sequence[Colleague]:
        return colleagues_in(self._session, self._event)

    @cached_property
    def invited(self) -> Sequence[Invitation]:
        """Those to whom an invitation was sent, and who have not registered."""
        rows = invitations.rows(self._session, self._event)
        return [row.invitation for row in rows if row.state in (State.SENT, State.FAILED)]

    def having(self, *statuses: RegistrationStatus) -> Sequence[Registration]:
        return [one for one in self.registrations if one.status in statuses]

    @cached_property
    def accepted(self) -> Sequence[Registration]:
        return self.having(RegistrationStatus.ACCEPTED)

    def without_wishes(self) -> Sequence[Registration]:
        chosen = select(Wish.registration_id).join(Registration, Registration.id == Wish.registration_id)
        wishing = set(self._session.scalars(chosen.where(Registration.event_id == self._event.id)))
        return [one for one in self.accepted if one.id not in wishing]

    def unanswered(self) -> Sequence[Registration]:
        """Who was shown a provisional agenda and has said nothing of it."""
        found = FINDERS[Occasion.UNCONFIRMED](self._session, self._event, Rule(), utcnow())
        return [one.who for one in found if isinstance(one.who, Registration)]

    @cached_property
    def meeting(self) -> Collection[str]:
        """The keys of those who have a meeting in the announced timetable."""
        if self._event.published_schedule_id is None:
            return ()
        version = self._session.get(
            ScheduleVersion, self._event.published_schedule_id, options=[undefer(ScheduleVersion.document)]
        )
        return {key for one in version.document["meetings"] for key in one["between"]} if version else ()

    def in_timetable(self) -> Sequence[Registration]:
        return [one for one in self.accepted if one.key in self.meeting]

    def not_in_timetable(self) -> Sequence[Registration]:
        """Who takes part and has no meeting, once a timetable is announced."""
        announced = self._event.published_schedule_id is not None
        return [one for one in self.accepted if one.key not in self.meeting] if announced else []

    def not_present(self) -> Sequence[Registration]:
        """Who is expected and has not said that they come."""
        return presence.unconfirmed(self._session, self._event)

    @cached_property
    def _came_back(self) -> Collection[str]:
        return unasked.unreached(self._session, self._event.id)

    @cached_property
    def _histories(self) -> Histories:
        return Histories(self._session, self._event.id)


def _with(*statuses: RegistrationStatus) -> Callable[[People], Sequence[Who]]:
    return lambda people: people.having(*statuses)


_S = RegistrationStatus
_GROUPS: Mapping[Group, Callable[[People], Sequence[Who]]] = {
    Group.ACCEPTED: _with(_S.ACCEPTED),
    Group.EVERYBODY: _with(_S.ACCEPTED, _S.PENDING, _S.WAITING, _S.WITHDRAWN),
    Group.PENDING: _with(_S.PENDING),
    Group.WAITING: _with(_S.WAITING),
    Group.DECLINED: _with(_S.DECLINED),
    Group.NO_WISHES: People.without_wishes,
    Group.UNANSWERED: People.unanswered,
    Group.IN_TIMETABLE: People.in_timetable,
    Group.NOT_IN_TIMETABLE: People.not_in_timetable,
    Group.NOT_PRESENT: People.not_present,
    Group.INVITED: lambda people: people.invited,
    Group.PICKED: lambda people: [*people.registrations, *people.invited],
}


def colleagues_in(session: Session, event: Event) -> Sequence[Colleague]:
    """Those of all participants of `event`, with their registrations. One query."""
    rows = select(Colleague).join(Colleague.registration).where(Registration.event_id == event.id)
    read = rows.options(contains_eager(Colleague.registration)).execution_options(populate_existing=True)
    return session.scalars(read.order_by(Colleague.id)).all()


def handles(session: Session, event: Event, ids: Collection[int]) -> list[str]:
    """What names the participants of `event` with these numbers. One query."""
    rows = select(Registration).where(Registration.event_id == event.id, Registration.id.in_(ids))
    return [handle_of(one) for one in session.scalars(rows.order_by(Registration.id))]
