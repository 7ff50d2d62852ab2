"""Who is one person in the room: groups of organisations that one volunteer represents, as an organiser types them.

One group a line, names with semicolons between them; an id does where a name is not unique. Groups are kept in
``Event.rules`` by participants' keys, as in the event file.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.text import look, nearest
from web.domain.errors import Fault, Faults
from web.models import Event, Registration, RegistrationStatus

# More than anybody reads at once: for each the nearest name is looked for among all.
_MOST_FAULTS = 20
_PRESENT = (RegistrationStatus.ACCEPTED, RegistrationStatus.PENDING, RegistrationStatus.WAITING)


@dataclass(frozen=True)
class Somebody:
    """A participant as an organiser names it."""

    key: str
    name: str
    kind: str = ""
    # Whether it is accepted and comes in person: then it needs a table if it stays at one.
    on_site: bool = False


def somebodies(session: Session, event: Event) -> list[Somebody]:
    """Everybody who takes part in `event`, or may yet, in their order. One query."""
    rows = session.execute(
        select(Registration.key, Registration.name, Registration.kind, Registration.status, Registration.remote)
        .where(Registration.event_id == event.id, Registration.status.in_(_PRESENT))
        .order_by(Registration.position, Registration.id)
    )
    return [
        Somebody(key, name, kind, status == RegistrationStatus.ACCEPTED and not remote)
        for key, name, kind, status, remote in rows
    ]


def written(groups: Sequence[Sequence[str]], people: Sequence[Somebody]) -> str:
    """The groups as lines of names, those who are there no more left out."""
    times = Counter(look(one.name) for one in people)
    plain = {one.key: one.name if _is_plain(one, times) else one.key for one in people}
    lines = [[plain[key] for key in group if key in plain] for group in groups]
    return "\n".join("; ".join(names) for names in lines if len(names) > 1)


def _is_plain(one: Somebody, times: Counter[str]) -> bool:
    return bool(look(one.name)) and times[look(one.name)] == 1 and ";" not in one.name and "\n" not in one.name


def read_groups(text: str, people: Sequence[Somebody]) -> list[list[str]]:
    """The groups that `text` says, by keys. Raises `Faults` with a sentence for what cannot be meant, the first few."""
    named: dict[str, list[str]] = {}
    for one in people:
        named.setdefault(look(one.name), []).append(one.key)
    keys = {one.key for one in people}
    groups: list[list[str]] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = [part.strip() for part in line.split(";") if part.strip()]
        if not parts:
            continue
        found = []
        for part in parts:
            if len(faults) >= _MOST_FAULTS:
                raise Faults(faults)
            meant = [part] if part in keys else named.get(look(part), [])
            if len(meant) == 1:
                found.append(meant[0])
            else:
                faults.append(Fault(f"same_person[{number - 1}]", _not_meant(number, part, meant, people)))
        faults += _group_faults(number, parts, found, groups)
        groups.append(found)
    if faults:
        raise Faults(faults)
    return groups


def _not_meant(number: int, part: str, meant: Sequence[str], people: Sequence[Somebody]) -> str:
    if meant:
        return _(
            "Line %(line)d: several organisations are called “%(name)s”. Write the id of the right one: %(keys)s.",
            line=number,
            name=part,
            keys=", ".join(meant),
        )
    near = nearest(part, [one.name for one in people])
    if near:
        return _(
            "Line %(line)d: nobody is called “%(name)s”. Do you mean “%(near)s”?", line=number, name=part, near=near
        )
    return _("Line %(line)d: nobody is called “%(name)s”.", line=number, name=part)


def _group_faults(
    number: int, parts: Sequence[str], found: Sequence[str], before: Sequence[Sequence[str]]
) -> list[Fault]:
    path = f"same_person[{number - 1}]"
    if len(parts) < 2:
        return [Fault(path, _("Line %(line)d: write at least two names, with a semicolon between them.", line=number))]
    if len(set(found)) < len(found):
        return [Fault(path, _("Line %(line)d: the same organisation stands there twice.", line=number))]
    if any(key in group for key in found for group in before):
        return [Fault(path, _("Line %(line)d: an organisation of this line is in another line already.", line=number))]
    return []


def groups_of(event: Event, present: set[str]) -> list[list[str]]:
    """The groups of `event` among the keys `present`, as the event file has them."""
    stored: list[Any] = event.rules.get("same_person", [])
    groups = [[key for key in group if key in present] for group in stored]
    return [group for group in groups if len(group) > 1]
