"""The brake on guessing, between two seconds."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from web.domain.team import attempts
from web.domain.team.attempts import FREE, TooSoon, attempt

NOON = datetime(2027, 3, 18, 12, 0, tzinfo=UTC)


def at(monkeypatch: pytest.MonkeyPatch, *seconds: int) -> None:
    """The clock, looked at so many times from now on, and then no more: it stands."""
    moments = [NOON + timedelta(seconds=one) for one in seconds]
    monkeypatch.setattr(attempts, "utcnow", lambda: moments.pop(0) if len(moments) > 1 else moments[0])


@on_both_databases
def test_who_waited_for_another_of_the_next_second_is_not_told_to_wait(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was read before the row was to be had: the other seemed to have come a second later."""
    at(monkeypatch, 1)
    assert not attempt(session, "code:1", lambda: False)
    at(monkeypatch, 0, 1)
    assert not attempt(session, "code:1", lambda: False)
    # Even where clocks differ.
    at(monkeypatch, 0)
    assert attempt(session, "code:1", lambda: True)


@on_both_databases
def test_pause_begins_with_the_last_attempt_that_was_looked_at(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 1)
    for _wrong in range(FREE):
        attempt(session, "code:1", lambda: False)
    at(monkeypatch, 0)
    with pytest.raises(TooSoon) as refused:
        attempt(session, "code:1", lambda: False)
    assert refused.value.seconds == 2
    at(monkeypatch, 3)
    assert attempt(session, "code:1", lambda: True)
