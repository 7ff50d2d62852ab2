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
    "objects of at most {most} fields": "des objets d’au plus {most} champs",
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
    "a participant of one group at most": "un participant d’un seul groupe",
    "{found} of {elsewhere}": "{found}, de {elsewhere}",
    "a participant with delegates 1 (it is one person)": "un participant à un seul délégué (c’est une personne)",
    "{found} with {count}": "{found}, qui en a {count}",
    "at most one kind of the pair in rules.seated: who stays seated cannot go to another table": (
        "au plus un type de la paire dans rules.seated\u00a0: qui reste à sa table ne va pas à une autre"
    ),
    "a table for each of the {count} participants on site who stay seated": (
        "une table pour chacun des {count} participants sur place qui restent à leur table"
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
    "groups such as a1 + a7; c2 + c5": "des groupes comme a1 + a7; c2 + c5",
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
    "at least {hidden} more faults": "au moins {hidden} fautes de plus",
    "one of {count}": "un objet à {count} champs",
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
    "more than {most} formats of cells": "plus de {most} formats de cellules",
    "more than {most} shared strings": "plus de {most} textes partagés",
    "cells of more than {most} characters in all": "des cellules de plus de {most} caractères en tout",
    "{parts} parts that unpack to {size} MiB": "{parts} parties qui se déploient en {size} Mio",
    "an old .xls file, or one with a password: save it as .xlsx without a password": (
        "un ancien fichier .xls, ou protégé par un mot de passe\u00a0: enregistrez-le en .xlsx, sans mot de passe"
    ),
}

# Of files that are sent to the web application
FRENCH |= {
    "at most {most} of these here (the command “passerelle” takes more)": (
        "{most} au plus ici (la commande «\u00a0passerelle\u00a0» en accepte davantage)"
    ),
    "text without the character U+0000": "un texte sans le caractère U+0000",
    "a file that is read within {seconds} seconds": "un fichier qui se lit en {seconds}\u00a0secondes",
    "one that takes longer": "un fichier qui en demande davantage",
    "a file that is read in {memory} MiB of memory": "un fichier qui se lit avec {memory}\u00a0Mio de mémoire",
    "one that takes more": "un fichier qui en demande davantage",
    "a file that can be read": "un fichier lisible",
    "one that the reader could not bear": "un fichier que le lecteur n’a pas supporté",
}

