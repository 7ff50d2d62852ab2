"""Forms whose ready-made sentences are read from their file once, not for each form that is sent."""

from functools import cache

from babel.support import NullTranslations, Translations
from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms.i18n import messages_path


class TranslatedForm(FlaskForm):
    """What every form of ours is: WTForms' own messages in the language of the page."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: FlaskForm) -> NullTranslations:
            """The messages of WTForms, by ``gettext`` and ``ngettext``."""
            return _messages(str(get_locale()))


@cache
def _messages(language: str) -> NullTranslations:
    return Translations.load(messages_path(), [language], domain="wtforms")
