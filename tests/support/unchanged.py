"""A participant's pages, and all that may change what they show."""

from typing import Any

from tests.support.published import World
from web.db import write

PAGES = ["", "agenda.ics", "directory"]


def change(world: World, row: Any, **values: Any) -> None:
    with write(world.session):
        for name, value in values.items():
            setattr(row, name, value)
