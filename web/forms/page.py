"""What an organiser has the public page say, in each language."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from web.config import LOCALES
from web.domain.event.page import TEXTS, faulty_lines, texts_of
from web.forms.fields import long_text
from web.forms.translated import TranslatedForm
from web.models import Event


def _programme_lines(_form: TranslatedForm, field: Field) -> None:
    faulty = faulty_lines(field.data or "")
    if faulty:
        raise ValidationError(
            _(
                "A line begins with its hour, as in “13:30 Welcome with coffee” or “18/03 13:30 Welcome”; this one "
                "does not: “%(line)s”.",
                line=faulty[0][:80],
            )
        )


class PageForm(TranslatedForm):
    """The texts of the public page of `event`: a field for each and for each language, as ``why_fr``."""

    version = HiddenField()

    def __init__(self, event: Event) -> None:
        known: dict[str, Any] = {"version": event.version}
        for code in LOCALES:
            texts = texts_of(event, code)
            known |= {f"{name}_{code}": texts.get(name, "") for name in TEXTS}
        super().__init__(data=known)

    def of(self, language: str) -> dict[str, Field]:
        """The fields of a language by the name of their text."""
        return {name: self[f"{name}_{language}"] for name in TEXTS}

    def texts(self) -> dict[str, dict[str, str]]:
        return {code: {name: field.data for name, field in self.of(code).items()} for code in LOCALES}


def _add_fields() -> None:
    labels = {
        "programme": _l("Lines of the programme"),
        "why": _l("Why it is worth it"),
        "questions": _l("Questions and answers"),
        "access": _l("How to get there"),
    }
    for code in LOCALES:
        for name in TEXTS:
            field = long_text(labels[name])
            if name == "programme":
                field = long_text(labels[name], checks=[_programme_lines])
            setattr(PageForm, f"{name}_{code}", field)


_add_fields()
