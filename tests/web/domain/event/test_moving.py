"""Rounds moved or cut: whose absences, fixed meetings and agendas mean something else is asked before it is saved."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.published import meeting
from tests.support.rounds import at, now, slots_form
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.domain.audit import SYSTEM
from web.domain.event.absences import Rounds
from web.domain.event.files import event_document
from web.domain.timetable import solving as scheduling
from web.models import Event, MeetingRule, OutboxMail, Registration, User

LEAVES = ["2027-03-18T14:16/2027-03-18T20:30"]


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


@pytest.fixture
def leaving(make: Factory, event: Event) -> Registration:
    """Somebody who leaves at 14:16, with two of the four rounds to go."""
    return make.registration(event, name="Les Jardins", absences=LEAVES)


def moved(event: Event, minutes: int) -> dict[str, str]:
    """The form of the rounds, each so many minutes later."""
    form = slots_form(event)
    for number, slot in enumerate(event.slots):
        for name, moment in (("start", slot.starts_at), ("end", slot.ends_at)):
            form[f"slots-{number}-{name}"] = f"{moment + timedelta(minutes=minutes):%H:%M}"
    return form


def missed(session: Session, event: Event, one: Registration) -> list[str]:
    fresh = now(session, event)
    (file,) = [each for each in event_document(session, fresh)["participants"] if each["id"] == one.key]
    missed: list[str] = file["unavailable"]
    return missed


def test_question_names_whose_absence_means_something_else(
    organiser_client: FlaskClient, event: Event, leaving: Registration, session: Session
) -> None:
    """“I leave at 14:16” became another hour, unasked."""
    answer = organiser_client.post(at(event, "slots"), data=moved(event, 8))
    assert answer.status_code == 409
    told = answer.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Les Jardins : absence 14:16–\u206014:30. En gardant les heures : 14:16–\u206014:38 ; " in told
    assert "en gardant les créneaux : 14:24–\u206014:38." in told
    assert 'value="hours"' in told and 'value="rounds"' in told
    assert now(session, event).slots[0].starts_at == datetime(2027, 3, 18, 14, 0)


@on_both_databases
@pytest.mark.parametrize(("keep", "keys"), [("hours", ["s2", "s3", "s4"]), ("rounds", ["s3", "s4"])])
def test_absences_keep_what_the_organiser_says(
    organiser_client: FlaskClient, event: Event, leaving: Registration, session: Session, keep: str, keys: list[str]
) -> None:
    form = moved(event, 8) | {"confirmed": keep}
    assert organiser_client.post(at(event, "slots"), data=form).status_code == 302
    assert missed(session, event, leaving) == keys


def test_round_added_after_somebody_left_is_not_theirs(
    organiser_client: FlaskClient, event: Event, leaving: Registration, session: Session
) -> None:
    later = {"new-0-day": "2027-03-18", "new-0-start": "14:40", "new-0-end": "14:46"}
    form = slots_form(event, **later) | {"confirmed": "hours"}
    assert organiser_client.post(at(event, "slots"), data=form).status_code == 302
    assert missed(session, event, leaving) == ["s3", "s4", "s5"]


@pytest.mark.parametrize(("keep", "fixed"), [("hours", "s1"), ("rounds", "s2")])
def test_fixed_meeting_keeps_its_hour_or_its_round(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session, keep: str, fixed: str
) -> None:
    a, b = make.registration(event, name="Les Jardins"), make.registration(event, kind="company", name="Nord")
    make.rule(event, a, b, slot_id=event.slots[1].id)
    asked = organiser_client.post(at(event, "slots"), data=moved(event, 8))
    assert "Les Jardins – Nord est fixée à 14:08" in asked.text
    form = moved(event, 8) | {"confirmed": keep}
    assert organiser_client.post(at(event, "slots"), data=form).status_code == 302
    session.rollback()
    (rule,) = session.scalars(select(MeetingRule))
    assert rule.slot is not None and rule.slot.key == fixed


def test_fixed_meeting_of_a_cut_round_goes_to_the_new_one_at_its_hour(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    a, b = make.registration(event), make.registration(event, kind="company")
    make.rule(event, a, b, slot_id=event.slots[1].id)
    new = {"new-0-day": "2027-03-18", "new-0-start": "14:07", "new-0-end": "14:15", "slots-1-remove": "y"}
    form = slots_form(event, **new) | {"confirmed": "hours"}
    assert organiser_client.post(at(event, "slots"), data=form).status_code == 302
    session.rollback()
    (rule,) = session.scalars(select(MeetingRule))
    assert rule.slot is not None and rule.slot.key == "s5"


def test_agendas_that_say_other_hours_are_counted(organiser_client: FlaskClient, make: Factory, event: Event) -> None:
    a, b = make.registration(event), make.registration(event, kind="company")
    make.registration(event)
    version = make.schedule(event, [meeting(a, b, "s2")])
    scheduling.publish(make.session, version, SYSTEM)
    form = slots_form(event, **{"slots-1-start": "14:09"})
    assert "Les agendas publiés de 2 participants" in organiser_client.post(at(event, "slots"), data=form).text
    form = slots_form(event, **{"slots-3-end": "14:40"})
    assert "Les agendas publiés" not in organiser_client.post(at(event, "slots"), data=form).text


def test_those_registered_are_told_where_the_organiser_wants(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event, name="Les Jardins")
    make.registration(event, email=None)
    make.registration(event, status="withdrawn")
    asked = organiser_client.post(at(event, "slots"), data=moved(event, 60))
    assert asked.status_code == 409 and 'name="tell"' in asked.text
    form = moved(event, 60) | {"confirmed": "yes", "tell": "yes"}
    assert "1 courriel part" in organiser_client.post(at(event, "slots"), data=form, follow_redirects=True).text
    session.rollback()
    (mail,) = session.scalars(select(OutboxMail))
    assert mail.recipient == one.email and mail.subject.startswith("Nouvelles heures")
    assert "jeudi 18 mars 2027, 15:00–15:30" in mail.body_text.replace("\u202f", " ").replace("\u00a0", " ")


def test_nobody_is_told_unless_it_is_ticked(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    make.registration(event)
    organiser_client.post(at(event, "slots"), data=moved(event, 60) | {"confirmed": "yes"})
    assert now(session, event).slots[0].starts_at.hour == 15
    assert session.scalars(select(OutboxMail)).all() == []


def test_round_may_end_after_midnight(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    late = {"new-0-day": "2027-03-18", "new-0-start": "23:56", "new-0-end": "00:02"}
    assert organiser_client.post(at(event, "slots"), data=slots_form(event, **late)).status_code == 302
    last = now(session, event).slots[-1]
    assert (last.starts_at, last.ends_at) == (datetime(2027, 3, 18, 23, 56), datetime(2027, 3, 19, 0, 2))
    # The page says so, and saved as it is shown, nothing has moved.
    page = organiser_client.get(at(event, "slots")).text
    assert 'value="23:56"' in page and 'value="00:02"' in page
    fresh = now(session, event)
    assert organiser_client.post(at(fresh, "slots"), data=slots_form(fresh)).status_code == 302
    assert now(session, event).slots[-1].ends_at == datetime(2027, 3, 19, 0, 2)


def test_grid_goes_on_after_midnight_as_one_day(organiser_client: FlaskClient, event: Event, session: Session) -> None:
    grid = {"version": str(event.version), "day": "2027-03-18", "start": "23:40", "meeting": "6", "changeover": "2"}
    form = grid | {"rounds": "6"}
    assert organiser_client.post(at(event, "slots/generate"), data=form).status_code == 302
    starts = [f"{slot.starts_at:%d %H:%M}" for slot in now(session, event).slots]
    assert starts == ["18 23:40", "18 23:48", "18 23:56", "19 00:04", "19 00:12", "19 00:20"]
    page = organiser_client.get(at(event, "slots/generate")).text
    # One day of six rounds is offered again, and no second day.
    assert page.count('value="2027-03-18"') == 1 and 'value="2027-03-19"' not in page
    assert 'value="6"' in page


def test_meetings_over_midnight_stand_at_their_hours_everywhere(
    client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    from tests.support.calendars import read

    event = make.event(organiser, slots=3)
    for number, slot in enumerate(event.slots):
        slot.starts_at = datetime(2027, 3, 18, 23, 48) + timedelta(minutes=8 * number)
        slot.ends_at = slot.starts_at + timedelta(minutes=6)
    session.commit()
    a, b = make.registration(event), make.registration(event, kind="company", name="Nord")
    c = make.registration(event, kind="company", name="Sud", absences=Rounds.of(event).absences(["s3"]))
    version = make.schedule(event, [meeting(a, c, "s2"), meeting(a, b, "s3")])
    scheduling.publish(session, version, SYSTEM)
    token = make.personal_link(a)
    page = client.get(f"/p/{token}/").text
    assert page.index("Sud") < page.index("Nord")
    assert "2027-03-19T00:02" in page
    entries = read(client.get(f"/p/{token}/agenda.ics").data)
    assert [f"{one.start:%d %H:%M} {one.end:%d %H:%M}" for one in entries] == ["18 22:56 18 23:02", "18 23:04 18 23:10"]
    assert client.get(f"/p/{make.personal_link(c)}/registration").text.count("checked") >= 2
    mails = session.scalars(select(OutboxMail).where(OutboxMail.registration_id == a.id)).all()
    assert "23:56–00:02" in mails[0].body_text.replace("\u202f", " ").replace("\u00a0", " ")
