"""Languages: which one a request gets, and the French catalogue, one ``.po`` file for each area.

The sentences in the code are English. Their French stands in ``web/translations/fr/*.po``; all files of the folder are
read and merged when the application starts, so that nothing is compiled or kept twice.
"""

from functools import cache, lru_cache
from io import BytesIO
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from web.config import LOCALES, Settings
from web.paths import PACKAGE

CATALOGUES = PACKAGE / "translations"
LANG_COOKIE = "lang"


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


@pass_context
def page_gettext(context: Context, message: str, **variables: Any) -> str:
    """A sentence of a template in the language of its page: what Jinja and Flask-Babel do, without asking again for
    each sentence which language that is."""
    language = context.get("locale") or get_locale().language
    if not context.eval_ctx.autoescape:
        return translations(language).gettext(message) % variables
    text = _marked(language, message)
    return text % variables if variables or "%" in text else text


@lru_cache(maxsize=4096)
def _marked(language: str, message: str) -> Markup:
    return Markup(translations(language).gettext(message))


def choose_locale() -> str | None:
    """``?lang``, then the cookie, the person's own choice, the browser's languages, the event's, the default."""
    if not has_request_context():
        return None
    for wanted in (request.args.get("lang"), request.cookies.get(LANG_COOKIE)):
        if wanted in LOCALES:
            return wanted
    # Of whoever's personal link it is.
    if g.get("personal_language") in LOCALES:
        return str(g.personal_language)
    if current_user and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    return request.accept_languages.best_match(LOCALES)


def keep_locale(response: Response) -> Response:
    """Keep a language asked for by ``?lang`` in the browser."""
    wanted = request.args.get("lang")
    if wanted in LOCALES:
        secure = current_app.extensions["passerelle.settings"].is_https
        response.set_cookie(LANG_COOKIE, wanted, max_age=31_536_000, samesite="Lax", httponly=True, secure=secure)
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def init_app(app: Flask, settings: Settings) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = settings.locale
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    babel = Babel(app, locale_selector=choose_locale)
    babel.domain_instance = FolderDomain()
    app.jinja_env.globals.update(gettext=page_gettext, _=page_gettext)
    app.after_request(keep_locale)
