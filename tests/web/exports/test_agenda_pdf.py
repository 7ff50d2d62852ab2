"""Printed agendas, read back from real PDFs."""

from __future__ import annotations

import gc
import io
import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import segno
from pypdf import PdfReader

from scheduler.format.event import parse_event
from scheduler.format.schedule import Meeting, Schedule
from tests.support.drawn import picture
from tests.support.prints import URL, agenda_pdf, pages_of, small_agendas
from tests.web.exports.events import full_event, schedule_of, small_event, small_schedule
from web.exports.agenda import agendas_pdf, chunk_pdf
from web.exports.agenda_data import AgendaData, AgendaTexts, Logo, build_agendas
from web.exports.joining import join_tagged


@pytest.fixture(scope="module")
def printed() -> bytes:
    """All five agendas of the small event, made by two processes and joined."""
    return agendas_pdf(small_agendas(), processes=2)


def elements(element: Any, kind: str | None = None) -> Iterator[Any]:
    """The structure elements below ``element``, in reading order."""
    for kid in element.get("/K", pikepdf.Array()):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            if kind in (None, str(kid.S)):
                yield kid
            yield from elements(kid, kind)


def test_agendas_come_one_page_each_in_order(printed: bytes) -> None:
    pages = pages_of(printed)
    assert len(pages) == 5
    names = ["Les Jardins du Canal", "Un toit à soi", "Imprimerie Vasseur", "Studio Pixel", "Boulangerie Coopérative"]
    for page, name in zip(pages, names, strict=True):
        assert name in page


def test_agenda_page_tells_time_table_partner_and_reason(printed: bytes) -> None:
    text = pages_of(printed)[0]
    for told in (
        "14:00",
        "–14:06",
        "Imprimerie Vasseur",
        "Vous cherchez\u00a0:",
        "communication",
        "souhait réciproque",
    ):
        assert told in text
    assert "Temps libre" in text
    assert "page" not in text


