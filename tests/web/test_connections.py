"""The server's connections: kept where they may be, closed where they must be, and nobody waits for another's."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest

from web.connections import Server
from web.server import LARGEST_BODY, server_settings

SIZE = 3_000_000


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers as its address says."""
    path = environ["PATH_INFO"]
    if path == "/same":
        start_response("304 NOT MODIFIED", [("ETag", '"x"')])
        return ()
    if path.startswith("/slow/"):
        time.sleep(float(path.removeprefix("/slow/")))
    body = b"x" * SIZE if path == "/large" else path.encode() + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body))), ("Content-Type", "text/plain")])
    return [body]


@contextmanager
def serving(**settings: Any) -> Iterator[Server]:
    known = {"host": "127.0.0.1", "port": 0, "threads": 2, "ident": None, **settings}
    server = Server(application, **known)
    loop = threading.Thread(target=server.run, name="loop")
    loop.start()
    try:
        yield server
    finally:
        server.stop()
        loop.join(10)
        server.close(2.0)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.listeners[0].effective_port)), timeout=10)


def ask(path: str, *headers: str, version: str = "1.1") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/{version}", "Host: localhost", *headers, "", ""]).encode()


def answer(one: socket.socket) -> tuple[str, bytes]:
    """The status line and the body of the next answer; two empty ones where the connection was closed."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = one.recv(1)
        if not byte:
            return "", b""
        head += byte
    size = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    body = b""
    while len(body) < size:
        body += one.recv(size - len(body))
    return head.split(b"\r\n")[0].decode(), body


def test_connection_is_kept_after_an_answer_without_body(server: Server) -> None:
    """Waitress closed it: each phone's next question began with a new connection."""
    with closing(connect(server)) as one:
        for _turn in range(3):
            one.sendall(ask("/same"))
            assert answer(one) == ("HTTP/1.1 304 NOT MODIFIED", b"")
        one.sendall(ask("/a"))
        assert answer(one) == ("HTTP/1.1 200 OK", b"/a")


@pytest.mark.parametrize("path", ["/same", "/a"])
@pytest.mark.parametrize(("version", "headers"), [("1.0", []), ("1.1", ["Connection: close"])])
def test_connection_is_closed_where_the_client_wants_it(
    server: Server, path: str, version: str, headers: list[str]
) -> None:
    with closing(connect(server)) as one:
        one.sendall(ask(path, *headers, version=version))
        assert answer(one)[0].split(" ", 1)[1] in ("304 NOT MODIFIED", "200 OK")
        assert one.recv(1) == b""


def test_requests_sent_at_once_are_answered_in_their_order(server: Server) -> None:
    with closing(connect(server)) as one:
        paths = [f"/{number}" for number in range(50)]
        one.sendall(b"".join(map(ask, paths)))
        assert [answer(one)[1].decode() for _path in paths] == paths


def test_what_comes_while_an_answer_is_made_is_answered_next(server: Server) -> None:
    """The loop stops to listen to a connection that speaks while it is served, and must listen again afterwards."""
    with closing(connect(server)) as one:
        for _turn in range(20):
            one.sendall(ask("/slow/0.01"))
            time.sleep(0.005)
            one.sendall(ask("/next"))
            assert [answer(one)[1] for _number in range(2)] == [b"/slow/0.01", b"/next"]


def test_large_answer_reaches_a_reader_who_takes_breaks(server: Server) -> None:
    with closing(connect(server)) as slow, closing(connect(server)) as other:
        slow.sendall(ask("/large") + ask("/after"))
        time.sleep(0.2)
        other.sendall(ask("/other"))
        assert answer(other)[1] == b"/other"
        time.sleep(0.2)
        assert len(answer(slow)[1]) == SIZE
        assert answer(slow)[1] == b"/after"


