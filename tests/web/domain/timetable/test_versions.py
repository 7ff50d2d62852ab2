"""Stored timetables: how often a page reads their files, and that what is read is what is stored."""

import json
from collections import Counter
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.web.announced import Announced
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.memory import forget_all
from web.domain.timetable import repair, versions
from web.domain.timetable.said import Said
from web.domain.timetable.versions import event_of, schedule_of, with_files
from web.models import User


@pytest.fixture
def world(session: Session, make: Factory, organiser: User) -> Announced:
    return Announced(session, make, organiser)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each stored file, by what it says, is read as a value from here on."""
    found: Counter[str] = Counter()

    def counting(name: str) -> None:
        function = getattr(versions, name)

        def counted(document: dict[str, Any]) -> Any:
            found[json.dumps(document)] += 1
            return function(document)

        monkeypatch.setattr(versions, name, counted)

    counting("checked_event")
    counting("checked_schedule")
    return found


# How often each file is read: versions that answer the same event have files that say the same.
PAGES = {
    "{base}/": 1,
    "{base}/schedule/{first}/": 1,
    "{base}/schedule/{first}/tables": 1,
    "{base}/schedule/{first}/quality": 1,
    "{base}/schedule/{first}/quality/answers": 1,
    "{base}/schedule/{first}/participants/{who}/": 1,
    "{base}/schedule/{first}/participants/{who}/why-not": 1,
    "{base}/schedule/{first}/edit/": 1,
    "{base}/schedule/{first}/edit/?by=tables": 1,
    "{base}/schedule/{second}/publish": 2,
    "{base}/schedule/compare?v={first}&v={second}": 2,
    "{base}/repair/{proposal}/": 1,
}


def test_page_reads_each_stored_file_once(
    session: Session, world: Announced, organiser_client: FlaskClient, read: Counter[str]
):
    second = world.make.schedule(world.event, [world.meeting(world.a, world.c, "s3", facilitator="f1")])
    world.change(world.d, status="withdrawn")
    proposal = repair.propose_repair(session, world.event, Said(absent=(world.b.key,)), SYSTEM)
    names = {
        "base": f"/events/{world.event.id}",
        "who": world.a.key,
        **{"first": world.version.id, "second": second.id, "proposal": proposal.id},
    }
    for page in PAGES:
        forget_all()
        read.clear()
        assert organiser_client.get(page.format(**names)).status_code == 200
        assert read, page
        assert max(read.values()) <= PAGES[page], (page, read.most_common(1))


def test_file_changed_by_an_erasure_is_read_again(session: Session, world: Announced):
    version = world.version
    before = event_of(version)
    assert event_of(version) is before
    assert schedule_of(version) is schedule_of(version)
    session.rollback()
    (again,) = with_files(session, [version.id])
    assert event_of(again) is before
    with write(session):
        version.event_document = {**version.event_document, "title": "Autre"}
    session.expire_all()
    assert event_of(with_files(session, [version.id])[0]).title == "Autre"
