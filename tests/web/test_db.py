"""Transactions: who waits for whom, and how long."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.web.conftest import on_sqlite
from web import db
from web.config import Settings
from web.db import get_session, write
from web.locks import locked


@on_sqlite
def test_writer_goes_on_as_soon_as_the_one_before_is_done(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its own SQLite would look again after 328 ms, having waited 228: as it does where nobody takes turns."""

    def waited_after_the_first() -> float:
        about_to = Signal()

        def second() -> float:
            with app.app_context():
                about_to.set()
                with write(get_session()):
                    return time.monotonic()

        with ThreadPoolExecutor(1) as pool:
            with write(session):
                other = pool.submit(second)
                about_to.wait(20)
                time.sleep(0.25)
            done = time.monotonic()
            return other.result(timeout=20) - done

    in_turn = statistics.median(waited_after_the_first() for _round in range(5))
    monkeypatch.setattr(db, "_turns", {})
    # The longest: one that came late itself has waited for nobody.
    assert in_turn < 0.5 * max(waited_after_the_first() for _round in range(5))


@on_sqlite
def test_writer_leaves_its_turn_to_the_next_whatever_happens(app: Flask, session: Session) -> None:
    for _round in range(2):
        try:
            with write(session):
                raise KeyError
        except KeyError:
            pass
    with write(session), write(session):
        pass


@on_sqlite
def test_writer_waits_for_another_process_and_is_quick_to_follow(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def then_follow() -> None:
        with write(session):
            order.append("follower")

    held = ThreadPoolExecutor(1)
    with locked(settings.var / ".write.lock"):
        following = held.submit(then_follow)
        time.sleep(0.2)
        order.append("first")
    following.result(timeout=20)
    assert order == ["first", "follower"]

    # One that hangs with its turn is waited for no longer than the database is; one that has none bars nobody.
    monkeypatch.setattr(db, "BUSY", 0.05)
    with locked(settings.var / ".write.lock"), write(session):
        pass
    (settings.var / ".write.lock").unlink()
    (settings.var / ".write.lock").mkdir()
    with write(session):
        pass
