"""How many have come how far, and whom to ring: the longest without an answer, mails that failed, open decisions."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people import inviting, unasked
from web.domain.people.drafts import keep_draft
from web.domain.people.inviting import Invited, invite_many
from web.domain.people.reminder_plan import Rule, save_plan
from web.domain.people.reminding import remind
from web.domain.people.standing import Why, funnel, to_ring
from web.models import Event, Invitation, Occasion, OutboxMail, utcnow

DAY = timedelta(days=1)


def invited(session: Session, event: Event, number: int) -> list[Invitation]:
    rows = [Invited(kind="company", name=f"N{n}", email=f"n{n}@example.org", phone="03 20") for n in range(number)]
    made = invite_many(session, event, rows, SYSTEM).invitations
    inviting.send(session, event, [one.id for one in made], SYSTEM)
    return made


def test_funnel_counts_everybody_and_those_invited(session: Session, make: Factory) -> None:
    event = make.event()
    one, _two, _three, gone = invited(session, event, 4)
    inviting.withdraw(session, event, [gone.id], SYSTEM)
    # One of the invited is accepted and has chosen; two came by themselves, of whom one withdrew.
    first = make.registration(event, kind="company", email=one.email, attendance_confirmed_at=utcnow())
    other = make.registration(event, status="pending")
    make.registration(event, status="withdrawn")
    make.wishes(first, [other])
    keep_draft(session, event, email="n1@example.org", fields={"name": ["N1"]}, language="fr")
    keep_draft(session, event, email="x@example.org", fields={}, language="fr")
    counted = [(stage.step.value, stage.number, stage.invited) for stage in funnel(session, event)]
    assert counted == [
        ("invited", 3, 3),
        ("started", 4, 2),
        ("registered", 2, 1),
        ("accepted", 1, 1),
        ("chose", 1, 1),
        ("confirmed", 1, 1),
    ]


def test_whoever_did_not_answer_two_reminders_is_rung_the_longest_first(session: Session, make: Factory) -> None:
    event = make.event()
    invited(session, event, 2)
    save_plan(session, event, {Occasion.NOT_REGISTERED: Rule(every=1, most=3)}, True, 0, SYSTEM)
    noon = utcnow().replace(hour=11) + DAY
    assert to_ring(session, event, noon + DAY) == []
    with write(session):
        for number, one in enumerate(session.scalars(select(Invitation).order_by(Invitation.id))):
            one.sent_at = noon - number * DAY
    for day in (1, 2):
        remind(session, event.id, noon + day * DAY)
    ringing = to_ring(session, event, noon + 3 * DAY)
    assert [(one.name, one.why, one.days, one.reminders) for one in ringing] == [
        ("N1", Why.NO_ANSWER, 4, 2),
        ("N0", Why.NO_ANSWER, 3, 2),
    ]
    # Reminders were stopped: a call is all that is left.
    with write(session):
        for one in session.scalars(select(Invitation)):
            one.no_reminders = True
    assert len(to_ring(session, event, noon + 3 * DAY)) == 2


@pytest.mark.parametrize("corrected", [False, True])
def test_whose_mail_failed_is_rung_first_until_the_address_is_another(
    session: Session, make: Factory, corrected: bool
) -> None:
    event = make.event()
    [one] = invited(session, event, 1)
    with write(session):
        mail = unasked.last_mails(session, event.id)[one.id]
        mail.state, mail.error = "failed", "550 no such user"
    if corrected:
        row = Invited(kind="company", name="N0", email="better@example.org")
        inviting.correct(session, event, one.id, row, one.version, SYSTEM)
    found = [(one.why, one.error) for one in to_ring(session, event)]
    assert found == ([] if corrected else [(Why.UNREACHED, "550 no such user")])
    session.rollback()
    assert len(session.scalars(select(OutboxMail)).all()) == (0 if corrected else 1)


def test_registration_that_waits_for_a_decision_is_told_after_some_days(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event, status="pending", name="Le Fournil")
    assert to_ring(session, event) == []
    [one] = to_ring(session, event, utcnow() + 4 * DAY)
    assert (one.name, one.why, one.days) == ("Le Fournil", Why.UNDECIDED, 4)


def test_number_of_queries_does_not_grow_with_the_people(
    session: Session, make: Factory, statements: list[str]
) -> None:
    numbers = []
    for number in (2, 20):
        event = make.event()
        invited(session, event, number)
        for _turn in range(number):
            make.registration(event, status="pending")
        session.rollback()
        del statements[:]
        funnel(session, event)
        to_ring(session, event, utcnow() + 4 * DAY)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
