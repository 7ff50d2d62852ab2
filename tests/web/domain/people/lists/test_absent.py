"""Hours of absence in a cell."""

import pytest

from tests.web.factories import Factory
from web.domain.people.lists.absent import NoHours, intervals, read, written


@pytest.mark.parametrize("language", ["fr", "en"])
def test_hours_written_are_read_the_same(make: Factory, language: str) -> None:
    kept = [
        "2027-03-18T14:36/2027-03-18T20:50",
        "2027-03-18T08:00/2027-03-19T02:00",
        "2027-10-31T02:30+01:00/2027-10-31T02:45:30+01:00",
    ]
    assert read(written(kept, language), make.event()) == kept


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("14:00-15:30", "14:00/15:30"),
        ("14h à 15h30", "14:00/15:30"),
        ("de 9h - 10h", "09:00/10:00"),
        ("18/03/2027 14:00 – 15:30", "14:00/15:30"),
        ("2027-03-18 14:00 – 15:30", "14:00/15:30"),
    ],
)
def test_hours_are_read_as_people_type_them(make: Factory, typed: str, hours: str) -> None:
    since, until = hours.split("/")
    assert read(typed, make.event()) == [f"2027-03-18T{since}/2027-03-18T{until}"]


def test_as_many_hours_are_read_as_an_event_has_rounds(make: Factory) -> None:
    typed = "; ".join(f"18/03/2027 {10 + n // 60}:{n % 60:02} – 22:00" for n in range(80))
    assert len(read(typed, make.event(slots=80))) == 80
    with pytest.raises(NoHours):
        read(typed, make.event(slots=8))


@pytest.mark.parametrize("typed", ["le matin", "14", "45000.58", "31/02/2027 14:00 – 15:00", "25:00-26:00", "14h"])
def test_text_without_hours_is_refused(make: Factory, typed: str) -> None:
    with pytest.raises(NoHours):
        read(typed, make.event())


def test_round_that_was_lost_long_ago_is_no_hour() -> None:
    assert intervals(["s12", "2027-03-18T14:36/2027-03-18T20:50"]) == ["2027-03-18T14:36/2027-03-18T20:50"]
