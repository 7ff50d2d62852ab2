"""Those registered are told when an event takes place now."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from web.domain.event.moving import to_be_told
from web.domain.event.slots import Day
from web.domain.links import personal_address
from web.domain.mail.addresses import take_turns
from web.domain.mail.notices import hours_notice
from web.domain.team.access import personal_token
from web.models import Event


def tell_hours(session: Session, event: Event, days: Sequence[Day]) -> int:
    """Mail the hours of `days` to everybody who is registered and has an address; how many that is.

    In the caller's ``write`` block, which has locked the event's row.
    """
    people = [(one, one.email) for one in to_be_told(session, event) if one.email]
    turns = take_turns(session, [email for _one, email in people])
    for (one, _email), due_at in zip(people, turns, strict=True):
        hours_notice(session, one, days, personal_address(personal_token(one)), due_at)
    return len(people)
