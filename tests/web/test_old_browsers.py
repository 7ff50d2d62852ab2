"""The agenda is read without scripts, styles and fonts, and the participants' pages by a browser of five years ago."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from tests.support.browser import PHONE, Visitor
from tests.support.personal import World, world  # noqa: F401
from web.paths import PACKAGE

STATIC = PACKAGE / "static"
STYLES = ("tokens.css", "site.css", "participant.css")
SCRIPTS = ("site.js", "agenda.js", "registration.js", "steps.js", "presence.js")
# What the browsers of 2021 do not know and what would take more with it than itself.
LATER_CSS = re.compile(
    r"@layer|@container|@scope|@starting-style|@property|@media[^{]*(?:[<>]|\bwidth\s*=)|\d[dsl]v[hw]\b|"
    r"\b(?:oklch|oklab|lch|lab|light-dark|color)\(|subgrid|(?:^|[{;}])\s*&"
)
LATER_JS = re.compile(
    r"structuredClone|\.at\(|Object\.(?:hasOwn|groupBy)|\.(?:toSorted|toReversed|toSpliced|with|findLast|findLastIndex)\(|"
    r"Array\.fromAsync|Promise\.(?:try|withResolvers)|static\s*\{|#\w+ in |^\s*await |import\s.*\bwith\b|\busing\s|"
    r"startViewTransition|showPopover|\.hasOwn\("
)


@pytest.mark.parametrize("name", STYLES)
def test_styles_fall_back_where_the_browser_is_old(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)
    assert LATER_CSS.findall(text) == []
    for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        # A browser that does not know one selector of a list drops the whole rule.
        assert ":has(" not in selectors or re.search(r",(?![^(]*\))", selectors) is None, selectors
        # Where a legend does not float, it stands on the border of its group.
        logical = re.search(r"(float|clear): inline-", declarations)
        assert logical is None or f"{logical[1]}: left; {logical[0]}" in declarations, selectors
        # The colour of a row under the pointer, and no other, may be missing.
        assert "color-mix(" not in declarations or selectors.strip().endswith(":hover"), selectors


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_read_by_browsers_of_five_years_ago(name: str) -> None:
    assert [line for line in (STATIC / name).read_text().splitlines() if LATER_JS.search(line)] == []


def test_every_font_has_one_that_each_system_has() -> None:
    families = re.findall(r"--font-\w+:([^;]+);", (STATIC / "tokens.css").read_text())
    assert len(families) == 3
    assert {stack.rpartition(",")[2].strip() for stack in families} == {"serif", "sans-serif", "monospace"}
    assert [path.name for path in Path(STATIC).rglob("*.css") if "@font-face" in path.read_text()] == []


def test_agenda_is_read_without_scripts_styles_and_fonts(
    client: FlaskClient,
    world: World,  # noqa: F811
    visitor: Visitor,
) -> None:
    """The page as it is sent, in a browser that runs no script and gets nothing else."""
    phone = visitor(**PHONE, java_script_enabled=False)
    phone.route("**/*", lambda route: route.abort())
    phone.set_content(client.get(f"{world.base}/").text, wait_until="commit")
    expect(phone.get_by_role("heading", name="Votre agenda")).to_be_visible()
    meetings = phone.locator(".agenda-meeting")
    expect(meetings).to_have_count(2)
    for number, (clock, partner, table) in enumerate(
        (("14:00", "Atelier Bleu", "1"), ("14:16", "Brasserie Nord", "2"))
    ):
        for text in (clock, partner, f"Table : {table}".replace(" :", "\u00a0:")):
            expect(meetings.nth(number)).to_contain_text(text)
    for name in ("Agenda à imprimer (PDF)", "Ajouter à mon calendrier (ICS)"):
        expect(phone.get_by_role("link", name=name)).to_be_visible()
