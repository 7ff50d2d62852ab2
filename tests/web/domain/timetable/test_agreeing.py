"""A provisional round: who is asked, what they answer, what is planned anew, and what the final mails say of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.published import World as Published
from tests.support.published import meeting
from tests.support.published import world as world
from tests.web.announced import plain
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.errors import Faults, Refused
from web.domain.event.events import duplicate_event, touch
from web.domain.event.files import event_value
from web.domain.people.merging import merge
from web.domain.people.privacy import erase, export
from web.domain.people.registration import participant_actor, withdraw
from web.domain.timetable import agreeing, answers
from web.domain.timetable.agenda import provisional_agenda
from web.domain.timetable.agreeing import standing
from web.domain.timetable.distance import Code
from web.domain.timetable.drift import drift
from web.domain.timetable.publishing import Untrue, publish
from web.domain.timetable.versions import delete_version, event_of, note_of, schedule_of
from web.models import AuditEntry, MeetingAnswer, Registration, ScheduleVersion

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
UNTIL = datetime(2027, 3, 5, 17, 0, tzinfo=UTC)
AFTER = UNTIL + timedelta(minutes=1)


def ask(world: Published, version: ScheduleVersion | None = None, **values: Any) -> agreeing.Asked:
    return agreeing.ask(world.session, version or world.first, UNTIL, SYSTEM, now=NOW, **values)


def agree(world: Published, who: Registration, now: datetime = NOW) -> None:
    answers.agree(world.session, who, world.event.provisional_schedule_id or 0, participant_actor(who), now)


def decline(
    world: Published, who: Registration, whom: Registration, reason: str = "known", note: str = "", **values: Any
) -> None:
    values = {"version_id": world.event.provisional_schedule_id or 0, "now": NOW} | values
    answers.decline(
        world.session, who, partner=whom.key, reason=reason, note=note, actor=participant_actor(who), **values
    )


def found(world: Published, now: datetime = NOW) -> agreeing.Standing:
    world.session.rollback()
    standing_now = standing(world.session, world.event, now)
    assert standing_now is not None
    return standing_now


def rows(world: Published) -> list[tuple[int, int | None, str]]:
    world.session.rollback()
    found = world.session.scalars(select(MeetingAnswer).order_by(MeetingAnswer.id))
    return [(row.registration_id, row.partner_id, row.answer) for row in found]


# Asking


@on_both_databases
def test_asking_mails_those_with_meetings_and_announces_nothing(world: Published) -> None:
    lonely = world.make.registration(world.event, name="Sans rendez-vous")
    asked = ask(world, confirmed={one.id for one in drift(world.session, world.event, world.first).untrue})
    assert (asked.mails, asked.without_address) == (3, 1)
    mails = world.mails()
    assert mails.keys() == {world.a.email, world.b.email, world.c.email}
    text = plain(mails[world.a.email].body_text)
    assert "agenda provisoire" in text and "vendredi 5 mars 2027, 18:00" in text and "14:00" in text
    assert "does this provisional agenda" in mails[world.b.email].body_text
    assert world.event.published_schedule_id is None and world.event.provisional_schedule_id == world.first.id
    assert lonely.email not in mails


def test_asking_twice_sets_the_deadline_and_mails_nobody(world: Published) -> None:
    ask(world)
    world.mails()
    later = UNTIL + timedelta(days=1)
    assert agreeing.ask(world.session, world.first, later, SYSTEM, now=NOW).already
    assert world.mails() == {}
    world.session.rollback()
    assert world.event.answers_until == later


@pytest.mark.parametrize("until", [NOW, datetime(2027, 3, 18, 14, 0, tzinfo=UTC)])
def test_deadline_that_cannot_be_is_a_fault_of_its_field(world: Published, until: datetime) -> None:
    with pytest.raises(Faults) as error:
        agreeing.ask(world.session, world.first, until, SYSTEM, now=NOW)
    assert [fault.path for fault in error.value.faults] == ["until"]
    assert world.event.provisional_schedule_id is None and world.mails() == {}


def test_asking_is_refused_once_something_is_announced(world: Published) -> None:
    world.publish(world.first)
    with pytest.raises(Refused):
        ask(world)


def test_asking_about_what_is_untrue_wants_each_sentence_confirmed(world: Published) -> None:
    withdraw(world.session, world.c, SYSTEM)
    with pytest.raises(Untrue) as error:
        ask(world)
    assert [item.code for item in error.value.items] == [Code.GONE]
    ask(world, confirmed={item.id for item in error.value.items})
    assert world.event.provisional_schedule_id == world.first.id


# Answering


@on_both_databases
def test_one_press_confirms_all_once(world: Published) -> None:
    ask(world)
    agree(world, world.a)
    agree(world, world.a)
    assert rows(world) == [(world.a.id, None, "confirmed")]
    assert found(world).confirmed == (world.a,)
    assert found(world).silent == (world.b, world.c, world.d)
    assert found(world).open and not found(world, AFTER).open


@on_both_databases
def test_declined_meeting_is_forbidden_whatever_the_organiser_required_and_no_veto(world: Published) -> None:
    world.make.rule(world.event, world.a, world.c)
    ask(world, confirmed={one.id for one in drift(world.session, world.event, world.first).untrue})
    decline(world, world.a, world.c, "other", "  Nous   les voyons\nchaque semaine 🎉 ")
    value = event_value(world.session, world.event)
    assert [(set(rule.between), rule.status) for rule in value.meetings] == [({world.a.key, world.c.key}, "forbidden")]
    assert all(one.vetoes == () for one in value.participants)
    (one,) = found(world).declined
    assert (one.who, one.whom, one.held, one.required) == (world.a, world.c, True, True)
    assert one.answer.note == "Nous les voyons chaque semaine 🎉"
    assert [item.code for item in drift(world.session, world.event, world.first).untrue] == [Code.NOT_TO_MEET]


def test_answer_can_be_changed_until_the_deadline(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    decline(world, world.a, world.c, "rivals")
    assert rows(world) == [(world.a.id, world.c.id, "declined")]
    answers.take_back(world.session, world.a, world.c.key, participant_actor(world.a), NOW)
    assert rows(world) == [(world.a.id, None, "confirmed")]
    decline(world, world.a, world.d)
    agree(world, world.a)
    assert rows(world) == [(world.a.id, None, "confirmed")]
    assert event_value(world.session, world.event).meetings == ()
    with pytest.raises(Refused, match="18:00"):
        decline(world, world.a, world.c, now=AFTER)
    with pytest.raises(Refused, match="18:00"):
        agree(world, world.a, AFTER)


@pytest.mark.parametrize(
    ("reason", "note", "paths"),
    [("", "", ["reason"]), ("because", "", ["reason"]), ("other", " \n ", ["note"]), ("known", "x" * 301, ["note"])],
)
def test_reason_that_is_missing_or_too_long_is_a_fault_beside_it(
    world: Published, reason: str, note: str, paths: list[str]
) -> None:
    ask(world)
    with pytest.raises(Faults) as error:
        decline(world, world.a, world.c, reason, note)
    assert [fault.path for fault in error.value.faults] == paths
    assert rows(world) == []


def test_answers_that_cannot_be_taken_are_refused(world: Published) -> None:
    with pytest.raises(Refused):
        agree(world, world.a)
    ask(world)
    with pytest.raises(Refused):
        decline(world, world.a, world.b)
    with pytest.raises(Refused, match="changé"):
        decline(world, world.a, world.c, version_id=world.first.id + 1)
    withdraw(world.session, world.a, SYSTEM)
    with pytest.raises(Refused):
        agree(world, world.a)
    world.publish(world.make.schedule(world.event, [meeting(world.b, world.c, "s2")]))
    with pytest.raises(Refused, match="définitif"):
        agree(world, world.b)
    assert rows(world) == []


def test_team_may_answer_for_somebody_after_the_deadline(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    team = Actor("Odile", user_id=None)
    agreeing.close(world.session, world.event, SYSTEM, NOW)
    answers.take_back(world.session, world.a, world.c.key, team, AFTER)
    answers.agree(world.session, world.b, world.first.id, team, AFTER)
    assert {one.id for one in found(world).confirmed} == {world.a.id, world.b.id}
    logged = world.session.scalars(select(AuditEntry).where(AuditEntry.action == "agreement.confirm")).one()
    assert (logged.actor, logged.behalf_of_id) == ("Odile", world.b.id)


def test_organiser_ends_the_round_early(world: Published) -> None:
    ask(world)
    agreeing.close(world.session, world.event, SYSTEM, NOW)
    assert not found(world).open
    with pytest.raises(Refused):
        agree(world, world.a, NOW)


def test_reminder_goes_to_the_silent_alone_and_not_twice_within_an_hour(world: Published) -> None:
    ask(world)
    agree(world, world.a)
    world.mails()
    assert agreeing.remind(world.session, world.event, SYSTEM, NOW).mails == 2
    assert world.mails().keys() == {world.b.email, world.c.email}
    with pytest.raises(Refused):
        agreeing.remind(world.session, world.event, SYSTEM, NOW)
    with pytest.raises(Refused):
        agreeing.remind(world.session, world.event, SYSTEM, AFTER)


# Planned anew, and announced


@on_both_databases
def test_declined_meeting_is_planned_anew_around_those_confirmed(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    agree(world, world.b)
    version = agreeing.replan(world.session, world.event, SYSTEM)
    held = {(one.pair, one.slot) for one in schedule_of(version).meetings}
    assert (frozenset((world.b.key, world.c.key)), "s2") in held
    assert (frozenset((world.a.key, world.d.key)), "s2") in held
    assert all(pair != {world.a.key, world.c.key} for pair, _slot in held)
    assert not drift(world.session, world.event, version).untrue
    seen = agreeing.replanned(world.session, version)
    assert seen is not None and seen.moved == () and {world.a.key, world.c.key} <= seen.changes.keys()
    assert note_of(version) == f"Version {world.first.number} sans les rendez-vous refusés"


def test_nothing_is_planned_anew_where_nothing_was_declined(world: Published) -> None:
    ask(world)
    with pytest.raises(Refused):
        agreeing.replan(world.session, world.event, SYSTEM)


@on_both_databases
def test_second_round_asks_only_those_whose_agenda_changed(world: Published) -> None:
    ask(world)
    agree(world, world.b)
    decline(world, world.a, world.d)
    world.mails()
    second = world.make.schedule(world.event, [meeting(world.a, world.c, "s1"), meeting(world.b, world.c, "s2", "t2")])
    asked = ask(world, second)
    mails = world.mails()
    assert (asked.mails, mails.keys()) == (1, {world.a.email})
    assert "a changé" in mails[world.a.email].subject and "Annulé" in mails[world.a.email].body_text
    now = found(world)
    assert now.confirmed == (world.b,) and world.a in now.silent
    assert [(one.who, one.whom, one.held) for one in now.declined] == [(world.a, world.d, False)]


def test_refusal_that_the_next_round_overlooks_stands_and_can_be_taken_back(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    decline(world, world.a, world.d)
    again = world.make.schedule(world.event, [meeting(world.a, world.c, "s1"), meeting(world.b, world.c, "s2", "t2")])
    ask(world, again, confirmed={one.id for one in drift(world.session, world.event, again).untrue})
    assert found(world).partly == (world.a,)
    assert [one.whom.id for one in found(world).to_replan] == [world.c.id]
    answers.take_back(world.session, world.a, world.c.key, participant_actor(world.a), NOW)
    assert world.a in found(world).confirmed
    assert [one.whom.id for one in found(world).declined] == [world.d.id]


@on_both_databases
def test_final_mail_says_what_changed_since_the_provisional_one(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.d)
    world.mails()
    final = world.make.schedule(world.event, [meeting(world.a, world.c, "s1"), meeting(world.b, world.c, "s2", "t2")])
    world.publish(final)
    mails = world.mails()
    changed, same = plain(mails[world.a.email].body_text), mails[world.b.email].body_text
    assert "depuis l’agenda provisoire" in changed and "Annulé" in changed and "Imprimerie Lys" in changed
    assert "Nothing in it has changed since the provisional agenda" in same
    assert world.event.provisional_schedule_id is None and world.event.answers_until is None
    assert mails[world.a.email].subject.startswith("Votre agenda –")


def test_publishing_what_holds_a_declined_meeting_wants_it_confirmed(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    with pytest.raises(Untrue) as error:
        world.publish(world.first)
    assert [item.code for item in error.value.items] == [Code.NOT_TO_MEET]
    publish(world.session, world.first, SYSTEM, confirmed={item.id for item in error.value.items})
    assert drift(world.session, world.event, now=NOW).untrue


def test_whoever_was_asked_and_is_left_out_is_told(world: Published) -> None:
    ask(world)
    world.mails()
    document = world.first.event_document
    kept = [one for one in document["participants"] if one["id"] != world.b.key]
    final = world.make.schedule(
        world.event, [meeting(world.a, world.c, "s1")], event_document={**document, "participants": kept}
    )
    world.publish(final)
    assert "no agenda" in world.mails()[world.b.email].subject.lower()


# What happens to a round meanwhile


def test_version_that_participants_were_asked_about_is_kept(world: Published) -> None:
    ask(world)
    with pytest.raises(Refused):
        delete_version(world.session, world.first, SYSTEM)


def test_withdrawal_lets_their_refusals_rest_and_is_told_of_the_version(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    withdraw(world.session, world.a, SYSTEM)
    assert event_value(world.session, world.event).meetings == ()
    assert found(world).declined == ()
    assert [item.code for item in drift(world.session, world.event, world.first).untrue] == [Code.GONE]


def test_moved_round_makes_the_provisional_timetable_untrue(world: Published) -> None:
    ask(world)
    with write(world.session):
        for slot in world.event.slots:
            slot.starts_at += timedelta(hours=1)
            slot.ends_at += timedelta(hours=1)
        touch(world.event)
    assert [item.code for item in drift(world.session, world.event, world.first).untrue] == [Code.SLOTS_MOVED]


@on_both_databases
def test_erasure_of_either_takes_the_answer_and_the_name_away(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c, "other", "Fournil Dubois nous a quittés")
    decline(world, world.b, world.c, "other", "Les Jardins du Canal leur suffisent")
    erase(world.session, world.a, SYSTEM)
    world.session.expire_all()
    (row,) = world.session.scalars(select(MeetingAnswer)).all()
    assert row.registration_id == world.b.id and "Jardins" not in row.note
    agenda = provisional_agenda(world.session, world.c)
    assert agenda is not None and "Les Jardins du Canal" not in str(agenda)
    erase(world.session, world.c, SYSTEM)
    assert rows(world) == []


def test_export_holds_ones_own_answers_and_not_those_about_one(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c, "rivals")
    (answer,) = export(world.session, world.a)["answers"]
    assert (answer["answer"], answer["meeting_with"], answer["reason"]) == ("declined", "Fournil Dubois", "rivals")
    assert export(world.session, world.c)["answers"] == []


def test_copy_of_the_event_has_no_round_and_no_answers(world: Published, make: Factory) -> None:
    ask(world)
    decline(world, world.a, world.c)
    owner = make.user()
    day = datetime(2028, 3, 16).date()
    copy = duplicate_event(world.session, world.event, title="Copie", day=day, with_pool=True, user=owner, actor=SYSTEM)
    assert copy.provisional_schedule_id is None and event_value(world.session, copy).meetings == ()


@on_both_databases
def test_merged_registrations_have_one_set_of_answers(world: Published) -> None:
    double = world.make.registration(world.event, name="Jardins du Canal")
    second = world.make.schedule(
        world.event,
        [meeting(world.a, world.c, "s1"), meeting(double, world.c, "s2", "t2"), meeting(double, world.d, "s3")],
    )
    ask(world, second)
    decline(world, world.a, world.c, "known")
    decline(world, double, world.c, "rivals")
    decline(world, double, world.d, "unsuited")
    decline(world, world.c, double, "known")
    versions = {one.id: one.version for one in (world.a, double)}
    kept = merge(world.session, world.event, world.a, double, versions=versions, from_double=(), actor=SYSTEM)
    assert kept.id == world.a.id
    world.session.expire_all()
    said = {
        (row.registration_id, row.partner_id, row.reason) for row in world.session.scalars(select(MeetingAnswer)).all()
    }
    a, c, d = world.a.id, world.c.id, world.d.id
    assert said == {(a, c, "known"), (a, d, "unsuited"), (c, a, "known")}


def test_version_computed_since_holds_no_declined_meeting(world: Published) -> None:
    ask(world)
    decline(world, world.a, world.c)
    value = event_value(world.session, world.event)
    later = world.make.schedule(world.event, [])
    assert event_of(later) == value
    answers.take_back(world.session, world.a, world.c.key, SYSTEM, NOW)
    assert event_value(world.session, world.event) != value


def test_standing_asks_the_database_as_often_for_many_as_for_few(
    world: Published, make: Factory, statements: list[str]
) -> None:
    ask(world)
    counts = []
    for _round in range(2):
        world.session.rollback()
        statements.clear()
        standing(world.session, world.event, NOW)
        counts.append(len(statements))
        for number in range(5):
            make.registration(world.event, name=f"Autre {number}")
    assert counts[0] == counts[1]
