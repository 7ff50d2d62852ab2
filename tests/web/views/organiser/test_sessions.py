"""Sessions that the server can end, the brake on guessing, the change of address, and what no cache may keep."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import PASSWORD, make_app, on_both_databases, sign_in
from tests.web.factories import Factory
from web.config import Settings
from web.db import get_session, write
from web.domain.team.access import first_organiser, issue_sign_in_link
from web.domain.team.attempts import FREE, LONGEST_PAUSE, TooSoon, attempt, pause_after
from web.models import OutboxMail, Role, SignIn, User, WrongAttempt, utcnow


def copied(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser that has stolen the cookie of `client`."""
    thief = app.test_client()
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    return thief


def opens(client: FlaskClient) -> bool:
    return client.get("/events/").status_code == 200


def guess(client: FlaskClient, email: str | None, password: str = "wrong") -> int:
    return client.post("/sign-in", data={"email": email, "password": password}).status_code


def wait_over(session: Session, wrong: int, seconds: int = LONGEST_PAUSE) -> None:
    """As if so many attempts had been `wrong`, and the last of them `seconds` ago."""
    session.rollback()
    with write(session):
        session.query(WrongAttempt).update({"count": wrong, "last_at": utcnow() - timedelta(seconds=seconds)})


# Sessions


def test_cookie_copied_before_signing_out_opens_nothing_afterwards(app: Flask, organiser_client: FlaskClient) -> None:
    thief = copied(app, organiser_client)
    assert opens(thief)
    organiser_client.post("/sign-out")
    assert not opens(thief)
    assert not opens(organiser_client)


def test_signing_out_leaves_the_other_browser_signed_in(
    app: Flask, organiser_client: FlaskClient, organiser: User
) -> None:
    other = sign_in(app.test_client(), organiser)
    organiser_client.post("/sign-out")
    assert opens(other)


