"""A lost telephone or a new SECRET_KEY: recovery codes, and the command that turns the second factor off."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import PASSWORD, make_app
from web import commands
from web.config import Settings
from web.db import write
from web.models import RecoveryCode, User

CODE = re.compile(r"<code>([a-z2-9-]{19})</code>")


def set_up(app: Flask, client: FlaskClient) -> list[str]:
    """Turn the second factor on; the recovery codes that are shown."""
    return CODE.findall(client.post("/account/second-factor", data=proof(app, client) | {"current": PASSWORD}).text)


def proof(app: Flask, client: FlaskClient) -> dict[str, str]:
    """What shows that an authenticator has the secret which the page shows."""
    client.get("/account/second-factor")
    with client.session_transaction() as cookie:
        secret = cookie["second_factor_secret"]
    return {"code": app.extensions["security"].totp_factory.generate_totp_password(secret)}


def waiting(app: Flask, user: User) -> FlaskClient:
    """A browser that has given the password and is asked for a code."""
    client = app.test_client()
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).location == "/sign-in/code"
    return client


def give(client: FlaskClient, code: str) -> int:
    return client.post("/sign-in/code", data={"code": code}).status_code


def test_recovery_codes_sign_in_once_each(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    codes = set_up(app, organiser_client)
    assert len(set(codes)) == 10
    assert not {code.replace("-", "") for code in codes} & {one.code_hash for one in session.query(RecoveryCode)}
    assert give(waiting(app, organiser), codes[0]) == 302
    assert give(waiting(app, organiser), codes[0]) == 422
    assert give(waiting(app, organiser), codes[1].upper().replace("-", " ")) == 302
    assert "Il reste 8 codes de secours" in organiser_client.get("/account").text


def test_recovery_codes_are_shown_in_both_languages(app: Flask, organiser_client: FlaskClient) -> None:
    set_up(app, organiser_client)
    for language, sentence in (
        ("fr", "ailleurs que sur le téléphone"),
        ("en", "a safe place that is not the telephone"),
    ):
        page = organiser_client.post(f"/account/second-factor/codes?lang={language}", data={"current": PASSWORD})
        assert sentence in page.text
        assert page.headers["Cache-Control"] == "no-store"


def test_new_recovery_codes_replace_those_of_before(app: Flask, organiser_client: FlaskClient, organiser: User) -> None:
    before = set_up(app, organiser_client)
    now = CODE.findall(organiser_client.post("/account/second-factor/codes", data={"current": PASSWORD}).text)
    assert give(waiting(app, organiser), before[0]) == 422
    assert give(waiting(app, organiser), now[0]) == 302


def test_codes_of_another_account_sign_nobody_in(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    codes = set_up(app, organiser_client)
    stranger = User(email="other@example.org", password=organiser.password, tf_totp_secret=organiser.tf_totp_secret)
    session.rollback()
    session.add(stranger)
    session.commit()
    session.rollback()
    stranger.tf_totp_secret = session.get_one(User, organiser.id).tf_totp_secret
    session.commit()
    assert give(waiting(app, stranger), codes[0]) == 422


def test_recovery_codes_need_a_second_factor(organiser_client: FlaskClient, session: Session) -> None:
    answer = organiser_client.post("/account/second-factor/codes", data={"current": PASSWORD})
    assert answer.location == "/account/second-factor"
    assert session.query(RecoveryCode).all() == []


def test_turning_the_second_factor_off_leaves_no_code(
    app: Flask, organiser_client: FlaskClient, session: Session
) -> None:
    set_up(app, organiser_client)
    organiser_client.post("/account/second-factor/off", data={"current": PASSWORD})
    session.rollback()
    assert session.query(RecoveryCode).all() == []


@pytest.mark.parametrize("what", ["off", "codes"])
@pytest.mark.parametrize("typed", [{}, {"current": ""}, {"current": "not the password"}])
def test_a_browser_left_open_does_not_change_the_second_factor(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session, what: str, typed: dict[str, str]
) -> None:
    codes = set_up(app, organiser_client)
    answer = organiser_client.post(f"/account/second-factor/{what}", data=typed)
    assert answer.status_code == 422
    assert "Ce n’est pas votre mot de passe actuel" in answer.text
    # The question stays open at the field.
    assert answer.text.count('<details class="confirm" open>') == 1
    assert give(waiting(app, organiser), codes[0]) == 302


@pytest.mark.parametrize("typed", [{}, {"current": ""}, {"current": "not the password"}])
def test_a_browser_left_open_does_not_set_a_second_factor_up(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session, typed: dict[str, str]
) -> None:
    """Whoever did it had a telephone that opens the account, and its owner had none."""
    answer = organiser_client.post("/account/second-factor", data=proof(app, organiser_client) | typed)
    assert answer.status_code == 422
    assert "Ce n’est pas votre mot de passe actuel" in answer.text
    assert session.query(RecoveryCode).all() == []
    again = app.test_client().post("/sign-in", data={"email": organiser.email, "password": PASSWORD})
    assert (again.status_code, again.location) == (302, "/events/")
    # Nor replaced by another.
    codes = set_up(app, organiser_client)
    assert organiser_client.post("/account/second-factor", data=proof(app, organiser_client)).status_code == 422
    assert give(waiting(app, organiser), codes[0]) == 302


def test_an_account_without_password_sets_its_second_factor_up_as_it_signed_in(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    with write(session):
        session.get_one(User, organiser.id).password = None
    assert 'name="current"' not in organiser_client.get("/account/second-factor").text
    shown = organiser_client.post("/account/second-factor", data=proof(app, organiser_client))
    assert len(CODE.findall(shown.text)) == 10


@pytest.mark.usefixtures("standing_clock")
def test_guessing_the_password_of_a_browser_left_open_is_slowed_down(
    app: Flask, organiser_client: FlaskClient, session: Session
) -> None:
    set_up(app, organiser_client)
    answers = [organiser_client.post("/account/second-factor/off", data={"current": "no"}) for _try in range(7)]
    assert "secondes" in answers[-1].text and answers[-1].status_code == 422
    right = organiser_client.post("/account/second-factor/off", data={"current": PASSWORD})
    assert right.status_code == 422
    session.rollback()
    assert session.query(RecoveryCode).count() == 10


def test_an_account_without_password_turns_its_second_factor_off_as_it_signed_in(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    set_up(app, organiser_client)
    session.rollback()
    with write(session):
        session.get_one(User, organiser.id).password = None
    assert "off-current" not in organiser_client.get("/account").text
    assert organiser_client.post("/account/second-factor/off").location == "/account"


def test_recovery_codes_outlive_a_new_secret_key(
    app: Flask, organiser_client: FlaskClient, organiser: User, settings: Settings
) -> None:
    codes = set_up(app, organiser_client)
    renewed = make_app(replace(settings, secret_key="quite another secret key"))
    renewed.config["WTF_CSRF_ENABLED"] = False
    assert give(waiting(renewed, organiser), "123456") == 422
    assert give(waiting(renewed, organiser), codes[0]) == 302


def test_command_turns_a_lost_second_factor_off(
    app: Flask,
    organiser_client: FlaskClient,
    organiser: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(app, organiser_client)
    monkeypatch.setenv("PASSERELLE_VAR", str(settings.var))
    monkeypatch.setenv("DATABASE_URL", settings.database_url.replace("+psycopg", ""))
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    assert commands.main(["organiser-link", "--reset-second-factor", organiser.email or ""]) == 0
    link = capsys.readouterr().out.strip().split(":8000")[1]
    # Whoever has the telephone is signed out too.
    assert organiser_client.get("/account").status_code == 302
    client = app.test_client()
    assert client.post(link).location == "/events/"
    assert client.get("/account").status_code == 200
    assert commands.main(["organiser-link", "--reset-second-factor", "nobody@example.org"]) == 2
    assert "no organiser has the address" in capsys.readouterr().err
    both = ["organiser-link", "--email", "a@example.org", "--reset-second-factor", "b@example.org"]
    assert commands.main(both) == 2
