"""What each column and setting is for, in a few plain words: the row below the headings, and the template's hints."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.format.interchange import cells
from scheduler.format.interchange.columns import REMARK, SETTINGS, SHEETS
from scheduler.format.interchange.names import COLUMN_NAMES, CONTACT_NAMES, LANGUAGES, REMARK_NAMES, plain

_SHORT_ID = ("un code court, une seule fois", "a short code, used once")
_MISSED = ("les créneaux manqués, séparés par\u00a0;", "slots that are missed, separated by ;")
_ONE_OF_PAIR = ("le code du participant", "the code of the participant")

_CONTACTS: dict[str, tuple[str, str]] = {
    "contact": ("qui vient ou répond", "who comes or answers"),
    "email": ("une adresse e-mail", "an e-mail address"),
    "phone": ("un numéro de téléphone", "a telephone number"),
    "website": ("l’adresse du site", "the address of the site"),
    "project": ("le projet en quelques phrases", "the project in a few sentences"),
    REMARK: ("pour vous seuls, n’est pas lu", "for yourselves, not read"),
}

# Of each sheet and column: in French, in English.
EXPLAINED: dict[str, dict[str, tuple[str, str]]] = {
    "slots": {
        "id": _SHORT_ID,
        "start": ("date et heure\u00a0: 18/03/2027 14:00", "date and time: 2027-03-18 14:00"),
        "end": ("date et heure\u00a0: 18/03/2027 14:06", "date and time: 2027-03-18 14:06"),
        "session": ("facultatif\u00a0: matin, après-midi…", "optional: morning, afternoon…"),
        "day": ("la date, si elle n’est pas avec l’heure", "the date, where it is not with the time"),
    },
    "tables": {
        "id": _SHORT_ID,
        "name": ("le nom affiché", "the name that is shown"),
        "features": ("séparés par\u00a0; par exemple accessible", "separated by ; for example accessible"),
    },
    "facilitators": {
        "id": _SHORT_ID,
        "name": ("le nom affiché", "the name that is shown"),
        "unavailable": _MISSED,
        **_CONTACTS,
    },
    "participants": {
        "id": _SHORT_ID,
        "kind": ("association, entreprise ou autre", "association, company or another"),
        "name": ("le nom affiché", "the name that is shown"),
        "needs": ("ce qui est cherché, séparé par\u00a0;", "what is looked for, separated by ;"),
        "offers": ("ce qui est proposé, séparé par\u00a0;", "what is offered, separated by ;"),
        "themes": ("séparés par\u00a0;", "separated by ;"),
        "zone": ("le quartier ou la ville", "the district or the town"),
        "vetoes": (
            "les codes de ceux à ne pas rencontrer, séparés par\u00a0;",
            "codes of those not to meet, separated by ;",
        ),
        "min_meetings": ("nombre promis\u202f; vide\u00a0: aucun", "number that is promised; empty: none"),
        "max_meetings": (
            "nombre à ne pas dépasser\u202f; vide\u00a0: pas de limite",
            "number not to exceed; empty: no limit",
        ),
        "delegates": (
            "combien de rendez-vous à la fois\u202f; vide\u00a0: un",
            "how many meetings at a time; empty: one",
        ),
        "unavailable": _MISSED,
        "remote": ("oui\u00a0: les rendez-vous ont lieu en ligne", "yes: the meetings take place online"),
        "home_table": ("le code de la table où rester", "the code of the table to stay at"),
        "requires": (
            "équipements nécessaires de la table, séparés par\u00a0;",
            "features of the table, separated by ;",
        ),
        "needs_facilitator": ("oui\u00a0: un médiateur à chaque rendez-vous", "yes: a facilitator at each meeting"),
        "boost": ("points en plus ou en moins, le plus souvent vide", "points more or less, mostly empty"),
        **_CONTACTS,
    },
    "wishes": {
        "participant": ("le code de qui souhaite", "the code of who wishes"),
        "rank": ("1 pour le premier souhait", "1 for the first wish"),
        "partner": ("le code de qui est souhaité", "the code of who is wished for"),
    },
    "meetings": {
        "participant_1": _ONE_OF_PAIR,
        "participant_2": _ONE_OF_PAIR,
        "status": ("obligatoire, interdit ou autorisé", "required, forbidden or allowed"),
        "slot": ("facultatif\u00a0: le créneau imposé", "optional: the slot it is fixed to"),
        "session": ("facultatif\u00a0: la session imposée", "optional: the session it is confined to"),
        "after": ("facultatif\u00a0: après quelles paires, a1 + c2", "optional: after which pairs, a1 + c2"),
    },
    "affinities": {
        "participant_1": _ONE_OF_PAIR,
        "participant_2": _ONE_OF_PAIR,
        "score": ("un nombre entier", "a whole number"),
    },
    "settings": {
        "setting": ("ne pas changer cette colonne", "leave this column as it is"),
        "value": ("à remplir si besoin", "fill in if needed"),
        REMARK: ("ce que cela veut dire", "what it means"),
    },
}
EXPLAINED_SETTINGS: dict[str, tuple[str, str]] = {
    "title": ("le nom de l’événement", "the name of the event"),
    "timezone": ("le fuseau des heures de la feuille des créneaux", "the zone of the times on the sheet of slots"),
    "may_meet": (
        "les types qui peuvent se rencontrer\u00a0: association + entreprise\u202f; entreprise + entreprise",
        "the kinds that may meet: association + company; company + company",
    ),
    "coverage": (
        "points du 1er, 2e… rendez-vous de chacun, jamais croissants\u00a0: 40; 25; 15",
        "points for the 1st, 2nd… meeting of each, never rising: 40; 25; 15",
    ),
    "max_break_difference": (
        "de combien les attentes de deux participants peuvent différer\u202f; vide\u00a0: sans limite",
        "how much the breaks of two participants may differ; empty: no limit",
    ),
    "same_person": (
        "les codes de participants représentés par une seule personne\u00a0: a1 + a7; c2 + c5",
        "codes of participants who are one person in the room: a1 + a7; c2 + c5",
    ),
    "seated": ("les types qui gardent leur table\u00a0: entreprise", "the kinds that keep their table: company"),
    "max_in_a_row": (
        "tours d’affilée avant une pause\u202f; vide\u00a0: sans limite",
        "slots in a row before a pause; empty: no limit",
    ),
}
assert EXPLAINED_SETTINGS.keys() <= SETTINGS.keys()


def explanation(sheet: str, column: str, language: str) -> str:
    """Return what ``column`` of ``sheet`` is for, in ``language``."""
    return EXPLAINED[sheet][column][LANGUAGES.index(language)]


def _says(sheet: str) -> dict[str, frozenset[str]]:
    names: Mapping[str, tuple[str, ...]] = {**CONTACT_NAMES, REMARK: REMARK_NAMES, **COLUMN_NAMES[sheet]}
    return {column: frozenset(map(plain, (column, *names[column], *told))) for column, told in EXPLAINED[sheet].items()}


_SAID = {sheet: _says(sheet) for sheet in SHEETS}


def only_explains(sheet: str, row: Mapping[str, object]) -> bool:
    """Return whether a row, its cells by what their columns are, says nothing but what the columns are for."""
    told = {column: value for column, value in row.items() if value is not None}
    return len(told) > 1 and all(
        isinstance(value, str) and not cells.is_quoted(value) and plain(value) in _SAID[sheet].get(column, ())
        for column, value in told.items()
    )
