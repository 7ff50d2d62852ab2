"""Agendas to print, and printed ones read back."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.web.exports.events import small_event, small_schedule
from web.exports.agenda import agendas_pdf
from web.exports.agenda_data import AgendaData, build_agendas

URL = "https://rencontres.example/a/"


def small_agendas(language: str = "fr", **more: Any) -> list[AgendaData]:
    return build_agendas(small_event(), small_schedule(), language=language, live_url=lambda id: URL + id, **more)


def agenda_pdf(agenda: AgendaData) -> bytes:
    return agendas_pdf([agenda], processes=1)


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def fetched(client: FlaskClient, address: str) -> bytes:
    """The sheets of that address: while they are printed, the page that waits for them says where to look again."""
    for _look in range(20):
        answer = client.get(address)
        if answer.mimetype == "application/pdf":
            return answer.data
        address = str(answer.headers["Refresh"].partition("url=")[2])
    raise AssertionError("the sheets are not printed")
