"""The default words: every code has its two labels, and unknown codes stay readable."""

from __future__ import annotations

import pytest

from web.domain.event import taxonomy


def test_label_of_known_item_names_category_and_item() -> None:
    assert taxonomy.label("skills.digital", "fr") == "compétences · numérique"
    assert taxonomy.label("skills.digital", "en") == "skills · digital"


def test_label_of_category_alone_is_its_name() -> None:
    assert taxonomy.label("visibility") == "visibilité"


def test_label_spelled_with_hyphens_is_the_same_term() -> None:
    assert taxonomy.label("people.volunteer-days") == "temps humain · journées de bénévolat"


def test_label_unknown_code_is_readable() -> None:
    assert taxonomy.label("garden.hand_tools") == "garden · hand tools"
    assert taxonomy.label("skills.bee-keeping") == "compétences · bee keeping"


def test_zone_unknown_code_is_a_place_name() -> None:
    assert taxonomy.zone_label("roubaix") == "Roubaix"
    assert taxonomy.zone_label("faubourg-de-bethune") == "Faubourg de Bethune"
    assert taxonomy.zone_label("Croix") == "Croix"


def test_capitalised_keeps_the_accent() -> None:
    assert taxonomy.capitalised("éducation") == "Éducation"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_grouped_choices_give_the_whole_tree(language: str) -> None:
    tree = taxonomy.grouped_choices(language)
    assert [code for code, _, _ in tree] == [
        "skills", "people", "goods", "premises", "money", "business", "visibility", "knowledge", "network",
    ]  # fmt: skip
    codes = [code for _, _, items in tree for code, _ in items]
    assert len(codes) == len(set(codes)) == 35
    assert all(text and text[0].isupper() for _, _, items in tree for _, text in items)
