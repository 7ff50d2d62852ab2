"""An organiser computes a timetable in a real browser: watches it, leaves, comes back, stops it, looks at it."""

import pytest
from playwright.sync_api import Page, expect

from scheduler.format.event import Event, event_json
from scheduler.samples.sample import benchmark_event, sample_event
from tests.support.api import Api
from tests.support.browser import Visitor
from tests.support.organiser import faults_of, sign_in


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


def endless() -> Event:
    """Full tables force breaks, and nobody can prove how many: it is computed until somebody stops it."""
    return benchmark_event(60, 60, 20, 40, capacities=(14, 20))


def created(api: Api, event: Event) -> str:
    """The address of the timetable pages of a new event."""
    answer = api.call("POST", "/events", event_json(event).encode())
    assert answer.status == 201, answer.data
    return f"{api.server.url}/events/{answer.json['id']}/schedule"


def start(page: Page, address: str, seconds: int) -> None:
    page.goto(f"{address}/compute/")
    page.get_by_label("Combien de secondes au plus").fill(str(seconds))
    page.get_by_role("button", name="Calculer", exact=True).click()


def test_a_long_computation_is_watched_survives_a_reload_and_is_stopped(api: Api, page: Page) -> None:
    address = created(api, endless())
    start(sign_in(api.server, page), address, 600)
    expect(page.get_by_role("heading", name="Calcul en cours")).to_be_visible()
    # The numbers come by themselves, without a reload.
    expect(page.locator(".value-dot").first).to_be_visible(timeout=60_000)
    seconds = page.locator(".stat", has_text="Secondes").locator("strong")
    before = seconds.inner_text()
    expect(seconds).not_to_have_text(before, timeout=60_000)
    expect(page.locator("#job-news")).not_to_be_empty(timeout=60_000)
    assert faults_of(page) == []

    page.reload()
    expect(page.get_by_role("heading", name="Calcul en cours")).to_be_visible()
    button = page.get_by_role("button", name="Arrêter et garder le meilleur")
    button.focus()
    # The numbers move, twice, the keyboard stays where it was.
    for _turn in range(2):
        expect(seconds).not_to_have_text(seconds.inner_text(), timeout=60_000)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Arrêté : le meilleur planning trouvé est gardé")).to_be_visible(
        timeout=60_000
    )
    page.get_by_role("link", name="Voir le planning").click()
    expect(page.get_by_role("heading", name="Version 1")).to_be_visible()
    expect(page.locator(".timetable tbody tr")).to_have_count(120)


def test_two_tabs_start_one_computation(api: Api, visitor: Visitor) -> None:
    address = created(api, endless())
    first = sign_in(api.server, visitor())
    second = first.context.new_page()
    for page in (first, second):
        page.goto(f"{address}/compute/")
        page.get_by_label("Combien de secondes au plus").fill("600")
    for page in (first, second):
        page.get_by_role("button", name="Calculer", exact=True).click()
    for page in (first, second):
        expect(page.get_by_role("heading", name="Calcul en cours")).to_be_visible()
    actions = {page.locator("form", has_text="Arrêter").get_attribute("action") for page in (first, second)}
    assert len(actions) == 1
    # What the one tab stops has ended in the other too; and the server is free for the tests that share it.
    expect(first.locator(".value-dot").first).to_be_visible(timeout=60_000)
    second.get_by_role("button", name="Arrêter et garder le meilleur").click()
    for page in (first, second):
        expect(page.get_by_role("heading", name="Arrêté : le meilleur planning trouvé est gardé")).to_be_visible(
            timeout=60_000
        )


def test_the_grid_is_reached_and_moved_by_keyboard(api: Api, page: Page) -> None:
    address = created(api, sample_event(16, 12, 16, 12))
    start(sign_in(api.server, page), address, 30)
    expect(page.get_by_role("heading", name="Le planning est prêt")).to_be_visible(timeout=180_000)
    page.get_by_role("link", name="Voir le planning").click()
    region = page.get_by_role("region", name="Participants × créneaux")
    page.wait_for_load_state()
    region.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("element => element.scrollLeft > 0", arg=region.element_handle(), timeout=60_000)
    name = page.locator(".timetable tbody th").first
    assert name.bounding_box()["x"] >= region.bounding_box()["x"] - 1
    page.locator(".timetable tbody th a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".why").first).to_be_visible()
