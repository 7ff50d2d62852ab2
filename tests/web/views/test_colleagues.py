"""A colleague's own link: what it opens and what not, and that it opens nothing once they are removed."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.published import World, meeting, world  # noqa: F401
from tests.support.routes import LET_IN, path, routes
from tests.support.unchanged import PAGES
from tests.web.conftest import on_both_databases, sign_in
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.event.events import duplicate_event
from web.domain.mail.addresses import confirm_participant, has_confirmed, with_proof
from web.domain.people import colleagues
from web.domain.team.access import personal_token
from web.models import AuditEntry, Colleague, Registration
from web.security import roles_of

# What is left to the first contact.
CONTACTS_OWN = {
    *("participant.withdraw", "participant.withdraw_post", "participant.rejoin"),
    *("participant.add_colleague", "participant.send_colleague_link", "participant.remove_colleague"),
}


class Page:
    """Léa, a colleague at A's, with her browser; A's own is `contact`."""

    def __init__(self, app: Flask, world: World) -> None:  # noqa: F811
        app.config["WTF_CSRF_ENABLED"] = False
        self.app, self.world, self.session = app, world, world.session
        self.client, self.contact = app.test_client(), app.test_client()
        confirm_participant(self.session, world.a)
        self.lea = self.added("Léa Martin", "lea@example.org")
        self.token = self.link(self.lea)
        self.base, self.at_contact = f"/p/{self.token}", f"/p/{self.link(world.a)}"

    def added(self, name: str, email: str, language: str = "fr") -> Colleague:
        actor = Actor.of_reader(self.world.a)
        one = colleagues.add(self.session, self.world.a, name=name, email=email, language=language, actor=actor)
        assert one is not None
        return one

    def link(self, reader: Registration | Colleague) -> str:
        with write(self.session):
            return personal_token(reader)

    def open(self, address: str = "/", client: FlaskClient | None = None, **fields: Any) -> Any:
        """A page, or what its button sends where there are `fields`; a relative address is the colleague's."""
        client = client or self.client
        address = address if address.startswith("/p/") else f"{self.base}{address}"
        return client.post(address, data=fields) if fields else client.get(address)


@pytest.fixture
def page(app: Flask, world: World) -> Page:  # noqa: F811
    return Page(app, world)


@on_both_databases
def test_colleague_sees_what_the_contact_sees(page: Page) -> None:
    page.world.publish(page.world.first)
    for address in ("/", "/directory", "/choices", "/registration", "/agenda.ics", "/data", "/colleagues"):
        assert page.open(address).status_code == 200, address
    assert page.world.c.name in page.open().text


def test_every_route_of_participants_opens_to_a_colleague_or_to_the_contact_alone(page: Page) -> None:
    """And to nobody by the link of a colleague who was removed, or revoked, or by one nobody has."""
    gone, blocked = page.added("Ali", "ali@example.org"), page.added("Mia", "mia@example.org")
    dead = [page.link(gone), page.link(blocked), "x" * 43]
    colleagues.remove(page.session, page.world.a, gone.id, SYSTEM)
    colleagues.revoke(page.session, page.world.a, blocked.id, SYSTEM)
    faults, tried = [], set()
    for rule, method in routes(page.app):
        if "participant" not in roles_of(page.app, rule.endpoint):
            continue
        tried.add(rule.endpoint)
        values = {"token": page.token, "colleague_id": page.lea.id}
        status = page.client.open(path(page.app, rule, values), method=method).status_code
        if (status == 403) != (rule.endpoint in CONTACTS_OWN) or status not in LET_IN | {403}:
            faults.append(f"{method} {rule.rule}: {status}")
        for token in dead:
            status = page.client.open(path(page.app, rule, values | {"token": token}), method=method).status_code
            if status != 404:
                faults.append(f"{method} {rule.rule} by a dead link: {status}")
    assert faults == []
    assert tried >= CONTACTS_OWN
    # Nothing of what was refused was done.
    page.session.rollback()
    assert page.world.a.status == "accepted"
    assert [one.name for one in colleagues.colleagues_of(page.session, page.world.a)] == ["Léa Martin", "Mia"]


@on_both_databases
@pytest.mark.parametrize("kept", PAGES)
def test_link_is_refused_at_the_next_request_also_in_front_of_flask(page: Page, kept: str) -> None:
    page.world.publish(page.world.first)
    address = f"{page.base}/{kept}"
    etag = page.client.get(address).headers["ETag"]
    for _turn in range(3):
        assert page.client.get(address, headers={"If-None-Match": etag}).status_code == 304
    colleagues.remove(page.session, page.world.a, page.lea.id, SYSTEM)
    assert page.client.get(address, headers={"If-None-Match": etag}).status_code == 404
    assert page.client.get(address).status_code == 404
    assert page.client.get(f"{page.at_contact}/{kept}").status_code == 200


