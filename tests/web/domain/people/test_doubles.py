"""Organisations registered twice and people who stand for several: told, decided, taken back."""

import pytest
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.errors import Missing, Refused
from web.domain.event.files import event_document, event_value, import_event
from web.domain.people.doubles import Sign, findings, may_be_at_once, never_at_once, say_two, unsay_two
from web.domain.timetable.solving import compute_now, editor_of
from web.domain.timetable.versions import event_of, schedule_of
from web.models import Alike, Colleague, Event, EventStatus, Registration


@pytest.fixture
def event(make: Factory) -> Event:
    return make.event()


def one(make: Factory, event: Event, name: str, contact: str = "", **values: object) -> Registration:
    return make.registration(event, name=name, contact_name=contact, **values)


def doubles(session: Session, event: Event) -> list[tuple[list[str], list[str]]]:
    session.rollback()
    return [([who.name for who in it.people], list(it.signs)) for it in findings(session, event).doubles]


def persons(session: Session, event: Event) -> list[tuple[list[str], list[str]]]:
    session.rollback()
    return [([who.name for who in it.people], list(it.signs)) for it in findings(session, event).persons]


def test_organisation_registered_twice_is_told_with_what_is_alike(
    session: Session, make: Factory, event: Event
) -> None:
    one(make, event, "Les Colibris", "Ada Ferrand", siren="123456789", website="https://www.colibris.example/")
    one(make, event, "Association Les Colibris", "Bo Lang", status="pending", website="http://colibris.example")
    one(make, event, "Tout autre nom", "Cy Roux", siren="123456789")
    one(make, event, "Ressourcerie du Vexin", "Di Petit")
    assert doubles(session, event) == [
        (["Les Colibris", "Association Les Colibris"], [Sign.SITE, Sign.NAME]),
        (["Les Colibris", "Tout autre nom"], [Sign.SIREN]),
    ]


def test_organisations_with_two_siren_numbers_are_two(session: Session, make: Factory, event: Event) -> None:
    one(make, event, "Les Colibris", siren="123456789")
    one(make, event, "Les Colibris", siren="987654321")
    assert doubles(session, event) == []


@pytest.mark.parametrize("status", ["withdrawn", "declined"])
def test_who_does_not_take_part_is_nobodys_double(session: Session, make: Factory, event: Event, status: str) -> None:
    one(make, event, "Les Colibris")
    one(make, event, "Les Colibris", status=status)
    assert doubles(session, event) == []


def test_short_name_by_the_same_people_is_a_double(session: Session, make: Factory, event: Event) -> None:
    one(make, event, "Ressourcerie", email="a@example.org")
    one(make, event, "Ressourcerie du Vexin", email="a@example.org")
    one(make, event, "Ressourcerie du Canal", email="b@example.org")
    assert doubles(session, event) == [(["Ressourcerie", "Ressourcerie du Vexin"], [Sign.NAME])]
    # Told once.
    assert persons(session, event) == []


def test_person_for_two_organisations_is_told_with_what_is_the_same(
    session: Session, make: Factory, event: Event
) -> None:
    one(make, event, "Les Colibris", "Naïma Dupont", phone="01 23 45 67 89")
    one(make, event, "Foyer rural", "DUPONT Naima")
    one(make, event, "Le Verger", "Léo Martin", phone="+33 1 23 45 67 89")
    one(make, event, "La Mare", "Ève Roy", email="x@example.org")
    one(make, event, "Le Rucher", "", email="x@example.org", phone="01.23.45.67.89")
    assert persons(session, event) == [
        # Two who answer one telephone under two names are two; who says no name may be either.
        (["Les Colibris", "Foyer rural"], [Sign.CONTACT]),
        (["Le Verger", "La Mare", "Le Rucher"], [Sign.EMAIL, Sign.PHONE]),
    ]


def test_first_name_alone_and_a_shared_telephone_are_nobodys(session: Session, make: Factory, event: Event) -> None:
    one(make, event, "Les Colibris", "Camille", phone="12")
    one(make, event, "Foyer rural", "Camille", phone="12")
    one(make, event, "Le Verger", "Léo Martin", phone="01 23 45 67 89")
    one(make, event, "La Mare", "Ève Roy", phone="01 23 45 67 89")
    assert persons(session, event) == []


@on_both_databases
def test_choice_never_at_once_is_kept_in_the_event_file_and_taken_back(
    session: Session, make: Factory, event: Event
) -> None:
    a, b = one(make, event, "Les Colibris", "Ada Ferrand"), one(make, event, "Foyer rural", "Ada Ferrand", delegates=2)
    c = one(make, event, "Le Verger", "Ada Ferrand", status="pending")
    never_at_once(session, event, [a.id, b.id], SYSTEM)
    assert event_value(session, event).same_person == ((a.key, b.key),)
    assert [one["delegates"] for one in event_document(session, event)["participants"]] == [1, 1]
    assert persons(session, event) == [(["Foyer rural", "Le Verger"], [Sign.CONTACT])]
    # One who joins later joins the group.
    never_at_once(session, event, [b.id, c.id], SYSTEM)
    assert event.rules["same_person"] == [[a.key, b.key, c.key]]
    assert [[who.name for who in group] for group in findings(session, event).one_person] == [
        ["Les Colibris", "Foyer rural", "Le Verger"]
    ]
    again = import_event(session, event_value(session, event), make.user().id, SYSTEM)
    assert again.rules["same_person"] == [[a.key, b.key]]
    may_be_at_once(session, event, [a.id, b.id, c.id], SYSTEM)
    assert event_value(session, event).same_person == ()
    assert len(persons(session, event)) == 1


