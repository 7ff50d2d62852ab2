"""Draws the picture of `web.exports.preview`: a program that reads a card and writes a PNG."""

from __future__ import annotations

import json
import sys
import unicodedata
from base64 import b64decode
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageDraw

from web.confined import confine
from web.exports.glyphs import printable
from web.exports.lettering import Lettering, lettering

SIZE: Final = (1200, 630)
_MARGIN: Final = 80
_WIDTH: Final = SIZE[0] - 2 * _MARGIN
# Sizes of the title in pixels, each with the lines that there is room for; the first that holds it all is taken.
_TITLES: Final = ((84, 3), (68, 4), (54, 5), (44, 6))


def draw(card: dict[str, Any]) -> bytes:
    """The picture as PNG."""
    image = Image.new("RGB", SIZE, card["colour"])
    _arches(image, card["ink"])
    top = _organiser(image, card)
    facts = [
        lettering(text, width=_WIDTH, size=36, lines=lines)
        for text, lines in ((card["when"], 1), (card["place"], 2))
        if text
    ]
    bottom = SIZE[1] - 64
    for fact in reversed(facts):
        bottom -= fact.height
        _write(image, fact, (_MARGIN, bottom), card["ink"])
        bottom -= 10
    room = bottom - top - 24
    title = _title(card["title"], room)
    _write(image, title, (_MARGIN, top + max(0, (room - title.height) // 2)), card["ink"])
    file = BytesIO()
    # So few colours need no more than one byte a pixel.
    image.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _without_pictures(text: str) -> str:
    """`text` without emoji, of which only the outlines could be drawn, and a box for what no font has."""
    kept = (one for one in text if not (ord(one) >= 0x2600 and unicodedata.category(one) in ("So", "Sk", "Mn", "Cf")))
    return printable("".join(kept))


def _title(text: str, room: int) -> Lettering:
    for size, lines in _TITLES:
        found = lettering(text, width=_WIDTH, size=size, lines=lines, weight="Bold")
        if found.whole and found.height <= room:
            return found
    while found.height > room and lines > 1:
        lines -= 1
        found = lettering(text, width=_WIDTH, size=size, lines=lines, weight="Bold")
    return found


def _organiser(image: Image.Image, card: dict[str, Any]) -> int:
    """The logo on white, and the name beside it; where the next may stand."""
    left, top, height = _MARGIN, 56, 0
    if card["logo"]:
        logo = Image.open(BytesIO(b64decode(card["logo"]))).convert("RGBA")
        logo.thumbnail((300, 92))
        box = (left, top, left + logo.width + 36, top + logo.height + 28)
        ImageDraw.Draw(image).rounded_rectangle(box, 14, fill="#ffffff")
        image.paste(logo, (left + 18, top + 14), logo)
        left, height = box[2] + 28, box[3] - top
    if card["organiser"]:
        name = lettering(card["organiser"], width=SIZE[0] - _MARGIN - left, size=32, lines=2, weight="Semi-Bold")
        _write(image, name, (left, top + max(0, (height - name.height) // 2)), card["ink"])
        height = max(height, name.height)
    return top + height + (24 if height else 0)


def _arches(image: Image.Image, ink: str) -> None:
    """The arches of a bridge, hardly seen, at the foot of the picture."""
    light = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(light)
    for left in range(620, SIZE[0], 240):
        pen.ellipse((left, 470, left + 220, 790), outline=26, width=22)
    pen.rectangle((600, 440, SIZE[0], 462), fill=26)
    image.paste(Image.new("RGB", SIZE, ink), (0, 0), light)


def _write(image: Image.Image, letters: Lettering, at: tuple[int, int], ink: str) -> None:
    mask = Image.frombytes("L", (letters.width, letters.height), letters.mask)
    image.paste(Image.new("RGB", mask.size, ink), at, mask)


if __name__ == "__main__":
    sent = json.loads(confine())
    texts = {name: _without_pictures(sent[name]) for name in ("title", "when", "place", "organiser")}
    sys.stdout.buffer.write(draw({**sent, **texts}))
