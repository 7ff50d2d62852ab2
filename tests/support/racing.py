"""Several who act at the same moment, each with a request and a session of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy.orm import Session

from web.db import get_session

Deed = Callable[[Session], object]
Prepared = Callable[[Session], Deed]


def at_once(app: Flask, prepared: list[Prepared]) -> list[int]:
    """The status of each answer: every request finds its rows first, as in life, and then all of them act together."""
    start = threading.Barrier(len(prepared))

    def request(prepare: Prepared) -> int:
        with app.test_request_context("/"):
            deed = prepare(get_session())
            start.wait(30)
            try:
                deed(get_session())
            except Exception as error:
                return status_of(app, error)
        return 200

    with ThreadPoolExecutor(len(prepared)) as pool:
        return list(pool.map(request, prepared))


def status_of(app: Flask, error: Exception) -> int:
    try:
        return app.make_response(app.handle_user_exception(error)).status_code
    except Exception:
        return 500


def one(model: type, row_id: int, deed: Callable[..., object], *arguments: object) -> Prepared:
    """Find the row, then do `deed` with it."""

    def prepare(session: Session) -> Deed:
        row = session.get_one(model, row_id)
        return lambda session: deed(session, row, *arguments)

    return prepare
