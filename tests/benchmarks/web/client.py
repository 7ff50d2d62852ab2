"""Many HTTP clients in one process, each with a connection that it keeps, as browsers have."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

Turn = Callable[["Browser"], Awaitable[None]]


@dataclass
class Answer:
    """What came back: status, headers in small letters, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Browser:
    """One client. Remembers the session's cookie."""

    host: str
    port: int
    cookie: str = ""
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(
        self, path: str, form: Sequence[tuple[str, str]] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        assert self.reader is not None
        body = b"" if form is None else urlencode(form).encode()
        lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = await _read(self.reader)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = None


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
    status = int(head[0].split()[1])
    size = 0 if status == 304 else int(headers.get("content-length", 0))
    return Answer(status, headers, await reader.readexactly(size) if size else b"")


@dataclass
class Measured:
    """Seconds of each request, and of the whole."""

    taken: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.taken) / self.seconds

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 of 100 requests were answered."""
        return 1000 * sorted(self.taken)[int(0.95 * (len(self.taken) - 1))]


@contextlib.asynccontextmanager
async def browsers(url: str, number: int) -> AsyncIterator[list[Browser]]:
    parts = urlsplit(url)
    found = [Browser(parts.hostname or "", parts.port or 80) for _ in range(number)]
    try:
        yield found
    finally:
        for one in found:
            one.close()


async def as_fast_as_they_can(clients: Sequence[Browser], turns: Sequence[Turn], seconds: float | None) -> Measured:
    """Each client takes the next of `turns` as soon as it is done with one: for `seconds`, or once through."""
    measured, position, started = Measured(), 0, time.monotonic()

    async def client(one: Browser) -> None:
        nonlocal position
        while position < len(turns) if seconds is None else time.monotonic() - started < seconds:
            turn = turns[position % len(turns)]
            position += 1
            begun = time.monotonic()
            await turn(one)
            measured.taken.append(time.monotonic() - begun)

    await asyncio.gather(*(client(one) for one in clients))
    measured.seconds = time.monotonic() - started
    return measured


async def each_in_its_time(clients: Sequence[Browser], turns: Sequence[Turn], every: float, seconds: float) -> Measured:
    """Each client has its own turn once in `every` seconds, at moments that nobody chose."""
    measured, started, rnd = Measured(), time.monotonic(), random.Random(1)

    async def client(one: Browser, turn: Turn, first: float) -> None:
        moment = started + first
        while moment < started + seconds:
            await asyncio.sleep(max(0.0, moment - time.monotonic()))
            begun = time.monotonic()
            await turn(one)
            measured.taken.append(time.monotonic() - begun)
            moment += every

    jobs = [client(one, turn, rnd.random() * every) for one, turn in zip(clients, turns, strict=True)]
    await asyncio.gather(*jobs)
    measured.seconds = time.monotonic() - started
    return measured
