"""A canary in each place that can tell of a participant; after an erasure none of them is found anywhere.

What is planted goes through the pages and the domain functions where there is a way; the rest is written into the rows.
"""

import re
import shutil
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import JSON, LargeBinary, String, select
from sqlalchemy.orm import undefer

from tests.support.planted import CANARIES, Planted, planted, text_of
from tests.support.processes import soon
from tests.support.server import Server
from tests.support.typed import open_event
from tests.support.visitor import Visitor
from tests.web.conftest import on_both_databases
from web.db import database, write
from web.domain.audit import SYSTEM
from web.domain.event.absences import Rounds
from web.domain.people import traces
from web.domain.people.participants import remove
from web.domain.timetable import solving as scheduling
from web.domain.timetable.failures import job_reasons
from web.domain.timetable.jobs import start_job
from web.domain.timetable.publishing import publish
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.models import Base, Job, OutboxMail, Registration, ScheduleVersion, User
from web.models.personal import CLASSES, Personal, columns_of, tables_naming
from web.tasks import LANES

# A fixture of this file too.
__all__ = ["planted"]

# Columns of a participant's row that hold codes of lists, which thousands have alike.
CODES = {"kind", "size", "language", "needs", "offers", "themes", "zone", "absences", "requires", "status", "logo"}


def test_every_column_with_text_is_classified() -> None:
    missing, unknown = [], []
    for name, table in Base.metadata.tables.items():
        classified = [column for listed in CLASSES.get(name, {}).values() for column in listed.split()]
        assert len(classified) == len(set(classified)), name
        missing += [
            f"{name}.{one.name}"
            for one in table.columns
            if isinstance(one.type, String | JSON | LargeBinary) and one.name not in classified
        ]
        unknown += [f"{name}.{one}" for one in classified if one not in table.columns]
    # Dates, numbers and references say nothing by themselves; text, JSON and bytes are decided one by one.
    assert (missing, unknown) == ([], [])


def test_every_table_that_may_name_participants_belongs_to_an_event() -> None:
    assert [table.name for table in tables_naming() if "event_id" not in table.columns] == []


def test_canary_stands_in_each_place_that_can_tell_of_a_participant(planted: Planted) -> None:
    planted.withdraw()
    found = planted.found_in_tables()
    own = (
        {column.name for column in columns_of(Base.metadata.tables["registrations"], Personal.OWN)}
        - CODES
        - {"token_hash"}
    )
    assert {f"registrations.{name}: {name}" for name in own} <= found
    columns = {place.split(":")[0] for place in found}
    naming = {f"{table.name}.{one.name}" for table in tables_naming() for one in columns_of(table, Personal.NAMES)}
    assert naming <= columns
    elsewhere = {
        f"{table.name}.{one.name}"
        for table in Base.metadata.tables.values()
        for one in columns_of(table, Personal.OWN)
        if one.name not in CODES
    }
    assert elsewhere <= columns | {"registrations.token_hash"}
    assert {"schedule_versions.event_document", "outbox_attachments.content"} <= columns
    assert any("SUMMARY:Zqname" in text_of(path) for path in planted.var.glob("mail/*.eml"))
    files = planted.found_in_files()
    assert {".eml: name", ".eml: known_as", ".eml: email", ".pdf: name"} <= files
    if database(planted.app).engine.dialect.name == "sqlite":
        assert {f".db: {name}" for name in own} <= files | {name.replace(".db-wal", ".db") for name in files}


def test_server_and_worker_keep_nothing_in_their_files_of_who_is_erased(live_server: Server) -> None:
    """The queue, the log of the database, mails, drafts: whatever real processes write below ``var``."""
    var = live_server.folder / "var"
    _event_id, form = open_event(var)
    visitor = Visitor(live_server.url)
    page = str(visitor.fill_in("/e/zqslug/register", **form).headers["Location"]).partition("?")[0]
    assert soon(lambda: "zqmail" in words_in(var)[".eml"], 60)
    before = words_in(var)
    assert {"zqname", "zqcontact", "zqproject", "zqmail"} <= set().union(*before.values())
    assert before.keys() >= {".db", ".eml", "queue.db"}
    assert visitor.send(f"{page}erase", visitor.form(f"{page}data"), {"sure": "y"}).status == 303
    # At once, or by the worker's next turn a minute later where somebody was reading just then.
    assert soon(lambda: not set().union(*words_in(var).values()), 130), words_in(var)


