"""How many queries a page makes."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as sql_event

from web.db import database


def count_queries(app: Flask, client: FlaskClient, address: str) -> int:
    statements: list[str] = []
    engine = database(app).engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    sql_event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        sql_event.remove(engine, "before_cursor_execute", note)
    return len(statements)
