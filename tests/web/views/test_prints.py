"""What was printed is kept for whoever asks again, and not beyond a change of what it tells."""

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from multiprocessing import get_context
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web import create_app
from web.config import Settings
from web.db import get_session
from web.domain.audit import SYSTEM
from web.domain.people.privacy import erase
from web.domain.people.registration import Profile, resend_link, update, withdraw
from web.domain.timetable.publishing import publish
from web.exports.press import close_press, press
from web.models import Event, Registration, User
from web.views import prints
from web.views.prints import LOOK_AGAIN


@pytest.fixture(autouse=True)
def own_press() -> Iterator[None]:
    yield
    close_press()


@pytest.fixture
def announced(make: Factory, organiser: User, session: Session) -> SimpleNamespace:
    """An event whose timetable is published, another version of it, and the agenda page of one participant."""
    event = make.event(organiser)
    one, other = make.registration(event), make.registration(event, kind="company")
    link = make.personal_link(one)
    meeting = {"between": [one.key, other.key], "slot": "s1", "table": "t1", "facilitator": None, "score": 50}
    versions = [make.schedule(event, [meeting]) for _number in range(2)]
    publish(session, versions[0], SYSTEM)
    return SimpleNamespace(event=event, one=one, other=other, path=f"/p/{link}/agenda.pdf", again=versions[1])


def file_of(client: FlaskClient, address: str) -> bytes:
    """The file, looked for as the page says."""
    while "Refresh" in (answer := client.get(address)).headers:
        address = answer.headers["Refresh"].partition("; url=")[2]
        time.sleep(LOOK_AGAIN)
    assert answer.status_code == 200
    return answer.data


def kept(event: Event) -> int:
    return sum(event.id in order.event_ids for _when, order in press()._kept.values())


def renamed(session: Session, registration: Registration) -> None:
    profile = Profile(
        kind=registration.kind, name="Un autre nom", contact_name="Ada Exemple", email=registration.email or ""
    )
    assert update(session, registration, profile, version=registration.version, actor=SYSTEM)


DEEDS: dict[str, Callable[[Session, SimpleNamespace], object]] = {
    "erased": lambda session, there: erase(session, there.other, SYSTEM),
    "withdrawn": lambda session, there: withdraw(session, there.other, SYSTEM),
    "renamed": lambda session, there: renamed(session, there.other),
    "published anew": lambda session, there: publish(session, there.again, SYSTEM),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_print_is_forgotten_once_somebody_is(
    app: Flask, client: FlaskClient, session: Session, announced: SimpleNamespace, deed: str
) -> None:
    """It stayed in memory for ten minutes at least, with the name that had been erased."""
    assert file_of(client, announced.path).startswith(b"%PDF-")
    event = session.get_one(Event, announced.event.id)
    assert kept(event) == 1
    DEEDS[deed](session, announced)
    assert kept(event) == 0


def test_print_is_kept_while_nothing_changes_that_it_tells(
    client: FlaskClient, session: Session, announced: SimpleNamespace
) -> None:
    file = file_of(client, announced.path)
    resend_link(session, announced.other, SYSTEM)
    assert kept(announced.event) == 1
    assert file_of(client, announced.path) == file


def _erase_elsewhere(settings: Settings, registration_id: int) -> None:
    """What another process does: a worker, or a second one that serves. This one hears nothing of it."""
    app = create_app(settings)
    with app.app_context():
        session = get_session()
        erase(session, session.get_one(Registration, registration_id), SYSTEM)


def test_print_made_before_an_erasure_by_another_process_is_not_given_afterwards(
    settings: Settings,
    client: FlaskClient,
    session: Session,
    announced: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever had the address of the print was given it for ten minutes, the erased name in it."""
    monkeypatch.setattr(prints, "PATIENCE", 0.0)
    name = announced.other.name
    address = announced.path
    while (answer := client.get(address)).status_code == 202:
        address = answer.headers["Refresh"].partition("; url=")[2]
        time.sleep(0.2)
    ready = answer.headers["Refresh"].partition("; url=")[2]
    assert name in words(client.get(ready).data)
    other_id = announced.other.id
    session.rollback()
    elsewhere = get_context("spawn").Process(target=_erase_elsewhere, args=(settings, other_id))
    elsewhere.start()
    elsewhere.join(60)
    assert elsewhere.exitcode == 0
    session.expire_all()
    assert session.get(Registration, other_id) is None
    while (answer := client.get(ready)).mimetype != "application/pdf":
        ready = answer.headers["Refresh"].partition("; url=")[2]
        time.sleep(0.2)
    assert name not in words(answer.data)


def words(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
