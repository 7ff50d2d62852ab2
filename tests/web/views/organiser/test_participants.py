"""The organiser's participants: list, decisions, hand-made ones, changes, links, choices on behalf, pairs."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.web.conftest import sign_in
from tests.web.factories import Factory
from web.domain.event.absences import Rounds
from web.domain.event.files import event_document
from web.domain.people.participants import choices_version
from web.models import AuditEntry, Event, MeetingRule, OutboxMail, Registration, User, Wish


@pytest.fixture
def event(make: Factory, organiser: User) -> Event:
    return make.event(organiser)


def address(event: Event, rest: str = "") -> str:
    return f"/events/{event.id}/participants/{rest}"


def fresh(session: Session, one: Registration) -> Registration:
    session.rollback()
    return session.get_one(Registration, one.id)


@pytest.mark.parametrize("query", ["coeur", "l'epicerie", "saint etienne", "dupont naima", "étienne coeur"])
def test_list_finds_what_somebody_means(organiser_client: FlaskClient, make: Factory, event: Event, query: str) -> None:
    make.registration(event, name="L’Épicerie du Cœur de Saint-Étienne", contact_name="Naïma Dupont")
    make.registration(event, name="Briques & Lattes", contact_name="Léo Martin")
    text = organiser_client.get(address(event), query_string={"q": query}).text
    assert "Épicerie du Cœur" in text
    assert "Briques" not in text


def profile(one: Registration | None = None, **values: Any) -> dict[str, Any]:
    return {
        "version": str(one.version) if one else "",
        "kind": "company",
        "name": "Nord Numérique",
        "language": "fr",
        "delegates": "2",
        "min_meetings": "1",
        "max_meetings": "6",
        "boost": "3",
        "home_table": "0",
        "presence": ["s1", "s2"],
        "offers": ["skills.digital"],
        "email": "Nord@Example.org",
        "siren": "123 456 789",
    } | values


def test_list_is_searched_filtered_and_sorted(organiser_client: FlaskClient, make: Factory, event: Event) -> None:
    make.registration(event, name="Écurie du Nord")
    make.registration(event, name="Atelier", status="pending")
    make.registration(event, name="Briques", kind="company")
    everybody = organiser_client.get(address(event)).text
    assert everybody.index("Atelier") < everybody.index("Briques") < everybody.index("Écurie")
    assert "Briques" not in organiser_client.get(address(event, "?q=ecurie")).text
    assert "Écurie du Nord" in organiser_client.get(address(event, "?q=ecurie")).text
    assert "Écurie" not in organiser_client.get(address(event, "?status=pending")).text
    assert "Atelier" not in organiser_client.get(address(event, "?kind=company")).text
    assert organiser_client.get(address(event, "?status=nonsense&sort=nonsense&page=99")).status_code == 200


def test_list_needs_as_many_queries_for_thirty_as_for_one(
    app: Flask, organiser_client: FlaskClient, make: Factory, event: Event
) -> None:
    make.registration(event)
    few = count_queries(app, organiser_client, address(event))
    for _turn in range(29):
        make.registration(event)
    assert count_queries(app, organiser_client, address(event)) == few


def test_decisions_in_bulk_change_and_mail_each_once(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    first, second = make.registration(event, status="pending"), make.registration(event, status="waiting")
    gone = make.registration(event, status="withdrawn", name="Partie")
    foreign = make.registration(make.event(), status="pending")
    ids = [str(one.id) for one in (first, second, gone, foreign)]
    for _twice in range(2):
        answer = organiser_client.post(address(event, "decide"), data={"ids": ids, "decision": "accept"})
        assert answer.status_code == 302
    assert [fresh(session, one).status for one in (first, second, gone, foreign)] == [
        "accepted",
        "accepted",
        "withdrawn",
        "pending",
    ]
    assert session.query(OutboxMail).count() == 2
    assert "Partie" in organiser_client.get(address(event)).text


def test_decision_on_nobody_is_asked_again(organiser_client: FlaskClient, event: Event) -> None:
    assert organiser_client.post(address(event, "decide"), data={"decision": "accept"}).status_code == 302
    assert "Cochez d’abord" in organiser_client.get(address(event)).text
    organiser_client.post(address(event, "decide"), data={"decision": "promote", "ids": ["x"]})
    assert "Choisissez que faire" in organiser_client.get(address(event)).text


def test_participant_added_by_hand_is_accepted_and_not_mailed(
    organiser_client: FlaskClient, event: Event, session: Session
) -> None:
    answer = organiser_client.post(address(event, "new"), data=profile())
    session.rollback()
    one = session.query(Registration).one()
    assert answer.location == address(event, f"{one.id}/")
    assert (one.status, one.email, one.siren, one.delegates, one.boost) == (
        "accepted",
        "nord@example.org",
        "123456789",
        2,
        3,
    )
    assert Rounds.of(one.event).missed(one.absences) == ["s3", "s4"]
    assert session.query(OutboxMail).count() == 0
    assert [part["name"] for part in event_document(session, event)["participants"]] == ["Nord Numérique"]
    assert session.query(AuditEntry).filter_by(action="registration.add", behalf_of_id=one.id).count() == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "Saisissez le nom"),
        ({"email": "nord"}, "pas une adresse"),
        ({"delegates": "0"}, "de 1 à"),
        ({"max_meetings": "0"}, "moins que le minimum"),
        ({"siren": "12"}, "neuf chiffres"),
        ({"website": "javascript:alert(1)"}, "https://"),
        ({"home_table": "99999"}, "Table attitrée"),
        ({"project": "x" * 401}, "trop long"),
    ],
)
def test_participant_with_faults_is_not_stored(
    organiser_client: FlaskClient, event: Event, session: Session, values: dict[str, str], sentence: str
) -> None:
    answer = organiser_client.post(address(event, "new"), data=profile(**values))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert session.query(Registration).count() == 0


def test_participant_is_changed_on_their_behalf(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event, kind="company")
    table = event.tables[2]
    answer = organiser_client.post(address(event, f"{one.id}/edit"), data=profile(one, home_table=str(table.id)))
    assert answer.status_code == 302
    stored = fresh(session, one)
    assert (stored.name, stored.home_table_id, stored.max_meetings) == ("Nord Numérique", table.id, 6)
    entry = session.query(AuditEntry).filter_by(action="registration.update").one()
    assert (entry.actor, entry.behalf_of_id) == ("Odile Organise", one.id)
    assert "Nord" not in str(entry.details)


def test_participant_changed_by_two_keeps_the_first_and_tells_the_second(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event, kind="company")
    form = profile(one)
    organiser_client.post(address(event, f"{one.id}/edit"), data=form | {"name": "Le premier"})
    answer = organiser_client.post(address(event, f"{one.id}/edit"), data=form | {"name": "Le second"})
    assert answer.status_code == 409
    assert 'value="Le second"' in answer.text
    assert fresh(session, one).name == "Le premier"


def test_link_is_sent_shown_and_revoked(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session, client: FlaskClient
) -> None:
    one = make.registration(event)
    organiser_client.post(address(event, f"{one.id}/link"))
    session.rollback()
    [mail] = session.query(OutboxMail).all()
    link = next(word for word in mail.body_text.split() if "/p/" in word).split("?")[0]
    page = organiser_client.get(address(event, f"{one.id}/")).text
    assert link in page
    path = link[link.index("/p/") :]
    assert client.get(path).status_code == 200
    organiser_client.post(address(event, f"{one.id}/link/revoke"))
    assert client.get(path).status_code == 404
    assert link not in organiser_client.get(address(event, f"{one.id}/")).text


def test_link_without_an_address_is_not_sent(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event, email=None)
    organiser_client.post(address(event, f"{one.id}/link"))
    assert session.query(OutboxMail).count() == 0


def test_participant_is_removed_with_everything(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one, other = make.registration(event), make.registration(event, kind="company")
    make.wishes(other, [one])
    make.rule(event, one, other)
    path, version = address(event, f"{one.id}/remove"), str(one.version)
    # What was erased is wiped from the file once nobody reads it any more.
    session.rollback()
    answer = organiser_client.post(path, data={"version": version})
    assert answer.location == address(event)
    assert session.query(Registration).all() == [other]
    assert session.query(Wish).count() == session.query(MeetingRule).count() == 0


def test_participant_changed_since_is_not_removed(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event)
    assert organiser_client.post(address(event, f"{one.id}/remove"), data={"version": "77"}).status_code == 409
    assert fresh(session, one).name == one.name


def test_choices_are_saved_in_order_on_their_behalf(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one = make.registration(event)
    others = [make.registration(event, kind="company") for _turn in range(3)]
    data = {
        "version": str(choices_version(one)),
        "wishes": [str(others[1].id), "0", str(others[0].id)],
        "vetoes": [str(others[2].id)],
    }
    assert organiser_client.post(address(event, f"{one.id}/choices"), data=data).status_code == 302
    stored = fresh(session, one)
    assert [wish.target_id for wish in stored.wishes] == [others[1].id, others[0].id]
    assert [veto.target_id for veto in stored.vetoes] == [others[2].id]
    entry = session.query(AuditEntry).filter_by(action="wish.save").one()
    assert (entry.actor, entry.behalf_of_id) == ("Odile Organise", one.id)
    # The other organiser's page is now an old one.
    assert organiser_client.post(address(event, f"{one.id}/choices"), data=data | {"wishes": []}).status_code == 409
    assert len(fresh(session, one).wishes) == 2


def test_choices_that_contradict_are_refused(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    one, other = make.registration(event), make.registration(event, kind="company")
    pending = make.registration(event, kind="company", status="pending")
    version = str(choices_version(one))
    for wishes, vetoes in (
        ([other.id, other.id], []),
        ([other.id], [other.id]),
        ([pending.id], []),
        ([one.id], []),
        ([10**12], []),
    ):
        data = {"version": version, "wishes": list(map(str, wishes)), "vetoes": list(map(str, vetoes))}
        assert organiser_client.post(address(event, f"{one.id}/choices"), data=data).status_code == 422
    assert fresh(session, one).wishes == []


def test_participant_of_another_event_is_not_found(organiser_client: FlaskClient, make: Factory, event: Event) -> None:
    foreign = make.registration(make.event())
    assert organiser_client.get(address(event, f"{foreign.id}/")).status_code == 404
    assert organiser_client.post(address(event, f"{foreign.id}/remove")).status_code == 404


def test_stranger_sees_no_participants(client: FlaskClient, make: Factory, event: Event) -> None:
    sign_in(client, make.user())
    assert client.get(address(event)).status_code == 404


def pairs(event: Event, rest: str = "") -> str:
    return f"/events/{event.id}/setup/requirements{rest}"


def asked(event: Event, a: Registration, b: Registration, **values: str) -> dict[str, str]:
    base = {"version": str(event.version), "a": str(a.id), "b": str(b.id), "status": "required", "slot": "0"}
    return base | {"session": "", "after_a": "0", "after_b": "0"} | values


def test_pair_is_required_at_a_round_after_another_meeting(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    a, b = make.registration(event), make.registration(event, kind="company")
    c = make.registration(event, kind="company")
    form = asked(event, a, b, slot=str(event.slots[2].id), after_a=str(a.id), after_b=str(c.id))
    assert organiser_client.post(pairs(event), data=form).status_code == 302
    session.rollback()
    assert event_document(session, event)["meetings"] == [
        {"between": [a.key, b.key], "status": "required", "slot": "s3", "session": None, "after": [[a.key, c.key]]}
    ]
    text = organiser_client.get(pairs(event)).text
    assert "14:16" in text
    rule = session.query(MeetingRule).one()
    session.refresh(event)
    answer = organiser_client.post(pairs(event, f"/{rule.id}/remove"), data={"version": str(event.version)})
    assert answer.status_code == 302
    session.rollback()
    assert session.query(MeetingRule).count() == 0


def test_pair_that_cannot_be_is_told_why(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    a, b = make.registration(event), make.registration(event, kind="company")
    c = make.registration(event, kind="company")
    make.veto(c, a)
    make.rule(event, a, b, status="forbidden")
    for form, sentence in (
        (asked(event, a, a), "deux participants différents"),
        (asked(event, b, a), "déjà une règle"),
        (asked(event, a, c), "ne la souhaite pas"),
        (asked(event, b, c, after_a=str(a.id)), "Choisissez les deux participants"),
        (asked(event, b, c, after_a=str(c.id), after_b=str(b.id)), "après elle-même"),
        (asked(event, b, c, status="forbidden", slot=str(event.slots[0].id)), "ne précisez pas quand"),
    ):
        answer = organiser_client.post(pairs(event), data=form)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert session.query(MeetingRule).count() == 1


def test_pair_added_to_a_changed_event_is_a_conflict(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    a, b = make.registration(event), make.registration(event, kind="company")
    answer = organiser_client.post(pairs(event), data=asked(event, a, b, version="99"))
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a enregistré" in answer.text
    assert session.query(MeetingRule).count() == 0


def test_rule_of_another_event_is_not_found(
    organiser_client: FlaskClient, make: Factory, event: Event, session: Session
) -> None:
    foreign = make.event()
    rule = make.rule(foreign, make.registration(foreign), make.registration(foreign, kind="company"))
    answer = organiser_client.post(pairs(event, f"/{rule.id}/remove"), data={"version": str(event.version)})
    assert answer.status_code == 404
    assert session.query(MeetingRule).count() == 1
