"""Who is meant by a name: in any capitals, accents and order of its words, or by an id."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from scheduler.format.interchange.names import plain
from scheduler.format.text import nearest

_NUMBERED = re.compile(r"^\s*\d{1,2}\s*[.)]\s+")
# Comparisons of names, a second or two of them; nobody reads the suggestions beyond.
_MOST_COMPARED = 60_000
# What people write where there is nobody.
_NOBODY = frozenset(
    {"", "aucun", "aucune", "neant", "none", "nobody", "personne", "n a", "na", "nc", "rien", "nothing"}
)


def _turned(name: str) -> str:
    return " ".join(sorted(plain(name).split()))


class Whom:
    """The participants by what they are called; a name is looked up in constant time."""

    def __init__(self) -> None:
        self._named: list[dict[str, list[str]]] = [defaultdict(list) for _ in range(3)]
        self._names: dict[str, str] = {}
        self._by_words: dict[str, str] = {}
        self._compared = 0

    def add(self, id: str, name: str) -> None:
        """Note that ``id`` is called ``name``."""
        self._names[name or id] = id
        self._by_words.setdefault(_turned(name or id), name or id)
        for keys, key in zip(self._named, (name, plain(name), _turned(name)), strict=True):
            if key:
                keys[key].append(id)
        for keys, key in zip(self._named[:2], (id, plain(id)), strict=True):
            if id not in keys[key]:
                keys[key].append(id)

    def called(self, name: str) -> Sequence[str]:
        """Return the ids of those called ``name``, most exactly first asked; several where nobody can tell which."""
        for keys, key in zip(self._named, (name, plain(name), _turned(name)), strict=True):
            if key and key in keys:
                return keys[key]
        return ()

    def nearest(self, name: str, likeness: float = 0.75) -> str | None:
        """Return the name that is spelt most like ``name``; ``None``: none is near, or too many were asked for already.

        Cost: linear.
        """
        if self._compared > _MOST_COMPARED:
            return None
        self._compared += len(self._by_words)
        found = nearest(_turned(name), self._by_words, likeness)
        return None if found is None else self._by_words[found]

    def id_of(self, name: str) -> str:
        """Return the id of exactly this name."""
        return self._names[name]


def means_nobody(text: str) -> bool:
    """Return whether a cell for a name says that there is none: ``-``, ``aucun``, ``n/a``."""
    return plain(text) in _NOBODY


def names_in(text: str, known: Callable[[str], bool]) -> list[str]:
    """Return the names in a cell: one, or several by lines, semicolons, or commas where no name holds them."""
    text = text.strip()
    if known(text):
        return [text]
    for separator in ("\n", ";", ",", "/", "|"):
        parts = [_NUMBERED.sub("", part).strip() for part in text.split(separator)]
        parts = [part for part in parts if part]
        if len(parts) > 1 and (separator in "\n;" or any(map(known, parts))):
            return parts
    bare = _NUMBERED.sub("", text).strip()
    if "," in text and not known(bare):
        return [part.strip() for part in text.split(",") if part.strip()]
    return [bare] if bare else []
