"""Who has what outstanding: what an organiser rings up for before a timetable can be computed, announced, held."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.people.doubles import PRESENT
from web.domain.text import folded
from web.models import Event, MailState, OutboxMail, Registration, RegistrationStatus, Wish


class Matter(StrEnum):
    """What is outstanding, the most pressing first."""

    UNDECIDED = "undecided"
    NO_ADDRESS = "no_address"
    MAIL_FAILED = "mail_failed"
    NO_LINK = "no_link"
    UNCONFIRMED = "unconfirmed"
    NO_CONSENT = "no_consent"
    NO_WORDS = "no_words"
    NO_WISHES = "no_wishes"


@dataclass(frozen=True)
class Standing:
    """A participant, or one who may become it, and what is outstanding."""

    registration: Registration
    matters: frozenset[Matter]


def standings(session: Session, event: Event) -> list[Standing]:
    """Everybody who takes part or may yet, by name. Three queries."""
    people = session.scalars(
        select(Registration).where(Registration.event_id == event.id, Registration.status.in_(PRESENT))
    ).all()
    chosen = set(
        session.scalars(
            select(Wish.registration_id)
            .join(Registration, Registration.id == Wish.registration_id)
            .where(Registration.event_id == event.id)
        )
    )
    refused = set(
        session.execute(
            select(OutboxMail.registration_id, OutboxMail.recipient).where(
                OutboxMail.event_id == event.id,
                OutboxMail.state == MailState.FAILED,
                OutboxMail.colleague_id.is_(None),
            )
        ).all()
    )
    found = [
        Standing(one, frozenset(_matters(one, one.id in chosen, (one.id, one.email) in refused))) for one in people
    ]
    return sorted(found, key=lambda one: (folded(one.registration.name), one.registration.id))


def _matters(one: Registration, has_chosen: bool, mail_failed: bool) -> Sequence[Matter]:
    holds = {
        Matter.UNDECIDED: one.status == RegistrationStatus.PENDING,
        Matter.NO_ADDRESS: not one.email,
        Matter.MAIL_FAILED: mail_failed,
        Matter.NO_LINK: bool(one.email) and (one.token_hash is None or one.token_revoked_at is not None),
        Matter.UNCONFIRMED: bool(one.email) and one.confirmed_email != one.email,
        Matter.NO_CONSENT: one.consented_at is None,
        Matter.NO_WORDS: not one.needs and not one.offers,
        Matter.NO_WISHES: one.status == RegistrationStatus.ACCEPTED and not has_chosen,
    }
    return [matter for matter, is_so in holds.items() if is_so]
