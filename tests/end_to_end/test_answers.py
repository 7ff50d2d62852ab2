"""The quality page answers in a real browser: why not, what would it take, what one more table is worth."""

import re

import pytest
from playwright.sync_api import Page, expect

from scheduler.samples.sample import sample_event
from tests.support.api import Api
from tests.support.browser import Visitor
from tests.support.organiser import computed, sign_in


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


@pytest.fixture
def version(api: Api) -> str:
    """The address of a computed timetable in which tables are scarce."""
    event, schedule = computed(api, sample_event(16, 10, 9, 6), 5)
    return f"{api.server.url}/events/{event}/schedule/{schedule}"


def test_the_quality_page_answers_by_itself_and_leads_on(api: Api, page: Page, version: str) -> None:
    sign_in(api.server, page).goto(f"{version}/quality")
    answers = page.locator("#answers")
    expect(answers.get_by_text("Une table de plus vaut")).to_contain_text(re.compile(r"\+\d+ points de valeur"))
    expect(answers.get_by_text("Un créneau de plus vaut")).to_be_visible()
    card = answers.locator(".answers li").first
    expect(card.get_by_text(re.compile("^ne rencontre pas"))).to_be_visible()
    expect(card.locator("dd").nth(1)).to_contain_text("Si on l’impose")
    # Told to those who do not see it come.
    expect(page.get_by_role("status").filter(has_text="Les réponses sont là")).to_have_count(1)
    card.get_by_role("link", name="Tous ceux que").click()
    expect(page.locator(".unmet").first).to_be_visible()
    page.get_by_label("Quelqu’un d’autre").select_option(index=3)
    page.get_by_role("button", name="Pourquoi pas").click()
    expect(page.locator("section", has=page.locator("#asked"))).to_be_visible()
    page.goto(f"{version}/quality")
    page.get_by_role("link", name="Tous les nombres de tables et de créneaux").click()
    expect(page.locator("td.here")).to_contain_text("aujourd’hui")


def test_a_wish_of_an_agenda_is_explained_in_place_by_keyboard(api: Api, page: Page, version: str) -> None:
    sign_in(api.server, page).goto(version)
    page.locator(".timetable tbody th .why-link").first.click()
    page.get_by_role("link", name="Retour à l’agenda").click()
    link = page.locator(".wish-list").get_by_role("link", name="Pourquoi pas, et que faudrait-il").first
    page.wait_for_load_state()
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".wish-list .unmet").first).to_contain_text("Ce qu’il faudrait")
    expect(page.locator("#answers-news")).to_contain_text("Pourquoi pas")


def test_without_scripts_the_answers_are_a_link_away(api: Api, visitor: Visitor, version: str) -> None:
    page = sign_in(api.server, visitor(java_script_enabled=False))
    page.goto(f"{version}/quality")
    page.get_by_role("link", name="Calculer ces réponses").click()
    expect(page.locator(".answers .unmet").first).to_contain_text("Ce qu’il faudrait")
