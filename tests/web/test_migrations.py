"""Every step of the schema, up and down, with rows in every table, on both databases: nothing else changes."""

import json
import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import web.migrations
from tests.support.rows import ROWS, Contents, contents, fill_every_table
from tests.web.conftest import on_both_databases, on_sqlite
from tests.web.factories import Factory
from web import create_app
from web.config import Settings
from web.db import database
from web.domain.event.absences import Rounds
from web.migrations import FailedMigration, NewerDatabase, downgrade, drift, is_current, upgrade
from web.models import Base, Event, Facilitator, Registration, User
from web.paths import PACKAGE

RELEASED = "0001"
# One INSERT for each row, as the first version had written it.
MIGRATIONS = PACKAGE / "migrations"
RELEASED_ROWS = Path(__file__).with_name("released_0001.sql")


@pytest.fixture
def settings(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Settings:
    """Settings with an empty database."""
    sqlite = f"sqlite:///{tmp_path / 'test.db'}"
    url = sqlite if backend == "sqlite" else request.getfixturevalue("empty_postgres_url")
    return Settings(var=tmp_path, database_url=url, secret_key="a secret for tests only", testing=True)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    app = create_app(settings)
    with app.app_context():
        yield database(app).engine
    database(app).engine.dispose()


def fill(engine: Engine) -> None:
    with Session(engine) as session:
        make = Factory(session)
        event = make.event(make.user(), facilitators=1)
        a, c = make.registration(event), make.registration(event, kind="company")
        make.wishes(a, [c])
        make.rule(event, a, c)
        schedule = make.schedule(event)
        make.job(event, schedule_id=schedule.id)
        event.published_schedule_id = schedule.id
        session.commit()


def fill_all(engine: Engine) -> None:
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        fill_every_table(connection)


def stands(engine: Engine) -> Contents:
    with engine.connect() as connection:
        return contents(connection)


def revisions() -> list[str]:
    """All revisions, the newest first."""
    return [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def assert_kept(before: Contents, after: Contents) -> None:
    """Each table that both have holds as many rows, and the columns that both have the same values."""
    both = before.keys() & after.keys()
    assert {name: len(after[name]) for name in both} == {name: len(before[name]) for name in both}
    for name in sorted(both):
        for old, new in zip(before[name], after[name], strict=True):
            columns = old.keys() & new.keys()
            assert {key: new[key] for key in columns} == {key: old[key] for key in columns}, name


def test_revisions_are_one_line_counted_from_one() -> None:
    scripts = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [name[:4] for name in scripts] == [f"{number:04}" for number in range(1, len(scripts) + 1)]
    assert revisions() == [name[:4] for name in reversed(scripts)]


@on_both_databases
def test_schema_agrees_with_the_models(engine: Engine) -> None:
    upgrade(engine)
    assert drift(engine) == []


@on_both_databases
def test_migrations_go_up_down_and_up_with_data(engine: Engine) -> None:
    for _round in range(2):
        assert not is_current(engine)
        upgrade(engine)
        assert is_current(engine)
        fill(engine)
        downgrade(engine, "base")
    upgrade(engine)
    fill(engine)
    upgrade(engine)
    with Session(engine) as session:
        assert session.scalars(select(Event)).one().published_schedule_id is not None


# Each step reads every table several times: a machine that has other work takes minutes.
@pytest.mark.timeout(900)
@on_both_databases
def test_every_step_down_and_up_keeps_each_row_of_each_table(engine: Engine) -> None:
    upgrade(engine)
    fill_all(engine)
    full = stands(engine)
    assert {name: len(rows) for name, rows in full.items()} == dict.fromkeys(Base.metadata.tables, ROWS)
    for newer, older in zip(revisions(), revisions()[1:], strict=False):
        before = stands(engine)
        downgrade(engine, older)
        down = stands(engine)
        assert_kept(before, down)
        upgrade(engine, newer)
        assert_kept(down, stands(engine))
        downgrade(engine, older)
        assert stands(engine) == down
    assert revision(engine) == RELEASED
    upgrade(engine)
    assert_kept(down, stands(engine))
    assert drift(engine) == []


@on_both_databases
@pytest.mark.parametrize("start", sorted(revisions())[:-1])
def test_upgrade_from_each_revision_keeps_each_row_of_each_table(engine: Engine, start: str) -> None:
    upgrade(engine, start)
    fill_all(engine)
    before = stands(engine)
    assert {len(rows) for rows in before.values()} == {ROWS}
    upgrade(engine)
    after = stands(engine)
    assert before.keys() <= after.keys()
    assert_kept(before, after)
    assert drift(engine) == []


@on_both_databases
def test_upgrade_of_the_released_version_keeps_all_and_can_be_used(engine: Engine) -> None:
    upgrade(engine, RELEASED)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        rows = RELEASED_ROWS.read_text("utf-8")
        if connection.dialect.name == "postgresql":
            rows = re.sub(r"\bx'([0-9A-F]+)'", r"'\\x\1'", rows).replace("%", "%%")
        for statement in rows.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)
    before = stands(engine)
    assert min(len(rows) for rows in before.values()) >= 1
    upgrade(engine)
    assert_kept(before, stands(engine))
    with Session(engine) as session:
        event = session.scalars(select(Event)).one()
        assert [one.name for one in event.registrations] == ["Les Jardins d’Émeraude", "Menuiserie Lebœuf"]
        assert [wish.target.name for wish in event.registrations[0].wishes] == ["Menuiserie Lebœuf"]
        assert event.published_schedule_id is not None
        assert session.scalars(select(User)).one().memberships[0].event_id == event.id


@on_sqlite
def test_sqlite_enforces_foreign_keys_after_a_migration(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


# Migrations that fail: a folder of the real ones and one more.

Failing = Callable[[str], None]


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Failing:
    """`one_more(body)` adds a revision whose upgrade is `body` to those that the program knows."""
    scripts = tmp_path / "scripts"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    newest = revisions()[0]

    def add(body: str) -> None:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (scripts / "versions" / "9999_more.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f'revision = "9999"\ndown_revision = "{newest}"\n\n\n'
            f"def upgrade() -> None:\n{lines}\n\n\ndef downgrade() -> None:\n    pass\n"
        )
        monkeypatch.setattr(web.migrations, "FOLDER", scripts)

    return add


REBUILD = """with op.batch_alter_table("registrations") as table:
    table.alter_column("phone", type_=sa.String(60))
"""


@on_both_databases
def test_migration_that_fails_in_the_middle_leaves_the_database_as_it_was(engine: Engine, one_more: Failing) -> None:
    upgrade(engine)
    fill_all(engine)
    before, newest = stands(engine), revision(engine)
    one_more(f'{REBUILD}op.execute("DELETE FROM wishes")\nop.execute("UPDATE events SET nothing = 1")')
    with pytest.raises(FailedMigration, match=r"from .* to 9999: .*nothing.*\. The database is as it was"):
        upgrade(engine)
    assert stands(engine) == before
    assert revision(engine) == newest
    fill(engine)


@on_both_databases
def test_migration_that_makes_a_parent_table_anew_keeps_its_children(engine: Engine, one_more: Failing) -> None:
    upgrade(engine)
    fill_all(engine)
    before = stands(engine)
    one_more(REBUILD)
    upgrade(engine)
    assert revision(engine) == "9999"
    assert stands(engine) == before


@on_sqlite
def test_migration_that_leaves_rows_without_their_parent_fails(engine: Engine, one_more: Failing) -> None:
    upgrade(engine)
    fill_all(engine)
    before = stands(engine)
    one_more('op.execute("DELETE FROM registrations WHERE id = 1")')
    with pytest.raises(
        FailedMigration, match=r"9999 leaves rows without what they refer to: .*wishes to registrations"
    ):
        upgrade(engine)
    assert stands(engine) == before


@on_sqlite
def test_rows_that_lacked_their_parent_before_do_not_stop_an_upgrade(engine: Engine, one_more: Failing) -> None:
    upgrade(engine)
    fill_all(engine)
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        connection.execute("DELETE FROM registrations WHERE id = 1")
        connection.commit()
    one_more(REBUILD)
    upgrade(engine)
    assert revision(engine) == "9999"


# The copy that SQLite keeps.


def copies(engine: Engine) -> list[Path]:
    path = Path(str(engine.url.database))
    return sorted(path.parent.glob(f"{path.name}.before-*"))


@on_sqlite
def test_upgrade_keeps_a_copy_of_the_database_and_names_it(
    engine: Engine, one_more: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade(engine)
    assert copies(engine) == [], "an empty database needs no copy"
    fill_all(engine)
    upgrade(engine)
    assert copies(engine) == [], "nor does one that is current"
    before = stands(engine)
    one_more(REBUILD)
    # A reader keeps what was written in the write-ahead log: a copy of the file alone would be empty.
    with engine.connect() as reader, caplog.at_level(logging.WARNING):
        reader.exec_driver_sql("SELECT 1 FROM events").all()
        upgrade(engine)
    (copy,) = copies(engine)
    assert str(copy) in caplog.text
    assert copy.stat().st_mode & 0o777 == 0o600
    kept = create_engine(f"sqlite:///{copy}")
    assert stands(kept) == before
    assert revision(kept) == revisions()[0]
    kept.dispose()


@on_sqlite
def test_upgrades_that_fail_again_and_again_keep_one_copy(engine: Engine, one_more: Failing) -> None:
    upgrade(engine)
    fill_all(engine)
    one_more('op.execute("UPDATE events SET nothing = 1")')
    for _start in range(3):
        with pytest.raises(FailedMigration):
            upgrade(engine)
    assert len(copies(engine)) == 1
    fill(engine)
    with pytest.raises(FailedMigration, match=r"a copy of it is .*\.before-9999\.2\."):
        upgrade(engine)
    assert len(copies(engine)) == 2


@on_sqlite
def test_upgrade_without_room_for_the_copy_changes_nothing(engine: Engine, one_more: Failing) -> None:
    upgrade(engine)
    fill_all(engine)
    one_more(REBUILD)
    # A folder where the draft of the copy would be: as good as a full disk, and the same for every user.
    database_file = Path(str(engine.url.database))
    (database_file.parent / f".{database_file.name}.before-9999.1.part").mkdir()
    with pytest.raises(FailedMigration, match="could not be copied"):
        upgrade(engine)
    assert revision(engine) == revisions()[0]


# A database of a newer program.


@on_both_databases
def test_database_of_a_newer_program_is_told_and_left_alone(engine: Engine) -> None:
    upgrade(engine)
    fill_all(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = stands(engine)
    moves: list[Callable[[], object]] = [
        lambda: upgrade(engine),
        lambda: downgrade(engine, RELEASED),
        lambda: is_current(engine),
    ]
    for move in moves:
        with pytest.raises(NewerDatabase, match=r"newer Passerelle \(its schema is 9999, .*nothing was changed"):
            move()
    assert stands(engine) == before
    assert revision(engine) == "9999"


# What the schema itself does.


@on_both_databases
def test_deleting_an_event_leaves_nothing_of_it(engine: Engine) -> None:
    upgrade(engine)
    fill(engine)
    with Session(engine) as session:
        session.delete(session.scalars(select(Event)).one())
        session.commit()
        left = {name for name, table in Base.metadata.tables.items() if session.execute(select(table)).first()}
    assert left == {"users", "alembic_version"} & left
    assert "users" in left


@on_both_databases
def test_row_of_an_unknown_event_is_refused(engine: Engine) -> None:
    upgrade(engine)
    with Session(engine) as session, pytest.raises(IntegrityError):
        session.add(Registration(event_id=99, key="a", kind="association"))
        session.commit()


@on_both_databases
def test_rounds_missed_become_hours_and_rounds_again(engine: Engine) -> None:
    upgrade(engine, "0011")
    missed = json.dumps(["s1", "s2", "s4", "lost long ago"])
    with Session(engine) as session:
        now = "2026-09-03 11:00:00"
        session.execute(
            text(
                "INSERT INTO events (id, created_at, slug, title, description, place, timezone, locale, status, "
                "directory_published, wish_limit, texts, taxonomies, rules, updated_at, version) VALUES (1, :now, 'e', "
                "'E', '', '', 'Europe/Paris', 'fr', 'open', TRUE, 8, '{}', '{}', '{}', :now, 1)"
            ),
            {"now": now},
        )
        for number in range(1, 5):
            session.execute(
                text(
                    "INSERT INTO slots (created_at, event_id, key, position, starts_at, ends_at) "
                    "VALUES (:now, 1, :key, :number, :start, :end)"
                ),
                {
                    "now": now,
                    "key": f"s{number}",
                    "number": number,
                    "start": datetime(2027, 3, 18, 14, 8 * number),
                    "end": datetime(2027, 3, 18, 14, 8 * number + 6),
                },
            )
        session.execute(
            text(
                "INSERT INTO facilitators (created_at, event_id, key, position, name, unavailable) "
                "VALUES (:now, 1, 'f1', 0, 'Awa', :missed)"
            ),
            {"now": now, "missed": missed},
        )
        session.commit()
    upgrade(engine)
    with Session(engine) as session:
        one = session.scalars(select(Facilitator)).one()
        assert one.absences == [
            "2027-03-18T08:08/2027-03-18T14:22",
            "2027-03-18T14:32/2027-03-18T20:38",
            "lost long ago",
        ]
        assert Rounds.of(one.event).missed(one.absences) == ["s1", "s2", "s4"]
    downgrade(engine, "0011")
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT unavailable FROM facilitators")).scalar_one()
    assert (json.loads(kept) if isinstance(kept, str) else kept) == json.loads(missed)


@on_both_databases
def test_empty_list_of_zones_that_meant_the_usual_ones_still_does(engine: Engine) -> None:
    upgrade(engine, "0019")
    kept = {"themes": ["culture"]}
    written = {1: kept | {"zones": []}, 2: kept | {"zones": ["Bray"]}, 3: kept}
    with Session(engine) as session:
        for number, taxonomies in written.items():
            session.execute(
                text(
                    "INSERT INTO events (id, created_at, slug, title, description, place, timezone, locale, status, "
                    "directory_published, wish_limit, texts, taxonomies, rules, updated_at, version) VALUES (:id, "
                    ":now, :slug, 'E', '', '', 'Europe/Paris', 'fr', 'open', TRUE, 8, '{}', :said, '{}', :now, 1)"
                ),
                {"id": number, "slug": f"e{number}", "now": "2026-09-03 11:00:00", "said": json.dumps(taxonomies)},
            )
        session.commit()
    upgrade(engine)
    with Session(engine) as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
        assert [one.taxonomies for one in events] == [kept, written[2], kept]
        assert all(one.online_offered for one in events)
