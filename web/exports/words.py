"""The sentences of everything printed or exported, in French and in English, and French spacing.

Exports run without a web request (``passerelle print``, worker processes), so their few sentences live here, side by
side, instead of in the catalogues of the pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from babel.dates import format_date

NO_BREAK: Final = "\u00a0"
NARROW: Final = "\u202f"

_FRENCH: Final = {
    "agenda": "Agenda",
    "agendas": "Agendas",
    "meetings_none": "Aucun rendez-vous",
    "meetings_one": "1\u00a0rendez-vous",
    "meetings_many": "{count}\u00a0rendez-vous",
    "no_meetings_hint": "Aucun rendez-vous n’est prévu pour vous. Présentez-vous à l’accueil\u00a0: l’équipe vous "
    "proposera des rencontres sur place.",
    "online_count": "dont {count} en ligne",
    "all_online": "tous en ligne",
    "first": "Premier rendez-vous",
    "last": "Fin",
    "your_table": "Votre table",
    "summary_count": "Au programme",
    "column_time": "Heure",
    "column_table": "Table",
    "column_partner": "Vous rencontrez",
    "column_notes": "Vos notes",
    "table_caption": "Rendez-vous de {name}, {day}",
    "online": "en ligne",
    "parallel": "en parallèle",
    "break_free_one": "Temps libre · 1\u00a0créneau",
    "break_free_many": "Temps libre · {count}\u00a0créneaux",
    "break_common": "Pause",
    "break_lunch": "Pause déjeuner",
    "break_mixed": "Pause et temps libre",
    "break_lunch_mixed": "Pause déjeuner et temps libre",
    "break_absent": "Vous êtes indisponible",
    "facilitator": "avec {name}, qui facilite la rencontre",
    "seek": "Vous cherchez\u00a0:",
    "give": "Vous apportez\u00a0:",
    "explore": "À explorer\u00a0:",
    "common": "En commun\u00a0:",
    "wish_mutual": "souhait réciproque",
    "wish_yours": "votre {rank}\u00a0souhait",
    "wish_theirs": "souhaite vous rencontrer",
    "why_required": "Rencontre demandée par l’organisation.",
    "why_proposed": "Rencontre proposée par l’organisation.",
    "more": "+{count}",
    "live": "Votre agenda à jour",
    "live_alt": "Code QR vers votre agenda à jour\u00a0: {url}",
    "live_link": "Ouvrir votre agenda à jour",
    "project": "Votre projet",
    "page": "page\u00a0{page}/{pages}",
    "time_zone": "Heures locales\u00a0: {zone}.",
    "calendar_summary": "{partner} – {event}",
    "calendar_location": "Table\u00a0: {table}",
    "calendar_online": "En ligne",
    "calendar_name": "{event} – {name}",
    "calendar_live": "Agenda à jour\u00a0: {url}",
    "sheet_participants": "Participants × créneaux",
    "sheet_tables": "Tables × créneaux",
    "sheet_meetings": "Rendez-vous",
    "sheet_summary": "Synthèse",
    "day": "Jour",
    "start": "Début",
    "end": "Fin",
    "slot": "Créneau",
    "table": "Table",
    "kind": "Type",
    "name": "Nom",
    "participant": "Participant",
    "partner": "Partenaire",
    "facilitator_name": "Facilitateur",
    "score": "Score",
    "count": "Nombre",
    "tier": "Critère",
    "value": "Valeur",
    "bound": "Borne prouvée",
    "proven": "Prouvé",
    "yes": "oui",
    "no": "non",
    "unknown": "inconnue",
    "tier_disruptions": "Rendez-vous annoncés annulés ou déplacés",
    "tier_shortfall": "Rendez-vous manquants par rapport aux minimums",
    "tier_value": "Valeur des rencontres",
    "tier_breaks": "Pauses subies",
    "tier_idle_slots": "Créneaux vides dans ces pauses",
    "tier_table_moves": "Changements de table",
    "unavailable": "indisponible",
}

_ENGLISH: Final = {
    "agenda": "Agenda",
    "agendas": "Agendas",
    "meetings_none": "No meetings",
    "meetings_one": "1\u00a0meeting",
    "meetings_many": "{count}\u00a0meetings",
    "no_meetings_hint": "No meeting is planned for you. Please come to the welcome desk: the team will suggest people "
    "to meet on the spot.",
    "online_count": "{count} of them online",
    "all_online": "all online",
    "first": "First meeting",
    "last": "Ends",
    "your_table": "Your table",
    "summary_count": "Programme",
    "column_time": "Time",
    "column_table": "Table",
    "column_partner": "You meet",
    "column_notes": "Your notes",
    "table_caption": "Meetings of {name}, {day}",
    "online": "online",
    "parallel": "in parallel",
    "break_free_one": "Free time · 1\u00a0slot",
    "break_free_many": "Free time · {count}\u00a0slots",
    "break_common": "Break",
    "break_lunch": "Lunch break",
    "break_mixed": "Break and free time",
    "break_lunch_mixed": "Lunch break and free time",
    "break_absent": "You are unavailable",
    "facilitator": "with {name}, who facilitates the meeting",
    "seek": "You look for:",
    "give": "You bring:",
    "explore": "To explore:",
    "common": "In common:",
    "wish_mutual": "you chose each other",
    "wish_yours": "your {rank}\u00a0choice",
    "wish_theirs": "would like to meet you",
    "why_required": "Meeting requested by the organisers.",
    "why_proposed": "Meeting suggested by the organisers.",
    "more": "+{count}",
    "live": "Your live agenda",
    "live_alt": "QR code to your live agenda: {url}",
    "live_link": "Open your live agenda",
    "project": "Your project",
    "page": "page\u00a0{page}/{pages}",
    "time_zone": "Local times: {zone}.",
    "calendar_summary": "{partner} – {event}",
    "calendar_location": "Table: {table}",
    "calendar_online": "Online",
    "calendar_name": "{event} – {name}",
    "calendar_live": "Live agenda: {url}",
    "sheet_participants": "Participants × slots",
    "sheet_tables": "Tables × slots",
    "sheet_meetings": "Meetings",
    "sheet_summary": "Summary",
    "day": "Day",
    "start": "Start",
    "end": "End",
    "slot": "Slot",
    "table": "Table",
    "kind": "Kind",
    "name": "Name",
    "participant": "Participant",
    "partner": "Partner",
    "facilitator_name": "Facilitator",
    "score": "Score",
    "count": "Count",
    "tier": "Aim",
    "value": "Value",
    "bound": "Proven bound",
    "proven": "Proven",
    "yes": "yes",
    "no": "no",
    "unknown": "unknown",
    "tier_disruptions": "Announced meetings cancelled or moved",
    "tier_shortfall": "Meetings missing from the minimums",
    "tier_value": "Value of the meetings",
    "tier_breaks": "Breaks between meetings",
    "tier_idle_slots": "Empty slots in those breaks",
    "tier_table_moves": "Changes of table",
    "unavailable": "unavailable",
}

_WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"fr": _FRENCH, "en": _ENGLISH})


def language_of(language: str) -> str:
    """``en`` for any English locale, ``fr`` for everything else."""
    return "en" if language.lower().startswith("en") else "fr"


def words(language: str) -> Mapping[str, str]:
    """All sentences in ``language``, by key; both languages have the same keys."""
    return _WORDS[language_of(language)]


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
    text = format_date(day, "EEEE d MMMM y", locale=language_of(language))
    if language_of(language) == "fr" and day.day == 1:
        text = text.replace(" 1 ", " 1er ", 1)
    return text


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
    text = re.sub(r"« *", "«" + NO_BREAK, text)
    return re.sub(r" *»", NO_BREAK + "»", text)
