"""The workbench without any script: links choose, buttons do, and the page says what came of it."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.by_hand import movable, solved
from web.db import write
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import import_event
from web.domain.timetable import edits
from web.domain.timetable.publishing import publish
from web.domain.timetable.versions import event_of, store_version
from web.models import Job, Registration, ScheduleVersion, User


@pytest.fixture
def version(session: Session, organiser: User) -> ScheduleVersion:
    event = import_event(session, solved()[0], organiser.id, Actor.of_user(organiser))
    with write(session):
        return store_version(session, event.id, *solved())


def bench(version: ScheduleVersion) -> str:
    return f"/events/{version.event_id}/schedule/{version.id}/edit/"


def test_panel_says_what_each_place_costs(
    organiser_client: FlaskClient, session: Session, version: ScheduleVersion
) -> None:
    step, _change = movable(session, version)
    chosen = {"one": step.one, "other": step.other, "slot": step.slot}
    page = organiser_client.get(bench(version), query_string=chosen).text
    panel = organiser_client.get(bench(version) + "panel", query_string=chosen).text
    for text in (page, panel):
        assert f'name="to" value="{step.to}"' in text
        assert "créneaux impossibles, et pourquoi" in text
    assert 'id="bench"' not in panel


def test_step_is_done_undone_and_kept(
    organiser_client: FlaskClient, session: Session, version: ScheduleVersion
) -> None:
    step, _change = movable(session, version)
    sent = {"kind": "move", "one": step.one, "other": step.other, "slot": step.slot, "to": step.to}
    done = organiser_client.post(bench(version), data={**sent, "turn": "0"})
    assert done.status_code == 303
    assert f"slot={step.to}" in done.location
    assert "1 changement" in organiser_client.get(done.location).text
    late = organiser_client.post(bench(version), data={**sent, "turn": "0"}, follow_redirects=True)
    assert "entre-temps" in late.text
    undone = organiser_client.post(bench(version) + "undo", data={"turn": "1"}, follow_redirects=True)
    assert "0 changement" in undone.text
    organiser_client.post(bench(version) + "redo", data={"turn": "2"})
    kept = organiser_client.post(bench(version) + "keep", data={"turn": "3"})
    assert re.search(r"/schedule/\d+/$", kept.location)
    # In the reader's language, whoever did it.
    assert "modifiée à la main" in organiser_client.get(kept.location).text
    assert "changed by hand" in organiser_client.get(kept.location, headers={"Accept-Language": "en"}).text


def test_button_of_another_time_says_so(organiser_client: FlaskClient, version: ScheduleVersion) -> None:
    for sent in (
        {},
        {"kind": "fly", "one": "a1", "other": "c1", "slot": "s1", "turn": "0"},
        {"kind": "move", "turn": "x"},
    ):
        answer = organiser_client.post(bench(version), data=sent, follow_redirects=True)
        assert answer.status_code == 200
        assert "ne correspond plus à la page" in answer.text


def test_address_that_names_nothing_chooses_nothing(organiser_client: FlaskClient, version: ScheduleVersion) -> None:
    for chosen in (
        {"one": "nobody", "slot": "s1"},
        {"one": "a1", "slot": "s999"},
        {"one": "a1", "other": "a1", "slot": "s1"},
    ):
        answer = organiser_client.get(bench(version), query_string=chosen)
        assert answer.status_code == 200
        assert "Rien de choisi" in answer.text


def test_tables_are_rows_where_that_is_asked_for(
    organiser_client: FlaskClient, session: Session, version: ScheduleVersion
) -> None:
    draft = edits.draft_of(session, version)
    editor = draft.editor()
    gone = next(one for one in draft.schedule.meetings if one.table and editor.removal(one).why is None)
    slot, table = gone.slot, str(gone.table)
    sent = {"kind": "remove", "one": gone.between[0], "other": gone.between[1], "slot": slot}
    organiser_client.post(bench(version), data={**sent, "turn": "0"})
    shown = {"by": "tables", "q": "a"}
    page = organiser_client.get(bench(version), query_string={**shown, "table": table, "slot": slot}).text
    label = next(one.label for one in draft.event.tables if one.id == table)
    assert f"{label}, libre à" in page
    fields = {name: f'name="{name}" value="([^"]+)">' for name in ("one", "other", "table")}
    found = re.search(r"\s*.*?".join(fields.values()), page, re.DOTALL)
    assert found is not None and found[3] == table
    sent = {"kind": "add", "one": found[1], "other": found[2], "slot": slot, "table": table, "turn": "1"}
    done = organiser_client.post(bench(version), query_string=shown, data=sent)
    assert "by=tables" in done.location and "q=a" in done.location
    session.rollback()
    after = edits.draft_of(session, version).schedule
    there = [set(one.between) for one in after.meetings if (one.slot, one.table) == (slot, table)]
    assert there == [{found[1], found[2]}]


def test_meeting_is_imposed_from_where_its_price_is_told(
    organiser_client: FlaskClient, session: Session, version: ScheduleVersion
) -> None:
    draft = edits.draft_of(session, version)
    met = {meeting.pair for meeting in draft.schedule.meetings}
    pages = f"/events/{version.event_id}/schedule/{version.id}/participants"
    for one in draft.event.participants:
        page = organiser_client.get(f"{pages}/{one.id}/why-not").text
        found = re.search(rf'name="one" value="{one.id}"><input type="hidden" name="other" value="([^"]+)"', page)
        if found:
            break
    assert found is not None
    assert frozenset((one.id, found[1])) not in met
    answer = organiser_client.post(bench(version) + "impose", data={"one": one.id, "other": found[1]})
    assert answer.location.endswith("/compute/")
    session.rollback()
    assert session.scalars(select(Job)).all() != []
    sent = {"one": one.id, "other": found[1]}
    again = organiser_client.post(bench(version) + "impose", data=sent, follow_redirects=True)
    assert "a déjà une règle" in again.text
    assert organiser_client.post(bench(version) + "impose", data={"one": "x", "other": "y"}).status_code == 404


def test_workbench_of_the_announced_version_says_whether_it_is_still_right(
    organiser_client: FlaskClient, session: Session, version: ScheduleVersion
) -> None:
    """It was an error 500: the page did not know what the badge of an announced version asks."""
    publish(session, version, SYSTEM)
    assert '<span class="badge good">publiée</span>' in organiser_client.get(bench(version)).text
    gone = event_of(version).participants[0]
    with write(session):
        one = session.scalars(select(Registration).where(Registration.key == gone.id)).one()
        one.status = "withdrawn"
    page = organiser_client.get(bench(version)).text
    assert '<span class="badge good">publiée' not in page
    assert f"{gone.label} ne vient plus" in page.replace("\u202f", " ")


def test_panel_offers_nothing_in_rounds_that_have_begun(
    organiser_client: FlaskClient, session: Session, version: ScheduleVersion
) -> None:
    value, schedule = solved()
    # The third round of today has begun.
    now = datetime.now(ZoneInfo(value.timezone)).replace(tzinfo=None, microsecond=0)
    by = now - timedelta(seconds=30) - value.slots[2].start
    slots = tuple(one.model_copy(update={"start": one.start + by, "end": one.end + by}) for one in value.slots)
    today = value.model_copy(update={"slots": slots})
    with write(session):
        version = store_version(session, version.event_id, today, schedule)
    begun = {one.id for one in slots[:3]}
    over = next(one for one in schedule.meetings if one.slot in begun)
    chosen = {"one": over.between[0], "other": over.between[1], "slot": over.slot}
    panel = organiser_client.get(bench(version) + "panel", query_string=chosen).text
    assert "Ce créneau a commencé" in panel and 'name="to"' not in panel and 'value="remove"' not in panel
    ahead = next(one for one in schedule.meetings if one.slot not in begun)
    chosen = {"one": ahead.between[0], "other": ahead.between[1], "slot": ahead.slot}
    panel = organiser_client.get(bench(version) + "panel", query_string=chosen).text
    assert not begun & set(re.findall(r'name="to" value="([^"]+)"', panel))
