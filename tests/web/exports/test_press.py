"""The press: sheets come from processes of their own, each is printed once, one print at a time."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.support.prints import pages_of, small_agendas
from tests.support.processes import children_of, soon
from web.exports import press as printing
from web.exports.press import Order, Press, PressBusy, PrintFailed


@pytest.fixture
def press() -> Iterator[Press]:
    press = Press()
    yield press
    press.close()


def test_one_sheet_and_all_sheets_come_as_pdf(press: Press) -> None:
    agendas = small_agendas()
    assert len(pages_of(press.order(agendas[:1]).pdf.result(60))) == 1
    order = press.order(agendas)
    assert len(pages_of(order.pdf.result(60))) == len(agendas)
    assert (order.done, order.total) == (5, 5)


def test_sheets_are_tagged_and_titled_as_those_of_the_command(press: Press, tmp_path: Path) -> None:
    path = tmp_path / "agendas.pdf"
    path.write_bytes(press.order(small_agendas()).pdf.result(60))
    with pikepdf.open(path) as pdf:
        assert str(pdf.docinfo["/Title"]).startswith("Agendas")
        assert "/StructTreeRoot" in pdf.Root


def test_same_sheets_are_printed_once_whoever_asks(press: Press) -> None:
    agendas = small_agendas()
    with ThreadPoolExecutor(4) as asking:
        orders = list(asking.map(lambda _number: press.order(agendas), range(4)))
    assert len({id(order) for order in orders}) == 1
    pdf = orders[0].pdf.result(60)
    kept = press.order(small_agendas())
    assert kept is orders[0] and kept.pdf.result(0) is pdf
    assert press.order(agendas, large_print=True) is not orders[0]


def test_sheets_for_everybody_are_printed_one_order_at_a_time(press: Press) -> None:
    first, second = press.order(small_agendas()), press.order(small_agendas("en"))
    both = []
    while not first.pdf.done():
        both.append(second.started and not first.pdf.done())
        time.sleep(0.02)
    assert not any(both[:-2])
    second.pdf.result(60)


def test_one_sheet_does_not_wait_for_those_of_everybody(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(press, "_print_many", lambda *_order: gate.wait(60) and b"%PDF-")
    slow = press.order(small_agendas())
    assert press.order(small_agendas()[:1]).pdf.result(60).startswith(b"%PDF-")
    assert not slow.pdf.done()
    gate.set()


@pytest.mark.parametrize("noticed", [False, True])
def test_a_process_that_was_killed_is_replaced_for_the_next_sheet(press: Press, noticed: bool) -> None:
    before = children_of(os.getpid())
    press.order(small_agendas(participants=["a1"])).pdf.result(60)
    pool = press._pool
    assert pool is not None
    for pid in list(pool._processes):
        assert pid in children_of(os.getpid()) - before
        os.kill(pid, signal.SIGKILL)
    # Python takes a moment to see that one is gone; before that it takes orders, afterwards it refuses them.
    assert not noticed or soon(lambda: bool(pool._broken))
    assert press.order(small_agendas(participants=["a2"])).pdf.result(60).startswith(b"%PDF-")


def test_a_print_that_hangs_is_ended_and_told(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_PATIENCE", 0.01)
    with pytest.raises(PrintFailed, match="hung"):
        press.order(small_agendas()).pdf.result(60)


def test_who_waits_for_a_print_that_failed_is_told_and_who_asks_anew_has_it_tried_again(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_PATIENCE", 0.01)
    order = press.order(small_agendas(), asker="me")
    with pytest.raises(PrintFailed):
        order.pdf.result(60)
    known = press.known(order.name, "me")
    assert known is order and press.known(order.name, "you") is None
    with pytest.raises(PrintFailed):
        known.wait(0)
    monkeypatch.setattr(printing, "_PATIENCE", 120.0)
    again = press.order(small_agendas(), asker="me")
    assert again is not order and again.pdf.result(100).startswith(b"%PDF-")
    assert press.known(order.name, "me") is again


def test_more_orders_than_can_be_printed_in_time_are_refused(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_MOST_ORDERS", 1)
    press.order(small_agendas())
    with pytest.raises(PressBusy):
        press.order(small_agendas("en"))


def test_what_is_kept_is_bounded(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_KEPT", 100)
    for name in "ab":
        press._put_on_the_shelf(printed(name))
    assert press.known("a", "me") is None
    kept = press.known("b", "me")
    assert kept is not None and kept.wait(0) == b"x" * 60
    monkeypatch.setattr(printing, "_KEPT_FOR", -1.0)
    assert press.known("b", "me") is None


def printed(name: str, *event_ids: int) -> Order:
    """An order of `me` whose file is ready."""
    order = Order(name, 1, askers={"me"}, event_ids=set(event_ids))
    order.pdf.set_result(b"x" * 60)
    return order


def test_what_is_kept_too_long_goes_though_nobody_asks_any_more(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stayed until the next print was asked for."""
    monkeypatch.setattr(printing, "_KEPT_FOR", -0.9)
    press._put_on_the_shelf(printed("a"))
    end = time.monotonic() + 30
    while press._kept:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_prints_of_an_event_that_has_changed_are_forgotten_and_no_others(press: Press) -> None:
    for name, event_id in (("a", 1), ("b", 2)):
        press._put_on_the_shelf(printed(name, event_id))
    press.forget(1)
    assert press.known("a", "me") is None
    assert press.known("b", "me") is not None


