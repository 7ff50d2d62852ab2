"""A row of a list as what it says of a participant: values of columns, words that the event does not have, faults."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from scheduler.format.interchange.cells import Misread, read_flag
from web.domain.errors import Fault, Faults
from web.domain.event.sheets import SentSheet
from web.domain.people.lists.absent import NoHours, read
from web.domain.people.lists.asked import Asked, held_answer
from web.domain.people.lists.beside import lines_in_cell, misplaced
from web.domain.people.lists.matching import PREFIX, Field, Matching
from web.domain.people.lists.words import Words
from web.domain.text import has_link, one_line
from web.models import PROJECT_LIMIT, Event, Registration

# Different words in the cells of needs, offers, themes and the like: an event has a few hundred. A column of something
# else, taken for one of these, has as many as it has rows.
MOST_WORDS = 2_000
# Letters of a word that is asked for, and of a text that is looked up as a whole before it is taken apart.
_LONGEST_WORD = 200
# As the forms have them.
MOST_NAME, MOST_DELEGATES, MOST_TICKS = 120, 9, 60
MOST_MEETINGS, MOST_POINTS = 200, 1_000
# Words of a cell that are read, some of them twice over.
_MOST_SAID = MOST_TICKS + 20
_TOPICS = {"needs": "items", "offers": "items", "themes": "themes", "requires": "features", "zone": "zones"}
_TOPICS |= {"kind": "kinds", "size": "sizes", "needs_lines": "items", "offers_lines": "items"}
_TOPICS |= {"home_table_id": "tables"}
# How many work for a firm of each size, at most.
_STAFF = ((10, "tpe"), (250, "pme"), (5_000, "eti"))
_LISTS = ("needs", "offers", "themes", "requires")
_LANGUAGES = {"fr": "fr", "français": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en"}
_LANGUAGES |= {"english": "en", "f": "fr", "fra": "fr", "eng": "en"}
_SPACES = re.compile(r"[^\S\n]+")
_COMMAS = re.compile(r"\s?[,/]\s|\s?,\s?")
# One after the other part no words.
_MARK = re.compile(r"[;\n|•][;\n|•\s]*")
_QUOTED = re.compile(r'\s?"((?:[^"]|"")*)"\s?(?:[;\n|•][;\n|•\s]*|$)')


@dataclass
class Draft:
    """What row `number` says.

    `values`: columns of a registration, those with an empty cell left out; `unknown`: words that the event does not
    have, by topic; `faults`: the field, what stands in its cell, and a sentence.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    name: str = ""
    # By which reference of the contact list the participant is known, where it says one.
    key: str = ""
    # How far they have come, as the cell has it: a list changes nothing of that.
    status: str = ""

    @property
    def undecided(self) -> bool:
        return any(self.unknown.values())


