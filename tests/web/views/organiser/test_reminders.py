"""The rules of reminders are saved knowingly, shown before they are, and the page of where an event stands."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.db import write
from web.domain.people.outstanding import FINDERS
from web.domain.people.reminder_plan import plan_of
from web.models import Invitation, Occasion, Registration, User, utcnow


def rules(**changes: str) -> dict[str, str]:
    typed = {"version": "0", "few_wishes_below": "3", "weekends": "y"}
    for occasion in FINDERS:
        typed |= {f"{occasion}_on": "y", f"{occasion}_every": "2", f"{occasion}_most": "1"}
    return typed | changes


def test_rules_are_previewed_saved_and_not_replaced_by_an_older_form(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, name="Sans souhaits", email="sans@example.org")
    make.registration(event, kind="company")
    with write(session):
        for who in session.scalars(select(Registration)):
            who.updated_at = utcnow() - timedelta(days=5)
    page = f"/events/{event.id}/invitations/reminders/"
    assert organiser_client.get(page).status_code == 200
    preview = organiser_client.post(page, data=rules(then="preview"))
    assert preview.status_code == 200
    assert "sans@example.org" in preview.text
    session.rollback()
    assert plan_of(session, event.id).version == 0
    assert organiser_client.post(page, data=rules()).status_code == 303
    stale = organiser_client.post(page, data=rules(no_wishes_every="9"))
    assert stale.status_code == 409
    assert 'value="9"' in stale.text
    session.rollback()
    assert plan_of(session, event.id).rules[Occasion.NO_WISHES].every == 2
    assert one.name in organiser_client.get(page).text


def test_rules_that_cannot_be_are_told_beside_the_field(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    page = f"/events/{event.id}/invitations/reminders/"
    for wrong in ({"draft_every": "0"}, {"draft_most": "99"}, {"few_wishes_below": "x"}, {"draft_every": "9" * 400}):
        answer = organiser_client.post(page, data=rules(**wrong))
        assert answer.status_code == 422, wrong
        assert "error-text" in answer.text
    session.rollback()
    assert plan_of(session, event.id).version == 0


def test_page_of_where_an_event_stands_has_telephone_links_and_no_markup_of_others(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    page = f"/events/{event.id}/invitations/standing/"
    assert "Personne n’est encore invité" in organiser_client.get(page).text
    late = make.registration(event, status="pending", name="<script>x</script>", phone='+33 (0)3 20 "onclick')
    with write(session):
        late.created_at = utcnow() - timedelta(days=5)
        session.add(Invitation(event_id=event.id, kind="company", name="B", email="b@example.org", sent_at=utcnow()))
    text = organiser_client.get(page).text
    assert 'href="tel:+33320"' in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "<script>x" not in text
