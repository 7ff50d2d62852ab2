"""Pictures that people send, drawn anew: what is stored and shown was made here, to the last byte.

So there is nothing in it of what a file may carry beside the picture (places, names, programs), and nothing that some
browser might take for something else. It is done in a process of its own, see `web.confined`.
"""

import json
import sys
import threading
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from web.confined import MEGABYTE, Stopped, confine, confined

if TYPE_CHECKING:
    from PIL import Image

# What a picture may be at most when it comes: bytes, and pixels a side.
MOST_BYTES, MOST_PIXELS = 2 * MEGABYTE, 4000
# With fewer a side, nothing is to be seen of it.
LEAST_PIXELS = 16
FORMATS = ("PNG", "JPEG", "WEBP")
# For the largest picture that is taken, unpacked, twice beside each other, and the program.
_SECONDS, _MEGABYTES = 10, 768
# So many at once, each of which may take that much; others wait so many seconds for their turn.
_TURNS, _PATIENCE = threading.BoundedSemaphore(2), 10.0
# What stands on white paper: of what can be seen, so much is nearly white.
_NEARLY_WHITE, _LOST = 215, 0.5


class UnfitPicture(Exception):
    """`code` says why: ``large`` (bytes), ``pixels``, ``small``, ``svg``, ``format`` (none of ours), ``broken``;
    or ``busy``, where too many pictures come at once."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Drawn(NamedTuple):
    """A picture as it is stored; `digest` is the SHA-256 of `content`.

    `light`: it is white on nothing, and wants a dark ground.
    """

    mime_type: str
    content: bytes
    width: int
    height: int
    light: bool = False

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


def drawn_anew(content: bytes, width: int, height: int) -> Drawn:
    """`content`, a PNG, JPEG or WebP picture, scaled down where it is larger than `width` × `height` pixels.

    Raises `UnfitPicture`. Cost: a process of its own, half a second for a large picture, and the wait for a turn.
    """
    if len(content) > MOST_BYTES:
        raise UnfitPicture("large")
    if _is_svg(content):
        raise UnfitPicture("svg")
    if not _TURNS.acquire(timeout=_PATIENCE):
        raise UnfitPicture("busy")
    try:
        answer = confined(__name__, b"%d %d\n" % (width, height) + content, seconds=_SECONDS, megabytes=_MEGABYTES)
    except Stopped as error:
        raise UnfitPicture("broken") from error
    finally:
        _TURNS.release()
    head, _line, drawn = answer.partition(b"\n")
    said = json.loads(head)
    if "unfit" in said:
        raise UnfitPicture(said["unfit"])
    return Drawn(said["mime_type"], drawn, said["width"], said["height"], said["light"])


def _is_svg(content: bytes) -> bool:
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) or content[:2] == b"\x1f\x8b"


def _draw(sent: bytes) -> bytes:
    """In the process for it: the picture with a line about it in front, or that line alone."""
    size, _line, content = sent.partition(b"\n")
    width, height = (int(text) for text in size.split())
    try:
        image = _opened(content)
        image.thumbnail((width, height))
        mime_type, drawn = _smallest(image)
    except UnfitPicture as unfit:
        return json.dumps({"unfit": unfit.code}).encode()
    said = {"mime_type": mime_type, "width": image.width, "height": image.height, "light": _is_light(image)}
    return json.dumps(said).encode() + b"\n" + drawn


def _opened(content: bytes) -> "Image.Image":
    """The picture as colours, upright, without anything else. Raises `UnfitPicture`."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        # Opening reads the head alone: how large a picture would become is known before it is unpacked.
        image = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnfitPicture("format") from error
    except Image.DecompressionBombError as error:
        raise UnfitPicture("pixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnfitPicture("broken") from error
    if max(image.size) > MOST_PIXELS:
        raise UnfitPicture("pixels")
    if min(image.size) < LEAST_PIXELS:
        raise UnfitPicture("small")
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
        transparent = upright.has_transparency_data
        return upright.convert("RGBA" if transparent else "RGB")
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise UnfitPicture("broken") from error


def _is_light(image: "Image.Image") -> bool:
    """Whether most of what can be seen of a picture with transparent parts would be lost on white."""
    if image.mode != "RGBA":
        return False
    seen = image.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0)
    shades = image.convert("L").histogram(seen)
    return seen.histogram()[0] > 0 and sum(shades[_NEARLY_WHITE:]) > _LOST * sum(shades)


def _smallest(image: "Image.Image") -> tuple[str, bytes]:
    """As PNG, which keeps edges sharp and what is transparent; or as JPEG, where that is much smaller."""
    image.info.clear()
    png = _saved(image, "PNG")
    if image.mode == "RGBA":
        return "image/png", png
    jpeg = _saved(image, "JPEG")
    return ("image/jpeg", jpeg) if len(jpeg) < 0.7 * len(png) else ("image/png", png)


def _saved(image: "Image.Image", form: str) -> bytes:
    file = BytesIO()
    image.save(file, form, optimize=True, **({"quality": 86} if form == "JPEG" else {}))
    return file.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(confine()))
