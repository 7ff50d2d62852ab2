"""Faults of files and of schedules in French: each English template of a ``Sentence`` with its translation.

The English template is the key, as in gettext; what has no letters of its own needs no entry.
"""

from __future__ import annotations

import re

from scheduler.format.sentence import Sentence

_NAMED = re.compile(r"{[^{}]*}")

FRENCH = {
    "expected {expected}, found {found}": "attendu\u00a0: {expected}\u202f; trouvé\u00a0: {found}",
    # What was expected: values
    "text": "du texte",
    "text that is not empty": "un texte qui n’est pas vide",
    "text of at most {max_length} characters": "un texte d’au plus {max_length} caractères",
    "valid Unicode text": "un texte Unicode valide",
    "an integer": "un nombre entier",
    "an integer of at most {largest}": "un nombre entier d’au plus {largest}",
    "a number": "un nombre",
    "numbers": "des nombres",
    "a number of at least {ge}": "un nombre d’au moins {ge}",
    "a number of at most {le}": "un nombre d’au plus {le}",
    "true or false": "true ou false",
    "a list": "une liste",
    "a list of at least {min_length}": "une liste d’au moins {min_length}",
    "a list of at most {max_length}": "une liste d’au plus {max_length}",
    "an object": "un objet",
    "a JSON object": "un objet JSON",
    "JSON": "du JSON",
    "UTF-8 text": "un texte en UTF-8",
    "an object a few levels deep": "un objet de quelques niveaux",
    "each key once in an object": "chaque clé une seule fois dans un objet",
    "a value": "une valeur",
    "no such field": "pas de champ de ce nom",
    "{choices} or {last}": "{choices} ou {last}",
    "{discriminator} to be one of {expected_tags}": "pour {discriminator}, une valeur parmi {expected_tags}",
    "a field {discriminator} that says its kind": "un champ {discriminator} qui dit la sorte",
    "a local time such as 2027-03-18T14:00": "une heure locale comme 2027-03-18T14:00",
    # References
    "a known time zone": "un fuseau horaire connu",
    "an id used once": "un identifiant utilisé une seule fois",
    "each entry once": "chaque entrée une seule fois",
    "each pair of kinds once": "chaque paire de types une seule fois",
    "a pair named once": "chaque paire une seule fois",
    "a pair listed once": "chaque paire une seule fois",
    "a pair listed once (or several times, always required)": (
        "chaque paire une seule fois (ou plusieurs fois, toujours «\u00a0required\u00a0»)"
    ),
    "another pair": "une autre paire",
    "another participant": "un autre participant",
    "two different participants": "deux participants différents",
    "two participants who have an announced meeting": "deux participants qui ont un rendez-vous annoncé",
    "the id of a slot": "l’identifiant d’un créneau",
    "the id of a table": "l’identifiant d’une table",
    "the id of a participant": "l’identifiant d’un participant",
    "the session of some slot": "la session d’un créneau",
    "a feature that some table has": "un équipement que possède une table",
    "at most max_meetings ({most})": "au plus max_meetings ({most})",
    "at most {before}, the points before it": "au plus {before}, les points qui précèdent",
    "a time after {start}": "une heure après {start}",
    "{over} or later (slots in order, not overlapping)": (
        "{over} ou plus tard (créneaux dans l’ordre, sans recouvrement)"
    ),
    "a time that clocks in {zone} show": "une heure que les horloges de {zone} montrent",
    "a local time such as 2027-03-18T14:00, without an offset where the hour comes once": (
        "une heure locale comme 2027-03-18T14:00, sans décalage quand l’heure ne vient qu’une fois"
    ),
    "{first} or {second}, the offsets of {zone} in the hour that comes twice": (
        "{first} ou {second}, les décalages de {zone} dans l’heure qui vient deux fois"
    ),
    "numbers of at least 1": "des nombres d’au moins 1",
    # Workbooks
    "at most {most} characters, all that a cell can hold": "au plus {most} caractères, ce que contient une cellule",
    "a whole number": "un nombre entier",
    "whole numbers such as 40; 25": "des nombres entiers comme 40; 25",
    "yes or no": "oui ou non (yes ou no)",
    "a date and time such as 2027-03-18 14:00": "une date et une heure comme 2027-03-18 14:00",
    "a list such as c4; c1": "une liste comme c4; c1",
    "pairs such as a1 + c2; a3 + c4": "des paires comme a1 + c2; a3 + c4",
    'a second double quote (") where the text after the first one ends': (
        'un second guillemet droit (") là où finit le texte qui suit le premier'
    ),
    "an XLSX workbook": "un classeur XLSX",
    "at most {most} rows": "au plus {most} lignes",
    "each sheet once": "chaque feuille une seule fois",
    "a sheet {name}": "une feuille {name}",
    "one of the sheets {sheets}": "une des feuilles {sheets}",
    "a column {name}": "une colonne {name}",
    "the headings {headings}": "les titres de colonne {headings}",
    "one of the headings {headings}": "un des titres de colonne {headings}",
    "each heading once": "chaque titre de colonne une seule fois",
    "nothing under no heading": "rien dans une colonne sans titre",
    "each setting once": "chaque réglage une seule fois",
    "one of the settings {settings}": "un des réglages {settings}",
    "a rank from 1": "un rang à partir de 1",
    "each rank of {who} once": "chaque rang de {who} une seule fois",
    "none of the above": "rien de ce qui précède",
    "a name that ends in {most} or {last}": "un nom qui finit par {most} ou {last}",
    # What was found
    "nothing": "rien",
    "none": "rien",
    "it": "ce champ",
    "more": "davantage",
    "nesting without end": "une imbrication sans fin",
    "{hidden} more faults": "{hidden} fautes de plus",
    "byte {byte} at {place}": "l’octet {byte} en position {place}",
    "a fault at line {line}, column {column}: {fault}": "une faute ligne {line}, colonne {column}",
    "{found} again": "de nouveau {found}",
    "{found} twice": "deux fois {found}",
    "{found} itself": "{found}, lui-même",
    "{found}, the pair itself": "{found}, la paire elle-même",
    "{found}, in an hour that they skip": "{found}, dans une heure qu’elles sautent",
    "{found}, which looks like {alike} but differs in {character}": (
        "{found}, qui ressemble à {alike} mais en diffère par {character}"
    ),
    "{found} (perhaps {near})": "{found} (peut-être {near})",
    "another of that name": "une autre de ce nom",
    "the error {error}": "l’erreur {error}",
    "a formula without a result: open and save the file in a spreadsheet program": (
        "une formule sans résultat\u00a0: ouvrez le fichier dans un tableur et enregistrez-le"
    ),
    "something else": "autre chose",
    "an empty file": "un fichier vide",
    "another kind of file": "un fichier d’une autre sorte",
    "a damaged one ({fault})": "un classeur abîmé ({fault})",
    "a damaged one (a sheet is missing)": "un classeur abîmé (il manque une feuille)",
    "one with entities of its own": "un classeur avec des entités à lui",
    "{parts} parts that unpack to {size} MiB": "{parts} parties qui se déploient en {size} Mio",
    "an old .xls file, or one with a password: save it as .xlsx without a password": (
        "un ancien fichier .xls, ou protégé par un mot de passe\u00a0: enregistrez-le en .xlsx, sans mot de passe"
    ),
}


def translated(text: str, language: str) -> str | None:
    """Return ``text`` in ``language`` (``fr`` or ``en``); ``None`` where it is known in English alone.

    What is no ``Sentence`` is taken for a name or a number, the same in every language, when it is a value of one.
    """
    if language != "fr":
        return str(text)
    if not isinstance(text, Sentence):
        return None
    template = FRENCH.get(text.template)
    if template is None:
        if any(letter.isalpha() for letter in _NAMED.sub("", text.template)):
            return None
        template = text.template
    values = {}
    for name, value in text.values.items():
        told = translated(value, language) if isinstance(value, Sentence) else value
        if told is None:
            return None
        values[name] = told
    return template.format(**values)


def told(text: str, language: str) -> str:
    """Return ``text`` in ``language``, in English where it is not known in that."""
    return translated(text, language) or str(text)
