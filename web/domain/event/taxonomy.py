"""The default words of an event: needs and offers, themes, partnership categories, benefits, sizes, zones.

Every term has a stable code, kept in files and in the database, and a label in French and in English. Labels are
written as they stand inside a sentence (``compétences``, not ``Compétences``); :func:`capitalised` makes the form that
opens a line. An event may use codes of its own: a code unknown here is shown as readable words, never as an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

SEPARATOR: Final = " · "


@dataclass(frozen=True, slots=True)
class Term:
    """A code and what it is called; ``hint`` is one line of help for a form."""

    code: str
    fr: str
    en: str
    hint_fr: str = ""
    hint_en: str = ""

    def label(self, language: str) -> str:
        """The label in ``language`` (``fr`` for anything that is not English)."""
        return self.en if _is_english(language) else self.fr

    def hint(self, language: str) -> str:
        """The line of help in ``language``, empty when the term has none."""
        return self.hint_en if _is_english(language) else self.hint_fr


@dataclass(frozen=True, slots=True)
class Category(Term):
    """A category of needs and offers; the code of each item is ``category.item``."""

    items: tuple[Term, ...] = ()


def _category(code: str, fr: str, en: str, **items: tuple[str, str]) -> Category:
    return Category(code, fr, en, items=tuple(Term(f"{code}.{key}", *labels) for key, labels in items.items()))


CATEGORIES: Final[tuple[Category, ...]] = (
    _category(
        "skills",
        "compétences",
        "skills",
        communication=("communication", "communication"),
        digital=("numérique", "digital"),
        finance=("finance et comptabilité", "finance and accounting"),
        law=("droit", "law"),
        strategy=("stratégie", "strategy"),
        hr=("ressources humaines", "human resources"),
    ),
    _category(
        "people",
        "temps humain",
        "people",
        volunteer_days=("journées de bénévolat", "volunteer days"),
        skills_sponsorship=("mécénat de compétences", "skills sponsorship"),
        board_members=("administrateurs bénévoles", "board members"),
        mentoring=("parrainage", "mentoring"),
        internships=("stages et immersions", "internships"),
    ),
    _category(
        "goods",
        "biens",
        "goods",
        equipment=("matériel", "equipment"),
        furniture=("mobilier", "furniture"),
        it=("informatique", "IT equipment"),
        food=("denrées alimentaires", "food"),
        vehicles=("véhicules", "vehicles"),
    ),
    _category(
        "premises",
        "locaux",
        "premises",
        room=("salle", "room"),
        storage=("stockage", "storage"),
        workshop=("atelier", "workshop"),
    ),
    _category(
        "money",
        "soutien financier",
        "money",
        donation=("don", "donation"),
        project_funding=("financement de projet", "project funding"),
        sponsorship=("parrainage financier", "sponsorship"),
    ),
    _category(
        "business",
        "coopération économique",
        "business",
        purchase=("achats à l’association", "purchases from the association"),
        subcontracting=("sous-traitance", "subcontracting"),
        joint_tender=("réponse commune à un marché", "joint tender"),
        supported_employment=("emplois en insertion", "supported-employment jobs"),
    ),
    _category(
        "visibility",
        "visibilité",
        "visibility",
        image=("image", "image"),
        local_roots=("ancrage local", "local roots"),
        press=("presse", "press"),
    ),
    _category(
        "knowledge",
        "connaissances",
        "knowledge",
        training=("formation", "training"),
        social_needs=("besoins sociaux du territoire", "social needs of the territory"),
        inclusion=("inclusion", "inclusion"),
        environment=("environnement", "environment"),
    ),
    _category(
        "network",
        "réseau",
        "network",
        introductions=("mises en relation", "introductions"),
        membership=("adhésion", "membership"),
    ),
)

THEMES: Final[tuple[Term, ...]] = (
    Term("insertion", "insertion", "work integration"),
    Term("environment", "environnement", "environment"),
    Term("education", "éducation", "education"),
    Term("culture", "culture", "culture"),
    Term("sport", "sport", "sport"),
    Term("health", "santé", "health"),
    Term("disability", "handicap", "disability"),
    Term("housing", "logement", "housing"),
    Term("solidarity", "solidarité", "solidarity"),
    Term("seniors", "personnes âgées", "seniors"),
    Term("youth", "jeunesse", "youth"),
    Term("digital_inclusion", "inclusion numérique", "digital inclusion"),
)

# From the simplest to the most demanding: forms and the observatory keep this order.
PARTNERSHIP_CATEGORIES: Final[tuple[Term, ...]] = (
    Term(
        "patronage",
        "mécénat",
        "patronage",
        "Un don d’argent, de matériel ou de temps, sans contrepartie équivalente.",
        "A gift of money, goods or time, with no equivalent return.",
    ),
    Term(
        "responsible_practices",
        "pratiques responsables",
        "responsible practices",
        "L’association aide l’entreprise à mieux agir : achats, handicap, environnement.",
        "The association helps the company act better: purchasing, disability, environment.",
    ),
    Term(
        "economic_cooperation",
        "coopération économique",
        "economic cooperation",
        "Une activité menée ensemble : achat, sous-traitance, réponse commune à un marché.",
        "Business done together: purchases, subcontracting, a joint tender.",
    ),
    Term(
        "social_innovation",
        "innovation sociétale",
        "social innovation",
        "Inventer ensemble une réponse nouvelle à un besoin du territoire.",
        "Inventing together a new answer to a need of the territory.",
    ),
)

BENEFITS: Final[Mapping[str, tuple[Term, ...]]] = MappingProxyType(
    {
        "company": (
            Term("image", "image", "image"),
            Term("territory", "ancrage dans le territoire", "roots in the territory"),
            Term("hr", "ressources humaines", "human resources"),
            Term("performance", "performance", "performance"),
        ),
        "association": (
            Term("economic", "moyens économiques", "economic means"),
            Term("skills", "compétences", "skills"),
            Term("openness", "ouverture", "openness"),
            Term("innovation", "innovation", "innovation"),
        ),
        "territory": (
            Term("attractiveness", "attractivité", "attractiveness"),
            Term("cohesion", "cohésion", "cohesion"),
            Term("development", "développement et emploi", "development and jobs"),
            Term("local_life", "vie locale", "local life"),
        ),
    }
)

SIZES: Final[tuple[Term, ...]] = (
    Term("tpe", "très petite entreprise (TPE)", "very small firm", "Moins de 10 salariés", "Fewer than 10 employees"),
    Term(
        "pme", "petite ou moyenne entreprise (PME)", "small or medium firm", "10 à 249 salariés", "10 to 249 employees"
    ),
    Term(
        "eti",
        "entreprise de taille intermédiaire (ETI)",
        "mid-size firm",
        "250 à 4 999 salariés",
        "250 to 4,999 employees",
    ),
    Term("large", "grande entreprise", "large firm", "5 000 salariés et plus", "5,000 employees and more"),
)

ZONES: Final[tuple[Term, ...]] = (
    Term("lille", "Lille", "Lille"),
    Term("roubaix", "Roubaix", "Roubaix"),
    Term("tourcoing", "Tourcoing", "Tourcoing"),
    Term("villeneuve_d_ascq", "Villeneuve-d’Ascq", "Villeneuve-d’Ascq"),
    Term("wattrelos", "Wattrelos", "Wattrelos"),
    Term("marcq_en_baroeul", "Marcq-en-Barœul", "Marcq-en-Barœul"),
    Term("armentieres", "Armentières", "Armentières"),
    Term("seclin", "Seclin", "Seclin"),
)

KINDS: Final[tuple[Term, ...]] = (
    Term("association", "association", "association"),
    Term("company", "entreprise", "company"),
    Term("public", "acteur public", "public body"),
)

FEATURES: Final[tuple[Term, ...]] = (
    Term("accessible", "accessible", "accessible"),
    Term("quiet", "au calme", "quiet"),
    Term("screen", "avec écran", "with a screen"),
)

# Labels are asked for again and again, each page a hundred of them. Events have words of their own, without number.
_KEPT: Final = 4096
_SMALL_WORDS = frozenset({"de", "du", "des", "la", "le", "les", "en", "sur", "sous", "et", "aux", "of", "the", "and"})


@lru_cache(maxsize=_KEPT)
def label(code: str, language: str = "fr") -> str:
    """A need or an offer: ``skills.digital`` → ``compétences · numérique``; a category alone → its name."""
    category, _, item = code.partition(".")
    head = _find(CATEGORIES, category)
    head_label = head.label(language) if head else _readable(category)
    if not item:
        return head_label
    return head_label + SEPARATOR + item_label(code, language)


@lru_cache(maxsize=_KEPT)
def item_label(code: str, language: str = "fr") -> str:
    """The label of a need or an offer without its category: ``skills.digital`` → ``numérique``."""
    term = _item_index().get(_key(code))
    if term is not None:
        return term.label(language)
    category, _, item = code.partition(".")
    return _readable(item) if item else label(category, language)


def category_of(code: str) -> str:
    """The category of a need or an offer: the text before the first dot."""
    return code.partition(".")[0]


@lru_cache(maxsize=_KEPT)
def theme_label(code: str, language: str = "fr") -> str:
    """The label of a theme, or readable words for a theme that the event made."""
    return _label_in(THEMES, code, language)


@lru_cache(maxsize=_KEPT)
def zone_label(code: str, language: str = "fr") -> str:
    """The name of a zone; one that the event made is written as a place name (``croix-du-sud`` → ``Croix du Sud``)."""
    term = _find(ZONES, code)
    if term is not None:
        return term.label(language)
    if code != code.lower():
        return code
    words = _readable(code).split()
    return " ".join(word if i and word in _SMALL_WORDS else word.capitalize() for i, word in enumerate(words))


@lru_cache(maxsize=_KEPT)
def kind_label(code: str, language: str = "fr") -> str:
    """What a kind of participant is called, in the singular."""
    return _label_in(KINDS, code, language)


def size_label(code: str, language: str = "fr") -> str:
    """The label of a size of company."""
    return _label_in(SIZES, code, language)


def partnership_label(code: str, language: str = "fr") -> str:
    """The label of a partnership category."""
    return _label_in(PARTNERSHIP_CATEGORIES, code, language)


def benefit_label(kind: str, code: str, language: str = "fr") -> str:
    """The label of a benefit looked for by ``kind`` (``company``, ``association`` or ``territory``)."""
    return _label_in(BENEFITS.get(kind, ()), code, language)


@lru_cache(maxsize=_KEPT)
def feature_label(code: str, language: str = "fr") -> str:
    """The label of a table's feature."""
    return _label_in(FEATURES, code, language)


