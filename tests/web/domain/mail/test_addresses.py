"""Addresses that nobody has confirmed: three mails a day whatever causes them, and no link of a stranger's choice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases, sign_in
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.mail.addresses import MAILS_A_DAY, confirm_participant, take_turn, with_proof
from web.domain.mail.sending import send_waiting
from web.domain.text import has_link
from web.models import Event, MailTurns, OutboxMail, Registration, Role, User, utcnow

VICTIM = "victim@example.org"


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def form(number: int = 1, **values: object) -> dict[str, object]:
    return {
        "kind": "association",
        "name": f"Les Amis {number}",
        "contact_name": "Camille Exemple",
        "email": VICTIM,
        "project": "Un jardin partagé.",
        "needs": ["skills.digital"],
        "zone": "",
        "presence": ["s1", "s2", "s3", "s4"],
        "delegates": "1",
        "attendance": "onsite",
        "language": "fr",
        "consent": "y",
        "submission": f"{number:040}",
    } | values


def leaving(session: Session, address: str = VICTIM) -> int:
    """How many mails to `address` may leave within a day from now."""
    session.rollback()
    within = session.query(OutboxMail).filter(OutboxMail.recipient == address)
    return within.filter(OutboxMail.due_at < utcnow() + timedelta(hours=23)).count()


def link_in(mail: OutboxMail) -> str:
    return next(word for word in mail.body_text.split() if "/p/" in word).removeprefix("http://localhost")


def test_stranger_has_three_mails_a_day_sent_whatever_forms_are_used(
    client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    other = make.event()
    for number in range(10):
        for one in (event, other):
            answer = client.post(f"/e/{one.slug}/register", data=form(number))
            assert answer.status_code == 303
            client.post(f"/e/{one.slug}/lost-link", data={"email": VICTIM})
    own = answer.location.removeprefix("http://localhost").split("?")[0]
    assert "welcome=kept" in answer.location and "trois courriels en un jour" in client.get(answer.location).text
    # Another address and back again, erased and registered anew: the count stays.
    for email in ("other@example.org", VICTIM) * 3:
        page = client.get(f"{own}registration").text
        version = page.split('name="version"')[1].split('value="')[1].split('"')[0]
        changed = {name: value for name, value in form(email=email, version=version).items() if name != "submission"}
        assert client.post(f"{own}registration", data=changed).status_code == 303
    client.post(f"{own}erase", data={"sure": "y"})
    client.post(f"/e/{other.slug}/register", data=form(77))
    assert 0 < leaving(session) <= MAILS_A_DAY
    assert session.query(OutboxMail).filter_by(recipient="other@example.org").count() <= MAILS_A_DAY
    assert session.query(Registration).count() >= 10


def test_mails_of_the_organisers_wait_and_leave_when_the_address_is_confirmed(
    app: Flask, client: FlaskClient, organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    client.post(f"/e/{event.slug}/register", data=form())
    session.rollback()
    one = session.query(Registration).one()
    for decision in ("wait", "decline", "accept", "wait", "accept"):
        organiser_client.post(f"/events/{event.id}/participants/decide", data={"decision": decision, "ids": one.id})
    assert leaving(session) == MAILS_A_DAY
    waiting = session.query(OutboxMail).filter(OutboxMail.due_at > utcnow()).all()
    assert waiting and all(mail.waits for mail in waiting)
    assert "confirmé cette adresse" in organiser_client.get(f"/events/{event.id}/mails/").text
    # Nor does pressing "try again" bring it out.
    organiser_client.post(f"/events/{event.id}/mails/{waiting[0].id}/retry")
    organiser_client.post(f"/events/{event.id}/participants/{one.id}/link")
    assert leaving(session) == MAILS_A_DAY
    link = link_in(session.query(OutboxMail).first())  # type: ignore[arg-type]
    victim = app.test_client()
    assert "Oui, cette adresse est la mienne" in victim.get(link).text
    victim.post(f"{link.split('?')[0]}confirm")
    session.rollback()
    assert session.query(OutboxMail).filter(OutboxMail.due_at > utcnow()).count() == 0
    assert session.query(MailTurns).count() == 0
    assert send_waiting(session, "w") == len(waiting) == 3


def test_acting_by_the_mailed_link_confirms_and_looking_does_not(
    app: Flask, client: FlaskClient, event: Event, session: Session
) -> None:
    own = client.post(f"/e/{event.slug}/register", data=form()).location.split("?")[0]
    session.rollback()
    link = link_in(session.query(OutboxMail).one())
    # Whoever registered has the page, and not what was mailed.
    client.post(f"{own}confirm")
    assert client.get(f"{own}?mail=guess").status_code == client.get(f"{own}?mail=é").status_code == 200
    client.post(f"{own}confirm?mail=guess")
    reader = app.test_client()
    reader.get(link)
    session.rollback()
    one = session.query(Registration).one()
    assert one.confirmed_email is None
    version = one.version
    reader.post(f"{own}choices", data={"do": "wish", "target": "1"})
    session.rollback()
    assert (one.confirmed_email, one.version) == (VICTIM, version)
    assert "cette adresse est la mienne" not in reader.get(link).text


def test_proof_for_one_address_confirms_no_other(app: Flask, event: Event, make: Factory, session: Session) -> None:
    one = make.registration(event, email="own@example.org")
    token = make.personal_link(one)
    link = with_proof(one, f"/p/{token}/")
    with write(session):
        one.email = VICTIM
    client = app.test_client()
    client.get(link)
    client.post(f"/p/{token}/confirm")
    session.rollback()
    assert one.confirmed_email is None


def test_confirmed_address_gets_all_mails_at_once(event: Event, make: Factory, session: Session) -> None:
    confirm_participant(session, make.registration(event, email=VICTIM))
    with write(session):
        assert all(take_turn(session, VICTIM) <= utcnow() for _turn in range(20))


def test_turns_come_again_after_a_day(app: Flask, session: Session) -> None:
    with write(session):
        moments = [take_turn(session, VICTIM) for _turn in range(7)]
    days = [round((moment - moments[0]).total_seconds() / 86400) for moment in moments]
    assert days == [0, 0, 0, 1, 1, 1, 2]
    with write(session):
        turns = session.query(MailTurns).one()
        turns.moments = [moment - 2 * 86400 for moment in turns.moments]
        turns.last_at -= timedelta(days=3)
    with write(session):
        assert take_turn(session, VICTIM) <= utcnow()


def test_turns_hold_no_address(app: Flask, session: Session) -> None:
    with write(session):
        take_turn(session, VICTIM)
    assert "victim" not in str(vars(session.query(MailTurns).one()))


@on_both_databases
def test_of_thirty_mails_at_once_three_leave(app: Flask, session: Session) -> None:
    def one(_turn: int) -> bool:
        with app.app_context(), write(get_session()) as mine:
            return take_turn(mine, VICTIM) <= utcnow()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(30))) == MAILS_A_DAY


def test_account_is_confirmed_by_its_mailed_link(client: FlaskClient, make: Factory, session: Session) -> None:
    user = make.user()
    for _turn in range(5):
        client.post("/sign-in/forgotten", data={"email": user.email})
    session.rollback()
    mails = session.query(OutboxMail).order_by(OutboxMail.id).all()
    assert len(mails) == MAILS_A_DAY
    sign_in(client, user)
    assert "Non confirmée" in client.get("/account").text
    client.post(mails[-1].body_text.split("http://localhost")[1].split()[0])
    assert "Non confirmée" not in client.get("/account").text


# Links in names


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "Gagnez sur evil.example",
        "www.evil",
        "EVIL.COM",
        "evil。example",
        "écrivez à a@b",
        "mailto:x",
        "ev\u200bil.example",
        "192.0.2.7",
        "evil．example",
    ],
)
def test_text_that_becomes_a_link_is_seen(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "S.A.R.L. Dupont",
        "J.-P. Martin",
        "St. Martin",
        "Les Amis, etc.",
        "L’Art & Co.",
        "Lot n° 3.5",
        "M. Le Goff",
        "A/B",
    ],
)
def test_names_of_people_and_organisations_are_no_links(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize("field", ["name", "contact_name"])
def test_link_in_a_name_is_refused_in_words(client: FlaskClient, event: Event, session: Session, field: str) -> None:
    answer = client.post(f"/e/{event.slug}/register", data=form(**{field: "Gagnez sur evil.example"}))
    assert answer.status_code == 422
    assert "sans adresse web" in answer.text
    session.rollback()
    assert session.query(OutboxMail).all() == []


@pytest.fixture
def imported(event: Event, make: Factory) -> Iterator[Registration]:
    """As from a file, which no form has looked at."""
    yield make.registration(event, email=VICTIM, name="Evil.example", contact_name="evil.example", status="pending")


@pytest.mark.parametrize("confirmed", [False, True])
def test_link_in_an_imported_name_is_left_out_of_the_mail(
    organiser_client: FlaskClient, event: Event, session: Session, imported: Registration, confirmed: bool
) -> None:
    if confirmed:
        confirm_participant(session, imported)
    organiser_client.post(f"/events/{event.id}/participants/decide", data={"decision": "accept", "ids": imported.id})
    session.rollback()
    body = session.query(OutboxMail).one().body_text
    assert ("vil.example" in body) == confirmed
    assert ("votre organisation" in body) != confirmed


def test_link_in_the_name_of_who_invites_is_left_out(app: Flask, make: Factory, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    boss = make.user(name="Gagnez sur evil.example")
    event = make.event(boss)
    client = sign_in(app.test_client(), boss)
    client.post(f"/events/{event.id}/team/", data={"email": VICTIM, "role": Role.ORGANISER})
    session.rollback()
    mail = session.query(OutboxMail).one()
    assert mail.recipient == VICTIM and "evil" not in mail.body_text
