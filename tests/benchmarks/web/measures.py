"""The rows of ``make bench WITH="--only web"``: pages, connections, registrations, each with what it must reach."""

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.table import Table
from tests.benchmarks.web.client import Browser, Measured, Turn, as_fast_as_they_can, browsers, each_in_its_time
from tests.benchmarks.web.event import SECRET_KEY, Ready, change, fill
from tests.benchmarks.web.prints import print_prints
from tests.support.house import House, ended
from tests.support.postgres import new_database, postgres_server
from tests.support.processes import running
from tests.support.programs import free_port
from tests.support.server import clean_environment, healthy
from tests.support.slow_clients import slow_clients_apart
from tests.support.smtp import silent_smtp
from web.db import database, get_session, write
from web.domain.mail.sending import enqueue_mail

PARTICIPANTS, CLIENTS, SECONDS = 500, 50, 4.0
# A phone asks once in so many seconds.
EVERY = 20.0
PAGES = (("agenda", ""), ("calendar file", "agenda.ics"), ("directory", "directory"))
ONE_ROOM = 120
HEADS = ("what", "a second", "p95 (ms)", "must reach", "reached")
WIDTHS = (58, 12, 9, 28, 7)


def print_web(table: Table) -> None:
    """Measure and print the table, then that of prints; takes about six minutes."""
    prints = table
    table = Table(table.stream, table.markdown, HEADS, WIDTHS)
    table.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _bare(folder) as url:
            bare = asyncio.run(_loop(url, lambda _one: [_page("/")]))
        _row(table, "a bare Flask page on the same server", bare)
        database_url = f"sqlite:///{_var(folder) / 'passerelle.db'}"
        ready = fill(_var(folder), database_url, PARTICIPANTS)
        with _serving(folder, database_url) as url:
            _pages(table, url, ready, bare.rate, lambda: change(_var(folder), database_url))
            _in_one_room(table, url, ready.slug, "SQLite")
            _registering(table, url, ready.slug, "SQLite")
    with tempfile.TemporaryDirectory() as name, postgres_server() as port:
        folder = Path(name)
        database_url = new_database(port, "passerelle")
        ready = fill(_var(folder), database_url, 0)
        with _serving(folder, database_url) as url:
            _in_one_room(table, url, ready.slug, "PostgreSQL")
            _registering(table, url, ready.slug, "PostgreSQL")
    with tempfile.TemporaryDirectory() as name:
        _computing_without_mail(table, Path(name))
    table.say()
    print_prints(prints)


def _pages(table: Table, url: str, ready: Ready, bare: float, change: Callable[[], None]) -> None:
    # The processes that make pages have started by then.
    asyncio.run(_once(url, [_page(f"/p/{token}/") for token in ready.tokens]))
    for words, page in PAGES:
        paths = [f"/p/{token}/{page}" for token in ready.tokens]
        first = _middle_of_three(lambda paths=paths: _first_look(url, paths, change))
        _row(table, f"{words}, everybody’s first look after a change", first, "≥ 200 a second", first.rate >= 200)
        again = asyncio.run(_loop(url, lambda _one, paths=paths: [_page(path) for path in paths]))
        _row(table, f"{words}, new to the browser", again, "≥ 200 a second", again.rate >= 200)
        same = asyncio.run(_loop(url, lambda number, paths=paths: [_unchanged(paths[number])]))
        _row(table, f"{words}, unchanged (304)", same, f"≥ {bare / 2:.0f}, half of bare", same.rate >= bare / 2)
    for words, page in PAGES:
        paths = [f"/p/{token}/{page}" for token in ready.tokens]
        paced = asyncio.run(_paced(url, paths))
        what = f"{words}, {PARTICIPANTS} phones, each every {EVERY:.0f} s"
        _row(table, what, paced, "p95 < 200 ms", paced.p95 < 200)
        change()
        made = asyncio.run(_paced(url, paths, _page))
        _row(table, f"{words}, the same after a change", made, "p95 < 200 ms", made.p95 < 200)
    with slow_clients_apart(url, 2000):
        mixed = [f"/p/{token}/{PAGES[number % 3][1]}" for number, token in enumerate(ready.tokens)]
        among = asyncio.run(_paced(url, mixed))
    _row(table, "all three among 2,000 idle or slow connections", among, "p95 < 300 ms", among.p95 < 300)


def _first_look(url: str, paths: list[str], change: Callable[[], None]) -> Measured:
    change()
    return asyncio.run(_once(url, [_page(path) for path in paths]))


def _middle_of_three(measure: Callable[[], Measured]) -> Measured:
    """Everybody has looked within two or three seconds: too short for a machine that has others to serve as well."""
    return sorted((measure() for _ in range(3)), key=lambda one: one.rate)[1]


def _in_one_room(table: Table, url: str, slug: str, words: str) -> None:
    """All by one network address, as a venue has. Asked first: on PostgreSQL the server has only just started, and the
    processes beside it need a second more."""
    refused: list[int] = []
    turns = [_register(slug, 1000 + number, refused) for number in range(ONE_ROOM)]
    measured = asyncio.run(_once(url, turns))
    what = f"{ONE_ROOM} register in one room, {words}: {len(refused)} refused"
    _row(table, what, measured, "none refused", not refused)