def test_account_lists_browsers_and_signs_one_of_them_out(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    other = sign_in(app.test_client(), organiser)
    session.rollback()
    mine, theirs = (row.id for row in session.query(SignIn).order_by(SignIn.id))
    session.rollback()
    text = organiser_client.get("/account").text
    assert f"/account/sessions/{theirs}/end" in text and f"/account/sessions/{mine}/end" not in text
    assert organiser_client.post(f"/account/sessions/{theirs}/end").location == "/account"
    assert (opens(organiser_client), opens(other)) == (True, False)
    # Once more, from a second tab.
    again = organiser_client.post(f"/account/sessions/{theirs}/end", follow_redirects=True)
    assert "déjà déconnecté" in again.text


def test_signing_out_everywhere_else_ends_links_too(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    others = [sign_in(app.test_client(), organiser) for _number in range(3)]
    link = issue_sign_in_link(session, organiser)
    answer = organiser_client.post("/account/sessions/end", follow_redirects=True)
    assert "3 autres navigateurs déconnectés" in answer.text.replace("\u00a0", " ")
    assert opens(organiser_client) and not any(map(opens, others))
    assert app.test_client().post(f"/sign-in/link/{link}").status_code == 404


def test_session_of_another_person_is_not_ended(
    app: Flask, organiser_client: FlaskClient, make: Factory, session: Session, organiser: User
) -> None:
    stranger = make.user()
    browser = sign_in(app.test_client(), stranger)
    session.rollback()
    theirs = session.query(SignIn).filter_by(user_id=stranger.id).one().id
    session.rollback()
    organiser_client.post(f"/account/sessions/{theirs}/end")
    organiser_client.post("/account/sessions/end")
    assert opens(browser)


def test_session_ends_after_a_month(organiser_client: FlaskClient, session: Session) -> None:
    assert opens(organiser_client)
    session.rollback()
    with write(session):
        session.query(SignIn).update({"created_at": utcnow() - timedelta(days=31)})
    assert not opens(organiser_client)


def test_deactivated_account_is_signed_out(organiser_client: FlaskClient, organiser: User, session: Session) -> None:
    with write(session):
        session.get_one(User, organiser.id).active = False
    assert not opens(organiser_client)
    assert guess(organiser_client, organiser.email, PASSWORD) == 422


def test_cookie_from_before_sessions_were_kept_opens_nothing(organiser_client: FlaskClient) -> None:
    assert opens(organiser_client)
    with organiser_client.session_transaction() as cookie:
        del cookie["sign_in"]
    assert not opens(organiser_client)


def test_removed_member_is_signed_out_unless_in_another_team(
    app: Flask, organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    event, elsewhere = make.event(organiser), make.event()
    for stays in (False, True):
        user = make.user()
        member = make.member(event, user, Role.DESK)
        if stays:
            make.member(elsewhere, user, Role.DESK)
        browser = sign_in(app.test_client(), user)
        organiser_client.post(f"/events/{event.id}/team/{member.id}/remove")
        assert opens(browser) == stays


def test_new_password_ends_copied_cookies_and_links(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    thief, link = copied(app, organiser_client), issue_sign_in_link(session, organiser)
    fields = profile(organiser, current=PASSWORD, password="une autre phrase", again="une autre phrase")
    assert organiser_client.post("/account", data=fields).location == "/account"
    assert opens(organiser_client)
    assert not opens(thief)
    assert app.test_client().post(f"/sign-in/link/{link}").status_code == 404


def test_code_must_follow_the_password_within_minutes(client: FlaskClient, organiser: User, session: Session) -> None:
    from web.domain.team.accounts import new_totp_secret

    with write(session):
        session.get_one(User, organiser.id).tf_totp_secret = new_totp_secret()
    client.post("/sign-in", data={"email": organiser.email, "password": PASSWORD})
    assert client.get("/sign-in/code").status_code == 200
    with client.session_transaction() as cookie:
        cookie["sign_in_user"] = [cookie["sign_in_user"][0], cookie["sign_in_user"][1] - 601]
    assert client.get("/sign-in/code").location == "/sign-in"


# The address


def profile(user: User, **values: str) -> dict[str, str]:
    return {"name": user.name, "email": user.email or "", "locale": ""} | values


def test_other_address_asks_for_the_password(organiser_client: FlaskClient, organiser: User, session: Session) -> None:
    for current in ("", "wrong"):
        fields = profile(organiser, email="thief@example.org", current=current)
        answer = organiser_client.post("/account", data=fields)
        assert answer.status_code == 422
        assert "mot de passe actuel" in answer.text
    session.rollback()
    assert session.get_one(User, organiser.id).email == "organiser@example.org"
    assert session.query(OutboxMail).all() == []


def test_other_name_asks_for_no_password(organiser_client: FlaskClient, organiser: User) -> None:
    assert organiser_client.post("/account", data=profile(organiser, name="Odette")).location == "/account"


def test_former_address_is_told_and_its_links_end(
    app: Flask, organiser_client: FlaskClient, organiser: User, session: Session
) -> None:
    link = issue_sign_in_link(session, organiser)
    fields = profile(organiser, email="New@example.org", current=PASSWORD)
    assert organiser_client.post("/account", data=fields).location == "/account"
    session.rollback()
    mail = session.query(OutboxMail).one()
    assert mail.recipient == "organiser@example.org"
    assert "new@example.org" in mail.body_text
    assert app.test_client().post(f"/sign-in/link/{link}").status_code == 404


# Guessing


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause_after(wrong) for wrong in range(12)] == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60]
    assert pause_after(10**6) == LONGEST_PAUSE


@pytest.mark.usefixtures("standing_clock")
def test_wrong_passwords_slow_an_account_down_from_whatever_address_they_come(
    app: Flask, client: FlaskClient, organiser: User
) -> None:
    statuses = []
    for number in range(FREE + 3):
        answer = app.test_client().post(
            "/sign-in",
            data={"email": organiser.email, "password": "wrong"},
            environ_overrides={"REMOTE_ADDR": f"198.51.100.{number}"},
        )
        statuses.append(answer.status_code)
    assert statuses == [422] * FREE + [429] * 3
    assert 0 < int(answer.headers["Retry-After"]) <= 2
    assert "lien de connexion" in answer.text
    # Within the pause nothing is looked at, not even what is right.
    assert guess(client, organiser.email, PASSWORD) == 429


@pytest.mark.usefixtures("standing_clock")
def test_address_without_account_slows_down_alike(client: FlaskClient) -> None:
    assert [guess(client, "Nobody@example.org") for _turn in range(FREE + 1)] == [422] * FREE + [429]


def test_stranger_who_keeps_guessing_delays_the_owner_by_a_minute_at_most(
    app: Flask, client: FlaskClient, organiser: User, session: Session
) -> None:
    guess(client, organiser.email)
    wait_over(session, 10**6, seconds=0)
    for _turn in range(50):
        assert guess(client, organiser.email) == 429
    wait_over(session, 10**6)
    assert guess(app.test_client(), organiser.email, PASSWORD) == 302
    session.rollback()
    assert session.query(WrongAttempt).all() == []


def test_link_signs_the_owner_in_however_many_guesses_are_made(
    client: FlaskClient, organiser: User, session: Session
) -> None:
    for _turn in range(FREE + 1):
        guess(client, organiser.email)
    link = issue_sign_in_link(session, organiser)
    assert client.post(f"/sign-in/link/{link}").status_code == 302
    assert opens(client)


def test_links_asked_for_by_a_stranger_leave_the_fifth_working(
    client: FlaskClient, organiser: User, session: Session
) -> None:
    with write(session):
        session.get_one(User, organiser.id).confirmed_email = organiser.email
    for _turn in range(20):
        client.post("/sign-in/forgotten", data={"email": organiser.email})
    session.rollback()
    mails = session.query(OutboxMail).order_by(OutboxMail.id).all()
    assert len(mails) == 5
    path = mails[-1].body_text.split("http://localhost")[1].split()[0]
    assert client.post(path).status_code == 302


def test_wrong_attempts_are_forgotten_after_a_day(client: FlaskClient, session: Session) -> None:
    guess(client, "a@example.org")
    session.rollback()
    with write(session):
        session.query(WrongAttempt).update({"last_at": utcnow() - timedelta(days=1, seconds=1)})
    guess(client, "b@example.org")
    session.rollback()
    assert session.query(WrongAttempt).count() == 1


@pytest.mark.usefixtures("standing_clock")
def test_current_password_is_not_guessed_on_the_account_page_either(
    organiser_client: FlaskClient, organiser: User
) -> None:
    fields = profile(organiser, current="wrong", password="une autre phrase", again="une autre phrase")
    answers = [organiser_client.post("/account", data=fields) for _turn in range(FREE + 1)]
    assert {answer.status_code for answer in answers} == {422}
    assert "sera examiné" in answers[-1].text and "sera examiné" not in answers[0].text


@on_both_databases
@pytest.mark.usefixtures("standing_clock")
def test_of_forty_guesses_at_once_five_are_looked_at(app: Flask, session: Session) -> None:
    def one(_turn: int) -> bool:
        with app.app_context():
            try:
                attempt(get_session(), "a crowd", lambda: False)
            except TooSoon:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == FREE


# Caches and cookies


def test_language_cookie_is_secure_under_https(settings: Settings, client: FlaskClient) -> None:
    secure = make_app(replace(settings, base_url="https://localhost")).test_client()
    for browser, expected in ((client, False), (secure, True)):
        answer = browser.get("/sign-in?lang=en", base_url="https://localhost" if expected else "http://localhost")
        assert ("Secure" in answer.headers["Set-Cookie"]) == expected


def test_day_pages_are_kept_by_the_browser_alone(client: FlaskClient, make: Factory) -> None:
    token = make.personal_link(make.registration(make.event()))
    for page, kept in (("", True), ("directory", True), ("choices", False), ("data", False), ("data.json", False)):
        control = client.get(f"/p/{token}/{page}").headers["Cache-Control"]
        assert control == ("private, no-cache" if kept else "no-store"), page


@pytest.mark.parametrize("path", ["/events/", "/account", "/sign-in", "/", "/nowhere", "/api/v1/events"])
def test_pages_are_kept_nowhere(organiser_client: FlaskClient, path: str) -> None:
    assert organiser_client.get(path).headers["Cache-Control"] == "no-store"


def test_first_start_needs_no_password_for_the_first_address(client: FlaskClient, session: Session) -> None:
    client.post(f"/sign-in/link/{issue_sign_in_link(session, first_organiser(session))}")
    fields = {"name": "Odile", "email": "odile@example.org", "locale": ""}
    assert client.post("/account", data=fields).location == "/account"
