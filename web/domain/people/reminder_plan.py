"""By which rules an event reminds: on which occasions, how often, at which hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Refused
from web.domain.locking import lock_event
from web.models import Event, EventStatus, Occasion, ReminderPlan

# Nobody is reminded in the evening or at night, by the event's clock.
FIRST_HOUR, LAST_HOUR = time(8), time(20)
_SATURDAY = 5
MOST_DAYS, MOST_TIMES, MOST_BELOW = 30, 5, 20


@dataclass(frozen=True)
class Rule:
    """Remind on this occasion every `every` days, at most `most` times; of few wishes where there are `below`."""

    on: bool = True
    every: int = 3
    most: int = 2
    below: int = 0


# What a page proposes to an event that has no plan yet.
PROPOSED: Mapping[Occasion, Rule] = {
    Occasion.NOT_REGISTERED: Rule(every=5),
    Occasion.DRAFT: Rule(every=2),
    Occasion.NO_WISHES: Rule(every=3),
    Occasion.FEW_WISHES: Rule(on=False, every=4, most=1, below=3),
    Occasion.UNCONFIRMED: Rule(every=1),
}


@dataclass(frozen=True)
class Plan:
    """The rules of an event. `version` is 0 where none were saved: nobody is reminded then."""

    rules: Mapping[Occasion, Rule]
    weekends: bool = False
    version: int = 0

    @property
    def in_force(self) -> Mapping[Occasion, Rule]:
        """Those by which somebody may be reminded."""
        return {occasion: rule for occasion, rule in self.rules.items() if rule.on} if self.version else {}

    def may_go_on(self, day: date) -> bool:
        """Whether anybody is reminded on this day."""
        return self.weekends or day.weekday() < _SATURDAY

    def may_go_at(self, event: Event, now: datetime) -> bool:
        """Whether anybody is reminded at `now` (aware): by day, and on a working day unless weekends are allowed."""
        local = local_clock(event, now)
        return FIRST_HOUR <= local.time() < LAST_HOUR and self.may_go_on(local.date())


def local_clock(event: Event, moment: datetime) -> datetime:
    """What the clocks at `event` show at `moment` (aware)."""
    return moment.astimezone(ZoneInfo(event.timezone)).replace(tzinfo=None)


def days_between(event: Event, earlier: datetime, later: datetime) -> int:
    """How many midnights at `event` lie between two moments."""
    return (local_clock(event, later).date() - local_clock(event, earlier).date()) // timedelta(days=1)


def plan_of(session: Session, event_id: int) -> Plan:
    """The plan of an event; what would be proposed where it has none. One query."""
    row = _row(session, event_id)
    if row is None:
        return Plan(PROPOSED)
    rules = {
        occasion: Rule(**{name: row.rules[occasion][name] for name in vars(rule) if name in row.rules[occasion]})
        if occasion in row.rules
        else Rule(on=False, every=rule.every, most=rule.most, below=rule.below)
        for occasion, rule in PROPOSED.items()
    }
    return Plan(rules, row.weekends, row.version)


def events_with_plan(session: Session) -> list[int]:
    """The events that remind by rule and are not over. One query."""
    rows = (
        select(Event.id)
        .join(ReminderPlan, ReminderPlan.event_id == Event.id)
        .where(Event.status.in_((EventStatus.OPEN, EventStatus.CLOSED)))
    )
    return list(session.scalars(rows.order_by(Event.id)))


@retried
def save_plan(
    session: Session, event: Event, rules: Mapping[Occasion, Rule], weekends: bool, version: int, actor: Actor
) -> None:
    """Have the event remind by these rules from now on. Raises `StaleDataError` where somebody has saved since
    `version`, `Refused` for an archived event. Locks the event's row."""
    with write(session):
        event = lock_event(session, event.id)
        if event.status == EventStatus.ARCHIVED:
            raise Refused(_("This event is archived: take it out of the archive before you change it."))
        row = _row(session, event.id)
        if (row.version if row is not None else 0) != version:
            raise StaleDataError("The rules have changed since the form was opened.")
        if row is None:
            row = ReminderPlan(event_id=event.id)
            session.add(row)
        row.rules, row.weekends = {occasion.value: vars(rule) for occasion, rule in rules.items()}, weekends
        record(session, actor, "reminder.rules", event_id=event.id, on=[one.value for one in rules if rules[one].on])


def _row(session: Session, event_id: int) -> ReminderPlan | None:
    return session.scalar(
        select(ReminderPlan).where(ReminderPlan.event_id == event_id).execution_options(populate_existing=True)
    )
