"""What is answered to the organisers' own questions in the registration form."""

from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError

from web.domain.event.questions import LONGEST_ANSWER, Question, QuestionKind, number_in


class AnswersField(Field):
    """What is answered to `questions`, by id. The answer to ``q1`` is sent as ``<name of the field>.q1``."""

    questions: list[Question]
    language: str

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        self.data: dict[str, Any] = dict(data or {})
        prefix = f"{self.name}."
        if formdata:
            self.data = {key[len(prefix) :]: formdata.get(key) for key in formdata if key.startswith(prefix)}

    def ask(self, questions: list[Question], language: str) -> None:
        """Say which questions there are; what was sent is read as their answers, and nothing else is kept."""
        self.questions, self.language = questions, language
        self.data = {one.id: self._read(one) for one in questions if self._read(one) != ""}

    def _read(self, question: Question) -> Any:
        answer = self.data.get(question.id, "")
        for one in self.filters:
            answer = one(answer) if isinstance(answer, str) else answer
        text = str(answer if answer is not None else "").strip()
        number = number_in(text) if question.kind == QuestionKind.NUMBER else None
        return text if number is None else number

    def fault_of(self, question: Question) -> str:
        """What is wrong with the answer to `question`; empty where nothing is."""
        answer = self.data.get(question.id, "")
        if answer == "":
            return _("Answer this question.") if question.required else ""
        if question.kind == QuestionKind.NUMBER and isinstance(answer, str):
            return _("Enter a number.")
        if question.kind == QuestionKind.CHOICE and answer not in dict(question.options(self.language)):
            return _("Choose one of the answers.")
        if isinstance(answer, str) and len(answer) > LONGEST_ANSWER:
            return _("This is too long: at most %(max)d characters.", max=LONGEST_ANSWER)
        return ""

    def check(self) -> None:
        """Raise `ValidationError` with all that is wrong, each with its question."""
        faults = [(one.said(self.language), self.fault_of(one)) for one in self.questions]
        if told := [
            _("%(question)s: %(fault)s", question=question, fault=fault) for question, fault in faults if fault
        ]:
            raise ValidationError(" ".join(told))

    def name_of(self, question: Question) -> str:
        return f"{self.name}.{question.id}"

    def id_of(self, question: Question) -> str:
        return f"{self.id}-{question.id}"
