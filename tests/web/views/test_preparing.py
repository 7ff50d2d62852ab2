"""What one prepares one's meetings with: page and print, by wishes and by the announced timetable."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.support.prints import fetched, pages_of
from tests.support.published import World
from tests.support.published import world as world
from tests.support.queries import count_queries
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.people.registration import withdraw
from web.models import Registration


@pytest.fixture
def base(world: World) -> str:
    with write(world.session):
        world.a.notes = {
            "needs": {"skills.digital": "deux journées de graphiste en mai"},
            "offers": {"visibility.image": "un reportage photo sur nos jardins"},
        }
        world.c.notes = {"offers": {"skills.digital": "un site refait en trois jours d’ici juin"}}
        world.c.phone = "03 20 99 88 77"
    return f"/p/{world.make.personal_link(world.a)}/"


def test_wishes_are_prepared_before_the_announcement(client: FlaskClient, world: World, base: str) -> None:
    assert "Aucune rencontre à préparer" in client.get(base + "preparation").text
    world.make.wishes(world.a, [world.d, world.c])
    page = client.get(base + "preparation").text
    assert page.index("Imprimerie Lys</h2>") < page.index("Fournil Dubois</h2>")
    for text in (
        "deux journées de graphiste en mai",
        "un reportage photo sur nos jardins",
        "« un site refait en trois jours d’ici juin » : que devrions-nous préparer",
        "Ce que nous venons chercher",
        "Vous cherchez, ils apportent",
    ):
        assert text in page.replace("\u00a0", " ")
    # Three questions for each of the two, all different.
    lists = [part.split("</ol>")[0] for part in page.split("<ol>")[1:]]
    assert [part.count("<li>") for part in lists] == [3, 3]


def test_announced_meetings_are_prepared_in_the_order_of_the_day(client: FlaskClient, world: World, base: str) -> None:
    world.make.wishes(world.a, [world.d])
    world.publish(world.first)
    page = client.get(base + "preparation").text
    assert page.index("Fournil Dubois</h2>") < page.index("Imprimerie Lys</h2>")
    assert "14:00 – 14:06 · Table 1" in page.replace("\u00a0", " ")
    assert "preparation" in client.get(base).text
    # Whoever comes no more has no sheet, and nothing of theirs is told.
    withdraw(world.session, world.session.get_one(Registration, world.c.id), SYSTEM)
    page = client.get(base + "preparation").text
    assert "Fournil Dubois" not in page and "un site refait" not in page
    assert "1 des participants annoncés ne vient plus" in page.replace("\u00a0", " ")


def test_of_a_partner_only_what_they_publish_is_told(client: FlaskClient, world: World, base: str) -> None:
    world.make.wishes(world.a, [world.c])
    for address in ("preparation", "preparation.pdf"):
        told = (
            "".join(pages_of(fetched(client, base + address)))
            if address.endswith("pdf")
            else client.get(base + address).text
        )
        assert "Fournil Dubois" in told
        for secret in ("Camille Exemple", "@example.org", "03 20 99 88 77"):
            assert secret not in told
    with write(world.session):
        world.c.publish_contact = True
    assert "Camille Exemple" in client.get(base + "preparation").text


@pytest.mark.parametrize(("language", "title"), [("fr", "Trois questions à poser"), ("en", "Three questions to ask")])
def test_print_has_a_page_for_each_partner(
    client: FlaskClient, world: World, base: str, language: str, title: str
) -> None:
    world.publish(world.first)
    reader = PdfReader(BytesIO(fetched(client, f"{base}preparation.pdf?lang={language}")))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) == 3 and "Les Jardins du Canal" in texts[0] and "un reportage photo" in texts[0]
    assert "Fournil Dubois" in texts[1] and title in texts[1] and "Imprimerie Lys" in texts[2]
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == language
    assert "Les Jardins du Canal" in str(reader.metadata.title if reader.metadata else "")


def test_closed_directory_prepares_nothing_until_meetings_are_announced(
    client: FlaskClient, world: World, base: str
) -> None:
    world.make.wishes(world.a, [world.c])
    with write(world.session):
        world.event.directory_published = False
    for page in ("preparation", "preparation.pdf"):
        assert client.get(base + page).status_code == 404
    world.publish(world.first)
    assert "Fournil Dubois" in client.get(base + "preparation").text


def test_page_asks_as_many_queries_for_many_partners(app: Flask, client: FlaskClient, world: World, base: str) -> None:
    def queries() -> int:
        # Somebody has come: nothing is answered from memory.
        world.make.registration(world.event, kind="company")
        world.session.rollback()
        return count_queries(app, client, base + "preparation")

    world.make.wishes(world.a, [world.c])
    client.get(base + "preparation")
    few = queries()
    world.make.wishes(world.a, [world.make.registration(world.event, kind="company") for _number in range(6)])
    assert queries() == few
