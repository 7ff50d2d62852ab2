"""A page made elsewhere, on paper: tagged A4, by the same press as the agendas."""

from __future__ import annotations

from dataclasses import dataclass

from web.exports.agenda import laid_out
from web.exports.joining import join_tagged
from web.exports.tags import lighten


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be printed: whole HTML, set by `style`, a stylesheet of the folder for prints."""

    title: str
    language: str
    html: str
    style: str


def sheet_pdf(sheet: Sheet) -> bytes:
    """The PDF of `sheet`: tagged (PDF/UA-1), with language and title. Cost: linear in its pages."""
    data = laid_out(sheet.html, sheet.style).write_pdf(pdf_variant="pdf/ua-1")
    assert data is not None
    return join_tagged([lighten(data)], title=sheet.title, language=sheet.language)