@dataclass(frozen=True)
class Reader:
    """How the rows of a list are read into `event`. `meanings`: of words it does not have, by topic; "": left out."""

    event: Event
    words: Words
    asked: Asked
    matching: Matching
    meanings: Mapping[str, Mapping[str, str]]
    # What the words of the list mean, each looked for once.
    looked_up: dict[tuple[str, str], str | None] = field(default_factory=dict)
    # Which texts, in which several words may stand, are one.
    known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def drafts(self, sheet: SentSheet) -> list[Draft]:
        """The rows below the headings. Cost: linear.

        Raises `Faults` for a list of more than `MOST_WORDS` different words.
        """
        unreadable = set(sheet.unreadable)
        width = max(self.matching.columns, default=-1) + 1
        return [
            self._draft(number, [*cells, *[""] * (width - len(cells))], unreadable)
            for number, cells in sheet.rows[self.matching.head + 1 :]
            if any(cells[place : place + 1] != [""] for place in self.matching.columns if place < len(cells))
        ]

    def _draft(self, number: int, cells: Sequence[str], unreadable: set[tuple[int, int]]) -> Draft:
        draft = Draft(number)
        texts: dict[str, list[str]] = {}
        for place, name in sorted(self.matching.columns.items()):
            if name.startswith(PREFIX) and name not in self.asked.questions:
                # Of a question that is asked no more.
                continue
            if (number, place) in unreadable:
                draft.faults.append((name, "", _("the cell holds an error, or a formula without its result.")))
            elif cells[place]:
                texts.setdefault(name, []).append(cells[place])
        _join_contact(texts)
        draft.key = " ".join(texts.pop("key", []))
        draft.status = " ".join(texts.pop("status", []))
        for name, said in texts.items():
            self._read(draft, name, said)
        draft.name = draft.values.get("name", "")
        if "kind" not in draft.values and not draft.unknown.get("kinds") and self.matching.kind:
            draft.values.setdefault("kind", self.matching.kind)
        return draft

    def _read(self, draft: Draft, name: str, said: list[str]) -> None:
        text = said[0]
        try:
            match name:
                case "needs" | "offers" | "themes" | "requires":
                    # A cell in which nothing is left says as little as an empty one.
                    if codes := self._codes(draft, name, said):
                        draft.values[name] = codes
                case "needs_lines" | "offers_lines":
                    if lines := self._lines(draft, name, said):
                        draft.values[name] = lines
                case "absences":
                    draft.values[name] = [one for each in said for one in read(each, self.event)]
                case "kind" | "zone" | "size":
                    code = self._size(text) if name == "size" and text.isdecimal() else self._code(draft, name, text)
                    if code:
                        draft.values[name] = code
                case "home_table_id":
                    if code := self._code(draft, name, text):
                        draft.values[name] = int(code)
                case _ if name in self.asked.questions:
                    draft.values[name] = self.asked.read(name, text)
                case _:
                    draft.values[name] = _READERS[name](text)
        except NoHours:
            sentence = _(
                "“%(text)s” names no hours: write them as 18/03/2027 14:00 – 15:30, or 14:00 – 15:30.", text=text[:60]
            )
            draft.faults.append((name, text, sentence))
        except ValueError as fault:
            draft.faults.append((name, text, str(fault)))
        else:
            if name in _LISTS and len(draft.values.get(name, ())) > MOST_TICKS:
                draft.faults.append((name, "", _("at most %(most)d of them.", most=MOST_TICKS)))

    def _size(self, text: str) -> str:
        return next((code for most, code in _STAFF if int(text[:9]) < most), "large")

    def _codes(self, draft: Draft, name: str, said: Iterable[str]) -> list[str]:
        found: list[str] = []
        for text in said:
            for word, is_whole in _items(_SPACES.sub(" ", text)):
                parts = [word] if is_whole or self._is_known(name, word) else _COMMAS.split(word, _MOST_SAID)
                found += [self._code(draft, name, part) for part in parts if part.strip(" .-–")]
                if len(found) > _MOST_SAID:
                    # Whatever they are.
                    raise ValueError(_("at most %(most)d of them.", most=MOST_TICKS))
        return list(dict.fromkeys(filter(None, found)))

    def _lines(self, draft: Draft, name: str, said: Iterable[str]) -> dict[str, str]:
        """What is written beside each need or offer. Raises `ValueError`."""
        found: dict[str, str] = {}
        text = "\n".join(said)
        if text.count("\n") > _MOST_SAID:
            raise ValueError(_("at most %(most)d of them.", most=MOST_TICKS))
        for word, line in lines_in_cell(text, lambda word: self._is_known(name, word)):
            code = self._code(draft, name, word)
            if code and line and found.setdefault(code, line) != line:
                raise ValueError(_("“%(text)s” has two lines: one can be kept.", text=word[:60]))
        return found

    def _code(self, draft: Draft, name: str, word: str) -> str:
        """What `word` means; empty where nothing certain, or where it is left out."""
        topic = _TOPICS[name]
        code = self._meaning(topic, word)
        if code is not None:
            return code
        word = word.strip()[:_LONGEST_WORD]
        if word in self.meanings.get(topic, {}):
            return self.meanings[topic][word]
        draft.unknown.setdefault(topic, []).append(word)
        return ""

    def _is_known(self, name: str, text: str) -> bool:
        """Whether all of `text`, in which several words may stand, is one that the event has."""
        key = _TOPICS[name], text
        if key not in self.known:
            self.known[key] = len(text) <= _LONGEST_WORD and self.words[key[0]].code(text) is not None
        return self.known[key]

    def _meaning(self, topic: str, word: str) -> str | None:
        """What the event has for `word`. Raises `Faults` where the list has too many."""
        key = topic, word
        if key not in self.looked_up:
            if len(self.looked_up) == MOST_WORDS:
                sentence = _(
                    "In the columns of needs, offers, themes and the like stand more than %(most)d different words: "
                    "leave out those that hold something else.",
                    most=MOST_WORDS,
                )
                raise Faults([Fault("columns", sentence)])
            self.looked_up[key] = self.words[topic].code(word)
        return self.looked_up[key]


def _join_contact(texts: dict[str, list[str]]) -> None:
    """First and last name in two columns are one contact."""
    first, last = texts.pop("first_name", []), texts.pop("last_name", [])
    if first or last:
        texts["contact_name"] = [" ".join([*first, *(last or texts.get("contact_name", []))])]


def _items(text: str) -> Iterator[tuple[str, bool]]:
    """The items of a cell, and whether each stood in quotes: what is quoted is one word whatever it holds."""
    at = 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted:
            yield quoted[1].replace('""', '"').strip(), True
            at = quoted.end()
            continue
        mark = _MARK.search(text, at)
        if word := text[at : mark.start() if mark else None].strip():
            yield word, False
        at = mark.end() if mark else len(text)


def item_cell(names: Iterable[str]) -> str:
    """`names` as a cell that `Reader` takes apart again."""
    plain = re.compile(r'[;\n|•"/,]')
    return "; ".join('"' + name.replace('"', '""') + '"' if plain.search(name) else name for name in names)


def _within(most: int, text: str) -> str:
    if len(text) > most:
        raise ValueError(
            _(
                "“%(text)s…” is too long: %(found)d characters of at most %(most)d.",
                text=text[:30],
                found=len(text),
                most=most,
            )
        )
    return text


def _name(text: str) -> str:
    return _within(MOST_NAME, one_line(text))


