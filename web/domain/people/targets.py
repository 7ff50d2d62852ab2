"""Targets of an event that only show: a share of those accepted that is to be of some sizes or from some places.

A target stands in `Event.targets` as ``{"share": 33, "kind": "company", "among": ["size:tpe", "size:pme"]}``: at least
33 per cent of the companies are very small or small firms. An empty kind means all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.models import Event, Registration, RegistrationStatus


@dataclass(frozen=True)
class Progress:
    """How far a target is. `share` in per cent; `reached` of the `people` accepted count, of `unknown` it is not said.

    `kind` is empty for all; `among`: what counts, as in `Event.targets`.
    """

    share: int
    kind: str
    among: tuple[str, ...]
    people: int
    reached: int
    unknown: int

    @property
    def now(self) -> int:
        """The share now, in per cent, rounded down: what is not reached does not look so."""
        return 100 * self.reached // self.people if self.people else 0

    @property
    def is_met(self) -> bool:
        return bool(self.people) and 100 * self.reached >= self.share * self.people


def progress(session: Session, event: Event) -> list[Progress]:
    """How far each target of `event` is. One query, and none without targets."""
    if not event.targets:
        return []
    columns = Registration.kind, Registration.size, Registration.zone
    rows = session.execute(
        select(*columns, func.count())
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .group_by(*columns)
    ).all()
    return [_progress(target, rows) for target in event.targets]


def _progress(target: dict[str, Any], rows: Sequence[Any]) -> Progress:
    among = tuple(target["among"])
    looked_at = {code.partition(":")[0] for code in among}
    people = reached = unknown = 0
    for kind, size, zone, count in rows:
        if target["kind"] not in ("", kind):
            continue
        said = {"size": size, "zone": zone}
        people += count
        if any(f"{what}:{value}" in among for what, value in said.items()):
            reached += count
        elif not all(said.get(what) for what in looked_at):
            unknown += count
    return Progress(target["share"], target["kind"], among, people, reached, unknown)
