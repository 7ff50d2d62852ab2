"""The sample event in the database, its timetable, and its agendas as one PDF: what ``passerelle demo`` prepares."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.format.event import event_json
from web.db import get_session, write
from web.domain.audit import SYSTEM
from web.domain.event.files import import_event, read_event_file
from web.domain.team.access import first_organiser, personal_token
from web.domain.timetable import solving as scheduling
from web.domain.timetable.versions import event_of, schedule_of, versions_of
from web.exports.agenda_data import AgendaTexts, build_agendas
from web.exports.press import PrintFailed, press
from web.models import Event, EventStatus, ScheduleVersion

SLUG = "demonstration"
SECONDS = 10.0
PLACE = "Salle des Fêtes, place du Marché"
FACE = {
    "name": "La Fabrique des Liens",
    "address": "Maison des associations\n2 place du Marché",
    "email": "bonjour@example.org",
    "page": {
        "fr": {"programme": "13:30 Accueil café\n17:30 Verre de l’amitié"},
        "en": {"programme": "13:30 Welcome with coffee\n17:30 A drink together"},
    },
}


def prepare_demo(var: Path, address: str) -> Path | None:
    """Prepare what is missing; where the agendas lie, if they could be printed. A second call changes nothing.

    The QR codes of the agendas lead to the personal pages below `address`. Each step is kept as soon as it is done: a
    start that was interrupted is taken up where it ended.
    """
    session = get_session()
    event = session.scalar(select(Event).where(Event.slug == SLUG)) or _load(session)
    version = next(iter(reversed(versions_of(session, event.id))), None) or _compute(session, event)
    agendas = var / "agendas.pdf"
    if not agendas.exists():
        _print(event, version, agendas, _links(session, event, address))
    return agendas if agendas.exists() else None


def _load(session: Session) -> Event:
    from scheduler.samples.sample import sample_event

    print("Loading the sample event…", flush=True)
    value = read_event_file(event_json(sample_event()))
    organiser = first_organiser(session)
    with write(session):
        event = import_event(session, value, organiser.id, SYSTEM)
        event.slug, event.place, event.face = SLUG, PLACE, FACE
        event.status, event.directory_published = EventStatus.OPEN, True
        for registration in event.registrations:
            # Reserved for examples: mail to it reaches nobody.
            registration.email = f"{registration.key}@example.org"
    return event


def _compute(session: Session, event: Event) -> ScheduleVersion:
    print(f"Computing its timetable ({SECONDS:g} seconds at most)…", flush=True)
    return scheduling.compute_now(session, event, SYSTEM, SECONDS)


def _links(session: Session, event: Event, address: str) -> dict[str, str]:
    with write(session):
        return {one.key: f"{address}/p/{personal_token(one)}/" for one in event.registrations}


def _print(event: Event, version: ScheduleVersion, agendas: Path, links: dict[str, str]) -> None:
    print("Printing the agendas…", flush=True)
    texts = AgendaTexts(place=event.place, organiser=event.face.get("name", ""))
    value, schedule = event_of(version), schedule_of(version)
    found = build_agendas(value, schedule, language=event.locale, live_url=links.get, texts=texts)
    # By the press, as any print: this process is about to serve, and must outlive a machine without fonts.
    try:
        pdf = press().order(found).pdf.result()
    except PrintFailed:
        print("The agendas could not be printed here; often there are no fonts. The rest works.", flush=True)
        return
    draft = agendas.with_suffix(".part")
    draft.write_bytes(pdf)
    draft.replace(agendas)
