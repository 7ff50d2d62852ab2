"""What limits count stands in one place, the memory of the server, whichever process answers the request.

A process that answers for the server (see `web.page_processes`) asks it, by the connection on which it was asked
itself. With Redis nobody asks: all processes count there.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from limits.storage import Storage

SERVER = "server://"
# So many windows are kept without a look at which of them are over.
FEW = 1024


class Question(NamedTuple):
    """One of the methods of `ServerCounts` by its name, and what it is called with."""

    name: str
    arguments: tuple[Any, ...]


Ask = Callable[[Question], Any]


class _Thread(threading.local):
    ask: Ask | None = None


_thread = _Thread()


@contextmanager
def asking(ask: Ask) -> Iterator[None]:
    """Have this thread count by `ask`, which returns what the method returns in the server."""
    _thread.ask = ask
    try:
        yield
    finally:
        _thread.ask = None


class ServerCounts(Storage):
    """The counts of fixed windows, here or where this thread asks for them. Limits know it by the address `SERVER`.

    Not the ``MemoryStorage`` of Limits, which starts a thread a hundred times a second to look through all that is
    counted for what is over: a fair that registers has thousands of addresses there. Here that is done when twice as
    much is counted as was left by the last time, so it costs each count the same, whatever their number.
    """

    STORAGE_SCHEME = ["server"]  # noqa: RUF012 -- as the base class declares it

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        # By key: how many, and when the window ends, in seconds since 1970.
        self._windows: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._look_at = FEW

    @property
    def base_exceptions(self) -> type[Exception]:
        """What could go wrong with a storage elsewhere; memory is never away."""
        return ValueError

    def answer(self, question: Question) -> Any:
        """What is said to one who asks. Raises `KeyError` for what nobody asks for."""
        methods: dict[str, Callable[..., Any]] = {"incr": self._incr, "get": self._get, "get_expiry": self._get_expiry}
        return methods[question.name](*question.arguments)

    def _counted(self, name: str, *arguments: Any) -> Any:
        ask = self.answer if _thread.ask is None else _thread.ask
        return ask(Question(name, arguments))

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """The count with `amount` more; the first begins a window of `expiry` seconds."""
        return int(self._counted("incr", key, expiry, amount))

    def get(self, key: str) -> int:
        """The count of the window that is open; 0 where none is."""
        return int(self._counted("get", key))

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now where none is open."""
        return float(self._counted("get_expiry", key))

    def check(self) -> bool:
        """Memory is there."""
        return True

    def reset(self) -> int:
        """Forget all that this process counts; how many windows that were."""
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget what this process counts under `key`."""
        with self._lock:
            self._windows.pop(key, None)

    def _incr(self, key: str, expiry: float, amount: int) -> int:
        now = time.time()
        with self._lock:
            count, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                count, end = 0, now + expiry
            self._windows[key] = count + amount, end
            if len(self._windows) > self._look_at:
                self._windows = {name: window for name, window in self._windows.items() if window[1] > now}
                self._look_at = max(FEW, 2 * len(self._windows))
        return count + amount

    def _get(self, key: str) -> int:
        count, end = self._windows.get(key, (0, 0.0))
        return count if end > time.time() else 0

    def _get_expiry(self, key: str) -> float:
        return max(self._windows.get(key, (0, 0.0))[1], time.time())
