"""The faults of a file in the reader's language: the solver tells them in English, one form for all of them."""

import re
from dataclasses import dataclass

from flask_babel import get_locale

_NO_BREAK = "\u00a0"
_NARROW = "\u202f"

# What was expected, as a pattern of the whole English phrase and its French; groups are carried over.
_EXPECTED = [
    (re.compile(pattern), french)
    for pattern, french in (
        (r"text", "du texte"),
        (r"text that is not empty", "un texte qui n’est pas vide"),
        (r"text of at most (\d+) characters", r"un texte d’au plus \1 caractères"),
        (r"at most (\d+) characters, all that a cell can hold", r"au plus \1 caractères, ce que contient une cellule"),
        (r"valid Unicode text", "un texte Unicode valide"),
        (r"(?:an integer|a whole number)", "un nombre entier"),
        (r"an integer of at most (\d+)", r"un nombre entier d’au plus \1"),
        (r"a number", "un nombre"),
        (r"numbers", "des nombres"),
        (r"a number of at least (\S+)", r"un nombre d’au moins \1"),
        (r"a number of at most (\S+)", r"un nombre d’au plus \1"),
        (r"true or false", "true ou false"),
        (r"yes or no", "oui ou non (yes ou no)"),
        (r"a list", "une liste"),
        (r"a list of at least (\d+)", r"une liste d’au moins \1"),
        (r"a list of at most (\d+)", r"une liste d’au plus \1"),
        (r"an object", "un objet"),
        (r"a JSON object", "un objet JSON"),
        (r"JSON", "du JSON"),
        (r"UTF-8 text", "un texte en UTF-8"),
        (r"an object a few levels deep", "un objet de quelques niveaux"),
        (r"each key once in an object", "chaque clé une seule fois dans un objet"),
        (r"a value", "une valeur"),
        (r"no such field", "pas de champ de ce nom"),
        (r"a local time such as (\S+)", r"une heure locale comme \1"),
        (r"a date and time such as (.+)", r"une date et une heure comme \1"),
        (r"a known time zone", "un fuseau horaire connu"),
        (r"an id used once", "un identifiant utilisé une seule fois"),
        (r"each entry once", "chaque entrée une seule fois"),
        (r"each pair of kinds once", "chaque paire de types une seule fois"),
        (r"a pair named once", "chaque paire une seule fois"),
        (r"a pair listed once", "chaque paire une seule fois"),
        (
            r"a pair listed once \(or several times, always required\)",
            "chaque paire une seule fois (ou plusieurs fois, toujours «\u00a0required\u00a0»)",
        ),
        (r"another pair", "une autre paire"),
        (r"another participant", "un autre participant"),
        (r"two different participants", "deux participants différents"),
        (r"the id of a slot", "l’identifiant d’un créneau"),
        (r"the id of a table", "l’identifiant d’une table"),
        (r"the id of a participant", "l’identifiant d’un participant"),
        (r"the session of some slot", "la session d’un créneau"),
        (r"a feature that some table has", "un équipement que possède une table"),
        (r"at most max_meetings \((\d+)\)", r"au plus max_meetings (\1)"),
        (r"at most (\d+), the points before it", r"au plus \1, les points qui précèdent"),
        (r"a time after (\S+)", r"une heure après \1"),
        (
            r"(\S+) or later \(slots in order, not overlapping\)",
            r"\1 ou plus tard (créneaux dans l’ordre, sans recouvrement)",
        ),
        (r"a name that ends in (.+)", r"un nom qui finit par \1"),
        (r"an XLSX workbook", "un classeur XLSX"),
        (r"at most (\d+) rows", r"au plus \1 lignes"),
        (r"each sheet once", "chaque feuille une seule fois"),
        (r"a sheet (\S+)", r"une feuille \1"),
        (r"one of the sheets (.+)", r"une des feuilles \1"),
        (r"a column (\S+)", r"une colonne \1"),
        (r"the headings (.+)", r"les titres de colonne \1"),
        (r"one of the headings (.+)", r"un des titres de colonne \1"),
        (r"each heading once", "chaque titre de colonne une seule fois"),
        (r"nothing under no heading", "rien dans une colonne sans titre"),
        (r"each setting once", "chaque réglage une seule fois"),
        (r"one of the settings (.+)", r"un des réglages \1"),
        (r"a rank from 1", "un rang à partir de 1"),
        (r"each rank of (.+) once", r"chaque rang de \1 une seule fois"),
        (r"none of the above", "rien de ce qui précède"),
        (r'("[^"]+"(?:(?:, | or )"[^"]+")*)', r"\1"),
    )
]
_FOUND = [
    (re.compile(pattern), french)
    for pattern, french in (
        (r"nothing", "rien"),
        (r"none", "rien"),
        (r"it", "ce champ"),
        (r"more", "davantage"),
        (r"nesting without end", "une imbrication sans fin"),
        (r"(\d+) more faults", r"\1 fautes de plus"),
        (r"byte (\S+) at (\d+)", r"l’octet \1 en position \2"),
        (r"a fault at line (\d+), column (\d+): .+", r"une faute ligne \1, colonne \2"),
        (r"(.+) again", r"de nouveau \1"),
        (r"(.+) twice", r"deux fois \1"),
        (r"(.+) itself", r"\1, lui-même"),
        (r"(.+), the pair itself", r"\1, la paire elle-même"),
        (r"another of that name", "une autre de ce nom"),
    )
]
_SENTENCE = re.compile(r"expected (?P<expected>.+?), found (?P<found>.+)", re.DOTALL)


@dataclass(frozen=True)
class Said:
    """A fault in words, and the language of the words."""

    text: str
    language: str


def said(message: str) -> Said:
    """`message` in the language of the page, or in English where its words are not known in French."""
    if get_locale().language != "fr":
        return Said(message, "en")
    match = _SENTENCE.fullmatch(message)
    expected = _translated(match["expected"], _EXPECTED) if match else None
    if match is None or expected is None:
        return Said(message, "en")
    found = _translated(match["found"], _FOUND) or match["found"]
    words = expected.replace(" or ", " ou ")
    return Said(f"attendu{_NO_BREAK}: {words}{_NARROW}; trouvé{_NO_BREAK}: {found}", "fr")


def _translated(phrase: str, table: list[tuple[re.Pattern[str], str]]) -> str | None:
    for pattern, french in table:
        match = pattern.fullmatch(phrase)
        if match:
            return match.expand(french)
    return None
