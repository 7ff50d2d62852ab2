"""What the pages of personal links are now, as each thread last read it.

On SQLite what a thread has read stands until somebody commits anything (`Lookups.tide`): till then it is not read
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


class _Read(threading.local):
    """Of each thread: what it has read since the tide was last another one.

    A thread's own, for a tide is that of one connection: what another has read at the same number may be older.
    """

    def __init__(self) -> None:
        self.tide: Any = None
        self.rows: dict[str, PageRow] = {}
        self.people: dict[int, tuple[Any, ...]] = {}
        self.elsewhere: dict[int, tuple[tuple[Any, ...], ...]] = {}
        self.choices: dict[int, tuple[Any, ...]] = {}

    def follow(self, tide: Any) -> None:
        """Forget all, unless nobody has committed anything since it was read; and where it has become much."""
        if tide is None or tide != self.tide or len(self.rows) >= _ROWS:
            self.tide = tide
            for known in (self.rows, self.people, self.elsewhere, self.choices):
                known.clear()


class States:
    """The states of pages, read on connections of their own."""

    def __init__(self, settings: Settings) -> None:
        self.lookups = Lookups(settings)
        self._read = _Read()

    def of(self, kind: str, token_hash: str) -> Found | None:
        """The state of the page of this kind (``page``, ``directory``, ``file``) behind a personal link.

        ``None`` where there is no such page, where its state does not say all (`PageState.settled`), and where the
        database does not answer: whoever goes on to ask it for the page learns why.
        """
        try:
            # Before anything is read: what is committed meanwhile makes the next tide another.
            self._read.follow(self.lookups.tide())
            row = self._row(token_hash)
            # As it is at this moment: the clock goes on where nobody writes anything.
            page = None if row is None else state_at(row)
            if row is None or page is None or not page.settled:
                return None
            return Found(page, self._directory(page) if kind == "directory" else None, row)
        except (SQLAlchemyError, Away):
            self.lookups.forget()
            return None

    def _row(self, token_hash: str) -> PageRow | None:
        row = self._read.rows.get(token_hash)
        if row is None:
            row = page_row(self.lookups.connection(), token_hash)
            if row is not None:
                self._read.rows[token_hash] = row
        return row

    def _directory(self, page: PageState) -> DirectoryState:
        """Who takes part, for all who ask, and the reader's own choices."""
        connection, read = self.lookups.connection(), self._read
        people, choices = read.people.get(page.event_id), read.choices.get(page.registration_id)
        if people is None:
            people = read.people[page.event_id] = people_state(connection, page.event_id)
            read.elsewhere[page.event_id] = announced_elsewhere(connection, page.event_id)
        if choices is None:
            choices = read.choices[page.registration_id] = choices_state(connection, page.registration_id)
        return DirectoryState(people, choices, over_at(read.elsewhere[page.event_id]))


def states() -> States:
    """Those of the application at hand."""
    found: States = current_app.extensions["passerelle.states"]
    return found


def init_app(app: Flask, settings: Settings) -> States:
    app.extensions["passerelle.states"] = made = States(settings)
    return made
