"""What is kept of people goes some months after the event: announced on a page, once a day, all of it, counted only."""

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.planted import Planted, planted
from tests.web.conftest import on_both_databases, sign_in
from tests.web.factories import Factory
from web.config import ConfigError, Settings, load_settings
from web.db import write
from web.domain.event.events import duplicate_event
from web.domain.mail.sending import enqueue_mail, send_waiting
from web.domain.people import traces
from web.domain.people.retention import later, preview, run_daily
from web.models import AuditEntry, Job, OutboxMail, Registration, Role, User, utcnow
from web.tasks import LANES

__all__ = ["planted"]

# The events of the factory are on 18 March 2027.
LAST_DAY = datetime(2029, 3, 18, 23, 0, tzinfo=UTC)
DUE = datetime(2029, 3, 19, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 3, 18), 24, date(2029, 3, 18)),
        (date(2027, 12, 1), 1, date(2028, 1, 1)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert later(day, months) == expected


@on_both_databases
def test_everything_of_people_goes_after_so_many_months(planted: Planted) -> None:
    planted.make.veto(planted.partner, planted.me)
    session, event = planted.session, planted.event
    with write(session):
        event.affinities = [[planted.me.key, planted.partner.key, 3]]
        event.rules = event.rules | {"same_person": [[planted.me.key, planted.partner.key]]}
    session.rollback()
    announced = dict(preview(session, event, 24).counts)
    assert run_daily(session, 24, LAST_DAY) is not None
    session.rollback()
    assert planted.found_in_tables() != set()
    went = run_daily(session, 24, DUE)
    traces.settle(session)
    assert went is not None
    # Besides, yesterday's run had left its line in the log.
    expected = {name: number for name, number in announced.items() if name != "choices"}
    assert dict(went) == expected | {"events": 1, "log": announced["log"] + 1}
    assert announced["choices"] == 3
    assert planted.found_in_tables() == set()
    assert planted.found_in_files() == set()
    assert list(planted.var.glob("mail/*.eml")) == []
    session.expire_all()
    assert (event.status, event.affinities, len(event.slots), len(event.tables)) == ("archived", None, 4, 3)
    assert "same_person" not in event.rules
    assert event.rules["coverage"] == [40, 25, 15, 10]
    odile, actor = planted.organiser, planted.actor
    copy = duplicate_event(
        session, event, title="Encore", day=date(2029, 9, 1), with_pool=True, user=odile, actor=actor
    )
    assert (len(copy.slots), len(copy.registrations)) == (4, 0)


def test_event_that_is_not_due_keeps_its_people(make: Factory, session: Session) -> None:
    kept, due = make.event(), make.event()
    for event in (kept, due):
        make.registration(event)
    with write(session):
        kept.slots[-1].ends_at += timedelta(days=1)
    assert (run_daily(session, 24, DUE) or {})["participants"] == 1
    assert [one.event_id for one in session.scalars(select(Registration))] == [kept.id]


def test_event_at_which_somebody_computes_waits_for_the_next_day(make: Factory, session: Session) -> None:
    event = make.event()
    make.registration(event)
    job = make.job(event, state="running")
    assert (run_daily(session, 24, DUE) or {})["events"] == 0
    with write(session):
        session.get_one(Job, job.id).state = "done"
    assert (run_daily(session, 24, DUE + timedelta(days=1)) or {})["events"] == 1


def test_second_run_of_a_day_does_nothing(make: Factory, session: Session) -> None:
    assert run_daily(session, 24, utcnow()) is not None
    event = make.event()
    make.registration(event)
    with write(session):
        for slot in event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=2001), slot.ends_at.replace(year=2001)
    assert run_daily(session, 24, utcnow() + timedelta(hours=22)) is None
    assert len(session.scalars(select(Registration)).all()) == 1
    assert (run_daily(session, 24, utcnow() + timedelta(hours=24)) or {})["participants"] == 1


def test_event_that_is_over_is_let_go_once(make: Factory, session: Session) -> None:
    """What its organisers do with it afterwards stays in the log: it concerns nobody who took part."""
    event = make.event()
    make.registration(event)
    assert (run_daily(session, 24, DUE) or {})["events"] == 1
    with write(session):
        session.add(AuditEntry(event_id=event.id, actor="Odile", action="event.status"))
    assert (run_daily(session, 24, DUE + timedelta(days=1)) or {})["events"] == 0
    assert {"event.status", "retention.run"} <= set(session.scalars(select(AuditEntry.action)))


