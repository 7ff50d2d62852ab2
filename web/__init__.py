"""The web application: `create_app` is the only place where its parts are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from web.config import Settings
    from web.db import Database

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The application for `settings` (default: those of the environment).

    Raises `web.config.ConfigError` for a wrong setting and `web.security.UndeclaredRoute` for a view without a role.
    Touches neither the database nor the network.
    """
    # Loaded here, because every command and every worker process that prints loads this package: a second each.
    from flask import Flask

    from web import errors, i18n, logs, mailer, security, tasks
    from web.config import load_settings
    from web.db import Database
    from web.paths import templates_folder
    from web.security import allow, check_routes

    logs.quieten()
    settings = settings or load_settings()
    app = Flask("web", template_folder=str(templates_folder()))
    app.extensions["passerelle.settings"] = settings
    app.config.update(SECRET_KEY=settings.secret_key, TESTING=settings.testing)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.view_functions["static"] = allow("public")(app.view_functions["static"])

    database = Database(settings)
    database.init_app(app)
    i18n.init_app(app, settings)
    _init_accounts(app, settings, database)
    security.init_app(app, settings)
    errors.init_app(app)
    mailer.init_app(app, settings)
    tasks.init_app(app, settings)
    _register_views(app, settings)
    security.stand_behind_proxies(app, settings)
    check_routes(app)
    return app


def _init_accounts(app: Flask, settings: Settings, database: Database) -> None:
    from flask_security import Security, SQLAlchemySessionUserDatastore

    from web.domain.team.accounts import CountingTotp
    from web.models import AccountRole, User
    from web.security import user_of_cookie

    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        # Argon2 salts by itself; a pepper from SECRET_KEY would make every password useless when the key changes.
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_TOTP_SECRETS={"1": settings.secret_key},
        SECURITY_TOTP_ISSUER="Passerelle",
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        # Roles belong to a person in an event and are looked up there.
        SECURITY_JOIN_USER_ROLES=False,
    )
    datastore = SQLAlchemySessionUserDatastore(database.scoped, User, AccountRole)
    # The pages are our own; Flask-Security keeps the sessions, the passwords and the second factor.
    Security(app, datastore, register_blueprint=False, totp_cls=CountingTotp)
    # A cookie alone signs nobody in: the session that it names must not have been ended on the server.
    app.login_manager.user_loader(user_of_cookie)  # type: ignore[attr-defined]
    # It would also take tokens of its own, from the address or the body, and read every body for that.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]


def _register_views(app: Flask, settings: Settings) -> None:
    from web.views import blueprints, revalidation, robots, unchanged
    from web.views.context import add_context

    add_context(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    robots.init_app(app)
    unchanged.init_app(app, settings)
    revalidation.init_app(app, settings)
