"""The registration form before it is sent: its steps, read again, the coach; and the lines in people’s own words."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.personal import World
from tests.support.typed import rows, send, typed
from tests.web.factories import Factory
from web.db import write
from web.domain.people.lines import lines_said, united_lines
from web.models import LINE_LIMIT, EventStatus, OutboxMail, Registration, RegistrationStatus, User

LINE = "deux jours d’un graphiste en mai"
WITH_LINE = {"needs_lines.skills.communication": LINE}


def check(client: FlaskClient, event: Any, *, as_json: bool = True, **changes: Any) -> Any:
    headers = {"Accept": "application/json"} if as_json else {"Accept": "text/html,*/*;q=0.8"}
    return client.post(f"/e/{event.slug}/register/check", data=typed(event, **changes), headers=headers)


def test_form_has_four_steps_with_their_number(client: FlaskClient, make: Factory) -> None:
    page = client.get(f"/e/{make.event().slug}/register").text
    assert [int(number) for number in re.findall(r'id="step-(\d)"', page)] == [1, 2, 3, 4]
    assert "Étape 2 sur 4" in page
    assert "Relire et accepter" in page


def test_line_is_kept_beside_what_is_ticked_and_no_other(client: FlaskClient, make: Factory, session: Session) -> None:
    other = {"needs_lines.skills.law": "un avocat", "offers_lines.skills.communication": "x", "needs_lines.": "y"}
    assert send(client, make.event(), **WITH_LINE, **other).status_code == 303
    assert rows(session)[0].notes == {"needs": {"skills.communication": LINE}}


@pytest.mark.parametrize("line", ["<script>alert(1)</script>", "🙂 deux jours", "مرحبا \u202e abc", "a\r\nb\x07"])
def test_line_of_any_letters_is_kept_as_text(client: FlaskClient, make: Factory, session: Session, line: str) -> None:
    event = make.event()
    answer = send(client, event, **{"needs_lines.skills.communication": line}, name="")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert send(client, event, **{"needs_lines.skills.communication": line}).status_code == 303
    assert rows(session)[0].notes["needs"]["skills.communication"]


def test_line_too_long_is_told_where_it_is_and_kept(client: FlaskClient, make: Factory, session: Session) -> None:
    long = "a" * (LINE_LIMIT + 1)
    answer = send(client, make.event(), **{"needs_lines.skills.communication": long})
    assert answer.status_code == 422
    assert "Une ligne est trop longue" in answer.text
    assert long in answer.text
    assert rows(session) == []


def test_line_goes_with_the_need_that_is_unticked(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event()
    base = send(client, event, **WITH_LINE).location.split("/?")[0]
    page = client.get(f"{base}/registration").text
    assert f'value="{LINE}"' in page
    form = typed(event, needs=["goods.it"], version=str(rows(session)[0].version), **WITH_LINE)
    assert client.post(f"{base}/registration", data=form).status_code == 303
    assert rows(session)[0].notes == {}


def test_reading_again_stores_nothing_and_mails_nobody(client: FlaskClient, make: Factory, session: Session) -> None:
    answer = check(client, make.event(), **WITH_LINE)
    assert answer.status_code == 200
    assert answer.json["faults"] == []
    assert LINE in answer.json["read"]
    assert rows(session) == []
    assert session.scalar(select(func.count(OutboxMail.id))) == 0


def test_reading_again_tells_the_faults_by_field(client: FlaskClient, make: Factory) -> None:
    faults = check(client, make.event(), name=" ", email="nobody", consent="").json["faults"]
    # Whoever reads again has not agreed yet.
    assert [one["field"] for one in faults] == ["name", "email"]
    assert faults[0]["message"] == "Indiquez le nom de votre organisation."


def test_coach_asks_about_a_vague_line_and_refuses_nothing(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    vague = {"needs_lines.skills.communication": "on a besoin d’aide"}
    answer = check(client, event, **vague).json
    assert "Quel métier" in answer["asks"]["needs_lines-skills-communication"]
    assert answer["asks"]["needs_lines-goods-it"] == ""
    assert answer["faults"] == []
    assert send(client, event, **vague).status_code == 303
    assert len(rows(session)) == 1


def test_reading_again_without_scripts_is_the_form_with_what_the_coach_asks(client: FlaskClient, make: Factory) -> None:
    event = make.event()
    answer = check(client, event, as_json=False, consent="", **{"needs_lines.skills.communication": "divers"})
    assert answer.status_code == 200
    assert "Tout est en ordre." in answer.text
    assert answer.text.count("Quel métier") == 2
    assert 'value="divers"' in answer.text
    faulty = check(client, event, as_json=False, name="")
    assert faulty.status_code == 422
    assert "Indiquez le nom" in faulty.text


def test_reading_again_in_a_closed_event_is_refused(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event(status=EventStatus.CLOSED)
    assert check(client, event).status_code == 409


def test_examples_suit_who_registers(client: FlaskClient, make: Factory) -> None:
    event = make.event()
    page = client.get(f"/e/{event.slug}/register?kind=company").text
    assert 'placeholder="deux heures sur les sites accessibles pour nos développeurs"' in page
    page = client.get(f"/e/{event.slug}/register?kind=association").text
    assert 'placeholder="deux jours d’un graphiste web en mai"' in page


@pytest.fixture
def known(make: Factory) -> World:
    return World(make)


def test_line_of_a_partner_stands_in_the_directory_the_agenda_and_the_organisers_page(
    known: World, client: FlaskClient, session: Session
) -> None:
    shown = {"needs": {}, "offers": {"skills.communication": LINE}}
    with write(session):
        known.me.needs, known.one.offers, known.one.notes = ["skills.communication"], ["skills.communication"], shown
        known.event.directory_published = True
    known.publish(2, [(known.one, "s1", "t1")])
    for page in ("", "directory"):
        assert LINE in client.get(f"{known.base}/{page}").text
    assert LINE in client.get(f"{known.base}/directory?text=graphiste").text
    # What is changed afterwards is shown at once; so is nothing of somebody who comes no more.
    other = "trois jours d’une graphiste en juin"
    with write(session):
        known.one.notes = {"offers": {"skills.communication": other}}
    assert other in client.get(f"{known.base}/").text
    with write(session):
        known.one.status = RegistrationStatus.WITHDRAWN
    assert other not in client.get(f"{known.base}/").text


def test_line_stands_on_the_organisers_page(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, needs=["skills.law"], notes={"needs": {"skills.law": "un avocat <b>en mai</b>"}})
    page = organiser_client.get(f"/events/{event.id}/participants/{one.id}/").text
    assert "un avocat &lt;b&gt;en mai" in page


def test_lines_of_two_that_become_one_are_united_and_go_with_what_is_not_ticked() -> None:
    kept = Registration(needs=["a.b", "c.d"], offers=[], notes={"needs": {"a.b": "mine"}})
    double = Registration(
        needs=["a.b"], offers=[], notes={"needs": {"a.b": "theirs", "c.d": "also", "e.f": "gone"}, "offers": "before"}
    )
    assert united_lines(kept, double) == {"needs": {"a.b": "mine", "c.d": "also"}}


def test_organisers_change_keeps_the_lines_and_drops_those_of_what_is_unticked() -> None:
    known = Registration(needs=["a.b", "c.d"], offers=["a.b"], notes={"needs": {"a.b": "x"}, "offers": {"a.b": "y"}})
    assert lines_said({"name": "other"} | {"needs": ["c.d"]}, known) == {"offers": {"a.b": "y"}}
    assert lines_said({"needs": ["a.b"], "offers": []}, known) == {"needs": {"a.b": "x"}}


def test_coach_asks_on_the_page_of_ones_own_registration_too(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    base = send(client, event, **{"needs_lines.skills.communication": "divers"}).location.split("/?")[0]
    assert "Quel métier" in client.get(f"{base}/registration").text
    with write(session):
        rows(session)[0].notes = {"needs": {"skills.communication": LINE}}
    assert "Quel métier" not in client.get(f"{base}/registration").text


def test_organiser_writes_a_line_for_somebody_who_telephones(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, needs=["skills.law"], notes={"needs": {"skills.law": "un avocat en mai"}})
    address = f"/events/{event.id}/participants/{one.id}/edit"
    page = organiser_client.get(address).text
    assert 'value="un avocat en mai"' in page
    names = ("version", "name", "kind", "language", "zone", "size", "email", "contact_name")
    form = {name: found for name in names if (found := re.search(rf'name="{name}"[^>]*value="([^"]*)"', page))}
    sent = {name: found[1] for name, found in form.items()} | {
        "kind": one.kind,
        "language": "fr",
        "zone": "",
        "size": "",
        "needs": ["skills.law"],
        "needs_lines.skills.law": "deux heures d’avocat",
        "presence": [slot.key for slot in event.slots],
        "delegates": "1",
        "min_meetings": "0",
        "boost": "0",
        "home_table": "0",
    }
    too_long = sent | {"needs_lines.skills.law": "x" * (LINE_LIMIT + 1)}
    assert "Une ligne est trop longue" in organiser_client.post(address, data=too_long).text
    assert organiser_client.post(address, data=sent).status_code == 302
    assert rows(session)[0].notes == {"needs": {"skills.law": "deux heures d’avocat"}}
