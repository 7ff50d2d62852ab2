"""An event's tables as an event file, and an event file as tables; the two agree in meaning.

Only accepted registrations are participants of the file. Wishes, vetoes and rules that point at others are left out:
the file is always valid as far as references go.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from scheduler.format.clock import with_offset
from scheduler.format.errors import InvalidEvent
from scheduler.format.event import Event as EventValue
from scheduler.format.event import parse_event
from scheduler.format.interchange.contacts import Contact, Contacts
from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults
from web.domain.event.absences import Rounds
from web.domain.event.persons import groups_of
from web.domain.event.reading import ReadFile, file_of
from web.domain.event.slots import SlotTime
from web.domain.tokens import new_token
from web.models import (
    PROJECT_LIMIT,
    Answer,
    Event,
    EventMember,
    Facilitator,
    MeetingAnswer,
    MeetingRule,
    Registration,
    RegistrationStatus,
    Role,
    RuleStatus,
    Slot,
    Table,
    Veto,
    Wish,
    table_of,
)

_SITE = re.compile(r"https?://[^\s<>\"]+")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?:[/?#:]|$)")


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
    rounds = Rounds.of(event)
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
            {"id": one.key, "name": one.name, "unavailable": rounds.missed(one.absences)} for one in event.facilitators
        ],
        "participants": [_participant(one, keys, rounds, rules, one_person=one.key in shared) for one in registrations],
        "same_person": groups,
        "meetings": _meetings(session, event, keys),
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


def contacts_of(session: Session, event: Event) -> Contacts:
    """By participants' ids in the event file, how to reach them and what they are about. One query."""
    columns = (Registration.contact_name, Registration.email, Registration.phone, Registration.website)
    found = session.execute(
        select(Registration.key, *columns, Registration.project).where(
            Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED
        )
    )
    told = {key: Contact(*(text or "" for text in texts)) for key, *texts in found}
    return {key: one for key, one in told.items() if one}


def _slot(slot: Slot, timezone: str) -> dict[str, Any]:
    start = slot.starts_at
    if slot.second_hour and timezone in available_timezones():
        start = with_offset(start.replace(fold=1), ZoneInfo(timezone))
    return {"id": slot.key, "start": _local(start), "end": _local(slot.ends_at), "session": slot.session}


