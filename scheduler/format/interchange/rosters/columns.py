"""What the columns of a list of people are, by their headings and by what somebody says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scheduler.format.interchange.columns import SHEETS
from scheduler.format.interchange.names import COLUMN_NAMES, CONTACT_NAMES, REMARK_NAMES, Names, plain
from scheduler.format.interchange.rosters.options import Options
from scheduler.format.interchange.unpacking import Rows

# From what says most surely that it is the name to what may be something else.
_NAMES = (
    *("nom complet", "full name", "nom et prénom", "prénom et nom", "nom", "name", "nom de la structure"),
    *("nom de l’organisation", "participant", "structure", "organisation", "organization", "étudiant", "student"),
    *("candidat", "candidate", "visitor", "visiteur", "professeur", "professor", "faculty", "enseignant", "teacher"),
    *("association", "entreprise", "company", "société", "personne", "person", "people"),
)
_FIRST = frozenset(map(plain, ("prénom", "first name", "given name", "firstname", "forename")))
_LAST = frozenset(map(plain, ("nom de famille", "last name", "surname", "family name", "lastname")))
_EVENT = {
    name: names for name, names in COLUMN_NAMES["participants"].items() if name not in ("name", "kind", "unavailable")
}
_HEADINGS = Names(
    {
        **_EVENT,
        "kind": (*COLUMN_NAMES["participants"]["kind"], "groupe", "group", "rôle", "role", "camp", "profil"),
        "wishes": (
            *("souhaits", "wishes", "choix", "choices", "préférences", "preferences", "vœux", "prefers"),
            *("souhaite rencontrer", "wants to meet", "wishes to meet", "would like to meet"),
        ),
        "unavailable": (
            *(*COLUMN_NAMES["participants"]["unavailable"], "pas disponible", "indisponibilité", "busy"),
            *("empêchements", "conflicts", "conflits", "unavailable times", "horaires indisponibles"),
        ),
        "available": ("disponible", "available", "disponibilités", "availability", "présence", "available times"),
        **CONTACT_NAMES,
        "remark": tuple(name for name in REMARK_NAMES if name != "organisation"),
    }
)
_WORD = "(?:choi|choice|souhait|wish|wishe|preference|prefere|prefer|pref|voeu|rank|rang|priorite|priority)"
_BEHIND = rf"{_WORD}(?: (?:n|no|numero|number|de rang|rank))? ?(\d{{1,2}})"
_BEFORE = rf"(\d{{1,2}}) ?(?:e|er|ere|eme|st|nd|rd|th)? {_WORD}"
_RANKED = re.compile(rf"(?:{_BEHIND}|{_BEFORE})")
_ORDINALS = {
    word: rank
    for rank, words in enumerate(
        (
            ("premier", "premiere", "first"),
            ("deuxieme", "second", "seconde"),
            ("troisieme", "third"),
            ("quatrieme", "fourth"),
            ("cinquieme", "fifth"),
        ),
        start=1,
    )
    for word in words
}
_WORDED = re.compile(rf"({'|'.join(_ORDINALS)}) {_WORD}")
READERS = {column.name: column.read for column in SHEETS["participants"]}


@dataclass(slots=True)
class Table:
    """A list of people: its rows below the headings, and the positions of its columns by what they are."""

    # As faults name it, and as people do.
    name: str
    label: str
    top: int
    headings: Sequence[str | None]
    rows: Rows
    # Above the headings, for people.
    above: int = 0
    single: dict[str, int] = field(default_factory=dict)
    wishes: list[int] = field(default_factory=list)
    unavailable: list[int] = field(default_factory=list)
    available: list[int] = field(default_factory=list)
    # The first of these is taken for the name although nothing says so.
    guessed: bool = False

    @property
    def taken(self) -> set[int]:
        """Return the positions of all columns that are read."""
        return {*self.single.values(), *self.wishes, *self.unavailable, *self.available}

    def heading(self, position: int) -> str:
        """Return the heading of a column, as the list has it."""
        return (self.headings[position] if position < len(self.headings) else None) or ""


def table_of(name: str, label: str, rows: Rows) -> Table:
    """Return a list of people with its headings: the first row with several cells, or the only one."""
    widest = max((sum(value is not None for value in row) for _, row in rows), default=0)
    first = next((k for k, (_, row) in enumerate(rows) if sum(value is not None for value in row) > 1), 0)
    first = first if widest > 1 else 0
    top, headings = rows[first] if rows else (1, ())
    names = [None if value is None else " ".join(str(value).split()) for value in headings]
    return Table(name, label, top, names, rows[first + 1 :], first)


def match(table: Table, options: Options) -> None:
    """Find what the columns of ``table`` are."""
    asked = {plain(heading) for heading in (options.name_column, options.kind_column) if heading}
    for kind, headings in (("unavailable", options.unavailable), ("available", options.available)):
        getattr(table, kind).extend(_positions(table, headings))
    table.wishes.extend(_positions(table, options.prefers))
    asked |= {plain(heading) for heading in (*options.prefers, *options.unavailable, *options.available)}
    for what, said in (("name", options.name_column), ("kind", options.kind_column)):
        for position in _positions(table, [said] if said else []):
            table.single[what] = position
    ranked: list[tuple[int, int]] = []
    for position, heading in enumerate(table.headings):
        if heading is None or plain(heading) in asked:
            continue
        rank = _rank(heading)
        meant = _HEADINGS.exact(heading)
        if rank is not None:
            ranked.append((rank, position))
        elif meant in ("unavailable", "available"):
            getattr(table, meant).append(position)
        elif meant == "wishes":
            ranked.append((0, position))
        elif meant is not None and meant != "remark":
            table.single.setdefault(meant, position)
    if not options.prefers:
        table.wishes.extend(position for _, position in sorted(ranked))
    _find_name(table)


def _find_name(table: Table) -> None:
    """Find the column, or the two, with the names."""
    folded = {plain(heading): position for position, heading in reversed([*enumerate(table.headings)]) if heading}
    if "name" in table.single:
        return
    free = {name: position for name, position in folded.items() if position not in table.taken}
    last = next((free[name] for name in free if name in _LAST), None)
    given = next((free[name] for name in free if name in _FIRST), None)
    found = next((free[plain(name)] for name in _NAMES if plain(name) in free), None)
    if last is not None:
        table.single["name"] = last
    elif found is not None:
        table.single["name"] = found
    if given is not None:
        table.single["first name" if "name" in table.single else "name"] = given
    if "name" not in table.single and table.taken - {0} and 0 not in table.taken:
        values = [row[0] for _, row in table.rows if row and row[0] is not None]
        if values and all(isinstance(value, str) for value in values) and len(set(values)) == len(values):
            table.single["name"], table.guessed = 0, True


def _positions(table: Table, headings: Iterable[str]) -> list[int]:
    folded = {plain(heading): k for k, heading in reversed([*enumerate(table.headings)]) if heading}
    return [folded[plain(heading)] for heading in headings if plain(heading) in folded]


def _rank(heading: str) -> int | None:
    folded = plain(heading)
    match = _RANKED.fullmatch(folded)
    if match:
        return int(match[1] or match[2])
    match = _WORDED.fullmatch(folded)
    return _ORDINALS[match[1]] if match else None
