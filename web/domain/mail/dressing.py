"""A mail as HTML: made when it leaves, of the parts that its row keeps, with the logo of its event.

Nothing in it is fetched from anywhere, so nobody learns that it was opened: the logo travels with it. A link leads only
where we made the address ourselves; what people typed is words. Cost: a millisecond or two for each mail, and one query
where the event has a logo; made with the deed, it would take five times the room of the parts.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup, escape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.domain.colour import USUAL, palette
from web.domain.links import is_ours
from web.domain.mail.attaching import Attachment
from web.domain.mail.letter import Part
from web.domain.text import web_addresses
from web.models import Event, OutboxMail, Picture, Purpose

# By which name the HTML calls the picture that comes along.
LOGO = "logo@passerelle"
# Bytes: with a larger one every mail of an event would be ten times as long.
LARGEST_LOGO = 50_000
# What mailboxes show of a mail beside its subject, in characters.
_SHOWN_BESIDE = 140
_HREF = re.compile(r'(<a\b[^>]*?) href="[^"]*"')


@dataclass(frozen=True)
class Dress:
    """The HTML of a mail, and the picture in it if there is one."""

    html: str
    logo: Attachment | None = None


def dressed(session: Session, mail: OutboxMail, event: Event | None) -> Dress | None:
    """The HTML of `mail`, which is of `event`; ``None`` where its row keeps no parts."""
    if mail.parts is None:
        return None
    logo = _logo(session, event) if event is not None else None
    parts = [part for part in mail.parts if part["code"] != "foot"]
    of_no_event: dict[str, Any] = {"host": "", "colour": "", "lines": []}
    foot = next((part["values"] for part in mail.parts if part["code"] == "foot"), of_no_event)
    title = foot["lines"][0] if foot["lines"] else "Passerelle"
    with force_locale(mail.language or "fr"):
        html = render_template(
            "mail/letter.html",
            language=mail.language or "fr",
            subject=mail.subject,
            heading=mail.subject.removesuffix(f" – {title}"),
            title=title,
            host=foot["host"],
            foot=[_linked(line) for line in foot["lines"]],
            beside=_beside(parts),
            blocks=list(_blocks(parts)),
            colours=palette(foot["colour"] or USUAL),
            logo=None if logo is None else LOGO,
        )
    return Dress(html, logo)


def on_a_page(dress: Dress) -> str:
    """The HTML as a page shows it that holds other people's links: none leads anywhere, and the picture stands in it.

    Angle brackets and quotation marks that people typed are escaped: what is found are tags of ours.
    """
    html = _HREF.sub(r"\1", dress.html)
    if dress.logo is None:
        return html
    content = b64encode(dress.logo.content).decode()
    return html.replace(f'src="cid:{LOGO}"', f'src="data:{dress.logo.mime_type};base64,{content}"')


def _logo(session: Session, event: Event) -> Attachment | None:
    if "logo" not in event.face:
        return None
    row = session.execute(
        select(Picture.mime_type, Picture.content)
        .where(
            Picture.event_id == event.id,
            Picture.registration_id.is_(None),
            Picture.purpose == Purpose.LOGO,
            func.length(Picture.content) <= LARGEST_LOGO,
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Attachment(f"logo.{row.mime_type.partition('/')[2]}", row.mime_type, row.content)


def _beside(parts: Sequence[Part]) -> str:
    """The first sentence behind the greeting."""
    said = [" ".join(part["values"]["lines"]) for part in parts if part["code"] == "words"]
    text = " ".join(said[1:2] or said)
    return text if len(text) <= _SHOWN_BESIDE else f"{text[:_SHOWN_BESIDE].rstrip()}…"


def _blocks(parts: Sequence[Part]) -> Iterator[tuple[str, Any]]:
    """What the page is made of: a code and what belongs to it. Points that follow each other are one list, meetings one
    table."""
    for code, group in groupby(parts, lambda part: part["code"]):
        values = [part["values"] for part in group]
        if code == "meeting":
            yield "meetings", _table(values)
        elif code == "point":
            yield "points", [_linked(one["text"]) for one in values]
        elif code == "words":
            yield from ((code, Markup("<br>").join(map(_linked, one["lines"]))) for one in values)
        else:
            yield from ((code, one) for one in values)


def _table(meetings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The rows of an agenda by day, and whether any of them has a place."""
    days = [(day, list(rows)) for day, rows in groupby(meetings, lambda one: str(one["day"]))]
    return {"days": days, "places": any(one["place"] for one in meetings)}


def _linked(line: str) -> Markup:
    """A line as it was written; addresses of our own pages are links."""
    found = Markup("")
    for words, address in web_addresses(line):
        found += escape(words)
        found += Markup('<a href="{0}" class="link">{0}</a>').format(address) if is_ours(address) else escape(address)
    return found
