"""A page that has not changed is not sent again: ``ETag``, ``If-None-Match``, 304.

Three pages are asked for again and again by a room full of phones: the agenda, its calendar file, the directory. They
say ``Cache-Control: private, no-cache``, so that the browser of the participant, and no proxy, keeps them and asks each
time whether they still hold. These three and no others: every other page that shows people says ``no-store``.

The answer is found before anything else is: `before_everything` stands in front of the other checks and asks
`web.views.states` (what it says, a page that must be made goes by as well), and what is ordinary among the 304 is found
in front of Flask already, by `web.views.revalidation`. A state is read before the page is made, and each of them is
there once: it is all counters that only grow, and moments. So a page may be newer than what it is kept under, and is
asked for anew then; it is never older.
A page that this process has made before, for the same state, is given from memory to a browser that has not got it. A
link that opens nothing finds no state there and goes the long way, as does whoever is signed in besides.
"""

from collections.abc import Callable, Hashable
from functools import cache, wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, make_response, request, session
from flask_babel import get_locale

from web.config import Settings
from web.domain.tokens import hash_token
from web.paths import PACKAGE, templates_folder
from web.security import refuse_unknown_host
from web.views.kept import LastMade, Made, for_this_browser, is_for_once, with_stand_in
from web.views.states import states

KEPT_BY_ITS_READER = "private, no-cache"

View = TypeVar("View", bound=Callable[..., Any])


def conditional(kind: str) -> Callable[[View], View]:
    """Give the answers of a view of a personal link an ``ETag``. `kind` is ``page``, ``directory`` or ``file``.

    A file is the same for each browser; a page holds the token against forged requests that its browser was given.
    Stands below `web.security.allow`.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def answer(token: str) -> Response:
            # Read before anything else was: a change in between makes the next answer a new one, never an old one.
            state = g.pop("page_state", None)
            if state is None or is_for_once():
                return make_response(view(token))
            # A file holds no token, and a calendar program that asks for it needs no session.
            response = make_response(view(token) if kind == "file" else with_stand_in(lambda: view(token)))
            if response.status_code == 200:
                key = _key(kind, state)
                _MADE.keep(
                    key, Made(response.get_data(), response.mimetype, response.headers.get("Content-Disposition"))
                )
                response.set_data(for_this_browser(response.get_data()))
                _mark(response, _etag(kind, key))
            return response

        answer.conditional_kind = kind  # type: ignore[attr-defined]
        return cast(View, answer)

    return declare


def init_app(app: Flask, settings: Settings) -> None:
    """Put the look at the state in front of all other checks. Call it when all views are known."""
    views = app.view_functions.items()
    kinds = {name: view.conditional_kind for name, view in views if hasattr(view, "conditional_kind")}

    def before_everything() -> Response | None:
        kind = kinds.get(request.endpoint or "")
        if kind is None or request.method not in ("GET", "HEAD"):
            return None
        if settings.is_https and not request.is_secure:
            return None
        g.page_state = state = _state(kind, (request.view_args or {})["token"])
        # Whoever comes by a mail's link is noted in the session.
        if state is None or is_for_once() or "mail" in request.args:
            return None
        key = _key(kind, state)
        if request.if_none_match.contains_weak(etag := _etag(kind, key)):
            response = Response(status=304)
        else:
            made = _MADE.get(key)
            if made is None:
                return None
            response = Response(for_this_browser(made.body), mimetype=made.mime_type)
            if made.disposition:
                response.headers["Content-Disposition"] = made.disposition
            # A browser without a token has just been given one.
            etag = _etag(kind, key)
        _mark(response, etag)
        return response

    checks = app.before_request_funcs[None]
    checks.insert(checks.index(refuse_unknown_host) + 1, before_everything)


def _mark(response: Response, etag: str) -> None:
    response.set_etag(etag)
    response.headers["Cache-Control"] = KEPT_BY_ITS_READER


def _state(kind: str, token: str) -> tuple[Any, ...] | None:
    found = states().of(kind, hash_token(token))
    if found is None:
        # Of another look in the same context, as a test or a program makes them.
        for name in ("others", "told", "page_of_reader", "directory_state"):
            g.pop(name, None)
        return None
    # The language of the page may be the participant's own: `web.i18n` looks for it here.
    g.personal_language = found.page.language
    g.others, g.told = found.page.others, found.page.told
    # Found before the reader is: see `web.security`.
    g.page_of_reader = token, found.row
    if found.directory is not None:
        g.directory_state = found.directory
    return found.all


def key_of(kind: str, state: tuple[Any, ...], language: str, host: str, path: str) -> Hashable:
    """What a page is made of, but for the browser's own token; `path` with its query."""
    return (kind, state, language, host, path)


def etag_of(key: Hashable, csrf_token: str | None) -> str:
    """What tells a page from all others, of this release and others; a file holds no token."""
    return sha256(repr((_program(), key, csrf_token)).encode()).hexdigest()[:40]


def _key(kind: str, state: tuple[Any, ...]) -> Hashable:
    return key_of(kind, state, str(get_locale()), request.host, request.full_path)


def _etag(kind: str, key: Hashable) -> str:
    return etag_of(key, None if kind == "file" else session.get("csrf_token"))


@cache
def _program() -> str:
    """What tells this release's pages from another's: the files that they are made of."""
    files = sorted(path for folder in (templates_folder(), PACKAGE) for path in folder.rglob("*") if path.is_file())
    names = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.suffix != ".pyc"]
    return sha256(repr(names).encode()).hexdigest()


# A thousand agendas, or the directories of five hundred.
_MADE = LastMade(most=48 * 1024 * 1024)
