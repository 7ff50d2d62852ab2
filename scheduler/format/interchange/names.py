"""What sheets, columns and codes are called, in French and English, and how near a spelling may come.

A name is the same in any capitals, with or without accents, signs and plural endings: ``Créneaux``, ``creneau`` and
``CRENEAUX`` are one sheet. What is merely near (``Telephonne``) is taken too where nothing else is as near, and told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from scheduler.format.text import nearest

LANGUAGES = ("fr", "en")
# A slip of the finger in a word of eight letters; anything further is asked about.
_NEAR = 0.88
_SHORTEST_NEAR = 5
_REMARK = re.compile(r"\([^()]*\)")
_SIGNS = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": " ", "ø": "o"})
_LONGEST = 200


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Return ``text`` in small letters without accents, signs, plural endings and what stands in brackets."""
    text = _REMARK.sub(" ", text[:_LONGEST]).casefold().translate(_LIGATURES)
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_singular(word) for word in _SIGNS.sub(" ", bare).split())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" and word[-2] != "s" else word


class Names:
    """The things that a word may mean; looked up by any of their names. Cost of a look-up: constant, if exact."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._meant: dict[str, str] = {}
        for thing, spellings in names.items():
            for spelling in (thing, *spellings):
                self._meant.setdefault(plain(spelling), thing)

    def exact(self, text: str) -> str | None:
        """Return what ``text`` means; ``None``: it is none of the names."""
        return self._meant.get(plain(text))

    def near(self, text: str) -> str | None:
        """Return what a name like ``text`` means, no other being as near; ``None``: nothing is near, or two are."""
        wanted = plain(text)
        if len(wanted) < _SHORTEST_NEAR or wanted[-1:].isdigit():
            return None
        found = nearest(wanted, (name for name in self._meant if not name[-1:].isdigit()), _NEAR)
        return None if found is None else self._meant[found]


# Of each sheet its French and English name, then others that people give it.
SHEET_NAMES: dict[str, tuple[str, ...]] = {
    "slots": ("créneaux", "slots", "tours", "rounds", "horaires", "timeslots", "time slots"),
    "tables": ("tables", "tables"),
    "facilitators": ("médiateurs", "facilitators", "médiatrices", "facilitateurs", "facilitatrices"),
    "participants": ("participants", "participants", "inscrits", "organisations", "structures"),
    "wishes": ("souhaits", "wishes", "vœux", "choix", "choices", "préférences", "preferences"),
    "meetings": ("rendez-vous", "meetings", "règles", "rendez-vous imposés", "meeting rules"),
    "affinities": ("affinités", "affinities", "scores", "points"),
    "settings": ("réglages", "settings", "paramètres", "parameters", "options"),
}
_HELP = ("aide", "help", "mode d’emploi", "lisez-moi", "read me", "readme", "instructions", "explications")
# Sheets for people, which are not read.
_UNREAD = Names({"timetable": ("planning", "emploi du temps"), "notes": ("remarques", "remarks"), "help": _HELP})
SHEETS_CALLED = Names(SHEET_NAMES)

_ID = ("identifiant", "id", "identifier", "code", "clé", "key")
_NAME = ("nom", "name", "libellé", "label")
_UNAVAILABLE = ("indisponible", "unavailable", "indisponibilités", "absences", "absent", "not available")
_PARTICIPANT_1 = ("participant 1", "participant 1", "premier participant", "first participant")
_PARTICIPANT_2 = ("participant 2", "participant 2", "second participant", "deuxième participant")
# The same of each column.
COLUMN_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "slots": {
        "id": _ID,
        "start": ("début", "start", "heure de début", "start time", "commence", "begins", "from"),
        "end": ("fin", "end", "heure de fin", "end time", "finit", "ends", "until"),
        "session": ("session", "session", "séance", "demi-journée"),
        "day": ("jour", "day", "date"),
    },
    "tables": {
        "id": _ID,
        "name": _NAME,
        "features": ("équipements", "features", "équipement", "caractéristiques", "particularités"),
    },
    "facilitators": {"id": _ID, "name": _NAME, "unavailable": _UNAVAILABLE},
    "participants": {
        "id": _ID,
        "kind": ("type", "kind", "catégorie", "category", "sorte", "côté", "side"),
        "name": (*_NAME, "structure", "nom de la structure", "nom de l’organisation", "organisation name"),
        "needs": ("besoins", "needs", "cherche", "looks for", "demandes"),
        "offers": ("offres", "offers", "propose", "apports"),
        "themes": ("thèmes", "themes", "thématiques", "topics"),
        "zone": ("zone", "zone", "territoire", "secteur géographique", "area"),
        "vetoes": ("refus", "vetoes", "veto", "ne veut pas rencontrer", "must not meet"),
        "min_meetings": (
            "rendez-vous au moins",
            "meetings at least",
            "minimum de rendez-vous",
            "minimum meetings",
            "minimum",
            "min",
        ),
        "max_meetings": (
            "rendez-vous au plus",
            "meetings at most",
            "maximum de rendez-vous",
            "maximum meetings",
            "maximum",
            "max",
        ),
        "delegates": ("délégués", "delegates", "nombre de délégués", "number of delegates", "représentants"),
        "unavailable": _UNAVAILABLE,
        "remote": ("à distance", "remote", "en ligne", "online", "visio"),
        "home_table": ("table fixe", "home table", "sa table", "table attribuée"),
        "requires": ("demande à la table", "requires", "équipements nécessaires", "requis", "required features"),
        "needs_facilitator": ("avec médiateur", "needs facilitator", "médiateur", "médiatrice", "facilitator"),
        "boost": ("bonus", "boost", "coup de pouce"),
    },
    "wishes": {
        "participant": ("participant", "participant", "qui", "who"),
        "rank": ("rang", "rank", "ordre", "order", "priorité", "priority"),
        "partner": ("partenaire", "partner", "souhaite rencontrer", "wishes to meet", "souhait", "wish"),
    },
    "meetings": {
        "participant_1": _PARTICIPANT_1,
        "participant_2": _PARTICIPANT_2,
        "status": ("statut", "status", "règle", "rule"),
        "slot": ("créneau", "slot", "tour", "round"),
        "session": ("session", "session", "séance", "demi-journée"),
        "after": ("après", "after"),
    },
    "affinities": {
        "participant_1": _PARTICIPANT_1,
        "participant_2": _PARTICIPANT_2,
        "score": ("points", "score", "affinité", "affinity"),
    },
    "settings": {"setting": ("réglage", "setting", "paramètre", "parameter"), "value": ("valeur", "value")},
}

# Columns that organisers keep beside the event's, and what stands there. No schedule needs them; whoever writes to
# people does.
CONTACT_NAMES: dict[str, tuple[str, ...]] = {
    "contact": (
        *("personne à contacter", "contact", "contact name", "contact person", "nom du contact"),
        *("interlocuteur", "interlocutrice", "personne de contact"),
    ),
    "email": (
        *("e-mail", "e-mail", "email", "mail", "e-mail address", "courriel", "adresse électronique"),
        *("adresse e-mail", "adresse mail", "mél"),
    ),
    "phone": ("téléphone", "phone", "telephone", "tel", "mobile", "portable", "numéro de téléphone", "phone number"),
    "website": ("site web", "website", "site", "site internet", "web site", "web", "url"),
    "project": ("projet", "project", "présentation", "description", "about"),
}
REMARK_NAMES = (
    *("remarques", "remarks", "note", "comment", "comments", "commentaire", "explication", "explanation"),
    *("address", "adresse", "adresse postale", "organisation"),
)

# Of each setting; what it is about stands beside it in the template.
SETTING_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("titre", "title", "nom de l’événement", "event title"),
    "timezone": ("fuseau horaire", "time zone"),
    "may_meet": ("qui rencontre qui", "who may meet"),
    "coverage": ("points des premiers rendez-vous", "points for first meetings"),
    "max_break_difference": ("écart d’attentes au plus", "difference of breaks at most"),
    "same_person": ("même personne", "same person"),
    "seated": ("types qui restent à leur table", "kinds that stay seated"),
    "max_in_a_row": ("rendez-vous d’affilée au plus", "meetings in a row at most"),
    "weight_need": ("points d’un besoin", "points for a need"),
    "weight_category": ("points d’une catégorie", "points for a category"),
    "weight_reciprocity": ("points de la réciprocité", "points for reciprocity"),
    "weight_theme": ("points d’un thème", "points for a theme"),
    "weight_themes_counted": ("thèmes comptés au plus", "themes counted at most"),
    "weight_zone": ("points de la même zone", "points for the same zone"),
    "weight_wish_first": ("points du premier souhait", "points for the first wish"),
    "weight_wish_last": ("points du dernier souhait", "points for the last wish"),
    "weight_mutual": ("points d’un souhait réciproque", "points for a mutual wish"),
}

# Codes that stand in cells: what they are in French and in English, then other words for them.
KIND_NAMES: dict[str, tuple[str, ...]] = {
    "association": ("association", "association", "asso"),
    "company": ("entreprise", "company", "companies", "société"),
}
STATUS_NAMES: dict[str, tuple[str, ...]] = {
    "required": ("obligatoire", "required", "imposé", "requis", "mandatory"),
    "forbidden": ("interdit", "forbidden", "exclu", "excluded"),
    "allowed": ("autorisé", "allowed", "permis", "possible"),
}
_KINDS = Names(KIND_NAMES)
_STATUSES = Names(STATUS_NAMES)


def kind_code(text: str) -> str:
    """Return the kind that ``text`` names: ``company`` for “Entreprises”; any other label is itself."""
    return _KINDS.exact(text) or text


def status_code(text: str) -> str:
    """Return the status that ``text`` names; what names none is itself."""
    return _STATUSES.exact(text) or text


def in_language(names: Mapping[str, tuple[str, ...]], code: str, language: str) -> str:
    """Return what ``code`` is called in ``language`` (``fr`` or ``en``); itself where it has no other name."""
    return names[code][LANGUAGES.index(language)] if code in names else code


def is_unread(sheet: str) -> bool:
    """Return whether a sheet of that name is for people alone."""
    return _UNREAD.exact(sheet) is not None
