"""What is told when it does not work: whether what was sent is saved, whatever went wrong, and when."""

from types import ModuleType

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.support.typed import rows, send
from tests.web.factories import Factory
from web.db import get_session, may_have_saved, write
from web.domain.mail import notices
from web.domain.people import registration
from web.errors import error_page
from web.models import Event

NOT_SAVED, PERHAPS = "n’a pas été enregistré", "peut-être déjà enregistré"


@pytest.fixture
def broken_client(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser that is shown what goes wrong, where the other clients raise it."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return client


class LostConnection(Exception):
    pass


def lost(*_arguments: object, **_keywords: object) -> None:
    raise OperationalError("SELECT 1", None, LostConnection("the connection was lost"), connection_invalidated=True)


def broken(*_arguments: object, **_keywords: object) -> None:
    raise RuntimeError("broken")


@pytest.mark.parametrize(("trouble", "status"), [(broken, 500), (lost, 503)])
@pytest.mark.parametrize(("where", "call", "saved"), [(notices, "enqueue", True), (registration, "record", False)])
def test_trouble_is_told_as_not_saved_only_where_it_came_before_the_deed(
    broken_client: FlaskClient,
    make: Factory,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    where: ModuleType,
    call: str,
    saved: bool,
    trouble: object,
    status: int,
) -> None:
    monkeypatch.setattr(where, call, trouble)
    answer = send(broken_client, make.event())
    assert len(rows(session)) == saved
    assert (answer.status_code, NOT_SAVED in answer.text, PERHAPS in answer.text) == (status, not saved, saved)


def test_a_connection_lost_while_it_commits_leaves_it_open(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "commit", lost)
    with pytest.raises(OperationalError), write(session):
        assert not may_have_saved(session)
    assert may_have_saved(session)


def test_somebody_signed_in_is_told_too_when_the_database_is_away(
    app: Flask, organiser_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page's head would ask the database who is signed in.
    monkeypatch.setattr("web.security.user_of_session", lost)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = organiser_client.get("/events/")
    assert answer.status_code == 503
    assert "Cela ne fonctionne pas pour le moment" in answer.text
    assert answer.headers["Retry-After"] == "10"


def test_page_of_an_event_that_was_deleted_meanwhile_says_so(app: Flask, make: Factory) -> None:
    """Who invites stands in the event's row, which is read again after whatever was written."""
    event = make.event()
    with app.test_request_context(f"/e/{event.slug}/register"):
        session = get_session()
        g.event = session.get_one(Event, event.id)
        with write(session):
            session.execute(delete(Event).where(Event.id == event.id).execution_options(synchronize_session=False))
        answer = error_page(404)
        assert (answer.status_code, b"404" in answer.data) == (404, True)
