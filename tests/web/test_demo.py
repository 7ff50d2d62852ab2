"""What ``passerelle demo`` prepares: once, and kept."""

import io
import time
from pathlib import Path

from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.check.schedule import verify
from web.demo import SLUG, prepare_demo
from web.domain.timetable.versions import event_of, schedule_of
from web.models import Event, ScheduleVersion

ADDRESS = "http://localhost:8000"


def test_the_sample_event_is_loaded_computed_and_printed_once(app: Flask, session: Session, tmp_path: Path) -> None:
    started = time.monotonic()
    agendas = prepare_demo(tmp_path, ADDRESS)
    taken = time.monotonic() - started
    printed_pages = PdfReader(io.BytesIO(agendas.read_bytes())).pages
    assert len(printed_pages) >= 54
    links = [note.get_object()["/A"]["/URI"] for note in printed_pages[0]["/Annots"]]
    assert [link.startswith(f"{ADDRESS}/p/") for link in links] == [True]
    event = session.scalars(select(Event).where(Event.slug == SLUG)).one()
    version = session.scalars(select(ScheduleVersion)).one()
    assert version.event_id == event.id
    assert verify(event_of(version), schedule_of(version)).faults == []
    value = schedule_of(version).tier("value")
    assert value.value == value.bound

    printed = agendas.stat().st_mtime_ns
    started = time.monotonic()
    assert prepare_demo(tmp_path, ADDRESS) == agendas
    assert time.monotonic() - started < 0.5 * taken
    assert agendas.stat().st_mtime_ns == printed
    assert session.scalar(select(func.count()).select_from(ScheduleVersion)) == 1

    agendas.unlink()
    prepare_demo(tmp_path, ADDRESS)
    assert agendas.exists()
