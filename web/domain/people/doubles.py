"""Registrations that look like one: an organisation that registered twice, a person who stands for several.

Both are told and never decided: the organiser says which are one (`web.domain.people.merging` for organisations, the
rule ``same_person`` of the event for people) and which are two, and may take either back.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing
from web.domain.event.events import locked, touch
from web.domain.memory import Memory
from web.domain.people.likeness import Name, alike, groups, is_within
from web.domain.people.readers import colleagues_by_address
from web.domain.text import folded
from web.models import Alike, DistinctPair, Event, Registration, RegistrationStatus

# Pairs to decide that are told at once: the next ones follow when these are decided.
MOST_TOLD = 500
PRESENT = (RegistrationStatus.ACCEPTED, RegistrationStatus.PENDING, RegistrationStatus.WAITING)


class Sign(StrEnum):
    """What two registrations have in common."""

    SIREN = "siren"
    SITE = "site"
    NAME = "name"
    EMAIL = "email"
    COLLEAGUE = "colleague"
    CONTACT = "contact"
    PHONE = "phone"


@dataclass(frozen=True)
class Seen:
    """What is compared of a registration, and no more of its row; `colleagues`: the address and the name of each."""

    id: int
    key: str
    name: str
    status: str
    contact_name: str
    email: str | None
    phone: str
    website: str
    siren: str | None
    colleagues: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        return self.name or self.key


@dataclass(frozen=True)
class Together:
    """Some who look like one organisation (then two) or are spoken for by one person, and by which `signs`."""

    people: tuple[Seen, ...]
    signs: tuple[Sign, ...]

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(one.id for one in self.people)

    @property
    def colleagues(self) -> list[str]:
        """The names of the colleagues whose address another of them has too."""
        having = Counter(email for one in self.people for email in {one.email, *dict(one.colleagues)})
        shared = [name for one in self.people for email, name in one.colleagues if having[email] > 1]
        return list(dict.fromkeys(shared))


@dataclass(frozen=True)
class Findings:
    """What there is to decide, and what was decided; each in the order of the registrations."""

    doubles: tuple[Together, ...] = ()
    persons: tuple[Together, ...] = ()
    # Groups that are never placed at once; pairs said to be two, as what.
    one_person: tuple[tuple[Seen, ...], ...] = ()
    two: tuple[tuple[Alike, Seen, Seen], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.doubles or self.persons)

    def of(self, registration_id: int) -> "Findings":
        """The part that concerns one registration."""
        return Findings(
            tuple(one for one in self.doubles if registration_id in one.ids),
            tuple(one for one in self.persons if registration_id in one.ids),
            tuple(group for group in self.one_person if registration_id in {one.id for one in group}),
            tuple(one for one in self.two if registration_id in {one[1].id, one[2].id}),
        )

    def among(self, statuses: Collection[str]) -> "Findings":
        """What is to decide between registrations of these statuses alone."""

        def kept(found: tuple[Together, ...]) -> tuple[Together, ...]:
            return tuple(one for one in found if all(who.status in statuses for who in one.people))

        return Findings(kept(self.doubles), kept(self.persons))


def findings(session: Session, event: Event) -> Findings:
    """What `event` has of both. Three queries; the comparison is made once for each state of the participants."""
    rows = session.execute(
        select(*(getattr(Registration, field.name) for field in fields(Seen) if field.name != "colleagues"))
        .where(Registration.event_id == event.id, Registration.status.in_(PRESENT))
        .order_by(Registration.position, Registration.id)
    )
    beside = colleagues_by_address(session, event)
    people = tuple(replace(Seen(*row), colleagues=tuple(beside.get(row.id, {}).items())) for row in rows)
    said = session.execute(
        select(DistinctPair.alike, DistinctPair.a_id, DistinctPair.b_id)
        .where(DistinctPair.event_id == event.id)
        .order_by(DistinctPair.id)
    )
    two = [(Alike(alike), a, b) for alike, a, b in said]
    return _decided(people, _compared.get(people, lambda: _compare(people)), two, event.rules.get("same_person", []))


_Signs = dict[tuple[int, int], list[Sign]]

# What the participants of the events looked at last have in common.
_compared: Memory[tuple[_Signs, _Signs]] = Memory(most=8)


def _compare(people: Sequence[Seen]) -> tuple[_Signs, _Signs]:
    """By pairs of places in `people`: by what they look like one organisation, and like one person's."""
    contacts: _Signs = defaultdict(list)
    for sign, keys in (
        (Sign.EMAIL, [one.email for one in people]),
        (Sign.CONTACT, [_person(one.contact_name) for one in people]),
        (Sign.PHONE, [_number(one.phone) for one in people]),
    ):
        for pair in _equal(keys):
            contacts[pair].append(sign)
    for pair in _with_colleagues(people):
        contacts[pair].append(Sign.COLLEAGUE)
    # Two who answer the same telephone of a house under their own names are two.
    persons = {
        pair: signs for pair, signs in contacts.items() if signs != [Sign.PHONE] or not _both_named(people, *pair)
    }

    names = [Name.of(one.name) for one in people]
    doubles: _Signs = defaultdict(list)
    for pair in _equal([one.siren for one in people]):
        doubles[pair].append(Sign.SIREN)
    for pair in _equal([_site(one.website) for one in people]):
        doubles[pair].append(Sign.SITE)
    near = {(a, b) for a, b in alike(names) if people[a].name and people[b].name}
    # The same people write a name long and short.
    near |= {(a, b) for a, b in contacts if people[a].name and people[b].name and is_within(names[a], names[b])}
    for pair in near:
        doubles[pair].append(Sign.NAME)
    for a, b in [pair for pair in doubles if _differ(people, *pair)]:
        del doubles[a, b]
    return dict(doubles), persons


