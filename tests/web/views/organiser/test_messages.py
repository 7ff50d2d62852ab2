"""The pages of messages: written, looked at, sent once; faults stand in the page, what was typed stays."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.queries import count_queries
from tests.web.factories import Factory
from web.db import write
from web.domain.people.segments import handle_of
from web.models import Colleague, Event, Mailing, MailState, OutboxMail, Registration, User

WRITTEN = {"group": "accepted", "subject": "Une autre salle", "text": "Bonjour {nom}"}


def base(event: Event) -> str:
    return f"/events/{event.id}/mails/messages"


def mails(session: Session) -> list[OutboxMail]:
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def begun(client: FlaskClient, event: Event, **values: str) -> str:
    """The address of a draft that is kept now."""
    answer = client.post(f"{base(event)}/new", data=WRITTEN | values)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def of_page(page: str) -> dict[str, object]:
    """What the form that sends holds, as the page shows it."""
    (version,) = set(re.findall(r'name="version" value="(\d+)"', page))
    (shown,) = re.findall(r'name="shown" value="([^"]*)"', page)
    return {"version": version, "shown": shown, "ticked": re.findall(r'name="ticked" value="(\w+)" checked', page)}


def test_message_is_written_looked_at_and_sent(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    make.registration(event, name="Les Jardins")
    other = make.registration(event, name="Le Grenier", contact_name="Ada Exemple")
    draft = begun(organiser_client, event)
    page = organiser_client.get(draft).text
    assert "Envoyer à 2 personnes" in page
    assert "Bonjour Ada Exemple" in page
    assert "Bonjour Camille Exemple" in organiser_client.get(f"{draft}?as={handle_of(make_first(session))}").text
    assert mails(session) == []
    sent = organiser_client.post(f"{draft}send", data=of_page(page), follow_redirects=True).text
    assert "Le message part à 2 personnes." in sent
    assert "Écrire un message" not in sent
    assert len(mails(session)) == 2
    again = organiser_client.post(f"{draft}send", data=of_page(page), follow_redirects=True).text
    assert "personne ne le reçoit deux fois" in again
    assert len(mails(session)) == 2
    listed = organiser_client.get(f"{base(event)}/").text
    assert "2 personnes" in listed
    theirs = organiser_client.get(f"/events/{event.id}/participants/{other.id}/").text
    assert "Une autre salle" in theirs
    assert "Courriels qui leur ont été écrits" in theirs


def make_first(session: Session) -> Registration:
    return session.scalars(select(Registration).order_by(Registration.id)).all()[0]


def test_faults_are_told_and_what_was_typed_stays(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    new = f"{base(event)}/new"
    answer = organiser_client.post(new, data=WRITTEN | {"text": "<b>Bonjour</b> {nome}"})
    assert answer.status_code == 422
    assert "{nome} ne correspond à rien" in answer.text
    assert "&lt;b&gt;Bonjour&lt;/b&gt; {nome}" in answer.text
    both = organiser_client.post(new, data=WRITTEN | {"subject": "", "text": "{nome}"})
    assert "Indiquez un objet." in both.text
    assert "{nome} ne correspond à rien" in both.text
    for wrong in ({"subject": ""}, {"text": " "}, {"subject": "x" * 151}, {"group": "nobody"}, {"group": "picked"}):
        assert organiser_client.post(new, data=WRITTEN | wrong).status_code == 422
    long = organiser_client.post(new, data=WRITTEN | {"text": "é" * 100_000})
    assert long.status_code == 422
    assert "10000 caractères" in unescape(long.text).replace("\u202f", "").replace("\u00a0", "")
    assert "é" * 100_000 in unescape(long.text)
    assert session.scalars(select(Mailing)).all() == []


def test_theme_is_asked_of_nobody_who_has_not_registered(
    organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    event = make.event(organiser)
    answer = organiser_client.post(f"{base(event)}/new", data=WRITTEN | {"group": "invited", "theme": "sport"})
    assert answer.status_code == 422
    assert "On ne le sait que de ceux qui se sont inscrits" in unescape(answer.text)


def test_draft_changed_in_another_tab_is_a_conflict(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    make.registration(event)
    draft = begun(organiser_client, event)
    page = organiser_client.get(draft).text
    first = {**WRITTEN, "version": "1", "text": "Premier"}
    kept = organiser_client.post(f"{draft}edit", data=first | {"then": "later"}, follow_redirects=True)
    assert "Le brouillon est gardé." in kept.text
    answer = organiser_client.post(f"{draft}edit", data=first | {"text": "Second"})
    assert answer.status_code == 409
    assert "Second" in answer.text
    stale = organiser_client.post(f"{draft}send", data=of_page(page))
    assert stale.status_code == 409
    assert mails(session) == []


def test_unticked_are_left_out_once_the_button_says_so(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, name="A")
    make.registration(event, name="B")
    draft = begun(organiser_client, event)
    data = of_page(organiser_client.get(draft).text)
    asked = organiser_client.post(f"{draft}send", data=data | {"ticked": [handle_of(one)]})
    assert asked.status_code == 409
    assert "Rien n’est encore envoyé" in asked.text
    assert "Envoyer à 1 personne" in asked.text
    assert mails(session) == []
    organiser_client.post(f"{draft}send", data=of_page(asked.text))
    assert [mail.recipient for mail in mails(session)] == [one.email]


def test_colleagues_are_chosen_counted_and_told_in_the_log(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, name="Les Jardins")
    make.registration(event, name="B")
    with write(session):
        session.add(Colleague(registration_id=one.id, name="Ada Martin", email="ada@example.org", language="en"))
    form = organiser_client.get(f"{base(event)}/new").text
    assert re.search(r'<input[^>]* checked[^>]* name="colleagues"|<input[^>]* name="colleagues"[^>]* checked', form)
    alone = begun(organiser_client, event)
    assert "Envoyer à 2 personnes" in organiser_client.get(alone).text
    assert (
        "checked" not in re.findall(r'<input[^>]*name="colleagues"[^>]*>', organiser_client.get(f"{alone}edit").text)[0]
    )
    draft = begun(organiser_client, event, colleagues="y")
    page = organiser_client.get(draft).text
    assert "<strong>2 participants, 3 personnes</strong>" in unescape(page)
    assert "Ada Martin (Les Jardins)" in page
    data = of_page(page)
    (handle,) = set(data["ticked"]) - set(of_page(organiser_client.get(alone).text)["ticked"])  # type: ignore[call-overload]
    assert "Bonjour Ada Martin" in organiser_client.get(f"{draft}?as={handle}").text
    # Who was unticked stays so when the box is ticked, or not, anew.
    few = organiser_client.post(f"{draft}send", data=data | {"ticked": [handle]})
    assert "<strong>1 personne</strong>, 2 retirées" in unescape(few.text)
    version = str(of_page(few.text)["version"])
    again = {**WRITTEN, "colleagues": "y", "version": version}
    page = organiser_client.post(f"{draft}edit", data=again, follow_redirects=True).text
    assert of_page(page)["ticked"] == [handle]
    organiser_client.post(f"{draft}send", data=of_page(page))
    (mail,) = mails(session)
    assert (mail.recipient, mail.registration_id) == ("ada@example.org", one.id)
    theirs = organiser_client.get(f"/events/{event.id}/participants/{one.id}/").text
    assert "ada@example.org" in theirs.partition('id="mails"')[2]


def test_withdrawal_after_the_look_is_told(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, name="Les Jardins")
    make.registration(event, name="B")
    draft = begun(organiser_client, event, group="everybody")
    data = of_page(organiser_client.get(draft).text)
    with write(session):
        one.status = "withdrawn"
    answer = organiser_client.post(f"{draft}send", data=data)
    assert answer.status_code == 409
    assert "Ont retiré leur inscription entre-temps\u00a0: Les Jardins." in answer.text
    assert mails(session) == []


def test_nobody_reached_is_told_with_names(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    make.registration(event, name="Sans Adresse", email=None)
    draft = begun(organiser_client, event)
    page = organiser_client.get(draft).text
    assert "Ce message n’atteint personne\u00a0: choisissez un autre groupe, ou corrigez les adresses" in page
    assert "Sans Adresse" in page
    assert "Sans adresse électronique" in page
    assert organiser_client.post(f"{draft}send", data={"version": "1", "shown": ""}).status_code == 409
    assert mails(session) == []


def test_nobody_reached_and_no_address_to_correct(
    organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    page = organiser_client.get(begun(organiser_client, make.event(organiser))).text
    assert "Ce message n’atteint personne\u00a0: choisissez un autre groupe.<" in page


def test_trial_is_mailed_to_oneself(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, name="A")
    draft = begun(organiser_client, event)
    page = organiser_client.post(f"{draft}test", data={"as": handle_of(one)}, follow_redirects=True).text
    assert "Un essai part à l’adresse organiser@example.org." in page
    assert [mail.recipient for mail in mails(session)] == ["organiser@example.org"]


def test_message_to_one_and_to_those_ticked(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one, other, _third = (make.registration(event, name=name) for name in "ABC")
    page = organiser_client.get(f"/events/{event.id}/participants/{one.id}/").text
    (address,) = set(re.findall(r'href="([^"]*/messages/new\?to=\w+)"', page))
    assert "Choisis un par un (1)" in organiser_client.get(address).text
    answer = organiser_client.post(f"{base(event)}/to", data={"ids": [one.id, other.id, "x"]})
    form = organiser_client.get(answer.headers["Location"]).text
    picked = re.findall(r'name="picked" value="(\w+)"', form)
    assert picked == [handle_of(one), handle_of(other)]
    draft = begun(organiser_client, event, group="picked", picked=picked)  # type: ignore[arg-type]
    page = organiser_client.get(draft).text
    assert "Envoyer à 2 personnes" in page
    assert organiser_client.post(f"{base(event)}/to", data={}).headers["Location"].endswith("/participants/")
    assert 'value="waiting" selected' in organiser_client.get(f"{base(event)}/new?status=waiting").text or (
        'selected value="waiting"' in organiser_client.get(f"{base(event)}/new?status=waiting").text
    )


def test_sent_message_begins_another(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    make.registration(event)
    draft = begun(organiser_client, event)
    organiser_client.post(f"{draft}send", data=of_page(organiser_client.get(draft).text))
    session.rollback()
    number = session.scalars(select(Mailing.id)).one()
    assert "Une autre salle" in organiser_client.get(f"{base(event)}/new?like={number}").text
    assert organiser_client.get(f"{draft}edit").status_code == 302
    assert organiser_client.post(f"{draft}edit", data=WRITTEN | {"version": "2"}).status_code == 409
    assert organiser_client.post(f"{draft}delete").status_code == 409


def test_draft_is_deleted_and_gone(organiser_client: FlaskClient, organiser: User, make: Factory) -> None:
    event = make.event(organiser)
    draft = begun(organiser_client, event)
    assert "Le brouillon est supprimé." in organiser_client.post(f"{draft}delete", follow_redirects=True).text
    for answer in (organiser_client.get(draft), organiser_client.post(f"{draft}send", data={"version": "1"})):
        assert answer.status_code == 404
        assert "Ce message n’est plus là" in answer.text


def test_archived_event_keeps_what_was_typed(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser, status="archived")
    answer = organiser_client.post(f"{base(event)}/new", data=WRITTEN)
    assert answer.status_code == 409
    assert "archivé" in answer.text
    assert "Bonjour {nom}" in answer.text


def test_mail_that_came_back_goes_again_to_the_corrected_address(
    organiser_client: FlaskClient, organiser: User, make: Factory, session: Session
) -> None:
    event = make.event(organiser)
    one = make.registration(event, email="faux@example.org")
    draft = begun(organiser_client, event)
    organiser_client.post(f"{draft}send", data=of_page(organiser_client.get(draft).text))
    with write(session):
        assert one.email == "faux@example.org"
        one.email = "juste@example.org"
        session.scalars(select(OutboxMail)).one().state = MailState.FAILED
    page = organiser_client.get(f"/events/{event.id}/participants/{one.id}/").text
    assert "Renvoyer, à juste@example.org" in page
    (mail,) = mails(session)
    organiser_client.post(f"/events/{event.id}/mails/{mail.id}/retry")
    assert [mail.recipient for mail in mails(session)] == ["juste@example.org"]


def test_pages_ask_the_database_as_often_for_many_as_for_few(
    app: Flask, organiser_client: FlaskClient, organiser: User, make: Factory
) -> None:
    event = make.event(organiser)
    for _number in range(2):
        make.registration(event)
    draft = begun(organiser_client, event, colleagues="y")
    pages = [draft, f"{base(event)}/new", f"{base(event)}/"]
    few = [count_queries(app, organiser_client, page) for page in pages]
    for number in range(30):
        one = make.registration(event)
        with write(make.session):
            make.session.add(Colleague(registration_id=one.id, name="Ada", email=f"ada{number}@example.org"))
        begun(organiser_client, event, subject=f"Sujet {number}")
    assert [count_queries(app, organiser_client, page) for page in pages] == few
