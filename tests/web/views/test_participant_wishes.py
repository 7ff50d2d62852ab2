"""The directory, the ordered wishes, the vetoes: what is possible, for whom, and what nobody else learns."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.people import directory
from web.domain.people.directory import Filter, directory_of
from web.models import AuditEntry, Event, Registration, Veto, Wish, utcnow


class World:
    """An event with an association (`me`, with its link) and three companies."""

    def __init__(self, make: Factory, **values: Any) -> None:
        self.event: Event = make.event(**values)
        self.me: Registration = make.registration(self.event, name="Les Jardins du Canal")
        self.companies = [
            make.registration(self.event, kind="company", name=name, project=f"Projet de {name}.", zone=zone)
            for name, zone in (("Atelier Bleu", "roubaix"), ("Brasserie Nord", "lille"), ("Cartonnerie Élan", "lille"))
        ]
        self.base = f"/p/{make.personal_link(self.me)}"
        self.session = make.session

    def choose(self, client: FlaskClient, do: str, target: int | Registration, **more: Any) -> Any:
        target_id = target if isinstance(target, int) else target.id
        return client.post(f"{self.base}/choices", data={"do": do, "target": target_id, **more})

    def wishes(self) -> list[str]:
        self.session.rollback()
        found = self.session.scalars(select(Wish).where(Wish.registration_id == self.me.id).order_by(Wish.rank)).all()
        assert [wish.rank for wish in found] == list(range(len(found)))
        return [wish.target.name for wish in found]


@pytest.fixture
def world(make: Factory) -> World:
    return World(make)


def test_directory_shows_the_other_side_and_why(client: FlaskClient, world: World) -> None:
    page = client.get(f"{world.base}/directory").text
    for text in ("Atelier Bleu", "Brasserie Nord", "Cartonnerie Élan", "Suggestions pour vous", "numérique"):
        assert text in page
    assert "Vous cherchez, ils apportent" in page


def test_cards_that_many_read_hold_the_address_and_the_reasons_of_each(
    client: FlaskClient, world: World, make: Factory
) -> None:
    named = make.registration(world.event, kind="company", name="<b>Gras</b> & Cie", needs=["money.donation"])
    other = make.registration(world.event, name="Radio Quartier", offers=["money.donation"])
    base = f"/p/{make.personal_link(other)}"

    def card(of: str) -> str:
        (found,) = re.findall(rf'<li class="card entry" id="one-{named.id}".*?\n</li>', client.get(of).text, re.S)
        return str(found)

    for _again in range(2):
        mine, theirs = card(f"{world.base}/directory"), card(f"{base}/directory")
        for text, own, foreign in ((mine, world.base, base), (theirs, base, world.base)):
            assert text.count(f"{own}/choices") == 4 and foreign not in text
            assert "&lt;b&gt;Gras&lt;/b&gt; &amp; Cie" in text and "<b>" not in text
        assert "Ils cherchent, vous apportez" in theirs and "Ils cherchent, vous apportez" not in mine
    # What one of them has said of it stands on their card alone.
    assert client.post(f"{base}/choices", data={"do": "veto", "target": named.id}).status_code == 303
    assert 'value="unveto"' in card(f"{base}/directory") and 'value="unveto"' not in card(f"{world.base}/directory")


def test_directory_never_shows_addresses_nor_those_not_accepted(
    client: FlaskClient, world: World, make: Factory
) -> None:
    make.registration(world.event, kind="company", name="En attente", status="pending")
    make.registration(world.event, name="Du même bord")
    make.registration(
        world.event, kind="company", name="Visible", contact_name="Zoé Montrée", publish_contact=True, phone="0611"
    )
    page = client.get(f"{world.base}/directory").text
    assert "Zoé Montrée" in page
    for text in ("En attente", "Du même bord", "Camille Exemple", "@example.org", "0611"):
        assert text not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=elan", ["Cartonnerie Élan"]),
        ("text=PROJET+brasserie", ["Brasserie Nord"]),
        ("zone=lille", ["Brasserie Nord", "Cartonnerie Élan"]),
        ("offer=skills.digital&zone=roubaix", ["Atelier Bleu"]),
        ("offer=skills", ["Atelier Bleu", "Brasserie Nord", "Cartonnerie Élan"]),
        ("need=money.donation", []),
        ("theme=environment&text=bleu", ["Atelier Bleu"]),
    ],
)
def test_directory_search_finds(client: FlaskClient, world: World, query: str, found: list[str]) -> None:
    page = client.get(f"{world.base}/directory?{query}").text
    assert [one.name for one in world.companies if f"{one.name}</h3>" in page] == found


def test_directory_asks_the_same_number_of_queries_for_many(app: Flask, world: World, make: Factory) -> None:
    from sqlalchemy import event as sqlalchemy_event

    from web.db import database

    counted: list[str] = []
    sqlalchemy_event.listen(
        database(app).engine, "before_cursor_execute", lambda *arguments: counted.append(arguments[2])
    )

    def queries() -> int:
        world.session.rollback()
        counted.clear()
        assert directory_of(world.session, world.me).people
        return len(counted)

    # Each time somebody has come, so that nothing is answered from memory.
    make.registration(world.event, kind="company")
    few = queries()
    for _number in range(10):
        make.registration(world.event, kind="company")
    assert queries() == few


def test_suggestions_do_not_tell_who_wished(session: Session, world: World, make: Factory) -> None:
    found = directory_of(session, world.me)
    before = [(one.registration.id, one.points) for one in found.entries(found.people)]
    make.wishes(world.companies[2], [world.me])
    session.rollback()
    found = directory_of(session, world.me)
    assert [(one.registration.id, one.points) for one in found.entries(found.people)] == before
    assert directory_of(session, world.me).matching(Filter(text="nobody")) == []


def test_suggestions_kept_of_a_room_that_goes_on_choosing_are_bounded(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_SUGGESTED", 3)
    found = directory_of(session, world.me)
    assert found.reader is not None
    everybody, usual = found.reader.everybody, [one.registration for one in found.suggested()]
    for limit in range(1, 12):
        assert [one.registration for one in found.suggested(limit)] == usual[:limit]
        assert len(everybody.suggested) <= 4


IN_PLACE = {"HX-Request": "true"}


def test_wish_from_a_suggestion_is_saved_in_place(client: FlaskClient, world: World) -> None:
    one = world.companies[0]
    for page in ("choices", "directory"):
        assert 'hx-target="closest .entry"' in client.get(f"{world.base}/{page}").text
    fields = {"do": "wish", "target": one.id, "card": "suggested"}
    answer = client.post(f"{world.base}/choices", data=fields, headers=IN_PLACE)
    assert answer.status_code == 200
    assert world.wishes() == ["Atelier Bleu"]
    # The card itself says so, the list above it comes along, and nothing is left to be told on the next page.
    assert f'id="suggested-{one.id}"' in answer.text and "Ajouté à vos souhaits" in answer.text
    assert 'id="wishes" class="stack" hx-swap-oob="true"' in answer.text
    assert "Ajouté à vos souhaits" not in client.get(f"{world.base}/choices").text


def test_choice_on_a_card_of_the_directory_brings_back_this_card_and_the_count(
    client: FlaskClient, world: World
) -> None:
    one = world.companies[1]
    fields = {"do": "veto", "target": one.id, "card": "one", "back": "directory", "at_text": "nord"}
    text = client.post(f"{world.base}/choices", data=fields, headers=IN_PLACE).text
    assert text.count("<li class=") == 1 and f'id="one-{one.id}"' in text
    assert 'name="at_text" value="nord"' in text
    assert text.count("hx-swap-oob") == 1 and 'id="wish-count" hx-swap-oob="true"><strong>0 souhait' in text
    wished = client.post(
        f"{world.base}/choices", data={**fields, "do": "wish", "target": world.companies[0].id}, headers=IN_PLACE
    )
    assert 'id="wish-count" hx-swap-oob="true"><strong>1 souhait' in wished.text


def test_refused_choice_is_told_on_its_card(client: FlaskClient, world: World, make: Factory) -> None:
    fields = {"do": "wish", "target": 10**6, "card": "suggested"}
    text = client.post(f"{world.base}/choices", data=fields, headers=IN_PLACE).text
    assert 'class="notice error"' in text
    assert world.wishes() == []


def test_wishes_are_added_moved_and_removed(client: FlaskClient, world: World) -> None:
    a, b, c = world.companies
    for one in (a, b, c):
        assert world.choose(client, "wish", one).status_code == 303
    assert world.wishes() == ["Atelier Bleu", "Brasserie Nord", "Cartonnerie Élan"]
    world.choose(client, "up", c)
    assert world.wishes() == ["Atelier Bleu", "Cartonnerie Élan", "Brasserie Nord"]
    world.choose(client, "down", a)
    world.choose(client, "up", c)
    assert world.wishes() == ["Cartonnerie Élan", "Atelier Bleu", "Brasserie Nord"]
    world.choose(client, "unwish", a)
    assert world.wishes() == ["Cartonnerie Élan", "Brasserie Nord"]
    page = client.get(f"{world.base}/choices").text
    assert page.index("Cartonnerie Élan") < page.index("Brasserie Nord")


def test_wish_at_either_end_stays_there(client: FlaskClient, world: World) -> None:
    for one in world.companies:
        world.choose(client, "wish", one)
    world.choose(client, "up", world.companies[0])
    world.choose(client, "down", world.companies[2])
    assert world.wishes() == [one.name for one in world.companies]


def dropped(world: World, target: Registration, place: int, seen: list[Registration]) -> dict[str, Any]:
    ids = ",".join(str(one.id) for one in seen)
    return {"do": "drop", "target": target.id, "place": place, "seen": ids, "card": "list"}


@on_both_databases
def test_wish_dropped_is_saved_in_place_and_twice_is_once(client: FlaskClient, world: World) -> None:
    a, b, c = world.companies
    for one in (a, b, c):
        world.choose(client, "wish", one)
    fields = dropped(world, a, 2, [a, b, c])
    for _time in range(2):
        answer = client.post(f"{world.base}/choices", data=fields, headers=IN_PLACE)
        assert "Atelier Bleu est maintenant votre souhait nº 3 sur 3." in answer.text.replace("\u00a0", " ")
        assert answer.text.count('id="wishes"') == 1 and 'id="wishes-news" hx-swap-oob="innerHTML"' in answer.text
        assert world.wishes() == ["Brasserie Nord", "Cartonnerie Élan", "Atelier Bleu"]
    entries = world.session.scalars(select(AuditEntry).where(AuditEntry.action == "wish.move")).all()
    assert len(entries) == 1


@on_both_databases
def test_wish_dropped_on_a_list_that_has_changed_is_refused_and_told(client: FlaskClient, world: World) -> None:
    a, b, c = world.companies
    for one in (a, b, c):
        world.choose(client, "wish", one)
    world.choose(client, "up", c)
    answer = client.post(f"{world.base}/choices", data=dropped(world, a, 2, [a, b, c]), headers=IN_PLACE)
    assert "Votre liste a été modifiée ailleurs" in answer.text
    assert world.wishes() == ["Atelier Bleu", "Cartonnerie Élan", "Brasserie Nord"]
    assert answer.text.index("Cartonnerie Élan") < answer.text.index("Brasserie Nord")
    # One that is on the list no more.
    world.choose(client, "unwish", a)
    answer = client.post(f"{world.base}/choices", data=dropped(world, a, 0, [a, c, b]), headers=IN_PLACE)
    assert "n’est plus sur votre liste" in answer.text
    assert world.wishes() == ["Cartonnerie Élan", "Brasserie Nord"]


def test_wish_dropped_beyond_the_ends_stays_at_them(client: FlaskClient, world: World) -> None:
    a, b, c = world.companies
    for one in (a, b, c):
        world.choose(client, "wish", one)
    client.post(f"{world.base}/choices", data=dropped(world, a, 99, [a, b, c]), headers=IN_PLACE)
    assert world.wishes() == ["Brasserie Nord", "Cartonnerie Élan", "Atelier Bleu"]
    client.post(f"{world.base}/choices", data=dropped(world, c, -5, [b, c, a]), headers=IN_PLACE)
    assert world.wishes() == ["Cartonnerie Élan", "Brasserie Nord", "Atelier Bleu"]


@pytest.mark.parametrize("wrong", [{"place": "x"}, {"place": ""}, {"seen": "1,x"}, {"seen": ""}, {"seen": "9" * 400}])
def test_drop_that_makes_no_sense_is_refused(client: FlaskClient, world: World, wrong: dict[str, str]) -> None:
    world.choose(client, "wish", world.companies[0])
    fields = dropped(world, world.companies[0], 0, [world.companies[0]]) | wrong
    assert client.post(f"{world.base}/choices", data=fields, headers=IN_PLACE).status_code == 400


def test_moved_by_a_button_in_place_the_keyboard_stays_on_it(client: FlaskClient, world: World) -> None:
    a, b, _c = world.companies
    for one in (a, b):
        world.choose(client, "wish", one)
    fields = {"do": "down", "target": a.id, "card": "list"}
    text = client.post(f"{world.base}/choices", data=fields, headers=IN_PLACE).text
    (focused,) = [part for part in text.split("<form")[1:] if " autofocus" in part]
    # It is the last one now: down goes no further, up does.
    assert 'name="do" value="up"' in focused and f'name="target" value="{a.id}"' in focused
    text = client.post(f"{world.base}/choices", data=fields | {"do": "unwish"}, headers=IN_PLACE).text
    assert f'id="one-{b.id}" tabindex="-1" data-target="{b.id}" autofocus' in text


def test_choice_comes_back_to_the_place_in_the_directory(client: FlaskClient, world: World) -> None:
    answer = world.choose(client, "wish", world.companies[0], back="directory", at_text="bleu", at_page="2")
    assert "/directory?text=bleu&page=2#one-" in answer.location


def test_wish_limit_is_kept_even_under_parallel_presses(app: Flask, client: FlaskClient, make: Factory) -> None:
    world = World(make, wish_limit=2)
    ids = [one.id for one in world.companies]
    world.session.rollback()

    def press(target: int) -> int:
        return app.test_client().post(f"{world.base}/choices", data={"do": "wish", "target": target}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(press, ids * 2)) == {303}
    assert len(world.wishes()) == 2
    page = client.post(
        f"{world.base}/choices",
        data={"do": "wish", "target": next(one.id for one in world.companies if one.name not in world.wishes())},
        follow_redirects=True,
    ).text
    assert "Votre liste est complète" in page


def test_veto_replaces_a_wish_and_stays_secret(client: FlaskClient, world: World, make: Factory) -> None:
    target = world.companies[0]
    world.choose(client, "wish", target)
    world.choose(client, "veto", target)
    assert world.wishes() == []
    assert "Ceux que je préfère ne pas rencontrer" in client.get(f"{world.base}/choices").text
    theirs = f"/p/{make.personal_link(target)}"
    for address in (theirs + "/", theirs + "/directory", theirs + "/choices", theirs + "/data.json"):
        page = client.get(address).text
        assert "Plutôt pas</span>" not in page.replace("\n", "")
        assert "veto" not in page.replace('name="do" value="veto"', "").replace("veto-", "")
    log = list(world.session.scalars(select(AuditEntry).where(AuditEntry.action == "veto.add")))
    assert [entry.details for entry in log] == [{}]
    world.choose(client, "unveto", target)
    world.session.rollback()
    assert list(world.session.scalars(select(Veto))) == []


def test_wish_for_somebody_out_of_reach_is_refused(client: FlaskClient, world: World, make: Factory) -> None:
    strangers = [
        world.me,
        make.registration(world.event),
        make.registration(world.event, kind="company", status="declined"),
        make.registration(make.event(), kind="company"),
        2**40,
        -1,
    ]
    for one in strangers:
        assert world.choose(client, "wish", one).status_code == 303
        assert world.choose(client, "veto", one).status_code == 303
    assert world.wishes() == []
    assert list(world.session.scalars(select(Veto))) == []


@pytest.mark.parametrize("data", [{}, {"do": "wish"}, {"do": "fly", "target": "1"}, {"do": "up", "target": "x"}])
def test_choice_that_makes_no_sense_is_refused(client: FlaskClient, world: World, data: dict[str, str]) -> None:
    assert client.post(f"{world.base}/choices", data=data).status_code == 400


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"wishes_close_at": utcnow() - timedelta(hours=1)}, "Le temps des choix est passé"),
        ({"directory_published": False}, "L’annuaire n’est pas encore ouvert"),
        ({"status": "archived"}, "Cet événement est terminé"),
    ],
)
def test_choosing_is_closed_and_says_why(
    client: FlaskClient, make: Factory, values: dict[str, Any], sentence: str
) -> None:
    world = World(make, **values)
    world.choose(client, "wish", world.companies[0])
    assert world.wishes() == []
    assert sentence in client.get(f"{world.base}/choices").text


@pytest.mark.parametrize("values", [{"status": "archived"}, {"directory_published": False}])
def test_wishes_where_the_directory_is_closed_do_not_say_that_somebody_has_gone(
    client: FlaskClient, world: World, values: dict[str, Any]
) -> None:
    for company in world.companies[:2]:
        world.choose(client, "wish", company)
    with write(world.session):
        world.companies[1].status = "withdrawn"
        for name, value in values.items():
            setattr(world.event, name, value)
    page = client.get(f"{world.base}/choices").text
    assert "Atelier Bleu" in page and page.count("Ne participe plus") == 1
    assert "Indiquez-le" not in page


def test_directory_is_closed_to_those_not_accepted(client: FlaskClient, world: World) -> None:
    with write(world.session):
        world.me.status = "pending"
    page = client.get(f"{world.base}/directory").text
    assert "Atelier Bleu" not in page
    world.choose(client, "wish", world.companies[0])
    assert world.wishes() == []