def test_agendas_are_tagged_and_named_as_a_document(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        assert str(pdf.Root.Lang) == "fr"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        title = "Agendas – Rencontres du canal\u00a0: associations et entreprises"
        assert str(pdf.docinfo.Title) == title
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == title
            assert metadata["pdfuaid:part"] == "1"


def test_agendas_keep_their_structure_when_joined(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        root = pdf.Root.StructTreeRoot
        document = root.K[0]
        assert len(list(elements(document, "/Art"))) == 5
        assert len(list(elements(document, "/H1"))) == 5
        pages = {page.obj.objgen for page in pdf.pages}
        for element in elements(document):
            assert element.Pg.objgen in pages
        rows = dict(zip(map(int, root.ParentTree.Nums[::2]), root.ParentTree.Nums[1::2], strict=True))
        assert len(rows) == len(root.ParentTree.Nums) // 2
        for page in pdf.pages:
            parents = rows[int(page.obj.StructParents)]
            # Every marked piece of the page leads to an element of the same page.
            assert len(parents) > 10
            assert {parent.Pg.objgen for parent in parents} == {page.obj.objgen}
            for annotation in page.obj.Annots:
                assert str(rows[int(annotation.StructParent)].S) == "/Link"


def test_agenda_tables_have_headers_with_scope_and_unique_names(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        document = pdf.Root.StructTreeRoot.K[0]
        heads = list(elements(document, "/TH"))
        # Four column heads a table; a row head for each of the 8 meetings and the 3 breaks.
        scopes = [str(head.A.Scope) for head in heads]
        assert (scopes.count("/Column"), scopes.count("/Row")) == (5 * 4, 8 + 3)
        names = [bytes(head.ID) for head in heads]
        assert len(set(names)) == len(names)
        for cell in elements(document, "/TD"):
            assert {bytes(name) for name in cell.A.Headers} <= set(names)
        assert len(pdf.Root.StructTreeRoot.IDTree.Kids[0].Names) == 2 * len(names)


def test_agendas_have_one_bookmark_each(printed: bytes) -> None:
    reader = PdfReader(io.BytesIO(printed))
    found = [(item.title, reader.get_destination_page_number(item)) for item in reader.outline]
    assert found == [
        ("Les Jardins du Canal", 0),
        ("Un toit à soi", 1),
        ("Imprimerie Vasseur", 2),
        ("Studio Pixel", 3),
        ("Boulangerie Coopérative", 4),
    ]


def test_agenda_fonts_are_embedded(printed: bytes) -> None:
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        fonts = [font for page in pdf.pages for font in page.obj.Resources.Font.values()]
        assert fonts
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile3" in descriptor or "/FontFile2" in descriptor


def test_agenda_qr_code_on_paper_is_the_live_page(printed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "agenda.pdf"
    file.write_bytes(printed)
    # 25 mm of code from 171 mm and 13 mm on, seen at 20 dots a millimetre.
    box = ["-r", "508", "-x", str(171 * 20), "-y", str(13 * 20), "-W", "500", "-H", "500"]
    subprocess.run(
        ["pdftoppm", "-f", "1", "-l", "1", "-gray", *box, str(file), str(tmp_path / "qr")], check=True, timeout=60
    )
    (picture,) = tmp_path.glob("qr*.pgm")
    header, pixels = picture.read_bytes().split(b"\n255\n", 1)
    assert header.split()[1:] == [b"500", b"500"]
    wanted = segno.make(URL + "a1", error="m", micro=False, boost_error=False).matrix
    side = len(wanted) + 4
    seen = [
        [int(pixels[int((y + 2.5) / side * 500) * 500 + int((x + 2.5) / side * 500)] < 128) for x in range(len(wanted))]
        for y in range(len(wanted))
    ]
    assert seen == [[int(module) for module in row] for row in wanted]


def test_agenda_without_live_page_has_no_qr_code_and_no_link() -> None:
    agenda = build_agendas(small_event(), small_schedule(), participants=["a1"])[0]
    with pikepdf.open(io.BytesIO(agenda_pdf(agenda))) as pdf:
        assert "/Annots" not in pdf.pages[0].obj
        assert list(elements(pdf.Root.StructTreeRoot.K[0], "/Figure")) == []


def test_agenda_qr_code_has_an_alternative_text() -> None:
    agenda = small_agendas(participants=["a1"])[0]
    with pikepdf.open(io.BytesIO(agenda_pdf(agenda))) as pdf:
        (figure,) = elements(pdf.Root.StructTreeRoot.K[0], "/Figure")
        assert str(figure.Alt) == f"Code QR vers votre agenda à jour\u00a0: {URL}a1"


def test_agenda_alone_has_the_name_in_its_title() -> None:
    data = agenda_pdf(small_agendas("en", participants=["a1"])[0])
    reader = PdfReader(io.BytesIO(data))
    assert reader.metadata is not None
    assert reader.metadata.title == (
        "Agenda – Les Jardins du Canal – Rencontres du canal : associations et entreprises"
    )
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert "You look for: communication" in reader.pages[0].extract_text().replace("\u00a0", " ")


def test_agenda_seventeen_meetings_fit_one_page() -> None:
    event, schedule = full_event(17, 17, 17)
    data = agenda_pdf(build_agendas(event, schedule, live_url=lambda id: URL + id, participants=["a3"])[0])
    (text,) = pages_of(data)
    assert [f"Compagnie {i}" in text for i in range(17)] == [True] * 17
    assert "page" not in text


def test_agenda_many_meetings_are_numbered_pages_with_the_name() -> None:
    event, schedule = full_event(36, 36, 36)
    texts = AgendaTexts(contact="Accueil")
    data = agenda_pdf(build_agendas(event, schedule, participants=["a3"], texts=texts)[0])
    pages = pages_of(data)
    assert len(pages) == 2
    assert ["page\u00a01/2" in pages[0], "page\u00a02/2" in pages[1]] == [True, True]
    assert "Association 3" in pages[1]
    for i in range(36):
        assert sum(page.count(f"Compagnie {i}\n") + page.count(f"Compagnie {i} ") for page in pages) == 1


def test_agendas_page_numbers_count_each_agenda_alone() -> None:
    event, schedule = full_event(36, 36, 36)
    long = build_agendas(event, schedule, participants=["a3"])
    pages = pages_of(agendas_pdf([*small_agendas(), *long], processes=1))
    assert ["page" in page for page in pages] == [False] * 5 + [True] * 2
    assert "page\u00a02/2" in pages[6]


def test_agenda_without_meetings_says_what_to_do() -> None:
    data = agenda_pdf(build_agendas(small_event(), schedule_of(), participants=["a1"])[0])
    (text,) = pages_of(data)
    assert "Aucun rendez-vous" in text
    assert "accueil" in text


def test_agenda_very_long_names_stay_on_the_page() -> None:
    name = "Association pour l’accompagnement " * 6
    agenda = replace(small_agendas(participants=["a1"])[0], name=name.strip(), place="Salle des fêtes " * 10)
    line = agenda.days[0].lines[0]
    lines = (replace(line, title=name.strip(), table="La grande verrière du premier étage"),)
    data = agenda_pdf(replace(agenda, days=(replace(agenda.days[0], lines=lines),)))
    (text,) = pages_of(data)
    assert "verrière" in text
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 1


def test_agenda_large_print_has_no_small_letters() -> None:
    data = agendas_pdf(small_agendas(participants=["a1"]), large_print=True)
    sizes = set()

    def note(text: str, matrix: list[float], inner: list[float], font: Any, size: float) -> None:
        if text.strip():
            sizes.add(round(abs(size * inner[3] * matrix[3]), 1))

    for page in PdfReader(io.BytesIO(data)).pages:
        page.extract_text(visitor_text=note)
    # The boxed wish is set a little smaller than its line.
    assert min(sizes) >= 14.5


def test_agenda_text_is_never_markup() -> None:
    agenda = replace(small_agendas(participants=["a1"])[0], name='<img src="file:///etc/passwd"> & <b>Fils</b>')
    (text,) = pages_of(agenda_pdf(agenda))
    assert '<img src="file:///etc/passwd"> & <b>Fils</b>' in " ".join(text.split())


def test_agendas_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="no agenda"):
        agendas_pdf([])


def test_join_untagged_pdf_is_refused() -> None:
    plain = pikepdf.new()
    plain.add_blank_page()
    out = io.BytesIO()
    plain.save(out)
    with pytest.raises(ValueError, match="not tagged"):
        join_tagged([out.getvalue()], title="", language="fr")
    with pytest.raises(ValueError, match="nothing"):
        join_tagged([], title="", language="fr")


def test_agendas_of_a_whole_event_are_quick() -> None:
    event, schedule = full_event(32, 22, 17)
    agendas = build_agendas(event, schedule, live_url=lambda id: URL + id)
    before = processor_seconds()
    data = agendas_pdf(agendas)
    assert len(pages_of(data)) == 54
    # It takes 10 to 15 s of processors, two of which share it; what else the machine does is not counted.
    assert processor_seconds() - before < 60


def processor_seconds() -> float:
    """Of this process and of those below it that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.mark.parametrize("large_print", [False, True])
def test_a_name_of_one_long_word_stays_in_its_column(large_print: bool, tmp_path: Path) -> None:
    long = "lesamisdelabibliothequemunicipaledesaintfiacredesbois" * 2
    slots = [{"id": "s0", "start": "2027-03-18T14:00", "end": "2027-03-18T14:08"}]
    a, c = ({"id": id, "kind": kind, "name": long} for id, kind in (("a", "association"), ("c", "company")))
    event = parse_event(
        {
            "format": "passerelle-event/1",
            "slots": slots,
            "participants": [a | {"needs": [f"x.{long}"]}, c | {"offers": [f"x.{long}"]}],
        }
    )
    meeting = Meeting(between=("a", "c"), slot="s0", table=None, facilitator=None, score=10)
    schedule = Schedule(status="feasible", meetings=(meeting,), tiers=(), seconds=0.0)
    path = tmp_path / "agenda.pdf"
    path.write_bytes(agendas_pdf(build_agendas(event, schedule, language="fr"), large_print=large_print, processes=1))
    boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    words = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]*)</word>', boxes)
    width = float(re.search(r'<page width="([\d.]+)"', boxes)[1])  # type: ignore[index]
    margin = 14 / 25.4 * 72
    assert max(float(right) for _, _, right, _ in words) <= width - margin + 0.5
    notes = [(float(left), float(top)) for left, top, _, word in words if word == "Vos"]
    for left, top in notes:
        assert all(float(right) <= left for _, y, right, word in words if float(y) > top + 5 and word != "notes")


def test_pages_of_a_chunk_do_not_stay_in_memory() -> None:
    """They stayed, 1.3 MB a sheet: the print of 500 took 1.3 GiB."""
    chunk_pdf(small_agendas(), large_print=False)
    # What only a collection frees: twenty thousand objects for five sheets.
    assert gc.collect() < 1000


def said_by_all(count: int) -> AgendaData:
    """An agenda of so many meetings, with everybody’s line as long as may be."""
    event, schedule = full_event(count, count, count)
    texts = AgendaTexts(
        lines={
            one.id: {side: dict.fromkeys(getattr(one, side), "zqline " * 17) for side in ("needs", "offers")}
            for one in event.participants
        }
    )
    return build_agendas(event, schedule, participants=["a0"], texts=texts)[0]


def test_what_partners_wrote_is_printed_where_there_is_room() -> None:
    (text,) = pages_of(agenda_pdf(said_by_all(4)))
    assert "zqline" in text


@pytest.mark.parametrize("count", [10, 17])
def test_what_partners_wrote_never_breaks_a_page_that_fitted(count: int) -> None:
    assert len(pages_of(agenda_pdf(said_by_all(count)))) == 1


def shown_by(organiser: str = "La Fabrique des Liens", size: tuple[int, int] = (480, 200)) -> AgendaTexts:
    address = "data:image/png;base64," + b64encode(picture(*size)).decode()
    return AgendaTexts(organiser=organiser, logo=Logo("d" * 64, address))


def images_in(pdf: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_organisers_stand_at_the_top_of_a_sheet_with_their_logo() -> None:
    pdf = agenda_pdf(small_agendas(texts=shown_by())[0])
    (text,) = pages_of(pdf)
    assert "La Fabrique des Liens" in text
    assert images_in(pdf) == 1
    assert images_in(agenda_pdf(small_agendas()[0])) == 0


@pytest.mark.parametrize("count", [10, 17])
@pytest.mark.parametrize("size", [(640, 320), (40, 320), (640, 20)])
def test_organisers_never_break_a_page_that_fitted(count: int, size: tuple[int, int]) -> None:
    event, schedule = full_event(count, count, count)
    texts = shown_by("Fédération des associations de la métropole et de ses environs " * 2, size)
    agenda = build_agendas(event, schedule, participants=["a0"], texts=texts)[0]
    assert len(pages_of(agenda_pdf(agenda))) == 1


def test_sheet_without_organisers_is_laid_out_as_ever() -> None:
    one = small_agendas()[0]
    assert (one.organiser, one.logo) == ("", None)
    assert repr(replace(one, logo=Logo("a", "x"))) != repr(replace(one, logo=Logo("b", "x")))
    # Of a logo its digest is compared, and not each time all of it.
    assert "data:" not in repr(replace(one, logo=Logo("a", "data:image/png;base64,AAAA")))
