"""What stands beside the public page: what links show of it, QR codes, and what search engines may keep."""

import re
from dataclasses import replace
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.web.conftest import make_app
from tests.web.factories import Factory
from web.checks import security_contact
from web.config import Settings
from web.db import write
from web.models import User


def test_page_says_what_a_link_to_it_shows(client: FlaskClient, make: Factory) -> None:
    event = make.event(title="Rencontres « du canal »", description="Venez nombreux.\nIl y a du café.")
    page = client.get(f"/e/{event.slug}/").text
    address = f"http://localhost/e/{event.slug}/"
    assert f'<link rel="canonical" href="{address}">' in page
    for code in ("fr", "en"):
        assert f'hreflang="{code}" href="{address}?lang={code}"' in page
    said = {name: unescape(text) for name, text in re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', page)}
    assert said["title"] == "Rencontres « du canal »"
    assert said["description"] == "Venez nombreux. Il y a du café."
    assert said["url"] == address
    assert said["image"] == f"{address}preview/fr.png?v={event.version}"
    assert "jeudi 18 mars 2027" in said["image:alt"] and "Salle des Fêtes" in said["image:alt"]


def test_picture_of_a_page_is_drawn_with_its_facts(client: FlaskClient, make: Factory) -> None:
    event = make.event(title="Rencontres du canal", face={"name": "La Fabrique", "colour": "#8a1c4a"})
    answer = client.get(f"/e/{event.slug}/preview/fr.png")
    image = Image.open(BytesIO(answer.data)).convert("RGB")
    assert (answer.mimetype, image.size) == ("image/png", (1200, 630))
    assert image.getpixel((5, 5)) == pytest.approx((0x8A, 0x1C, 0x4A), abs=3)
    assert "no-store" not in answer.headers["Cache-Control"]
    other = client.get(f"/e/{event.slug}/preview/en.png")
    assert other.data != answer.data
    assert client.get(f"/e/{event.slug}/preview/de.png").status_code == 404


def test_qr_codes_are_given_as_drawing_and_as_picture(client: FlaskClient, make: Factory) -> None:
    event = make.event()
    drawing, image = (client.get(f"/e/{event.slug}/qr.{form}") for form in ("svg", "png"))
    assert drawing.mimetype == "image/svg+xml" and b"<svg" in drawing.data
    assert image.mimetype == "image/png" and Image.open(BytesIO(image.data)).width > 600
    saved = client.get(f"/e/{event.slug}/qr.png?download=1")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="qr-{event.slug}.png"'
    assert client.get(f"/e/{event.slug}/qr.gif").status_code == 404


def test_poster_and_piece_of_html_lead_to_the_page(client: FlaskClient, make: Factory) -> None:
    event = make.event(title='Les <liens> "du canal"')
    assert f"localhost/e/{event.slug}/" in client.get(f"/e/{event.slug}/poster").text
    page = client.get(f"/e/{event.slug}/").text
    embed = unescape(page.split('<textarea id="embed"')[1].split(">", 1)[1].split("</textarea>")[0])
    assert embed.startswith(f'<p><a href="http://localhost/e/{event.slug}/"><strong>Les &lt;liens&gt;')
    assert "<iframe" not in embed and "<script" not in embed


def test_search_engines_may_keep_what_is_announced_and_nothing_else(
    client: FlaskClient, organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    event, draft = make.event(organiser=organiser), make.event(organiser=organiser, status="draft")
    token = make.personal_link(make.registration(event))
    for page in ("/", f"/e/{event.slug}/", f"/e/{event.slug}/preview/fr.png"):
        assert "X-Robots-Tag" not in client.get(page).headers, page
    hidden = [
        f"/p/{token}/",
        f"/p/{token}/directory",
        "/p/unknown/",
        "/sign-in",
        f"/e/{event.slug}/register",
        "/healthz",
    ]
    hidden += [f"/e/{event.slug}/lost-link", "/nowhere", f"/events/{event.id}/", "/api/v1/openapi.json"]
    for page in hidden:
        assert client.get(page).headers["X-Robots-Tag"] == "noindex, nofollow", page
    for page in ("/events/", f"/e/{draft.slug}/"):
        assert organiser_client.get(page).headers["X-Robots-Tag"] == "noindex, nofollow", page
    unchanged = client.get(f"/p/{token}/", headers={"If-None-Match": client.get(f"/p/{token}/").headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["X-Robots-Tag"]) == (304, "noindex, nofollow")


def test_robots_are_asked_not_to_read_personal_links(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    hidden = ("/p/", "/e/*/invited/", "/e/*/no-reminders/", "/events/", "/sign-in")
    for line in ("User-agent: *", *(f"Disallow: {one}" for one in hidden)):
        assert line in answer.text.splitlines()


def test_security_txt_names_whom_the_settings_name(client: FlaskClient, settings: Settings) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    app: Flask = make_app(replace(settings, security_contact="mailto:security@example.org"))
    answer = app.test_client().get("/.well-known/security.txt")
    lines = answer.text.splitlines()
    assert answer.mimetype == "text/plain"
    assert lines[0] == "Contact: mailto:security@example.org"
    assert re.fullmatch(r"Expires: \d{4}-\d\d-\d\dT00:00:00Z", lines[1])
    assert lines[3] == "Canonical: http://localhost/.well-known/security.txt"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("security@example.org", "mailto:security@example.org"),
        ("mailto:security@example.org", "mailto:security@example.org"),
        ("https://example.org/security", "https://example.org/security"),
    ],
)
def test_security_contact_is_a_mailbox_or_a_page(text: str, found: str) -> None:
    assert security_contact(text) == found


@pytest.mark.parametrize("text", ["nobody", "http://example.org", "a@b\nContact: x", "é@example.org", "https://"])
def test_security_contact_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="for example"):
        security_contact(text)


def test_page_is_made_anew_when_its_event_or_those_named_change(client: FlaskClient, make: Factory) -> None:
    event = make.event(title="Avant")
    address = f"/e/{event.slug}/"
    assert "Avant" in client.get(address).text
    one = make.registration(event, name="Nommée", publish_name=True)
    assert "Nommée" in client.get(address).text
    with write(make.session):
        one.name = "Renommée"
    assert "Renommée" in client.get(address).text
    with write(make.session):
        one.publish_name = False
        event.title = "Après"
    page = client.get(address).text
    assert "Renommée" not in page and "Après" in page


def test_page_costs_the_same_few_queries_whatever_it_says(
    client: FlaskClient, make: Factory, statements: list[str]
) -> None:
    event = make.event(face={"name": "La Fabrique", "logo": {"digest": "a" * 64, "width": 3, "height": 2}})
    for _one in range(30):
        make.registration(event, publish_name=True)
    client.get(f"/e/{event.slug}/")
    statements.clear()
    client.get(f"/e/{event.slug}/")
    assert len([one for one in statements if one.startswith("SELECT")]) == 2
