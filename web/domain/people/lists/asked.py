"""What is answered to the organisers' own questions, as the cells of a list have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from web.config import LOCALES
from web.domain.event.questions import LONGEST_ANSWER, Question, QuestionKind, number_in, questions_of
from web.domain.people.lists.matching import PREFIX
from web.domain.people.lists.words import Terms
from web.domain.text import one_line
from web.models import Event, Registration

# So many answers are named where none is near.
_NAMED = 6
# Letters by which an answer is known.
_LONGEST = 300
# For so many that are none the nearest one is looked for: a column with more is another one.
_MOST_TRIED = 200

Answer = str | int | float


@dataclass(frozen=True)
class Choices:
    """The answers that a question leaves to choose from, as a cell names them in `language`."""

    question: Question
    language: str
    # What was looked for so far.
    tried: dict[str, str] = field(default_factory=dict)

    def code(self, text: str) -> str | None:
        """What is kept of the answer that `text` names, if that is certain: by its letters, else nearly so."""
        found = next((codes[text] for codes in self._exact if text in codes), None)
        return found or (self._terms.code(text) if len(text) <= _LONGEST else None)

    def cell(self, code: str) -> str:
        """The answer as a cell from which `code` gives it back; one that is no more says itself."""
        written = [self._named[code], code, self._pairs.get(code, code)] if code in self._named else [code]
        return next((text for text in written if self.code(text) == code), code)

    def fault(self, text: str) -> str:
        """Why `text` is no answer, with the nearest one."""
        text = text[:_LONGEST]
        if text not in self.tried and len(self.tried) < _MOST_TRIED:
            self.tried[text] = self._terms.nearest(text)
        nearest = self.tried.get(text)
        return self._fault_near(text, nearest) if nearest else self._fault % {"text": text[:60]}

    def _fault_near(self, text: str, nearest: str) -> str:
        return _(
            "“%(text)s” is none of the answers; the nearest one is “%(nearest)s”.",
            text=text[:60],
            nearest=self._named[nearest],
        )

    @cached_property
    def _fault(self) -> str:
        """Why a text is no answer, to be filled in: it may be said of a hundred thousand cells."""
        names = list(self._named.values())
        answers = ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
        sentence = _("“%(text)s” is none of the answers: %(answers)s.", text="\0", answers=answers)
        return sentence.replace("%", "%%").replace("\0", "%(text)s")

    @cached_property
    def _named(self) -> dict[str, str]:
        return dict(self.question.options(self.language))

    @cached_property
    def _pairs(self) -> dict[str, str]:
        return {fr or en: f"{fr} | {en}" for fr, en in self.question.choices}

    @cached_property
    def _exact(self) -> list[Mapping[str, str]]:
        """By the letters alone, what a text means: in the language of the list, as it is kept, in the other one."""
        said = [self.question.options(one) for one in (self.language, *LOCALES)]
        kept = [(code, code) for code in self._named]
        pairs = list(self._pairs.items())
        return [_certain((name, code) for code, name in one) for one in (said[0], kept, *said[1:], pairs)]

    @cached_property
    def _terms(self) -> Terms:
        options = [option for one in LOCALES for option in self.question.options(one)]
        return Terms.of(list(self._named.items()), [(text, code) for code, name in options for text in (name, code)])


def _certain(written: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Texts with what each means; one that means several is left out."""
    found: dict[str, set[str]] = {}
    for text, code in written:
        found.setdefault(text, set()).add(code)
    return {text: codes.pop() for text, codes in found.items() if len(codes) == 1}


@dataclass(frozen=True)
class Asked:
    """The questions of an event by the names of their columns."""

    questions: Mapping[str, Question]
    choices: Mapping[str, Choices]

    @classmethod
    def of(cls, event: Event, language: str) -> "Asked":
        """Those that `event` asks, their answers named in `language`."""
        questions = {f"{PREFIX}{one.id}": one for one in questions_of(event)}
        return cls(questions, {name: Choices(one, language) for name, one in questions.items()})

    def read(self, name: str, text: str) -> Answer:
        """What a cell answers, by the rules of the form. Raises `ValueError` with a sentence."""
        question, text = self.questions[name], text.strip()
        match question.kind:
            case QuestionKind.CHOICE:
                code = self.choices[name].code(text)
                if code is None:
                    raise ValueError(self.choices[name].fault(text))
                return code
            case QuestionKind.NUMBER:
                number = number_in(text)
                if number is None:
                    raise ValueError(
                        _("“%(text)s” is no number: at most nine digits, and four decimals.", text=text[:30])
                    )
                return number
        if len(text) > LONGEST_ANSWER:
            raise ValueError(
                _(
                    "“%(text)s…” is too long: %(found)d characters of at most %(most)d.",
                    text=text[:30],
                    found=len(text),
                    most=LONGEST_ANSWER,
                )
            )
        return text

    def cell(self, name: str, answer: Any) -> Answer:
        """An answer as a cell from which `read` gives the same again."""
        if self.questions[name].kind == QuestionKind.NUMBER and isinstance(answer, int | float):
            return answer
        return self.choices[name].cell(str(answer)) if self.questions[name].kind == QuestionKind.CHOICE else str(answer)


def held_answer(one: Registration, name: str) -> Any:
    """What `one` has answered to the question of the column `name`; an empty text where nothing."""
    answer = one.answers.get(name.removeprefix(PREFIX))
    return "" if answer is None else answer


def same_answer(old: Any, new: Any) -> bool:
    """Whether `old`, which may be of before a question was asked for otherwise, goes out and comes in as `new`."""
    if isinstance(new, str):
        return one_line(str(old)) == one_line(new)
    return bool((number_in(old.strip()) if isinstance(old, str) else old) == new)


def with_answers(values: Mapping[str, Any], known: Registration | None) -> dict[str, Any]:
    """`values` as columns of a registration: the answers among them beside those that `known` has given already."""
    columns = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
    said = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    if said:
        columns["answers"] = {**(known.answers if known is not None else {}), **said}
    return columns
