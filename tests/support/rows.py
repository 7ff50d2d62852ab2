"""Rows in every table of a database, whatever its revision: made from what the database says of its tables."""

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, Table

ROWS = 3

Contents = dict[str, list[dict[str, Any]]]


def reflected(connection: Connection) -> dict[str, Table]:
    """The tables of the database by name, Alembic's own left out."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {name: table for name, table in metadata.tables.items() if name != "alembic_version"}


def fill_every_table(connection: Connection) -> None:
    """Insert `ROWS` rows into each table. Each column gets a value of its own; row n refers to row n, or where a row
    may not refer to one thing twice, to the next."""
    tables = reflected(connection)
    for table in _parents_first(tables):
        labels = _labels(connection, table)
        for number in range(1, ROWS + 1):
            connection.execute(table.insert().values(_row(table, number, labels)))
    for table in tables.values():
        late = {column.name: number for number, column in enumerate(_references(table)) if column.nullable}
        for number in range(1, ROWS + 1) if late else ():
            key = next(iter(table.primary_key.columns))
            values = {name: _cycle(number + offset) for name, offset in late.items()}
            connection.execute(table.update().where(key == number).values(values))


def contents(connection: Connection) -> Contents:
    """All rows of all tables, in the order of their keys."""
    found = {}
    for name, table in reflected(connection).items():
        rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
        found[name] = [dict(row) for row in rows]
    return found


def _parents_first(tables: dict[str, Table]) -> list[Table]:
    """Each table after those that its rows must refer to; what they may refer to is filled in later."""
    ordered: dict[str, Table] = {}

    def add(table: Table) -> None:
        if table.name not in ordered:
            for column in _references(table):
                if not column.nullable:
                    add(_parent(column))
            ordered[table.name] = table

    for table in tables.values():
        add(table)
    return list(ordered.values())


def _references(table: Table) -> list[sa.Column[Any]]:
    keys = [one for one in table.constraints if isinstance(one, ForeignKeyConstraint)]
    named = {column.name for key in keys for column in key.columns}
    return [column for column in table.columns if column.name in named]


def _parent(column: sa.Column[Any]) -> Table:
    return next(iter(column.foreign_keys)).column.table


def _cycle(number: int) -> int:
    return (number - 1) % ROWS + 1


def _labels(connection: Connection, table: Table) -> dict[str, list[str]]:
    """The words that a constraint allows in a column, by column."""
    found = {}
    for constraint in sa.inspect(connection).get_check_constraints(table.name):
        words = re.findall(r"'([^']*)'", constraint["sqltext"])
        column = re.search(r"[a-z_]+", constraint["sqltext"])
        if words and column:
            found[column.group()] = words
    return found


def _row(table: Table, number: int, labels: dict[str, list[str]]) -> dict[str, Any]:
    references = [column.name for column in _references(table)]
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.primary_key and isinstance(column.type, sa.Integer):
            continue  # the database counts by itself, and goes on after these rows
        if column.name in references:
            # Two references of one row lead to two rows: a wish is never for oneself.
            row[column.name] = None if column.nullable else _cycle(number + references.index(column.name))
        elif column.name in labels:
            row[column.name] = labels[column.name][number % len(labels[column.name])]
        else:
            row[column.name] = _value(column, number)
    return row


def _value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return number % 2 == 1
    if isinstance(kind, sa.DateTime):
        return datetime(2027, 3, 18, 14, number, 7)
    if isinstance(kind, sa.Integer):
        return 10 + number
    if isinstance(kind, sa.Numeric | sa.Float):
        return number + 0.5
    if isinstance(kind, sa.JSON):
        return {"é": [number, None, {"column": column.name}]}
    if isinstance(kind, sa.LargeBinary):
        return bytes([0, number, 255])
    return f"{number} « {column.name} » d’été"[: getattr(kind, "length", None) or 80]
