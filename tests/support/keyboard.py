"""Going through pages with nothing but the keyboard, and whether each stop shows that it has the focus."""

from playwright.sync_api import Locator, Page

# More stops than this from where one is: nobody would find it.
STOPS = 90

_STOP = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  if (one === document.body) return "";
  const name = `${one.tagName.toLowerCase()}.${one.className} ${(one.innerText || one.name || "").trim().slice(0, 40)}`;
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return `does not show its focus: ${name}`;
  if (!box.width || !box.height) return `has no size: ${name}`;
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return seen ? "" : `has the focus out of sight: ${name}`;
}"""


def reach(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus; every stop on the way shows that it has it, within the window."""
    target.wait_for()
    # With its styles: it is there before they are, and shows nothing of the focus until then.
    page.wait_for_load_state()
    for _stop in range(STOPS):
        page.keyboard.press("Tab")
        fault = page.evaluate(_STOP)
        assert fault == "", fault
        if target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{STOPS} stops do not lead to {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach `target` and press `key` there."""
    reach(page, target)
    page.keyboard.press(key)


def type_into(page: Page, target: Locator, text: str) -> None:
    """Reach `target` and type `text` instead of what it holds."""
    reach(page, target)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
