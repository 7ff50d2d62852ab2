"""An organiser changes a timetable by hand in a real browser: dragging, by keyboard, by menu; two at one draft."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from scheduler.format.event import Event
from scheduler.samples.sample import sample_event
from tests.support.api import Api
from tests.support.bench import cell, drag, movable
from tests.support.browser import Visitor
from tests.support.organiser import computed, faults_of, sign_in


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


@pytest.fixture
def bench(api: Api) -> str:
    """The address of the workbench of a computed version of a small event."""
    return address(api, sample_event(12, 9, 10, 9, seed=3))


def address(api: Api, case: Event) -> str:
    event, version = computed(api, case)
    return f"{api.server.url}/events/{event}/schedule/{version}/edit/"


def hindered(page: Page) -> tuple[Locator, Locator]:
    """A meeting, and a free round of its row in which the other of the two meets somebody else."""
    for place in page.locator("#bench .meeting.place").all()[:60]:
        place.click()
        partner = place.locator(".who").inner_text()
        expect(page.locator("#panel-title")).to_contain_text(partner)
        row = place.locator("xpath=ancestor::tr")
        busy = page.locator("#panel .hindered li", has_text=f"{partner} rencontre alors").locator("time")
        for moment in [time.get_attribute("datetime") for time in busy.all()]:
            column = page.locator(f'#bench thead th:has(time[datetime="{moment}"])').evaluate("(th) => th.cellIndex")
            target = row.locator(f"td:nth-child({column + 1})")
            if target.locator(".free").count():
                return place, target
    raise AssertionError("no meeting of the first rows is hindered by its partner")


def test_meeting_is_moved_by_menu_by_keyboard_and_by_dragging(api: Api, page: Page) -> None:
    sign_in(api.server, page).goto(address(api, sample_event()))
    assert faults_of(page) == []
    row, partner, slot, free = movable(page)
    assert faults_of(page) == []
    moved = f'.meeting[data-other="{partner}"]'

    page.locator("#panel details summary").first.click()
    page.locator(
        f'#panel form:has(input[name="kind"][value="move"]):has(input[name="to"][value="{free}"]) button'
    ).click()
    expect(cell(page, row, free).locator(moved)).to_be_visible()
    expect(page.locator("#messages")).to_contain_text("C’est fait")
    expect(page.locator("#bench .bench-bar")).to_contain_text("1 changement")
    expect(cell(page, row, free).locator(moved)).to_be_focused()

    page.keyboard.press("Control+z")
    expect(cell(page, row, slot).locator(moved)).to_be_visible()
    page.keyboard.press("Control+y")
    expect(cell(page, row, free).locator(moved)).to_be_visible()

    # From the keyboard alone: back to where it was, by the arrows, Enter and the panel's buttons.
    cell(page, row, free).locator(moved).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_focused()
    back = page.locator(
        f'#panel form:has(input[name="kind"][value="move"]):has(input[name="to"][value="{slot}"]) button'
    )
    for _ in range(60):
        page.keyboard.press("Tab")
        if back.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(cell(page, row, slot).locator(moved)).to_be_visible()

    drag(page, cell(page, row, slot).locator(moved), cell(page, row, free))
    expect(cell(page, row, free).locator(moved)).to_be_visible()

    page.get_by_role("button", name="Garder comme nouvelle version").click()
    page.wait_for_url(re.compile(r"/schedule/\d+/$"))
    expect(page.locator("#messages")).to_contain_text("Gardée comme version 2")


def test_arrows_go_from_place_to_place(api: Api, bench: str, page: Page) -> None:
    sign_in(api.server, page).goto(bench)
    first = page.locator("#bench tbody tr").first.locator(".place").first
    first.focus()
    page.keyboard.press("ArrowRight")
    second = page.locator("#bench .place:focus")
    assert second.locator("xpath=ancestor::td").evaluate("(td) => td.cellIndex") > first.locator(
        "xpath=ancestor::td"
    ).evaluate("(td) => td.cellIndex")
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()


def test_meeting_that_may_not_be_there_is_refused_with_the_reason(api: Api, bench: str, page: Page) -> None:
    sign_in(api.server, page).goto(bench)
    place, target = hindered(page)
    drag(page, place, target)
    expect(page.locator("#messages")).to_contain_text("rencontre alors")
    expect(page.locator("#bench .bench-bar")).to_contain_text("0 changement")


def test_meeting_is_dragged_to_another_table(api: Api, bench: str, page: Page) -> None:
    sign_in(api.server, page).goto(f"{bench}?by=tables")
    assert faults_of(page) == []
    for place in page.locator("#bench .meeting.place").all()[:20]:
        place.click()
        expect(page.locator("#panel-title")).to_contain_text(place.locator(".who").first.inner_text())
        table = page.locator('#panel form:has(input[name="kind"][value="table"]) input[name="to"]').first
        if table.count():
            break
    to = table.get_attribute("value") or ""
    one, other = place.get_attribute("data-one"), place.get_attribute("data-other")
    slot = place.locator("xpath=ancestor::td").get_attribute("data-slot") or ""
    drag(page, place, cell(page, to, slot))
    expect(cell(page, to, slot).locator(f'.meeting[data-one="{one}"][data-other="{other}"]')).to_be_visible()
    expect(page.locator("#bench .bench-bar")).to_contain_text("1 changement")


def test_second_of_two_organisers_is_told(api: Api, bench: str, visitor: Visitor) -> None:
    one, other = (sign_in(api.server, visitor()) for _ in range(2))
    one.goto(bench)
    row, partner, slot, free = movable(one)
    other.goto(one.url)
    move = f'#panel form:has(input[name="kind"][value="move"]):has(input[name="to"][value="{free}"]) button'
    one.locator(move).click()
    expect(cell(one, row, free).locator(f'.meeting[data-other="{partner}"]')).to_be_visible()
    other.locator(move).click()
    expect(other.locator("#messages")).to_contain_text("entre-temps")
    expect(cell(other, row, free).locator(f'.meeting[data-other="{partner}"]')).to_be_visible()
    expect(other.locator("#bench .bench-bar")).to_contain_text("1 changement")
    assert slot != free


@pytest.mark.parametrize("width", [360, 640])
def test_workbench_fits_a_narrow_screen(api: Api, bench: str, visitor: Visitor, width: int) -> None:
    page = sign_in(api.server, visitor(width=width, height=800))
    page.goto(bench)
    page.locator("#bench .free.place").first.click()
    expect(page.locator("#panel-title")).to_contain_text("libre à")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults_of(page) == []
