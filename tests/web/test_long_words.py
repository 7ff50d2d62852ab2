"""Names of one long word, and names that turn the writing around, stay within their own box."""

import pytest
from playwright.sync_api import Page

from web.paths import PACKAGE

LONG = "lesamisdelabibliothequemunicipaledesaintfiacre.example" * 2
TURNED = "\u202etahc al ed srelE"
SHEETS = ("tokens.css", "site.css", "organiser.css", "schedule.css")


def table(name: str) -> str:
    cells = f'<th scope="row"><a href="#x">{name}</a></th><td>{name}</td><td class="number">12</td>'
    rows = f'<table class="data"><tr>{cells}</tr></table>'
    return f'<main class="page"><h1>{name}</h1><div class="table-wrap">{rows}</div></main>'


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_long_word_reaches_no_neighbour(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.set_content(table(LONG))
    for sheet in SHEETS:
        page.add_style_tag(content=(PACKAGE / "static" / sheet).read_text())
    boxes = "[...document.querySelectorAll('h1, th, td')]"
    assert page.evaluate(f"{boxes}.filter(one => one.scrollWidth > one.clientWidth).length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_name_that_turns_the_writing_around_turns_nothing_else(page: Page) -> None:
    page.set_content(f'<p><a href="#x">{TURNED}</a> <span id="after">ok</span></p>')
    for sheet in SHEETS:
        page.add_style_tag(content=(PACKAGE / "static" / sheet).read_text())
    left = page.evaluate("document.querySelector('a').getBoundingClientRect().right")
    assert page.evaluate("document.getElementById('after').getBoundingClientRect().left") >= left
