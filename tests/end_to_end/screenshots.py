"""The pictures of the README, taken anew from the sample event: `make screenshots`.

Each picture is written beside this file, in French and in English; two minutes.
"""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.demo import demonstration, sign_in
from tests.support.browser import ARGUMENTS, PHONE
from tests.support.server import Server

FOLDER = Path(__file__).parent / "pictures"
DESK = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1040}
COLOURS = 96


def main() -> None:
    """Write every picture; those of before are replaced."""
    executable = shutil.which("chromium")
    if executable is None or shutil.which("pdftoppm") is None:
        raise SystemExit("The pictures need the packages chromium and poppler-utils.")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="passerelle-") as name,
        demonstration(Path(name)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        organiser = _page(browser, DESK)
        sign_in(organiser, server)
        event = organiser.locator(".link-card a").get_attribute("href") or ""
        for language in ("fr", "en"):
            _take_pages(browser, organiser, server.url, event, language)
        files = _download(organiser, server.url + event, Path(name))
        for language in ("fr", "en"):
            _take_print(server, *files, language)
        browser.close()


def _take_pages(browser: Browser, organiser: Page, url: str, event: str, language: str) -> None:
    visitor = _page(browser, DESK)
    visitor.goto(f"{url}/?lang={language}")
    _keep(visitor.screenshot(), f"home-{language}")
    visitor.context.close()

    phone = _page(browser, PHONE)
    phone.goto(f"{url}/e/demonstration/register?kind=association&lang={language}")
    phone.locator("#needs summary").first.click()
    phone.locator("#project").scroll_into_view_if_needed()
    phone.evaluate("document.querySelector('#project').closest('fieldset').scrollIntoView()")
    _keep(phone.screenshot(), f"registration-{language}")
    phone.context.close()

    organiser.set_viewport_size(TALL)
    organiser.goto(f"{url}{event}schedule/1/?lang={language}")
    # The middle of the afternoon, when most meet.
    organiser.locator(".timetable").first.evaluate("table => table.parentElement.scrollLeft = 480")
    _keep(organiser.screenshot(), f"timetable-{language}")
    organiser.goto(f"{url}{event}schedule/1/quality?lang={language}")
    _keep(organiser.screenshot(), f"quality-{language}")
    organiser.set_viewport_size(PHONE)
    organiser.goto(f"{url}{event}?lang={language}")
    _keep(organiser.screenshot(), f"overview-{language}")
    organiser.set_viewport_size(DESK)


def _download(organiser: Page, event: str, folder: Path) -> tuple[Path, Path]:
    """The event file and the schedule file of the first version."""
    paths = []
    for name in ("event.json", "schedule.json"):
        answer = organiser.request.get(f"{event}schedule/1/{name}")
        (folder / name).write_bytes(answer.body())
        paths.append(folder / name)
    return paths[0], paths[1]


def _take_print(server: Server, event: Path, schedule: Path, language: str) -> None:
    """One agenda as it comes from the printer."""
    agenda = event.with_name("agenda.pdf")
    made = server.command(
        *("print", str(event), str(schedule), "-o", str(agenda)),
        *("--participant", "a4", "--language", language),
        *("--place", "Salle des Fêtes, place du Marché", "--live-url", "https://rencontres.example/p/{participant}"),
    )
    if made.returncode != 0:
        raise SystemExit(made.stderr)
    command = ["pdftoppm", "-png", "-r", "80", "-singlefile", str(agenda)]
    _keep(subprocess.run(command, capture_output=True, check=True).stdout, f"agenda-{language}")


def _page(browser: Browser, size: dict[str, int]) -> Page:
    context = browser.new_context(viewport=size, locale="fr-FR", timezone_id="Europe/Paris")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    return context.new_page()


def _keep(png: bytes, name: str) -> None:
    """Store a picture with few colours: a third of the size, and no eye sees it."""
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
