"""Four people ask for everybody's sheets at once: how long until each has them, and how much memory that takes.

``python -m tests.benchmarks.web.prints`` prints these rows alone.
"""

import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from tests.benchmarks.table import Table
from tests.benchmarks.web.event import SECRET_KEY, fill
from tests.support.server import serving
from tests.support.visitor import Visitor
from tests.web.factories import Factory
from web import create_app
from web.config import Settings
from web.db import database, get_session, write
from web.models import Event, EventMember, Role, ScheduleVersion

HEADS = ("everybody’s sheets", "the first has it (s)", "the last (s)", "memory more (MiB)", "must reach", "reached")
WIDTHS = (62, 20, 12, 17, 16, 7)
SIZES = (54, 500)
AT_ONCE = 4
# What one print may take while it lasts, however many ask: it was 1.1 GiB for four.
MOST_MEMORY = 500
PASSWORD = "une phrase de passe"


@dataclass(frozen=True)
class Printed:
    """Seconds until each of those who asked had a PDF, and the memory at most, beyond that before, in MiB."""

    seconds: Sequence[float]
    memory: float


def print_prints(table: Table) -> None:
    """Measure and print the rows; takes some minutes."""
    table = Table(table.stream, table.markdown, HEADS, WIDTHS)
    table.start()
    for participants in SIZES:
        with tempfile.TemporaryDirectory() as name, _ready(Path(name), participants) as (url, pid, addresses):
            newest, older = addresses
            alone = measured(url, pid, [older])
            _row(table, f"{participants} participants, one asks", alone)
            time.sleep(2)
            same = measured(url, pid, [newest] * AT_ONCE)
            _row(table, f"{participants} participants, {AT_ONCE} ask for the same", same, MOST_MEMORY)
        with tempfile.TemporaryDirectory() as name, _ready(Path(name), participants) as (url, pid, addresses):
            two = measured(url, pid, [*addresses] * (AT_ONCE // 2))
            _row(table, f"{participants} participants, {AT_ONCE} ask for two versions", two, MOST_MEMORY)


def measured(url: str, pid: int, addresses: Sequence[str]) -> Printed:
    """Ask for all `addresses` at once, each in a browser of its own, and wait as the page says until each has a PDF."""
    browsers = [_signed_in(url) for _address in addresses]
    before, most = memory_of(pid), 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.1):
            most = max(most, memory_of(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with ThreadPoolExecutor(len(addresses)) as pool:
            seconds = list(pool.map(_until_printed, browsers, addresses))
    finally:
        over.set()
        watching.join()
    return Printed(sorted(seconds), most - before)


def memory_of(pid: int) -> float:
    """MiB of a process and of all below it, what several share counted once."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for parent in found:
        found += [one for one, above in parents.items() if above == parent]
    return sum(map(_proportional, found)) / 1024


def _proportional(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    match = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
    return int(match[1]) if match else 0


def _signed_in(url: str) -> Visitor:
    visitor = Visitor(url)
    answer = visitor.send("/sign-in", visitor.form("/sign-in"), {"email": "odile@example.org", "password": PASSWORD})
    assert answer.status == 302, answer.status
    return visitor


def _until_printed(visitor: Visitor, address: str) -> float:
    started = time.monotonic()
    while "Refresh" in (answer := visitor.read(address)).headers:
        # As a browser does.
        seconds, _, address = answer.headers["Refresh"].partition("; url=")
        time.sleep(int(seconds))
    assert answer.data.startswith(b"%PDF-"), answer.status
    return time.monotonic() - started


@contextmanager
def _ready(folder: Path, participants: int) -> Iterator[tuple[str, int, list[str]]]:
    """A server with an announced event: its address, its process, and where the sheets of each version are."""
    var = folder / "var"
    var.mkdir()
    database_url = f"sqlite:///{var / 'passerelle.db'}"
    fill(var, database_url, participants)
    app = create_app(Settings(var=var, database_url=database_url, secret_key=SECRET_KEY))
    with app.app_context():
        session = get_session()
        user = Factory(session).user(email="odile@example.org", password=PASSWORD)
        versions = session.scalars(select(ScheduleVersion).order_by(ScheduleVersion.id.desc())).all()
        event_id = versions[0].event_id
        paths = [f"/events/{event_id}/schedule/{version.id}/agendas.pdf" for version in versions]
        with write(session):
            session.add(EventMember(event_id=session.get_one(Event, event_id).id, user_id=user.id, role=Role.ORGANISER))
    database(app).engine.dispose()
    root = os.pathsep.join(filter(None, (str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH"))))
    words = [sys.executable, "-m", "web"]
    with serving(folder, command=words, SECRET_KEY=SECRET_KEY, PYTHONPATH=root) as server:
        yield server.url, server.process.pid, paths


def _row(table: Table, words: str, printed: Printed, most: float | None = None) -> None:
    bar = "" if most is None else f"≤ {most:,.0f} MiB"
    reached = "" if most is None else "yes" if printed.memory <= most else "no"
    first, last = printed.seconds[0], printed.seconds[-1]
    table.row([words, f"{first:,.1f}", f"{last:,.1f}", f"{printed.memory:,.0f}", bar, reached])


if __name__ == "__main__":
    print_prints(Table(sys.stdout, markdown="--markdown" in sys.argv))
