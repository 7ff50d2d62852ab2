"""A message reaches whom its page has shown, once, in the organiser's words; a segment is read anew at sending."""

from datetime import date
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Faults, Missing, Refused
from web.domain.event.events import duplicate_event
from web.domain.links import personal_address
from web.domain.mail.addresses import with_proof
from web.domain.people import colleagues, inviting, mailing, privacy, reminding, retention
from web.domain.people.inviting import Invited, invite_many
from web.domain.people.mailing import Sending, Words
from web.domain.people.segments import Group, Segment, Unreached, handle_of, name_of, numbers, reach
from web.domain.team.access import issue_personal_link, known_personal_token
from web.models import AuditEntry, Colleague, Event, Mailing, MailState, OutboxMail, Registration, Reminder

pytestmark = on_both_databases
WORDS = Words("Une autre salle", "Bonjour {nom},\n\nNous changeons de salle.")


def draft(session: Session, event: Event, words: Words = WORDS, segment: Segment | None = None) -> Mailing:
    return mailing.save(session, event, None, words, segment or Segment(), 0, SYSTEM)


def sent(session: Session, event: Event, one: Mailing, ticked: list[str] | None = None) -> Sending:
    """What comes of pressing “send” on a page opened now."""
    shown = list(reach(session, event, Segment.of(one.segment)).all)
    return mailing.send(session, event, one.id, one.version, shown, shown if ticked is None else ticked, SYSTEM)


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_message_is_sent_once_to_all_of_its_segment(session: Session, make: Factory) -> None:
    event = make.event()
    one, other = make.registration(event, name="A"), make.registration(event, name="B", contact_name="")
    make.registration(event, name="C", status="pending")
    message = draft(session, event)
    assert sent(session, event, message) == Sending(2)
    written = mails(session)
    assert [(mail.registration_id, mail.recipient, mail.subject, mail.mailing_id) for mail in written] == [
        (one.id, one.email, "Une autre salle", message.id),
        (other.id, other.email, "Une autre salle", message.id),
    ]
    assert written[0].body_text.startswith("Bonjour Camille Exemple,\n\nNous changeons de salle.\n\nVotre page")
    assert "?mail=" in written[0].body_text
    assert written[1].body_text.startswith("Bonjour B,")
    assert f"-- \n{event.title}\n" in written[0].body_text
    session.refresh(message)
    assert (message.number, message.sent_at is not None) == (2, True)
    shown = [handle_of(one), handle_of(other)]
    assert mailing.send(session, event, message.id, message.version, shown, shown, SYSTEM).already
    assert len(mails(session)) == 2
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "message.send")).one()
    assert entry.details == {"message": message.id, "mails": 2}


def test_message_is_written_in_the_language_of_its_reader(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event, name="A")
    make.registration(event, name="B", language="en")
    words = Words("Salle", "Le {date}, {lieu}", "Room", "On {date}, {place}: {link}")
    sent(session, event, draft(session, event, words))
    french, english = mails(session)
    assert (french.subject, english.subject) == ("Salle", "Room")
    assert "Le jeudi 18 mars 2027, Salle des Fêtes" in french.body_text
    assert english.body_text.startswith("On Thursday 18 March 2027, Salle des Fêtes: http")
    assert english.body_text.count("/p/") == french.body_text.count("/p/") == 1


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        (Words("S", "Bonjour {nmo}"), "text", "{nmo} ne correspond à rien\u00a0: vouliez-vous dire {nom}\u202f?"),
        (Words("Chez {organisaton}", "T"), "subject", "vouliez-vous dire {organisation}\u202f?"),
        (Words("Voici {lien}", "T"), "subject", "pas sa place dans un objet"),
        (Words("S", "T", "Subject"), "other_text", "Écrivez aussi le texte"),
    ],
)
def test_message_with_an_unknown_placeholder_is_a_sentence(
    session: Session, make: Factory, words: Words, field: str, said: str
) -> None:
    with pytest.raises(Faults) as raised:
        draft(session, make.event(), words)
    (fault,) = raised.value.faults
    assert fault.path == field
    assert said in fault.message
    assert session.scalars(select(Mailing)).all() == []


def test_what_the_event_does_not_say_cannot_be_put_in(session: Session, make: Factory) -> None:
    event = make.event(slots=0, place="")
    with pytest.raises(Faults) as raised:
        draft(session, event, Words("S", "Le {date}, {lieu}"))
    assert len(raised.value.faults) == 2