# Of B2BSP files
FRENCH |= {
    "a name, a number or one of [ ] {{ }} | , ; =": "un nom, un nombre ou un des signes [ ] {{ }} | , ; =",
    "one of {names}": "un des noms {names}",
    "each name once": "chaque nom une seule fois",
    "the file to give {name}": "que le fichier donne {name}",
    "{name} to be a number from {least} to {most}": "pour {name}, un nombre de {least} à {most}",
    "{name} to be a list": "pour {name}, une liste",
    "{name} to have {length} entries ({of})": "pour {name}, {length} éléments ({of})",
    "two different numbers from 1 to {businesses} and a session (1, 2 or 3)": (
        "deux nombres différents de 1 à {businesses} et une session (1, 2 ou 3)"
    ),
    "slot": "créneau",
    "meeting": "rendez-vous",
    "a set of {of}s": "un ensemble ({of})",
    "a {of} from 1 to {most} (or 0)": "un {of} de 1 à {most} (ou 0)",
    "a slot from 1 to {slots} (or 0)": "un créneau de 1 à {slots} (ou 0)",
    "{count}, the meetings that requested gives to business {business}": (
        "{count}, les rendez-vous que requested donne à l’entreprise {business}"
    ),
    "the set of all meetings that requested gives to business {business}, counted from 2": (
        "l’ensemble des rendez-vous que requested donne à l’entreprise {business}, comptés à partir de 2"
    ),
    "NAME = VALUE;": "NOM = VALEUR;",
    "a value for {name}": "une valeur pour {name}",
    "{sign} after the value of {name}": "{sign} après la valeur de {name}",
    "a number, a set or a list": "un nombre, un ensemble ou une liste",
    "a number or a set in a list": "un nombre ou un ensemble dans une liste",
    ", or ]": ", ou ]",
    "] to end the list": "] pour finir la liste",
    "numbers and {closing}": "des nombres et {closing}",
    "{closing} to end the set": "{closing} pour finir l’ensemble",
    "numbers and |": "des nombres et |",
    "|] to end the table": "|] pour finir le tableau",
    "a number of at most 9 digits": "un nombre d’au plus 9 chiffres",
    "the end": "la fin",
    "it nowhere": "ce nom nulle part",
    "{name} again": "de nouveau {name}",
    "a file of at most {most} numbers, names and signs": "un fichier d’au plus {most} nombres, noms et signes",
    "a comment that ends": "un commentaire qui finit",
}
# Of searches and files
FRENCH |= {
    "the time was over before any legal schedule was found": (
        "le temps s’est écoulé avant qu’un planning respectant les règles soit trouvé"
    ),
    "{path}: expected a file of at most 1 GiB, found {size} bytes": (
        "{path}\u00a0: attendu un fichier d’au plus 1\u00a0Gio, trouvé {size} octets"
    ),
    "{path}: expected a file that can be read: {error}": "{path}\u00a0: attendu un fichier lisible\u00a0: {error}",
}
# Of schedules, as the independent check tells them
FRENCH |= {
    "… and {count} more like these": "… et {count} autres du même genre",
    "{fault} ({times} times)": "{fault} ({times}\u00a0fois)",
    "{one} – {other} in {slot}": "{one} – {other} en {slot}",
    "{first} to {last}": "de {first} à {last}",
    "meeting {named}: a participant cannot meet itself": (
        "rendez-vous {named}\u00a0: un participant ne peut se rencontrer lui-même"
    ),
    "meeting {named}: no participant has the id {id}": (
        "rendez-vous {named}\u00a0: aucun participant n’a l’identifiant {id}"
    ),
    "meeting {named}: no slot has the id {slot}": "rendez-vous {named}\u00a0: aucun créneau n’a l’identifiant {slot}",
    "meeting {named}: no table has the id {table}": "rendez-vous {named}\u00a0: aucune table n’a l’identifiant {table}",
    "meeting {named}: no facilitator has the id {facilitator}": (
        "rendez-vous {named}\u00a0: aucune médiation n’a l’identifiant {facilitator}"
    ),
    "rule 1: {held}, against a veto": "règle 1\u00a0: {held}, malgré un veto",
    "rule 1: {held}, although the pair is forbidden": "règle 1\u00a0: {held}, alors que la paire est exclue",
    "rule 1: {held}, although the pair is not eligible": "règle 1\u00a0: {held}, alors que la paire n’est pas admise",
    "rule 1: {pair} meet {count} times ({slots}), at most {most} allowed": (
        "règle 1\u00a0: {pair} se rencontrent {count}\u00a0fois ({slots}), {most} au plus"
    ),
    "rule 1: {pair} meet {times} times in the same slot {slot}": (
        "règle 1\u00a0: {pair} se rencontrent {times}\u00a0fois dans le même créneau {slot}"
    ),
    "rule 2: {who} is unavailable in {slot}, yet meets there ({held})": (
        "règle 2\u00a0: {who} est indisponible en {slot}, et y a pourtant un rendez-vous ({held})"
    ),
    "rule 2: {who} has {times} meetings in {slot}, at most {most} (delegates) allowed": (
        "règle 2\u00a0: {who} a {times} rendez-vous en {slot}, {most} au plus (delegates)"
    ),
    "rule 2: {who} has {count} meetings, at most {most} allowed": (
        "règle 2\u00a0: {who} a {count} rendez-vous, {most} au plus"
    ),
    "rule 3: {held} is online, yet at table {table}": (
        "règle 3\u00a0: {held} est à distance, et pourtant à la table {table}"
    ),
    "rule 3: {held} at table {table}, although the event has no tables": (
        "règle 3\u00a0: {held} à la table {table}, alors que l’événement n’a pas de tables"
    ),
    "rule 3: {held} is on site, yet at no table": "règle 3\u00a0: {held} est sur place, et pourtant sans table",
    "rule 3: {held} at table {table}, but {who} stays at {home}": (
        "règle 3\u00a0: {held} à la table {table}, mais {who} reste à {home}"
    ),
    "rule 3: {held} at table {table}, which lacks what {who} requires: {lacking}": (
        "règle 3\u00a0: {held} à la table {table}, à laquelle manque ce que {who} demande\u00a0: {lacking}"
    ),
    "rule 3: {count} on-site meetings in {name} for {tables} tables": (
        "règle 3\u00a0: {count} rendez-vous sur place en {name} pour {tables} tables"
    ),
    "rule 3: {times} meetings in {name} at the same table {table}": (
        "règle 3\u00a0: {times} rendez-vous en {name} à la même table {table}"
    ),
    "rule 4: {held} needs a facilitator and has none": "règle 4\u00a0: {held} demande une médiation et n’en a pas",
    "rule 4: {held} has the facilitator {helper} and needs none": (
        "règle 4\u00a0: {held} a la médiation {helper} et n’en demande pas"
    ),
    "rule 4: {held} with the facilitator {helper}, who is unavailable then": (
        "règle 4\u00a0: {held} avec la médiation {helper}, indisponible à ce moment"
    ),
    "rule 4: the facilitator {helper} is in {times} meetings in {slot}": (
        "règle 4\u00a0: la médiation {helper} est dans {times} rendez-vous en {slot}"
    ),
    "rule 5: {pair} must meet {required} time(s), held {count}{where}": (
        "règle 5\u00a0: {pair} doivent se rencontrer {required}\u00a0fois, tenu {count}{where}"
    ),
    "rule 5: the meetings {pair} in {slots} cannot be matched with the {entries} entries of the pair: "
    "slot, session or after would not hold": (
        "règle 5\u00a0: les rendez-vous {pair} en {slots} ne correspondent pas aux {entries} lignes de la paire\u00a0: "
        "slot, session ou after ne tiendraient pas"
    ),
    "rule 5: {held}, fixed to slot {fixed}": "règle 5\u00a0: {held}, fixé au créneau {fixed}",
    "rule 5: {held}, confined to session {wanted}, found in {session}": (
        "règle 5\u00a0: {held}, limité à la session {wanted}, trouvé dans {session}"
    ),
    "rule 5: {held}, not after {other}": "règle 5\u00a0: {held}, pas après {other}",
    "rule 5: {found}: they differ by more than {most} (max_break_difference)": (
        "règle 5\u00a0: {found}\u00a0: l’écart dépasse {most} (max_break_difference)"
    ),
    "{high} has {many} breaks, {low} has {few}": "{high} a {many} pauses, {low} en a {few}",
    "rule 6: {one} are one person (same_person), and all meet in {slot}": (
        "règle 6\u00a0: {one} sont une seule personne (same_person), et ont tous un rendez-vous en {slot}"
    ),
    "rule 6: {who}, yet is at several tables on {day}: {places}": (
        "règle 6\u00a0: {who}, et passe pourtant par plusieurs tables le {day}\u00a0: {places}"
    ),
    "{who} stays seated (rules.seated)": "{who} reste à sa table (rules.seated)",
    "rule 6: {who}: meetings in {count} slots in a row ({where}), at most {most} allowed": (
        "règle 6\u00a0: {who}\u00a0: des rendez-vous dans {count} créneaux d’affilée ({where}), {most} au plus"
    ),
    "score: {held} is worth {score}, the schedule says {told}": (
        "score\u00a0: {held} vaut {score}, le planning dit {told}"
    ),
    "tiers: expected {names}, found {found}": "tiers\u00a0: attendu {names}, trouvé {found}",
    "tier {tier}: the meetings make {computed}, the schedule says {value}": (
        "palier {tier}\u00a0: les rendez-vous font {computed}, le planning dit {value}"
    ),
    "tier value: {value} is beyond its proven bound {bound}": (
        "palier value\u00a0: {value} dépasse sa borne prouvée {bound}"
    ),
    "tier {tier}: {value} is below its proven bound {bound}": (
        "palier {tier}\u00a0: {value} est sous sa borne prouvée {bound}"
    ),
    "status: optimal, but bound and value differ in {tiers}": (
        "status\u00a0: optimal, mais borne et valeur diffèrent pour {tiers}"
    ),
    "status: feasible, but bound and value are equal in tiers 1 to 3, which is optimal": (
        "status\u00a0: feasible, mais borne et valeur sont égales pour les paliers 1 à 3, ce qui est optimal"
    ),
    # Proofs
    "tier {tier}: {fault}": "palier {tier}\u00a0: {fault}",
    "a proof, and no bound that it could prove": "une preuve, et aucune borne qu’elle pourrait prouver",
    "its proof does not hold: {why}": "sa preuve ne tient pas\u00a0: {why}",
    "its proof gives {limit}, the schedule says {bound}": "sa preuve donne {limit}, le planning dit {bound}",
    "nothing limits the value by itself": "rien ne limite la valeur de soi-même",
    "duals prove shortfall and value, not {tier}": "les duals prouvent shortfall et value, pas {tier}",
    "patterns prove breaks and idle_slots, not {tier}": "les patterns prouvent breaks et idle_slots, pas {tier}",
    "the schedule shows no {tier}": "le planning ne donne pas de {tier}",
    "the row of the shortfall holds in tier value only": "la ligne shortfall ne vaut que pour le palier value",
    "{participant} is one person with nobody else": "{participant} ne partage sa personne avec nul autre",
    "the event has no participant {id}": "l’événement n’a pas de participant {id}",
    "the event has no slot {id}": "l’événement n’a pas de créneau {id}",
    "the event has no table {id}": "l’événement n’a pas de table {id}",
    "the event names no tables, so they limit nothing": (
        "l’événement ne nomme pas de tables\u202f; rien n’est donc limité"
    ),
    "a price of breaks belongs to tier idle_slots, and to no other": (
        "un prix des attentes n’a sa place que dans le palier idle_slots"
    ),
    "{participant} has prices of slots twice": "{participant} a deux fois des prix de créneaux",
    "somebody has a price of meetings twice": "quelqu’un a deux fois un prix de rendez-vous",
    "a price for each of the {slots} slots": "un prix pour chacun des {slots} créneaux",
    "{participant} has no pattern: no schedule holds what is settled": (
        "{participant} n’a pas de journée possible\u00a0: aucun planning ne tient ce qui est acquis"
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
        if told is None and value is not None:
            return None
        values[name] = told
    return template.format(**values)


def told(text: str, language: str) -> str:
    """Return ``text`` in ``language``, in English where it is not known in that."""
    return translated(text, language) or str(text)
