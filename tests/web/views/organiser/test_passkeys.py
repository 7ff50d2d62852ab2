"""Passkeys in a real browser, whose authenticator is one of its own; and what the server refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.support.organiser import axe_faults
from tests.support.site import Site, entered, site_in
from tests.web.conftest import PASSWORD
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.team.accounts import enable_second_factor, new_totp_secret, reset_second_factor
from web.domain.team.passkeys import MOST
from web.models import OutboxMail, Passkey, User

ODILE, DENIS = "odile@example.org", "denis@example.org"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as site, site.app.app_context():
        make = Factory(get_session())
        for address in (ODILE, DENIS):
            make.user(email=address, name=address.partition("@")[0].title())
        get_session().rollback()
        # Keys sign for names, not for numbers.
        yield Site(site.app, site.url.replace("127.0.0.1", "localhost"))


def authenticator(page: Page, *, verifies: bool = True) -> None:
    """A telephone, as it were, that knows its owner's finger."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verifies, "automaticPresenceSimulation": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def add_passkey(page: Page, site: Site, name: str = "Mon téléphone", password: str = PASSWORD) -> None:
    page.goto(f"{site.url}/account")
    page.get_by_label("Nom de la clé d’accès").fill(name)
    page.locator("#passkey-current").fill(password)
    page.get_by_role("button", name="Ajouter une clé d’accès").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/sign-in")


def test_passkey_is_added_and_signs_in_without_a_password(page: Page, site: Site) -> None:
    authenticator(page)
    entered(page, site, ODILE)
    add_passkey(page, site)
    expect(page.locator("#messages")).to_contain_text("vous connecte désormais")
    assert axe_faults(page) == []
    mail = get_session().query(OutboxMail).one()
    assert (mail.recipient, "Mon téléphone" in mail.body_text) == (ODILE, True)
    sign_out(page)
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    page.wait_for_url("**/events/")
    get_session().rollback()
    passkey = get_session().query(Passkey).one()
    assert passkey.last_used_at is not None and passkey.user.email == ODILE


def test_passkey_stands_for_the_second_factor_too(page: Page, site: Site) -> None:
    authenticator(page)
    entered(page, site, ODILE)
    add_passkey(page, site)
    expect(page.locator("#messages")).to_contain_text("vous connecte désormais")
    session = get_session()
    user = session.query(User).filter_by(email=ODILE).one()
    session.rollback()
    with write(session):
        user.tf_totp_secret, user.tf_primary_method = new_totp_secret(), "authenticator"
    sign_out(page)
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    page.wait_for_url("**/events/")


def test_passkey_needs_the_password_and_says_so_before_the_key_is_made(page: Page, site: Site) -> None:
    authenticator(page)
    entered(page, site, ODILE)
    add_passkey(page, site, password="not this one")
    expect(page.locator("form[data-passkey] [data-told]")).to_have_text("Ce n’est pas votre mot de passe actuel.")
    assert get_session().query(Passkey).count() == 0
    assert page.get_by_label("Nom de la clé d’accès").input_value() == "Mon téléphone"


def test_passkey_of_a_telephone_that_knows_no_owner_is_refused(page: Page, site: Site) -> None:
    authenticator(page, verifies=False)
    entered(page, site, ODILE)
    add_passkey(page, site)
    expect(page.locator("form[data-passkey] [data-told]")).to_contain_text("rien n’a changé")
    assert get_session().query(Passkey).count() == 0


def test_removed_passkey_opens_nothing(page: Page, site: Site) -> None:
    authenticator(page)
    entered(page, site, ODILE)
    add_passkey(page, site)
    expect(page.locator("#messages")).to_contain_text("vous connecte désormais")
    page.get_by_text("Retirer", exact=False).first.click()
    page.locator(".confirm-body input[type=password]").first.fill("not this one")
    page.get_by_role("button", name="Oui, la retirer").click()
    expect(page.locator(".confirm-body .error-text")).to_contain_text("Ce n’est pas votre mot de passe actuel")
    page.locator(".confirm-body input[type=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="Oui, la retirer").click()
    expect(page.locator("#messages")).to_contain_text("ne connecte plus")
    sign_out(page)
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.locator("main .notice.error")).to_contain_text("n’ouvre aucun compte ici")
    page.goto(f"{site.url}/events/")
    page.wait_for_url("**/sign-in**")


def test_answer_serves_once_and_for_its_own_question(organiser_client: FlaskClient, organiser: User) -> None:
    answer = json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}})
    add = {"name": "x", "current": PASSWORD, "answer": answer}
    assert "Le délai est passé" in organiser_client.post("/account/passkeys", data=add).text
    asked = organiser_client.post("/account/passkeys/options", data={"current": PASSWORD})
    assert asked.status_code == 200 and asked.json["authenticatorSelection"]["userVerification"] == "required"
    assert organiser_client.post("/sign-in/passkey", data={"answer": answer}).status_code == 422
    # The question of before is gone with that answer.
    assert "Le délai est passé" in organiser_client.post("/account/passkeys", data=add).text
    for wrong in (answer, "", "{", "[]", "null", '"é"', json.dumps({"id": 1}), "{" * 5000):
        organiser_client.post("/account/passkeys/options", data={"current": PASSWORD})
        refused = organiser_client.post("/account/passkeys", data={**add, "answer": wrong})
        assert (refused.status_code, "réponse du navigateur est illisible" in refused.text) == (422, True), wrong
        organiser_client.post("/sign-in/passkey/options")
        assert organiser_client.post("/sign-in/passkey", data={"answer": wrong}).status_code == 422


def test_options_need_the_password(organiser_client: FlaskClient) -> None:
    refused = organiser_client.post("/account/passkeys/options", data={"current": "wrong"})
    assert (refused.status_code, refused.json) == (422, {"message": "Ce n’est pas votre mot de passe actuel."})


def test_nobody_has_more_than_ten(organiser_client: FlaskClient, organiser: User, session: Session) -> None:
    with write(session):
        for number in range(MOST):
            key = bytes([number])
            session.add(Passkey(user_id=organiser.id, name=str(number), credential_id=key, public_key=key))
    refused = organiser_client.post("/account/passkeys/options", data={"current": PASSWORD})
    assert (refused.status_code, "10" in refused.json["message"]) == (422, True)
    assert "Ajouter une clé" not in organiser_client.get("/account").text


def test_passkey_of_another_is_not_removed(organiser_client: FlaskClient, make: Factory, session: Session) -> None:
    other = make.user()
    with write(session):
        session.add(Passkey(user_id=other.id, name="x", credential_id=b"1", public_key=b"1"))
    passkey = session.query(Passkey).one()
    address = f"/account/passkeys/{passkey.id}/remove"
    assert organiser_client.post(address, data={"current": PASSWORD}).status_code == 404
    assert session.query(Passkey).count() == 1


def test_reset_second_factor_drops_passkeys(session: Session, organiser: User) -> None:
    enable_second_factor(session, organiser, new_totp_secret(), "000000", PASSWORD)
    with write(session):
        session.add(Passkey(user_id=organiser.id, name="x", credential_id=b"1", public_key=b"1"))
    reset_second_factor(session, organiser)
    assert session.query(Passkey).count() == 0
