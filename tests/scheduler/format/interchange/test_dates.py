"""Dates and times as people type them; where nobody can tell the day from the month, it is asked."""

from datetime import date, datetime, time

import pytest

from scheduler.format.interchange.cells import Misread, read_time
from scheduler.format.interchange.dates import Ambiguous, clock_of, date_of, moment_of, order_of, split_date


@pytest.mark.parametrize(
    "text",
    [
        *(
            "18/03/2027 14:00",
            "2027-03-18T14:00",
            "2027-03-18 14:00",
            "18.3.2027 14h",
            "18-03-27 14h00",
            "18/3/27 14:00",
        ),
        *("03/18/2027 2:00 PM", "18 mars 2027 14h00", "jeudi 18 mars 2027 à 14h", "Thursday, March 18, 2027 at 2 pm"),
        *(
            "18 March 2027, 14:00",
            "March 18 2027 2 p.m.",
            "2027/3/18 14:00",
            "18/03/2027T14:00",
            " 18/03/2027  14:00:00 ",
        ),
        *("18\u00a0mars\u00a02027 14\u202fh\u202f00", "18/03/2027 14 heures"),
    ],
)
def test_moment_is_read_as_people_type_it(text: str):
    assert moment_of(text) == datetime(2027, 3, 18, 14)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("14h30", time(14, 30)),
        ("14:05:09", time(14, 5, 9)),
        ("9h", time(9)),
        ("12 am", time(0)),
        ("12:30 pm", time(12, 30)),
        ("0h05", time(0, 5)),
    ],
)
def test_time_of_day_is_read_as_people_type_it(text: str, wanted: time):
    assert clock_of(text) == wanted


@pytest.mark.parametrize("text", ["", "14", "25:00", "14:60", "13 pm", "soon", "14:00 15:00", "١٤:٠٠", "x" * 1000])
def test_what_is_no_time_of_day_is_none(text: str):
    with pytest.raises(ValueError):
        clock_of(text)


@pytest.mark.parametrize(
    "text", ["", "18/03/2027", "30/02/2027 14:00", "18/13/2027 14:00", "2027 14:00", "18/03-2027 14:00", "9" * 500]
)
def test_what_is_no_moment_is_none(text: str):
    with pytest.raises(ValueError):
        moment_of(text)


@pytest.mark.parametrize("text", ["03/04/2027 14:00", "3-4-2027 14h", "03/04/27 14:00"])
def test_a_day_that_may_be_the_month_is_asked_for(text: str):
    with pytest.raises(Ambiguous):
        moment_of(text)
    assert moment_of(text, "dmy") == datetime(2027, 4, 3, 14)
    assert moment_of(text, "mdy") == datetime(2027, 3, 4, 14)


def test_points_and_equal_numbers_leave_no_doubt():
    assert date_of("3.4.2027") == date_of("3.4.2027", "mdy") == date(2027, 4, 3)
    assert date_of("04/04/2027") == date(2027, 4, 4)


def test_another_date_of_the_file_tells_which_is_the_day():
    assert order_of(["03/04/2027 14:00", 7, None, "18/03/2027 14:00"]) == "dmy"
    assert order_of(["03/04/2027", "3/18/2027"]) == "mdy"
    assert order_of(["03/04/2027", "18.3.2027", "2027-03-18"]) is None
    assert order_of(["18/03/2027", "3/18/2027"]) is None


def test_a_date_is_split_from_what_stands_behind_it():
    assert split_date("18/03/2027 14h-15h") == (date(2027, 3, 18), "14h-15h")
    assert split_date("le matin") == (None, "le matin")
    assert split_date("18 mars 2027") == (date(2027, 3, 18), "")


def test_cell_with_a_date_is_what_the_event_file_writes():
    assert read_time("18/03/2027 14h06") == "2027-03-18T14:06"
    assert read_time("2027-10-31T02:10+01:00") == "2027-10-31T02:10+01:00"
    assert read_time("03/04/2027 14:00", "mdy") == "2027-03-04T14:00"
    with pytest.raises(Misread, match="day_or_month_first"):
        read_time("03/04/2027 14:00")
    with pytest.raises(Misread, match="date_and_time"):
        read_time("18/03/2027")
