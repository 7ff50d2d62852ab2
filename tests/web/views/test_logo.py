"""A participant's logo on pages: sent, shown beside the name, refused with a sentence, given to who may have it."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.drawn import bomb, picture
from tests.support.queries import count_queries
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM
from web.domain.people import privacy, registration
from web.domain.people.logos import set_logo
from web.models import AuditEntry, Event, Picture, Registration, User
from web.pictures import MOST_BYTES, Drawn


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser=organiser)


@pytest.fixture
def one(make: Factory, event: Event) -> Registration:
    return make.registration(event, name="Les <i>Jardins</i> du Canal")


@pytest.fixture
def page(make: Factory, one: Registration) -> str:
    return f"/p/{make.personal_link(one)}"


def send(client: FlaskClient, address: str, content: bytes | None = None, status: int = 303, **values: Any) -> Any:
    if content is not None:
        values["logo"] = (BytesIO(content), "logo.png")
    answer = client.post(address, data=values, content_type="multipart/form-data")
    assert answer.status_code == status, answer.text
    return answer


def show(session: Session, one: Registration, shown: bytes | None = None) -> str:
    content = picture(60, 30) if shown is None else shown
    with Image.open(BytesIO(content)) as image:
        drawn = Drawn("image/png", content, *image.size)
    set_logo(session, one, drawn, seen=one.logo.get("digest", ""), actor=SYSTEM)
    return drawn.digest


def test_participant_sends_changes_and_takes_away_a_logo(
    client: FlaskClient, session: Session, one: Registration, page: str
) -> None:
    for shown in ("/", "/registration", "/logo"):
        assert '<img class="logo' not in client.get(page + shown).text
    assert f"{page}/logo" in client.get(f"{page}/?welcome=1").text
    send(client, f"{page}/logo", picture(800, 200), seen="")
    session.rollback()
    first = one.logo["digest"]
    assert (one.logo["width"], one.logo["height"]) == (400, 100)
    for shown in ("/", "/registration", "/logo"):
        assert f'src="{page}/logos/{first}"' in client.get(page + shown).text
    assert 'alt="Logo de Les &lt;i&gt;Jardins&lt;/i&gt; du Canal"' in client.get(f"{page}/logo").text
    assert f'{page}/logo"' not in client.get(f"{page}/?welcome=1").text
    send(client, f"{page}/logo", picture(60, 60), seen=first)
    session.rollback()
    assert one.logo["digest"] != first
    send(client, f"{page}/logo", without="1", seen=one.logo["digest"])
    session.rollback()
    assert one.logo == {} and session.scalars(select(Picture)).all() == []


def test_logo_of_another_tab_is_not_overwritten_unknowingly(
    client: FlaskClient, session: Session, one: Registration, page: str
) -> None:
    digest = show(session, one)
    answer = send(client, f"{page}/logo", picture(50, 50), 409, seen="")
    assert "modifié ailleurs" in answer.text and f'value="{digest}"' in answer.text
    assert "modifié ailleurs" in send(client, f"{page}/logo", status=409, without="1", seen="").text
    session.rollback()
    assert one.logo["digest"] == digest


def cmyk() -> bytes:
    file = BytesIO()
    Image.new("CMYK", (120, 60), (10, 200, 10, 0)).save(file, "JPEG")
    return file.getvalue()


def animated(form: str) -> bytes:
    file = BytesIO()
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("red", "blue")]
    frames[0].save(file, form, save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Choisissez d’abord une image"),
        (b"", "Ce n’est pas une image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "Un dessin SVG peut contenir un programme"),
        (b"%PDF-1.7 no picture", "Ce n’est pas une image"),
        (animated("GIF"), "Ce n’est pas une image"),
        (picture()[:-60], "Cette image est abîmée"),
        (b"\0" * (MOST_BYTES + 1), "Ce fichier dépasse 2 Mo"),
        (picture(4001, 16), "plus de 4000 pixels"),
        (bomb(), "plus de 4000 pixels"),
        (picture(1, 1), "trop petite"),
    ],
)
def test_picture_that_is_not_taken_gets_a_sentence_and_the_former_stays(
    client: FlaskClient, session: Session, one: Registration, page: str, content: bytes | None, sentence: str
) -> None:
    digest = show(session, one)
    answer = send(client, f"{page}/logo", content, 422, seen=digest)
    assert sentence in answer.text and f"/logos/{digest}" in answer.text
    session.rollback()
    assert one.logo["digest"] == digest and len(session.scalars(select(Picture)).all()) == 1


def test_file_larger_than_anything_that_is_read_is_told(
    app: Flask, client: FlaskClient, session: Session, one: Registration, page: str
) -> None:
    answer = send(client, f"{page}/logo", b"\0" * (app.config["MAX_CONTENT_LENGTH"] + 1), 413, seen="")
    assert "Ce fichier est trop volumineux" in answer.text or "10\u00a0Mo" in answer.text
    session.rollback()
    assert one.logo == {}


@pytest.mark.parametrize("content", [cmyk(), animated("WEBP"), animated("PNG")])
def test_picture_of_printers_and_a_moving_one_are_shown_as_they_first_look(
    client: FlaskClient, session: Session, one: Registration, page: str, content: bytes
) -> None:
    send(client, f"{page}/logo", content, seen="")
    row = session.scalars(select(Picture)).one()
    shown = Image.open(BytesIO(row.content))
    assert shown.mode == "RGB" and getattr(shown, "n_frames", 1) == 1
    red, green, blue = shown.getpixel((10, 10))
    # Magenta from the printer; red, the first of the two, where it moves.
    assert red > 200 and green < 120 and (blue > 200) == (content == cmyk())


def test_picture_goes_to_whoever_may_meet_them_and_to_nobody_else(
    client: FlaskClient, session: Session, make: Factory, event: Event, one: Registration, page: str
) -> None:
    digest = show(session, one)
    met, like = make.registration(event, kind="company"), make.registration(event)
    theirs, others = f"/p/{make.personal_link(met)}", f"/p/{make.personal_link(like)}"
    assert f'src="logos/{digest}"' in client.get(f"{theirs}/directory").text
    answer = client.get(f"{theirs}/logos/{digest}")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "private, max-age=2592000, immutable"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    again = client.get(f"{theirs}/logos/{digest}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"{others}/logos/{digest}").status_code == 404
    assert client.get(f"{theirs}/logos/{'0' * 64}").status_code == 404
    # Not named in public: not shown there either.
    assert client.get(f"/pictures/{digest}").status_code == 404
    assert digest not in client.get(f"/e/{event.slug}/").text
    registration.withdraw(session, one, SYSTEM)
    assert client.get(f"{theirs}/logos/{digest}").status_code == 404
    assert client.get(f"{page}/logos/{digest}").status_code == 200
    privacy.erase(session, one, SYSTEM)
    assert client.get(f"{page}/logos/{digest}").status_code == 404


def test_public_page_shows_the_logo_of_whoever_agreed_to_be_named(
    client: FlaskClient, session: Session, event: Event, one: Registration
) -> None:
    digest = show(session, one)
    for named, status, shown in ((True, "accepted", True), (False, "accepted", False), (True, "waiting", False)):
        with write(session):
            one.publish_name, one.status = named, status
        assert (f"/pictures/{digest}" in client.get(f"/e/{event.slug}/").text) == shown
        answer = client.get(f"/pictures/{digest}")
        assert answer.status_code == (200 if shown else 404)
        if shown:
            assert answer.headers["Cache-Control"].startswith("private")
    with write(session):
        one.status, event.status = "accepted", "draft"
    assert client.get(f"/pictures/{digest}").status_code == 404


def test_change_of_a_logo_changes_the_directory_and_ones_own_page(
    client: FlaskClient, session: Session, make: Factory, event: Event, one: Registration, page: str
) -> None:
    met = make.registration(event, kind="company")
    addresses = [f"/p/{make.personal_link(met)}/directory", f"{page}/"]

    def asked(kept: list[str]) -> list[int]:
        pairs = zip(addresses, kept, strict=True)
        return [client.get(address, headers={"If-None-Match": etag}).status_code for address, etag in pairs]

    for content in (picture(60, 30), picture(30, 30), None):
        kept = [client.get(address).headers["ETag"] for address in addresses]
        assert asked(kept) == [304, 304]
        if content is None:
            set_logo(session, one, None, seen=one.logo["digest"], actor=SYSTEM)
        else:
            show(session, one, content)
        assert asked(kept) == [200, 200]


def test_directory_asks_no_more_for_logos(
    app: Flask, client: FlaskClient, session: Session, make: Factory, event: Event, one: Registration
) -> None:
    address = f"/p/{make.personal_link(make.registration(event, kind='company'))}/directory"
    client.get(address)
    make.registration(event)
    few = count_queries(app, client, address + "?text=e")
    for _turn in range(6):
        show(session, make.registration(event))
    show(session, one)
    assert count_queries(app, client, address + "?text=e") == few
    cards = re.findall(r'<img class="logo"[^>]*>', client.get(address).text)
    assert len(cards) >= 7
    assert all('width="60" height="30" alt="" loading="lazy"' in card for card in cards)


def test_organiser_changes_the_logo_on_their_behalf(
    organiser_client: FlaskClient, client: FlaskClient, session: Session, event: Event, one: Registration, page: str
) -> None:
    address = f"/events/{event.id}/participants/{one.id}"
    assert '<img class="logo' not in organiser_client.get(f"{address}/").text
    assert "Un dessin SVG" in send(organiser_client, f"{address}/logo", b"<svg/>", 422, seen="").text
    send(organiser_client, f"{address}/logo", picture(), 302, seen="")
    session.rollback()
    digest = one.logo["digest"]
    assert f'src="{address}/logo/{digest}"' in organiser_client.get(f"{address}/").text
    assert organiser_client.get(f"{address}/logo/{digest}").status_code == 200
    assert client.get(f"{address}/logo/{digest}").status_code == 302
    assert digest in client.get(f"{page}/").text
    assert send(organiser_client, f"{address}/logo", picture(40, 40), 409, seen="").status_code == 409
    send(organiser_client, f"{address}/logo", None, 302, without="1", seen=digest)
    session.rollback()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "registration.logo")).all()
    assert [entry.behalf_of_id for entry in entries] == [one.id] * 2
    assert all(entry.user_id is not None for entry in entries)


def test_pictures_sent_by_one_link_are_limited(limited_app: Flask) -> None:
    with limited_app.app_context():
        make = Factory(get_session())
        page = f"/p/{make.personal_link(make.registration(make.event()))}"
    client = limited_app.test_client()
    limited_app.config["WTF_CSRF_ENABLED"] = False
    answers = [client.post(f"{page}/logo", data={"seen": ""}).status_code for _turn in range(21)]
    assert answers == [422] * 20 + [429]
