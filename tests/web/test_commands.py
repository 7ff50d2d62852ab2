"""The commands of the web application: what they say and leave where they cannot work."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

OPENING = [
    ["serve"],
    ["worker"],
    ["migrate"],
    ["token", "create", "register"],
    ["organiser-link"],
    ["demo"],
]


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which commands of this test work, with SQLite."""
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PASSERELLE_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def newer_database(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.commit()


@pytest.mark.parametrize("words", OPENING, ids=" ".join)
def test_command_on_a_database_of_a_newer_program_says_so_and_changes_nothing(var: Path, words: list[str]) -> None:
    path = var / "passerelle.db"
    newer_database(path)
    before = path.read_bytes()
    # A process of its own: some of them set up logging for good.
    said = subprocess.run([sys.executable, "-m", "web", *words], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("passerelle: this database was written by a newer Passerelle (its schema is 9999,")
    assert said.stderr.count("\n") == 1
    assert path.read_bytes() == before
    assert sorted(one.name for one in var.iterdir() if "before" in one.name) == []


@pytest.mark.parametrize("port", ["99999", "0", "-1", "http"])
def test_port_that_there_is_not_is_told(var: Path, port: str) -> None:
    ended = subprocess.run([sys.executable, "-m", "web", "serve", f"--port={port}"], capture_output=True, text=True)
    assert ended.returncode == 2
    assert f"expected a number from 1 to 65535, for example 8000; found {port!r}" in ended.stderr


def test_host_that_there_is_not_is_told(var: Path) -> None:
    command = [sys.executable, "-m", "web", "serve", "--host", "nowhere.invalid"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "nowhere.invalid:8000 cannot be listened on" in ended.stderr