def test_name_that_would_be_a_link_is_left_out_until_the_address_is_confirmed(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event, name="evil.example", contact_name="www.evil.example")
    make.registration(event, name="kind.example", email="k@example.org", confirmed_email="k@example.org")
    words = Words("Pour {organisation}", "Bonjour {nom},\nMerci à {organisation}, {lieu} <b>gras</b> 🎉 مرحبا")
    sent(session, event, draft(session, event, words))
    one, other = mails(session)
    assert one.subject == "Pour votre organisation"
    assert "evil" not in one.body_text
    assert one.body_text.startswith("Bonjour,\nMerci à votre organisation, Salle des Fêtes <b>gras</b> 🎉 مرحبا")
    assert other.subject == "Pour kind.example"


def colleague(session: Session, one: Registration, name: str, email: str, **values: object) -> Colleague:
    """One of `one`, who has a link."""
    added = Colleague(registration_id=one.id, name=name, email=email, **values)
    with write(session):
        session.add(added)
        session.flush()
        issue_personal_link(added)
    return added


ALL = Segment(colleagues=True)


def test_colleagues_get_it_in_their_language_with_their_name_and_link(session: Session, make: Factory) -> None:
    event = make.event()
    one, other = make.registration(event, name="A"), make.registration(event, name="B", kind="company")
    ada = colleague(session, one, "Ada", "ada@example.org", language="en")
    colleague(session, one, "Tue", "tue@example.org", wants_mails=False)
    colleague(session, other, "Bo", "bo@example.org")
    words = Words("Salle", "Bonjour {nom}, {organisation}", "Room", "Hello {name} of {organisation}: {link}")
    sent(session, event, draft(session, event, words))
    assert [mail.colleague_id for mail in mails(session)] == [None, None]
    of_one_kind = Segment(kind="association", colleagues=True)
    assert sent(session, event, draft(session, event, words, of_one_kind)) == Sending(2)
    contact, theirs = mails(session)[2:]
    assert (contact.registration_id, contact.colleague_id, contact.recipient) == (one.id, None, one.email)
    assert (theirs.registration_id, theirs.colleague_id, theirs.recipient) == (one.id, ada.id, "ada@example.org")
    assert (theirs.subject, theirs.language) == ("Room", "en")
    link = with_proof(ada, personal_address(known_personal_token(ada) or ""))
    assert theirs.body_text.startswith(f"Hello Ada of A: {link}\n")
    found = reach(session, event, ALL)
    assert (found.participants, [name_of(who) for who in found.all.values()]) == (2, ["A", "Ada (A)", "B", "Bo (B)"])
    assert [name_of(who) for who in found.kept[Unreached.NO_MAILS]] == ["Tue (A)"]


def test_address_of_several_is_written_to_once(session: Session, make: Factory) -> None:
    event = make.event()
    one = make.registration(event, name="Zoo", email="a@example.org")
    other = make.registration(event, name="B", email="b@example.org")
    twin = make.registration(event, name="C", email="b@example.org")
    silent = make.registration(event, name="D", email=None)
    # First contact elsewhere; colleague of two; the only one to be reached.
    same = [colleague(session, other, "Ada", "a@example.org"), colleague(session, twin, "Lea", "lea@example.org")]
    first = colleague(session, other, "Lea", "lea@example.org")
    reached = colleague(session, silent, "Dan", "d@example.org")
    found = reach(session, event, ALL)
    assert list(found.ticked.values()) == [other, first, reached, one]
    assert found.kept == {Unreached.NO_ADDRESS: [silent], Unreached.SAME_ADDRESS: [twin, *same]}
    assert sent(session, event, draft(session, event, segment=ALL)).number == 4
    assert sorted(mail.recipient for mail in mails(session)) == [f"{who}@example.org" for who in ("a", "b", "d", "lea")]


def test_address_of_a_colleague_that_came_back_is_not_written_to(session: Session, make: Factory) -> None:
    event = make.event()
    one = make.registration(event, name="A")
    ada = colleague(session, one, "Ada", "ada@example.org")
    sent(session, event, draft(session, event, segment=ALL))
    with write(session):
        for mail in mails(session):
            mail.state = MailState.FAILED if mail.colleague_id else MailState.SENT
    found = reach(session, event, ALL)
    assert (list(found.ticked.values()), found.kept) == ([one], {Unreached.CAME_BACK: [ada]})
    with write(session):
        one.status = "withdrawn"
    assert reach(session, event, Segment(Group.EVERYBODY, colleagues=True)).kept == {Unreached.WITHDREW: [one, ada]}


