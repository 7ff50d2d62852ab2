"""Connections that are idle or slow are in nobody's way."""

import time
import urllib.request
from pathlib import Path

from tests.support.server import StartServer, passerelle
from tests.support.slow_clients import KINDS, slow_clients
from tests.support.tally import Told
from web.server import FILES_BESIDE, MOST_CONNECTIONS, server_settings

REQUESTS = 60


def p95_of(url: str, path: str = "/") -> float:
    """Seconds within which 95 of 100 people, each with a connection of their own, have the page."""
    taken = []
    for _turn in range(REQUESTS):
        started = time.monotonic()
        with urllib.request.urlopen(url + path, timeout=60) as answer:
            assert answer.status == 200 and answer.read()
        taken.append(time.monotonic() - started)
    return sorted(taken)[int(0.95 * REQUESTS)]


def test_two_thousand_idle_and_slow_connections_delay_nobody(
    start_server: StartServer, tmp_path: Path, tally: Told
) -> None:
    """With a limit of 100 connections the first of these requests waited until another's was given up.

    The shell allows 300 files, as many do 1,024: the server asks for more.
    """
    shell = tmp_path / "few_files"
    shell.write_text('#!/bin/sh\nulimit -S -n 300\nexec "$@"\n')
    shell.chmod(0o755)
    url = start_server(command=[str(shell), *passerelle()]).url
    alone = p95_of(url)
    with slow_clients(url, 2000) as opened:
        p95 = p95_of(url)
        tally("pages among 2,000 idle and slow connections (95 of 100)", REQUESTS, errors=0, worst=p95)
        # A machine that does much else is slow without them too.
        assert p95 < max(0.3, 5 * alone)
        # They are served too, once they have said what they want.
        opened[KINDS.index("silent")].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        opened[KINDS.index("slow headers")].sendall(b"\r\n\r\n")
        for kind in ("silent", "slow headers"):
            assert opened[KINDS.index(kind)].recv(100).startswith(b"HTTP/1.1 200 ")


def test_connections_never_take_the_files_that_the_program_needs() -> None:
    assert server_settings(1024)["connection_limit"] == 1024 - FILES_BESIDE
    assert server_settings(100_000)["connection_limit"] == MOST_CONNECTIONS
    assert server_settings(200)["connection_limit"] == 100
