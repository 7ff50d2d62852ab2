"""What is said of an event where only a link to it is shown: by search engines, in messages, on other sites."""

from typing import NamedTuple

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from web.config import LOCALES
from web.domain.event.programme import days_of
from web.domain.links import page_address
from web.models import Event
from web.views.phrases import long_date

# Characters of a description; what is longer is cut by whoever shows it.
_MOST = 200


class Shared(NamedTuple):
    """`address`: the public page's; `languages`: the same for each language; `image`: the address of a picture of it.

    `summary`: title, day and place in a line; `embed`: a link as HTML for another site.
    """

    address: str
    languages: tuple[tuple[str, str], ...]
    description: str
    summary: str
    image: str
    embed: str


def shared(event: Event) -> Shared:
    """The same of `event`, in the language of the moment; addresses are those by which others reach this server."""
    address = page_address("public.event", slug=event.slug)
    facts = " · ".join(filter(None, (when_and_where(event))))
    image = page_address("sharing.preview", slug=event.slug, language=get_locale().language)
    link = Markup('<p><a href="{}"><strong>{}</strong></a>').format(address, event.title)
    embed = link + (Markup("<br>{}</p>").format(facts) if facts else Markup("</p>"))
    return Shared(
        address,
        tuple((code, f"{address}?lang={code}") for code in LOCALES),
        _description(event),
        f"{event.title} · {facts}" if facts else event.title,
        # Another picture once the event has changed, for those who keep the one they have.
        f"{image}?v={event.version}",
        str(embed),
    )


def when_and_where(event: Event) -> tuple[str, str]:
    """The days of the event, with the hours where it is one, and its place; empty where they are not known."""
    days = days_of(event)
    if not days:
        return "", event.place
    first, last = days[0], days[-1]
    if first.day == last.day:
        hours = _("from %(start)s to %(end)s", start=f"{first.start:%H:%M}", end=f"{last.end:%H:%M}")
        return f"{long_date(first.day)}{_(', ')}{hours}", event.place
    return f"{long_date(first.day)} – {long_date(last.day)}", event.place


def _description(event: Event) -> str:
    text = " ".join((event.description or event.texts.get("intro") or "").split())
    if not text:
        return _("Associations and companies meet: short meetings, each with a reason. Register in five minutes.")
    return text if len(text) <= _MOST else text[:_MOST].rsplit(" ", 1)[0] + "…"
