"""The words of an event as people write them in lists: needs, themes, zones, kinds; and the nearest to one unknown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from web.config import LOCALES
from web.domain.event.programme import kinds_of
from web.domain.event.taxonomy import KINDS, SIZES, capitalised, feature_label, kind_label, size_label
from web.domain.event.vocabulary import Choice, Vocabulary
from web.domain.people.lists.matching import singular
from web.domain.text import folded
from web.models import Event

# Below this, no known word is near enough to be put first.
_NEAR = 62
_KINDS = {
    "association": "asso|assoc|associations|association loi 1901|charity|non profit|ong|ngo|associatif|fondation",
    "company": "entreprises|société|companies|firm|business|sarl|sas|privé|tpe|pme|pme tpe|tpe pme|commerce|artisan",
    "public": "public|collectivité|mairie|acteurs publics|public body|collectivité territoriale|institution|commune",
}
_SIZES = {
    "tpe": "tpe|très petite entreprise|micro entreprise|moins de 10 salariés|0 9|1 9|micro|very small",
    "pme": "pme|petite ou moyenne entreprise|10 249|10 à 249 salariés|sme|small|medium",
    "eti": "eti|entreprise de taille intermédiaire|250 4999|mid size",
    "large": "ge|grande entreprise|grand groupe|large|large company|groupe|5000",
}


@dataclass(frozen=True)
class Terms:
    """The words of one subject: `choices` as the pages name them, `codes` by every way to write them."""

    choices: Sequence[Choice]
    codes: Mapping[str, str]

    @classmethod
    def of(cls, choices: Iterable[Choice], written: Iterable[tuple[str, str]]) -> "Terms":
        """`written`: texts and the codes they mean; one that means several means none."""
        found: dict[str, str] = {}
        several = set()
        for text, code in written:
            plain = plain_word(text)
            if found.setdefault(plain, code) != code:
                several.add(plain)
        return cls(list(choices), {text: code for text, code in found.items() if text and text not in several})

    def code(self, word: str) -> str | None:
        """What `word` means, if that is certain."""
        return self.codes.get(plain_word(word))

    def nearest(self, word: str) -> str:
        """The code of the known word that `word` may be a slip of; empty where none is near."""
        best = process.extractOne(plain_word(word), self.codes.keys(), scorer=fuzz.WRatio, score_cutoff=_NEAR)
        return self.codes[best[0]] if best else ""


@dataclass(frozen=True)
class Words:
    """All words of an event, by topic: items (of needs and offers), themes, zones, kinds, sizes, features, tables."""

    topics: Mapping[str, Terms]

    def __getitem__(self, topic: str) -> Terms:
        return self.topics[topic]

    @classmethod
    def of(cls, event: Event, language: str, used: Mapping[str, Iterable[str]]) -> "Words":
        """Those that `event` offers, and those that its participants have besides (`used`, by topic)."""
        told = {one: Vocabulary(event, one) for one in (language, *LOCALES)}
        words = told[language]
        items = dict.fromkeys([code for _code, _name, listed in words.groups() for code, _label in listed])
        items |= dict.fromkeys(used["items"])
        item_names = [(code, f"{words.category(code.partition('.')[0])} · {words.item(code)}") for code in items]
        kinds = dict.fromkeys([*kinds_of(event), *(term.code for term in KINDS), *used["kinds"]])
        return cls(
            {
                "items": Terms.of(item_names, _item_texts(items, told.values())),
                "themes": _terms(words.themes, used["themes"], told.values(), "theme"),
                "zones": _terms(words.zones, used["zones"], told.values(), "zone"),
                "features": _named(dict.fromkeys([*dict(words.features), *used["features"]]), language, feature_label),
                "kinds": _named(kinds, language, kind_label, _KINDS),
                "sizes": _named(dict.fromkeys(term.code for term in SIZES), language, size_label, _SIZES),
                "tables": table_terms(event),
            }
        )


def plain_word(text: str) -> str:
    """A word as it is compared: folded, in the singular."""
    return " ".join(map(singular, folded(text).split()))


def table_terms(event: Event) -> Terms:
    """The tables of `event`, their numbers in the database as codes; a name that two have is certain with its key."""
    written = [(text, table) for table in event.tables for text in (table.key, table.name, f"{table.name} {table.key}")]
    choices = [(str(table.id), table.name or table.key) for table in event.tables]
    return Terms.of(choices, [(text, str(table.id)) for text, table in written])


def _item_texts(codes: Iterable[str], told: Iterable[Vocabulary]) -> Iterable[tuple[str, str]]:
    vocabularies = list(told)
    for code in codes:
        yield code, code
        for words in vocabularies:
            yield words.item(code), code
            yield f"{words.category(code.partition('.')[0])} {words.item(code)}", code


def _terms(offered: Sequence[Choice], used: Iterable[str], told: Iterable[Vocabulary], name: str) -> Terms:
    vocabularies = list(told)
    codes = dict.fromkeys([*dict(offered), *used])
    written = [(code, code) for code in codes]
    written += [(getattr(words, name)(code), code) for words in vocabularies for code in codes]
    named = dict(offered)
    return Terms.of([(code, named.get(code) or getattr(vocabularies[0], name)(code)) for code in codes], written)


def _named(codes: Iterable[str], language: str, name_of: Any, also: Mapping[str, str] | None = None) -> Terms:
    codes = list(codes)
    written = [(code, code) for code in codes]
    written += [(name_of(code, one), code) for one in LOCALES for code in codes]
    written += [(text, code) for code, texts in (also or {}).items() if code in codes for text in texts.split("|")]
    return Terms.of([(code, capitalised(name_of(code, language))) for code in codes], written)
