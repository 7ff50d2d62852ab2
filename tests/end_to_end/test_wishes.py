"""Wishes put in order by dragging, with a mouse and with a finger; the keyboard, a lost network, two tabs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE, Visitor
from tests.support.site import Site, site_in
from tests.web.factories import Factory
from web.db import get_session

NAMES = ["Atelier Bleu", "Brasserie du Nord", "Cartonnerie Élan", "Droguerie Vive"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def choices(site: Site) -> str:
    """The address of the wishes of somebody who has four, in the order of `NAMES`."""
    with site.app.test_request_context():
        make = Factory(get_session())
        event = make.event(slots=6, tables=3)
        me = make.registration(event, name="Les Jardins du Canal")
        make.wishes(me, [make.registration(event, kind="company", name=name) for name in NAMES])
        return f"{site.url}/p/{make.personal_link(me)}/choices"


def order(page: Page) -> list[str]:
    return page.locator(".wish h2").all_inner_texts()


def handle(page: Page, name: str) -> Locator:
    return page.locator(".wish", has_text=name).locator(".wish-handle")


def centre(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    assert box is not None and box["width"] >= 44 and box["height"] >= 44
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, name: str, onto: str, *, beyond: float = 30, drop: bool = True) -> None:
    """By the mouse, from the handle of one to that of another and so many pixels further."""
    page.mouse.move(*centre(handle(page, name)))
    x, y = centre(handle(page, onto))
    page.mouse.down()
    page.mouse.move(x, y, steps=8)
    page.mouse.move(x, y + beyond, steps=4)
    if drop:
        page.mouse.up()


def test_wish_is_dragged_by_the_mouse_and_saved_where_it_is_dropped(choices: str, visitor: Visitor) -> None:
    page = visitor()
    page.goto(choices)
    with page.expect_request(choices) as sent:
        drag(page, "Atelier Bleu", "Cartonnerie Élan")
    assert sent.value.method == "POST"
    expect(page.locator("#wishes-news")).to_have_text("Atelier Bleu est maintenant votre souhait nº 3 sur 4.")
    after = ["Brasserie du Nord", "Cartonnerie Élan", "Atelier Bleu", "Droguerie Vive"]
    assert order(page) == after
    drag(page, "Droguerie Vive", "Brasserie du Nord", beyond=-30)
    expect(page.locator("#wishes-news")).to_have_text("Droguerie Vive est maintenant votre souhait nº 1 sur 4.")
    page.reload()
    assert order(page) == ["Droguerie Vive", *after[:3]]


def test_drag_given_up_changes_nothing(choices: str, visitor: Visitor) -> None:
    page = visitor()
    page.goto(choices)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    drag(page, "Atelier Bleu", "Droguerie Vive", drop=False)
    assert order(page)[-1] == "Atelier Bleu"
    page.keyboard.press("Escape")
    assert order(page) == NAMES
    page.mouse.up()
    assert not sent


def touch(page: Page, start: tuple[float, float], by: float) -> None:
    """A finger laid down there and drawn so many pixels downwards."""
    devtools = page.context.new_cdp_session(page)
    x, y = start
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x, "y": y + by * step / 10}
        devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_finger_drags_by_the_handle_and_scrolls_everywhere_else(choices: str, visitor: Visitor) -> None:
    page = visitor(**PHONE, has_touch=True, is_mobile=True)
    page.goto(choices)
    handle(page, "Atelier Bleu").scroll_into_view_if_needed()
    x, y = centre(handle(page, "Atelier Bleu"))
    touch(page, (x + 120, y), -150)
    page.wait_for_function("window.scrollY > 60")
    # While the page glides, what is measured is elsewhere when the finger comes.
    page.evaluate("""() => new Promise((done) => {
        let before = -1, still = 0;
        const look = () => {
            still = scrollY === before ? still + 1 : 0;
            before = scrollY;
            still > 10 ? done() : requestAnimationFrame(look);
        };
        look();
    })""")
    assert order(page) == NAMES
    x, y = centre(handle(page, "Atelier Bleu"))
    distance = centre(handle(page, "Brasserie du Nord"))[1] - y
    touch(page, (x, y), distance + 20)
    expect(page.locator("#wishes-news")).to_have_text("Atelier Bleu est maintenant votre souhait nº 2 sur 4.")
    assert order(page)[:2] == ["Brasserie du Nord", "Atelier Bleu"]


def test_lost_network_at_the_drop_is_said_and_the_order_goes_back(choices: str, visitor: Visitor) -> None:
    page = visitor()
    page.goto(choices)
    page.context.set_offline(True)
    drag(page, "Atelier Bleu", "Cartonnerie Élan")
    expect(page.locator("#wishes-news")).to_contain_text("Rien n’est enregistré")
    assert order(page) == NAMES
    assert page.locator(".wish-rank").all_inner_texts() == ["1", "2", "3", "4"]
    page.get_by_role("button", name=re.compile("Descendre.*Atelier Bleu")).click()
    expect(page.get_by_role("button", name=re.compile("Descendre.*Atelier Bleu"))).to_be_focused()
    page.context.set_offline(False)
    drag(page, "Atelier Bleu", "Cartonnerie Élan")
    expect(page.locator("#wishes-news")).to_have_text("Atelier Bleu est maintenant votre souhait nº 3 sur 4.")


def test_order_made_in_another_tab_is_not_lost(choices: str, visitor: Visitor) -> None:
    page = visitor()
    page.goto(choices)
    other = page.context.new_page()
    other.goto(choices)
    other.get_by_role("button", name=re.compile("Retirer.*Brasserie du Nord")).click()
    expect(other.locator(".wish")).to_have_count(3)
    page.bring_to_front()
    drag(page, "Atelier Bleu", "Droguerie Vive")
    expect(page.locator("#wishes-news")).to_contain_text("a été modifiée ailleurs")
    assert order(page) == ["Atelier Bleu", "Cartonnerie Élan", "Droguerie Vive"]


def test_button_that_comes_back_is_pressed_at_once(choices: str, visitor: Visitor) -> None:
    page = visitor()
    page.goto(choices)
    # Whoever holds Enter presses it in the moment in which the new list stands there.
    page.evaluate("""() => {
        const name = document.querySelector(".wish h2").textContent;
        let pressed = false;
        new MutationObserver(() => {
            const button = document.activeElement;
            if (pressed || button.localName !== "button" || !button.textContent.includes(name)) return;
            pressed = true;
            button.click();
        }).observe(document.querySelector("#wishes").parentElement, { childList: true });
    }""")
    page.get_by_role("button", name=re.compile("Descendre.*Atelier Bleu")).press("Enter")
    expect(page.locator("#wishes-news")).to_have_text("Atelier Bleu est maintenant votre souhait nº 3 sur 4.")
    expect(page).to_have_url(choices)


def test_keyboard_stays_on_the_button_pressed(choices: str, visitor: Visitor) -> None:
    page = visitor()
    page.goto(choices)
    down = page.get_by_role("button", name=re.compile("Descendre.*Atelier Bleu"))
    down.focus()
    for rank in (2, 3):
        page.keyboard.press("Enter")
        expect(page.locator("#wishes-news")).to_contain_text(f"nº {rank} sur 4")
        expect(down).to_be_focused()
    page.keyboard.press("Enter")
    # At the end the button can do no more: the other one has the focus.
    expect(page.get_by_role("button", name=re.compile("Monter.*Atelier Bleu"))).to_be_focused()
    page.get_by_role("button", name=re.compile("Retirer.*Brasserie du Nord")).press("Enter")
    expect(page.locator(".wish").first).to_be_focused()
    assert order(page) == ["Cartonnerie Élan", "Droguerie Vive", "Atelier Bleu"]
