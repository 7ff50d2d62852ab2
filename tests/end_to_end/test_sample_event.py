"""The sample event as `make run` shows it: computed, browsed and printed in a real browser."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.end_to_end.demo import demonstration, sign_in
from tests.support.processes import children_of
from tests.support.server import Server, healthy

ASSOCIATIONS, COMPANIES, ROUNDS = 32, 22, 17
PARTICIPANTS = ASSOCIATIONS + COMPANIES


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with demonstration(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture
def desk(sample: Server, page: Page) -> Page:
    """The organiser, in front of the timetable of the sample event."""
    link = sample.command("organiser-link").stdout.strip().splitlines()[-1]
    page.goto(sample.url + link[link.index("/sign-in/") :])
    page.get_by_role("button", name="Me connecter maintenant").click()
    page.wait_for_url(re.compile("/account"))
    page.goto(f"{sample.url}/events/")
    page.get_by_role("link", name="Speed-dating associations").click()
    page.get_by_role("link", name="Planning", exact=True).click()
    page.get_by_role("link", name="Version 1").click()
    return page


def test_the_demonstration_prints_its_address_a_sign_in_link_and_the_place_of_the_agendas(
    sample: Server, page: Page
) -> None:
    told = sample.output()
    assert f"served at {sample.url.replace('127.0.0.1', 'localhost')}" in told
    place = re.search(r"Agendas of the sample event: (.+)", told)
    assert place is not None
    assert Path(place[1]).read_bytes().startswith(b"%PDF")
    sign_in(page, sample)
    expect(page.get_by_role("heading", name="Événements", level=1)).to_be_visible()
    card = page.get_by_role("listitem").filter(has_text="Speed-dating associations")
    expect(card.locator("dl")).to_contain_text(f"acceptés{PARTICIPANTS}")


def test_the_grid_and_an_agenda_are_browsed(desk: Page) -> None:
    grid = desk.get_by_role("region", name="Participants × créneaux")
    expect(grid.locator("tbody tr")).to_have_count(PARTICIPANTS)
    expect(grid.locator("thead th")).to_have_count(ROUNDS + 1)
    first = grid.locator("tbody th a").first
    name = first.inner_text()
    first.click()
    expect(desk.get_by_role("heading", name=name)).to_be_visible()
    meetings = desk.locator(".why")
    # The head of the version says how many each shall have at least.
    told = desk.locator("p.cluster > .muted").inner_text()
    expect(meetings).to_have_count(int(re.search(r"(\d+) rendez-vous", told)[1]))  # type: ignore[index]
    expect(meetings.first).to_contain_text(re.compile(r"\+\d+"))


def test_the_quality_panel_shows_the_value_at_its_bound(desk: Page) -> None:
    desk.get_by_role("link", name="Qualité").click()
    desk.locator("summary", has_text="Détails").click()
    rows = desk.get_by_role("row")
    value = rows.filter(has_text="Valeur des rencontres").first
    reached, bound = value.locator("td").nth(0).inner_text(), value.locator("td").nth(1).inner_text()
    assert reached == bound
    expect(value).to_contain_text("prouvé")
    expect(rows.filter(has_text="Rendez-vous manquants").first).to_contain_text("prouvé")
    for heading in ("Souhaits exaucés, par rang", "Rendez-vous par participant", "Les moins bien servis"):
        expect(desk.get_by_role("heading", name=heading)).to_be_visible()


def test_all_agendas_are_printed_as_one_tagged_document(desk: Page, tmp_path: Path) -> None:
    desk.get_by_text("Téléchargements").click()
    with desk.expect_download(timeout=90_000) as download:
        desk.get_by_role("link", name="Tous les agendas à imprimer (PDF)").click(timeout=90_000)
    path = tmp_path / "agendas.pdf"
    download.value.save_as(path)
    pages = PdfReader(path).pages
    assert len(pages) == PARTICIPANTS
    assert "La Fabrique jeunesse des Lilas" in "".join(page.extract_text() for page in pages)
    with pikepdf.open(path) as pdf:
        assert str(pdf.Root.Lang) == "fr"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert {tuple(round(float(side)) for side in page.mediabox) for page in pdf.pages} == {(0, 0, 595, 842)}


def test_demonstration_whose_web_process_dies_is_started_again_as_it_was(sample: Server) -> None:
    """It was left as it lay; only `serve` had somebody who looks after it."""
    agendas = sample.folder / "var" / "agendas.pdf"
    printed = agendas.stat().st_mtime_ns
    (web,) = children_of(sample.process.pid)
    os.kill(web, signal.SIGKILL)
    end = time.monotonic() + 60
    while not (children_of(sample.process.pid) - {web} and healthy(sample.url)):
        assert sample.process.poll() is None and time.monotonic() < end, sample.output()
        time.sleep(0.1)
    assert agendas.stat().st_mtime_ns == printed