def _local(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _participant(
    one: Registration, keys: dict[int, str], rounds: Rounds, rules: dict[str, Any], *, one_person: bool
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
        "unavailable": rounds.missed(one.absences),
        "remote": one.remote,
        "home_table": one.home_table.key if one.home_table else None,
        "requires": one.requires,
        "needs_facilitator": one.needs_facilitator,
        "zone": one.zone,
        "boost": one.boost,
    }


def _meetings(session: Session, event: Event, keys: dict[int, str]) -> list[dict[str, Any]]:
    """What holds of single pairs. A meeting that one of the two has declined is forbidden, whatever the organiser says
    of that pair; of which of them nothing is said."""
    declined = declined_pairs(session, event.id)
    rules = [
        _rule(rule, keys)
        for rule in event.meeting_rules
        if rule.a_id in keys and rule.b_id in keys and frozenset((rule.a_id, rule.b_id)) not in declined
    ]
    pairs = sorted(sorted(keys[one] for one in pair) for pair in declined if pair <= keys.keys())
    forbidden: dict[str, Any] = {"status": RuleStatus.FORBIDDEN.value, "slot": None, "session": None, "after": []}
    return [*rules, *({"between": pair, **forbidden} for pair in pairs)]


def declined_pairs(session: Session, event_id: int) -> set[frozenset[int]]:
    """The pairs, by the numbers of their registrations, of which one has declined the meeting. One query."""
    rows = session.execute(
        select(MeetingAnswer.registration_id, MeetingAnswer.partner_id).where(
            MeetingAnswer.event_id == event_id, MeetingAnswer.answer == Answer.DECLINED
        )
    )
    return {frozenset((one, other)) for one, other in rows if other is not None}


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
    """The event in `data`, which is ours: what others send is read by `web.domain.event.reading`. Raises `Faults`."""
    try:
        value = parse_event(data)
    except InvalidEvent as error:
        raise Faults([Fault(fault.path, fault.message) for fault in error.faults]) from error
    return value


def import_event(session: Session, value: EventValue, owner_id: int, actor: Actor) -> Event:
    """A new draft event from one that is valid, as `import_file` makes it."""
    return import_file(session, file_of(value), owner_id, actor)


def import_file(session: Session, file: ReadFile, owner_id: int, actor: Actor) -> Event:
    """A new draft event from an event file, with `owner_id` as its organiser; all of it or nothing.

    Every participant is imported as accepted, with the contact that stands under its id; nobody gets a link or a mail
    by it. All that can be made before is made before the transaction begins: it writes rows, in bulk, and nothing else.
    Raises `Faults` for what there is no room for.
    """
    if faults := list(_without_room(file)):
        raise Faults(faults)
    return _import(session, file, _Rows.of(file), owner_id, actor)


def unreadable_addresses(file: ReadFile) -> list[tuple[str, str]]:
    """Whose e-mail address in `file` is not one that could be written to, by name, and what stands there instead.

    They are imported without an address: an event is not refused for what can be mended on its pages.
    """
    names = {one["id"]: one["name"] or one["id"] for one in file.document["participants"]}
    return [
        (names.get(id, id), email)
        for id, email in ((id, one.email) for id, one in file.contacts.items())
        if email and not _address(email)
    ]


def unusable_websites(file: ReadFile) -> list[tuple[str, str]]:
    """Whose website in `file` is no address of one, by name, and what stands there instead; it is not taken over."""
    names = {one["id"]: one["name"] or one["id"] for one in file.document["participants"]}
    return [
        (names.get(id, id), one.website)
        for id, one in file.contacts.items()
        if one.website and not _website(one.website)
    ]


def _without_room(file: ReadFile) -> Iterator[Fault]:
    """Contacts are the only texts beside the format, which bounds its own."""
    room = {
        "contact": Registration.contact_name.type.length,
        "e-mail": Registration.email.type.length,
        "phone": Registration.phone.type.length,
        "website": Registration.website.type.length,
        "project": PROJECT_LIMIT,
    }
    for id, told in file.contacts.items():
        for (what, most), text in zip(room.items(), astuple(told), strict=True):
            if len(text) > most:
                sentence = _("“%(text)s…” is too long: at most %(most)d characters.", text=text[:30], most=most)
                yield Fault(f"participants {id}: {what}", sentence)


@dataclass(frozen=True)
class _Rows:
    """The rows of an event but for the numbers that the database gives them."""

    slots: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    facilitators: list[dict[str, Any]]
    # Each with its table's key under ``home_table``.
    registrations: list[dict[str, Any]]

    @staticmethod
    def of(file: ReadFile) -> "_Rows":
        document = file.document
        rounds = _rounds(file)
        return _Rows(
            [
                {
                    "key": slot["id"],
                    "position": position,
                    "starts_at": _wall(slot["start"]),
                    "ends_at": _wall(slot["end"]),
                    "second_hour": second_hour,
                    "session": slot["session"],
                }
                for position, (slot, second_hour) in enumerate(zip(document["slots"], file.second_hours, strict=True))
            ],
            [
                {"key": table["id"], "position": position, "name": table["name"], "features": table["features"]}
                for position, table in enumerate(document["tables"])
            ],
            [
                {
                    "key": one["id"],
                    "position": position,
                    "name": one["name"],
                    "absences": rounds.absences(one["unavailable"]),
                }
                for position, one in enumerate(document["facilitators"])
            ],
            [
                _registration(one, position, file.contacts.get(one["id"], Contact()), rounds)
                for position, one in enumerate(document["participants"])
            ],
        )


@retried
def _import(session: Session, file: ReadFile, rows: _Rows, owner_id: int, actor: Actor) -> Event:
    document = file.document
    with write(session):
        slug = free_slug(session, document["title"])
        people = document["participants"]
        event = Event(
            slug=slug,
            title=document["title"],
            timezone=document["timezone"],
            rules=_rules(document),
            # What its form offers to others is what the event has.
            taxonomies={"zones": list(dict.fromkeys(one["zone"] for one in people if one["zone"]))},
            online_offered=any(one["remote"] for one in people),
        )
        event.members = [EventMember(user_id=owner_id, role=Role.ORGANISER)]
        if document.get("affinities") is not None:
            event.affinities = [[*entry["between"], entry["score"]] for entry in document["affinities"]]
        session.add(event)
        session.flush()
        _fill(session, event, document, rows)
        record(
            session,
            actor,
            "event.import",
            event_id=event.id,
            participants=len(rows.registrations),
            slots=len(rows.slots),
        )
    return event


def _rules(document: dict[str, Any]) -> dict[str, Any]:
    return {**document["rules"], "may_meet": document["may_meet"], "same_person": document["same_person"]}


def _fill(session: Session, event: Event, document: dict[str, Any], rows: _Rows) -> None:
    """Write the rows of everything that the file holds, `event` being new and empty."""
    slots = _insert(session, Slot, event, rows.slots)
    tables = _insert(session, Table, event, rows.tables)
    _insert(session, Facilitator, event, rows.facilitators)
    registrations = [
        {**one, "home_table_id": tables.get(one["home_table"]), "language": event.locale} for one in rows.registrations
    ]
    for one in registrations:
        del one["home_table"]
    ids = _insert(session, Registration, event, registrations)
    wishes, vetoes = _choices(document["participants"], ids)
    rules = [
        {
            "event_id": event.id,
            "position": position,
            "a_id": ids[rule["between"][0]],
            "b_id": ids[rule["between"][1]],
            "status": rule["status"],
            "slot_id": slots[rule["slot"]] if rule["slot"] is not None else None,
            "session": rule["session"],
            "after": rule["after"],
        }
        for position, rule in enumerate(document["meetings"])
    ]
    for model, values in ((Wish, wishes), (Veto, vetoes), (MeetingRule, rules)):
        if values:
            # By its table rather than its class: half the time, in which nobody else writes on SQLite.
            session.execute(insert(table_of(model)), values)


def _insert(
    session: Session, model: type[Slot | Table | Facilitator | Registration], event: Event, rows: list[dict[str, Any]]
) -> dict[str | None, int]:
    """Write `rows` of `event`; the number that each was given, by its key."""
    if not rows:
        return {}
    session.execute(insert(model), [{**row, "event_id": event.id} for row in rows])
    numbered = session.execute(select(model.key, model.id).where(model.event_id == event.id))
    return {row.key: row.id for row in numbered}


def _rounds(file: ReadFile) -> Rounds:
    slots = zip(file.document["slots"], file.second_hours, strict=True)
    times = [
        SlotTime(_wall(slot["start"]).replace(fold=bool(second_hour)), _wall(slot["end"]), key=slot["id"])
        for slot, second_hour in slots
    ]
    return Rounds(times, file.document["timezone"])


def _wall(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=None)


def _registration(one: dict[str, Any], position: int, contact: Contact, rounds: Rounds) -> dict[str, Any]:
    same = ("kind", "name", "needs", "offers", "themes", "min_meetings", "max_meetings", "delegates")
    also = ("remote", "requires", "needs_facilitator", "zone", "boost", "home_table")
    return {
        "key": one["id"],
        "position": position,
        "status": RegistrationStatus.ACCEPTED,
        "contact_name": contact.name,
        "email": _address(contact.email),
        "phone": contact.phone,
        "website": _website(contact.website),
        "project": contact.project,
        "absences": rounds.absences(one["unavailable"]),
        **{name: one[name] for name in same + also},
    }


def _address(text: str) -> str | None:
    """The e-mail address in `text`, or none where it is not one that could be written to."""
    try:
        return validate_email(text, check_deliverability=False).normalized.lower() if text else None
    except EmailNotValidError:
        return None


def _website(text: str) -> str:
    """The address of a website in `text`, which people write without its beginning; nothing where it is none."""
    if _SITE.fullmatch(text):
        return text
    return f"https://{text}" if _SITE.fullmatch(f"https://{text}") and _HOST.match(text) else ""


def _choices(
    participants: Sequence[dict[str, Any]], ids: Mapping[str | None, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of wishes and those of vetoes."""
    wishes = [
        {"registration_id": ids[one["id"]], "target_id": ids[target], "rank": rank}
        for one in participants
        for rank, target in enumerate(one["wishes"])
    ]
    vetoes = [
        {"registration_id": ids[one["id"]], "target_id": ids[target]}
        for one in participants
        for target in one["vetoes"]
    ]
    return wishes, vetoes


def free_slug(session: Session, title: str) -> str:
    """An unused public address made from `title`: ``rencontres-2027``, or with a few letters more where taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "event"
    if session.scalar(select(Event.id).where(Event.slug == base)) is None:
        return base
    return f"{base}-{re.sub('[^a-z0-9]', '', new_token().lower())[:6]}"
