"""A server that is asked to end does so at once, and with its last answers."""

import http.client
import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.server import USUAL_PAGES, StartServer
from tests.support.slow_clients import KINDS, slow_clients

CLIENTS, SLOW = 20, 100
# Three seconds where nothing else runs; it took fifteen before, or no end.
# It gives itself five at most; a busy machine is slow, and one that waits for its idle clients takes a minute.
SOON = 30.0


class Crowd:
    """People who ask for the same page again and again, until nobody answers."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.answered, self.broken = 0, 0
        self.threads = [threading.Thread(target=self._ask, daemon=True) for _client in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self.parts.hostname or "", self.parts.port, timeout=20)
        try:
            while True:
                connection.request("GET", "/")
                answer = connection.getresponse()
                try:
                    assert answer.status == 200 and answer.read()
                except http.client.IncompleteRead:
                    self.broken += 1
                    raise
                self.answered += 1
        except (OSError, http.client.HTTPException):
            connection.close()


def test_server_under_load_ends_soon_after_being_asked(start_server: StartServer) -> None:
    server = start_server(**USUAL_PAGES)
    with slow_clients(server.url, SLOW, KINDS[:-1]):
        crowd = Crowd(server.url)
        while crowd.answered < 2 * CLIENTS:
            time.sleep(0.05)
        asked = time.monotonic()
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert time.monotonic() - asked < SOON
        for thread in crowd.threads:
            thread.join(5)
        assert not crowd.broken
    assert "given up" not in server.output()


def test_signal_that_comes_while_a_request_is_read_is_heard(start_server: StartServer) -> None:
    """It was raised into whatever ran just then: taken for an error of that request, and the server went on."""
    server = start_server()
    over = threading.Event()
    readers = [threading.Thread(target=_send_long_heads, args=(server.url, over)) for _client in range(4)]
    for thread in readers:
        thread.start()
    try:
        time.sleep(1)
        asked = time.monotonic()
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert time.monotonic() - asked < SOON
    finally:
        over.set()
        for thread in readers:
            thread.join(10)


def _send_long_heads(url: str, over: threading.Event) -> None:
    """Headers of the longest that is read, in many pieces, each of which is looked at with all before it."""
    parts = urlsplit(url)
    while not over.is_set():
        with suppress(OSError), socket.create_connection((parts.hostname or "", parts.port or 80), 10) as one:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            for _piece in range(250):
                one.sendall(b"x" * 1000)
        time.sleep(0.01)