def _equal(keys: Sequence[str | None]) -> Iterator[tuple[int, int]]:
    rooms: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if key:
            rooms[key].append(place)
    for places in rooms.values():
        # Each with the next: who has it in common is then one group, however many they are.
        yield from pairwise(places)


def _with_colleagues(people: Sequence[Seen]) -> Iterator[tuple[int, int]]:
    """Pairs that share an address which is a colleague's in one of the two at least."""
    rooms: dict[str, set[int]] = defaultdict(set)
    for place, one in enumerate(people):
        for email, _name in one.colleagues:
            rooms[email].add(place)
    for place, one in enumerate(people):
        if one.email in rooms:
            rooms[one.email].add(place)
    for email, places in rooms.items():
        # Of two first contacts it is told already.
        yield from ((a, b) for a, b in pairwise(sorted(places)) if not people[a].email == people[b].email == email)


def _person(name: str) -> str | None:
    """First and last name in either order; a first name alone is many people's."""
    words = sorted(folded(name).split())
    return " ".join(words) if len(words) > 1 else None


def _number(phone: str) -> str | None:
    """The digits of a number, the French prefix as the zero that it stands for."""
    digits = "".join(one for one in phone if one.isdecimal())
    for prefix in ("0033", "33"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 9:
            digits = f"0{digits.removeprefix(prefix)}"
    return digits if len(digits) > 5 else None


def _site(address: str) -> str | None:
    """The page, without what browsers add or leave out."""
    page = address.strip().casefold().partition("://")[2].partition("#")[0].partition("?")[0]
    return page.removeprefix("www.").rstrip("/") or None


def _both_named(people: Sequence[Seen], a: int, b: int) -> bool:
    return bool(people[a].contact_name and people[b].contact_name)


def _differ(people: Sequence[Seen], a: int, b: int) -> bool:
    """Whether the two are two by law."""
    return bool(people[a].siren and people[b].siren and people[a].siren != people[b].siren)


def _decided(
    people: Sequence[Seen],
    compared: tuple[_Signs, _Signs],
    two: Sequence[tuple[Alike, int, int]],
    same_person: Iterable[Iterable[str]],
) -> Findings:
    doubles, persons = compared
    place_of = {one.id: place for place, one in enumerate(people)}
    by_key = {one.key: place for place, one in enumerate(people)}
    apart: dict[Alike, set[tuple[int, int]]] = {Alike.ORGANISATION: set(), Alike.PERSON: set()}
    told = []
    for kind, a_id, b_id in two:
        if a_id in place_of and b_id in place_of:
            a, b = sorted((place_of[a_id], place_of[b_id]))
            apart[kind].add((a, b))
            told.append((kind, people[a], people[b]))
    one_person = [sorted(by_key[key] for key in group if key in by_key) for group in same_person]
    group_of = {place: number for number, group in enumerate(one_person) for place in group}
    open_doubles = {pair: signs for pair, signs in doubles.items() if pair not in apart[Alike.ORGANISATION]}
    open_persons = {
        (a, b): signs
        for (a, b), signs in persons.items()
        # Whether they are one organisation comes first.
        if (a, b) not in open_doubles
        and (a, b) not in apart[Alike.PERSON]
        and (a not in group_of or group_of[a] != group_of.get(b))
    }
    return Findings(
        tuple(_together(people, pair, signs) for pair, signs in sorted(open_doubles.items())[:MOST_TOLD]),
        tuple(
            _together(
                people, group, [sign for pair, signs in open_persons.items() if pair[0] in group for sign in signs]
            )
            for group in groups(open_persons)
        ),
        tuple(tuple(people[place] for place in group) for group in one_person if len(group) > 1),
        tuple(told),
    )


def _together(people: Sequence[Seen], places: Iterable[int], signs: Iterable[Sign]) -> Together:
    found = set(signs)
    return Together(tuple(people[place] for place in places), tuple(sign for sign in Sign if sign in found))


# What an organiser decides. Each function is one transaction under the lock of the event.


@retried
def never_at_once(session: Session, event: Event, ids: Collection[int], actor: Actor) -> None:
    """Have no two of these placed in the same slot: one person stands for all of them. Joins groups that share one.

    Raises `Missing` unless two of them at least take part or may yet, `Refused` for an archived event.
    """
    with write(session):
        locked(session, event)
        keys = [one.key for one in _people(session, event, ids)]
        stored: list[Any] = event.rules.get("same_person", [])
        touched = [group for group in stored if set(group) & set(keys)]
        joined = list(dict.fromkeys([key for group in touched for key in group] + keys))
        _set_groups(event, [*(group for group in stored if group not in touched), joined])
        record(session, actor, "event.rules", event_id=event.id, same_person=len(joined))


@retried
def may_be_at_once(session: Session, event: Event, ids: Collection[int], actor: Actor) -> None:
    """Take `never_at_once` back for these; the others of their group stay one person. Raises as it does."""
    with write(session):
        locked(session, event)
        keys = {one.key for one in _people(session, event, ids)}
        stored: list[Any] = event.rules.get("same_person", [])
        left = [[key for key in group if key not in keys] for group in stored]
        _set_groups(event, [group for group in left if len(group) > 1])
        record(session, actor, "event.rules", event_id=event.id, same_person=0)


def _set_groups(event: Event, groups: list[list[str]]) -> None:
    event.rules = {**event.rules, "same_person": groups}
    touch(event)


@retried
def say_two(session: Session, event: Event, ids: Collection[int], as_what: Alike, actor: Actor) -> None:
    """Keep that these are two (or more), however alike they look. Raises as `never_at_once`."""
    with write(session):
        locked(session, event)
        people = sorted(one.id for one in _people(session, event, ids))
        said = select(DistinctPair.a_id, DistinctPair.b_id).where(
            DistinctPair.event_id == event.id, DistinctPair.alike == as_what
        )
        known = {(row.a_id, row.b_id) for row in session.execute(said)}
        session.add_all(
            DistinctPair(event_id=event.id, a_id=a, b_id=b, alike=as_what)
            for a, b in combinations(people, 2)
            if (a, b) not in known
        )
        record(session, actor, "registration.distinct", event_id=event.id, alike=as_what.value)


@retried
def unsay_two(session: Session, event: Event, ids: Collection[int], as_what: Alike, actor: Actor) -> None:
    """Take `say_two` back for these. Raises as `never_at_once`."""
    with write(session):
        locked(session, event)
        people = [one.id for one in _people(session, event, ids)]
        session.execute(
            delete(DistinctPair).where(
                DistinctPair.event_id == event.id,
                DistinctPair.alike == as_what,
                DistinctPair.a_id.in_(people),
                DistinctPair.b_id.in_(people),
            )
        )
        record(session, actor, "registration.distinct", event_id=event.id, alike=None)


def _people(session: Session, event: Event, ids: Collection[int]) -> Sequence[Registration]:
    people = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.id.in_(ids), Registration.status.in_(PRESENT))
        .order_by(Registration.position, Registration.id)
    ).all()
    if len(people) < 2:
        raise Missing(_("These participants are no longer there: reload the page."))
    return people
