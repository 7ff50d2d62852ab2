"""Mails as HTML: what travels with them, what is a link, what an erasure leaves of them."""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.drawn import picture
from tests.support.published import World, world  # noqa: F401
from tests.web.conftest import on_both_databases
from tests.web.factories import Factory
from web.db import write
from web.domain.audit import SYSTEM
from web.domain.colour import AA, contrast, palette
from web.domain.event.pictures import replace_picture
from web.domain.links import page_address
from web.domain.mail.dressing import LARGEST_LOGO, LOGO, dressed
from web.domain.mail.notices import registration_notice, reminder_notice, sign_in_notice
from web.domain.mail.sending import Attachment, compose, enqueue_mail
from web.domain.people import privacy
from web.domain.people import registration as registrations
from web.models import Event, Occasion, OutboxMail, Purpose, User, utcnow
from web.pictures import Drawn


def composed(session: Session, mail: OutboxMail) -> EmailMessage:
    event = session.get(Event, mail.event_id) if mail.event_id is not None else None
    return compose(mail, None, dressed(session, mail, event))


def structure(message: Any) -> Any:
    """The types of a message's parts, within each other."""
    if not message.is_multipart():
        return message.get_content_type()
    return {message.get_content_type(): [structure(part) for part in message.iter_parts()]}


def html_of(session: Session, mail: OutboxMail) -> str:
    body = composed(session, mail).get_body(("html",))
    assert body is not None
    content: str = body.get_content()
    return content


def with_logo(session: Session, event: Event, content: bytes) -> None:
    with write(session):
        event.face = {**event.face, "logo": {"digest": "0" * 64, "width": 300, "height": 120}}
        replace_picture(session, event.id, Purpose.LOGO, Drawn("image/png", content, 300, 120))


def accepted(session: Session, make: Factory, event: Event, **values: Any) -> OutboxMail:
    registrations.accept(session, make.registration(event, status="pending", **values), SYSTEM)
    return session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()


