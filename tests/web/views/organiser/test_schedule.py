"""Computing, looking at and publishing timetables, as an organiser's browser does."""

import html
import io
import json
import re
import time
from functools import cache
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from openpyxl import load_workbook
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from scheduler.format.event import Event as EventValue
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import Schedule
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import sample_event
from scheduler.solve import solve
from scheduler.whatif import Cell, Grid
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.audit import SYSTEM, Actor
from web.domain.event.files import import_event
from web.domain.event.vocabulary import Vocabulary
from web.domain.timetable import solving as scheduling
from web.domain.timetable.reasons import reasons
from web.domain.timetable.versions import event_of, schedule_of, store_version
from web.exports.agenda_data import build_agendas
from web.models import Event, Job, JobState, OutboxMail, ScheduleVersion, User, utcnow
from web.views import prints


@pytest.fixture
def event(session: Session, organiser: User) -> Event:
    """A sample of modest size: remote people, delegates, wishes, required meetings."""
    return import_event(session, solved(8, 6)[0], organiser.id, Actor.of_user(organiser))


@pytest.fixture
def version(session: Session, event: Event) -> ScheduleVersion:
    return stored(session, event, 8, 6)


@cache
def solved(associations: int, companies: int) -> tuple[EventValue, Schedule]:
    """A sample event and its schedule, computed once for all tests."""
    value = parse_event(event_json(sample_event(associations, companies, 6, companies)))
    return value, solve(value, SolveOptions(time_limit=20, seed=1))


def stored(session: Session, event: Event, associations: int, companies: int) -> ScheduleVersion:
    with write(session):
        return store_version(session, event.id, *solved(associations, companies))


def base(event: Event) -> str:
    return f"/events/{event.id}/schedule"