def _computing_without_mail(table: Table, folder: Path) -> None:
    """A computation is asked for while the mail server accepts, never answers, and mails wait for it."""
    with ExitStack() as stack:
        house = House(folder, stack, SMTP_URL=stack.enter_context(silent_smtp()))
        with house.app.app_context(), write(get_session()) as session:
            for number in range(20):
                enqueue_mail(session, recipient=f"p{number}@example.org", subject="x", text="y")
        house.start_worker()
        # By then a mail is at it.
        house.wait(house.compute(4), ended, 60)
        job = house.wait(house.compute(1), ended, 60)
        waited = (job.started_at - job.created_at).total_seconds() if job.started_at else 1000.0
        database(house.app).engine.dispose()
    words = f"a computation while the mail server hangs: begun after {waited:.1f} s"
    table.row([words, "", "", "≤ 5 s", "yes" if waited <= 5 else "no"])


def _registering(table: Table, url: str, slug: str, words: str) -> None:
    measured = asyncio.run(_loop(url, lambda number: [_register(slug, number)], clients=16, seconds=15.0))
    reached = measured.rate >= 2000 / 60 and measured.p95 < 500
    what = f"registering, form and all, {words}: {60 * measured.rate:,.0f} a minute"
    _row(table, what, measured, "≥ 2,000 a minute, p95 < 500 ms", reached)


def _row(table: Table, words: str, measured: Measured, bar: str = "", reached: bool | None = None) -> None:
    told = "" if reached is None else "yes" if reached else "no"
    table.row([words, f"{measured.rate:,.0f}", f"{measured.p95:,.0f}", bar, told])


def _page(path: str) -> Turn:
    async def turn(one: Browser) -> None:
        one.cookie = ""
        answer = await one.ask(path)
        assert answer.status == 200, f"{path}: {answer.status}"

    return turn


def _unchanged(path: str) -> Turn:
    """Asks with what it was given before; the first time without."""
    kept: dict[str, str] = {}

    async def turn(one: Browser) -> None:
        answer = await one.ask(path, headers={"If-None-Match": kept["etag"]} if kept else None)
        assert answer.status == (304 if kept else 200), f"{path}: {answer.status}"
        kept["etag"] = answer.headers["etag"]

    return turn


def _register(slug: str, number: int, refused: list[int] | None = None) -> Turn:
    """Reads the form, fills it in and sends it: what one person does, with the time of both.

    What is answered to those who are not registered is added to `refused`; without, nobody may be.
    """
    count = 0

    async def turn(one: Browser) -> None:
        nonlocal count
        count += 1
        one.cookie = ""
        text = (await one.ask(f"/e/{slug}/register")).body.decode()
        hidden = dict(re.findall(r'name="(csrf_token|submission)"[^>]*value="([^"]*)"', text))
        slots = re.findall(r'name="presence"[^>]*value="([^"]*)"', text)
        form = [
            *hidden.items(),
            ("kind", "association"),
            ("name", f"Association {number}-{count}"),
            ("contact_name", "Ada Exemple"),
            ("email", f"a{number}-{count}@example.org"),
            ("project", "Nous cherchons un graphiste pour deux jours en mai."),
            ("needs", "skills.communication"),
            ("offers", "visibility.image"),
            *(("presence", slot) for slot in slots),
            ("zone", ""),
            ("delegates", "2"),
            ("attendance", "onsite"),
            ("language", "fr"),
            ("consent", "y"),
        ]
        answer = await one.ask(f"/e/{slug}/register", form)
        if answer.status != 303 and refused is not None:
            refused.append(answer.status)
        else:
            assert answer.status == 303, f"registering: {answer.status}"

    return turn


async def _once(url: str, turns: list[Turn]) -> Measured:
    async with browsers(url, CLIENTS) as clients:
        return await as_fast_as_they_can(clients, turns, None)


async def _loop(
    url: str, turns_of: Callable[[int], list[Turn]], clients: int = CLIENTS, seconds: float = SECONDS
) -> Measured:
    """Each client repeats turns of its own, once before it is measured."""
    async with browsers(url, clients) as found:
        own = [turns_of(number) for number in range(clients)]
        await asyncio.gather(*(turns[0](one) for one, turns in zip(found, own, strict=True)))
        parts: list[Awaitable[Measured]] = [
            as_fast_as_they_can([one], turns[number:] + turns[:number], seconds)
            for number, (one, turns) in enumerate(zip(found, own, strict=True))
        ]
        started = time.monotonic()
        each = await asyncio.gather(*parts)
    return Measured([taken for one in each for taken in one.taken], time.monotonic() - started)


async def _paced(url: str, paths: list[str], turn_of: Callable[[str], Turn] | None = None) -> Measured:
    """Each phone has its page already and asks whether it still holds; or takes the turn `turn_of` of its path."""
    turns = [(turn_of or _unchanged)(path) for path in paths]
    async with browsers(url, len(turns)) as clients:
        for one, turn in zip(clients, turns, strict=True) if turn_of is None else ():
            await turn(one)
        return await each_in_its_time(clients, turns, EVERY, EVERY)


def _var(folder: Path) -> Path:
    var = folder / "var"
    var.mkdir(exist_ok=True)
    return var


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.benchmarks.web.bare", str(port)]
    with running(command, ready=lambda: _answers(url), log=folder / "bare.log"):
        yield url


def _answers(url: str) -> bool:
    async def ask() -> bool:
        async with browsers(url, 1) as (one,):
            return (await one.ask("/")).status == 200

    try:
        return asyncio.run(ask())
    except OSError:
        return False


@contextmanager
def _serving(folder: Path, database_url: str) -> Iterator[str]:
    """`passerelle serve` on that database, web and worker."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "web", "serve", "--host", "127.0.0.1", "--port", str(port)]
    environment = clean_environment(
        DATABASE_URL=database_url, SECRET_KEY=SECRET_KEY, PYTHONPATH=str(Path(__file__).parents[3])
    )
    with running(command, ready=lambda: healthy(url), log=folder / "serve.log", folder=folder, env=environment):
        yield url
