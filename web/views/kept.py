"""Pages made once and given to many: in the memory of this process, the visitor's own token left out.

A page holds the token against forged requests that its browser was given. It is made with a stand-in for that token,
and each visitor's own is put in its place when the page is given out; likewise the secret by which a form sent twice is
known.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from flask import current_app, g, session
from flask_wtf.csrf import generate_csrf


def with_stand_in(make: Callable[[], Any]) -> Any:
    """What `make` gives, made with a stand-in for the browser's token, so that it can be given to another as well."""
    own, g.csrf_token = generate_csrf(), _STAND_IN
    try:
        return make()
    finally:
        g.csrf_token = own


def is_with_stand_in() -> bool:
    """Whether what is made now is made with the stand-in: all that is the same for others may be given to them."""
    return g.get("csrf_token") == _STAND_IN


def for_this_browser(body: bytes) -> bytes:
    return body.replace(_STAND_IN.encode(), generate_csrf().encode()) if _STAND_IN.encode() in body else body


def is_for_once(browser: Mapping[str, Any] = session) -> bool:
    """Whether an answer is for this browser at this moment alone: a message to tell once, somebody signed in.

    `browser` is its session.
    """
    return "_flashes" in browser or "_user_id" in browser


def form_for_anybody(key: Hashable, make: Callable[[str], str]) -> bytes:
    """A page with a form that is the same for everybody while `key` is: made once, given to each with their own tokens.

    `make` is called with what stands for the secret of the form (the next visitor's is another).
    """
    own = secrets.token_urlsafe(FORM_SECRET)
    return page_for_anybody(key, lambda: make(_FORM_STAND_IN)).replace(_FORM_STAND_IN.encode(), own.encode())


def page_for_anybody(key: Hashable, make: Callable[[], str]) -> bytes:
    """A page that is the same for everybody while `key` is: made once, given to each browser with its own token."""
    memory: LastMade = current_app.extensions.setdefault("passerelle.forms", LastMade(most=8 * 1024 * 1024))
    made = memory.get(key)
    if made is None:
        made = Made(with_stand_in(make).encode(), "text/html")
        memory.keep(key, made)
    return for_this_browser(made.body)


class Made:
    """An answer as it was made, the stand-in in place of the token."""

    def __init__(self, body: bytes, mime_type: str | None, disposition: str | None = None) -> None:
        self.body, self.mime_type, self.disposition = body, mime_type, disposition


class LastMade:
    """The answers made last, in the memory of this process: at most `most` bytes, those not asked for go first."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self.found: OrderedDict[Hashable, Made] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable) -> Made | None:
        with self.lock:
            made = self.found.get(key)
            if made is not None:
                self.found.move_to_end(key)
            return made

    def keep(self, key: Hashable, made: Made) -> None:
        with self.lock:
            former = self.found.pop(key, None)
            self.found[key] = made
            self.size += len(made.body) - (len(former.body) if former else 0)
            while self.size > self.most:
                _key, oldest = self.found.popitem(last=False)
                self.size -= len(oldest.body)


# Bytes of the secret of a form.
FORM_SECRET = 24
# Nobody can write them into a page: they are others in each process, and leave none.
_STAND_IN = secrets.token_urlsafe(32)
_FORM_STAND_IN = secrets.token_urlsafe(32)