def plain(text: str) -> str:
    """`text` with every kind of space made an ordinary one."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_list_without_versions_says_what_to_do(organiser_client: FlaskClient, event: Event) -> None:
    answer = organiser_client.get(f"{base(event)}/")
    assert answer.status_code == 200
    assert "Aucun planning pour l’instant" in answer.text


def test_computing_gives_a_version_and_says_what_is_proven(
    organiser_client: FlaskClient, session: Session, event: Event
) -> None:
    answer = organiser_client.post(f"{base(event)}/compute/", data={"time_limit": "20"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Le planning est prêt" in answer.text
    session.rollback()
    version = session.query(ScheduleVersion).one()
    assert f"{base(event)}/{version.id}/" in answer.text
    assert "<svg" in answer.text and "Les courbes en tableaux" in answer.text


@pytest.mark.parametrize("seconds", ["", "0", "3601", "beaucoup"])
def test_a_time_limit_that_is_none_is_refused_in_the_page(
    organiser_client: FlaskClient, event: Event, seconds: str
) -> None:
    answer = organiser_client.post(f"{base(event)}/compute/", data={"time_limit": seconds})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text


def test_an_event_without_participants_says_so(organiser_client: FlaskClient, make: Factory, organiser: User) -> None:
    answer = organiser_client.post(f"{base(make.event(organiser))}/compute/", data={"time_limit": "5"})
    assert answer.status_code == 409
    assert "au moins deux participants acceptés" in answer.text


def test_an_impossible_event_names_its_requirements(
    organiser_client: FlaskClient, make: Factory, organiser: User
) -> None:
    event = make.event(organiser, slots=1)
    one = make.registration(event, name="Les Jardins du Canal")
    for name in ("Atelier Nord", "Fournil Dubois"):
        make.rule(event, one, make.registration(event, kind="company", name=name))
    answer = organiser_client.post(f"{base(event)}/compute/", data={"time_limit": "20"}, follow_redirects=True)
    assert "le rendez-vous Les Jardins du Canal – Fournil Dubois a lieu" in answer.text
    assert "the meeting" not in answer.text
    english = organiser_client.get(f"{base(event)}/compute/?lang=en")
    assert "the meeting Les Jardins du Canal – Fournil Dubois is held" in english.text


def running(make: Factory, event: Event, progress: list[dict[str, Any]]) -> Job:
    return make.job(
        event,
        state=JobState.RUNNING,
        attempts=1,
        started_at=utcnow(),
        heartbeat_at=utcnow(),
        progress=progress,
        parameters={"time_limit": 20},
    )


def test_progress_of_a_running_job_shows_numbers_and_curve(
    organiser_client: FlaskClient, make: Factory, event: Event
) -> None:
    rows = [
        {"seconds": 0.1, "stage": "selection", "tiers": []},
        {"seconds": 0.2, "stage": "improved", "tiers": [{"name": "value", "value": 1100, "bound": 1200}]},
    ]
    job = running(make, event, rows)
    answer = organiser_client.get(f"{base(event)}/compute/{job.id}/progress", headers={"HX-Request": "true"})
    text = plain(answer.text)
    assert "1 100" in text and "1 200" in text and "8,34 %" in text
    assert "polyline" in text
    assert "HX-Refresh" not in answer.headers
    page = organiser_client.get(f"{base(event)}/compute/")
    assert "Arrêter et garder le meilleur" in page.text and 'hx-trigger="every 1s"' in page.text


@pytest.mark.parametrize(
    ("seconds", "places"),
    [
        # 388 is where the axis ends, 400 the picture: only what would leave it ends at its place.
        (438, {"0 s": ("64.0", "middle"), "200 s": ("211.9", "middle"), "400 s": ("359.9", "middle")}),
        (400, {"200 s": ("226.0", "middle"), "400 s": ("388.0", "end")}),
    ],
)
def test_times_under_the_curve_stand_where_they_are(
    organiser_client: FlaskClient, make: Factory, event: Event, seconds: int, places: dict[str, tuple[str, str]]
) -> None:
    rows = [{"seconds": seconds, "stage": "improved", "tiers": [{"name": "value", "value": 1100, "bound": 1200}]}]
    job = running(make, event, rows)
    text = organiser_client.get(f"{base(event)}/compute/{job.id}/progress", headers={"HX-Request": "true"}).text
    found = re.findall(r'<text class="tick" x="([\d.]+)" y="180.0" text-anchor="(\w+)">([^<]+)</text>', text)
    assert places.items() <= {label: (x, anchor) for x, anchor, label in found}.items()


def test_progress_of_an_ended_job_asks_for_the_whole_page(
    organiser_client: FlaskClient, make: Factory, event: Event
) -> None:
    job = make.job(event, state=JobState.DONE, started_at=utcnow(), finished_at=utcnow())
    answer = organiser_client.get(f"{base(event)}/compute/{job.id}/progress", headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"


def test_stopping_asks_the_worker(organiser_client: FlaskClient, session: Session, make: Factory, event: Event) -> None:
    job = make.job(event, state=JobState.RUNNING, attempts=1, started_at=utcnow(), heartbeat_at=utcnow())
    answer = organiser_client.post(f"{base(event)}/compute/{job.id}/stop", follow_redirects=True)
    assert "Arrêt en cours" in answer.text
    session.rollback()
    assert session.get_one(Job, job.id).stop_requested


def test_both_grids_show_every_meeting(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    held = len(schedule_of(version).meetings)
    people = organiser_client.get(f"{base(event)}/{version.id}/")
    tables = organiser_client.get(f"{base(event)}/{version.id}/tables")
    assert people.text.count('class="meeting ') == 2 * held
    assert tables.text.count('class="meeting ') == held


def test_a_grid_can_be_filtered(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    names = [one.name for one in event.registrations]
    answer = organiser_client.get(f"{base(event)}/{version.id}/", query_string={"q": names[0].upper()})
    assert answer.text.count('<th scope="row">') == 1
    companies = organiser_client.get(f"{base(event)}/{version.id}/?kind=company")
    assert companies.text.count('<th scope="row">') == 6
    nobody = organiser_client.get(f"{base(event)}/{version.id}/?q=zzzz")
    assert "Personne ne correspond à ce filtre" in nobody.text


def test_an_agenda_says_why_each_meeting_is_there(
    app: Flask, organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    schedule = schedule_of(version)
    meeting = max(schedule.meetings, key=lambda one: one.score)
    answer = organiser_client.get(f"{base(event)}/{version.id}/participants/{meeting.between[0]}/")
    assert answer.status_code == 200
    assert f"score {meeting.score}" in plain(answer.text)
    value = event_of(version)
    one, other = (value.participant(id) for id in meeting.between)
    with app.test_request_context(), force_locale("fr"):
        told = [line.text for line in reasons(value, one, other, Vocabulary(event, "fr"))]
    assert told
    for sentence in told:
        assert plain(sentence) in plain(unescape(answer.text))


def test_the_agenda_of_nobody_is_not_found(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    for address in ("participants/nobody/", "participants/nobody/agenda.pdf", "participants/nobody/agenda.ics"):
        assert organiser_client.get(f"{base(event)}/{version.id}/{address}").status_code == 404


def test_the_quality_page_tells_the_five_aims(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    text = plain(organiser_client.get(f"{base(event)}/{version.id}/quality").text)
    assert "prouvé : aucun planning ne fait mieux" in text
    for aim in (
        "Valeur des rencontres",
        "Attentes entre deux rendez-vous",
        "Changements de table",
        "Les moins bien servis",
    ):
        assert aim in text


def test_the_quality_page_opens_with_sentences(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    text = plain(organiser_client.get(f"{base(event)}/{version.id}/quality").text)
    opening, _, rest = text.partition("Détails : valeur")
    assert "premiers souhaits sur" in opening and "Peut-on faire mieux ?" in opening
    assert "rendez-vous chacun" in opening and "Valeur des rencontres" not in opening
    assert "Valeur des rencontres" in rest


def test_the_quality_page_says_what_was_checked_without_the_solver(
    organiser_client: FlaskClient, session: Session, event: Event, version: ScheduleVersion
) -> None:
    address = f"{base(event)}/{version.id}/quality"
    assert "contrôlé une seconde fois, sans le solveur" in plain(organiser_client.get(address).text)
    assert not any("proof" in tier for tier in version.tiers)
    document = json.loads(json.dumps(version.document))
    document["tiers"][1]["proof"] = {"by": "search", "solver": "CP-SAT"}
    document["tiers"][2]["proof"] = {"by": "duals", "denominator": 1, "rows": []}
    version.document = document
    session.commit()
    text = plain(organiser_client.get(address).text)
    assert "établi par une recherche exhaustive du solveur" in text
    assert "la preuve du fichier ne donne pas cette limite" in text


def test_two_versions_stand_side_by_side(
    organiser_client: FlaskClient, session: Session, event: Event, version: ScheduleVersion
) -> None:
    second = stored(session, event, 8, 6)
    answer = organiser_client.get(f"{base(event)}/compare?v={version.id}&v={second.id}")
    assert answer.status_code == 200
    held = len(schedule_of(version).meetings)
    assert f'<td class="number">{held}</td>' in answer.text
    assert re.search("agendas? changerai", answer.text)
    alone = organiser_client.get(f"{base(event)}/compare?v={version.id}", follow_redirects=True)
    assert "Cochez au moins deux versions" in alone.text


def test_versions_under_other_rules_are_not_compared_as_equals(
    organiser_client: FlaskClient, session: Session, event: Event, version: ScheduleVersion
) -> None:
    second = stored(session, event, 8, 6)
    address = f"{base(event)}/compare?v={version.id}&v={second.id}"
    version.event_document = second.event_document
    session.commit()
    assert "ne répondent pas au même événement" not in organiser_client.get(address).text
    document = json.loads(json.dumps(second.event_document))
    document["rules"]["coverage"] = [400, 1]
    document["participants"][0]["themes"] = ["youth"]
    second.event_document = document
    session.commit()
    text = plain(organiser_client.get(address).text)
    assert "ne répondent pas au même événement" in text
    assert "1 participant dont la présence" in text and "d’autres règles (points pour plusieurs rendez-vous)" in text
    assert "Valeur des rencontres" not in text and "(meilleur" not in text
    # What is counted the same way whatever the rules is shown all the same.
    assert "Souhaits exaucés" in text


def test_a_comparison_names_who_gains_and_who_loses(
    organiser_client: FlaskClient, session: Session, make: Factory, event: Event, version: ScheduleVersion
) -> None:
    schedule = schedule_of(version)
    one, other = (event_of(version).participant(id) for id in schedule.meetings[0].between)
    rest = [json.loads(meeting.model_dump_json()) for meeting in schedule.meetings[1:]]
    second = make.schedule(event, rest, event_document=version.event_document)
    text = plain(organiser_client.get(f"{base(event)}/compare?v={version.id}&v={second.id}").text)
    assert "2 agendas changeraient" in text
    (names,) = re.findall(r"Moins de rendez-vous : (.*?)\.\s*<", text)
    assert sorted(html.unescape(names).split(", ")) == sorted([one.label, other.label])
    assert "Plus de rendez-vous" not in text


def test_versions_are_listed_by_what_they_answer(
    organiser_client: FlaskClient, session: Session, make: Factory, organiser: User
) -> None:
    """The values of all versions stood in one list as equals, each marked as proven."""
    event = make.event(organiser)
    for kind in ("association", "company") * 2:
        make.registration(event, kind=kind)
    first = make.schedule(event)
    make.registration(event)
    event.rules = {**event.rules, "coverage": [5], "min_meetings": 2}
    session.commit()
    second = make.schedule(event)
    text = plain(organiser_client.get(f"{base(event)}/").text)
    heads = re.findall(r'scope="rowgroup".*?</th>', text, re.DOTALL)
    assert len(heads) == 2
    assert "L’événement tel qu’il est" in heads[0] and "5 participants (3 associations, 2 entreprises)" in heads[0]
    assert "au moins 2 rendez-vous chacun" in heads[0] and "Depuis" not in heads[0]
    assert "L’événement du" in heads[1] and "4 participants (2 associations, 2 entreprises)" in heads[1]
    assert "1 participant de plus" in heads[1]
    assert "d’autres règles (points pour plusieurs rendez-vous, nombre minimal de rendez-vous)" in heads[1]
    proofs = re.findall(
        r'<span class="badge (\w+)">(optimum prouvé|le meilleur pour les \d inscrits du .*?)</span>', text
    )
    assert [(tone, words.partition(" du ")[0]) for tone, words in proofs] == [
        ("good", "optimum prouvé"),
        ("neutral", "le meilleur pour les 4 inscrits"),
    ]
    assert first.number < second.number


def test_a_version_names_its_rules_participants_and_date(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion
) -> None:
    count = len(version.event_document["participants"])
    for page in ("", "tables", "quality", "edit/", "publish"):
        text = plain(organiser_client.get(f"{base(event)}/{version.id}/{page}").text)
        (head,) = re.findall(r'<details class="version-event">.*?</details>', text, re.DOTALL)
        assert f"{count} participants" in head and " · lu le " in head
        assert "Qui peut rencontrer qui : association – entreprise" in head


def test_versions_of_another_event_cannot_be_compared(
    organiser_client: FlaskClient, make: Factory, event: Event, version: ScheduleVersion
) -> None:
    foreign = make.schedule(make.event())
    assert organiser_client.get(f"{base(event)}/compare?v={version.id}&v={foreign.id}").status_code == 404


def test_a_version_gets_a_note_and_is_deleted(
    organiser_client: FlaskClient, session: Session, event: Event, version: ScheduleVersion
) -> None:
    address = f"{base(event)}/{version.id}"
    organiser_client.post(f"{address}/note", data={"note": "  Sans la salle <b>  "})
    assert "Sans la salle &lt;b&gt;" in organiser_client.get(f"{base(event)}/").text
    assert "au plus" in organiser_client.post(f"{address}/note", data={"note": "x" * 301}, follow_redirects=True).text
    assert organiser_client.post(f"{address}/delete").status_code == 303
    assert organiser_client.get(f"{address}/").status_code == 404


def test_publishing_asks_first_then_tells_once(
    organiser_client: FlaskClient, session: Session, make: Factory, organiser: User
) -> None:
    event = make.event(organiser)
    for _ in range(2):
        make.registration(event)
        make.registration(event, kind="company")
    version = scheduling.compute_now(session, event, SYSTEM, 10.0)
    address = f"{base(event)}/{version.id}/publish"
    assert "4 courriels partiront" in plain(organiser_client.get(address).text)
    assert session.query(OutboxMail).count() == 0
    session.rollback()
    done = organiser_client.post(address, follow_redirects=True)
    assert "4 courriels sont en route" in plain(done.text)
    again = organiser_client.post(address, follow_redirects=True)
    assert "personne n’est prévenu deux fois" in again.text
    session.rollback()
    mails = session.query(OutboxMail).all()
    assert len(mails) == 4
    assert "http://localhost/p/" in mails[0].body_text
    kept = organiser_client.post(f"{base(event)}/{version.id}/delete", follow_redirects=True)
    assert "annoncée aux participants" in kept.text


def test_downloads_are_what_they_say(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    address = f"{base(event)}/{version.id}"
    schedule = organiser_client.get(f"{address}/schedule.json")
    assert json.loads(schedule.data) == version.document
    assert json.loads(organiser_client.get(f"{address}/event.json").data) == version.event_document
    book = load_workbook(io.BytesIO(organiser_client.get(f"{address}/timetable.xlsx").data))
    assert len(book.sheetnames) == 4
    one = next(one.key for one in event.registrations)
    pdf = organiser_client.get(f"{address}/participants/{one}/agenda.pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    calendar = organiser_client.get(f"{address}/participants/{one}/agenda.ics")
    assert (calendar.mimetype, calendar.data[:15]) == ("text/calendar", b"BEGIN:VCALENDAR")
    assert "attachment" in calendar.headers["Content-Disposition"]


def test_all_agendas_come_as_one_pdf(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    from pypdf import PdfReader

    address = f"{base(event)}/{version.id}/agendas.pdf"
    while (answer := organiser_client.get(address)).status_code == 202:
        time.sleep(0.5)
    assert len(PdfReader(io.BytesIO(answer.data)).pages) >= 14


def test_sheets_that_take_long_show_how_far_they_are(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "PATIENCE", 0.0)
    address = f"{base(event)}/{version.id}/agendas.pdf"
    # Other sheets than those of the other tests, which the press may have kept.
    with write(get_session()):
        event.texts = {"agenda_note": "Accueil : 01 23 45 67 89"}
    built = []
    monkeypatch.setattr("web.exports.versions.build_agendas", lambda *a, **k: built.append(1) or build_agendas(*a, **k))
    answer = organiser_client.get(address)
    assert answer.status_code == 202
    assert "Les feuilles s’impriment" in answer.text and "<progress" in answer.text
    again = looked_for(answer)
    assert answer.headers["Refresh"].startswith("3; ") and again.startswith(f"{address}?order=")
    # Another version's visitors do not get it by its name.
    assert organiser_client.get(again.replace(address, f"{base(event)}/99/agendas.pdf")).status_code == 404
    end = time.monotonic() + 60
    while (answer := organiser_client.get(again)).status_code == 202:
        assert time.monotonic() < end
        time.sleep(0.2)
    # A browser stays on the page before a file: it is told that the file is ready, and fetches it from there.
    assert (answer.status_code, "Les feuilles sont prêtes" in answer.text) == (200, True)
    assert answer.headers["Refresh"].startswith("0; ")
    assert organiser_client.get(looked_for(answer)).data.startswith(b"%PDF-")
    # However often it looked, the agendas were put together once.
    assert len(built) == 1


def test_page_of_waiting_sheets_gives_nothing_again_that_a_visitor_made_up(
    organiser_client: FlaskClient, event: Event, version: ScheduleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "PATIENCE", 0.0)
    with write(get_session()):
        event.texts = {"agenda_note": "Accueil : 01 23 45 67 80"}
    address = f"{base(event)}/{version.id}/agendas.pdf"
    answer = organiser_client.get(f"{address}?lang=en&event_id=9&endpoint=x&_external=1&_scheme=x&_anchor=y&file=1")
    assert answer.status_code == 202
    again = looked_for(answer)
    assert again.startswith(f"{address}?lang=en&order=") and again.count("&") == 1
    while organiser_client.get(again).status_code == 202:
        time.sleep(0.2)


def looked_for(answer: Any) -> str:
    """Where the page goes by itself."""
    return str(answer.headers["Refresh"].partition("url=")[2])


def count_queries(client: FlaskClient, address: str) -> int:
    from web.db import database

    seen: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = database(client.application).engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", hear)
    try:
        assert client.get(address).status_code == 200
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", hear)
    return len(seen)


def test_pages_take_as_many_queries_for_many_as_for_few(
    organiser_client: FlaskClient, session: Session, organiser: User
) -> None:
    counts = []
    for size in (4, 16):
        event = import_event(session, solved(size, size)[0], organiser.id, Actor.of_user(organiser))
        version = stored(session, event, size, size)
        pages = ("", "tables", "quality", f"participants/{event.registrations[0].key}/", "publish")
        session.rollback()
        # Whoever looks first has the version compared with the event, which is kept for all who look later.
        organiser_client.get(f"{base(event)}/{version.id}/")
        counts.append([count_queries(organiser_client, f"{base(event)}/{version.id}/{page}") for page in pages])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


def test_pages_are_complete_in_english(organiser_client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    for page in ("", "tables", "quality", "publish"):
        assert 'lang="en"' in organiser_client.get(f"{base(event)}/{version.id}/{page}?lang=en").text
    assert "proven: no timetable does better" in organiser_client.get(f"{base(event)}/{version.id}/quality").text


def test_nothing_here_is_for_a_stranger(client: FlaskClient, event: Event, version: ScheduleVersion) -> None:
    for page in ("", f"{version.id}/", f"{version.id}/agendas.pdf", "compute/"):
        assert client.get(f"{base(event)}/{page}").status_code == 302
    assert get_session() is not None


def test_somebody_learns_why_a_wish_was_not_honoured(
    organiser_client: FlaskClient, make: Factory, session: Session, organiser: User
) -> None:
    event = make.event(organiser, slots=2)
    one = make.registration(event, name="Les Jardins du Canal")
    companies = [make.registration(event, kind="company", name=f"Fournil {i}") for i in range(3)]
    make.wishes(one, companies)
    version = scheduling.compute_now(session, event, SYSTEM, 10.0)
    answer = organiser_client.get(f"{base(event)}/{version.id}/participants/{one.key}/why-not")
    assert answer.status_code == 200
    assert answer.text.count('class="card agenda-line"') == 1
    assert "Souhait n" in answer.text
    nobody = organiser_client.get(f"{base(event)}/{version.id}/participants/nobody/why-not")
    assert nobody.status_code == 404


def test_capacity_is_computed_when_asked_for(
    organiser_client: FlaskClient, make: Factory, organiser: User, event: Event
) -> None:
    address = f"{base(event)}/capacity"
    assert "<table" not in organiser_client.get(address).text
    answer = organiser_client.get(f"{address}?compute=1")
    assert answer.status_code == 200
    assert "Une table de plus" in answer.text and "6 tables" in plain(answer.text)
    empty = organiser_client.get(f"{base(make.event(organiser))}/capacity?compute=1")
    assert empty.status_code == 409


@pytest.mark.parametrize("placed", [True, False])
def test_capacity_explains_limits_only_where_one_is_marked(
    organiser_client: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch, placed: bool
) -> None:
    now = Cell(6, 5, 0, 100, 3, None, True)
    impossible, more = Cell(6, 4, None, None, None, None, False), Cell(6, 6, 0, 110, 3, None, placed)
    grid = Grid((6,), (4, 5, 6), ((impossible, now, more),), now, None, None, 3)
    monkeypatch.setattr(scheduling, "what_if", lambda *_of: grid)
    text = plain(organiser_client.get(f"{base(event)}/capacity?compute=1").text)
    assert ("(limite)" in text) is not placed
    assert ("marqué « limite »" in text) is not placed
