"""What limits count stands in one place, the memory of the server, whichever process answers the request.

A process that answers for the server (see `web.page_processes`) asks it, by the connection on which it was asked
itself. With Redis nobody asks: all processes count there.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from limits.storage import MemoryStorage

SERVER = "server://"


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


class ServerCounts(MemoryStorage):
    """The counts of fixed windows, here or where this thread asks for them. Limits know it by the address `SERVER`."""

    STORAGE_SCHEME = ["server"]  # noqa: RUF012 -- as the base class declares it

    def answer(self, question: Question) -> Any:
        """What is said to one who asks. Raises `KeyError` for what nobody asks for."""
        methods: dict[str, Callable[..., Any]] = {
            "incr": super().incr,
            "get": super().get,
            "get_expiry": super().get_expiry,
        }
        return methods[question.name](*question.arguments)

    def _counted(self, name: str, *arguments: Any) -> Any:
        ask = self.answer if _thread.ask is None else _thread.ask
        return ask(Question(name, arguments))

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(self._counted("incr", key, expiry, amount))

    def get(self, key: str) -> int:
        return int(self._counted("get", key))

    def get_expiry(self, key: str) -> float:
        return float(self._counted("get_expiry", key))
