"""All data of an installation in one file, while it runs, and back from it.

A backup is a compressed tar: the database, then the files of ``var`` that cannot be made again, at its end a list of
all with their SHA-256. An archive without that list is one that was not finished, or was cut.
"""

import gzip
import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from web.config import Settings
from web.databases import (
    COMPANIONS,
    PostgresFailed,
    PostgresRefused,
    copy_sqlite,
    dump_postgres,
    postgres_revision,
    postgres_tables,
    sqlite_file,
    sqlite_revision,
)
from web.exchange import Exchange, alone
from web.files import UNFINISHED, reason, sync, written_aside
from web.locks import Occupied, locked
from web.migrations import check_revision

FORMAT = "passerelle-backup/1"
LIST = "passerelle-backup.json"
DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.sql"}
SECRET_KEY = "secret_key"
# Made again when it is missing: the queue only wakes a worker, the others are printed or written down by a start.
REMADE = {"agendas.pdf", "address", *(f"queue.db{end}" for end in ("", *COMPANIONS))}
_CHUNK = 1 << 20
_DAMAGE = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, FileExistsError)


class BackupError(Exception):
    """A backup that cannot be made or taken back; the message is a sentence, and nothing was changed."""


class BadArchive(BackupError):
    """A file that is no whole backup."""


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself."""

    made_at: str
    database: str
    revision: str | None
    # Name in the archive to size and SHA-256.
    files: dict[str, tuple[int, str]]


# Making one.


def make_backup(settings: Settings, path: Path) -> Backup:
    """Write a backup to `path`: whole and on the disk, or not at all. Others may work meanwhile.

    The database comes first: a mail that is sent while the files are read is then sent once more after a restore, into
    the file of the same name, and none is missing. Raises `BackupError`.
    """
    path = path.absolute()
    if path.is_relative_to(settings.var):
        raise BackupError(f"{path}: a backup in {settings.var} is lost with it; name a file elsewhere.")
    try:
        with locked(settings.var / ".backup.lock", wait=False), _workshop(path) as folder:
            return _write(settings, path, folder)
    except Occupied:
        raise BackupError("another backup is being made at this moment; wait for its end.") from None
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{path}: the backup could not be made ({reason(error)}).") from error
    except PostgresFailed as error:
        raise BackupError(f"{path}: the backup could not be made: {error}") from error


@contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """A folder beside `path` for what is not finished; one that a kill has left is removed first."""
    folder = path.with_name(f".{path.name}{UNFINISHED}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(settings: Settings, path: Path, folder: Path) -> Backup:
    kind = "sqlite" if settings.is_sqlite else "postgresql"
    database = folder / DATABASE[kind]
    revision = _take_database(settings, database)
    draft = folder / "archive"
    with written_aside(draft) as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
        files = {database.name: _add(archive, database.name, database)}
        for name, source in _contents(settings).items():
            try:
                files[f"var/{name}"] = _add(archive, f"var/{name}", source)
            except FileNotFoundError:
                continue  # erased since the folder was read
        backup = Backup(datetime.now(UTC).isoformat(timespec="seconds"), kind, revision, files)
        told = json.dumps({"format": FORMAT, **vars(backup)}, indent=1).encode()
        _add_bytes(archive, LIST, told)
    draft.replace(path)
    sync(path.parent)
    return backup


def _take_database(settings: Settings, target: Path) -> str | None:
    source = sqlite_file(settings.database_url)
    if not settings.is_sqlite:
        dump_postgres(settings.database_url, target)
        return postgres_revision(settings.database_url)
    if source is None or not source.exists():
        raise BackupError(f"there is no database in {source or 'memory'} yet: nothing to keep.")
    copy_sqlite(source, target)
    return sqlite_revision(target)


def _contents(settings: Settings) -> dict[str, Path | bytes]:
    """What of ``var`` a backup holds, by relative name; the secret key also where the environment gives it."""
    found: dict[str, Path | bytes] = {SECRET_KEY: settings.secret_key.encode()}
    for top in Exchange(settings.var, settings.database_url).present():
        if top in REMADE or top == SECRET_KEY:
            continue
        for path in [settings.var / top, *sorted((settings.var / top).rglob("*"))]:
            name = path.relative_to(settings.var)
            unfinished = any(part.startswith(".") or part.endswith(UNFINISHED) for part in name.parts)
            if path.is_file() and not unfinished:
                found[name.as_posix()] = path
    return found


def _add(archive: tarfile.TarFile, name: str, source: Path | bytes) -> tuple[int, str]:
    if isinstance(source, bytes):
        return _add_bytes(archive, name, source)
    with source.open("rb") as file:
        # The length first: what grows meanwhile is kept as long as it was.
        size = source.stat().st_size
        return _add_from(archive, name, file, size)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> tuple[int, str]:
    return _add_from(archive, name, io.BytesIO(content), len(content))


def _add_from(archive: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> tuple[int, str]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    reader = _Hashing(file)
    archive.addfile(member, reader)
    return size, reader.sha256.hexdigest()


class _Hashing:
    """A file that keeps the SHA-256 of what was read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.sha256.update(data)
        return data