def test_mails_and_log_outside_of_events_go_as_well(make: Factory, session: Session, settings: Settings) -> None:
    long_ago = DUE - timedelta(days=1000)
    with write(session):
        mail = enqueue_mail(session, recipient="odile@example.org", subject="Votre lien", text="Bonjour")
        late = enqueue_mail(session, recipient="late@example.org", subject="Votre lien", text="Bonjour")
        session.add(AuditEntry(actor="Odile", action="account.profile", created_at=long_ago))
        session.add(AuditEntry(actor="Odile", action="account.password", created_at=DUE))
    send_waiting(session, "a worker")
    with write(session):
        mail.created_at, late.created_at = long_ago, DUE
    went = run_daily(session, 24, DUE)
    traces.settle(session)
    assert went is not None
    assert (went["mails"], went["log"]) == (1, 1)
    assert [one.recipient for one in session.scalars(select(OutboxMail))] == ["late@example.org"]
    assert len(list(settings.mail_folder.glob("*.eml"))) == 1
    assert set(session.scalars(select(AuditEntry.action))) == {"account.password", "retention.run"}


def test_log_tells_numbers_and_nobody(planted: Planted, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run_daily(planted.session, 24, DUE)
    told = [one.getMessage() for one in caplog.records if one.name == "web.domain.people.retention"]
    assert [line.startswith("Retention: events 1, mails ") for line in told] == [True]
    assert list(planted.canaries_in(" ".join(told))) == []
    entries = planted.session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.run")).all()
    assert [sorted({type(value) for value in entry.details.values()}, key=str) for entry in entries] == [[int], [int]]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fr", ("Durée de conservation", "24 mois", "Lundi 19 mars 2029", "Lignes du journal")),
        ("en", ("Kept for", "24 months", "Monday 19 March 2029", "Entries of the log")),
    ],
)
def test_page_tells_what_goes_and_when(
    organiser_client: FlaskClient, organiser: User, make: Factory, language: str, sentences: tuple[str, ...]
) -> None:
    event = make.event(organiser=organiser, facilitators=2)
    a, c = make.registration(event), make.registration(event, kind="company")
    make.wishes(a, [c])
    page = organiser_client.get(f"/events/{event.id}/data/?lang={language}")
    assert page.status_code == 200
    for sentence in sentences:
        assert sentence.lower() in page.text.lower()
    assert [page.text.count(f"<td>{number}</td>") for number in (2, 1)] == [2, 1]


def test_page_warns_when_the_time_is_over(organiser_client: FlaskClient, organiser: User, make: Factory) -> None:
    event = make.event(organiser=organiser)
    make.registration(event)
    warning = "Le délai est écoulé"
    assert warning not in organiser_client.get(f"/events/{event.id}/data/").text
    with write(make.session):
        for slot in event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=2001), slot.ends_at.replace(year=2001)
    assert warning in organiser_client.get(f"/events/{event.id}/data/").text


def test_page_of_an_event_without_rounds_says_what_counts(
    organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    event = make.event(organiser=organiser, slots=0)
    assert "pas encore de date" in organiser_client.get(f"/events/{event.id}/data/").text


def test_page_is_for_organisers_alone(app: Flask, client: FlaskClient, make: Factory) -> None:
    event, desk = make.event(), make.user()
    make.member(event, desk, Role.DESK)
    assert client.get(f"/events/{event.id}/data/").status_code == 302
    assert sign_in(app.test_client(), desk).get(f"/events/{event.id}/data/").status_code == 403
    assert sign_in(app.test_client(), make.user()).get(f"/events/{event.id}/data/").status_code == 404


@pytest.mark.parametrize("text", ["0", "241", "two", "-1", "1.5", "9" * 5000])
def test_number_of_months_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"PASSERELLE_RETENTION_MONTHS: expected .* 1 to 240; found"):
        load_settings({"PASSERELLE_VAR": str(tmp_path), "PASSERELLE_RETENTION_MONTHS": text})


def test_number_of_months_is_a_setting(tmp_path: Path) -> None:
    assert load_settings({"PASSERELLE_VAR": str(tmp_path)}).retention_months == 24
    chosen = load_settings({"PASSERELLE_VAR": str(tmp_path), "PASSERELLE_RETENTION_MONTHS": "6"})
    assert chosen.retention_months == 6


def test_worker_lets_go_by_itself_and_takes_the_files_along(planted: Planted) -> None:
    with write(planted.session):
        for slot in planted.event.slots:
            slot.starts_at, slot.ends_at = slot.starts_at.replace(year=2001), slot.ends_at.replace(year=2001)
    LANES["privacy.retention"].function()
    assert planted.found_in_tables() == set()
    assert planted.found_in_files() == set()