def test_loop_rests_while_nothing_can_be_done_for_anybody(server: Server) -> None:
    """One has more to say while it is served, one has left, one does not read, one has read all."""
    with closing(connect(server)) as speaks, closing(connect(server)) as lazy, closing(connect(server)) as done:
        done.sendall(ask("/large"))
        assert len(answer(done)[1]) == SIZE
        lazy.sendall(ask("/large") * 3)
        speaks.sendall(ask("/slow/1"))
        with closing(connect(server)) as gone:
            gone.sendall(ask("/slow/1"))
        time.sleep(0.2)
        speaks.sendall(ask("/next"))
        spent = time.process_time()
        time.sleep(0.7)
        assert time.process_time() - spent < 0.2


def test_request_that_comes_in_pieces_is_read_whole(server: Server) -> None:
    with closing(connect(server)) as one:
        whole = b"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n" + b"y" * 20
        for start in range(0, len(whole), 7):
            one.sendall(whole[start : start + 7])
            time.sleep(0.01)
        assert answer(one)[1] == b"/p" + b"y" * 20


def test_client_that_waits_for_a_signal_to_send_its_body_gets_it(server: Server) -> None:
    with closing(connect(server)) as one:
        one.sendall(b"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert answer(one)[0] == "HTTP/1.1 100 Continue"
        one.sendall(b"yyy")
        assert answer(one)[1] == b"/pyyy"


def test_request_that_is_none_is_refused_and_the_connection_closed(server: Server) -> None:
    with closing(connect(server)) as one:
        one.sendall(b"nonsense\r\n\r\n")
        assert answer(one)[0].startswith("HTTP/1.0 400")
        assert one.recv(1) == b""
    with closing(connect(server)) as one:
        one.sendall(ask("/a", "X-Long: " + "x" * 300_000))
        assert answer(one)[0].startswith("HTTP/1.0 431")


def test_body_that_is_far_too_large_is_refused_before_it_is_sent() -> None:
    """It was written to the disk first, a gigabyte of it."""
    with serving(**server_settings(1024)) as server, closing(connect(server)) as one:
        one.sendall(b"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert answer(one)[0].startswith("HTTP/1.1 413")
    with serving(**server_settings(1024)) as server, closing(connect(server)) as one:
        one.sendall(b"POST /p HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"y" * 0x100000 + b"\r\n"
        with suppress(ConnectionError):
            for _chunk in range(LARGEST_BODY // 0x100000 + 1):
                one.sendall(chunk)
        assert answer(one)[0].startswith("HTTP/1.1 413")


def test_client_that_leaves_while_it_is_served_takes_nothing_with_it(server: Server) -> None:
    for _turn in range(20):
        with closing(connect(server)) as gone:
            gone.sendall(ask("/slow/0.05"))
    with closing(connect(server)) as one:
        one.sendall(ask("/a"))
        assert answer(one)[1] == b"/a"
    wait_until(lambda: not server.listeners[0].active_channels)


def test_connection_whose_file_is_gone_takes_only_itself(server: Server) -> None:
    with closing(connect(server)) as lost, closing(connect(server)) as other:
        lost.sendall(ask("/a"))
        assert answer(lost)[1] == b"/a"
        channels = list(server.listeners[0].active_channels.values())
        (channel,) = (one for one in channels if one.addr == lost.getsockname())
        # As by a thread that meets an error while it sends.
        channel.socket.close()
        channel.will_close = True
        server.connections.changed.append(channel)
        for _turn in range(3):
            other.sendall(ask("/b"))
            assert answer(other)[1] == b"/b"
        assert channel not in server.connections.values()


def test_silent_connection_is_closed_after_its_time() -> None:
    with serving(channel_timeout=1, cleanup_interval=1) as server, closing(connect(server)) as one:
        one.sendall(ask("/a"))
        assert answer(one)[1] == b"/a"
        started = time.monotonic()
        assert one.recv(1) == b""
        # A silent client would wait for ever.
        assert time.monotonic() - started > 0.5


def dripped(one: socket.socket, pause: float = 0.1, seconds: float = 30.0) -> bytes:
    """Send a byte after each `pause` until the server answers; all that it says until it closes."""
    end, told = time.monotonic() + seconds, b""
    one.settimeout(pause)
    while time.monotonic() < end:
        with suppress(ConnectionError, BrokenPipeError):
            one.sendall(b"a")
        try:
            part = one.recv(1000)
        except TimeoutError:
            continue
        except ConnectionError:
            return told
        if not part:
            return told
        told += part
    raise AssertionError("the server waits for ever")


@pytest.mark.parametrize(
    ("begin", "limits"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", {"head_arrives": 1.0}),
        (b"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", {"all_arrives": 1.0}),
    ],
    ids=["head", "body"],
)
def test_request_that_drips_in_is_given_up_and_its_client_told(begin: bytes, limits: dict[str, float]) -> None:
    """A byte now and then was enough to be waited for without end: only silence was measured."""
    with serving(cleanup_interval=1, **limits) as server, closing(connect(server)) as slow:
        slow.sendall(begin)
        started = time.monotonic()
        told = dripped(slow)
        assert time.monotonic() - started >= 1.0
        # The bytes that nobody reads any more may have the system throw the answer away.
        assert not told or (b" 408 Request Timeout" in told and b"within 1 seconds" in told)
        with closing(connect(server)) as one:
            one.sendall(ask("/a"))
            assert answer(one)[1] == b"/a"


def test_slow_request_that_arrives_in_time_is_answered_however_long_its_answer_takes() -> None:
    limits = {"head_arrives": 2.0, "all_arrives": 60.0}
    with serving(cleanup_interval=1, **limits) as server, closing(connect(server)) as one:
        one.sendall(b"POST /p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\n")
        for _byte in range(30):
            one.sendall(b"y")
            time.sleep(0.1)
        assert answer(one)[1] == b"/p" + b"y" * 30
        # What is begun meanwhile is not read yet: that is not the client's doing.
        one.sendall(ask("/slow/3.5") + b"GET /n")
        assert answer(one)[1] == b"/slow/3.5"
        one.sendall(b"ext HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer(one)[1] == b"/next"


def test_connections_beyond_the_limit_wait_until_one_is_closed() -> None:
    # The pipe that wakes the loop and the listening socket count too.
    with serving(connection_limit=4) as server, closing(connect(server)) as one, closing(connect(server)) as two:
        for each in (one, two):
            each.sendall(ask("/a"))
            assert answer(each)[1] == b"/a"
        with closing(connect(server)) as three:
            three.sendall(ask("/three"))
            three.settimeout(0.3)
            with pytest.raises(TimeoutError):
                three.recv(1)
            one.close()
            three.settimeout(10)
            assert answer(three)[1] == b"/three"


def test_stopped_server_answers_what_it_was_asked_and_takes_in_nothing_more(server: Server) -> None:
    with closing(connect(server)) as asked, closing(connect(server)) as late, closing(connect(server)) as half:
        half.sendall(b"GET /half HTTP/1.1\r\n")
        asked.sendall(ask("/slow/0.5"))
        wait_until(lambda: is_answering(server))
        started = time.monotonic()
        stop(server, 60.0)
        assert time.monotonic() - started < 30
        assert answer(asked)[1] == b"/slow/0.5"
        for one in (late, half):
            assert one.recv(1) == b""
        with pytest.raises(OSError):
            connect(server)


def test_stopped_server_gives_up_what_takes_too_long(server: Server) -> None:
    with closing(connect(server)) as asked:
        asked.sendall(ask("/slow/10"))
        wait_until(lambda: is_answering(server))
        started = time.monotonic()
        stop(server, 0.5)
        assert time.monotonic() - started < 8


def test_address_that_is_taken_or_none_is_told(server: Server) -> None:
    with pytest.raises(OSError):
        Server(application, host="127.0.0.1", port=int(server.listeners[0].effective_port))
    with pytest.raises(ValueError):
        Server(application, host="nowhere.invalid", port=0)


def stop(server: Server, patience: float) -> None:
    (loop,) = (thread for thread in threading.enumerate() if thread.name == "loop")
    server.stop()
    loop.join(5)
    server.close(patience)


def is_answering(server: Server) -> bool:
    return any(one.requests for one in list(server.listeners[0].active_channels.values()))


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)