def test_colleague_added_removed_or_tired_of_mails_after_the_look_is_told(session: Session, make: Factory) -> None:
    event = make.event()
    one = make.registration(event, name="A")
    ada, bo = (colleague(session, one, name, f"{name}@example.org") for name in ("Ada", "Bo"))
    message = draft(session, event, segment=ALL)
    shown = [*reach(session, event, ALL).all]
    colleagues.remove(session, one, ada.id, SYSTEM)
    colleagues.choose(session, bo, wants_mails=False, language="fr", actor=SYSTEM)
    colleague(session, one, "Cy", "cy@example.org")
    done = mailing.send(session, event, message.id, message.version, shown, shown, SYSTEM)
    assert (done.number, done.added) == (0, ["Cy (A)"])
    assert done.gone == {None: ["quelqu’un"], Unreached.NO_MAILS: ["Bo (A)"]}
    assert [mail for mail in mails(session) if mail.mailing_id] == []
    session.refresh(message)
    assert sent(session, event, message) == Sending(2)


def test_draft_from_before_colleagues_could_be_chosen_reaches_none(session: Session, make: Factory) -> None:
    event = make.event()
    colleague(session, make.registration(event), "Ada", "ada@example.org")
    message = draft(session, event)
    with write(session):
        message.segment = {"group": "accepted"}
    assert sent(session, event, message) == Sending(1)


def test_placeholder_in_a_name_stays_a_name(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event, contact_name="{lien}")
    sent(session, event, draft(session, event, Words("S", "Bonjour {nom}")))
    assert mails(session)[0].body_text.startswith("Bonjour {lien}\n")


def test_who_is_not_reached_is_told_with_the_reason(session: Session, make: Factory) -> None:
    event = make.event()
    reached = make.registration(event, name="A")
    silent = make.registration(event, name="B", email=None)
    gone = make.registration(event, name="C", status="withdrawn")
    bounced = make.registration(event, name="D")
    sent(session, event, draft(session, event))
    with write(session):
        for mail in mails(session):
            mail.state = MailState.FAILED if mail.recipient == bounced.email else MailState.SENT
    found = reach(session, event, Segment(Group.EVERYBODY))
    assert list(found.ticked.values()) == [reached]
    assert found.kept == {
        Unreached.NO_ADDRESS: [silent],
        Unreached.CAME_BACK: [bounced],
        Unreached.WITHDREW: [gone],
    }


def test_segments_follow_what_people_have_done(session: Session, make: Factory) -> None:
    event = make.event()
    a = make.registration(event, name="A", zone="centre", themes=["sport"])
    b = make.registration(event, name="B", kind="company", zone="nord")
    make.registration(event, name="C", status="waiting")
    make.registration(event, name="D", status="declined")
    make.wishes(a, [b])
    version = make.schedule(event, [{"between": [a.key, b.key], "slot": "s1", "table": "t1"}])
    late = make.registration(event, name="E")
    with write(session):
        event.published_schedule_id = version.id

    def names(**values: str) -> list[str]:
        return [one.name for one in reach(session, event, Segment(**values)).ticked.values()]  # type: ignore[arg-type]

    assert names(group=Group.ACCEPTED) == ["A", "B", "E"]
    assert names(group=Group.ACCEPTED, kind="company") == ["B"]
    assert names(group=Group.ACCEPTED, theme="sport") == ["A"]
    assert names(group=Group.ACCEPTED, zone="nord") == ["B"]
    assert names(group=Group.EVERYBODY) == ["A", "B", "C", "E"]
    assert names(group=Group.WAITING) == ["C"]
    assert names(group=Group.DECLINED) == ["D"]
    assert names(group=Group.NO_WISHES) == ["B", "E"]
    assert names(group=Group.IN_TIMETABLE) == ["A", "B"]
    assert names(group=Group.NOT_IN_TIMETABLE) == ["E"]
    assert names(group=Group.NOT_PRESENT) == ["A", "B"]
    picked = Segment(Group.PICKED, picked=(handle_of(late), handle_of(b), "nobody"))
    found = reach(session, event, picked)
    assert [one.name for one in found.ticked.values()] == ["B", "E"]
    assert found.gone == 1
    assert numbers(session, event)[Group.EVERYBODY] == 4


