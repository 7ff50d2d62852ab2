"""Letters for which this machine has no font: printed as a box of its own, not as one that lies over its neighbour."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Callable
from ctypes.util import find_library
from functools import cache

_BOX = "□"


def printable(text: str) -> str:
    """`text` with a box for each letter that no font here has, and without what only changes the look of such a letter.

    As it is where nobody can say what the fonts have. Cost: linear; the fonts are asked once for each letter.
    """
    return "".join(letter if letter.isascii() else _printed(letter) for letter in text)


@cache
def _printed(letter: str) -> str:
    has = _fonts()
    if has is None or has(ord(letter)):
        return letter
    # Joiners and signs over a letter say nothing alone.
    if unicodedata.category(letter) in ("Cf", "Mn", "Me") or "\U0001f3fb" <= letter <= "\U0001f3ff":
        return ""
    return _BOX if has(ord(_BOX)) else "?"


class _FontSet(ctypes.Structure):
    """FcFontSet of fontconfig, which the layout of pages asks for its fonts too."""

    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p)))


@cache
def _fonts() -> Callable[[int], bool] | None:
    """Whether any font has a letter, as a function of its number; none where fontconfig cannot be asked."""
    name = find_library("fontconfig")
    try:
        library = ctypes.CDLL(name) if name else None
        return None if library is None else _letters(library)
    except (AttributeError, OSError):
        return None


def _letters(library: ctypes.CDLL) -> Callable[[int], bool] | None:
    pointer, system = ctypes.c_void_p, 0
    library.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    library.FcConfigGetFonts.argtypes = (pointer, ctypes.c_int)
    library.FcPatternGetCharSet.argtypes = (pointer, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(pointer))
    library.FcCharSetCreate.restype = pointer
    library.FcCharSetMerge.argtypes = (pointer, pointer, pointer)
    library.FcCharSetHasChar.argtypes = (pointer, ctypes.c_uint32)
    if not library.FcInit():
        return None
    found = library.FcConfigGetFonts(None, system)
    if not found or not found.contents.count:
        return None
    every = library.FcCharSetCreate()
    for font in found.contents.fonts[: found.contents.count]:
        letters = pointer()
        if library.FcPatternGetCharSet(font, b"charset", 0, ctypes.byref(letters)) == 0:
            library.FcCharSetMerge(every, letters, None)
    return lambda number: bool(library.FcCharSetHasChar(every, number))