def test_logo_and_files_travel_with_the_mail(session: Session, make: Factory) -> None:
    event = make.event(face={"name": "La Fabrique"})
    logo = picture()
    with_logo(session, event, logo)
    mail = accepted(session, make, event)
    with write(session):
        enqueue_mail(
            session,
            recipient="a@example.org",
            subject="Votre agenda",
            text=mail.body_text,
            parts=mail.parts,
            language="fr",
            event_id=event.id,
            attachments=(Attachment("agenda.pdf", "application/pdf", b"%PDF-1.7"),),
        )
    body = {"multipart/alternative": ["text/plain", {"multipart/related": ["text/html", "image/png"]}]}
    assert structure(composed(session, mail)) == body
    last = session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(1)).one()
    message = composed(session, last)
    assert structure(message) == {"multipart/mixed": [body, "application/pdf"]}
    (image,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    assert (image["Content-ID"], image.get_content()) == (f"<{LOGO}>", logo)
    assert f'src="cid:{LOGO}"' in html_of(session, last)
    # It is in no row of the outbox.
    assert "logo" not in str(last.parts)


def test_large_logo_stays_at_home(session: Session, make: Factory) -> None:
    event = make.event(face={"name": "La Fabrique"})
    with_logo(session, event, picture() + b"\0" * LARGEST_LOGO)
    mail = accepted(session, make, event)
    assert structure(composed(session, mail)) == {"multipart/alternative": ["text/plain", "text/html"]}
    assert "<img" not in html_of(session, mail) and "La Fabrique" in html_of(session, mail)


def test_mail_written_before_parts_leaves_as_text_alone(session: Session, make: Factory) -> None:
    mail = accepted(session, make, make.event())
    with write(session):
        mail.parts = mail.language = None
    assert structure(composed(session, mail)) == "text/plain"


def test_mail_is_in_the_language_of_its_reader_and_the_colour_of_its_event(session: Session, make: Factory) -> None:
    event = make.event(face={"colour": "#ffe45c"})
    html = html_of(session, accepted(session, make, event, language="en"))
    assert '<html lang="en" dir="ltr">' in html and "<title>You are in – " in html
    assert 'bgcolor="#ffe45c"' in html
    # Bright as it is, what is written on it and in it can be read.
    colours = palette("#ffe45c")
    assert contrast(colours.band, colours.on_band) >= AA
    assert f"color:{colours.on_band}" in html and f'bgcolor="{colours.day.brand}"' in html


def test_words_of_the_organisers_are_words_and_our_own_addresses_links(session: Session, make: Factory) -> None:
    ours = page_address("public.home") + "guide"
    texts = {"confirmation": f"<script>alert(1)</script> https://evil.example/x, javascript:alert(1) {ours}."}
    event = make.event(title="A & B <i>", texts=texts, status="open")
    one = make.registration(event, name='" onclick="alert(1)', contact_name="<img src=x>")
    with write(session):
        registration_notice(session, one, "registered", page_address("public.home"))
    html = html_of(session, session.scalars(select(OutboxMail)).one())
    links = re.findall(r'href="([^"]*)"', html)
    assert links[1:] == [ours] and links[0].startswith("http://localhost/")
    assert "https://evil.example/x" in html and "<script" not in html and "<img" not in html and "<i>" not in html
    assert "&#34; onclick=&#34;alert(1)" in html


def test_address_that_only_begins_like_ours_is_no_link(session: Session, make: Factory) -> None:
    event = make.event(texts={"confirmation": "http://localhost.evil.example/x http://localhost@evil.example/"})
    one = make.registration(event)
    with write(session):
        registration_notice(session, one, "registered", page_address("public.home"))
    html = html_of(session, session.scalars(select(OutboxMail)).one())
    assert "evil.example" in html
    assert [one for one in re.findall(r'href="([^"]*)"', html) if "evil" in one] == []


def test_reminder_can_be_stopped_by_a_button_of_the_mail_program(session: Session, make: Factory) -> None:
    event = make.event()
    stop = page_address("public.home") + "stop"
    values = {"address": page_address("public.home"), "unsubscribe": stop, "until": None, "due_at": utcnow()}
    with write(session):
        mail = reminder_notice(
            session, event, Occasion.DRAFT, recipient="a@example.org", language="fr", name="Ada", **values
        )
    message = composed(session, mail)
    assert message["List-Unsubscribe"] == f"<{stop}>"
    assert f'href="{stop}"' in html_of(session, mail)


def test_mail_of_an_account_is_of_no_event(session: Session, make: Factory, organiser: User) -> None:
    with write(session):
        sign_in_notice(session, organiser, page_address("public.home"))
    html = html_of(session, session.scalars(select(OutboxMail)).one())
    assert ">Passerelle</p>" in html and "<h1" in html


@on_both_databases
@pytest.mark.parametrize("name", ['L\'Atelier & "Fils"', "Table", "agenda", "meeting"])
def test_name_is_erased_in_both_forms_of_mails_to_others(world: World, name: str) -> None:  # noqa: F811
    """Also one that HTML writes otherwise, and one by which a part is called."""
    session = world.session
    with write(session):
        world.c.name = name
    world.publish(world.first)
    mail = world.mails()[str(world.a.email)]
    before = html_of(session, mail)
    privacy.erase(session, world.c, SYSTEM)
    session.rollback()
    mail = session.get_one(OutboxMail, mail.id)
    html = html_of(session, mail)
    assert "participant effacé" in mail.body_text and "participant effacé" in html
    assert before.count("<tr>") == html.count("<tr>")
    if name.startswith("L"):
        assert "Atelier" not in str(mail.parts) + mail.body_text + html


def test_row_keeps_what_the_html_is_made_of_and_not_the_html(world: World) -> None:  # noqa: F811
    world.publish(world.first)
    mail = world.mails()[str(world.a.email)]
    assert len(str(mail.parts)) * 3 < len(html_of(world.session, mail))
    assert mail.due_at <= utcnow() + timedelta(seconds=5)