def words_in(var: Path) -> defaultdict[str, set[str]]:
    """What of the form of `open_event` the files below `var` hold, by what their names end with; the queue apart."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in var.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                name = path.name if path.name.startswith("queue") else path.suffix or path.name
                found[name] |= set(re.findall(r"zq(?:name|contact|project|mail)", text_of(path).lower()))
    return found


@on_both_databases
@pytest.mark.parametrize("way", ["by_participant", "by_organiser", "after_withdrawing"])
def test_erasure_leaves_nothing_of_a_participant(planted: Planted, way: str) -> None:
    key = planted.me.key
    if way == "after_withdrawing":
        planted.withdraw()
    copy = planted.var / "test.db.before-0009.1"
    if (planted.var / "test.db").exists():
        shutil.copyfile(planted.var / "test.db", copy)
    planted.session.rollback()
    if way == "by_organiser":
        planted.erase_by_organiser()
    else:
        planted.erase_by_participant()
    assert planted.found_in_tables() == set()
    assert planted.found_in_files() == set()
    assert not copy.exists()
    # What others need is still right: their meetings, their mails, and that something happened.
    session = planted.session
    versions = session.scalars(select(ScheduleVersion).options(undefer(ScheduleVersion.document))).all()
    for version in versions:
        names = {one.id: one.name for one in event_of(version).participants}
        assert names.get(key, "participant effacé") == "participant effacé"
        assert all(set(meeting.between) <= set(names) for meeting in schedule_of(version).meetings)
    waiting = session.scalars(select(OutboxMail).where(OutboxMail.attaching == "wanted")).all()
    assert [mail.state for mail in waiting] == (["queued"] if way != "by_organiser" else [])
    theirs = session.scalars(select(OutboxMail).where(OutboxMail.recipient == planted.partner.email)).all()
    assert any("participant effacé" in mail.body_text for mail in theirs)
    sent = session.scalars(select(OutboxMail.id).where(OutboxMail.state == "sent")).all()
    assert len(list(planted.var.glob("mail/*.eml"))) == len(sent) > 0


def test_name_shared_with_another_participant_stays_theirs(planted: Planted) -> None:
    other = planted.make.registration(planted.event, name="Les Voisines", contact_name=CANARIES["contact_name"])
    publish(
        planted.session,
        planted.make.schedule(planted.event, [], number=3),
        planted.actor,
    )
    planted.erase_by_participant()
    planted.session.rollback()
    assert other.contact_name == CANARIES["contact_name"]
    assert {place.split(": ")[1] for place in planted.found_in_tables()} == {"contact_name"}


def test_computation_that_outlasts_an_erasure_brings_nobody_back(planted: Planted) -> None:
    from web.domain.event.files import event_value

    value = event_value(planted.session, planted.event)
    schedule = schedule_of(planted.session.scalars(select(ScheduleVersion)).first() or pytest.fail())
    planted.erase_by_participant()
    with write(planted.session):
        store_version(planted.session, planted.event.id, value, schedule)
    assert planted.found_in_tables() == set()


def test_reasons_that_outlast_an_erasure_name_nobody(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The participant goes between the start of a computation and the words for why it failed."""
    with write(planted.session):
        planted.me.absences = Rounds.of(planted.event).absences([slot.key for slot in planted.event.slots])
    solve = scheduling._solve

    def solve_while_erased(*arguments: Any) -> Any:
        planted.erase_by_participant()
        return solve(*arguments)

    monkeypatch.setattr(scheduling, "_solve", solve_while_erased)
    job_id = start_job(planted.session, planted.event, SYSTEM).id
    planted.session.rollback()
    job = planted.session.get_one(Job, job_id)
    assert job.error == "infeasible"
    with force_locale("fr"):
        assert any("participant effacé" in reason for reason in job_reasons(job))
    assert planted.found_in_tables() == set()


def test_mail_that_was_being_written_meanwhile_is_taken_away_later(planted: Planted) -> None:
    """A worker that had claimed a mail before writes its file after the erasure: the next turn finds it."""
    mine = planted.session.scalars(select(OutboxMail).where(OutboxMail.registration_id == planted.me.id)).first()
    assert mine is not None
    late = planted.var / "mail" / f"{mine.message_id.strip('<>')}.eml"
    planted.session.rollback()
    planted.erase_by_participant()
    assert not late.exists()
    late.write_text("To: zqaddress@example.org\n\nBonjour")
    traces.settle(planted.session)
    assert planted.found_in_files() == set()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_database_file_in_use_is_cleared_by_the_next_turn(planted: Planted) -> None:
    """Somebody reads for long: the pages of the log cannot be let go at once, and are not forgotten."""
    reader = database(planted.app).engine.connect()
    reader.execute(select(User.id)).all()
    traces_before = planted.found_in_files()
    assert traces_before
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traces, "_PATIENCE", 50)
        planted.erase_by_participant()
    reader.close()
    traces.settle(planted.session)
    assert planted.found_in_files() == set()


def test_erasure_whose_process_was_killed_is_finished_by_the_worker(planted: Planted, woken: list[str]) -> None:
    """The tables are right with the commit; what was noted for the files outlives the process that noted it."""
    remove(planted.session, unpublished(planted), planted.me.version, planted.actor)
    assert planted.found_in_tables() == set()
    assert planted.found_in_files() != set()
    LANES["privacy.settle"].function()
    assert planted.found_in_files() == set()


def test_note_that_a_power_cut_damaged_is_no_obstacle(planted: Planted) -> None:
    planted.session.rollback()
    planted.erase_by_participant()
    [note] = (planted.var / "erasures").glob("*.json")
    note.write_text('{"mails": [')
    traces.settle(planted.session)
    assert not note.exists()


def test_erasure_that_fails_leaves_everything(planted: Planted) -> None:
    (planted.var / "erasures").write_text("a file where a folder should be")
    before = planted.found_in_tables()
    with pytest.raises(FileExistsError):
        remove(planted.session, unpublished(planted), planted.me.version, planted.actor)
    assert planted.found_in_tables() == before


def unpublished(planted: Planted) -> Registration:
    with write(planted.session):
        planted.event.published_schedule_id = None
    return planted.me