def test_no_two_of_one_person_are_placed_at_once(session: Session, make: Factory) -> None:
    event = make.event(slots=2)
    a, b = one(make, event, "Les Colibris", "Ada Ferrand"), one(make, event, "Foyer rural", "Ada Ferrand")
    for name in ("Fournil Dubois", "Imprimerie Lys"):
        one(make, event, name, kind="company")
    never_at_once(session, event, [a.id, b.id], SYSTEM)
    version = compute_now(session, event, SYSTEM, 2.0)
    computed = schedule_of(version)
    # Without the choice there are four, two in each slot.
    first, second = computed.meetings
    assert {first.slot, second.slot} == {"s1", "s2"}
    # By hand neither: the workbench says why.
    why = editor_of(event_of(version), computed).move(second, first.slot).why
    assert why is not None
    assert str(why.rule).startswith("rule 6: ")


@on_both_databases
def test_word_that_they_are_two_is_kept_and_taken_back(session: Session, make: Factory, event: Event) -> None:
    a, b = one(make, event, "Les Colibris", "Ada Ferrand"), one(make, event, "Colibris", "Ada Ferrand")
    for _turn in range(2):
        say_two(session, event, [b.id, a.id], Alike.ORGANISATION, SYSTEM)
    assert doubles(session, event) == []
    # They may be one person's all the same.
    assert persons(session, event) == [(["Les Colibris", "Colibris"], [Sign.CONTACT])]
    say_two(session, event, [a.id, b.id], Alike.PERSON, SYSTEM)
    assert not findings(session, event)
    assert [(kind, x.name, y.name) for kind, x, y in findings(session, event).two] == [
        (Alike.ORGANISATION, "Les Colibris", "Colibris"),
        (Alike.PERSON, "Les Colibris", "Colibris"),
    ]
    unsay_two(session, event, [a.id, b.id], Alike.ORGANISATION, SYSTEM)
    assert doubles(session, event) == [(["Les Colibris", "Colibris"], [Sign.NAME])]


def test_decision_on_somebody_of_another_event_is_refused(session: Session, make: Factory, event: Event) -> None:
    a, stranger = one(make, event, "Les Colibris"), make.registration(make.event())
    for decide in (never_at_once, may_be_at_once):
        with pytest.raises(Missing):
            decide(session, event, [a.id, stranger.id], SYSTEM)
    with pytest.raises(Missing):
        say_two(session, event, [a.id, a.id], Alike.PERSON, SYSTEM)


def test_decision_in_an_archived_event_is_refused(session: Session, make: Factory, event: Event) -> None:
    a, b = one(make, event, "Les Colibris"), one(make, event, "Foyer rural")
    with write(session):
        event.status = EventStatus.ARCHIVED
    with pytest.raises(Refused):
        never_at_once(session, event, [a.id, b.id], SYSTEM)


def colleague(session: Session, of: Registration, name: str, email: str) -> None:
    with write(session):
        session.add(Colleague(registration_id=of.id, name=name, email=email))


def test_colleague_of_one_who_is_somebody_at_another_is_one_person(
    session: Session, make: Factory, event: Event
) -> None:
    contact = one(make, event, "Les Colibris", "Ada Ferrand", email="ada@example.org")
    at, last = one(make, event, "Foyer rural", "Bo Lang"), one(make, event, "La Mare", "Cy Roux")
    same = one(make, event, "Le Rucher", "Ida Petit", email="ada@example.org")
    one(make, event, "Le Verger", "Di Roy", email="di@example.org")
    colleague(session, contact, "Ada", "ada@example.org")
    colleague(session, at, "A. Ferrand", "ada@example.org")
    colleague(session, at, "Zoé", "zoe@example.org")
    colleague(session, last, "Zoé Ba", "zoe@example.org")
    colleague(session, one(make, event, "Parti", status="withdrawn"), "Di", "di@example.org")
    everybody = ["Les Colibris", "Foyer rural", "La Mare", "Le Rucher"]
    assert persons(session, event) == [(everybody, [Sign.EMAIL, Sign.COLLEAGUE])]
    (found,) = findings(session, event).persons
    assert found.colleagues == ["Ada", "A. Ferrand", "Zoé", "Zoé Ba"]
    never_at_once(session, event, [contact.id, at.id, last.id, same.id], SYSTEM)
    assert persons(session, event) == []
    assert event_value(session, event).same_person == ((contact.key, at.key, last.key, same.key),)


def test_short_name_by_a_colleague_is_a_double(session: Session, make: Factory, event: Event) -> None:
    one(make, event, "Ressourcerie", email="a@example.org")
    colleague(session, one(make, event, "Ressourcerie du Vexin"), "Ada", "a@example.org")
    assert doubles(session, event) == [(["Ressourcerie", "Ressourcerie du Vexin"], [Sign.NAME])]


def test_colleague_who_comes_or_goes_is_seen_at_once(session: Session, make: Factory, event: Event) -> None:
    a, b = one(make, event, "Les Colibris", email="a@example.org"), one(make, event, "Foyer rural")
    assert persons(session, event) == []
    colleague(session, b, "Ada", "a@example.org")
    assert persons(session, event) == [(["Les Colibris", "Foyer rural"], [Sign.COLLEAGUE])]
    with write(session):
        a.email = "else@example.org"
    assert persons(session, event) == []


def test_findings_are_three_queries_and_one_comparison(
    session: Session, make: Factory, event: Event, statements: list[str]
) -> None:
    for number in range(20):
        colleague(session, one(make, event, f"Maison {number}", "Ada Ferrand"), "Bo", "bo@example.org")
    session.rollback()
    _version = event.version, event.rules
    statements.clear()
    found = findings(session, event)
    assert len(statements) == 3
    assert findings(session, event) == found