def test_invited_are_written_to_with_their_own_link_and_counted(session: Session, make: Factory) -> None:
    event = make.event()
    rows = [Invited(kind="company", name=name, email=f"{name}@example.org") for name in ("a", "b", "c")]
    one, other, _unsent = invite_many(session, event, rows, SYSTEM).invitations
    inviting.send(session, event, [one.id, other.id], SYSTEM)
    inviting.withdraw(session, event, [other.id], SYSTEM)
    message = draft(session, event, segment=Segment(Group.INVITED))
    assert sent(session, event, message).number == 1
    mail = mails(session)[-1]
    assert (mail.recipient, mail.registration_id) == ("a@example.org", None)
    assert "/invited/" in mail.body_text
    occasions = [row.occasion for row in session.scalars(select(Reminder).order_by(Reminder.id))]
    assert occasions == ["invitation", "invitation", "message"]
    # Nothing takes back what an organiser wanted said, however late it leaves.
    with write(session):
        mail.created_at = event.created_at.replace(year=2020)
    reminding.take_back(session)
    assert mail.id in [one.id for one in mails(session)]
    inviting.forget(session, event, one.id, SYSTEM)
    assert mails(session)[-1].recipient == "b@example.org"


@pytest.mark.parametrize("group", [Group.INVITED, Group.EVERYBODY])
def test_look_shows_a_link_that_is_not_issued_yet_as_people_read_it(
    session: Session, make: Factory, group: Group
) -> None:
    event = make.event()
    make.registration(event)
    [one] = invite_many(session, event, [Invited(kind="company", name="a", email="a@example.org")], SYSTEM).invitations
    inviting.send(session, event, [one.id], SYSTEM)
    with write(session):
        one.token_issued_at = None
    message = draft(session, event, Words("Votre page", "La voici : {lien}"), Segment(group))
    shown = mailing.look(session, event, message).text
    assert "/…" in shown
    assert "%E2" not in shown


def test_address_that_had_eight_mails_unasked_gets_no_message(session: Session, make: Factory) -> None:
    event = make.event()
    (one,) = invite_many(session, event, [Invited(kind="company", name="A", email="a@example.org")], SYSTEM).invitations
    inviting.send(session, event, [one.id], SYSTEM)
    for number in range(7):
        assert sent(session, event, draft(session, event, Words(f"S{number}", "T"), Segment(Group.INVITED))).number == 1
    message = draft(session, event, segment=Segment(Group.INVITED))
    assert list(reach(session, event, Segment.of(message.segment)).kept) == [Unreached.ENOUGH]
    with pytest.raises(Refused):
        sent(session, event, message)


def test_who_withdrew_after_the_look_is_told_and_nothing_sent(session: Session, make: Factory) -> None:
    event = make.event()
    one, other = make.registration(event, name="A"), make.registration(event, name="B")
    message = draft(session, event, segment=Segment(Group.EVERYBODY))
    shown = [handle_of(one), handle_of(other)]
    with write(session):
        one.status = "withdrawn"
    late = make.registration(event, name="Z")
    done = mailing.send(session, event, message.id, message.version, shown, shown, SYSTEM)
    assert (done.number, done.gone, done.added) == (0, {Unreached.WITHDREW: ["A"]}, ["Z"])
    assert mails(session) == []
    session.refresh(message)
    # Seen and pressed again, it goes to whom it reaches now.
    assert sent(session, event, message) == Sending(2)
    assert {mail.registration_id for mail in mails(session)} == {other.id, late.id}


def test_choice_that_is_not_the_number_on_the_button_is_kept_and_asked_again(session: Session, make: Factory) -> None:
    event = make.event()
    one, other = make.registration(event, name="A"), make.registration(event, name="B")
    message = draft(session, event)
    done = sent(session, event, message, [handle_of(one)])
    assert (done.number, done.chosen_anew) == (0, True)
    session.refresh(message)
    found = reach(session, event, Segment.of(message.segment))
    assert (list(found.ticked.values()), list(found.unticked.values())) == ([one], [other])
    assert sent(session, event, message, [handle_of(one)]).number == 1
    assert [mail.registration_id for mail in mails(session)] == [one.id]


def test_message_to_nobody_is_refused(session: Session, make: Factory) -> None:
    event = make.event()
    message = draft(session, event)
    with pytest.raises(Refused):
        sent(session, event, message)
    session.refresh(message)
    assert message.sent_at is None


def test_draft_is_kept_changed_and_deleted(session: Session, make: Factory) -> None:
    event = make.event()
    one = draft(session, event)
    # A second press finds the first.
    assert draft(session, event).id == one.id
    version = one.version
    mailing.save(session, event, one.id, Words("B", "C"), Segment(), version, SYSTEM)
    with pytest.raises(StaleDataError):
        mailing.save(session, event, one.id, WORDS, Segment(), version, SYSTEM)
    with pytest.raises(Missing):
        mailing.mailing(session, make.event(), one.id)
    mailing.delete(session, event, one.id, SYSTEM)
    assert session.scalars(select(Mailing)).all() == []


