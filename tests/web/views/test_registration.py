"""The registration form, the lost link: happy path, bad input, twice, at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.typed import PROJECT, rows, send, typed
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.event.absences import Rounds
from web.domain.event.resources import TableRow, save_tables
from web.models import Event, EventStatus, OutboxMail, Registration, User


def test_form_offers_a_facilitator_only_where_there_is_one(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    without, with_one = make.event(), make.event(facilitators=1)
    for event, offered in ((without, False), (with_one, True)):
        assert ('name="needs_facilitator"' in client.get(f"/e/{event.slug}/register").text) == offered
        assert send(client, event).status_code == 303
    # A box that is not there is ticked by nobody, whatever is sent.
    assert [one.needs_facilitator for one in rows(session)] == [False, True]


def test_form_asks_in_the_words_of_the_event(client: FlaskClient, make: Factory) -> None:
    event = make.event(
        taxonomies={
            "categories": [
                {"code": "skills", "fr": "savoir-faire", "items": [{"code": "skills.sewing", "fr": "couture"}]}
            ],
            "zones": [{"code": "nord", "fr": "Nord", "en": "North"}],
            "themes": ["environment", {"code": "eau", "fr": "eau vive"}],
        }
    )
    page = client.get(f"/e/{event.slug}/register?kind=company").text
    for text in ("Savoir-faire", "Couture", "Nord", "Eau vive", "Environnement", "Jeudi 18 mars 2027"):
        assert text in page
    assert re.search(r'value="company" checked', page)
    assert "Compétences" not in page


def test_event_that_takes_the_number_of_one_deleted_is_asked_for_in_its_own_words(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    first = make.event(taxonomies={"zones": [{"code": "nord", "fr": "Nord", "en": "North"}]})
    taken = {"id": first.id, "created_at": first.created_at}
    assert "Roubaix" not in client.get(f"/e/{first.slug}/register").text
    with write(session):
        session.delete(session.get_one(Event, first.id))
    second = make.event(**taken)
    assert "Roubaix" in client.get(f"/e/{second.slug}/register").text


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|submission)"[^>]*value="([^"]*)"', page))


def test_form_made_once_is_given_with_tokens_of_each_ones_own(app: Flask, make: Factory, session: Session) -> None:
    event = make.event()
    data = {name: value for name, value in typed(event).items() if name != "submission"}
    browsers = [app.test_client(), app.test_client(), app.test_client()]
    given = [hidden(browser.get(f"/e/{event.slug}/register").text) for browser in browsers]
    assert all(len({one[name] for one in given}) == 3 for name in ("csrf_token", "submission"))
    for browser, own in zip(browsers, given, strict=True):
        assert browser.post(f"/e/{event.slug}/register", data=data | own).status_code == 303
    assert browsers[0].post(f"/e/{event.slug}/register", data=data | given[1]).status_code == 400
    # Three forms of one organisation at one address.
    assert len(rows(session)) == 1


def test_form_shows_a_change_of_the_event_at_once(
    app: Flask, client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser, texts={"consent": "La première phrase."})
    address = f"/e/{event.slug}/register"
    assert "La première phrase." in client.get(address).text
    with write(session):
        event.texts = {"consent": "La deuxième phrase."}
    assert "La deuxième phrase." in client.get(address).text
    tables = [TableRow(key=None, name="Une table", features=("hearing_loop",))]
    save_tables(session, event, tables, version=event.version, confirmed=True, actor=SYSTEM)
    assert 'value="hearing_loop"' in client.get(address).text
    assert "Register" in client.get(f"{address}?lang=en").text
    assert "S’inscrire" in app.test_client().get(address).text
    with write(session):
        event.status = EventStatus.CLOSED
    assert 'name="email"' not in app.test_client().get(address).text


def test_form_shows_who_is_signed_in_what_is_theirs_alone(
    client: FlaskClient, organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    address = f"/e/{make.event(organiser).slug}/register"
    client.get(address)
    assert "/sign-out" in organiser_client.get(address).text
    assert "/sign-out" not in client.get(address).text


def test_registering_leads_to_ones_own_page_and_mails_its_link(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event(facilitators=1)
    answer = send(client, event)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "votre inscription est bien arrivée" in page.text
    [one] = rows(session)
    assert (one.name, one.contact_name, one.email) == ("Les Jardins du Canal", "Ada Exemple", "ada@example.org")
    assert (one.status, one.kind, one.zone, one.delegates, one.remote) == (
        "pending",
        "association",
        "roubaix",
        2,
        False,
    )
    assert one.needs == ["skills.communication", "goods.it"]
    assert Rounds.of(event).missed(one.absences) == [event.slots[0].key]
    assert (one.needs_facilitator, one.publish_name, one.publish_contact) == (True, True, False)
    assert one.consent_text.startswith("Ce que vous écrivez ici")
    assert one.consented_at is not None
    [mail] = session.scalars(select(OutboxMail))
    token = answer.location.split("/p/")[1].split("/")[0]
    assert f"/p/{token}/" in mail.body_text
    assert token not in (one.token_hash or "")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "Indiquez le nom de votre organisation."),
        ("name", "x" * 121, "C’est trop long"),
        ("contact_name", "", "votre nom."),
        ("email", "not an address", "Ce n’est pas une adresse"),
        ("project", "", "Dites en une phrase ou deux"),
        ("project", "é" * 401, "400 caractères au maximum."),
        ("kind", "wizard", "error-text"),
        ("needs", ["skills.magic"], "error-text"),
        ("presence", [], "Cochez au moins un moment"),
        ("delegates", "0", "Indiquez un nombre de 1 à 9."),
        ("delegates", "many", "error-text"),
        ("attendance", "", "Dites si vous venez"),
        ("consent", "", "Sans votre accord"),
        ("zone", "atlantis", "error-text"),
    ],
)
def test_fault_gets_a_sentence_and_everything_typed_is_kept(
    client: FlaskClient, make: Factory, session: Session, field: str, value: Any, sentence: str
) -> None:
    event = make.event()
    answer = send(client, event, **{field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'role="alert"' in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert rows(session) == []
    if field != "project":
        assert PROJECT in answer.text
    if field != "needs":
        assert re.search(r'value="goods.it" checked', answer.text)
    assert "Un siège avec dossier" in answer.text


def test_neither_need_nor_offer_is_a_fault(client: FlaskClient, make: Factory) -> None:
    answer = send(client, make.event(), needs=[], offers=[])
    assert answer.status_code == 422
    assert "Cochez au moins une chose" in answer.text


def test_project_of_400_characters_with_line_ends_is_taken(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    # A browser sends two characters for a line end and counts one.
    assert send(client, make.event(), project="a" * 198 + "\r\n\r\n" + "b" * 200).status_code == 303
    assert len(rows(session)[0].project) == 400


def test_control_characters_are_dropped(client: FlaskClient, make: Factory, session: Session) -> None:
    assert send(client, make.event(), name="Les\x0b Jardins\x07").status_code == 303
    assert rows(session)[0].name == "Les Jardins"


def test_nothing_sent_is_a_page_with_faults(client: FlaskClient, make: Factory) -> None:
    assert client.post(f"/e/{make.event().slug}/register").status_code == 422


def test_same_form_sent_twice_is_one_registration(client: FlaskClient, make: Factory, session: Session) -> None:
    event = make.event()
    assert send(client, event).location == send(client, event).location
    assert len(rows(session)) == 1


def test_same_form_sent_at_once_is_one_registration(app: Flask, client: FlaskClient, make: Factory) -> None:
    event = make.event()
    data, address = typed(event), f"/e/{event.slug}/register"
    make.session.rollback()

    def submit(_number: int) -> str:
        return app.test_client().post(address, data=data).location

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(submit, range(4)))) == 1
    make.session.rollback()
    assert make.session.scalar(select(func.count(Registration.id))) == 1


def test_same_organisation_again_is_told_by_mail_and_reveals_nothing(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    send(client, event)
    answer = send(client, event, submission="another-secret-from-another-form", phone="06 11 11 11 11")
    assert answer.location.endswith(f"/e/{event.slug}/already-registered")
    page = client.get(answer.location).text
    assert "Déjà inscrit" in page
    assert "Ada" not in page
    assert "/p/" not in page
    assert len(rows(session)) == 1
    assert rows(session)[0].phone == "03 20 00 00 00"
    assert session.scalar(select(func.count(OutboxMail.id))) == 2


def test_form_without_its_secret_gives_no_link_away(client: FlaskClient, make: Factory) -> None:
    event = make.event()
    assert "/p/" in send(client, event, submission="").location
    assert "already-registered" in send(client, event, submission="").location


def test_lost_link_answers_the_same_whether_the_address_is_known(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    event = make.event()
    make.registration(event, email="known@example.org")
    pages = []
    for address in ("known@example.org", "unknown@example.org"):
        answer = client.post(f"/e/{event.slug}/lost-link", data={"email": address}, follow_redirects=True)
        pages.append(re.sub(r'csrf_token[^>]*value="[^"]*"', "", answer.text))
    assert pages[0] == pages[1]
    session.rollback()
    assert [mail.recipient for mail in session.scalars(select(OutboxMail))] == ["known@example.org"]


def test_lost_link_with_a_bad_address_is_told(client: FlaskClient, make: Factory) -> None:
    answer = client.post(f"/e/{make.event().slug}/lost-link", data={"email": "nobody"})
    assert answer.status_code == 422
    assert "Ce n’est pas une adresse" in answer.text
