"""A backup holds those who were erased after it was made: a restore must not bring them back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web import commands, create_app
from web.backup import make_backup
from web.config import load_settings
from web.db import database, get_session, write
from web.domain.audit import SYSTEM
from web.domain.people import privacy, traces
from web.domain.people.erased import come_back
from web.migrations import upgrade
from web.models import Registration


@contextmanager
def opened(var: Path, environ: dict[str, str]) -> Iterator[Session]:
    """The data in `var`, at the current schema, and closed again at the end."""
    app = create_app(load_settings({"PASSERELLE_VAR": str(var), **environ}))
    upgrade(database(app).engine)
    with app.app_context():
        yield get_session()
    database(app).engine.dispose()


def names(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Registration.name).order_by(Registration.name)))


@on_both_databases
def test_restore_erases_again_who_was_erased_since_the_backup(
    backend: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    var, archive = tmp_path / "var", tmp_path / "all.tar.gz"
    environ = {} if backend == "sqlite" else {"DATABASE_URL": request.getfixturevalue("empty_postgres_url")}
    with opened(var, environ) as session:
        make = Factory(session)
        event = make.event()
        for name in ("Zqleaves", "Stays"):
            make.registration(event, name=name)
    make_backup(load_settings({"PASSERELLE_VAR": str(var), **environ}), archive)
    with opened(var, environ) as session:
        one = session.scalars(select(Registration).where(Registration.name == "Zqleaves")).one()
        privacy.erase(session, one, SYSTEM)
        traces.settle(session)
        assert names(session) == ["Stays"]
    kept = (var / ".erased").read_text()
    assert len(kept.splitlines()) == 1 and "zq" not in kept.lower()
    for name, value in {"PASSERELLE_VAR": str(var), **environ}.items():
        monkeypatch.setenv(name, value.replace("+psycopg", ""))
    for _turn in range(2):
        capsys.readouterr()
        assert commands.main(["restore", str(archive), "--force"]) == 0
        assert "1 who had been erased since this data was copied are erased again" in capsys.readouterr().out
        with opened(var, environ) as session:
            assert names(session) == ["Stays"]
            assert come_back(session) == []
    assert (var / ".erased").read_text() == kept


def test_data_that_was_put_back_by_hand_is_cleared_by_the_next_start(app: Flask, make: Factory) -> None:
    event = make.event()
    one = make.registration(event)
    row = {column.key: getattr(one, column.key) for column in Registration.__table__.columns}
    session = get_session()
    privacy.erase(session, one, SYSTEM)
    traces.settle(session)
    with write(session):
        session.add(Registration(**row))
        session.add(Registration(**{**row, "id": None, "key": "another", "token_hash": None}))
    commands._erase_again(app)
    session.rollback()
    assert list(session.scalars(select(Registration.key))) == ["another"]


def test_an_erasure_that_was_not_committed_is_not_remembered(app: Flask, make: Factory) -> None:
    one = make.registration(make.event())
    session = get_session()
    with pytest.raises(RuntimeError), write(session):
        privacy.erase(session, one, SYSTEM)
        raise RuntimeError
    traces.settle(session)
    assert len(names(session)) == 1
    assert come_back(session) == []
    assert privacy.erase_again(session) == 0


def test_a_damaged_line_hides_no_other(app: Flask, make: Factory) -> None:
    one = make.registration(make.event())
    session = get_session()
    var: Path = app.extensions["passerelle.settings"].var
    (var / ".erased").write_text('["2026-')
    privacy.erase(session, one, SYSTEM)
    traces.settle(session)
    [line] = (var / ".erased").read_text().splitlines()
    assert len(json.loads(line)) == 2