def test_print_that_is_at_it_while_its_event_changes_reaches_who_waits_and_is_not_kept(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), threading.Event()
    monkeypatch.setattr(press, "_print_many", lambda *_order: begun.set() or (gate.wait(60) and b"%PDF-"))
    agendas = small_agendas()
    order = press.order(agendas, asker="me", event_id=1)
    assert begun.wait(60)
    press.forget(1)
    assert press.known(order.name, "me") is None
    gate.set()
    assert order.wait(60) == b"%PDF-"
    anew = press.order(agendas, asker="me", event_id=1)
    assert anew is not order
    assert anew.wait(60) == b"%PDF-"
    assert press.known(order.name, "me") is anew


def test_an_order_is_known_to_those_who_asked_for_it_and_to_no_others(press: Press) -> None:
    order = press.order(small_agendas(), asker="version 1")
    assert press.known(order.name, "version 1") is order
    assert press.known(order.name, "version 2") is None
    assert press.known("nothing", "version 1") is None
    assert press.order(small_agendas(), asker="version 2") is order
    order.pdf.result(60)
    assert press.known(order.name, "version 2").wait(0) == order.pdf.result(0)  # type: ignore[union-attr]


def test_who_waits_is_told_how_many_come_before(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(press, "_print_many", lambda *_order: gate.wait(60) and b"%PDF-")
    orders = [press.order(small_agendas(), large_print=large) for large in (False, True)]
    orders.append(press.order(small_agendas("en")))
    end = time.monotonic() + 10
    while not orders[0].started and time.monotonic() < end:
        time.sleep(0.01)
    single = press.order(small_agendas()[:1])
    assert [press.ahead_of(order) for order in orders] == [0, 1, 2]
    assert press.ahead_of(single) == 0
    gate.set()


def test_nothing_to_print_is_an_error(press: Press) -> None:
    with pytest.raises(ValueError):
        press.order([])


def test_sheets_of_many_chunks_come_in_order(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_CHUNK", 2)
    agendas = small_agendas()
    pages = pages_of(press.order(agendas).pdf.result(100))
    assert len(pages) == len(agendas)
    assert all(agenda.name.split()[0] in page for agenda, page in zip(agendas, pages, strict=True))


def test_process_ends_though_a_large_order_was_being_handed_over(tmp_path: Path) -> None:
    """As a server that is ended while everybody's agendas wait for a process that is at others'."""
    program = tmp_path / "ends.py"
    program.write_text(
        "import time\n"
        "from web.exports.press import _kill, _processes\n"
        "if __name__ == '__main__':\n"
        "    pool = _processes(1)\n"
        "    pool.submit(time.sleep, 600)\n"
        "    handed = [pool.submit(len, b'x' * 5_000_000) for _ in range(2)]\n"
        "    while not handed[0].running():\n"
        "        time.sleep(0.1)\n"
        "    time.sleep(1)\n"
        "    _kill(pool)\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    ended = subprocess.run([sys.executable, program], env={**os.environ, "PYTHONPATH": path}, timeout=60)
    assert ended.returncode == 0


def test_pipe_of_a_pool_is_closed_once_whoever_is_done_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of the pool closed it at the moment at which it was ended: the number was somebody else's by then."""
    closed, close = [], Connection._close  # type: ignore[attr-defined]

    def slowly(connection: Any) -> None:
        closed.append(connection.fileno())
        time.sleep(0.3)
        close(connection)

    pool = printing._processes(1)
    assert pool.submit(len, b"handed over").result(60) == 11
    reader = printing._reader_of(pool)
    number = reader.fileno()
    # Of this pool alone: another test may have left a press that is still at work.
    feeder = pool._call_queue._thread  # type: ignore[attr-defined]
    monkeypatch.setattr(Connection, "_close", slowly)
    printing._kill(pool)
    feeder.join(30)
    assert not feeder.is_alive(), "the pool does not end"
    assert closed.count(number) == 1
