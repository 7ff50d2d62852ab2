"""What a text is when it is searched."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scheduler.format.event import Participant
from tests.support.searches import FOUND, MISSED
from web.domain.text import Search, folded, letters_of
from web.domain.timetable.grid import Filter
from web.forms.registration import printable

STATIC = Path(__file__).parents[3] / "web" / "static"


@pytest.mark.parametrize("text", ["Été", "ÉTÉ", "e\u0301te\u0301", "é\u200bté", "été\ufeff", " été "])
def test_texts_that_look_the_same_are_found_the_same(text: str) -> None:
    assert folded(text) == "ete"


@pytest.mark.parametrize(("wanted", "text"), FOUND)
def test_search_finds_what_somebody_means(wanted: str, text: str) -> None:
    assert Search.of(wanted).finds(text)
    assert Search.of(wanted).finds("Autre", None, text)


@pytest.mark.parametrize(("wanted", "text"), MISSED)
def test_search_does_not_find_what_lacks_a_word(wanted: str, text: str) -> None:
    assert not Search.of(wanted).finds(text)


@pytest.mark.parametrize("text", sorted({text for pair in FOUND + MISSED for text in pair}))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_script_finds_what_the_server_finds(page: Page) -> None:
    source = (STATIC / "search.js").read_text(encoding="utf-8").replace("export function", "function")
    ask = f"([wanted, text]) => {{ {source}; return finds(wanted, text); }}"
    found = {(wanted, text): page.evaluate(ask, [wanted, text]) for wanted, text in FOUND + MISSED}
    assert found == dict.fromkeys(FOUND, True) | dict.fromkeys(MISSED, False)


def test_list_on_a_page_is_searched_as_one_types(page: Page) -> None:
    page.set_content(
        """
        <div id="field" data-search-in="#list" hidden><label>Chercher <input></label>
          <p role="status" data-none="Rien"></p></div>
        <ul id="list"><li data-search="Naïma Dupont">1</li><li data-search="L’Épicerie">2</li></ul>
        """
    )
    page.add_script_tag(content=(STATIC / "search.js").read_text(encoding="utf-8"), type="module")
    field, shown, none = page.get_by_label("Chercher"), page.locator("li:visible"), page.get_by_role("status")
    field.fill("dupont naima")
    expect(shown).to_have_text(["1"])
    field.fill("l'epicerie")
    expect(shown).to_have_text(["2"])
    field.fill("l'epicerie dupont")
    expect(shown).to_have_count(0)
    expect(none).to_have_text("Rien")
    field.fill("")
    expect(shown).to_have_text(["1", "2"])
    expect(none).to_have_text("")


def test_grid_is_searched_like_any_list_and_by_a_whole_id() -> None:
    naima = Participant(id="a-1", kind="association", name="Naïma Dupont")
    assert Filter("dupont naima").takes(naima)
    assert Filter("A-1").takes(naima)
    assert not Filter("a-2").takes(naima)
    assert not Filter("dupont", kind="company").takes(naima)


def test_a_name_is_the_same_however_it_is_typed() -> None:
    assert letters_of("L’Atelier — Nord") == letters_of("l'atelier NORD\u200b") == "lateliernord"
    assert letters_of("Cœur de Ville") == letters_of("coeur-de-ville")


def test_what_is_typed_is_kept_composed_and_without_what_cannot_be_seen() -> None:
    assert printable(" Socie\u0301te\u0301\u200b \u202eX\r\nY ") == "Société X\nY"
