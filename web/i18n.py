"""Languages: which one a request gets, and the French catalogue, one ``.po`` file for each area.

The sentences in the code are English. Their French stands in ``web/translations/fr/*.po``; all files of the folder are
read and merged when the application starts, so that nothing is compiled or kept twice.

``python -m web.i18n missing``  what has no French yet, ready to paste into a ``.po`` file
``python -m web.i18n tidy``     put the spaces and quotes that French typography wants into every ``.po`` file
"""

import re
import sys
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

from web.config import LOCALES, Settings
from web.paths import templates_folder

PACKAGE = Path(__file__).parent
CATALOGUES = PACKAGE / "translations"
NARROW, WIDE = "\u202f", "\u00a0"
LANG_COOKIE = "lang"

KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


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


class FolderDomain(Domain):
    """Flask-Babel's door to `translations`."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return NullTranslations() if locale is None else translations(locale.language)


def choose_locale() -> str | None:
    """``?lang``, then the cookie, the person's own choice, the browser's languages, the event's, the default."""
    if not has_request_context():
        return None
    for wanted in (request.args.get("lang"), request.cookies.get(LANG_COOKIE)):
        if wanted in LOCALES:
            return wanted
    if g.get("personal_link") and g.registration.language in LOCALES:
        return str(g.registration.language)
    if current_user and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    return request.accept_languages.best_match(LOCALES)


def keep_locale(response: Response) -> Response:
    """Keep a language asked for by ``?lang`` in the browser."""
    wanted = request.args.get("lang")
    if wanted in LOCALES:
        response.set_cookie(LANG_COOKIE, wanted, max_age=31_536_000, samesite="Lax", httponly=True)
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def init_app(app: Flask, settings: Settings) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = settings.locale
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    babel = Babel(app, locale_selector=choose_locale)
    babel.domain_instance = FolderDomain()
    app.after_request(keep_locale)


def extracted() -> dict[str, list[str]]:
    """Every sentence of code and templates, with the places where it stands."""
    found: dict[str, list[str]] = {}
    jinja = {"**.html": {}, "**.txt": {}, "**.svg": {}}
    sources: list[tuple[Path, list[tuple[str, str]]]] = [
        (PACKAGE, [("**.py", "python")]),
        (templates_folder(), [(pattern, "jinja2") for pattern in jinja]),
    ]
    for folder, methods in sources:
        for name, line, message, _comments, _context in extract_from_dir(folder, methods, keywords=KEYWORDS):
            msgid = message[0] if isinstance(message, tuple) else message
            if msgid:
                found.setdefault(msgid, []).append(f"{folder.name}/{name}:{line}")
    return found


def known(locale: str = "fr") -> dict[str, list[tuple[str, str]]]:
    """Each translated sentence: msgid → the (file name, translation) found for it, plural forms joined by a line."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((CATALOGUES / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                text = message.string if isinstance(message.string, str) else "\n".join(message.string or ())
                msgid = message.id if isinstance(message.id, str) else message.id[0]
                if msgid and text.strip() and not message.fuzzy:
                    found.setdefault(msgid, []).append((path.name, text))
    return found


def french_typography(text: str) -> str:
    """`text` with the spaces and quotes that French typography wants; leaves URLs, placeholders and times alone."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(rf"«[ {WIDE}{NARROW}]*", f"«{WIDE}", text)
    text = re.sub(rf"[ {WIDE}{NARROW}]*»", f"{WIDE}»", text)
    text = re.sub(rf"(?<=[\w)%’»…{WIDE}])[ {WIDE}{NARROW}]+([;!?])", rf"{NARROW}\1", text)
    text = re.sub(r"(?<=[\w)’»…])([;!?])(?=\s|$)", rf"{NARROW}\1", text)
    text = re.sub(rf"[ {WIDE}{NARROW}]+:(?=\s|$)", f"{WIDE}:", text)
    text = re.sub(r"(?<=[\w)’»])(:)(?=\s|$)", rf"{WIDE}\1", text)
    text = re.sub(r"(?<=\d) (%)(?!\()", rf"{WIDE}\1", text)
    return text.replace("...", "…")


def _missing() -> None:
    have = known()
    for msgid, places in sorted(extracted().items(), key=lambda item: item[1]):
        if msgid not in have:
            escaped = msgid.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            print(f'#: {places[0]}\nmsgid "{escaped}"\nmsgstr ""\n')


def _tidy() -> None:
    for path in sorted((CATALOGUES / "fr").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale="fr")
        for message in catalogue:
            if message.id and isinstance(message.string, str):
                message.string = french_typography(message.string)
            elif message.id and message.string:
                message.string = tuple(french_typography(form) for form in message.string)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, omit_header=False, ignore_obsolete=True)


if __name__ == "__main__":
    {"missing": _missing, "tidy": _tidy}[sys.argv[1]]()
