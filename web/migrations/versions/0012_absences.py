"""Absences are hours instead of keys of rounds, which say something else once rounds are moved.

Rounds missed in a row are one interval; six hours beside a day's first and last round belong to it, for whoever misses
them has not come yet or has left. A key that names no round stays as it is, in both directions.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NIGHT = timedelta(hours=6)
_TABLES = ("registrations", "facilitators")
_Round = tuple[str, datetime, datetime]


def upgrade() -> None:
    _move("unavailable", "absences", _hours)


def downgrade() -> None:
    _move("absences", "unavailable", _keys)


def _move(old: str, new: str, said: Callable[[list[_Round], list[Any]], list[Any]]) -> None:
    connection = op.get_bind()
    rounds: dict[int, list[_Round]] = {}
    slots = sa.table(
        "slots",
        sa.column("event_id", sa.Integer),
        sa.column("key", sa.String),
        sa.column("starts_at", sa.DateTime),
        sa.column("ends_at", sa.DateTime),
    )
    for row in connection.execute(sa.select(slots).order_by(slots.c.event_id, slots.c.starts_at, slots.c.key)):
        rounds.setdefault(row.event_id, []).append((row.key, row.starts_at, row.ends_at))
    for name in _TABLES:
        op.add_column(name, sa.Column(new, sa.JSON(none_as_null=True), nullable=False, server_default="[]"))
        table = sa.table(
            name,
            sa.column("id", sa.Integer),
            sa.column("event_id", sa.Integer),
            sa.column(old, sa.JSON),
            sa.column(new, sa.JSON),
        )
        for row in connection.execute(sa.select(table.c.id, table.c.event_id, table.c[old])).all():
            value = row[2]
            if isinstance(value, list):
                value = said(rounds.get(row.event_id, []), value)
            if value:
                connection.execute(table.update().where(table.c.id == row.id).values({new: value}))
        op.drop_column(name, old)


def _hours(rounds: list[_Round], keys: list[Any]) -> list[Any]:
    found: list[Any] = []
    since: datetime | None = None
    for number, (key, start, end) in enumerate(rounds):
        if key not in keys:
            continue
        if since is None:
            since = start
            if number == 0 or start - rounds[number - 1][2] >= _NIGHT:
                since = start - _NIGHT
        following = rounds[number + 1] if number + 1 < len(rounds) else None
        if following is None or following[0] not in keys:
            until = end + _NIGHT if following is None or following[1] - end >= _NIGHT else end
            found.append(f"{_written(since)}/{_written(until)}")
            since = None
    known = {key for key, _start, _end in rounds}
    return found + [key for key in keys if key not in known]


def _keys(rounds: list[_Round], absences: list[Any]) -> list[Any]:
    gone = [interval for interval in map(_interval, absences) if interval is not None]
    missed = [key for key, start, end in rounds if any(start < until and end > since for since, until in gone)]
    return missed + [one for one in absences if _interval(one) is None]


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _interval(absence: Any) -> tuple[datetime, datetime] | None:
    try:
        since, until = str(absence).split("/")
        return (datetime.fromisoformat(since).replace(tzinfo=None), datetime.fromisoformat(until).replace(tzinfo=None))
    except ValueError:
        return None
