"""The directory of the other side: who comes, who suits whom, and why, in the words of the published score."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from scheduler.format.event import Participant, Weights
from scheduler.format.score import score_pair
from scheduler.format.strangers import Strangers
from web.domain.event.programme import kinds_met_by
from web.domain.memory import Memory, state_of
from web.domain.people.earlier import Met, met_before
from web.domain.people.lines import words_of
from web.domain.people.page_state import VETOED, WISHED_BY, DirectoryState, directory_state
from web.domain.people.reasons import Because, because
from web.domain.text import Search, folded
from web.models import Event, EventStatus, Registration, RegistrationStatus


@dataclass(frozen=True)
class Person:
    """What the directory says of one organisation, and no more of its row. `name_folded` is how it is sorted."""

    id: int
    key: str
    kind: str
    name: str
    contact_name: str
    project: str
    needs: list[str]
    offers: list[str]
    notes: dict[str, Any]
    themes: list[str]
    zone: str | None
    logo: dict[str, Any]
    remote: bool
    publish_contact: bool

    @cached_property
    def name_folded(self) -> str:
        return folded(self.name)

    @cached_property
    def told(self) -> dict[Hashable, str]:
        """What pages say of it, by what they say it with: written once for all who may meet it."""
        return {}

    @cached_property
    def profile(self) -> Participant:
        """What the formula reads, and no more: neither wishes nor the organiser's boost."""
        return Participant(
            id=self.key,
            kind=self.kind,
            needs=tuple(self.needs),
            offers=tuple(self.offers),
            themes=tuple(self.themes),
            zone=self.zone,
        )


@dataclass(frozen=True)
class People:
    """Everybody accepted, by name."""

    people: tuple[Person, ...]

    @cached_property
    def positions(self) -> dict[int, int]:
        """Where each stands in `people`, by the id of the row."""
        return {one.id: position for position, one in enumerate(self.people)}

    @cached_property
    def _of_kinds(self) -> dict[frozenset[str], tuple[Person, ...]]:
        return {}

    def of_kinds(self, kinds: Collection[str]) -> tuple[Person, ...]:
        """Those of these kinds, by name: found once for all who may meet them."""
        wanted = frozenset(kinds)
        if wanted not in self._of_kinds:
            self._of_kinds[wanted] = tuple(one for one in self.people if one.kind in wanted)
        return self._of_kinds[wanted]

    @cached_property
    def suggested(self) -> dict[Hashable, tuple[object, tuple[Person, ...]]]:
        """Whom each reader is suggested to meet, by what that depends on besides."""
        return {}

    @cached_property
    def strangers(self) -> Strangers:
        return Strangers([one.profile for one in self.people])


@dataclass(frozen=True)
class Entry:
    """One line of the directory, as `reader` finds it."""

    registration: Person
    reader: "Reader"
    wish_rank: int | None = None
    vetoed: bool = False
    wishes_me: bool = False
    met: Met | None = None

    @property
    def points(self) -> int:
        """They never count wishes: nobody learns from them who asked for whom."""
        return self.reader.points(self.registration)

    @cached_property
    def because(self) -> Because:
        """Why the two would suit each other, told to the reader."""
        reader = self.reader
        return because(score_pair(reader.profile, self.registration.profile, reader.weights).lines, reader.key)

    @property
    def between(self) -> Hashable:
        """What has been said between the two, and by whom: equal where the same is told of it."""
        return (self.wish_rank, self.vetoed, self.wishes_me, self.met)


