"""Clients that take their time: connections that say nothing, headers and bodies that never end, unread answers."""

import contextlib
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

KINDS: Final = ("silent", "kept alive", "slow headers", "slow body", "slow reader")
_PAUSE: Final = 0.5


@contextlib.contextmanager
def slow_clients_apart(url: str, number: int) -> Iterator[None]:
    """As `slow_clients`, by a process of its own: whoever measures meanwhile has no part in their work."""
    root = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "tests.support.slow_clients", url, str(number)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            assert process.stdout.readline() == b"open\n"
            yield
        finally:
            process.stdin.close()


@contextlib.contextmanager
def slow_clients(url: str, number: int, kinds: tuple[str, ...] = KINDS) -> Iterator[list[socket.socket]]:
    """`number` open connections to `url`, of `kinds` in turn while the block lasts; each sends a byte now and then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = number + 500
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    ending = threading.Event()
    opened: list[socket.socket] = []
    try:
        # Not at once as a list: those already open are closed whatever happens to the next.
        opened.extend(_opened(address, kinds[i % len(kinds)]) for i in range(number))
        dripping = [one for i, one in enumerate(opened) if kinds[i % len(kinds)] in ("slow headers", "slow body")]
        thread = threading.Thread(target=_drip, args=(dripping, ending), daemon=True)
        thread.start()
        yield opened
        ending.set()
        thread.join()
    finally:
        ending.set()
        for one in opened:
            one.close()


def _opened(address: tuple[str, int], kind: str) -> socket.socket:
    one = socket.socket()
    if kind == "slow reader":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.settimeout(60)
    one.connect(address)
    host = f"Host: {address[0]}:{address[1]}\r\n"
    if kind == "kept alive":
        one.sendall(f"HEAD /static/logo.svg HTTP/1.1\r\n{host}\r\n".encode())
    elif kind == "slow headers":
        one.sendall(f"GET / HTTP/1.1\r\n{host}X-Slow: ".encode())
    elif kind == "slow body":
        one.sendall(f"POST /sign-in HTTP/1.1\r\n{host}Content-Length: 1000000\r\n\r\n".encode())
    elif kind == "slow reader":
        # Several answers on one connection, none of them read.
        one.sendall(f"GET /static/vendor/htmx.min.js HTTP/1.1\r\n{host}\r\n".encode() * 4)
    return one


def _drip(connections: list[socket.socket], ending: threading.Event) -> None:
    while not ending.wait(_PAUSE):
        for one in connections:
            with contextlib.suppress(OSError):
                one.sendall(b"a")


if __name__ == "__main__":
    with slow_clients(sys.argv[1], int(sys.argv[2])):
        print("open", flush=True)
        # Until whoever started this one closes its end.
        sys.stdin.read()
