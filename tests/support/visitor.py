"""Somebody before a running server, without a browser: reads pages, fills their forms in, keeps cookies."""

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

Fields = Mapping[str, str | list[str]]

_HIDDEN = re.compile(r'<input[^>]*name="(csrf_token|submission)"[^>]*value="([^"]*)"')


@dataclass(frozen=True)
class Seen:
    """An answer: redirects are not followed, errors are answers too."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()


class _AsItIs(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: urllib.request.Request, response):  # type: ignore[no-untyped-def]
        return response

    https_response = http_response


class Visitor:
    """One visitor of the server at `url`, whose browser speaks French."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _AsItIs())

    def read(self, path: str) -> Seen:
        return self._ask(path)

    def form(self, path: str) -> dict[str, str]:
        """What the form on the page holds besides what is typed."""
        page = self.read(path)
        assert page.status == 200, (path, page.status)
        return dict(_HIDDEN.findall(page.text))

    def send(self, path: str, hidden: Fields, typed: Fields) -> Seen:
        """Send a form that was read before (`hidden`), filled in with `typed`."""
        return self._ask(path, urlencode({**hidden, **typed}, doseq=True).encode())

    def fill_in(self, path: str, **typed: str | list[str]) -> Seen:
        """Read the form on the page and send it, filled in with `typed`."""
        return self.send(path, self.form(path), typed)

    def _ask(self, path: str, body: bytes | None = None) -> Seen:
        address = urljoin(self.url, path)
        headers = {"Accept-Language": "fr", "Referer": address}
        request = urllib.request.Request(address, body, headers)
        with self.opener.open(request, timeout=60) as answer:
            return Seen(answer.status, answer.headers, answer.read())