@on_both_databases
def test_page_of_a_colleague_is_their_own_in_their_language(page: Page) -> None:
    page.world.publish(page.world.first)
    jo = page.added("Jo", "jo@example.org", "en")
    address = f"/p/{page.link(jo)}/"
    first = page.client.get(address)
    assert '<html lang="en"' in first.text and page.link(jo) in first.text and page.token not in first.text
    etag = first.headers["ETag"]
    colleagues.choose(page.session, jo, wants_mails=True, language="fr", actor=Actor.of_reader(jo))
    changed = page.client.get(address, headers={"If-None-Match": etag})
    assert changed.status_code == 200 and '<html lang="fr"' in changed.text


def test_calendar_of_a_colleague_has_the_same_appointments(page: Page) -> None:
    """Whoever has both in one calendar has each meeting once."""
    page.world.publish(page.world.first)
    texts = [page.client.get(f"{base}/agenda.ics").text for base in (page.base, page.at_contact)]
    own, contacts = ([line for line in text.splitlines() if line.startswith("UID:")] for text in texts)
    assert own == contacts and own
    assert page.token in texts[0].replace("\r\n ", "") and page.token not in texts[1].replace("\r\n ", "")


def test_colleague_changes_the_registration_but_not_the_contact(page: Page) -> None:
    me = page.world.a
    before = (me.contact_name, me.email, me.phone, me.language, me.publish_contact)
    form = page.open("/registration").text
    assert 'name="email"' not in form and 'name="contact_name"' not in form and 'name="project"' in form
    fields = {
        "version": str(me.version),
        "name": me.name,
        "project": "Un autre projet.",
        "needs": me.needs,
        "offers": me.offers,
        "themes": me.themes,
        **{"zone": "", "attendance": "onsite"},
        "presence": [slot.key for slot in me.event.slots],
        "delegates": "2",
        # What the form does not ask a colleague.
        **{"email": "mallory@example.org", "contact_name": "Mallory", "phone": "1", "language": "en"},
        "publish_contact": "y",
    }
    answer = page.open("/registration", **fields)
    assert answer.status_code == 303, re.findall(r'error-text[^>]*>([^<]*)|<li><a href="#([^"]*)', answer.text)
    page.session.rollback()
    assert (me.project, me.delegates) == ("Un autre projet.", 2)
    assert (me.contact_name, me.email, me.phone, me.language, me.publish_contact) == before
    entry = page.session.scalars(select(AuditEntry).where(AuditEntry.action == "registration.update")).one()
    assert entry.actor == f"Léa Martin ({me.name})"
    assert entry.details == {"fields": ["delegates", "project"]}


def test_acting_by_the_mailed_link_confirms_the_colleague_and_not_the_contact(page: Page) -> None:
    with write(page.session):
        page.world.a.confirmed_email = None
    address = with_proof(page.lea, f"{page.base}/")
    shown = page.client.get(address).text
    assert "lea@example.org" in shown
    page.session.rollback()
    # Looking confirms nothing.
    assert not has_confirmed(page.lea)
    assert page.open("/confirm", do="it").status_code == 303
    page.session.rollback()
    page.session.expire_all()
    assert has_confirmed(page.lea) and not has_confirmed(page.world.a)