def capitalised(text: str) -> str:
    """The text with its first letter as a capital, accents kept (``éducation`` → ``Éducation``)."""
    return text[:1].upper() + text[1:]


def term_choices(terms: tuple[Term, ...], language: str = "fr") -> list[tuple[str, str]]:
    """``(code, Label)`` pairs of a list of terms, for a form."""
    return [(term.code, capitalised(term.label(language))) for term in terms]


def grouped_choices(language: str = "fr") -> list[tuple[str, str, list[tuple[str, str]]]]:
    """``(category code, Category label, [(code, Item label)…])``: the whole tree, for a form."""
    return [
        (category.code, capitalised(category.label(language)), term_choices(category.items, language))
        for category in CATEGORIES
    ]


def _is_english(language: str) -> bool:
    return language.lower().startswith("en")


def _key(code: str) -> str:
    # Outside files spell one code in several ways: "volunteer-days", "Volunteer_days".
    return code.strip().lower().replace("-", "_").replace(" ", "_")


@cache
def _item_index() -> Mapping[str, Term]:
    return {_key(item.code): item for category in CATEGORIES for item in category.items}


def _find(terms: tuple[Term, ...] | tuple[Category, ...], code: str) -> Term | None:
    wanted = _key(code)
    return next((term for term in terms if _key(term.code) == wanted), None)


def _label_in(terms: tuple[Term, ...], code: str, language: str) -> str:
    term = _find(terms, code)
    return term.label(language) if term else _readable(code)


def _readable(code: str) -> str:
    return " ".join(code.replace("_", " ").replace("-", " ").replace(".", " ").split())
