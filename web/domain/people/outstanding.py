"""From whom something is still wanted, occasion by occasion: read anew whenever somebody is to be reminded."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from web.domain.event.programme import Window, kinds_met_by, registration_ends, window
from web.domain.people.drafts import drafts_left
from web.domain.people.reminder_plan import Rule
from web.models import (
    Event,
    EventStatus,
    Invitation,
    MeetingAnswer,
    Occasion,
    Registration,
    RegistrationDraft,
    RegistrationStatus,
    ScheduleVersion,
    Wish,
)

Who = Invitation | Registration | RegistrationDraft


@dataclass(frozen=True)
class Outstanding:
    """Somebody from whom something is wanted `since` then and `until` then; `values` is what a mail says of it."""

    occasion: Occasion
    who: Who
    since: datetime
    until: datetime | None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return self.who.email or ""

    @property
    def name(self) -> str:
        """What the organisation is called, as far as it is known."""
        return _typed(self.who, "name") if isinstance(self.who, RegistrationDraft) else self.who.name

    @property
    def contact_name(self) -> str:
        return _typed(self.who, "contact_name") if isinstance(self.who, RegistrationDraft) else self.who.contact_name

    @property
    def phone(self) -> str:
        return _typed(self.who, "phone") if isinstance(self.who, RegistrationDraft) else self.who.phone


def _typed(draft: RegistrationDraft, field: str) -> str:
    """What was typed so far."""
    return " ".join(str(next(iter(draft.fields.get(field) or []), ""))[:120].split())


Finder = Callable[[Session, Event, Rule, datetime], Iterator[Outstanding]]


def outstanding(
    session: Session, event: Event, rules: Mapping[Occasion, Rule], now: datetime, *, also_stopped: bool = False
) -> list[Outstanding]:
    """Those from whom something is wanted by `rules` at `now`, whether or not it is time to remind them. Who has no
    address is left out, and who asked for no reminders unless `also_stopped`. A few queries an occasion, whatever the
    number of people."""
    stopped = set() if also_stopped else _stopped(session, event)
    return [
        one
        for occasion, rule in rules.items()
        if occasion in FINDERS
        for one in FINDERS[occasion](session, event, rule, now)
        if one.email and one.email not in stopped and (one.until is None or now < one.until)
    ]


def _stopped(session: Session, event: Event) -> set[str]:
    """The addresses that get no reminders, whichever of their rows says so. One query."""
    rows = [
        select(model.email).where(model.event_id == event.id, model.no_reminders)
        for model in (Invitation, Registration, RegistrationDraft)
    ]
    return {address for address in session.scalars(union(*rows)) if address}


def _not_registered(session: Session, event: Event, _rule: Rule, now: datetime) -> Iterator[Outstanding]:
    """Who was invited and is not there, by whichever way they might have come."""
    if window(event, now) != Window.OPEN:
        return
    known = select(Registration.email).where(Registration.event_id == event.id, Registration.email.is_not(None))
    rows = select(Invitation).where(
        Invitation.event_id == event.id,
        Invitation.registration_id.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.sent_at.is_not(None),
        Invitation.email.not_in(known),
    )
    for one in session.scalars(rows.order_by(Invitation.id)):
        assert one.sent_at is not None
        yield Outstanding(
            Occasion.NOT_REGISTERED, one, one.sent_at, registration_ends(event), {"organisation": one.name}
        )


def _begun(session: Session, event: Event, _rule: Rule, now: datetime) -> Iterator[Outstanding]:
    """Who has begun the form and left it."""
    if window(event, now) == Window.OPEN:
        for one in drafts_left(session, event, now):
            yield Outstanding(Occasion.DRAFT, one, one.updated_at, registration_ends(event))


def _choosers(session: Session, event: Event, now: datetime) -> Iterator[tuple[Registration, int, int]]:
    """Who may choose at `now`, how many wishes they have, and how many they could have."""
    closed = event.wishes_close_at is not None and now >= event.wishes_close_at
    over = event.status in (EventStatus.DRAFT, EventStatus.ARCHIVED) or event.published_schedule_id is not None
    if closed or over or not event.directory_published or event.provisional_schedule_id is not None:
        return
    people = session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.ACCEPTED)
        .order_by(Registration.id)
    ).all()
    wishes = dict(
        session.execute(
            select(Wish.registration_id, func.count())
            .join(Registration, Registration.id == Wish.registration_id)
            .where(Registration.event_id == event.id)
            .group_by(Wish.registration_id)
        ).all()
    )
    kinds = Counter(one.kind for one in people)
    for one in people:
        there = sum(kinds[kind] - (kind == one.kind) for kind in kinds_met_by(event, one.kind))
        yield one, wishes.get(one.id, 0), min(there, event.wish_limit)


def _no_wishes(session: Session, event: Event, _rule: Rule, now: datetime) -> Iterator[Outstanding]:
    for one, wishes, possible in _choosers(session, event, now):
        if not wishes and possible:
            values = {"organisation": one.name}
            yield Outstanding(Occasion.NO_WISHES, one, one.updated_at, _choosing_ends(event), values)


def _few_wishes(session: Session, event: Event, rule: Rule, now: datetime) -> Iterator[Outstanding]:
    for one, wishes, possible in _choosers(session, event, now):
        if 0 < wishes < min(rule.below, possible):
            values = {"organisation": one.name, "wishes": wishes}
            since = max(one.updated_at, one.wishes_saved_at or one.updated_at)
            yield Outstanding(Occasion.FEW_WISHES, one, since, _choosing_ends(event), values)


def _choosing_ends(event: Event) -> datetime | None:
    """When choosing ends: as the team says, and with the last round at the latest."""
    last = [slot.ends_at.replace(tzinfo=ZoneInfo(event.timezone)).astimezone(UTC) for slot in event.slots[-1:]]
    return min((one for one in (event.wishes_close_at, *last) if one is not None), default=None)


def _unconfirmed(session: Session, event: Event, _rule: Rule, now: datetime) -> Iterator[Outstanding]:
    """Who was shown a provisional agenda and has said nothing of it."""
    version = session.get(ScheduleVersion, event.provisional_schedule_id) if event.provisional_schedule_id else None
    if version is None or version.shown_at is None:
        return
    keys = {key for meeting in version.document["meetings"] for key in meeting["between"]}
    answered = select(MeetingAnswer.registration_id).where(MeetingAnswer.version_id == version.id)
    rows = select(Registration).where(
        Registration.event_id == event.id,
        Registration.status == RegistrationStatus.ACCEPTED,
        Registration.id.not_in(answered),
    )
    for one in session.scalars(rows.order_by(Registration.id)):
        if one.key in keys:
            values = {"organisation": one.name}
            yield Outstanding(Occasion.UNCONFIRMED, one, version.shown_at, event.answers_until, values)


# An occasion that stands here is offered to the organiser.
FINDERS: Mapping[Occasion, Finder] = {
    Occasion.NOT_REGISTERED: _not_registered,
    Occasion.DRAFT: _begun,
    Occasion.NO_WISHES: _no_wishes,
    Occasion.FEW_WISHES: _few_wishes,
    Occasion.UNCONFIRMED: _unconfirmed,
}
