"""What differs between two timetables, as people see it."""

from datetime import timedelta

from scheduler.format.event import Event
from tests.scheduler.builders import event, held, people, rule, schedule_of, slots, worth
from web.domain.timetable.difference import Difference, agenda_changes, difference

MEETINGS = (held("a0 c0", "s0", score=3), held("a1 c1", "s1", score=2))


def evening() -> Event:
    return event(
        slots=slots(3),
        participants=people("a0", "a1", "c0", "c1"),
        meetings=[rule("a0 c0"), rule("a1 c1")],
        affinities=worth({"a0 c0": 3, "a1 c1": 2}),
    )


def an_hour_later(case: Event) -> Event:
    later = [
        slot.model_copy(update={"start": slot.start + timedelta(hours=1), "end": slot.end + timedelta(hours=1)})
        for slot in case.slots
    ]
    return case.model_copy(update={"slots": tuple(later)})


def test_timetable_does_not_differ_from_itself() -> None:
    case = evening()
    told = schedule_of(case, list(MEETINGS))
    assert difference(case, told, case, told) == Difference(same=2, moved=0, only_first=0, only_second=0, agendas=0)
    assert agenda_changes(case, told, case, told) == {}


def test_rounds_that_moved_move_their_meetings_for_page_and_mail_alike() -> None:
    """The keys of the rounds stay: compared by them alone nothing would have changed."""
    case = evening()
    told = schedule_of(case, list(MEETINGS))
    later = an_hour_later(case)
    assert difference(case, told, later, told) == Difference(same=0, moved=2, only_first=0, only_second=0, agendas=4)
    changes = agenda_changes(case, told, later, told)
    assert {id: len(change.moved) for id, change in changes.items()} == {"a0": 1, "a1": 1, "c0": 1, "c1": 1}


def test_rounds_that_are_only_called_otherwise_change_nothing() -> None:
    case = evening()
    told = schedule_of(case, list(MEETINGS))
    names = {slot.id: f"new {slot.id}" for slot in case.slots}
    renamed = case.model_copy(
        update={"slots": tuple(slot.model_copy(update={"id": names[slot.id]}) for slot in case.slots)}
    )
    renamed = Event.model_validate(renamed.model_dump())
    again = told.model_copy(
        update={"meetings": tuple(one.model_copy(update={"slot": names[one.slot]}) for one in told.meetings)}
    )
    assert difference(case, told, renamed, again).same == 2
    assert agenda_changes(case, told, renamed, again) == {}


def test_another_facilitator_is_told_as_the_file_tells_it() -> None:
    case = event(
        slots=slots(1),
        participants=people("a0", "c0"),
        meetings=[rule("a0 c0")],
        affinities=worth({"a0 c0": 3}),
        facilitators=[{"id": "f0", "name": "Lina"}, {"id": "f1", "name": "Marc"}],
    )
    with_lina, with_marc = (
        schedule_of(case, [held("a0 c0", "s0", score=3).model_copy(update={"facilitator": helper})])
        for helper in ("f0", "f1")
    )
    assert difference(case, with_lina, case, with_marc).same == 1
    changes = agenda_changes(case, with_lina, case, with_marc)
    [(old, new)] = changes["a0"].retabled
    assert (old.facilitator, new.facilitator) == ("Lina", "Marc")
    assert not changes["a0"].moved
