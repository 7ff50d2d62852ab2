"""What was made of a state, kept in the memory of this process for all who ask while the state is the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from sqlalchemy.orm import object_session

from web.models import Event

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """At most `most` values, those not asked for go first. Values are shared by threads: nobody changes them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._found: OrderedDict[Hashable, Value] = OrderedDict()
        self._being_made: dict[Hashable, Lock] = {}
        self._lock = Lock()
        _all.add(self)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under `key`, made now where there is none. Raises what `make` raises.

        Who asks while it is being made waits for it: after a change a whole room asks for the same at once.
        """
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
            turn = self._being_made.setdefault(key, Lock())
        with turn:
            with self._lock:
                if key in self._found:
                    return self._found[key]
            try:
                made = make()
                with self._lock:
                    self._found[key] = made
                    while len(self._found) > self.most:
                        self._found.popitem(last=False)
            finally:
                # Where it could not be made, the next one tries.
                with self._lock:
                    if self._being_made.get(key) is turn:
                        del self._being_made[key]
        return made

    def find(self, key: Hashable) -> Value | None:
        """The value kept under `key`, if there is one."""
        with self._lock:
            return self._found.get(key)

    def clear(self) -> None:
        """Keep nothing of what was kept so far."""
        with self._lock:
            self._found.clear()


# Those that are in use.
_all: WeakSet[Memory[Any]] = WeakSet()


def forget_all() -> None:
    """Keep nothing of what was kept so far: for whoever puts another database in the place of the one there was."""
    for memory in list(_all):
        memory.clear()


def state_of(event: Event) -> Hashable:
    """Equal for equal rows of the event, its slots, its tables: what changes those counts its version up.

    Names the database too: one process may have several, one after the other. And the address of the event, for one
    that took the number of another deleted in the same second.
    """
    session = object_session(event)
    database = None if session is None else str(session.get_bind().engine.url)
    return (database, event.id, event.slug, event.created_at, event.version)
