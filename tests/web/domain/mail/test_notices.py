"""Every mail is written in one room, with the deed it tells of, and the worker is woken once that is kept."""

import ast
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import database, once_committed, write
from web.domain.audit import SYSTEM
from web.domain.errors import Refused
from web.domain.links import page_address, personal_address, sign_in_address
from web.domain.mail.notices import agenda_notice, registration_notice
from web.domain.people import privacy, registration
from web.domain.timetable import publishing
from web.domain.timetable.difference import AgendaChange, Entry
from web.models import OutboxMail, utcnow

WEB = Path(__file__).parents[4] / "web"


def called_in(path: Path) -> set[str]:
    """The names that the module calls."""
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {getattr(node.func, "id", getattr(node.func, "attr", "")) for node in found if isinstance(node, ast.Call)}


def test_no_room_but_notices_writes_mails() -> None:
    writers = {str(path.relative_to(WEB)) for path in WEB.rglob("*.py") if "enqueue_mail" in called_in(path)}
    assert writers == {"domain/mail/notices.py"}


def test_no_view_wakes_the_worker() -> None:
    assert [path.name for path in WEB.glob("views/**/*.py") if {"enqueue", "once_committed"} & called_in(path)] == []


def test_no_page_is_made_in_the_domain_but_the_text_of_mails() -> None:
    makers = {path.parent.name for path in WEB.glob("domain/**/*.py") if "render_template" in called_in(path)}
    assert makers == {"mail"}


@on_both_databases
def test_worker_is_woken_once_for_all_mails_of_a_deed(session: Session, make: Factory, woken: list[str]) -> None:
    event = make.event()
    people = [make.registration(event) for _number in range(3)]
    version = make.schedule(event, [])
    publishing.publish(session, version, SYSTEM)
    assert woken == ["mail.send"]
    assert len(session.scalars(select(OutboxMail)).all()) == len(people)


def test_worker_is_not_woken_for_a_deed_that_failed(session: Session, make: Factory, woken: list[str]) -> None:
    one = make.registration(make.event())
    with pytest.raises(Refused), write(session):
        registration_notice(session, one, "accepted", "https://example.org")
        raise Refused("no")
    with write(session):
        pass
    assert woken == []
    assert session.scalars(select(OutboxMail)).all() == []


def test_worker_is_woken_when_the_mail_can_be_read_by_others(app: Flask, session: Session, make: Factory) -> None:
    one = make.registration(make.event())
    found: list[Any] = []

    def look(_name: str, _arguments: list[Any]) -> None:
        found.extend(database(app).sessionmaker().scalars(select(OutboxMail.registration_id)))

    former, app.extensions["passerelle.call"] = app.extensions["passerelle.call"], look
    registration.resend_link(session, one, SYSTEM)
    app.extensions["passerelle.call"] = former
    assert found == [one.id]


def test_worker_is_woken_for_files_after_an_erasure(session: Session, make: Factory, woken: list[str]) -> None:
    privacy.erase(session, make.registration(make.event()), SYSTEM)
    assert woken == ["privacy.settle"]


def test_nothing_is_awaited_outside_of_a_transaction(session: Session) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        once_committed(session, print)


def test_links_are_the_same_in_a_request_and_in_a_worker(app: Flask) -> None:
    def made() -> tuple[str, ...]:
        return personal_address("abc"), sign_in_address(), sign_in_address("xyz"), page_address("public.home")

    with app.app_context():
        alone = made()
    with app.test_request_context("/fr?lang=fr", base_url="https://stranger.example"):
        assert made() == alone
    base = app.extensions["passerelle.settings"].link_base
    assert alone == (f"{base}/p/abc/", f"{base}/sign-in", f"{base}/sign-in/link/xyz", f"{base}/")


def test_agenda_mail_names_the_new_facilitator_and_no_table_that_stayed(session: Session, make: Factory) -> None:
    one = make.registration(make.event(), language="en")
    start = datetime(2027, 3, 18, 14, 0)
    stays, moves = (
        Entry(partner, partner, begin, begin + timedelta(minutes=6), "Table 2", False, "Marc")
        for partner, begin in (("Briques", start), ("Lattes", start + timedelta(minutes=10)))
    )
    change = AgendaChange(
        retabled=((replace(stays, facilitator="Lina"), stays), (replace(moves, table="Table 1"), moves))
    )
    with write(session):
        agenda_notice(session, one, [stays, moves], change, "https://example.org/p/x/", utcnow())
    [mail] = session.scalars(select(OutboxMail))
    lines = mail.body_text.replace("\u202f", " ").replace("\xa0", " ").splitlines()
    assert "- 14:00–14:06: Briques (Table 2) – facilitator: Marc" in lines
    assert "- 14:10–14:16: Lattes (Table 2) (before: Table 1)" in lines
