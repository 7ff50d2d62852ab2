"""The press: sheets are printed by processes of their own, never by the one that answers requests.

A page that is laid out goes through native libraries, which may crash (without any font they do) or want much memory.
So each sheet is an order: a thread hands it to a child process and keeps the PDF for a while. Single sheets and the
sheets for everybody have a lane each, one print at a time; who orders what is being printed shares its result.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from typing import Any, Final, ParamSpec, TypeVar

from web.exports.agenda import chunk_pdf, chunks_of, title_of
from web.exports.agenda_data import AgendaData
from web.exports.joining import join_tagged
from web.exports.sheet import Sheet, sheet_pdf

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Values = ParamSpec("Values")

# Pages laid out by one process at a time stay in its memory, 3 to 5 MB each, and each part has its fonts: a fifth of a
# second, and 80 kB of the file.
_CHUNK: Final = 8
# A process for single sheets is replaced after so many, whatever a library may have kept of them.
_SHEETS_A_PROCESS: Final = 500
# Seconds for one chunk or one sheet on a machine that is slow and busy; who takes longer hangs.
_PATIENCE: Final = 240.0
# Orders that may wait; beyond that, nobody would get theirs in time.
_MOST_ORDERS: Final = 300
# What was printed is kept for those who ask again: seconds, and bytes of all together.
_KEPT_FOR: Final = 600.0
_KEPT: Final = 48 * 1024 * 1024
# Orders that failed and are remembered, for those who still look for them.
_FAILED: Final = 50


class PrintFailed(Exception):
    """The printing process crashed or hung; the message says which, for the log."""


class PressClosed(PrintFailed):
    """The process that asked for the print ends."""


class PressBusy(Exception):
    """More is ordered than can be printed in time."""


@dataclass
class Order:
    """A print asked for: `done` of `total` agendas are laid out, once `started`. `name` says what is printed."""

    name: str
    total: int
    done: int = 0
    started: bool = False
    pdf: Future[bytes] = field(default_factory=Future)
    # By what it was asked for; whoever may see that may have it.
    askers: set[str] = field(default_factory=set)
    # Of which events it tells.
    event_ids: set[int] = field(default_factory=set)

    def wait(self, seconds: float) -> bytes | None:
        """The PDF, or ``None`` where it is not printed within `seconds`. Raises `PrintFailed`."""
        try:
            return self.pdf.result(seconds)
        except TookTooLong:
            return None


class Press:
    """Takes orders from any thread. Processes are started with the first order and end with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._orders: dict[str, Order] = {}
        self._kept: OrderedDict[str, tuple[float, Order]] = OrderedDict()
        self._failed: OrderedDict[str, Order] = OrderedDict()
        self._clearing: threading.Timer | None = None
        self._single = ThreadPoolExecutor(1, "press-sheet")
        self._many = ThreadPoolExecutor(1, "press-all")
        self._pool: ProcessPoolExecutor | None = None
        self._pools: set[ProcessPoolExecutor] = set()

    def close(self) -> None:
        """Drop all orders and end the processes at once: whoever serves ends."""
        with self._lock:
            self._closed = True
            self._kept.clear()
            if self._clearing is not None:
                self._clearing.cancel()
        for lane in (self._single, self._many):
            lane.shutdown(wait=False, cancel_futures=True)
        for pool in list(self._pools):
            _kill(pool)

    def order(
        self,
        agendas: Sequence[AgendaData] | Sequence[Sheet],
        *,
        large_print: bool = False,
        asker: str = "",
        event_id: int | None = None,
    ) -> Order:
        """The order of these agendas as one PDF, or of one sheet: a new one, or the one that is at it, or was printed a
        moment ago.

        `asker` is what `known` is to be asked with later, `event_id` what `forget` is told. Raises ``ValueError`` for
        no agenda at all, `PressBusy`.
        """
        if not agendas:
            raise ValueError("no agenda to print")
        name = hashlib.sha256(repr((large_print, agendas)).encode()).hexdigest()
        with self._lock:
            known = self._found(name)
            if known is None and len(self._orders) >= _MOST_ORDERS:
                raise PressBusy
            order = Order(name, len(agendas)) if known is None else known
            order.askers.add(asker)
            if event_id is not None:
                order.event_ids.add(event_id)
            if known is not None:
                return known
            self._orders[name] = order
        lane, work = (self._single, self._print_one) if len(agendas) == 1 else (self._many, self._print_many)
        lane.submit(self._carry_out, name, order, work, list(agendas), large_print)
        return order

    def known(self, name: str, asker: str) -> Order | None:
        """The order of that name, printed or not, if `asker` asked for it; so its agendas need not be made again."""
        with self._lock:
            # Whoever waits for one that failed is told so, instead of having it tried again for ever.
            order = self._found(name) or self._failed.get(name)
        return order if order is not None and asker in order.askers else None

    def forget(self, event_id: int) -> None:
        """Keep nothing of what was printed of that event, nor of what is being printed: some of it is true no more.

        Whoever waits already for such a print has it; whoever asks from now on has it printed anew.
        """
        with self._lock:
            for orders in (self._orders, self._failed):
                for name in [name for name, order in orders.items() if event_id in order.event_ids]:
                    del orders[name]
            for name in [name for name, (_when, order) in self._kept.items() if event_id in order.event_ids]:
                del self._kept[name]

    def ahead_of(self, order: Order) -> int:
        """How many other orders are printed before this one begins."""
        with self._lock:
            earlier = list(itertools.takewhile(lambda one: one is not order, self._orders.values()))
        return 0 if order.started else sum((one.total > 1) == (order.total > 1) for one in earlier)

    def _found(self, name: str) -> Order | None:
        return self._orders.get(name) or self._taken_off_the_shelf(name)

    def _carry_out(
        self,
        name: str,
        order: Order,
        work: Callable[[Order, list[Any], bool], bytes],
        agendas: list[Any],
        large_print: bool,
    ) -> None:
        order.started = True
        try:
            pdf = work(order, agendas, large_print)
        except BaseException as error:
            if not isinstance(error, PrintFailed):
                log.exception("A print failed")
            with self._lock:
                if self._is_done_with(order):
                    self._failed[name] = order
                while len(self._failed) > _FAILED:
                    self._failed.popitem(last=False)
            order.pdf.set_exception(error if isinstance(error, PrintFailed) else PrintFailed(type(error).__name__))
            return
        order.pdf.set_result(pdf)
        with self._lock:
            if self._is_done_with(order):
                self._put_on_the_shelf(order)

    def _is_done_with(self, order: Order) -> bool:
        """Take `order` from those that are at it; whether it was still among them, and not forgotten meanwhile."""
        if self._orders.get(order.name) is not order:
            return False
        del self._orders[order.name]
        return True

    def _print_one(self, _order: Order, agendas: list[Any], large_print: bool) -> bytes:
        """One sheet, by a process that stays: it knows its fonts already."""
        try:
            return self._by_the_warm_process(agendas, large_print)
        except PrintFailed as failure:
            if self._closed:
                raise PressClosed("ended") from failure
            # It may have been ended for another's sheet, or for want of memory: once more by a fresh one.
            return self._by_the_warm_process(agendas, large_print)

    def _by_the_warm_process(self, agendas: list[Any], large_print: bool) -> bytes:
        if self._pool is None:
            self._pool = _processes(1, _SHEETS_A_PROCESS)
            self._pools.add(self._pool)
        try:
            return _outcome(self._pool, _handed_to(self._pool, sheets_pdf, agendas, large_print))
        except PrintFailed:
            self._pools.discard(self._pool)
            self._pool = None
            raise

    def _print_many(self, order: Order, agendas: list[AgendaData], large_print: bool) -> bytes:
        """Sheets for everybody, by processes that give their memory back at the end."""
        chunks = chunks_of(agendas, -(-len(agendas) // _CHUNK))
        with self._for_once(min(os.cpu_count() or 1, len(chunks))) as pool:
            futures = [_handed_to(pool, chunk_pdf, chunk, large_print) for chunk in chunks]
            parts = []
            for chunk, future in zip(chunks, futures, strict=True):
                parts.append(_outcome(pool, future))
                order.done += len(chunk)
        # By one that has laid out nothing: those who did keep what they needed for it, and are gone by now.
        with self._for_once(1) as pool:
            joined = _handed_to(pool, join_tagged, parts, title=title_of(agendas), language=agendas[0].language)
            return _outcome(pool, joined)

    @contextmanager
    def _for_once(self, count: int) -> Iterator[ProcessPoolExecutor]:
        pool = _processes(count)
        self._pools.add(pool)
        done = False
        try:
            yield pool
            done = True
        finally:
            self._pools.discard(pool)
            # What comes next wants memory too; but nobody waits for processes that have failed.
            pool.shutdown(wait=done, cancel_futures=True)

    def _clear_the_shelf(self) -> None:
        """Have what is kept too long go though nobody asks for anything any more."""
        with self._lock:
            self._drop_the_old()
            self._clearing = None
            self._clear_later()

    def _clear_later(self) -> None:
        if self._kept and self._clearing is None:
            self._clearing = threading.Timer(_KEPT_FOR + 1.0, self._clear_the_shelf)
            self._clearing.daemon = True
            self._clearing.start()

    def _drop_the_old(self) -> None:
        oldest = time.monotonic() - _KEPT_FOR
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)

    def _taken_off_the_shelf(self, name: str) -> Order | None:
        self._drop_the_old()
        kept = self._kept.get(name)
        return None if kept is None else kept[1]

    def _put_on_the_shelf(self, order: Order) -> None:
        self._kept[order.name] = (time.monotonic(), order)
        while self._kept and sum(len(kept.pdf.result()) for _when, kept in self._kept.values()) > _KEPT:
            self._kept.popitem(last=False)
        self._clear_later()


@cache
def press() -> Press:
    """The press of this process."""
    return Press()


def close_press() -> None:
    """End the press of this process, if anything was ever printed."""
    if press.cache_info().currsize:
        press().close()
        press.cache_clear()


def sheets_pdf(agendas: list[Any], large_print: bool) -> bytes:
    """The PDF of a few agendas, or of one sheet, titled. At module level, so that a spawned process can find it."""
    if isinstance(agendas[0], Sheet):
        return sheet_pdf(agendas[0])
    return join_tagged([chunk_pdf(agendas, large_print)], title=title_of(agendas), language=agendas[0].language)


def _processes(count: int, tasks: int | None = None) -> ProcessPoolExecutor:
    context = get_context("spawn")
    pool = ProcessPoolExecutor(
        count, mp_context=context, initializer=_end_with, initargs=(os.getpid(),), max_tasks_per_child=tasks
    )
    if (reader := _reader_of(pool)) is not None:
        reader.close = _one_at_a_time(reader.close)
    return pool


def _reader_of(pool: ProcessPoolExecutor) -> Any:
    """The end, open here too, of the pipe from which the processes of `pool` read; ``None`` where it has none."""
    return getattr(getattr(pool, "_call_queue", None), "_reader", None)


def _one_at_a_time(close: Callable[[], None]) -> Callable[[], None]:
    """What closes a connection, for two threads: by itself, the later one closes what was opened meanwhile in its
    place, which may be the connection to the database."""
    lock = threading.Lock()

    def closed() -> None:
        with lock:
            close()

    return closed


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.kill()
    _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    """Have nothing wait for `pool`, whose processes have ended or are about to.

    Up to Python 3.11.5 a thread of it waits for ever until they read what was written for them, and this process with
    it: they cannot, and the end of the pipe that is open here has it go on (gh-94777). Later ones close it themselves.
    """
    reader = _reader_of(pool)
    pool.shutdown(wait=False, cancel_futures=True)
    if reader is not None:
        reader.close()


def _handed_to(
    pool: ProcessPoolExecutor, work: Callable[Values, Result], *values: Values.args, **named: Values.kwargs
) -> Future[Result]:
    """What one of the processes will give. Raises `PrintFailed` where one is seen to have crashed since the last."""
    try:
        return pool.submit(work, *values, **named)
    except BrokenProcessPool as error:
        raise _crashed(pool) from error


def _crashed(pool: ProcessPoolExecutor) -> PrintFailed:
    log.error("A printing process crashed. Are there fonts on this machine?")
    _end(pool)
    return PrintFailed("crashed")


def _outcome(pool: ProcessPoolExecutor, future: Future[Result]) -> Result:
    """What the process gives. Raises `PrintFailed` where it crashed, failed or hangs; then the pool is ended."""
    try:
        return future.result(_PATIENCE)
    except BrokenProcessPool as error:
        raise _crashed(pool) from error
    except TookTooLong as error:
        log.error("A printing process did not end in %g s and is ended.", _PATIENCE)
        _kill(pool)
        raise PrintFailed("hung") from error


def _end_with(parent: int) -> None:
    """Have this printing process end when the one that it prints for is gone, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    # Ctrl-C in a terminal reaches the children too; the parent ends them when it has answered its last request.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
