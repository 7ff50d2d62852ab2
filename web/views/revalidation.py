"""“Does the page that I keep still hold?”, answered in front of Flask.

The phones of a full room ask this all the time, and nearly always it does. What Flask needs until it can say so (a
session, a language, a dozen checks, the headers) costs several times what it takes to know. So the three pages of
`web.views.unchanged` are looked at here first: the same state, read by the same statements, makes the same ``ETag``,
and the headers are those that Flask gave with its own last 304 for such a page.

The state is read by `web.views.states`, as it is for a page that must be made.

Only what is ordinary is answered: a known host, no query, no message to be told once, nobody signed in, a browser whose
page is the one to be had. Everything else goes on to Flask as if nothing stood here. So does all that fails.
"""

import re
import time
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import event
from werkzeug.http import parse_etags
from werkzeug.wsgi import get_host

from web import hosts
from web.config import LOCALES, Settings
from web.db import database
from web.domain.tokens import hash_token
from web.i18n import LANG_COOKIE
from web.views import states
from web.views.kept import is_for_once
from web.views.unchanged import etag_of, key_of

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]

# What Flask says to one browser: the page's mark, and the first time that of its session.
_OF_ONE = ("etag", "set-cookie")
_REMEMBERED = "remember_token"
_PATH = re.compile(r"/p/([A-Za-z0-9_-]{20,100})/([a-z.]*)")
# Seconds for which a host stays known, and a cookie's session is not read again.
_HOST_KNOWN, _SESSION_KNOWN = 10, 3600
# More than browsers send; what is remembered of cookies takes a few megabytes at most.
_LONGEST_COOKIES, _BROWSERS = 2000, 4096


class Browser(NamedTuple):
    """What a browser's cookies say that decides which page it is shown."""

    csrf_token: str | None
    language: str | None


class Asked(NamedTuple):
    kind: str
    token_hash: str
    host: str
    path: str
    scheme: str
    browser: Browser


class Revalidation:
    """A WSGI application in front of `further`, which is that of the Flask application."""

    def __init__(self, app: Flask, settings: Settings, further: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.settings, self.further = app, settings, further
        self.states = states.init_app(app, settings)
        self.headers: dict[tuple[str, str], Headers] = {}
        self._browser = lru_cache(_BROWSERS)(self._read_browser)
        self._is_known = lru_cache(256)(self._look_at_host)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = self._asked(environ)
        if asked is None:
            return self.further(environ, start_response)
        etag = self._etag(asked)
        if etag is None or not parse_etags(environ["HTTP_IF_NONE_MATCH"]).contains_weak(etag):
            return self.further(environ, start_response)
        headers = self.headers.get((asked.kind, asked.scheme))
        if headers is None:
            return self.further(environ, self._noting_headers(asked, start_response))
        start_response("304 NOT MODIFIED", [*headers, ("ETag", f'"{etag}"')])
        return ()

    def _asked(self, environ: Environ) -> Asked | None:
        """What is asked, if it may be answered here."""
        if "HTTP_IF_NONE_MATCH" not in environ or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        match = _PATH.fullmatch(environ["PATH_INFO"])
        if match is None or match[2] not in self._kinds or environ.get("QUERY_STRING") or environ.get("SCRIPT_NAME"):
            return None
        host, scheme = environ.get("HTTP_HOST"), environ["wsgi.url_scheme"]
        if host is None or not self._is_known(host, int(time.monotonic() / _HOST_KNOWN)):
            return None
        if self.settings.is_https and scheme != "https":
            return None
        cookies = environ.get("HTTP_COOKIE", "")
        if len(cookies) > _LONGEST_COOKIES:
            return None
        browser, kind = self._browser(cookies, int(time.time() / _SESSION_KNOWN)), self._kinds[match[2]]
        # A page that was made for no browser is no browser's.
        if browser is None or (kind != "file" and browser.csrf_token is None):
            return None
        return Asked(kind, hash_token(match[1]), get_host(environ), match[0], scheme, browser)

    @property
    def ends(self) -> Iterable[str]:
        """How the addresses of these pages end."""
        return self._kinds.keys()

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """The kind of each page, by the end of its address."""
        views = self.app.view_functions
        kinds = {
            rule.rule: getattr(views[rule.endpoint], "conditional_kind", "") for rule in self.app.url_map.iter_rules()
        }
        return {rule.removeprefix("/p/<token>/"): kind for rule, kind in kinds.items() if kind}

    def _look_at_host(self, host: str, _moment: int) -> bool:
        return hosts.is_known(host, self.settings.link_base)

    def _read_browser(self, cookies: str, _moment: int) -> Browser | None:
        """What Flask would read out of these cookies; ``None`` where it must do so itself."""
        request = self.app.request_class({"HTTP_COOKIE": cookies, "REQUEST_METHOD": "GET"})
        session = self.app.session_interface.open_session(self.app, request)
        if session is None or is_for_once(session) or session.permanent or _REMEMBERED in request.cookies:
            return None
        language = request.cookies.get(LANG_COOKIE)
        return Browser(session.get("csrf_token"), language if language in LOCALES else None)

    def _etag(self, asked: Asked) -> str | None:
        """The ``ETag`` of the page as it is now; ``None`` where there is no such page, or no saying."""
        found = self.states.of(asked.kind, asked.token_hash)
        if found is None:
            return None
        language = asked.browser.language or found.page.language
        if language not in LOCALES:
            return None
        key = key_of(asked.kind, found.all, language, asked.host, f"{asked.path}?")
        return etag_of(key, None if asked.kind == "file" else asked.browser.csrf_token)

    def _noting_headers(self, asked: Asked, start_response: StartResponse) -> StartResponse:
        """`start_response`, which notes what Flask says with a 304 of this kind."""

        def start(status: str, headers: Headers, *error: Any) -> Any:
            if status.startswith("304 "):
                kept = [(name, value) for name, value in headers if name.lower() not in _OF_ONE]
                self.headers[asked.kind, asked.scheme] = kept
            return start_response(status, headers, *error)

        return start


def init_app(app: Flask, settings: Settings) -> None:
    """Put it in front. What a proxy says of the visitor must be known by then: see `web.security`."""
    layer = app.extensions["passerelle.revalidation"] = Revalidation(app, settings, app.wsgi_app)
    # Whoever ends the connections of the application means these too.
    event.listen(database(app).engine, "engine_disposed", lambda _engine: layer.states.lookups.close())
    app.wsgi_app = layer  # type: ignore[method-assign]
