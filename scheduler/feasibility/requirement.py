"""What is asked of a timetable, one thing at a time, and the event that asks for only some of it.

A requirement is whatever an organiser could take back: a required meeting (with the slot or session that it is
confined to), an order, a limit, and what is said of people and places: absences, vetoes, tables, facilitators.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from scheduler.format.event import Event, MeetingRule, Participant, Rules
from scheduler.format.requirement import Requirement


def requirements_of(event: Event) -> Iterator[Requirement]:
    """Yield all that ``event`` asks for; vetoes only where they are against a required meeting."""
    rules = [r for r, rule in enumerate(event.meetings) if rule.status == "required"]
    yield from (Requirement("meeting", r) for r in rules)
    for r, rule in enumerate(event.meetings):
        if rule.status == "allowed":
            yield from (Requirement("after", r, pair) for pair in rule.after)
    involved = frozenset(range(len(event.participants)))
    yield from _about(event, rules, {frozenset(rule.between) for rule in event.meetings}, involved)
    if event.rules.max_break_difference is not None:
        yield Requirement("break_difference")


def about(event: Event, rules: Collection[int]) -> Iterator[Requirement]:
    """Yield what else is asked of the required meetings at positions ``rules``, and of whoever takes part in them."""
    pairs = {frozenset(event.meetings[r].between) for r in rules}
    involved = frozenset(event.participant_index[id] for pair in pairs for id in pair)
    yield from _about(event, rules, pairs, involved)


def _about(
    event: Event, rules: Collection[int], pairs: Collection[frozenset[str]], involved: Collection[int]
) -> Iterator[Requirement]:
    for r in rules:
        yield from (Requirement("after", r, pair) for pair in event.meetings[r].after if frozenset(pair) in pairs)
    people = [(p, participant) for p, participant in enumerate(event.participants) if p in involved]
    # The order is that of preference: what stands first is rather told than what could be told in its place.
    yield from (Requirement("maximum", p) for p, one in people if one.max_meetings is not None)
    if event.tables:
        yield Requirement("tables")
        yield from (Requirement("seat", p) for p, one in people if one.home_table is not None or one.requires)
        if any(one.kind in event.rules.seated and not one.remote for _, one in people):
            yield Requirement("seated")
    yield from (Requirement("facilitator", p) for p, one in people if one.needs_facilitator)
    ids = {one.id for _, one in people}
    yield from (Requirement("same_person", g) for g, group in enumerate(event.same_person) if len(ids & {*group}) > 1)
    if event.rules.max_in_a_row is not None:
        yield Requirement("max_in_a_row")
    yield from (Requirement("away", p) for p, one in people if one.unavailable)
    required = {frozenset(event.meetings[r].between) for r in rules}
    for p, one in people:
        yield from (Requirement("veto", p, (one.id, id)) for id in one.vetoes if frozenset((one.id, id)) in required)


def asking(event: Event, kept: Iterable[Requirement]) -> Event:
    """Return ``event`` with only ``kept`` asked of it: it has a schedule exactly where these can hold together.

    A required meeting that is not kept is merely allowed. Where breaks are not compared meetings that are not
    required cannot help, so these, and whoever has none left, are left out.
    """
    kept = set(kept)
    breaks = Requirement("break_difference") in kept
    meetings = [_rule(event, r, kept) for r in range(len(event.meetings))]
    people = [_person(event, p, kept) for p in range(len(event.participants))]
    if not breaks:
        meetings = [rule for rule in meetings if rule.status == "required"]
        involved = {id for rule in meetings for id in rule.between}
        people = [
            one.model_copy(update={"vetoes": tuple(id for id in one.vetoes if id in involved)})
            for one in people
            if one.id in involved
        ]
        meetings = [
            rule.model_copy(update={"after": tuple(pair for pair in rule.after if involved.issuperset(pair))})
            for rule in meetings
        ]
    update = {
        "participants": tuple(people),
        "meetings": tuple(meetings),
        "tables": event.tables if any(one.kind in ("tables", "seat", "seated") for one in kept) else (),
        "affinities": event.affinities if breaks else (),
        "same_person": _groups(event, {one.id for one in people}, kept),
        "rules": _rules(event, kept),
    }
    parts = {name: getattr(event, name) for name in type(event).model_fields}
    return Event.model_construct(**{**parts, **update})


def _rules(event: Event, kept: Collection[Requirement]) -> Rules:
    """Return the rules of the whole event, as far as they are ``kept``."""
    rules = event.rules
    return rules.model_copy(
        update={
            "max_break_difference": rules.max_break_difference if Requirement("break_difference") in kept else None,
            "max_in_a_row": rules.max_in_a_row if Requirement("max_in_a_row") in kept else None,
            "seated": rules.seated if Requirement("seated") in kept else (),
        }
    )


def _groups(event: Event, people: Collection[str], kept: Collection[Requirement]) -> tuple[tuple[str, ...], ...]:
    """Return who are one person among ``people``, as far as that is ``kept``."""
    groups = [event.same_person[g] for g in range(len(event.same_person)) if Requirement("same_person", g) in kept]
    return tuple(tuple(id for id in group if id in people) for group in groups)


def _rule(event: Event, r: int, kept: Collection[Requirement]) -> MeetingRule:
    rule = event.meetings[r]
    update: dict[str, object] = {}
    if rule.status == "required" and Requirement("meeting", r) not in kept:
        update["status"] = "allowed"
    if rule.after:
        update["after"] = tuple(pair for pair in rule.after if Requirement("after", r, pair) in kept)
    return rule.model_copy(update=update) if update else rule


def _person(event: Event, p: int, kept: Collection[Requirement]) -> Participant:
    one = event.participants[p]
    update: dict[str, object] = {}
    if one.max_meetings is not None and Requirement("maximum", p) not in kept:
        update["max_meetings"] = None
    if one.unavailable and Requirement("away", p) not in kept:
        update["unavailable"] = ()
    if (one.home_table is not None or one.requires) and Requirement("seat", p) not in kept:
        update |= {"home_table": None, "requires": ()}
    if one.needs_facilitator and Requirement("facilitator", p) not in kept:
        update["needs_facilitator"] = False
    if one.vetoes:
        required = {frozenset(rule.between) for rule in event.meetings if rule.status == "required"}
        update["vetoes"] = tuple(
            id
            for id in one.vetoes
            if frozenset((one.id, id)) not in required or Requirement("veto", p, (one.id, id)) in kept
        )
    return one.model_copy(update=update) if update else one
