"""A list is taken in whole or not at all, and each address gets one invitation, sent once."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM
from web.domain.errors import Faults, Missing, Refused
from web.domain.mail.addresses import MAILS_A_DAY
from web.domain.people import inviting, unasked
from web.domain.people.invitations import State, listing
from web.domain.people.invited import invitation_by_token, invitation_token
from web.domain.people.inviting import Invited, LeftOut, NotSent, invite_many, send
from web.domain.people.pasted import read_pasted
from web.models import Event, Invitation, OutboxMail, Reminder, utcnow

pytestmark = on_both_databases


def row(name: str = "Les Jardins", email: str = "jardins@example.org", **values: str) -> Invited:
    return Invited(**{"kind": "association", "name": name, "email": email} | values)


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def invited(session: Session, event: Event, *rows: Invited) -> list[Invitation]:
    return invite_many(session, event, rows or (row(),), SYSTEM).invitations


def test_list_is_taken_in_and_mails_nobody(session: Session, make: Factory) -> None:
    event = make.event()
    added = invite_many(
        session, event, [row(" Les  Jardins ", " Jardins@Example.org "), row("B", "b@example.org")], SYSTEM
    )
    assert [(one.name, one.email, one.language) for one in added.invitations] == [
        ("Les Jardins", "jardins@example.org", "fr"),
        ("B", "b@example.org", "fr"),
    ]
    assert mails(session) == []


def test_list_with_a_fault_takes_nobody_in(session: Session, make: Factory) -> None:
    event = make.event()
    rows = [
        row(),
        row("", "no address"),
        row("Ulula.org", "u@example.org", kind="alien"),
        row("x" * 121, "x@example.org"),
    ]
    with pytest.raises(Faults) as raised:
        invite_many(session, event, rows, SYSTEM)
    assert [fault.path for fault in raised.value.faults] == ["2", "2", "3", "3", "4"]
    assert session.scalars(select(Invitation)).all() == []


def test_row_of_somebody_registered_invited_or_listed_twice_is_left_out(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event, email="there@example.org")
    invited(session, event)
    rows = [
        row("A", "there@example.org"),
        row("B", "JARDINS@example.org"),
        row("C", "c@example.org"),
        row("D", "c@example.org"),
    ]
    added = invite_many(session, event, rows, SYSTEM)
    assert [one.name for one in added.invitations] == ["C"]
    assert [(left.name, why) for left, why in added.left_out] == [
        ("A", LeftOut.REGISTERED),
        ("B", LeftOut.INVITED),
        ("D", LeftOut.TWICE),
    ]


def test_withdrawn_invitation_is_taken_up_again_with_another_link(session: Session, make: Factory) -> None:
    event = make.event()
    [one] = invited(session, event)
    with write(session):
        former = invitation_token(one)
    assert inviting.withdraw(session, event, [one.id], SYSTEM) == 1
    assert invitation_by_token(session, event, former) is None
    [again] = invited(session, event, row("Jardins"))
    assert (again.id, again.name, again.withdrawn_at) == (one.id, "Jardins", None)
    assert invitation_by_token(session, event, former) is None


def test_invitation_is_mailed_once_however_often_it_is_sent(session: Session, make: Factory) -> None:
    event = make.event(make.user(name="Odile"))
    [one] = invited(session, event)
    first = send(session, event, [one.id], SYSTEM)
    second = send(session, event, [one.id], SYSTEM)
    assert (first.number, second.number) == (1, 0)
    assert second.kept == {NotSent.JUST_WRITTEN: ["Les Jardins"]}
    [mail] = mails(session)
    with write(session):
        token = invitation_token(one)
    assert mail.recipient == "jardins@example.org"
    assert f"/e/{event.slug}/invited/{token}" in mail.body_text
    assert mail.unsubscribe is None
    assert listing(session, event).counts == {State.SENT: 1}


def test_invitation_is_sent_again_a_day_later_and_no_more_than_the_limit(session: Session, make: Factory) -> None:
    event = make.event()
    [one] = invited(session, event)
    now = utcnow()
    sent = [send(session, event, [one.id], SYSTEM, now + timedelta(days=day)).number for day in range(unasked.MOST + 2)]
    assert sent == [1] * unasked.MOST + [0, 0]
    # Withdrawn and invited anew it is the same address.
    inviting.withdraw(session, event, [one.id], SYSTEM)
    invited(session, event)
    assert send(session, event, [one.id], SYSTEM, now + timedelta(days=30)).kept == {NotSent.ENOUGH: ["Les Jardins"]}
    # Forgotten and invited anew too.
    inviting.forget(session, event, one.id, SYSTEM)
    [anew] = invited(session, event)
    assert send(session, event, [anew.id], SYSTEM, now + timedelta(days=30)).number == 0


def test_address_that_nobody_confirmed_gets_three_invitations_a_day_from_all_events(
    session: Session, make: Factory
) -> None:
    for _number in range(MAILS_A_DAY + 2):
        event = make.event()
        [one] = invited(session, event)
        send(session, event, [one.id], SYSTEM)
    due = [mail.due_at <= utcnow() for mail in mails(session)]
    assert due == [True] * MAILS_A_DAY + [False, False]


def test_hundred_invitations_leave_at_once(session: Session, make: Factory) -> None:
    event = make.event()
    some = invited(session, event, *(row(f"N{n}", f"n{n}@example.org") for n in range(100)))
    assert send(session, event, [one.id for one in some], SYSTEM).number == 100
    assert all(mail.due_at <= utcnow() for mail in mails(session))


def test_event_that_takes_no_registrations_invites_nobody(session: Session, make: Factory) -> None:
    event = make.event(status="closed")
    [one] = invited(session, event)
    with pytest.raises(Refused):
        send(session, event, [one.id], SYSTEM)
    archived = make.event(status="archived")
    with pytest.raises(Refused):
        invited(session, archived)


def test_corrected_address_has_another_link_and_is_sent_at_once(session: Session, make: Factory) -> None:
    event = make.event()
    [one] = invited(session, event)
    send(session, event, [one.id], SYSTEM)
    with write(session):
        former = invitation_token(one)
    assert inviting.correct(session, event, one.id, row(email="jardin@example.org"), one.version, SYSTEM)
    assert invitation_by_token(session, event, former) is None
    assert send(session, event, [one.id], SYSTEM).number == 1
    assert [mail.recipient for mail in mails(session)] == ["jardins@example.org", "jardin@example.org"]


def test_correction_with_a_fault_or_of_an_older_version_changes_nothing(session: Session, make: Factory) -> None:
    event = make.event()
    one, _other = invited(session, event, row(), row("B", "b@example.org"))
    for wrong in (row(email="b@example.org"), row(email="nobody"), row(name="")):
        with pytest.raises(Faults):
            inviting.correct(session, event, one.id, wrong, one.version, SYSTEM)
    with pytest.raises(StaleDataError):
        inviting.correct(session, event, one.id, row("C"), one.version - 1, SYSTEM)
    with pytest.raises(Missing):
        inviting.correct(session, make.event(), one.id, row("C"), one.version, SYSTEM)
    session.rollback()
    assert one.name == "Les Jardins"


def test_forgotten_invitation_leaves_neither_mail_nor_address(session: Session, make: Factory) -> None:
    event = make.event()
    [one] = invited(session, event, row("Zqname", "zqaddress@example.org", contact_name="Zqcontact"))
    send(session, event, [one.id], SYSTEM)
    inviting.forget(session, event, one.id, SYSTEM)
    assert mails(session) == []
    assert session.scalars(select(Invitation)).all() == []
    [counted] = session.scalars(select(Reminder)).all()
    assert (counted.invitation_id, counted.mail_id) == (None, None)


def test_two_who_send_at_once_write_one_mail(app: Flask, session: Session, make: Factory) -> None:
    event = make.event()
    ids = [one.id for one in invited(session, event, *(row(f"N{n}", f"n{n}@example.org") for n in range(5)))]
    event_id, numbers, start = event.id, [], Barrier(4)
    session.rollback()

    def press() -> None:
        with app.app_context(), app.test_request_context():
            mine = get_session()
            start.wait()
            numbers.append(send(mine, mine.get_one(Event, event_id), ids, SYSTEM).number)

    threads = [Thread(target=press) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [0, 0, 0, 5]
    assert len(mails(session)) == 5


@pytest.mark.parametrize(
    "line, expected",
    [
        ("Les Jardins; Camille; c@example.org; association", "Les Jardins|Camille|c@example.org|association||"),
        ("Nord Numérique; n@example.org; Entreprise", "Nord Numérique||n@example.org|company||"),
        ("A\tB\tc@example.org\tcompanies", "A|B|c@example.org|company||"),
        ("A\tB\tc@example.org\tentreprises\t03 20 00 00 00\tEnglish", "A|B|c@example.org|company|03 20 00 00 00|en"),
        ("جمعية; c@example.org", "جمعية||c@example.org|association||"),
        ("Fête 🎉;;c@example.org;;", "Fête 🎉||c@example.org|association||"),
        ("<b>A</b>; c@example.org", "<b>A</b>||c@example.org|association||"),
        ("no address here", None),
        ("A; B; C; c@example.org", None),
        ("A; B; c@example.org; something else", None),
    ],
)
def test_pasted_line_is_read(make: Factory, line: str, expected: str | None) -> None:
    event = make.event()
    if expected is None:
        with pytest.raises(Faults):
            read_pasted(line, event, "association")
        return
    [read] = read_pasted(line, event, "association")
    said = (read.name, read.contact_name, read.email, read.kind, read.phone, read.language)
    assert said == tuple(expected.split("|"))


@pytest.mark.parametrize("line", ["Le Grenier", "Le Grenier;", "Le Grenier; ;"])
def test_pasted_name_alone_lacks_its_address_not_its_name(make: Factory, line: str) -> None:
    event = make.event()
    with pytest.raises(Faults) as raised:
        read_pasted(line, event, "association")
    [fault] = raised.value.faults
    assert "nom@exemple.org" in fault.message


def test_pasted_headings_and_empty_lines_are_passed_over_and_lines_are_counted(make: Factory) -> None:
    event = make.event()
    text = "Nom;Contact;Courriel\n\nA;;a@example.org\r\n;;\nB;;b@example.org\n"
    read = read_pasted(text, event, "company")
    assert [one.name for one in read] == ["A", "B"]
    with pytest.raises(Faults) as raised:
        read_pasted(text + "C;;nowhere\n", event, "company")
    assert [fault.path for fault in raised.value.faults] == ["6"]