# Taking one back.


def restore(var: Path, database_url: str, path: Path, *, force: bool = False) -> Backup:
    """Have the data of the backup `path` instead of all that is there: checked first, then wholly or not at all.

    Raises `BackupError`: `BadArchive`, data that is there without `force`, a server that runs; and
    `web.migrations.NewerDatabase`. The old data then stands, unless the sentence says otherwise.
    """
    kind = "postgresql" if sqlite_file(database_url) is None else "sqlite"
    try:
        with alone(var, database_url) as exchange:
            if not force:
                _refuse_to_overwrite(exchange)
            exchange.begin()
            backup = _unpack(path, exchange)
            if backup.database != kind:
                raise BackupError(
                    f"{path}: holds a database of {backup.database}, and DATABASE_URL names one of {kind}; "
                    "set DATABASE_URL to one of the former."
                )
            _check_database(backup, exchange)
            exchange.agree()
            _complete(exchange)
            return backup
    except Occupied:
        raise BackupError(
            f"Passerelle is at work on {var}: end `passerelle serve` and its workers, then restore."
        ) from None
    except PostgresFailed as error:
        raise BackupError(f"{path}: could not be restored: {error}") from error
    except OSError as error:
        raise BackupError(f"{path}: could not be restored ({reason(error)}).") from error


def _refuse_to_overwrite(exchange: Exchange) -> None:
    there = [str(exchange.var / name) for name in exchange.present() if name not in REMADE]
    if exchange.database is not None:
        there += [str(exchange.database)] if exchange.database.exists() else []
    elif postgres_tables(exchange.database_url):
        there.append("the database")
    if there:
        raise BackupError(
            f"there is data already ({', '.join(there[:3])}{', …' if there[3:] else ''}); nothing was changed. "
            "`--force` replaces all of it; make a backup of it before."
        )


def _unpack(path: Path, exchange: Exchange) -> Backup:
    """Write the archive's files aside, each compared with what its list says."""
    found: dict[str, tuple[int, str]] = {}
    told: dict[str, Any] | None = None
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise BadArchive(f"{path}: holds {member.name!r}, which is no file; this is no backup.")
                if member.name == LIST:
                    told = json.loads(content.read())
                    continue
                found[member.name] = _write_aside(content, _place(path, member.name, exchange))
        return _compared(path, told, found)
    except (*_DAMAGE, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadArchive(f"{path}: is no backup, or was cut or damaged ({reason(error)}).") from error


def _place(path: Path, name: str, exchange: Exchange) -> Path:
    if name in DATABASE.values():
        return exchange.new_database
    pure = PurePosixPath(name)
    parts = pure.parts[1:]
    safe = pure.parts[:1] == ("var",) and parts and not any(part.startswith(".") or "\\" in part for part in parts)
    if not safe or parts[0] in exchange.reserved():
        raise BadArchive(f"{path}: holds {name!r}, which does not belong into {exchange.var}; this is no backup.")
    return exchange.files.joinpath(*parts)


def _write_aside(content: IO[bytes], place: Path) -> tuple[int, str]:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size, sha256 = 0, hashlib.sha256()
    with place.open("xb") as file:
        place.chmod(0o600)
        while chunk := content.read(_CHUNK):
            file.write(chunk)
            sha256.update(chunk)
            size += len(chunk)
    return size, sha256.hexdigest()


def _compared(path: Path, told: dict[str, Any] | None, found: dict[str, tuple[int, str]]) -> Backup:
    if told is None:
        raise BadArchive(f"{path}: has no list of what it holds: it is no backup, or was cut.")
    if told.get("format") != FORMAT:
        raise BadArchive(f"{path}: expected the format {FORMAT}, found {told.get('format')!r}.")
    files = {name: (size, sha256) for name, (size, sha256) in told["files"].items()}
    wrong = sorted(name for name in files.keys() | found.keys() if files.get(name) != found.get(name))
    if wrong:
        raise BadArchive(f"{path}: is damaged: {wrong[0]} is not what was kept of it.")
    if DATABASE.get(told["database"]) not in found or f"var/{SECRET_KEY}" not in found:
        raise BadArchive(f"{path}: lacks the database or the secret key.")
    return Backup(told["made_at"], told["database"], told["revision"], files)


def _complete(exchange: Exchange) -> None:
    try:
        exchange.complete()
    except PostgresRefused:
        raise
    except (OSError, PostgresFailed) as error:
        raise BackupError(
            f"the backup is whole and will be the data, and not all of it could be moved into place ({reason(error)}); "
            "the next command that is started goes on."
        ) from error


def _check_database(backup: Backup, exchange: Exchange) -> None:
    revision = backup.revision
    if backup.database == "sqlite":
        try:
            revision = sqlite_revision(exchange.new_database)
        except sqlite3.DatabaseError as error:
            raise BadArchive(f"the database in the backup is damaged ({error}).") from error
    check_revision(revision)


__all__ = ["Backup", "BackupError", "BadArchive", "make_backup", "restore"]
