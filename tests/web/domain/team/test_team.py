"""Whom the mails of an event reach."""

from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.domain.team.team import events_told_to_nobody
from web.models import EventStatus, Role


def test_event_whose_organisers_have_no_address_is_told_to_nobody_unless_it_is_a_draft(
    session: Session, make: Factory
) -> None:
    silent, heard = make.user(email=None), make.user(email="claire@example.org")
    told = make.event(heard, status=EventStatus.OPEN)
    untold, draft = make.event(silent, status=EventStatus.OPEN), make.event(silent, status=EventStatus.DRAFT)
    # Who only helps at the desk is not told who cancels.
    make.member(untold, heard, Role.DESK)
    assert events_told_to_nobody(session, [told, untold, draft]) == {untold.id}


def test_event_whose_organiser_may_not_sign_in_is_told_to_nobody(session: Session, make: Factory) -> None:
    event = make.event(make.user(email="claire@example.org", active=False), status=EventStatus.OPEN)
    assert events_told_to_nobody(session, [event]) == {event.id}
