"""The French catalogue, one ``.po`` file for each area, for whoever tells a sentence: with a request or without.

The sentences in the code are English. Their French stands in ``web/translations/fr/*.po``; all files of the folder are
read and merged when they are first asked for, so that nothing is compiled or kept twice.
"""

from functools import cache
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from web.paths import PACKAGE

CATALOGUES = PACKAGE / "translations"


@cache
def translations(locale: str) -> NullTranslations:
    """All catalogues of `locale` as one; empty for English, in which the sentences are written."""
    merged = Catalog(locale=locale)
    for path in sorted((CATALOGUES / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string and not message.fuzzy:
                    merged[message.id] = message
    if not len(merged):
        return NullTranslations()
    buffer = BytesIO()
    write_mo(buffer, merged)
    buffer.seek(0)
    return Translations(buffer)
