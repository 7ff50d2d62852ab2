"""Signing in: the one-time link, the password, the second factor, the limits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import PASSWORD, on_both_databases, sign_in
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.team.access import first_organiser, issue_sign_in_link, use_sign_in_link
from web.domain.team.accounts import new_totp_secret
from web.models import OutboxMail, SignInLink, User, utcnow


def fresh_link(session: Session) -> str:
    return issue_sign_in_link(session, first_organiser(session))


def test_link_opened_by_a_mail_scanner_stays_usable(client: FlaskClient, session: Session) -> None:
    link = fresh_link(session)
    for _visit in range(3):
        assert client.get(f"/sign-in/link/{link}").status_code == 200
    assert client.post(f"/sign-in/link/{link}").location == "/account"
    assert client.get("/account").status_code == 200


def test_link_used_a_second_time_signs_nobody_in(app: Flask, client: FlaskClient, session: Session) -> None:
    link = fresh_link(session)
    client.post(f"/sign-in/link/{link}")
    stranger = app.test_client()
    assert stranger.post(f"/sign-in/link/{link}").status_code == 404
    assert stranger.get(f"/sign-in/link/{link}").status_code == 404
    assert stranger.get("/account").status_code == 302


def test_link_too_old_signs_nobody_in(client: FlaskClient, session: Session) -> None:
    link = fresh_link(session)
    with write(session):
        session.query(SignInLink).update({"expires_at": utcnow() - timedelta(seconds=1)})
    assert client.post(f"/sign-in/link/{link}").status_code == 404


def test_link_replaced_by_a_newer_one_signs_nobody_in(client: FlaskClient, session: Session) -> None:
    link = fresh_link(session)
    fresh_link(session)
    assert client.post(f"/sign-in/link/{link}").status_code == 404


@on_both_databases
def test_link_used_a_hundred_times_at_once_works_once(app: Flask, session: Session) -> None:
    link = fresh_link(session)

    def use(_turn: int) -> bool:
        with app.app_context():
            return use_sign_in_link(get_session(), link) is not None

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(use, range(100))) == 1


def test_link_is_not_kept_in_the_database(session: Session) -> None:
    link = fresh_link(session)
    stored = session.query(SignInLink).one()
    assert stored.token_hash in str(vars(stored))
    assert link not in str(vars(stored))


def test_first_organiser_chooses_address_and_password(app: Flask, client: FlaskClient, session: Session) -> None:
    client.post(f"/sign-in/link/{fresh_link(session)}")
    fields = {"name": "Odile", "email": "Odile@Example.org", "locale": ""}
    fields |= {"password": "dix caractères", "again": "dix caractères"}
    assert client.post("/account", data=fields).location == "/account"
    again = app.test_client()
    answer = again.post("/sign-in", data={"email": "odile@example.org", "password": "dix caractères"})
    assert answer.location == "/events/"
    session.rollback()
    assert session.query(User).one().password.startswith("$argon2id$")


def test_sign_in_with_a_wrong_password_says_so(client: FlaskClient, organiser: User) -> None:
    answer = client.post("/sign-in", data={"email": organiser.email, "password": "wrong"})
    assert answer.status_code == 422
    assert "L’adresse ou le mot de passe n’est pas le bon" in answer.text
    assert client.get("/account").status_code == 302


def test_sign_in_goes_on_to_the_page_that_was_asked_for(client: FlaskClient, organiser: User) -> None:
    assert client.get("/account").location == "/sign-in?next=/account"
    credentials = {"email": organiser.email, "password": PASSWORD}
    assert client.post("/sign-in?next=/account", data=credentials).location == "/account"


def test_sign_in_never_leads_to_another_site(app: Flask, client: FlaskClient, organiser: User) -> None:
    for wanted in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        credentials = {"email": organiser.email, "password": PASSWORD}
        answer = app.test_client().post("/sign-in", query_string={"next": wanted}, data=credentials)
        assert answer.location == "/events/", wanted


def test_new_password_signs_other_devices_out(app: Flask, organiser_client: FlaskClient, organiser: User) -> None:
    other = sign_in(app.test_client(), organiser)
    fields = {
        "name": organiser.name,
        "email": organiser.email,
        "current": PASSWORD,
        "password": "une autre phrase",
        "again": "une autre phrase",
    }
    assert organiser_client.post("/account", data=fields).location == "/account"
    assert organiser_client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_new_password_needs_the_current_one(organiser_client: FlaskClient, organiser: User) -> None:
    fields = {
        "name": organiser.name,
        "email": organiser.email,
        "current": "wrong",
        "password": "une autre phrase",
        "again": "une autre phrase",
    }
    assert organiser_client.post("/account", data=fields).status_code == 422


def test_account_is_one_form_that_saves_all_or_nothing(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    fields = {"name": "Odette", "email": "odette@example.org", "locale": "fr", "current": PASSWORD}
    chosen = {"password": "une autre phrase", "again": "une autre phrase"}
    page = organiser_client.get("/account").text
    assert page.count('action="/account"') == 1
    assert all(page.index('action="/account"') < page.index(f'name="{name}"') < page.index("factor-title")
               for name in fields | chosen)  # fmt: skip
    faulty = organiser_client.post("/account", data=fields | chosen | {"again": "une autre"})
    assert faulty.status_code == 422
    assert 'value="Odette"' in faulty.text and 'value="odette@example.org"' in faulty.text
    session.rollback()
    assert session.get_one(User, organiser.id).name == "Odile Organise"
    assert organiser_client.post("/account", data=fields | chosen).location == "/account"
    assert organiser_client.get("/account").status_code == 200
    credentials = {"email": "odette@example.org", "password": "une autre phrase"}
    assert app.test_client().post("/sign-in", data=credentials).location == "/events/"


def test_new_password_typed_once_is_not_saved(organiser_client: FlaskClient, organiser: User) -> None:
    fields = {"name": organiser.name, "email": organiser.email, "current": PASSWORD}
    assert organiser_client.post("/account", data=fields | {"password": "une autre phrase"}).status_code == 422
    assert organiser_client.post("/account", data=fields | {"again": "une autre phrase"}).status_code == 422


def test_sign_out_ends_the_session(organiser_client: FlaskClient) -> None:
    organiser_client.post("/sign-out")
    assert organiser_client.get("/account").status_code == 302


def test_second_factor_is_set_up_and_asked_for(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    totp = app.extensions["security"].totp_factory
    assert "data:image/svg" in organiser_client.get("/account/second-factor").text
    with organiser_client.session_transaction() as cookie:
        secret = cookie["second_factor_secret"]
    assert (
        organiser_client.post("/account/second-factor", data={"code": "000000", "current": PASSWORD}).status_code == 422
    )
    code = totp.generate_totp_password(secret)
    shown = organiser_client.post("/account/second-factor", data={"code": code, "current": PASSWORD})
    assert shown.status_code == 200 and shown.headers["Cache-Control"] == "no-store"

    other = app.test_client()
    answer = other.post("/sign-in", data={"email": organiser.email, "password": PASSWORD})
    assert answer.location == "/sign-in/code"
    assert other.get("/account").status_code == 302
    # The code that set it up has been used: it does not work again.
    assert other.post("/sign-in/code", data={"code": code}).status_code == 422
    session.rollback()
    with write(session):
        session.get_one(User, organiser.id).tf_last_counter = None
    assert other.post("/sign-in/code", data={"code": code}).location == "/events/"
    assert other.get("/account").status_code == 200


def test_second_factor_is_asked_for_after_a_link_too(client: FlaskClient, session: Session, organiser: User) -> None:
    with write(session):
        organiser.tf_totp_secret = new_totp_secret()
    link = issue_sign_in_link(session, organiser)
    assert client.post(f"/sign-in/link/{link}").location == "/sign-in/code"
    assert client.get("/account").status_code == 302


def test_forgotten_password_mails_a_link_only_to_known_addresses(
    client: FlaskClient, organiser: User, session: Session
) -> None:
    for address in (organiser.email, "stranger@example.org"):
        assert client.post("/sign-in/forgotten", data={"email": address}).location == "/sign-in"
    session.rollback()
    mails = session.query(OutboxMail).all()
    assert [mail.recipient for mail in mails] == [organiser.email]
    path = mails[0].body_text.split("http://localhost")[1].split()[0]
    assert client.get(path).status_code == 200


def test_sign_in_is_limited(limited_app: Flask) -> None:
    limited_app.config["WTF_CSRF_ENABLED"] = False
    client = limited_app.test_client()
    guesses = [{"email": f"a{number}@example.org", "password": "x"} for number in range(21)]
    answers = [client.post("/sign-in", data=guess).status_code for guess in guesses]
    assert answers == [422] * 20 + [429]


def test_member_of_no_event_sees_none(organiser_client: FlaskClient, make: Factory) -> None:
    event = make.event(title="Un autre événement")
    assert "Un autre événement" not in organiser_client.get("/events/").text
    assert organiser_client.get(f"/events/{event.id}/").status_code == 404