def test_contact_adds_sends_and_removes_on_their_own_page(page: Page) -> None:
    fields = {"name": "Ali Benali", "email": "ali@example.org", "language": "en"}
    list_address = f"{page.at_contact}/colleagues"
    assert page.open(list_address, page.contact, **fields).status_code == 303
    text = page.open(list_address, page.contact).text
    assert "Ali Benali" in text and "ali@example.org" in text and "est en route vers" in text
    again = page.open(list_address, page.contact, **fields)
    assert again.status_code == 303
    assert "a déjà un lien" in page.open(list_address, page.contact).text
    one = page.session.scalars(select(Colleague).where(Colleague.email == "ali@example.org")).one()
    at_one = f"{list_address}/{one.id}"
    page.contact.post(f"{at_one}/link")
    token = page.link(one)
    assert page.open(f"/p/{token}/").status_code == 200
    for _twice in range(2):
        assert page.contact.post(f"{at_one}/remove").status_code == 303
    assert page.open(f"/p/{token}/").status_code == 404
    # Those of others are not theirs.
    elsewhere = f"/p/{page.link(page.world.c)}/colleagues/{page.lea.id}"
    for deed in ("link", "remove"):
        page.contact.post(f"{elsewhere}/{deed}")
    assert page.open().status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Indiquez le nom"),
        ({"name": "voir www.example.org"}, "Écrivez le nom sans adresse"),
        ({"name": "x" * 121}, "trop long"),
        ({"email": "nobody"}, "adresse électronique"),
        ({"email": ""}, "Indiquez l’adresse"),
        ({"language": "xx"}, ""),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(page: Page, fields: dict[str, str], sentence: str) -> None:
    typed = {"name": "Ali Benali", "email": "ali@example.org", "language": "fr"} | fields
    answer = page.open(f"{page.at_contact}/colleagues", page.contact, **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    kept = {"name": typed["name"], "email": typed["email"]}
    assert all(f'value="{value}"' in answer.text for value in kept.values())
    page.session.rollback()
    assert len(colleagues.colleagues_of(page.session, page.world.a)) == 1


def test_colleague_chooses_their_mails_and_removes_themselves(page: Page) -> None:
    assert page.open("/colleagues/mails", language="en").status_code == 303
    page.session.rollback()
    page.session.expire_all()
    assert (page.lea.wants_mails, page.lea.language) == (False, "en")
    data = page.open("/data").text
    assert "Remove me" in data and "Erase everything" not in data
    assert page.open("/erase", nothing="").status_code == 422
    assert page.open("/erase", sure="y").status_code == 303
    assert page.open().status_code == 404
    page.session.rollback()
    assert page.world.a.status == "accepted"
    assert page.client.get(f"{page.at_contact}/").status_code == 200


def test_colleague_exports_their_own(page: Page) -> None:
    answer = page.open("/data.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["colleague"]["email"] == "lea@example.org"
    assert (page.world.a.email or "") not in answer.text


def test_page_lists_ten_with_as_many_queries_as_one(page: Page, statements: list[str]) -> None:
    def asked() -> int:
        statements.clear()
        assert page.open(f"{page.at_contact}/colleagues", page.contact).status_code == 200
        return len(statements)

    asked()
    one = asked()
    for number in range(9):
        page.added(f"C{number}", f"c{number}@example.org")
    asked()
    assert asked() == one


# The organiser


def test_organiser_does_it_all_on_behalf_and_the_log_says_so(page: Page, make: Factory) -> None:
    organiser = make.user(name="Odile Organise")
    make.member(page.world.event, organiser)
    client = sign_in(page.app.test_client(), organiser)
    base = f"/events/{page.world.event.id}/participants/{page.world.a.id}"
    assert "Léa Martin" in client.get(f"{base}/").text
    assert client.post(f"{base}/colleagues", data={"name": "", "email": "x", "language": "fr"}).status_code == 422
    added = client.post(f"{base}/colleagues", data={"name": "Ali", "email": "ali@example.org", "language": "fr"})
    assert added.status_code == 303
    page.session.rollback()
    one = page.session.scalars(select(Colleague).where(Colleague.name == "Ali")).one()
    token = page.link(one)
    for deed in ("link", "link/revoke"):
        assert client.post(f"{base}/colleagues/{one.id}/{deed}").status_code == 303
    assert page.open(f"/p/{token}/").status_code == 404
    assert client.post(f"{base}/colleagues/{one.id}/link").status_code == 303
    token = page.link(one)
    assert page.open(f"/p/{token}/").status_code == 200
    assert client.post(f"{base}/colleagues/{one.id}/remove").status_code == 303
    assert page.open(f"/p/{token}/").status_code == 404
    # Not through another participant, nor through another event.
    other = f"/events/{page.world.event.id}/participants/{page.world.c.id}/colleagues/{page.lea.id}"
    assert client.post(f"{other}/link/revoke").status_code == 404
    assert page.open().status_code == 200
    page.session.rollback()
    told = page.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action.startswith("colleague."), AuditEntry.user_id == organiser.id)
        .order_by(AuditEntry.id)
    ).all()
    assert [entry.action.split(".")[1] for entry in told] == [
        "add", "send_link", "revoke_link", "send_link", "remove",
    ]  # fmt: skip
    assert {entry.behalf_of_id for entry in told} == {page.world.a.id}
    journal = client.get(f"/events/{page.world.event.id}/log/").text
    assert re.search(r"A retiré un ou une collègue</th>\s*<td class=\"break\"[^>]*>Odile Organise", journal)


def test_copy_of_an_event_has_no_colleagues(page: Page, session: Session, make: Factory) -> None:
    organiser = make.user()
    actor, event = Actor.of_user(organiser), page.world.event
    copy = duplicate_event(
        session, event, title="L’an prochain", day=date(2028, 3, 18), with_pool=True, user=organiser, actor=actor
    )
    assert copy.registrations
    assert session.scalars(select(Colleague.registration_id)).all() == [page.world.a.id]
