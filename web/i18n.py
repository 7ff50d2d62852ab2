"""Languages: which one a request gets, and how its page speaks it."""

from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from web.catalogues import translations
from web.config import LOCALES, Settings

LANG_COOKIE = "lang"


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
