"""What organisers ask in the registration form besides, and what was answered.

``Event.questions`` holds a list of ``{"id", "kind", "fr", "en", "required", "choices"}``, ``Registration.answers`` what
was answered by id: a text, a number, or the first wording of a choice, which says itself when the choice is no more.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Fault, Faults
from web.domain.event.events import locked, touch
from web.domain.event.resources import NeedsConfirmation
from web.models import Event, Registration

MOST_QUESTIONS, MOST_CHOICES = 20, 30
LONGEST_ANSWER = 300
_NUMBER = re.compile(r"-?\d{1,9}(?:[.,]\d{1,4})?")


class QuestionKind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. `choices`: each in French and in English; a wording that is missing is the other one's."""

    id: str = ""
    kind: str = QuestionKind.TEXT
    fr: str = ""
    en: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    def said(self, language: str) -> str:
        """The question in `language`."""
        return (self.en if language.startswith("en") else self.fr) or self.fr or self.en

    def options(self, language: str) -> list[tuple[str, str]]:
        """What is kept of each choice, and what it is called."""
        english = language.startswith("en")
        return [(fr or en, (en if english else fr) or fr or en) for fr, en in self.choices]


def questions_of(event: Event) -> list[Question]:
    """The questions of `event` in their order."""
    return [
        Question(**{**one, "choices": tuple((fr, en) for fr, en in one.get("choices", ()))}) for one in event.questions
    ]


def number_in(text: str) -> int | float | None:
    """The number that `text` is, as an answer has it."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def answers_in_words(event: Event, answers: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Each question that was answered, and the answer, in `language`."""
    found = []
    for question in questions_of(event):
        answer = answers.get(question.id)
        if answer is not None and answer != "":
            said = answer if isinstance(answer, str) else format_decimal(answer, "0.####", locale=language)
            text = dict(question.options(language)).get(str(answer), said)
            found.append((question.said(language), text))
    return found


@retried
def save_questions(
    session: Session, event: Event, rows: Sequence[Question], *, version: int, confirmed: bool, actor: Actor
) -> None:
    """Make `rows` the event's questions; the answers to those left out go with them.

    Raises `Faults` (``questions/<number>``), `StaleDataError`, and `NeedsConfirmation` where answers would go.
    Locks the event's row. Cost: the registrations of the event, where a question goes.
    """
    _check(rows)
    with write(session):
        locked(session, event, version)
        known = {one.id: one for one in questions_of(event)}
        if any(row.id and row.id not in known for row in rows):
            raise Faults([Fault("questions", _("A question of this page does not exist any more: reload it."))])
        gone = [one for one in known.values() if one.id not in {row.id for row in rows}]
        answered = _answered(session, event) if gone else []
        effects = [_effect(one, count) for one in gone if (count := sum(one.id in row.answers for row in answered))]
        if effects and not confirmed:
            raise NeedsConfirmation(effects)
        dropped = {one.id for one in gone}
        for one in answered:
            if dropped & one.answers.keys():
                one.answers = {id: answer for id, answer in one.answers.items() if id not in dropped}
        event.questions = _numbered(rows, known)
        touch(event)
        record(session, actor, "event.questions", event_id=event.id, questions=len(rows))


def _numbered(rows: Sequence[Question], known: Mapping[str, Question]) -> list[dict[str, Any]]:
    """The rows as they are kept, each new one with an id that none has or had just now."""
    last = max((int(id[1:]) for id in known if id[1:].isdecimal()), default=0)
    found = []
    for row in rows:
        kept = asdict(row)
        if not row.id:
            last += 1
            kept["id"] = f"q{last}"
        kept["choices"] = [list(one) for one in row.choices]
        found.append(kept)
    return found


def _answered(session: Session, event: Event) -> Sequence[Registration]:
    rows = session.scalars(select(Registration).where(Registration.event_id == event.id).order_by(Registration.id))
    return [one for one in rows if one.answers]


def _effect(question: Question, count: int) -> str:
    name = question.fr or question.en
    return ngettext(
        "“%(question)s” was answered by %(num)d participant: the answer goes with the question.",
        "“%(question)s” was answered by %(num)d participants: the answers go with the question.",
        count,
        question=name,
    )


def _check(rows: Sequence[Question]) -> None:
    faults = []
    for number, row in enumerate(rows):
        if not (row.fr or row.en):
            faults.append(Fault(f"questions/{number}", _("Write the question.")))
        if row.kind == QuestionKind.CHOICE and not 2 <= len(dict(row.options("fr"))) <= MOST_CHOICES:
            faults.append(
                Fault(f"questions/{number}", _("Give from 2 to %(most)d different choices.", most=MOST_CHOICES))
            )
    if len(rows) > MOST_QUESTIONS:
        faults.append(Fault("questions", _("At most %(most)d questions, please.", most=MOST_QUESTIONS)))
    if faults:
        raise Faults(faults)
