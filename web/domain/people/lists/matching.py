"""What the columns of a list mean: guessed from their headings, in French or English, spelled nearly as one would.

Where a list begins is guessed as well: titles stand above headings, and associations and companies on two sheets.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz, process

from web.config import LOCALES
from web.domain.event.questions import Question, questions_of
from web.domain.event.sheets import SentSheet
from web.domain.text import folded
from web.models import Event

# What stands above the headings is looked through so far.
_HEADS = 15
# Two headings are the same with fewer slips of the keys; one holds the words of the other.
_SLIPS, _HELD, _LOOKS = 86, 70, 50
# More than any likeness: the heading is that of a question.
_CERTAIN = 101
_SAMPLES = 3
# Letters by which a heading, an address or a number is known.
_LONGEST = 320
# The columns of an event's own questions are called so, with the question's id: ``answers.q1``.
PREFIX = "answers."
_SMALL = frozenset(
    [
        *("l", "le", "la", "les", "d", "de", "du", "des", "un", "une", "et", "en", "a", "au", "aux", "ou", "s"),
        *("the", "of", "and", "or", "your", "votre", "vos", "n", "no", "nr"),
    ]
)


@dataclass(frozen=True)
class Field:
    """What a column may say. `several`: in one column or in several; `words`: headings of it, as people write them.

    `exact`: headings, folded, that can mean nothing else: those of a question of the event.
    """

    name: str
    label: Any
    words: str = ""
    several: bool = False
    exact: frozenset[str] = frozenset()

    def headings(self) -> list[str]:
        return self.words.split("|") if self.words else sorted(self.exact)


# In the order in which the contact list has them.
FIELDS = (
    Field("name", _l("Name of the organisation"), (
        "nom de l’organisation|structure|nom de la structure|nom de l’association|association|organisation|organization"
        "|organisme|entreprise|nom de l’entreprise|société|nom de la société|raison sociale|dénomination|nom|name"
        "|name of the organisation|organisation name|company|company name|association name|établissement|enseigne"
    )),
    Field("kind", _l("Kind"), (
        "type|type de structure|type d’organisation|kind|catégorie|category|nature|statut juridique|vous êtes"
        "|association ou entreprise|association or company|genre|collège"
    )),
    Field("contact_name", _l("Contact"), (
        "contact|nom du contact|interlocuteur|interlocutrice|personne à contacter|personne contact|référent|référente"
        "|responsable|représentant|représentante|contact name|contact person|nom et prénom|prénom et nom|full name"
        "|représentée par|représenté par|nom complet"
    )),
    Field("first_name", _l("First name of the contact"), (
        "prénom|first name|prénom du contact|given name|forename|first name of the contact"
    )),
    Field("last_name", _l("Last name of the contact"), (
        "nom|name|nom de famille|last name|surname|nom du contact|family name|nom de famille du contact"
        "|last name of the contact"
    )),
    Field("email", _l("E-mail address"), (
        "e-mail|email|mail|courriel|adresse mail|adresse e-mail|adresse électronique|adresse courriel|mél|mel"
        "|email address|e-mail address|mail du contact|courriel du contact|email du contact|contact mail"
    )),
    Field("phone", _l("Telephone"), (
        "téléphone|tél|tel|phone|telephone|portable|mobile|numéro de téléphone|n° de téléphone|tél portable"
        "|phone number|téléphone du contact|gsm|cell"
    )),
    Field("website", _l("Website"), "site|site web|site internet|website|web|url|page web|lien|homepage"),
    Field("siren", _l("SIREN number"), (
        "siren|siret|n° siren|numéro siren|n° siret|numéro siret|siren number|company number|siren siret"
    )),
    Field("size", _l("Size"), (
        "taille|taille de l’entreprise|effectif|effectifs|size|company size|nombre de salariés|salariés|employees"
        "|number of employees|nb salariés"
    )),
    Field("zone", _l("Where they are"), (
        "zone|commune|ville|territoire|secteur géographique|quartier|arrondissement|city|town|area|where they are"
        "|où elle se trouve"
        "|où ils se trouvent|localisation|localité|lieu|district|district or town|votre territoire|commune du siège"
    )),
    Field("project", _l("Project"), (
        "projet|project|présentation|description|activité|activités|votre projet|votre projet en quelques mots|objet"
        "|présentation de la structure|activity|presentation|about|projet présenté|your project"
    )),
    Field("needs", _l("What they look for"), (
        "besoins|besoin|needs|need|recherche|ce que vous recherchez|vous recherchez|attentes|ce qu’ils cherchent"
        "|what they look for|what you look for|looking for|vos besoins|demandes|besoins exprimés|ce que vous cherchez"
        "|ce qu’ils recherchent"
    ), several=True),
    Field("needs_lines", _l("Details of what they look for"), (
        "précisions sur ce qu’ils cherchent|précisions sur les besoins|précisions des besoins|détail des besoins"
        "|besoins en détail|précisez vos besoins|details of what they look for|details of the needs|needs in detail"
        "|needs in their own words|précisions besoins"
        "|précisions sur ce qu’ils recherchent"
    ), several=True),
    Field("offers", _l("What they can bring"), (
        "offres|offre|offers|offer|propose|ce que vous proposez|vous proposez|apports|ce qu’ils peuvent apporter"
        "|what they can bring|what you can bring|what you offer|vos offres|contributions|compétences proposées"
        "|ce que vous pouvez apporter|propositions"
    ), several=True),
    Field("offers_lines", _l("Details of what they can bring"), (
        "précisions sur ce qu’ils peuvent apporter|précisions sur les offres|précisions des offres|détail des offres"
        "|offres en détail|précisez vos offres|details of what they can bring|details of the offers|offers in detail"
        "|offers in their own words|précisions offres"
    ), several=True),
    Field("themes", _l("Themes"), (
        "thèmes|thème|themes|theme|thématiques|thématique|domaine|domaines|domaine d’activité|topics|sujets"
        "|secteur d’activité|field of activity|centres d’intérêt"
    ), several=True),
    Field("absences", _l("Not there"), (
        "absences|absence|absent|indisponibilités|indisponible|not there|unavailable|unavailability|absents"
        "|indisponibilité|pas là|away|horaires d’absence"
    ), several=True),
    Field("delegates", _l("How many of them come"), (
        "nombre de participants|nombre de personnes|combien viennent|how many of them come|délégués|nb participants"
        "|number of people|people|nb personnes|delegates|nombre de représentants|combien de personnes"
        "|nombre de personnes présentes"
    )),
    Field("remote", _l("Online, by video"), (
        "à distance|visio|en ligne|online|remote|en visio|en ligne, en visioconférence|distanciel|online by video"
        "|by video|visioconférence|à distance, en visioconférence"
    )),
    Field("requires", _l("What their table must have"), (
        "équipement de la table|what their table must have|ce que leur table doit avoir|besoins matériels|table"
        "|table features|équipement|ce que leur table doit offrir"
    ), several=True),
    Field("home_table_id", _l("Own table"), (
        "table attitrée|own table|table fixe|table attribuée|sa table|home table|fixed table|numéro de table"
    )),
    Field("accessibility", _l("Other needs on site"), (
        "accessibilité|besoins particuliers|besoins spécifiques|accessibility|other needs on site|autres besoins"
        "|autres besoins sur place|handicap|special needs|pmr|aménagements"
    )),
    Field("needs_facilitator", _l("A facilitator attends their meetings"), (
        "médiateur|médiatrice|facilitateur|facilitatrice|facilitator|accompagnateur|needs facilitator"
        "|une médiatrice ou un médiateur assiste à leurs rencontres|a facilitator attends their meetings"
        "|avec médiateur|un médiateur assiste à leurs rencontres"
    )),
    Field("min_meetings", _l("At least this many meetings"), (
        "rencontres, au moins|rendez-vous au moins|minimum de rendez-vous|nombre minimum de rendez-vous"
        "|at least this many meetings|minimum meetings|min meetings|rdv min"
    )),
    Field("max_meetings", _l("At most this many meetings"), (
        "rencontres, au plus|rendez-vous au plus|maximum de rendez-vous|nombre maximum de rendez-vous"
        "|at most this many meetings|maximum meetings|max meetings|rdv max"
    )),
    Field("boost", _l("Points added to each possible meeting"), (
        "points ajoutés à chaque rencontre possible|points ajoutés|points added to each possible meeting|added points"
        "|bonus"
    )),
    Field("language", _l("Language"), "langue|language|langue des courriels|langue parlée|language of mails and pages"),
    Field("publish_name", _l("The public page may name them"), (
        "the public page may name them|la page publique peut les nommer|accord page publique"
    )),
    Field("publish_contact", _l("The directory may show the contact’s name"), (
        "the directory may show the contact’s name|l’annuaire peut montrer le nom du contact|accord annuaire"
    )),
    Field("status", _l("Status"), "statut|status"),
    Field("key", _l("Reference"), "référence|reference|identifiant passerelle|réf|ref"),
)  # fmt: skip
BY_NAME: Mapping[str, Field] = {one.name: one for one in FIELDS}


def fields_of(event: Event, language: str) -> Mapping[str, Field]:
    """What the columns of a list of `event` may say, by name: behind what each event has, its own questions."""
    headings = _headings_of(questions_of(event))
    asked = {
        f"{PREFIX}{id}": Field(f"{PREFIX}{id}", said[language], exact=frozenset(map(folded, said.values())))
        for id, said in headings.items()
    }
    return {**BY_NAME, **asked}


def _headings_of(questions: Sequence[Question]) -> dict[str, dict[str, str]]:
    """By id, the heading of each question in each language: its text, with the id behind it where that text could mean
    another column. So it is found again whatever place the question has meanwhile."""
    meant: dict[str, set[str]] = {}
    for one in questions:
        for language in LOCALES:
            meant.setdefault(folded(one.said(language)), set()).add(one.id)
    unclear = {text for text, ids in meant.items() if not text or len(ids) > 1} | _headings()
    found: dict[str, dict[str, str]] = {}
    for one in questions:
        found[one.id] = {language: one.said(language) for language in LOCALES}
        for language, text in found[one.id].items():
            if folded(text) in unclear:
                heading = f"{text} [{one.id}]"
                while folded(heading) in meant:
                    heading += f" [{one.id}]"
                found[one.id][language] = heading
    return found


@cache
def _headings() -> frozenset[str]:
    return frozenset(folded(heading) for one in FIELDS for heading in one.headings())


@dataclass(frozen=True)
class Matching:
    """What the columns of a list mean.

    `sheet` and `head` (the row of the headings) are places in what was sent; `columns`: by place, the name of a field;
    `kind`: of whoever says none; `way`: as what they are taken in.
    """

    sheet: int
    head: int
    columns: Mapping[int, str]
    kind: str = ""
    way: str = "accepted"

    def plain(self) -> dict[str, Any]:
        return {**vars(self), "columns": {str(place): name for place, name in self.columns.items()}}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Matching":
        columns = {int(place): name for place, name in plain["columns"].items()}
        return cls(plain["sheet"], plain["head"], columns, plain["kind"], plain["way"])

    def places(self, name: str) -> list[int]:
        """The columns that say the field `name`."""
        return sorted(place for place, said in self.columns.items() if said == name)


@dataclass(frozen=True)
class Column:
    """A column as the page shows it: its heading, and the first different values below."""

    place: int
    heading: str
    samples: list[str]
    guess: str = field(default="")

    @property
    def letter(self) -> str:
        """As spreadsheets name it."""
        first, last = divmod(self.place, 26)
        return (chr(64 + first) if first else "") + chr(65 + last)


@dataclass(frozen=True)
class _Known:
    """What headings are compared with: `texts`, each of the field of that number in `fields`."""

    fields: Sequence[Field]
    texts: Sequence[str]
    numbers: Sequence[int]
    # By a word, the texts with it; by a folded heading, the fields that it certainly says.
    holding: Mapping[str, Sequence[int]]
    certain: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, fields: Iterable[Field]) -> "_Known":
        listed = list(fields)
        said = [(text, number) for number, one in enumerate(listed) for text in _plain_words(tuple(one.headings()))]
        holding, certain = defaultdict(list), defaultdict(list)
        for place, (text, _number) in enumerate(said):
            for word in set(text.split()):
                holding[word].append(place)
        for number, one in enumerate(listed):
            for text in one.exact:
                certain[text].append(number)
        return cls(listed, [text for text, _number in said], [number for _text, number in said], holding, certain)

    def likeness(self, heading: str) -> dict[int, float]:
        """How much `heading` is one of each field: 100 for the same; those that it is not at all are left out."""
        found: dict[int, float] = {}
        words = set(heading.split())
        for place in {place for word in words for place in self.holding.get(word, ())}:
            held = self.texts[place].split()
            if words.issuperset(held):
                self._note(found, place, _HELD + 15 * len(held) / len(heading.split()))
        for text, ratio, place in process.extract(
            heading, self.texts, scorer=fuzz.ratio, score_cutoff=_SLIPS, limit=None
        ):
            if text == heading:
                self._note(found, place, 100)
            elif min(len(heading), len(text)) > 3:
                self._note(found, place, ratio - 1)
        return found

    def _note(self, found: dict[int, float], place: int, score: float) -> None:
        number = self.numbers[place]
        found[number] = max(score, found.get(number, 0))


@lru_cache(maxsize=500)
def _plain_words(headings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_plain, headings))))


def guessed(sheets: Sequence[SentSheet], sheet: int | None = None, fields: Mapping[str, Field] = BY_NAME) -> Matching:
    """What the list probably means; `sheet`: the one to read, else the one in which most is recognised.

    Cost: the headings' fuzzy comparison with some hundred known ones, for the first rows of each sheet.
    """
    numbers = range(len(sheets)) if sheet is None else [sheet]
    known = _Known.of(fields.values())
    found = [(number, _head(sheets[number], known)) for number in numbers]
    number, head = max(found, key=lambda one: (_recognised(sheets[one[0]], one[1], known), -one[0]))
    columns = {column.place: column.guess for column in columns_of(sheets[number], head, fields) if column.guess}
    return Matching(number, head, columns)


def _head(sheet: SentSheet, known: _Known) -> int:
    """The place of the row that looks like headings: most of it recognised, else most of it filled."""
    rows = range(min(_HEADS, len(sheet.rows)))
    return max(rows, key=lambda row: (_recognised(sheet, row, known), sum(map(bool, sheet.rows[row][1])), -row))


def _recognised(sheet: SentSheet, head: int, known: _Known) -> int:
    headings = sheet.rows[head][1]
    return len(set(_assigned(headings, [[] for _cell in headings], known).values()))


def columns_of(sheet: SentSheet, head: int, fields: Mapping[str, Field] = BY_NAME) -> list[Column]:
    """The columns that hold anything at or below the headings, each with what it probably says."""
    headings = sheet.rows[head][1]
    width = max(len(cells) for _number, cells in sheet.rows[head:])
    below = [cells for _number, cells in sheet.rows[head + 1 :]]
    texts = [[cells[place] for cells in below if place < len(cells) and cells[place]] for place in range(width)]
    padded = [*headings, *[""] * (width - len(headings))]
    guesses = _assigned(padded, texts, _Known.of(fields.values()))
    return [
        Column(place, padded[place], list(dict.fromkeys(texts[place]))[:_SAMPLES], guesses.get(place, ""))
        for place in range(width)
        if padded[place] or texts[place]
    ]


def _assigned(headings: Sequence[str], texts: Sequence[Sequence[str]], known: _Known) -> dict[int, str]:
    """The fields of the columns by their places, the surest first; a field that is said once is given once."""
    headings = [heading[:_LONGEST] for heading in headings]
    scores = sorted(_scores(headings, texts, known), key=lambda one: (-one[0], one[1], one[2]))
    found: dict[int, str] = {}
    for _score, number, place in scores:
        one = known.fields[number]
        if place not in found and (one.several or one.name not in found.values()):
            found[place] = one.name
    return found


def _scores(headings: Sequence[str], texts: Sequence[Sequence[str]], known: _Known) -> Iterator[tuple[float, int, int]]:
    certain = [known.certain.get(folded(heading), ()) for heading in headings]
    plain = [_plain(heading) for heading in headings]
    # Beside a first name, “Name” is the last name of the person.
    first_names = _plain_words(tuple(BY_NAME["first_name"].headings()))
    persons = any(one in first_names for place, one in enumerate(plain) if not certain[place])
    for place, heading in enumerate(plain):
        if certain[place]:
            yield from ((_CERTAIN, number, place) for number in certain[place])
            continue
        scores = known.likeness(heading)
        for number, one in enumerate(known.fields):
            if one.name == "last_name" and not persons:
                continue
            if one.name == "name" and persons and heading in ("nom", "name"):
                continue
            score = scores.get(number, 0)
            if score < _HELD and _looks_like(one.name, texts[place]):
                score = _LOOKS
            if score:
                yield score, number, place


def _looks_like(name: str, texts: Sequence[str]) -> bool:
    """Whether what stands in a column without a known heading can be nothing else."""
    pattern = {
        "email": r"[^\s@]+@[^\s@]+\.[^\s@]+",
        "siren": r"(\d\s?){9}|(\d\s?){14}",
        "website": r"(https?://|www\.)\S+",
    }
    if name not in pattern or not texts:
        return False
    short = (text for text in texts if len(text) <= _LONGEST)
    return sum(re.fullmatch(pattern[name], text) is not None for text in short) * 2 > len(texts)


def _plain(heading: str) -> str:
    """A heading as it is compared: folded, singular, without small words and what stands in brackets."""
    words = folded(re.sub(r"\([^)]*\)|\*", " ", heading.replace("°", " "))).split()
    return " ".join(singular(word) for word in words if word not in _SMALL) or " ".join(words)


def singular(word: str) -> str:
    """A folded word without the ending of several."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word
