"""Pictures as people send them: good ones, and such as nobody should."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


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