@dataclass(frozen=True)
class Filter:
    """What is looked for; an empty field looks for anything. `text` as in `web.domain.text.Search`.

    `met`: ``never`` for those whom one's organisation has not met before; `wishing`: ``me`` for those who say that they
    wish to meet whoever looks.
    """

    text: str = ""
    need: str = ""
    offer: str = ""
    theme: str = ""
    zone: str = ""
    met: str = ""
    wishing: str = ""

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass(frozen=True)
class Reader:
    """Who reads the directory, and what decides how they find the others. `given`: points that the event lists.

    `wished_by`: who wishes to meet them, where the event shows that; `met`: whom their organisation met before.
    `kinds`: those of whom they may meet.
    """

    key: str
    id: int
    everybody: People
    weights: Weights
    given: dict[frozenset[str], int] | None
    ranks: dict[int, int]
    vetoed: frozenset[int]
    wished_by: frozenset[int]
    met: Mapping[int, Met]
    kinds: frozenset[str]

    @cached_property
    def position(self) -> int:
        return self.everybody.positions[self.id]

    @cached_property
    def person(self) -> Person:
        """The reader as the others find them."""
        return self.everybody.people[self.position]

    @property
    def profile(self) -> Participant:
        return self.person.profile

    @cached_property
    def row(self) -> list[int]:
        """The points with each of `everybody` by the formula."""
        return self.everybody.strangers.points(self.position, self.weights)

    def entry(self, other: Person) -> Entry:
        return Entry(
            other,
            self,
            wish_rank=self.ranks.get(other.id),
            vetoed=other.id in self.vetoed,
            wishes_me=other.id in self.wished_by,
            met=self.met.get(other.id),
        )

    def points(self, other: Person) -> int:
        return self.points_with([other])[0]

    def points_with(self, others: Iterable[Person]) -> list[int]:
        if self.given is not None:
            return [self.given.get(frozenset((self.key, other.key)), 0) for other in others]
        row, positions = self.row, self.everybody.positions
        return [row[positions[other.id]] for other in others]


@dataclass(frozen=True)
class Directory:
    """Everybody whom one participant may meet, by name. What an entry says is worked out when it is asked for."""

    people: tuple[Person, ...] = ()
    reader: Reader | None = None

    @property
    def wish_count(self) -> int:
        """How many the participant has wished for; 0 while the directory is not visible."""
        return 0 if self.reader is None else len(self.reader.ranks)

    @property
    def wished_by(self) -> frozenset[int]:
        """Who of them says that they wish to meet the participant, by the ids of their rows."""
        return frozenset() if self.reader is None else self.reader.wished_by

    @property
    def met(self) -> Mapping[int, Met]:
        """Whom of them the participant's organisation met before."""
        return {} if self.reader is None else self.reader.met

    def wished(self) -> list[Entry]:
        """Those whom the participant wishes to meet, the most wanted first."""
        ranks = {} if self.reader is None else self.reader.ranks
        return self.entries(sorted((one for one in self.people if one.id in ranks), key=lambda one: ranks[one.id]))

    def matching(self, wanted: Filter) -> list[Person]:
        if not wanted:
            return list(self.people)
        search = Search.of(wanted.text)
        return [one for one in self.people if self._matches(one, wanted, search)]

    def _matches(self, one: Person, wanted: Filter, search: Search) -> bool:
        return (
            _matches(one, wanted, search)
            and not (wanted.met and one.id in self.met)
            and not (wanted.wishing and one.id not in self.wished_by)
        )

    def entries(self, people: Iterable[Person]) -> list[Entry]:
        return [] if self.reader is None else [self.reader.entry(one) for one in people]

    def suggested(self, limit: int = 6) -> list[Entry]:
        """Those with the best reasons who are neither wished for nor put aside, the best first.

        Nobody met before, unless they say that they wish to meet again: what nobody may know speaks for nobody.
        """
        reader = self.reader
        if reader is None:
            return []
        known = frozenset(reader.ranks.keys() | reader.vetoed | (reader.met.keys() - reader.wished_by))

        # Kept with those whom they are chosen from: they go when somebody has changed.
        key = (reader.id, reader.kinds, reader.weights, id(reader.given), known, limit)
        kept = reader.everybody.suggested.get(key)
        if kept is None:
            worth = zip(self.people, reader.points_with(self.people), strict=True)
            # The place in the list last: it decides nothing, and spares the comparison of people.
            free = [(-points, one.id, place) for place, (one, points) in enumerate(worth) if one.id not in known]
            free.sort()
            entries = (reader.entry(self.people[place]) for _points, _id, place in free)
            found = tuple(islice((entry.registration for entry in entries if entry.because), limit))
            if len(reader.everybody.suggested) > MOST_SUGGESTED:
                # Each choice of each reader leaves one.
                reader.everybody.suggested.clear()
            # The points that the event lists stay as long, so that no others have their number.
            kept = reader.everybody.suggested[key] = (reader.given, found)
        return self.entries(kept[1])

    def entry(self, registration_id: int) -> Entry | None:
        return next(iter(self.entries(one for one in self.people if one.id == registration_id)), None)


