"""The organisers show themselves: what they type, the pictures they send, and where it is to be seen."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from tests.support.drawn import picture
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people import privacy
from web.models import AuditEntry, Event, Picture, User
from web.pictures import MOST_BYTES

WORDS = {
    "name": "La Fabrique des Liens",
    "address": "12 rue du Canal\n59000 Lille",
    "phone": "03 20 00 00 00",
    "email": "bonjour@example.org",
    "website": "www.example.org",
    "legal": "Directrice de la publication : Odile Exemple",
    "colour": "#8a1c4a",
}


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser=organiser)


def send(client: FlaskClient, event: Event, status: int = 302, **values: Any) -> Any:
    data = {**WORDS, "version": event.version, **values}
    # Read anew for each request: it closes what it has sent.
    data |= {name: (BytesIO(value[0]), value[1]) for name, value in data.items() if isinstance(value, tuple)}
    address = f"/events/{event.id}/setup/organiser"
    answer = client.post(address, data=data, content_type="multipart/form-data")
    # What was read before must not hide what is stored now.
    session = object_session(event)
    assert session is not None
    session.rollback()
    assert answer.status_code == status, answer.text
    return answer


def file(content: bytes, name: str = "logo.png") -> tuple[bytes, str]:
    return content, name


def test_face_shows_where_people_come(
    client: FlaskClient, organiser_client: FlaskClient, session: Session, make: Factory, event: Event
) -> None:
    base = f"/p/{make.personal_link(make.registration(event))}"
    pages = (f"/e/{event.slug}/", f"/e/{event.slug}/register", f"{base}/", f"{base}/directory")
    for page in pages:
        assert WORDS["name"] not in client.get(page).text
    send(organiser_client, event, logo=file(picture()))
    digest = event.face["logo"]["digest"]
    for page in pages:
        shown = client.get(page).text
        for text in ("La Fabrique des Liens", "12 rue du Canal", "tel:0320000000", "mailto:bonjour@example.org"):
            assert text in shown, (page, text)
        for text in ('href="https://www.example.org"', "Odile Exemple", "/colours/8a1c4a.css", f"/pictures/{digest}"):
            assert text in shown, (page, text)
    # The team’s own pages stay as they are.
    assert "/colours/" not in organiser_client.get(f"/events/{event.id}/").text


def test_picture_is_given_for_ever_and_runs_nothing(
    client: FlaskClient, organiser_client: FlaskClient, session: Session, event: Event
) -> None:
    send(organiser_client, event, logo=file(picture(1400, 700)))
    row = session.scalars(select(Picture)).one()
    assert (row.width, row.height, row.registration_id) == (640, 320, None)
    answer = client.get(f"/pictures/{row.digest}")
    assert answer.data == row.content
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "'self'" not in answer.headers["Content-Security-Policy"]
    again = client.get(f"/pictures/{row.digest}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for digest in ("0" * 64, "x", row.digest[:-1]):
        assert client.get(f"/pictures/{digest}").status_code == 404


def test_picture_of_a_participant_is_not_shown_to_anybody(client: FlaskClient, make: Factory, event: Event) -> None:
    one = make.registration(event)
    values = {"purpose": "logo", "mime_type": "image/png", "content": b"x", "width": 1, "height": 1}
    make._add(Picture(event_id=event.id, registration_id=one.id, digest="a" * 64, **values))
    assert client.get(f"/pictures/{'a' * 64}").status_code == 404


def test_picture_is_replaced_and_taken_away(organiser_client: FlaskClient, session: Session, event: Event) -> None:
    send(organiser_client, event, logo=file(picture()), banner=file(picture(3000, 900, "JPEG"), "b.jpg"))
    session.rollback()
    first = event.face["logo"]["digest"]
    send(organiser_client, event, logo=file(picture(80, 80)))
    session.rollback()
    assert event.face["logo"]["digest"] != first
    assert event.face["banner"]["width"] == 1600
    assert len(session.scalars(select(Picture)).all()) == 2
    send(organiser_client, event, without_logo="y", without_banner="y")
    session.rollback()
    assert "logo" not in event.face and "banner" not in event.face
    assert session.scalars(select(Picture)).all() == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"logo": file(b"<svg/>", "logo.svg")}, "Un dessin SVG peut contenir un programme"),
        ({"logo": file(b"no picture")}, "Ce n’est pas une image"),
        ({"banner": file(picture()[:-60])}, "Cette image est abîmée"),
        ({"logo": file(b"\0" * (MOST_BYTES + 1))}, "Ce fichier dépasse 2 Mo"),
        ({"logo": file(picture(4001, 10))}, "plus de 4000 pixels"),
        ({"name": "N" * 121}, "120"),
        ({"email": "nobody"}, "Ce n’est pas une adresse"),
        ({"website": "javascript:alert(1)"}, "adresse d’un site"),
        ({"website": "https://user:word@example.org"}, "adresse d’un site"),
        ({"website": "localhost"}, "adresse d’un site"),
        ({"colour": "red;}"}, "Ce n’est pas une couleur"),
        ({"legal": "L" * 2001}, "2000"),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_the_rest_is_kept(
    organiser_client: FlaskClient, session: Session, event: Event, values: dict[str, Any], sentence: str
) -> None:
    page = send(organiser_client, event, 422, **values).text
    assert sentence in page
    assert "12 rue du Canal" in page
    session.rollback()
    assert event.face == {}
    assert session.scalars(select(Picture)).all() == []


def test_colour_that_nobody_could_read_is_answered_with_the_nearest_that_can(
    client: FlaskClient, organiser_client: FlaskClient, event: Event
) -> None:
    send(organiser_client, event, colour="#FFD500")
    page = organiser_client.get(f"/events/{event.id}/setup/organiser").text
    sheet = client.get("/colours/ffd500.css")
    assert "#ffd500" in page and "la plus proche qui se lise" in page
    nearest = sheet.text.split("--brand: ")[1][:7]
    assert nearest != "#ffd500" and nearest in page
    assert "--band: #ffd500" in sheet.text and "--on-band: #10201e" in sheet.text
    assert sheet.mimetype == "text/css"
    for wrong in ("ffd50", "FFD500", "zzzzzz", "ffd5000"):
        assert client.get(f"/colours/{wrong}.css").status_code == 404


def test_face_is_looked_at_before_it_is_saved(organiser_client: FlaskClient, session: Session, event: Event) -> None:
    page = send(organiser_client, event, 200, preview="1", name="Ni vu ni connu", logo=file(picture())).text
    assert "Pas encore enregistré" in page and "Ni vu ni connu" in page
    session.rollback()
    assert event.face == {} and event.version == 1


def test_face_of_another_tab_is_not_overwritten_unknowingly(
    organiser_client: FlaskClient, session: Session, event: Event
) -> None:
    former = event.version
    send(organiser_client, event)
    page = send(organiser_client, event, 409, version=former, name="Autre onglet").text
    assert "Autre onglet" in page
    session.rollback()
    assert event.face["name"] == "La Fabrique des Liens"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "event.face")).one()
    assert "name" in entry.details["fields"] and "Fabrique" not in str(entry.details)


def test_copy_of_an_event_has_its_face_and_pictures_of_its_own(
    client: FlaskClient, organiser_client: FlaskClient, session: Session, event: Event
) -> None:
    send(organiser_client, event, logo=file(picture()))
    address = f"/events/{event.id}/duplicate"
    assert organiser_client.post(address, data={"title": "La suite", "day": "2028-03-18"}).status_code == 302
    session.rollback()
    copy = session.scalars(select(Event).where(Event.title == "La suite")).one()
    assert copy.face == event.face
    digest = event.face["logo"]["digest"]
    with write(session):
        session.delete(session.get_one(Event, event.id))
    assert client.get(f"/pictures/{digest}").status_code == 200
    assert [one.event_id for one in session.scalars(select(Picture))] == [copy.id]


def test_face_is_taken_for_text_and_not_for_html(
    client: FlaskClient, organiser_client: FlaskClient, event: Event
) -> None:
    send(organiser_client, event, name='<b onclick="x">Élan</b>', legal="<script>1</script> https://example.org/a.")
    page = client.get(f"/e/{event.slug}/").text
    assert "<script>1" not in page and "<b onclick" not in page
    assert '<a href="https://example.org/a" rel="noopener">https://example.org/a</a>.' in page


def say(client: FlaskClient, event: Event, status: int = 302, **values: Any) -> Any:
    answer = client.post(f"/events/{event.id}/setup/public-page", data={"version": event.version, **values})
    assert answer.status_code == status, answer.text
    session = object_session(event)
    assert session is not None
    session.rollback()
    return answer


def test_public_page_says_the_usual_where_nothing_was_written(client: FlaskClient, event: Event) -> None:
    french, english = (client.get(f"/e/{event.slug}/?lang={code}").text for code in ("fr", "en"))
    for text in (
        "Pourquoi venir",
        "Faut-il un compte",
        "Comment venir",
        "openstreetmap.org/search?query=Salle%20des%20F",
    ):
        assert text in french
    for text in ("Why it is worth it", "Do I need an account?", "How to get there", "4 meetings of 6 minutes each"):
        assert text in english


def test_public_page_says_what_the_organisers_wrote(
    client: FlaskClient, organiser_client: FlaskClient, event: Event
) -> None:
    say(
        organiser_client,
        event,
        programme_fr="13:30 Accueil café",
        why_fr="Pour se connaître.\n\nVoir https://example.org/raisons.",
        questions_fr="Combien ?\nRien.",
        access_fr="Métro République <b>",
    )
    page = client.get(f"/e/{event.slug}/?lang=fr").text
    for text in ("Accueil café", '<p dir="auto">Pour se connaître.</p>', "Combien ?", "Métro République &lt;b&gt;"):
        assert text in page
    assert 'href="https://example.org/raisons"' in page and "Faut-il un compte" not in page
    english = client.get(f"/e/{event.slug}/?lang=en").text
    assert 'lang="fr"><p dir="auto">Métro' in english and "Do I need an account?" in english


def test_public_page_is_looked_at_in_both_languages_before_it_is_saved(
    client: FlaskClient, organiser_client: FlaskClient, event: Event
) -> None:
    page = say(organiser_client, event, 200, preview="1", why_fr="Essai un", why_en="Trial two").text
    assert page.count("Essai un") == 2 and page.count("Trial two") == 2
    assert "Do I need an account?" in page and "Faut-il un compte" in page
    assert event.face == {}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"programme_fr": "13:30 Accueil\nAccueil café"}, "celle-ci non"),
        ({"why_en": "x" * 4001}, "4000"),
    ],
)
def test_words_that_cannot_be_taken_get_a_sentence(
    organiser_client: FlaskClient, event: Event, values: dict[str, str], sentence: str
) -> None:
    page = say(organiser_client, event, 422, access_fr="Gardé", **values).text
    assert sentence in page.replace("\u202f", "").replace("\u00a0", " ") and "Gardé" in page
    assert event.face == {}


def test_words_of_another_tab_are_not_overwritten_unknowingly(organiser_client: FlaskClient, event: Event) -> None:
    former = event.version
    say(organiser_client, event, why_fr="Premier")
    assert "Second" in say(organiser_client, event, 409, version=former, why_fr="Second").text
    assert event.face["page"] == {"fr": {"why": "Premier"}}


def test_face_and_words_keep_each_other(organiser_client: FlaskClient, event: Event) -> None:
    send(organiser_client, event)
    say(organiser_client, event, why_fr="Parce que.")
    send(organiser_client, event, name="Autre nom")
    assert event.face["name"] == "Autre nom" and event.face["page"] == {"fr": {"why": "Parce que."}}


def test_face_of_an_archived_event_stays(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    event = make.event(organiser=organiser, status="archived")
    send(organiser_client, event, 409)
    say(organiser_client, event, 409, why_fr="Trop tard")
    assert event.face == {}


def test_personal_pages_are_new_when_the_face_changes(
    client: FlaskClient, organiser_client: FlaskClient, make: Factory, event: Event
) -> None:
    base = f"/p/{make.personal_link(make.registration(event))}"
    marks = {page: client.get(f"{base}/{page}").headers["ETag"] for page in ("", "directory")}
    for page, mark in marks.items():
        assert client.get(f"{base}/{page}", headers={"If-None-Match": mark}).status_code == 304
    send(organiser_client, event)
    for page, mark in marks.items():
        answer = client.get(f"{base}/{page}", headers={"If-None-Match": mark})
        assert answer.status_code == 200 and "La Fabrique des Liens" in answer.text


def test_picture_of_a_participant_goes_with_an_erasure(client: FlaskClient, make: Factory, event: Event) -> None:
    one = make.registration(event)
    token = make.personal_link(one)
    values = {"mime_type": "image/png", "content": b"Zqpicture", "width": 1, "height": 1, "digest": "a" * 64}
    make._add(Picture(event_id=event.id, registration_id=one.id, purpose="logo", **values))
    make._add(Picture(event_id=event.id, purpose="banner", **values))
    privacy.erase(make.session, one, SYSTEM)
    assert client.get(f"/p/{token}/").status_code == 404
    make.session.rollback()
    assert [one.purpose for one in make.session.scalars(select(Picture))] == ["banner"]


def test_pictures_are_asked_for_again_where_something_else_was_wrong(
    organiser_client: FlaskClient, event: Event
) -> None:
    again = "Choisissez de nouveau les images"
    assert again in send(organiser_client, event, 422, email="nobody", logo=file(picture())).text
    assert again not in send(organiser_client, event, 422, email="nobody").text
