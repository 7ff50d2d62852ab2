"""The sentences of everything printed or exported, by key, and French spacing.

Exports run without a web request (``passerelle print``, worker processes), so they name their language; the French
stands in the catalogues, as that of the pages does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from web.catalogues import translations
from web.domain.dates import in_words

NO_BREAK: Final = "\u00a0"
NARROW: Final = "\u202f"


def marked(sentence: str) -> str:
    """`sentence`, which the catalogues have in other languages: it is told later, in that of the reader."""
    return sentence


_ENGLISH: Final = {
    "agenda": marked("Agenda"),
    "agendas": marked("Agendas"),
    "meetings_none": marked("No meetings"),
    "meetings_one": marked("1\u00a0meeting"),
    "meetings_many": marked("{count}\u00a0meetings"),
    "no_meetings_hint": marked(
        "No meeting is planned for you. Please come to the welcome desk: the team will suggest people "
        "to meet on the spot."
    ),
    "online_count": marked("{count} of them online"),
    "all_online": marked("all online"),
    "first": marked("First meeting"),
    "last": marked("Ends"),
    "your_table": marked("Your table"),
    "summary_count": marked("Programme"),
    "column_time": marked("Time"),
    "column_table": marked("Table"),
    "column_partner": marked("You meet"),
    "column_notes": marked("Your notes"),
    "table_caption": marked("Meetings of {name}, {day}"),
    "online": marked("online"),
    "online_how": marked("Online meetings: {how}"),
    "online_later": marked("The organisers will send you the link before the event; ask them for it."),
    "parallel": marked("in parallel"),
    "parallel_hint": marked("At the same time as another of your meetings: one of you at each."),
    "break_free_one": marked("Free time · 1\u00a0round"),
    "break_free_many": marked("Free time · {count}\u00a0rounds"),
    "break_common": marked("Break"),
    "break_lunch": marked("Lunch break"),
    "break_mixed": marked("Break and free time"),
    "break_lunch_mixed": marked("Lunch break and free time"),
    "break_absent": marked("You are unavailable"),
    "facilitator": marked("with {name}, who facilitates the meeting"),
    "seek": marked("You look for:"),
    "give": marked("You bring:"),
    "explore": marked("To explore:"),
    "common": marked("In common:"),
    "in_own_words": marked("In their words: “{line}”"),
    "wish_mutual": marked("you chose each other"),
    "wish_yours": marked("your {rank}\u00a0choice"),
    "why_required": marked("Meeting requested by the organisers."),
    "why_proposed": marked("Meeting suggested by the organisers."),
    "more": marked("+{count}"),
    "live": marked("Your live agenda"),
    "live_alt": marked("QR code to your live agenda: {url}"),
    "live_link": marked("Open your live agenda"),
    "project": marked("Your project"),
    "page": marked("page\u00a0{page}/{pages}"),
    "time_zone": marked("Local times: {zone}."),
    "calendar_summary": marked("{partner} – {event}"),
    "calendar_location": marked("Table: {table}"),
    "calendar_online": marked("Online"),
    "calendar_name": marked("{event} – {name}"),
    "calendar_live": marked("Live agenda: {url}"),
    "sheet_participants": marked("Participants × rounds"),
    "sheet_tables": marked("Tables × rounds"),
    "sheet_meetings": marked("Meetings"),
    "sheet_summary": marked("Summary"),
    "day": marked("Day"),
    "start": marked("Start time"),
    "end": marked("End"),
    "slot": marked("Round"),
    "table": marked("Table"),
    "kind": marked("Kind"),
    "name": marked("Name"),
    "participant": marked("Participant"),
    "partner": marked("Partner"),
    "facilitator_name": marked("Facilitator"),
    "score": marked("Score"),
    "count": marked("Count"),
    "tier": marked("Aim"),
    "value": marked("Value"),
    "bound": marked("Proven bound"),
    "proven": marked("Proven"),
    "yes": marked("yes"),
    "no": marked("no"),
    "unknown": marked("unknown"),
    "tier_disruptions": marked("Announced meetings cancelled or moved"),
    "tier_shortfall": marked("Meetings missing from the minimums"),
    "tier_value": marked("Value of the meetings"),
    "tier_breaks": marked("Waits between two meetings"),
    "tier_idle_slots": marked("Empty rounds in those waits"),
    "tier_table_moves": marked("Changes of table"),
    "unavailable": marked("unavailable"),
}


def language_of(language: str) -> str:
    """``en`` for any English locale, ``fr`` for everything else."""
    return "en" if language.lower().startswith("en") else "fr"


def words(language: str) -> Mapping[str, str]:
    """All sentences in ``language``, by key."""
    return _told(language_of(language))


@cache
def _told(language: str) -> Mapping[str, str]:
    tell = translations(language).gettext
    return MappingProxyType({key: tell(sentence) for key, sentence in _ENGLISH.items()})


def counted(language: str, key: str, count: int) -> str:
    """The sentence ``key_one`` or ``key_many`` with its number."""
    return words(language)[f"{key}_one" if count == 1 else f"{key}_many"].format(count=count)


def ordinal(language: str, number: int) -> str:
    """``1er``, ``2e``… in French; ``1st``, ``2nd``… in English. ``number`` counts from 1."""
    if language_of(language) == "fr":
        return "1er" if number == 1 else f"{number}e"
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


@lru_cache(maxsize=1024)
def long_date(language: str, day: date) -> str:
    """The day in words: ``jeudi 18 mars 2027``; the first of a month is ``1er`` in French."""
    return in_words(language_of(language), day)


def clock(moment: datetime) -> str:
    """The time of day as printed in a table: ``14:06``."""
    return f"{moment:%H:%M}"


@lru_cache(maxsize=8192)
def spaced(language: str, text: str) -> str:
    """``text`` with the spaces that must not break made insecable in French; English comes back unchanged.

    Only spaces already there are changed: a name or an address keeps the spelling of its owner.
    """
    if language_of(language) != "fr":
        return text
    text = re.sub(r"[ \u00a0]+([;!?])", NARROW + r"\1", text)
    text = re.sub(r" +(:)(?=\s|$)", NO_BREAK + r"\1", text)
    text = re.sub(r"«[ \u00a0]*", "«" + NO_BREAK, text)
    return re.sub(r"[ \u00a0]*»", NO_BREAK + "»", text)
