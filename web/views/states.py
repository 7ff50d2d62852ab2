"""What the pages of personal links are now, as it was last read.

On SQLite what has been read stands until somebody commits anything (`Lookups.tide`): till then no thread reads it
again, and what is the same for all readers of an event is read once for a whole room.
"""

import threading
from typing import Any, NamedTuple

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from web.config import Settings
from web.domain.people.page_state import (
    DirectoryState,
    PageRow,
    PageState,
    announced_elsewhere,
    choices_state,
    over_at,
    page_row,
    people_state,
    state_at,
)
from web.lookups import Away, Lookups

# So many rows are kept at most: they take a few megabytes.
_ROWS = 4096


class Found(NamedTuple):
    """The state of a page, and of what the directory of its reader depends on besides, if that is the page; `row`: what
    was read of the page."""

    page: PageState
    directory: DirectoryState | None
    row: PageRow

    @property
    def all(self) -> tuple[Any, ...]:
        """Equal for equal pages."""
        return self.page if self.directory is None else (*self.page, *self.directory)


class _Room(NamedTuple):
    """What all who look at the directory of an event have in common."""

    people: tuple[Any, ...]
    elsewhere: tuple[tuple[Any, ...], ...]


class _Read:
    """What was read since somebody last committed anything."""

    def __init__(self) -> None:
        self.rows: dict[str, PageRow] = {}
        self.rooms: dict[int, _Room] = {}
        self.choices: dict[int, tuple[Any, ...]] = {}


class States:
    """The states of pages, read on connections of their own."""

    def __init__(self, settings: Settings) -> None:
        self.lookups = Lookups(settings)
        self._read = _Read()
        self._thread = threading.local()

    def of(self, kind: str, token_hash: str) -> Found | None:
        """The state of the page of this kind (``page``, ``directory``, ``file``) behind a personal link.

        ``None`` where there is no such page, where its state does not say all (`PageState.settled`), and where the
        database does not answer: whoever goes on to ask it for the page learns why.
        """
        try:
            read = self._standing()
            row = self._row(read, token_hash)
            # As it is at this moment: the clock goes on where nobody writes anything.
            page = None if row is None else state_at(row)
            if row is None or page is None or not page.settled:
                return None
            return Found(page, self._directory(read, page) if kind == "directory" else None, row)
        except (SQLAlchemyError, Away):
            self.lookups.forget()
            return None

    def _standing(self) -> _Read:
        """What still stands of what the threads have read; to be asked for before anything is read.

        A tide is that of one connection: at the same commit each thread sees another number change, and begins anew
        for all. So whoever keeps its number looks at what began after the last commit that its connection knows of,
        and what others are still reading for an earlier beginning goes with that.
        """
        tide = self.lookups.tide()
        if tide is None:
            return _Read()
        if tide != getattr(self._thread, "tide", None) or len(self._read.rows) >= _ROWS:
            self._read = _Read()
            self._thread.tide = tide
        return self._read

    def _row(self, read: _Read, token_hash: str) -> PageRow | None:
        row = read.rows.get(token_hash)
        if row is None:
            row = page_row(self.lookups.connection(), token_hash)
            if row is not None:
                read.rows[token_hash] = row
        return row

    def _directory(self, read: _Read, page: PageState) -> DirectoryState:
        """Who takes part, for all who ask, and the reader's own choices."""
        room, choices = read.rooms.get(page.event_id), read.choices.get(page.registration_id)
        if room is None:
            connection = self.lookups.connection()
            room = _Room(people_state(connection, page.event_id), announced_elsewhere(connection, page.event_id))
            read.rooms[page.event_id] = room
        if choices is None:
            choices = choices_state(self.lookups.connection(), page.registration_id)
            read.choices[page.registration_id] = choices
        return DirectoryState(room.people, choices, over_at(room.elsewhere))


def states() -> States:
    """Those of the application at hand."""
    found: States = current_app.extensions["passerelle.states"]
    return found


def init_app(app: Flask, settings: Settings) -> States:
    app.extensions["passerelle.states"] = made = States(settings)
    return made
