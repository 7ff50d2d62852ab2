"""The picture that is shown with a link to an event: any script, any length, never waited for for long."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.support.drawn import picture
from web.exports.lettering import lettering
from web.exports.preview import Card, Previews


def card(**values: Any) -> Card:
    told = {"title": "Rencontres", "when": "Jeudi 18 mars 2027", "place": "Lille", "organiser": "La Fabrique"}
    return Card(**{**told, "colour": "#0f5a56", "ink": "#ffffff", **values})


def image(drawn: bytes | None) -> Image.Image:
    assert drawn is not None
    return Image.open(BytesIO(drawn)).convert("RGB")


@pytest.mark.parametrize(
    "values",
    [
        {"title": "Anticonstitutionnellement" * 8},
        {"title": "لقاءات الجمعيات 2027", "organiser": "جمعية الأمل"},
        {"title": "🎉🎉🎉"},
        {"title": "<b>&amp;</b> \u202e tourné"},
        {"title": "T " * 100, "place": "P " * 100, "organiser": "O " * 60},
        {"when": "", "place": "", "organiser": ""},
        {"logo": picture(640, 20)},
        {"logo": picture(40, 320, "JPEG")},
    ],
)
def test_picture_holds_whatever_people_write(values: dict[str, Any]) -> None:
    found = image(Previews().picture(card(**values), 60))
    assert found.size == (1200, 630)
    # Nothing reaches the edges of the picture.
    for at in range(0, 630, 5):
        assert found.getpixel((3, at)) == pytest.approx((0x0F, 0x5A, 0x56), abs=3)
        assert found.getpixel((60, at)) == pytest.approx((0x0F, 0x5A, 0x56), abs=3)


def test_title_is_written_in_the_ink_of_the_card() -> None:
    drawn = Previews()
    with_title, without = (image(drawn.picture(card(title=title), 60)) for title in ("Rencontres", ""))
    ink = [
        sum(count for count, colour in found.getcolors(1200 * 630) or () if colour == (255, 255, 255))
        for found in (with_title, without)
    ]
    assert ink[0] > ink[1] + 5000


def test_picture_is_drawn_once_and_not_waited_for() -> None:
    previews = Previews()
    # Another is drawn meanwhile.
    with previews._turn:
        assert previews.picture(card(), 0) is None
    first = previews.picture(card(), 60)
    assert first is not None
    assert previews.picture(card(), 0) is first


def test_picture_that_cannot_be_drawn_is_not_tried_again() -> None:
    previews = Previews()
    assert previews.picture(card(colour="no colour"), 60) is None
    assert previews.picture(card(colour="no colour"), 0) is None
    assert not previews._being_drawn


def test_letters_are_cut_at_the_lines_there_are() -> None:
    short, long = (lettering(text, width=400, size=40, lines=2) for text in ("Bonjour", "Bonjour à tous " * 20))
    assert (short.lines, short.whole) == (1, True)
    assert (long.lines, long.whole) == (2, False)
    assert len(long.mask) == long.width * long.height and max(long.mask) == 255


def test_letters_from_right_to_left_begin_at_the_right() -> None:
    def ink(text: str) -> tuple[int, int]:
        found = lettering(text, width=800, size=40, lines=1)
        rows = [found.mask[at : at + 800] for at in range(0, len(found.mask), 800)]
        return sum(sum(row[:400]) for row in rows), sum(sum(row[400:]) for row in rows)

    left, right = ink("Bonjour")
    assert left > right == 0
    left, right = ink("مرحبا")
    assert right > left == 0
