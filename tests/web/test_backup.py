"""All data in one file and back: what is in it, what is refused, and that nothing is ever half."""

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.installation import changed, execute, filled, state, taken_back
from tests.support.programs import free_port
from tests.support.server import StartServer, healthy
from tests.web.conftest import on_both_databases, on_postgresql, on_sqlite
from web.backup import DATABASE, LIST, BackupError, BadArchive, make_backup, restore
from web.config import Settings, load_settings
from web.db import make_engine
from web.exchange import Exchange, Interrupted, in_use
from web.migrations import NewerDatabase, upgrade

# There and back.


@on_both_databases
def test_restore_gives_back_what_was_kept(installation: Settings, archive: Path) -> None:
    before = state(filled(installation))
    backup = make_backup(installation, archive)
    assert backup.files.keys() == {DATABASE[backup.database], *(f"var/{name}" for name in before[1])}
    assert archive.stat().st_mode & 0o777 == 0o600
    changed(installation)
    assert state(installation) != before
    taken_back(installation, archive)
    assert state(installation) == before
    execute(installation, "DELETE FROM events")
    upgrade(make_engine(installation))


@on_both_databases
def test_restore_into_an_empty_place_needs_no_force(installation: Settings, archive: Path) -> None:
    before = state(filled(installation))
    make_backup(installation, archive)
    shutil.rmtree(installation.var)
    installation.var.mkdir()
    if not installation.is_sqlite:
        execute(installation, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    taken_back(installation, archive, force=False)
    assert state(installation) == before
    assert installation.is_sqlite is (installation.var / "passerelle.db").exists()


@on_both_databases
def test_restore_over_data_without_force_is_refused(installation: Settings, archive: Path) -> None:
    make_backup(filled(installation), archive)
    changed(installation)
    before = state(installation)
    with pytest.raises(BackupError, match=r"there is data already \(.*\); nothing was changed. `--force` replaces"):
        taken_back(installation, archive, force=False)
    assert state(installation) == before


def test_restore_of_postgresql_where_only_the_database_holds_data_is_refused(
    empty_postgres_url: str, tmp_path: Path, archive: Path
) -> None:
    (tmp_path / "var").mkdir()
    settings = Settings(var=tmp_path / "var", database_url=empty_postgres_url, secret_key="x" * 20, testing=True)
    make_backup(filled(settings), archive)
    (tmp_path / "other").mkdir()
    with pytest.raises(BackupError, match="the database"):
        restore(tmp_path / "other", empty_postgres_url, archive)


def test_backup_holds_the_key_of_the_environment(installation: Settings, archive: Path) -> None:
    filled(installation)
    (installation.var / "secret_key").unlink()
    make_backup(installation, archive)
    taken_back(installation, archive)
    assert (installation.var / "secret_key").read_text() == installation.secret_key


@on_sqlite
def test_backup_leaves_out_what_is_made_again(installation: Settings, archive: Path) -> None:
    filled(installation)
    for name in ("queue.db", "queue.db-wal", "agendas.pdf", "address", ".lock", "mail/.2.eml.part"):
        (installation.var / name).write_bytes(b"x")
    (installation.var / "passerelle.db.before-0005.1").write_bytes(b"x")
    kept = make_backup(installation, archive).files
    assert sorted(kept) == [
        "database.sqlite",
        "var/mail/1@passerelle.example.eml",
        "var/secret_key",
        "var/uploads/2027/logo.png",
    ]
    taken_back(installation, archive)
    # What belongs to the old data goes; a copy kept before a migration stays.
    assert not (installation.var / "queue.db").exists() and not (installation.var / "agendas.pdf").exists()
    assert (installation.var / "passerelle.db.before-0005.1").exists()


@on_sqlite
def test_backup_of_a_database_elsewhere_is_taken_back_there(
    installation: Settings, archive: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere" / "data.sqlite"
    elsewhere.parent.mkdir()
    installation = filled(replace(installation, database_url=f"sqlite:///{elsewhere}"))
    before = state(installation)
    make_backup(installation, archive)
    changed(installation)
    taken_back(installation, archive)
    assert state(installation) == before
    assert [path.name for path in elsewhere.parent.iterdir() if path.name.startswith(".")] == []


def test_rows_with_what_pg_dump_says_to_its_own_reader_are_kept(empty_postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    settings = filled(
        Settings(var=tmp_path / "var", database_url=empty_postgres_url, secret_key="x" * 20, testing=True)
    )
    engine = make_engine(settings)
    with engine.begin() as connection:
        said = {"said": "-- x\n\\restrict abc\n\\unrestrict abc\n'; \\' %s %(a)s ☃\n"}
        connection.execute(text("UPDATE events SET description = :said"), said)
    engine.dispose()
    before = state(settings)
    make_backup(settings, tmp_path / "all.tar.gz")
    changed(settings)
    taken_back(settings, tmp_path / "all.tar.gz")
    assert state(settings) == before


# While others write.


@on_both_databases
def test_backup_while_others_write_is_of_one_moment(installation: Settings, archive: Path, tmp_path: Path) -> None:
    filled(installation)
    execute(installation, "DELETE FROM worker_heartbeats")
    stop, engine = threading.Event(), make_engine(installation)
    written = 0

    def write_pairs() -> None:
        nonlocal written
        while not stop.is_set():
            with engine.connect().execution_options(write=True) as connection, connection.begin():
                for half in ("a", "b"):
                    row = {"name": f"{half}{written}"}
                    connection.execute(
                        text("INSERT INTO worker_heartbeats (worker, seen_at) VALUES (:name, '2027-03-18 14:00:00')"),
                        row,
                    )
            written += 1

    thread = threading.Thread(target=write_pairs)
    thread.start()
    try:
        counts = []
        for _ in range(4):
            before = written
            make_backup(installation, archive)
            counts.append((before, archive.read_bytes()))
    finally:
        stop.set()
        thread.join()
        engine.dispose()
    assert written > 4
    for before, data in counts:
        archive.write_bytes(data)
        taken_back(installation, archive)
        rows = state(installation)[0]["worker_heartbeats"]
        halves = [{row["worker"][1:] for row in rows if row["worker"][0] == half} for half in "ab"]
        assert halves[0] == halves[1] and len(halves[0]) >= before


# What is no backup.


def damaged(archive: Path, members: dict[str, bytes | None]) -> None:
    """Write the archive anew with `members` changed, added, or (None) left out."""
    with tarfile.open(archive) as source:
        found = {one.name: source.extractfile(one).read() for one in source if one.isreg()}  # type: ignore[union-attr]
    with tarfile.open(archive, "w:gz") as target:
        for name, content in {**found, **members}.items():
            if content is not None:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                target.addfile(member, io.BytesIO(content))


def a_link(archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as target:
        member = tarfile.TarInfo("var/secret_key")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        target.addfile(member)


def listed(archive: Path, **values: Any) -> None:
    with tarfile.open(archive) as source:
        told = json.loads(source.extractfile(LIST).read())  # type: ignore[union-attr]
    damaged(archive, {LIST: json.dumps(told | values).encode()})


@on_sqlite
@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "is no backup, or was cut"),
        (lambda path: path.write_bytes(b"a text"), "is no backup, or was cut"),
        (lambda path: path.write_bytes(gzip.compress(b"a text")), "is no backup, or was cut"),
        (lambda path: path.write_bytes(path.read_bytes()[:-2000]), "is no backup, or was cut"),
        (lambda path: damaged(path, {LIST: None}), "has no list"),
        (lambda path: damaged(path, {LIST: b"[]"}), "is no backup"),
        (lambda path: damaged(path, {LIST: b"{"}), "is no backup"),
        (lambda path: listed(path, format="passerelle-backup/2"), "expected the format passerelle-backup/1"),
        (lambda path: listed(path, files={}), "is damaged"),
        (lambda path: listed(path, files=[1]), "is no backup"),
        (lambda path: damaged(path, {"var/secret_key": b"a quite different key"}), "var/secret_key is not what was"),
        (lambda path: damaged(path, {"var/mail/1@passerelle.example.eml": None}), "eml is not what was kept"),
        (lambda path: damaged(path, {"var/more": b"x"}), "var/more is not what was kept"),
        (lambda path: damaged(path, {"var/../evil": b"x"}), "does not belong into"),
        (lambda path: damaged(path, {"/evil": b"x"}), "does not belong into"),
        (lambda path: damaged(path, {"var/passerelle.db-wal": b"x"}), "does not belong into"),
        (lambda path: damaged(path, {"var/.restoring/agreed": b"x"}), "does not belong into"),
        (a_link, "which is no file"),
    ],
)
def test_restore_of_what_is_no_whole_backup_changes_nothing(
    installation: Settings, archive: Path, harm: Callable[[Path], None], sentence: str
) -> None:
    make_backup(filled(installation), archive)
    changed(installation)
    before = state(installation)
    harm(archive)
    with pytest.raises(BadArchive, match=sentence):
        taken_back(installation, archive)
    assert state(installation) == before
    assert not (installation.var / ".restoring").exists()
    assert not (installation.var.parent / "evil").exists()


def test_restore_of_a_file_that_is_not_there_says_so(installation: Settings, archive: Path) -> None:
    filled(installation)
    with pytest.raises(BackupError, match="No such file"):
        taken_back(installation, archive)


@on_sqlite
def test_restore_of_the_other_kind_of_database_says_which(
    installation: Settings, archive: Path, empty_postgres_url: str
) -> None:
    make_backup(filled(installation), archive)
    with pytest.raises(BackupError, match="holds a database of sqlite, and DATABASE_URL names one of postgresql"):
        restore(installation.var, empty_postgres_url, archive, force=True)


@on_both_databases
def test_restore_of_a_newer_program_changes_nothing(installation: Settings, archive: Path) -> None:
    filled(installation)
    before = state(installation)
    execute(installation, "UPDATE alembic_version SET version_num = '9999'")
    make_backup(installation, archive)
    with pytest.raises(NewerDatabase):
        taken_back(installation, archive)
    assert state(installation) == before


def test_dump_that_postgresql_refuses_leaves_the_old_data(
    empty_postgres_url: str, tmp_path: Path, archive: Path
) -> None:
    (tmp_path / "var").mkdir()
    settings = Settings(var=tmp_path / "var", database_url=empty_postgres_url, secret_key="x" * 20, testing=True)
    make_backup(filled(settings), archive)
    dump = b"CREATE TABLE one (id integer);\nINSERT INTO nothing VALUES (1);\n"
    told = {DATABASE["postgresql"]: dump}
    with tarfile.open(archive) as source:
        kept = json.loads(source.extractfile(LIST).read())  # type: ignore[union-attr]
    kept["files"][DATABASE["postgresql"]] = [len(dump), hashlib.sha256(dump).hexdigest()]
    damaged(archive, told | {LIST: json.dumps(kept).encode()})
    changed(settings)
    before = state(settings)
    with pytest.raises(BackupError, match=r"could not be restored: .*nothing"):
        taken_back(settings, archive)
    assert state(settings) == before
    with in_use(settings.var, settings.database_url):
        assert state(settings) == before


@on_sqlite
def test_interrupted_restore_waits_for_its_database(installation: Settings, tmp_path: Path, unreachable: str) -> None:
    exchange = Exchange(installation.var, unreachable)
    exchange.begin()
    exchange.dump.write_bytes(b"")
    exchange.agree()
    with pytest.raises(Interrupted, match="cannot be completed now"):
        load_settings({"PASSERELLE_VAR": str(installation.var), "DATABASE_URL": unreachable})
    assert exchange.agreed.exists()


@pytest.fixture
def unreachable() -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/none"


# What stands in the way of a backup.


def test_backup_into_the_folder_of_the_data_is_refused(installation: Settings) -> None:
    with pytest.raises(BackupError, match="is lost with it"):
        make_backup(filled(installation), installation.var / "all.tar.gz")


@on_sqlite
def test_backup_without_a_database_says_so(installation: Settings, archive: Path) -> None:
    with pytest.raises(BackupError, match="there is no database"):
        make_backup(installation, archive)
    assert list(archive.parent.iterdir()) == []


def test_backup_into_a_folder_that_is_not_there_says_so(installation: Settings, archive: Path) -> None:
    with pytest.raises(BackupError, match="No such file"):
        make_backup(filled(installation), archive.parent / "no" / "all.tar.gz")


@on_sqlite
def test_backup_on_a_full_disk_leaves_the_one_of_before(installation: Settings, archive: Path) -> None:
    make_backup(filled(installation), archive)
    old = archive.read_bytes()
    words = [sys.executable, "-c", ON_A_FULL_DISK, str(installation.var), str(archive)]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1
    assert "the backup could not be made (" in answer.stderr
    assert archive.read_bytes() == old
    assert list(archive.parent.iterdir()) == [archive]


ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from web.backup import BackupError, make_backup
from web.config import load_settings
settings = load_settings({"PASSERELLE_VAR": sys.argv[1]})
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    make_backup(settings, Path(sys.argv[2]))
except BackupError as error:
    sys.exit(str(error))
"""


@on_postgresql
def test_backup_of_postgresql_without_pg_dump_names_the_package(
    installation: Settings, archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled(installation)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump is missing.*postgresql-client"):
        make_backup(installation, archive)
    assert list(archive.parent.iterdir()) == []


@on_sqlite
def test_restore_while_the_database_is_open_elsewhere_is_refused(installation: Settings, archive: Path) -> None:
    make_backup(filled(installation), archive)
    before = state(installation)
    with closing(sqlite3.connect(installation.var / "passerelle.db")) as connection:
        connection.execute("SELECT count(*) FROM events").fetchone()
        with pytest.raises(BackupError, match="is at work on"):
            taken_back(installation, archive)
    assert state(installation) == before


def test_restore_while_a_command_works_is_refused(installation: Settings, archive: Path) -> None:
    make_backup(filled(installation), archive)
    with (
        in_use(installation.var, installation.database_url),
        pytest.raises(BackupError, match="end `passerelle serve`"),
    ):
        taken_back(installation, archive)
    taken_back(installation, archive)


@on_sqlite
def test_restore_beside_the_log_of_a_lost_database_is_not_read_with_it(installation: Settings, archive: Path) -> None:
    before = state(filled(installation))
    make_backup(installation, archive)
    with closing(sqlite3.connect(installation.var / "passerelle.db")) as connection:
        connection.execute("UPDATE events SET title = 'Autre'")
        connection.commit()
        log = (installation.var / "passerelle.db-wal").read_bytes()
    (installation.var / "passerelle.db").unlink()
    (installation.var / "passerelle.db-wal").write_bytes(log)
    taken_back(installation, archive)
    assert not (installation.var / "passerelle.db-wal").exists()
    assert state(installation) == before


# The commands, with a server.


def test_commands_keep_and_give_back_what_a_running_server_has(
    start_server: StartServer, tmp_path: Path, archive: Path
) -> None:
    server = start_server()
    assert server.command("token", "create", "register").returncode == 0
    made = server.command("backup", str(archive))
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith(f"{archive}: the database (sqlite, schema ")
    key = (tmp_path / "var" / "secret_key").read_bytes()

    refused = server.command("restore", str(archive), "--force")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "end `passerelle serve`" in refused.stderr
    assert healthy(server.url)
    # Killed, not asked: the lock must not outlive it. Its worker ends by itself.
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    shutil.rmtree(tmp_path / "var")

    given = server.command("restore", str(archive))
    assert given.returncode == 0, given.stderr
    assert (tmp_path / "var" / "secret_key").read_bytes() == key
    with closing(sqlite3.connect(tmp_path / "var" / "passerelle.db")) as connection:
        assert connection.execute("SELECT name FROM api_tokens").fetchall() == [("register",)]
    again = server.command("restore", str(archive))
    assert (again.returncode, "--force" in again.stderr) == (1, True)
    archive.write_bytes(b"nothing")
    assert server.command("restore", str(archive), "--force").returncode == 2
    other = subprocess.run(
        [sys.executable, "-m", "web", "organiser-link"],
        env={**os.environ, "PASSERELLE_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
    )
    assert other.returncode == 0, other.stderr
