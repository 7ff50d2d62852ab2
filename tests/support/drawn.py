"""Pictures as people send them: good ones, and such as nobody should."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from web.pictures import Drawn


def picture(width: int = 300, height: int = 120, form: str = "PNG", mode: str = "RGB", **more: Any) -> bytes:
    """A picture with a band of another colour across it, as `form`."""
    image = Image.new(mode, (width, height), {"RGB": (20, 90, 86), "RGBA": (0, 0, 0, 0)}.get(mode, 90))
    image.paste(
        {"RGB": (240, 180, 60), "RGBA": (240, 180, 60, 255)}.get(mode, 200), (0, height // 3, width, height // 2)
    )
    file = BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says it has so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        + chunk(b"IEND", b"")
    )


def logos() -> list[Drawn]:
    """What organisations show: square, wide, dark on nothing, white on nothing, tall, a photograph, tiny."""
    nothing = (0, 0, 0, 0)
    return [
        _logo(200, 200, "#e8f2ef", "#0f5a56"),
        _logo(400, 90, "#ffffff", "#8a1c4a"),
        _logo(400, 120, nothing, "#10201e"),
        _logo(400, 120, nothing, "#ffffff", light=True),
        _logo(80, 200, "#ffd500", "#10201e"),
        _stored(Image.effect_noise((300, 200), 60).convert("RGB")),
        _logo(16, 16, "#c03010", "#ffffff"),
    ]


def _logo(width: int, height: int, ground: str | tuple[int, ...], ink: str, *, light: bool = False) -> Drawn:
    image = Image.new("RGBA", (width, height), ground)
    pen, edge = ImageDraw.Draw(image), min(width, height)
    pen.ellipse((edge // 10, edge // 10, edge * 9 // 10, edge * 9 // 10), fill=ink)
    if width > 2 * height:
        pen.text((height, height // 4), "LOGO LARGE", fill=ink, font=ImageFont.load_default(height * 2 // 5))
    return _stored(image, light=light)


def _stored(image: Image.Image, *, light: bool = False) -> Drawn:
    file = BytesIO()
    image.save(file, "PNG")
    return Drawn("image/png", file.getvalue(), *image.size, light)