def is_visible(me: Registration) -> bool:
    """Whether `me` may read the directory: accepted, once the organiser has published it."""
    return (
        me.status == RegistrationStatus.ACCEPTED
        and me.event.directory_published
        and me.event.status in (EventStatus.OPEN, EventStatus.CLOSED)
    )


def directory_of(session: Session, me: Registration, state: DirectoryState | None = None) -> Directory:
    """Whom `me` may meet; empty while the directory is not visible. `state`: where the transaction has read it already.

    Cost: three queries for the state, and the profiles of those people; reading them from the tables, and whom they met
    before, is left out while none of that has changed.
    """
    if not is_visible(me):
        return Directory()
    state = state or directory_state(session.connection(), me.event_id, me.id)
    everybody, kinds = _everybody(session, me.event_id, state.people), frozenset(kinds_met_by(me.event, me.kind))
    if me.id not in everybody.positions:
        return Directory()
    reader = Reader(
        key=me.key,
        id=me.id,
        everybody=everybody,
        weights=Weights.model_validate(me.event.rules.get("weights", {})),
        given=_given_points(me.event),
        ranks={target: rank for target, rank in state.choices if rank >= 0},
        vetoed=frozenset(target for target, rank in state.choices if rank == VETOED),
        wished_by=frozenset(target for target, rank in state.choices if rank == WISHED_BY),
        met=met_before(session, me.event_id, state.people, state.earlier).get(me.id, {}),
        kinds=kinds,
    )
    others = everybody.of_kinds(kinds)
    return Directory(tuple(one for one in others if one.id != me.id) if me.kind in kinds else others, reader)


def may_meet(me: Registration, other: Registration) -> bool:
    """Whether `other` is one of those whom `me` may choose: accepted, of a kind that `me` may meet."""
    return (
        other.id != me.id
        and other.event_id == me.event_id
        and other.status == RegistrationStatus.ACCEPTED
        and other.kind in kinds_met_by(me.event, me.kind)
    )


def _everybody(session: Session, event_id: int, state: Hashable) -> People:
    """The accepted participants of the event, read anew when one of them has changed."""
    key = (str(session.get_bind().engine.url), event_id)
    return _known.get((*key, state), lambda: _read_people(session, key))


def _read_people(session: Session, key: tuple[str, int]) -> People:
    """The same objects for those who have not changed: what was made of them still holds."""
    former = _last.get(key)
    known = {one.id: one for one in former.people} if former is not None else {}
    persons = (known[one.id] if known.get(one.id) == one else one for one in _persons(session, key[1]))
    _last[key] = read = People(tuple(sorted(persons, key=lambda one: (one.name_folded, one.id))))
    return read


def persons_by_key(session: Session, event_id: int, keys: Collection[str]) -> dict[str, Person]:
    """Those of `keys` who take part in the event, as its directory tells of them. One query."""
    return {one.key: one for one in _persons(session, event_id, Registration.key.in_(keys))}


def _persons(session: Session, event_id: int, *which: ColumnElement[bool]) -> list[Person]:
    rows = select(*(getattr(Registration, field.name) for field in fields(Person))).where(
        Registration.event_id == event_id, Registration.status == RegistrationStatus.ACCEPTED, *which
    )
    return [Person(*row) for row in session.execute(rows)]


def _given_points(event: Event) -> dict[frozenset[str], int] | None:
    if event.affinities is None:
        return None
    pairs = event.affinities
    return _given.get(state_of(event), lambda: {frozenset((a, b)): score for a, b, score in pairs})


# A room's worth; each takes a kilobyte or two.
MOST_SUGGESTED = 1000
# The people of the events looked at last: the directory of each of them shows the same.
_known: Memory[People] = Memory(most=8)
# Those of them that were read last, by database and event.
_last: WeakValueDictionary[tuple[str, int], People] = WeakValueDictionary()
_given: Memory[dict[frozenset[str], int]] = Memory(most=8)


def _matches(one: Person, wanted: Filter, search: Search) -> bool:
    return (
        (not wanted.need or wanted.need in one.needs or wanted.need in {code.partition(".")[0] for code in one.needs})
        and (
            not wanted.offer
            or wanted.offer in one.offers
            or wanted.offer in {code.partition(".")[0] for code in one.offers}
        )
        and (not wanted.theme or wanted.theme in one.themes)
        and (not wanted.zone or wanted.zone == one.zone)
        and search.finds(one.name, one.project, *words_of(one))
    )
