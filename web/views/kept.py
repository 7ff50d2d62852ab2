"""Pages made once and given to many: in the memory of this process, the visitor's own token left out.

A page holds the token against forged requests that its browser was given. It is made with a stand-in for that token,
and each visitor's own is put in its place when the page is given out.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from flask import g
from flask_wtf.csrf import generate_csrf


def with_stand_in(make: Callable[[], Any]) -> Any:
    """What `make` gives, made with a stand-in for the browser's token, so that it can be given to another as well."""
    own, g.csrf_token = generate_csrf(), _STAND_IN
    try:
        return make()
    finally:
        g.csrf_token = own


def for_this_browser(body: bytes) -> bytes:
    return body.replace(_STAND_IN.encode(), generate_csrf().encode()) if _STAND_IN.encode() in body else body


class Made:
    """An answer as it was made, the stand-in in place of the token."""

    def __init__(self, body: bytes, mime_type: str, headers: Mapping[str, str]) -> None:
        self.body, self.mime_type = body, mime_type
        self.disposition = headers.get("Content-Disposition")


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


# Nobody can write it into a page: it is another in each process, and leaves none.
_STAND_IN = secrets.token_urlsafe(32)
