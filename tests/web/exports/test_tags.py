"""A PDF without the tags that say nothing reads as it did before."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from tests.web.exports.events import small_event, small_schedule
from web.exports import agenda as agenda_module
from web.exports.agenda import chunk_pdf
from web.exports.agenda_data import build_agendas
from web.exports.tags import lighten


@pytest.fixture(scope="module")
def heavy() -> bytes:
    """Some sheets as they are laid out, with all tags."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agenda_module, "lighten", lambda data: data)
        agendas = build_agendas(small_event(), small_schedule(), live_url=lambda id: f"https://example.org/{id}")
        return chunk_pdf(agendas, False)


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def reading(pdf: pikepdf.Pdf) -> list[tuple[int, int]]:
    """The page and the mark of each piece of content, in the order in which it is read aloud."""
    places = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}

    def walk(element: Any) -> Iterator[tuple[int, int]]:
        for kid in element.get(Name.K, []):
            if isinstance(kid, int):
                yield places[element.Pg.objgen], int(kid)
            elif Name.S in kid:
                assert kid.P.objgen == element.objgen
                yield from walk(kid)

    return list(walk(pdf.Root.StructTreeRoot.K[0]))


def kinds(pdf: pikepdf.Pdf) -> list[str]:
    return sorted(str(one.S) for one in pdf.objects if isinstance(one, Dictionary) and Name.S in one and Name.P in one)


def test_lightened_pdf_is_read_aloud_in_the_same_order(heavy: bytes) -> None:
    before, after = reading(opened(heavy)), reading(opened(lighten(heavy)))
    assert before == after
    assert len(before) > 50


def test_lightened_pdf_says_of_each_mark_which_element_has_it(heavy: bytes) -> None:
    pdf = opened(lighten(heavy))
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    rows = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    marks = 0
    for page in pdf.pages:
        for mark, element in enumerate(rows[int(page.obj.StructParents)]):
            assert mark in [int(kid) for kid in element.K if isinstance(kid, int)]
            assert element.Pg.objgen == page.obj.objgen
            marks += 1
    assert marks == len(reading(pdf))


def test_lightened_pdf_keeps_every_element_that_says_something(heavy: bytes) -> None:
    before, after = kinds(opened(heavy)), kinds(opened(lighten(heavy)))
    words = ("/Span", "/NonStruct")
    assert [kind for kind in before if kind not in words] == [kind for kind in after if kind not in words]
    assert len(after) < 0.5 * len(before)


def test_lightened_pdf_is_lightened_once(heavy: bytes) -> None:
    once = lighten(heavy)
    assert kinds(opened(lighten(once))) == kinds(opened(once))


def test_element_with_something_of_its_own_to_say_stays(heavy: bytes) -> None:
    with opened(heavy) as pdf:
        spans = [one for one in pdf.objects if isinstance(one, Dictionary) and one.get(Name.S) == Name.Span]
        spans[5].ActualText = pikepdf.String("une heure")
        out = io.BytesIO()
        pdf.save(out)
    with opened(lighten(out.getvalue())) as pdf:
        found = [one for one in pdf.objects if isinstance(one, Dictionary)]
        assert [str(one.ActualText) for one in found if Name.ActualText in one] == ["une heure"]
