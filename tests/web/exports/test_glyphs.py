"""Letters that no font here has: each a box of its own, so that none lies over its neighbour."""

import logging

import pytest

from tests.support.prints import agenda_pdf, pages_of
from tests.web.exports.events import event_of, participant, schedule_of, slots
from web.exports.agenda_data import build_agendas
from web.exports.glyphs import printable

# Of the private planes: no font of a system has any.
NOWHERE = "\U000f1234"


def test_letters_that_a_font_has_stay() -> None:
    assert printable("L’Épicerie – œuvre, 12 €") == "L’Épicerie – œuvre, 12 €"


def test_letter_without_a_font_becomes_a_box() -> None:
    assert printable(f"Fête {NOWHERE}{NOWHERE} du Canal") == "Fête □□ du Canal"


def test_what_changes_only_the_look_of_a_letter_is_left_out_where_no_font_has_it() -> None:
    assert printable(f"{NOWHERE}\U000e0067") == "□"


def test_sheet_has_no_glyph_that_its_fonts_lack(caplog: pytest.LogCaptureFixture) -> None:
    names = {"a0": "Les Jardins", "c0": f"Fête {NOWHERE} du Canal", "c1": "北京艺术协会 🎉"}
    people = [participant(id, "association" if id == "a0" else "company", name) for id, name in names.items()]
    event = event_of(people, slots("2027-03-18", "14:00", "14:08"))
    held = schedule_of(("a0", "c0", "18-14:00", "t1"), ("a0", "c1", "18-14:08", "t2"))
    (agenda,) = build_agendas(event, held, language="fr", live_url=lambda _id: None, participants=["a0"])
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        (page,) = pages_of(agenda_pdf(agenda))
    assert "Fête □ du Canal" in page
    assert [one.message for one in caplog.records if "notdef" in one.getMessage()] == []