def test_message_that_is_sent_is_neither_changed_nor_deleted(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event)
    one = draft(session, event)
    sent(session, event, one)
    session.refresh(one)
    with pytest.raises(Refused):
        mailing.save(session, event, one.id, WORDS, Segment(), one.version, SYSTEM)
    with pytest.raises(Refused):
        mailing.delete(session, event, one.id, SYSTEM)


def test_archived_event_writes_to_nobody(session: Session, make: Factory) -> None:
    event = make.event()
    make.registration(event)
    one = draft(session, event)
    with write(session):
        event.status = "archived"
    with pytest.raises(Refused):
        sent(session, event, one)
    with pytest.raises(Refused):
        draft(session, event, Words("A", "B"))
    assert mails(session) == []


def test_trial_goes_to_its_writer_without_a_personal_link_and_is_limited(session: Session, make: Factory) -> None:
    user = make.user(email="odile@example.org", confirmed_email="odile@example.org")
    event = make.event(user)
    one = make.registration(event, name="Les Jardins")
    make.personal_link(one)
    message, actor = draft(session, event, Words("Salle", "Voici {lien}")), Actor.of_user(user)
    for _turn in range(mailing.MOST_TESTS):
        assert mailing.try_out(session, event, message.id, user, "", actor) == "odile@example.org"
    with pytest.raises(Refused):
        mailing.try_out(session, event, message.id, user, "", actor)
    written = mails(session)
    assert len(written) == mailing.MOST_TESTS
    assert written[0].subject == "Essai\u00a0: Salle"
    assert "Les Jardins lirait" in written[0].body_text
    assert "/p/" not in written[0].body_text
    assert written[0].registration_id is None
    with write(session):
        user.email = None
    with pytest.raises(Refused):
        mailing.try_out(session, event, message.id, user, "", actor)


def test_erasure_takes_a_name_out_of_messages_and_their_mails_away(session: Session, make: Factory) -> None:
    event = make.event()
    one = make.registration(event, name="Les Jardins du Canal", contact_name="Camille Rarissime")
    make.registration(event, name="B")
    message = draft(session, event, Words("Merci", "Merci à Camille Rarissime pour la salle."))
    sent(session, event, message)
    privacy.erase(session, one, SYSTEM)
    session.rollback()
    assert "Rarissime" not in session.get_one(Mailing, message.id).text
    (left,) = mails(session)
    assert "Rarissime" not in left.body_text
    assert session.get_one(Mailing, message.id).number == 2


def test_messages_are_kept_no_longer_than_the_people_and_not_copied(session: Session, make: Factory) -> None:
    user = make.user()
    event = make.event(user)
    draft(session, event)
    copy = duplicate_event(
        session, event, title="Mars", day=date(2027, 5, 3), with_pool=True, user=user, actor=Actor.of_user(user)
    )
    assert mailing.mailings(session, copy) == []
    total = retention.run_daily(session, 1, event.created_at.replace(year=2040))
    assert total is not None
    assert total["messages"] == 1
    assert session.scalars(select(Mailing)).all() == []


def crowd(session: Session, make: Factory, number: int) -> Event:
    """An event with so many accepted participants, each with a link."""
    event = make.event()
    people = [
        Registration(
            event_id=event.id,
            key=f"p{i}",
            name=f"P {i}",
            kind="company",
            status="accepted",
            email=f"p{i}@e{event.id}.example",
        )
        for i in range(number)
    ]
    with write(session):
        session.add_all(people)
    for one in people:
        make.personal_link(one)
        colleague(session, one, "Ada", f"ada.{one.email}")
    return event


@pytest.mark.usefixtures("woken")
def test_sending_asks_the_database_as_often_for_many_as_for_few(
    session: Session, make: Factory, statements: list[str]
) -> None:
    asked = []
    for number in (3, 60):
        event = crowd(session, make, number)
        message = draft(session, event, segment=ALL)
        session.expire_all()
        statements.clear()
        assert sent(session, event, message).number == 2 * number
        asked.append([one[:60] for one in statements if not one.startswith("INSERT")])
    assert asked[0] == asked[1]


def test_two_presses_at_once_send_once(app: Flask, session: Session, make: Factory) -> None:
    event = make.event()
    one = make.registration(event)
    message = draft(session, event)
    shown, numbers_of = [handle_of(one)], (event.id, message.id, message.version)
    session.rollback()
    barrier, done = Barrier(2), []

    def press() -> None:
        with app.app_context():
            mine = get_session()
            found = mine.get_one(Event, numbers_of[0])
            barrier.wait()
            done.append(mailing.send(mine, found, numbers_of[1], numbers_of[2], shown, shown, SYSTEM))

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((result.number, result.already) for result in done) == [(0, True), (1, False)]
    assert len(mails(session)) == 1
