"""The tab of invitations: a list is pasted, sent, corrected; faults stand in the page and what was typed is kept."""

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.factories import Factory
from web.db import write
from web.models import Event, Invitation, OutboxMail, User


def base(event: Event) -> str:
    return f"/events/{event.id}/invitations"


def all_of(session: Session) -> list[Invitation]:
    session.rollback()
    return list(session.scalars(select(Invitation).order_by(Invitation.id)))


def test_pasted_list_is_added_and_sent_in_one_go(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    people = "Les Jardins; Camille; j@example.org; association\nNord; ; n@example.org; entreprise"
    data = {"people": people, "kind": "association", "send": "y"}
    page = organiser_client.post(f"{base(event)}/new", data=data, follow_redirects=True).text
    assert "2 invitations ajoutées" in page
    assert "2 invitations partent" in page
    assert [(one.name, one.kind, one.sent_at is not None) for one in all_of(session)] == [
        ("Les Jardins", "association", True),
        ("Nord", "company", True),
    ]
    assert len(session.scalars(select(OutboxMail)).all()) == 2


def test_list_copied_from_a_spreadsheet_keeps_its_cells_apart(
    organiser_client: FlaskClient, make: Factory, organiser: User, session: Session
) -> None:
    event = make.event(organiser)
    lines = "Structure\tContact\tCourriel\tType\nLe Fournil\tAda Exemple\tada@example.org\tentreprise\r\n"
    sent = organiser_client.post(f"/events/{event.id}/invitations/new", data={"people": lines, "kind": "association"})
    assert sent.status_code == 303
    session.rollback()
    one = session.query(Invitation).one()
    assert (one.name, one.contact_name, one.email, one.kind) == (
        "Le Fournil",
        "Ada Exemple",
        "ada@example.org",
        "company",
    )


def test_faults_are_told_line_by_line_and_what_was_typed_stays(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    data = {"people": "A; a@example.org\n<b>x</b>; nowhere", "kind": "company"}
    answer = organiser_client.post(f"{base(event)}/new", data=data)
    assert answer.status_code == 422
    assert "Ligne 2" in answer.text
    assert "&lt;b&gt;x&lt;/b&gt;; nowhere" in answer.text
    assert all_of(session) == []
    assert organiser_client.post(f"{base(event)}/new", data={"people": "", "kind": "company"}).status_code == 422
    assert organiser_client.post(f"{base(event)}/new", data={"people": "A; a@example.org"}).status_code == 422


def test_ticked_invitations_are_sent_and_withdrawn(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    organiser_client.post(
        f"{base(event)}/new", data={"people": "A; a@example.org\nB; b@example.org", "kind": "company"}
    )
    one, other = all_of(session)
    assert "pas encore envoyée" in organiser_client.get(f"{base(event)}/").text
    organiser_client.post(f"{base(event)}/", data={"ids": [one.id], "deed": "send"})
    organiser_client.post(f"{base(event)}/", data={"ids": [other.id], "deed": "withdraw"})
    assert [(one.sent_at is None, one.withdrawn_at is None) for one in all_of(session)] == [
        (False, True),
        (True, False),
    ]
    for data in ({"deed": "send"}, {"ids": [one.id], "deed": "nothing"}, {"ids": ["x"], "deed": "send"}):
        page = organiser_client.post(f"{base(event)}/", data=data, follow_redirects=True)
        assert "notice warning" in page.text
    assert "aucune" not in organiser_client.get(f"{base(event)}/?state=withdrawn").text.split("<tbody>")[1]


def test_mail_that_failed_is_shown_and_a_corrected_address_is_sent_to(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    organiser_client.post(f"{base(event)}/new", data={"people": "A; a@example.org", "kind": "company", "send": "y"})
    [one] = all_of(session)
    page = f"{base(event)}/{one.id}/"
    with write(session):
        [mail] = session.scalars(select(OutboxMail)).all()
        mail.state, mail.error = "failed", "550 no such mailbox"
    assert "550 no such mailbox" in organiser_client.get(f"{base(event)}/?state=failed").text
    form = {"name": "A", "email": "b@example.org", "kind": "company", "language": "fr", "version": one.version}
    answer = organiser_client.post(page, data=form | {"then": "send"})
    assert answer.status_code == 303
    session.rollback()
    assert session.scalars(select(OutboxMail.recipient).order_by(OutboxMail.id)).all() == [
        "b@example.org",
    ]
    # The same form again is of an older version.
    stale = organiser_client.post(page, data=form | {"name": "Typed again"})
    assert stale.status_code == 409
    assert "Typed again" in stale.text
    wrong = organiser_client.post(page, data=form | {"email": "x", "version": 99})
    assert wrong.status_code in (409, 422)
    assert organiser_client.post(f"{page}forget").status_code == 303
    assert all_of(session) == []
    assert organiser_client.get(page).status_code == 404


def test_invitation_of_another_event_is_not_there(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    mine, other = make.event(organiser), make.event()
    organiser_client.post(f"{base(mine)}/new", data={"people": "A; a@example.org", "kind": "company"})
    [one] = all_of(session)
    assert organiser_client.get(f"{base(other)}/{one.id}/").status_code == 404
    second = make.event(organiser)
    assert organiser_client.get(f"{base(second)}/{one.id}/").status_code == 404
    assert organiser_client.post(f"{base(second)}/{one.id}/forget").status_code == 404
