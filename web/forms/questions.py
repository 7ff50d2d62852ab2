"""The organisers' own questions, as they are set up."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from web.domain.errors import Faults
from web.domain.event.questions import MOST_QUESTIONS, Question, QuestionKind, questions_of
from web.forms.numbers import Between
from web.forms.registration import printable
from web.forms.translated import TranslatedForm
from web.models import Event


class QuestionForm(Form):
    id = HiddenField()
    fr = StringField(_l("In French"), [Length(max=200)])
    en = StringField(_l("In English"), [Length(max=200)])
    kind = SelectField(_l("Answered by"))
    required = BooleanField(_l("An answer is required"))
    choices = TextAreaField(_l("Choices"), [Length(max=4000)])
    order = IntegerField(_l("Place in the list"), [Optional(), Between(1, 99, _l("Enter a number from 1 to 99."))])
    remove = BooleanField(_l("Remove"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            (QuestionKind.TEXT.value, _("a few words")),
            (QuestionKind.CHOICE.value, _("one of several choices")),
            (QuestionKind.NUMBER.value, _("a number")),
        ]

    def is_filled(self) -> bool:
        return bool((self.fr.data or "").strip() or (self.en.data or "").strip() or (self.choices.data or "").strip())

    def question(self) -> Question:
        """What the row says. A line of the choices is a choice, its English after a bar."""
        lines = [line.partition("|") for line in _clean(self.choices.data, keep_lines=True).split("\n") if line.strip()]
        return Question(
            id=self.id.data or "",
            kind=self.kind.data or QuestionKind.TEXT.value,
            fr=_clean(self.fr.data),
            en=_clean(self.en.data),
            required=bool(self.required.data),
            choices=tuple((" ".join(fr.split()), " ".join(en.split())) for fr, _bar, en in lines)
            if self.kind.data == QuestionKind.CHOICE
            else (),
        )


def _clean(text: str | None, *, keep_lines: bool = False) -> str:
    cleaned = printable(text)
    return cleaned if keep_lines else " ".join(cleaned.split())


class QuestionsForm(TranslatedForm):
    version = HiddenField()
    questions = FieldList(FormField(QuestionForm), max_entries=MOST_QUESTIONS + 1)
    new = FieldList(FormField(QuestionForm), min_entries=1, max_entries=3)

    def __init__(self, event: Event) -> None:
        super().__init__(
            data={
                "version": event.version,
                "questions": [
                    {
                        "id": one.id,
                        "fr": one.fr,
                        "en": one.en,
                        "kind": one.kind,
                        "required": one.required,
                        "choices": "\n".join(" | ".join(filter(None, pair)) for pair in one.choices),
                        "order": number,
                    }
                    for number, one in enumerate(questions_of(event), 1)
                ],
            }
        )

    def kept_rows(self) -> list[Any]:
        """The rows that stay, in the order that their numbers say; one without a number stands last."""
        rows = [row for row in self.questions if not row.form.remove.data]
        rows += [row for row in self.new if row.form.is_filled()]
        return sorted(rows, key=lambda row: row.form.order.data or 100)

    def rows(self) -> list[Question]:
        return [row.form.question() for row in self.kept_rows()]

    def show(self, faults: Faults) -> None:
        """Put each fault beside its row; those of the whole list stand above."""
        rows = self.kept_rows()
        for fault in faults.faults:
            number = fault.path.partition("/")[2]
            if number.isdecimal() and int(number) < len(rows):
                cell = rows[int(number)].form.fr
                cell.errors = [*cell.errors, fault.message]
            else:
                self.form_errors.append(fault.message)
