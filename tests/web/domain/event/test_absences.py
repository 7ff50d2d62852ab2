"""Absences as hours, and the same as rounds."""

from datetime import datetime, timedelta

from web.domain.event.absences import Rounds
from web.domain.event.slots import SlotTime

START = datetime(2027, 3, 18, 14, 0)


def rounds(*starts: datetime, zone: str = "Europe/Paris") -> Rounds:
    return Rounds([SlotTime(one, one + timedelta(minutes=6), key=f"s{n}") for n, one in enumerate(starts)], zone)


def every_eight_minutes(number: int, start: datetime = START) -> list[datetime]:
    return [start + timedelta(minutes=8 * n) for n in range(number)]


def test_rounds_missed_in_a_row_are_one_absence() -> None:
    grid = rounds(*every_eight_minutes(6))
    assert grid.absences({"s1", "s2", "s4"}) == [
        "2027-03-18T14:08/2027-03-18T14:22",
        "2027-03-18T14:32/2027-03-18T14:38",
    ]


def test_whoever_misses_the_first_rounds_has_not_come_and_the_last_has_left() -> None:
    grid = rounds(*every_eight_minutes(4), START + timedelta(days=1))
    absences = grid.absences({"s0", "s3"})
    assert absences == ["2027-03-18T08:00/2027-03-18T14:06", "2027-03-18T14:24/2027-03-18T20:30"]
    # A round added before or after on that day is missed too, none on the next.
    longer = rounds(START - timedelta(minutes=8), *every_eight_minutes(6), START + timedelta(days=1))
    assert longer.missed(absences) == ["s0", "s1", "s4", "s5", "s6"]


def test_absence_keeps_its_hours_when_the_rounds_are_moved() -> None:
    """“I leave at 14:24” was “absent from 09:24 on the next day” once the keys had other hours."""
    absences = rounds(*every_eight_minutes(5)).absences({"s3", "s4"})
    assert rounds(*every_eight_minutes(5, START - timedelta(minutes=16))).missed(absences) == []
    assert rounds(*every_eight_minutes(5, START + timedelta(days=1))).missed(absences) == []
    assert rounds(*every_eight_minutes(5, START + timedelta(minutes=8))).missed(absences) == ["s2", "s3", "s4"]


def test_absence_said_again_by_the_same_ticks_keeps_what_it_knows_of_other_hours() -> None:
    before = ["2027-03-18T14:20/2027-03-18T20:00"]
    grid = rounds(*every_eight_minutes(4))
    assert grid.missed(before) == ["s2", "s3"]
    assert grid.absences({"s2", "s3"}, before) == before
    assert grid.absences({"s3"}, before) == ["2027-03-18T14:24/2027-03-18T20:30"]


def test_evening_that_goes_on_after_midnight_is_one_day() -> None:
    grid = rounds(*every_eight_minutes(5, datetime(2027, 3, 18, 23, 50)))
    assert [f"{one.start:%H:%M}" for one in grid.times] == ["23:50", "23:58", "00:06", "00:14", "00:22"]
    absences = grid.absences({"s3", "s4"})
    assert absences == ["2027-03-19T00:14/2027-03-19T06:28"]
    assert grid.missed(absences) == ["s3", "s4"]


def test_hour_that_comes_twice_is_two_hours() -> None:
    """On this night 02:30 is at first summer time, and winter time an hour later."""
    first = datetime(2027, 10, 31, 2, 30)
    grid = rounds(first - timedelta(hours=1), first, first.replace(fold=1), first + timedelta(hours=1))
    for missed in (["s1"], ["s2"]):
        assert grid.missed(grid.absences(missed)) == missed
    assert grid.absences({"s2"}) == ["2027-10-31T02:30+01:00/2027-10-31T02:36"]


def test_what_is_no_interval_is_passed_over() -> None:
    assert rounds(START).missed(["s0", "", "/", "soon/later"]) == []
