"""Lines of a calendar file, held to those that a library writes and reads."""

from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.parser import Contentline

from web.exports.content_lines import line, text_line

# Control characters are taken out before; the library takes a backslash before an N for a line end.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).filter(lambda text: "\\N" not in text)


@given(texts)
@example("é" * 40)
@example("x" * 65 + "\\;,\\" * 9)
@example("😀^" * 60)
def test_line_is_folded_as_the_library_folds_it(text: str) -> None:
    assert line("SUMMARY", text) == Contentline(f"SUMMARY:{text}").to_ical()


@given(texts, texts)
@example("a; b, c\\", "d")
def test_text_is_escaped_as_the_library_escapes_it_and_read_back(first: str, second: str) -> None:
    text = f"{first}\n{second}"
    entry = Event()
    entry.add("description", text)
    written = text_line("DESCRIPTION", text)
    assert entry.to_ical() == b"\r\n".join([b"BEGIN:VEVENT", written, b"END:VEVENT", b""])
    for part in written.split(b"\r\n "):
        assert len(part) <= 74 and part.decode()


def test_calendar_of_such_lines_is_read_by_the_library() -> None:
    lines = [b"BEGIN:VCALENDAR", text_line("X-WR-CALDESC", "Été, « oui » ; " * 20), b"END:VCALENDAR", b""]
    assert Calendar.from_ical(b"\r\n".join(lines)).errors == []
