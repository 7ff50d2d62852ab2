"""When two names are one organisation's, typed twice: a word order, a legal form, an acronym, a slip of the keys.

Names of one sort differ in one word and mean two (“Parents d’élèves de Vitry”, “… d’Ivry”): a word that differs is a
slip only where it is long, begins alike and holds no digit, and more strictly so where it may name a place.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from web.domain.text import folded

_SMALL = frozenset(
    ["l", "le", "la", "les", "d", "de", "du", "des", "un", "une", "et", "en", "a", "au", "aux", "sur", "the"]
)
# What an organisation is by law: some write it, some do not.
_FORMS = frozenset(["association", "assoc", "asso", "ass", "sarl", "sas", "sasu", "eurl", "scop", "scic", "snc", "ltd"])
_BEFORE_A_PLACE = frozenset(["d", "de", "du", "des", "a", "au", "aux", "en", "sur"])
# How many letters two names may differ in.
_MOST_SLIPS = 2
# So many names are compared with all others in one go: a table of bytes. Few, so that those which have been tried often
# enough by then are soon left out.
_ROWS = 64
# Of the names that one is like, so many are told, the first ones: in a list of five thousand rows of one name there are
# twelve million pairs, and nobody to read them.
MOST_NEAR = 5
# Each is looked at more closely, by so many of its letters, beside so many that it differs from in few of the first
# ones: as many as a machine's word has bits, for these are compared several times as fast as one more.
_MOST_TRIED, _LONGEST, _FIRST = 40, 120, 64


@dataclass(frozen=True)
class Name:
    """A name as it is compared.

    `words` in order: folded, singular, without articles, legal forms and an acronym of the rest. `places`: the numbers
    of those that follow “de” or the like. `initials`: by which acronyms it may go.
    """

    words: tuple[str, ...]
    places: frozenset[int]
    initials: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Name":
        """The name in `text`, of which the first `_LONGEST` letters count. Cost: linear."""
        written = _spelled_out(folded(text[:_LONGEST]).split())
        said = [i for i, word in enumerate(written) if word not in _SMALL]
        kept = [i for i in said if written[i] not in _FORMS] or said or list(range(len(written)))
        short = {i for i in kept if len(kept) > 1 and written[i] in _initials(written, said, kept, without=i)}
        kept = [i for i in kept if i not in short]
        places = frozenset(number for number, i in enumerate(kept) if i and written[i - 1] in _BEFORE_A_PLACE)
        words = tuple(_singular(written[i]) for i in kept)
        return cls(words, places, _initials(written, said, kept))


def _initials(written: Sequence[str], *which: Sequence[int], without: int = -1) -> frozenset[str]:
    found = ("".join(written[i][0] for i in numbers if i != without) for numbers in which)
    return frozenset(letters for letters in found if len(letters) > 2)


def _spelled_out(words: Sequence[str]) -> list[str]:
    """`words` with letters that stand alone, one after the other, as one word: A.P.E.M. is APEM."""
    found: list[str] = []
    letters = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            letters += word
            continue
        found += [letters] if len(letters) > 2 else list(letters)
        letters = ""
        found += [word] if word else []
    return found


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def is_within(one: Name, other: Name) -> bool:
    """Whether all words of one of the two names stand in the other."""
    smaller, larger = sorted((set(one.words), set(other.words)), key=len)
    return bool(smaller) and smaller <= larger


def alike(names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """The pairs of places (a < b) in `names` where the same organisation stands, each once; where many do, each with
    the first few of them, so that all hang together.

    Cost: with n names, n² comparisons of a few dozen nanoseconds, and n²/10 bytes at 5,000; for each name besides a few
    dozen closer ones.
    """
    found = {*_in_one_way(names), *_with_slips(names)}
    yield from sorted(found)


def _in_one_way(names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    """Pairs whose words are the same in some order, or the same when written as one, or an acronym and its words."""
    rooms: dict[Hashable, set[int]] = defaultdict(set)
    for place, name in enumerate(names):
        rooms[tuple(sorted(name.words))].add(place)
        rooms["".join(name.words)].add(place)
    for places in map(sorted, rooms.values()):
        yield from ((a, b) for number, b in enumerate(places) for a in places[: min(number, MOST_NEAR)])
    acronyms: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        for letters in name.initials:
            acronyms[letters].append(place)
    for place, name in enumerate(names):
        if len(name.words) == 1 and len(name.words[0]) > 3:
            others = (other for other in acronyms[name.words[0]] if other != place)
            yield from ((min(place, other), max(place, other)) for other in islice(others, MOST_NEAR))


def _with_slips(names: Sequence[Name]) -> Iterator[tuple[int, int]]:
    written = ["".join(name.words)[:_FIRST] for name in names]
    # By how many names before it each was tried, and is told to be near.
    tried, told = np.zeros(len(written), dtype=np.int64), np.zeros(len(written), dtype=np.int64)
    for first in range(0, len(written), _ROWS):
        columns = first + np.flatnonzero(tried[first:] < _MOST_TRIED)
        rows, others = written[first : first + _ROWS], [written[column] for column in columns]
        table = cdist(rows, others, scorer=OSA.distance, score_cutoff=_MOST_SLIPS, dtype=np.uint8)
        # Each with those before it; who has the same letters is found without.
        near = (table <= _MOST_SLIPS) & (table > 0) & (columns > np.arange(first, first + len(rows))[:, np.newaxis])
        near &= np.cumsum(near, axis=0) + tried[columns] <= _MOST_TRIED
        tried[columns] += near.sum(axis=0)
        for row, column in np.argwhere(near):
            a, b = int(first + row), int(columns[column])
            if told[b] < MOST_NEAR and _is_slip(names[a], names[b]):
                told[b] += 1
                yield a, b


def _is_slip(one: Name, other: Name) -> bool:
    if len(one.words) != len(other.words):
        return False
    differing = [(a, b, i) for i, (a, b) in enumerate(zip(one.words, other.words, strict=True)) if a != b]
    return all(_is_slip_of_a_word(a, b, place=i in one.places | other.places) for a, b, i in differing)


def _is_slip_of_a_word(a: str, b: str, *, place: bool) -> bool:
    """Whether somebody who meant one of the words may have typed the other."""
    shorter = min(len(a), len(b))
    if a[:1] != b[:1] or not (a.isalpha() and b.isalpha()):
        return False
    # One doubled, left out or out of turn; another letter makes another name of it more often (Fontenay, Fontenoy).
    kept = len(a) != len(b) or sorted(a) == sorted(b)
    if place:
        return kept and shorter > 6 and OSA.distance(a, b, score_cutoff=1) == 1
    least = 6 if kept else 8
    return shorter >= least and OSA.distance(a, b, score_cutoff=_MOST_SLIPS) <= (2 if shorter > 9 else 1)


def groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Those whom `pairs` tie together, directly or by others, each group in order."""
    of: dict[int, list[int]] = {}
    for a, b in pairs:
        one, other = of.setdefault(a, [a]), of.setdefault(b, [b])
        if one is not other:
            smaller, larger = sorted((one, other), key=len)
            larger += smaller
            of.update(dict.fromkeys(smaller, larger))
    return sorted({id(group): sorted(group) for group in of.values()}.values())
