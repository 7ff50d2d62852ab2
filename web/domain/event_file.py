"""An event's tables as an event file, and an event file as tables; the two agree in meaning.

Only accepted registrations are participants of the file. Wishes, vetoes and rules that point at others are left out:
the file is always valid as far as references go.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduler.format.clock import with_offset
from scheduler.format.errors import InvalidEvent
from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json, parse_event
from scheduler.format.interchange import Contact
from web.db import retried, write
from web.domain.access import new_token
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults
from web.domain.persons import groups_of
from web.models import (
    Event,
    EventMember,
    Facilitator,
    MeetingRule,
    Registration,
    RegistrationStatus,
    Role,
    Slot,
    Table,
    Veto,
    Wish,
)


def event_value(session: Session, event: Event) -> EventValue:
    """The event as the solver takes it. Raises `Faults` when the tables hold something that the format refuses."""
    try:
        return parse_event(event_document(session, event))
    except InvalidEvent as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error


def event_document(session: Session, event: Event) -> dict[str, Any]:
    """The event file as a JSON object. A constant number of queries, whatever the number of participants."""
    registrations = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .order_by(Registration.position, Registration.id)
        .options(
            selectinload(Registration.wishes), selectinload(Registration.vetoes), selectinload(Registration.home_table)
        )
    ).all()
    keys = {registration.id: registration.key for registration in registrations}
    slot_keys = {slot.key for slot in event.slots}
    rules = event.rules
    groups = groups_of(event, set(keys.values()))
    shared = {key for group in groups for key in group}
    document: dict[str, Any] = {
        "format": "passerelle-event/1",
        "title": event.title,
        "timezone": event.timezone,
        "slots": [_slot(slot, event.timezone) for slot in event.slots],
        "tables": [{"id": one.key, "name": one.name, "features": one.features} for one in event.tables],
        "facilitators": [
            {"id": one.key, "name": one.name, "unavailable": [key for key in one.unavailable if key in slot_keys]}
            for one in event.facilitators
        ],
        "participants": [
            _participant(one, keys, slot_keys, rules, one_person=one.key in shared) for one in registrations
        ],
        "same_person": groups,
        "meetings": [_rule(rule, keys) for rule in event.meeting_rules if rule.a_id in keys and rule.b_id in keys],
        "rules": {
            "coverage": rules.get("coverage", []),
            "max_break_difference": rules.get("max_break_difference"),
            "seated": rules.get("seated", []),
            "max_in_a_row": rules.get("max_in_a_row"),
            "weights": rules.get("weights", {}),
        },
    }
    if "may_meet" in rules:
        document["may_meet"] = rules["may_meet"]
    if event.affinities is not None:
        present = set(keys.values())
        document["affinities"] = [
            {"between": [a, b], "score": score} for a, b, score in event.affinities if a in present and b in present
        ]
    return document


def _slot(slot: Slot, timezone: str) -> dict[str, Any]:
    start = slot.starts_at
    if slot.second_hour and timezone in available_timezones():
        start = with_offset(start.replace(fold=1), ZoneInfo(timezone))
    return {"id": slot.key, "start": _local(start), "end": _local(slot.ends_at), "session": slot.session}


def _local(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _participant(
    one: Registration, keys: dict[int, str], slot_keys: set[str], rules: dict[str, Any], *, one_person: bool
) -> dict[str, Any]:
    # What the organiser says for all holds for whoever has no number of their own.
    most = one.max_meetings if one.max_meetings is not None else rules.get("max_meetings")
    least = one.min_meetings or rules.get("min_meetings", 0)
    return {
        "id": one.key,
        "kind": one.kind,
        "name": one.name,
        "needs": one.needs,
        "offers": one.offers,
        "themes": one.themes,
        "wishes": [keys[wish.target_id] for wish in one.wishes if wish.target_id in keys],
        "vetoes": [keys[veto.target_id] for veto in one.vetoes if veto.target_id in keys],
        "min_meetings": least if most is None else min(least, most),
        "max_meetings": most,
        # Whoever speaks for several comes alone, whatever each of them has said.
        "delegates": 1 if one_person else one.delegates,
        "unavailable": [key for key in one.unavailable if key in slot_keys],
        "remote": one.remote,
        "home_table": one.home_table.key if one.home_table else None,
        "requires": one.requires,
        "needs_facilitator": one.needs_facilitator,
        "zone": one.zone,
        "boost": one.boost,
    }


def _rule(rule: MeetingRule, keys: dict[int, str]) -> dict[str, Any]:
    present = set(keys.values())
    return {
        "between": [keys[rule.a_id], keys[rule.b_id]],
        "status": rule.status,
        "slot": rule.slot.key if rule.slot else None,
        "session": rule.session,
        "after": [pair for pair in rule.after if set(pair) <= present],
    }


def read_event_file(data: bytes | str | dict[str, Any]) -> EventValue:
    """The event in `data`. Raises `Faults` with every fault of the file."""
    try:
        value = parse_event(data)
    except InvalidEvent as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error
    faults = list(_with_null(json.loads(event_json(value))))
    if faults:
        raise Faults(faults)
    return value


def _with_null(value: Any, path: str = "") -> Iterator[Fault]:
    """A fault for each text with the character U+0000, which PostgreSQL does not store."""
    if isinstance(value, str) and "\0" in value:
        yield Fault(path, "expected text without the character U+0000, found it")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _with_null(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _with_null(item, f"{path}[{i}]")


def import_event(
    session: Session,
    value: EventValue,
    owner_id: int,
    actor: Actor,
    contacts: Mapping[str, Contact] = MappingProxyType({}),
) -> Event:
    """A new draft event from a valid event file, with `owner_id` as its organiser; all of it or nothing.

    Every participant is imported as accepted, with the one of `contacts` that stands under its id; nobody gets a link
    or a mail by it.
    """
    document = json.loads(event_json(value))
    return _import(session, value, document, owner_id, actor, contacts)


@retried
def _import(
    session: Session,
    value: EventValue,
    document: dict[str, Any],
    owner_id: int,
    actor: Actor,
    contacts: Mapping[str, Contact],
) -> Event:
    with write(session):
        event = Event(
            slug=free_slug(session, value.title), title=value.title, timezone=value.timezone, rules=_rules(document)
        )
        event.members = [EventMember(user_id=owner_id, role=Role.ORGANISER)]
        _fill(session, event, value, document, contacts)
        session.flush()
        record(
            session,
            actor,
            "event.import",
            event_id=event.id,
            participants=len(value.participants),
            slots=len(value.slots),
        )
    return event


def _rules(document: dict[str, Any]) -> dict[str, Any]:
    return {**document["rules"], "may_meet": document["may_meet"], "same_person": document["same_person"]}


def _fill(
    session: Session, event: Event, value: EventValue, document: dict[str, Any], contacts: Mapping[str, Contact]
) -> None:
    """Rows for everything that the file holds, `event` being new and empty."""
    session.add(event)
    event.slots = [
        Slot(
            key=slot["id"],
            position=position,
            starts_at=datetime.fromisoformat(slot["start"]).replace(tzinfo=None),
            ends_at=datetime.fromisoformat(slot["end"]).replace(tzinfo=None),
            second_hour=bool(value.slots[position].start.fold),
            session=slot["session"],
        )
        for position, slot in enumerate(document["slots"])
    ]
    event.tables = [
        Table(key=table["id"], position=position, name=table["name"], features=table["features"])
        for position, table in enumerate(document["tables"])
    ]
    event.facilitators = [
        Facilitator(key=one["id"], position=position, name=one["name"], unavailable=one["unavailable"])
        for position, one in enumerate(document["facilitators"])
    ]
    if document.get("affinities") is not None:
        event.affinities = [[*entry["between"], entry["score"]] for entry in document["affinities"]]
    tables = {table.key: table for table in event.tables}
    event.registrations = [
        _registration(one, position, tables, event.locale, contacts.get(one["id"], Contact()))
        for position, one in enumerate(document["participants"])
    ]
    session.flush()
    ids = {registration.key: registration.id for registration in event.registrations}
    session.add_all(_choices(document["participants"], ids))
    slots = {slot.key: slot.id for slot in event.slots}
    session.add_all(
        MeetingRule(
            event_id=event.id,
            position=position,
            a_id=ids[rule["between"][0]],
            b_id=ids[rule["between"][1]],
            status=rule["status"],
            slot_id=slots[rule["slot"]] if rule["slot"] is not None else None,
            session=rule["session"],
            after=rule["after"],
        )
        for position, rule in enumerate(document["meetings"])
    )


def _registration(
    one: dict[str, Any], position: int, tables: dict[str, Table], locale: str, contact: Contact
) -> Registration:
    same = ("kind", "name", "needs", "offers", "themes", "min_meetings", "max_meetings", "delegates", "unavailable")
    also = ("remote", "requires", "needs_facilitator", "zone", "boost")
    return Registration(
        key=one["id"],
        position=position,
        status=RegistrationStatus.ACCEPTED,
        language=locale,
        contact_name=contact.name[:120],
        email=_address(contact.email),
        phone=contact.phone[:40],
        home_table=tables[one["home_table"]] if one["home_table"] is not None else None,
        **{name: one[name] for name in same + also},
    )


def _address(text: str) -> str | None:
    """The e-mail address in `text`, or none where it is not one that could be written to."""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower() if text else None
    except EmailNotValidError:
        return None


def _choices(participants: Sequence[dict[str, Any]], ids: dict[str, int]) -> list[Wish | Veto]:
    wishes = [
        Wish(registration_id=ids[one["id"]], target_id=ids[target], rank=rank)
        for one in participants
        for rank, target in enumerate(one["wishes"])
    ]
    vetoes = [
        Veto(registration_id=ids[one["id"]], target_id=ids[target]) for one in participants for target in one["vetoes"]
    ]
    return [*wishes, *vetoes]


def free_slug(session: Session, title: str) -> str:
    """An unused public address made from `title`: ``rencontres-2027``, or with a few letters more where taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "event"
    if session.scalar(select(Event.id).where(Event.slug == base)) is None:
        return base
    return f"{base}-{re.sub('[^a-z0-9]', '', new_token().lower())[:6]}"
