"""The organiser's guide: four sheets of paper in both languages, for whoever is signed in."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from weasyprint import CSS, HTML


@pytest.mark.parametrize("language", ["fr", "en"])
def test_guide_is_four_sheets(app: Flask, organiser_client: FlaskClient, language: str) -> None:
    text = organiser_client.get(f"/guide/?lang={language}").text
    styles = [
        CSS(filename=str(Path(app.static_folder or "") / name)) for name in ("tokens.css", "site.css", "guide.css")
    ]
    assert text.count('class="guide-sheet"') == 4
    assert len(HTML(string=text).render(stylesheets=styles).pages) == 4


def test_guide_is_for_those_who_have_signed_in(client: FlaskClient) -> None:
    assert client.get("/guide/").status_code == 302


def test_guide_is_found_from_every_page(organiser_client: FlaskClient) -> None:
    assert 'href="/guide/"' in organiser_client.get("/events/").text
