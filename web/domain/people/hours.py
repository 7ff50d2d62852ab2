"""Those registered are told when an event takes place now."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from web.domain.event.moving import to_be_told
from web.domain.event.slots import Day
from web.domain.links import personal_address
from web.domain.mail.addresses import take_turns
from web.domain.mail.notices import hours_notice
from web.domain.people.readers import addresses_of, readers_of
from web.domain.team.access import personal_token
from web.models import Event


def tell_hours(session: Session, event: Event, days: Sequence[Day]) -> int:
    """Mail the hours of `days` to all who read for those registered; how many that is.

    In the caller's ``write`` block, which has locked the event's row.
    """
    people = readers_of(session, to_be_told(session, event))
    turns = take_turns(session, addresses_of(people))
    for one, due_at in zip(people, turns, strict=True):
        hours_notice(session, one, days, personal_address(personal_token(one)), due_at)
    return len(people)