def _email(text: str) -> str:
    text = _within(254, text.strip().removeprefix("mailto:").strip("<>").lower())
    try:
        return _within(254, validate_email(text, check_deliverability=False).normalized.lower())
    except EmailNotValidError:
        raise ValueError(
            _("“%(text)s” is not an e-mail address: it looks like name@example.org.", text=text[:60])
        ) from None


def _phone(text: str) -> str:
    # A spreadsheet takes the zero in front of a number away.
    text = one_line(text)
    return _within(40, f"0{text}" if re.fullmatch(r"[1-9]\d{8}", text) else text)


def _website(text: str) -> str:
    text = text.strip()
    if not re.match(r"https?://", text):
        text = f"https://{text}"
    text = _within(300, text)
    if not re.fullmatch(r"https?://\S+\.\S+", text):
        raise ValueError(_("“%(text)s” is not the address of a website.", text=text[:60]))
    return text


def _siren(text: str) -> str:
    digits = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"\d{9}|\d{14}", digits):
        raise ValueError(_("“%(text)s”: a SIREN number has nine digits, a SIRET number fourteen.", text=text[:60]))
    return digits[:9]


def _delegates(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= MOST_DELEGATES:
        raise ValueError(
            _("“%(text)s” is no number of people from 1 to %(most)d.", text=text[:30], most=MOST_DELEGATES)
        )
    return int(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[-+]?\d{1,6}", text, re.ASCII) or not least <= int(text) <= most:
            values = {"text": text[:30], "least": least, "most": most}
            raise ValueError(_("“%(text)s” is no whole number from %(least)d to %(most)d.", **values))
        return int(text)

    return read


def _flag(text: str) -> bool:
    try:
        return bool(read_flag(text))
    except Misread:
        raise ValueError(_("“%(text)s” is neither yes nor no.", text=text[:30])) from None


def _language(text: str) -> str:
    code = _LANGUAGES.get(text.casefold())
    if code is None:
        raise ValueError(_("“%(text)s” is neither French nor English.", text=text[:30]))
    return code


def same_text(name: str, old: Any, new: Any) -> bool:
    """Whether `old`, written into a cell and read again, is `new`, which was read."""
    if old == new:
        return True
    if name not in _READERS or not isinstance(old, str) or not old:
        return bool((old or "") == (new or "")) if isinstance(new, str) else bool(old == new)
    try:
        return bool(_READERS[name](old) == new)
    except ValueError:
        return False


_READERS: Mapping[str, Callable[[str], Any]] = {
    "name": _name,
    "contact_name": lambda text: _within(120, one_line(text)),
    "email": _email,
    "phone": _phone,
    "website": _website,
    "siren": _siren,
    "project": lambda text: _within(PROJECT_LIMIT, text.strip()),
    "delegates": _delegates,
    "remote": _flag,
    "accessibility": lambda text: _within(300, one_line(text)),
    "needs_facilitator": _flag,
    "publish_name": _flag,
    "publish_contact": _flag,
    "min_meetings": _whole(0, MOST_MEETINGS),
    "max_meetings": _whole(0, MOST_MEETINGS),
    "boost": _whole(-MOST_POINTS, MOST_POINTS),
    "language": _language,
}


def _is_held(known: Registration | None, name: str, text: str) -> bool:
    """Whether `text` is what `known` has already, which was let in: it goes out and comes in as it is."""
    if known is None or not text:
        return False
    held = held_answer(known, name) if name.startswith(PREFIX) else getattr(known, name, "")
    return one_line(str(held)) == one_line(text)


def faults_of(draft: Draft, event: Event, known: Registration | None, fields: Mapping[str, Field]) -> list[str]:
    """What is wrong with a row as a participant of `event`: a new one, or the changed `known` one."""
    values = draft.values
    told = [(name, sentence) for name, text, sentence in draft.faults if not _is_held(known, name, text)]
    if not draft.undecided:
        told += misplaced(values, known)
    colon = _(": ")
    faults = [f"{fields[name].label}{colon}{sentence}" for name, sentence in told]
    if known is None and not draft.name:
        faults.append(_("The name of the organisation is missing."))
    if known is None and "kind" not in values and not draft.unknown.get("kinds"):
        faults.append(_("It does not say whether this is an association or a company."))
    for name in ("name", "contact_name"):
        if name in values and has_link(values[name]) and (known is None or getattr(known, name) != values[name]):
            sentence = _("write “%(text)s” without a web or e-mail address.", text=values[name][:60])
            faults.append(f"{fields[name].label}{colon}{sentence}")
    fewest, most = (values.get(name, getattr(known, name, None)) for name in ("min_meetings", "max_meetings"))
    if {"min_meetings", "max_meetings"} & values.keys() and most is not None and most < (fewest or 0):
        sentence = _(
            "At least %(fewest)d meetings and at most %(most)d: one of the two is wrong.", fewest=fewest, most=most
        )
        faults.append(sentence)
    if values.get("remote") and not event.online_offered and not (known is not None and known.remote):
        faults.append(_("This event offers nobody to take part online."))
    return faults
