"""The workbench in a browser: its places, a hand that drags, and a meeting that may be moved."""

from collections.abc import Collection

from playwright.sync_api import Locator, Page, expect


def cell(page: Page, row: str, slot: str) -> Locator:
    return page.locator(f'#bench tr[data-row="{row}"] td[data-slot="{slot}"]')


def drag(page: Page, source: Locator, target: Locator) -> None:
    """By the mouse, as a hand does it: dragging begins, and is told, only when the pointer moves on over a place."""
    source.hover()
    page.mouse.down()
    source.hover(position={"x": 8, "y": 8})
    target.hover()
    target.hover(position={"x": 8, "y": 8})
    page.mouse.up()


def movable(page: Page, besides: Collection[str] = ()) -> tuple[str, str, str, str]:
    """Somebody with a meeting that may go to a round in which nothing is: (row, partner, slot, free slot).

    `besides`: who is neither of the two.
    """
    expect(page.locator("#bench .meeting.place").first).to_be_visible()
    for place in page.locator("#bench .meeting.place").all()[:60]:
        if {place.get_attribute("data-one"), place.get_attribute("data-other")} & set(besides):
            continue
        place.click()
        expect(place).to_have_attribute("aria-current", "true")
        expect(page.locator("#panel-title")).to_contain_text(place.locator(".who").inner_text())
        row = place.locator("xpath=ancestor::tr").get_attribute("data-row") or ""
        slot = place.locator("xpath=ancestor::td").get_attribute("data-slot") or ""
        for option in page.locator('#panel form:has(input[name="kind"][value="move"]) input[name="to"]').all():
            to = option.get_attribute("value") or ""
            if cell(page, row, to).locator(".free").count():
                return row, place.get_attribute("data-other") or "", slot, to
    raise AssertionError("no meeting of the first rows can be moved")
