"""From a cancellation to everybody concerned knowing, in a real browser: said, looked at, applied, undone."""

import re

import pytest
from playwright.sync_api import Page, expect

from scheduler.samples.sample import sample_event
from tests.support.api import Api
from tests.support.browser import Visitor
from tests.support.organiser import computed, faults_of, sign_in


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


def announced(api: Api) -> str:
    """The address of an event of 32 × 22 whose timetable is announced."""
    event, version = computed(api, sample_event())
    assert api.call("POST", f"/events/{event}/schedules/{version}/publish", {}).status == 200
    return f"{api.server.url}/events/{event}"


def test_cancellation_a_latecomer_and_a_lost_table_are_repaired_and_undone(api: Api, page: Page) -> None:
    event = announced(api)
    sign_in(api.server, page).goto(f"{event}/repair/")
    assert faults_of(page) == []
    gone = page.locator("[name=people-0-who]").locator("option").nth(3).inner_text()
    page.locator("[name=people-0-who]").select_option(label=gone)
    page.locator("[name=people-1-who]").select_option(index=9)
    page.locator("[name=people-1-what]").select_option("late")
    page.locator("[name=people-1-hour]").fill("14:30")
    page.locator("summary", has_text="Tables inutilisables").click()
    page.locator("[name=tables]").first.check()
    page.get_by_role("button", name="Voir la proposition").click()
    page.wait_for_url(re.compile(r"/repair/\d+/"))
    expect(page.locator("main")).to_contain_text("c’est prouvé")
    assert faults_of(page) == []
    page.get_by_role("button", name=re.compile("^Appliquer")).click()
    expect(page.locator("main")).to_contain_text("appliquée")
    proposal = page.url
    page.goto(f"{event}/")
    expect(page.locator("main")).not_to_contain_text("Réparer le planning")
    page.goto(proposal)
    page.locator("summary", has_text="Annuler cette réparation").click()
    page.get_by_role("button", name="L’annuler").click()
    expect(page.locator("#messages")).to_contain_text("à nouveau annoncé")
    expect(page.locator("main")).to_contain_text(gone)


@pytest.mark.parametrize("width", [360, 640])
def test_repair_fits_a_narrow_screen(api: Api, visitor: Visitor, width: int) -> None:
    event = announced(api)
    page = sign_in(api.server, visitor(width=width, height=800))
    page.goto(f"{event}/repair/?who=a1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Voir la proposition").click()
    page.wait_for_url(re.compile(r"/repair/\d+/"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults_of(page) == []
