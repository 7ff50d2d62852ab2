"""Letters as a picture: any script, set by Pango, which WeasyPrint needs for the prints and is here for that.

Pillow takes one font at a time and cannot say what it lacks; Pango looks for each letter among all fonts, shapes it and
orders what runs from right to left. It is asked through `ctypes`, in the process that draws (`web.exports.preview`).
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_int, c_ubyte, c_uint, c_ushort, c_void_p
from ctypes.util import find_library
from functools import cache
from typing import Final, NamedTuple

_FAMILIES: Final = "Inter,Source Sans 3,Noto Sans,Liberation Sans,DejaVu Sans"
# Pango counts in 1024ths; wraps at words, and within one that is too long; ends with … what does not fit.
_SCALE, _WORD_CHAR, _END = 1024, 2, 3
_GRAY: Final = 2
# Where the libraries are not found by their short name.
_NAMES: Final = {
    "pango-1.0": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    "pangoft2-1.0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
}


class Lettering(NamedTuple):
    """`mask`: a byte for each pixel, row by row, from nothing to ink; `lines`: how many, `whole`: nothing left out."""

    mask: bytes
    width: int
    height: int
    lines: int
    whole: bool


class _Bitmap(Structure):
    """FT_Bitmap of FreeType."""

    _fields_ = (
        ("rows", c_uint),
        ("width", c_uint),
        ("pitch", c_int),
        ("buffer", POINTER(c_ubyte)),
        ("num_grays", c_ushort),
        ("pixel_mode", c_ubyte),
        ("palette_mode", c_ubyte),
        ("palette", c_void_p),
    )


class _Libraries(NamedTuple):
    pango: ctypes.CDLL
    ft2: ctypes.CDLL
    context: int


def lettering(text: str, *, width: int, size: int, lines: int, weight: str = "") -> Lettering:
    """`text` in letters of `size` pixels, at most `width` wide and of so many `lines`; `weight`: ``Bold`` or none.

    Raises `OSError` where Pango is not to be had.
    """
    libraries = _libraries()
    pango, layout = libraries.pango, libraries.pango.pango_layout_new(libraries.context)
    described = pango.pango_font_description_from_string(f"{_FAMILIES} {weight} {size}px".encode())
    pango.pango_layout_set_font_description(layout, described)
    pango.pango_layout_set_width(layout, width * _SCALE)
    pango.pango_layout_set_wrap(layout, _WORD_CHAR)
    # A negative height is a number of lines.
    pango.pango_layout_set_height(layout, -lines)
    pango.pango_layout_set_ellipsize(layout, _END)
    said = " ".join(text.split()).encode()
    pango.pango_layout_set_text(layout, said, len(said))
    across, down = c_int(), c_int()
    pango.pango_layout_get_pixel_size(layout, byref(across), byref(down))
    height = max(1, down.value)
    buffer = (c_ubyte * (width * height))()
    bitmap = _Bitmap(height, width, width, buffer, 256, _GRAY, 0, None)
    libraries.ft2.pango_ft2_render_layout(byref(bitmap), layout, 0, 0)
    number = pango.pango_layout_get_line_count(layout)
    return Lettering(bytes(buffer), width, height, number, not pango.pango_layout_is_ellipsized(layout))


@cache
def _libraries() -> _Libraries:
    pango, ft2 = (_library(name) for name in _NAMES)
    ft2.pango_ft2_font_map_new.restype = c_void_p
    ft2.pango_ft2_font_map_set_resolution.argtypes = (c_void_p, c_double, c_double)
    ft2.pango_ft2_render_layout.argtypes = (POINTER(_Bitmap), c_void_p, c_int, c_int)
    for name, result, arguments in (
        ("pango_font_map_create_context", c_void_p, (c_void_p,)),
        ("pango_layout_new", c_void_p, (c_void_p,)),
        ("pango_font_description_from_string", c_void_p, (c_char_p,)),
        ("pango_layout_set_font_description", None, (c_void_p, c_void_p)),
        ("pango_layout_set_width", None, (c_void_p, c_int)),
        ("pango_layout_set_height", None, (c_void_p, c_int)),
        ("pango_layout_set_wrap", None, (c_void_p, c_int)),
        ("pango_layout_set_ellipsize", None, (c_void_p, c_int)),
        ("pango_layout_set_text", None, (c_void_p, c_char_p, c_int)),
        ("pango_layout_get_pixel_size", None, (c_void_p, POINTER(c_int), POINTER(c_int))),
        ("pango_layout_get_line_count", c_int, (c_void_p,)),
        ("pango_layout_is_ellipsized", c_int, (c_void_p,)),
    ):
        function = getattr(pango, name)
        function.restype, function.argtypes = result, arguments
    fonts = ft2.pango_ft2_font_map_new()
    ft2.pango_ft2_font_map_set_resolution(fonts, 96.0, 96.0)
    return _Libraries(pango, ft2, pango.pango_font_map_create_context(fonts))


def _library(name: str) -> ctypes.CDLL:
    for file in (*_NAMES[name], find_library(name)):
        try:
            if file:
                return ctypes.CDLL(file)
        except OSError:
            continue
    raise OSError(f"{name} is not installed")
