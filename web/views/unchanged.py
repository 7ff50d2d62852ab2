"""A page that has not changed is not sent again: ``ETag``, ``If-None-Match``, 304.

Three pages are asked for again and again by a room full of phones: the agenda, its calendar file, the directory. They
say ``Cache-Control: private, no-cache``, so that the browser of the participant, and no proxy, keeps them and asks each
time whether they still hold. These three and no others: every other page that shows people says ``no-store``.

The answer is found before anything else is: `before_everything` stands in front of the other checks and reads one row.
A link that opens nothing finds no state there and goes the long way, as does whoever is signed in besides.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache, wraps
from hashlib import sha256
from threading import Lock
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, make_response, request, session
from flask_babel import get_locale
from sqlalchemy import Connection

from web.config import Settings
from web.db import database, get_session
from web.domain.access import hash_token
from web.domain.page_state import directory_state, page_state
from web.paths import PACKAGE, templates_folder

KEPT_BY_ITS_READER = "private, no-cache"

Made = TypeVar("Made")
View = TypeVar("View", bound=Callable[..., Any])


def conditional(kind: str) -> Callable[[View], View]:
    """Give the answers of a view of a personal link an ``ETag``. `kind` is ``page``, ``directory`` or ``file``.

    A file is the same for each browser; a page holds the token against forged requests that its browser was given, and
    what is to be told once. Stands below `web.security.allow`.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def answer(token: str) -> Response:
            # Read before the page is made: a change in between makes the next answer a new one, never an old one.
            state = _state(kind, token, get_session().connection())
            g.page_state = state
            told_once = "_flashes" in session
            response = make_response(view(token))
            if state is not None and response.status_code == 200 and not told_once and not _signed_in():
                response.set_etag(_etag(kind, state))
                response.headers["Cache-Control"] = KEPT_BY_ITS_READER
            return response

        answer.conditional_kind = kind  # type: ignore[attr-defined]
        return cast(View, answer)

    return declare


def init_app(app: Flask, settings: Settings) -> None:
    """Put the look at ``If-None-Match`` in front of all other checks. Call it when all views are known."""
    kinds = {
        name: view.conditional_kind for name, view in app.view_functions.items() if hasattr(view, "conditional_kind")
    }

    def before_everything() -> Response | None:
        kind = kinds.get(request.endpoint or "")
        if kind is None or request.method not in ("GET", "HEAD") or not request.if_none_match:
            return None
        if (settings.is_https and not request.is_secure) or "_flashes" in session or _signed_in():
            return None
        with database().engine.connect() as connection:
            state = _state(kind, (request.view_args or {})["token"], connection)
        if state is None:
            return None
        etag = _etag(kind, state)
        if not request.if_none_match.contains_weak(etag):
            return None
        response = Response(status=304)
        response.set_etag(etag)
        response.headers["Cache-Control"] = KEPT_BY_ITS_READER
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, before_everything)


def kept(make: Callable[[], Made], *parts: Hashable) -> Made:
    """What `make` gives, made once for the state of this page, its language and `parts`, and kept in memory."""
    state = g.get("page_state")
    if state is None:
        return make()
    return _FINISHED.get((request.endpoint, state, str(get_locale()), request.host, parts), make)


def _state(kind: str, token: str, connection: Connection) -> tuple[Any, ...] | None:
    found = page_state(connection, hash_token(token))
    if found is None or not found.settled:
        return None
    # The language of the page may be the participant's own: `web.i18n` looks for it here.
    g.personal_language = found.language
    return (*found, *directory_state(connection, found)) if kind == "directory" else found


def _etag(kind: str, state: tuple[Any, ...]) -> str:
    browser = None if kind == "file" else session.get("csrf_token")
    parts = (kind, _program(), state, str(get_locale()), request.host, request.full_path, browser)
    return sha256(repr(parts).encode()).hexdigest()[:40]


def _signed_in() -> bool:
    return "_user_id" in session


@cache
def _program() -> str:
    """What tells this release's pages from another's: the files that they are made of."""
    files = sorted(path for folder in (templates_folder(), PACKAGE) for path in folder.rglob("*") if path.is_file())
    names = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.suffix != ".pyc"]
    return sha256(repr(names).encode()).hexdigest()


class _Finished:
    """The most recently used of what has been made, in the memory of this process."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.found: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        with self.lock:
            if key in self.found:
                self.found.move_to_end(key)
                return cast(Made, self.found[key])
        made = make()
        with self.lock:
            self.found[key] = made
            while len(self.found) > self.most:
                self.found.popitem(last=False)
        return made


_FINISHED = _Finished(most=1024)
