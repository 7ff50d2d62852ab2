"""What somebody sees when it does not work: a page in their language, JSON for programs; never a trace."""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import suppress

from flask import Flask, current_app, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from redis import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from web.db import get_session, is_away, may_have_saved
from web.domain.errors import DomainError, Fault, Faults
from web.extensions import limiter
from web.files import reason

log = logging.getLogger(__name__)

# Seconds after which a program may ask again for what the database could not give.
ASK_AGAIN = 10


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.path == "/healthz"


def explanation(status: int) -> tuple[str, str]:
    """A title and a sentence that says what to do, in the language of the request."""
    texts = {
        400: (_("This request cannot be read"), _("Go back, reload the page and try again.")),
        401: (_("Please sign in"), _("Sign in to see this page.")),
        403: (_("This is not for your role"), _("Ask an organiser of the event to do it or to change your role.")),
        404: (
            _("There is nothing here"),
            _("Check the address. If it is a personal link, it may have been replaced: use the latest mail."),
        ),
        405: (_("This cannot be done here"), _("Go back and use the buttons of the page.")),
        409: (
            _("Somebody else was faster"),
            _("This has changed since you opened it. Reload the page, look at the new state and try again."),
        ),
        413: (_("This file is too large"), _("At most 10 MB are accepted.")),
        422: (_("Something is not right yet"), _("Correct what is marked and send it again.")),
        429: (_("Too many attempts"), _("Wait a few minutes, then try again.")),
        500: (
            _("Something broke on our side"),
            " ".join((_what_became_of_it(), _("Try again; if it happens again, tell the organiser what you did."))),
        ),
        503: (
            _("This does not work at the moment"),
            " ".join((_what_became_of_it(), _("Wait a minute, then try again; if it goes on, tell the organiser."))),
        ),
    }
    return texts.get(status, texts[400] if status < 500 else texts[500])


def _what_became_of_it() -> str:
    """Whether what was sent is saved, as far as it is known."""
    if request.method in ("GET", "HEAD"):
        return _("Nothing was lost.")
    if may_have_saved(get_session()):
        return _("What you sent may be saved already: look before you send it again.")
    return _("What you sent was not saved.")


def explanation_for_programs(status: int) -> str:
    """The same for a program, or rather for whoever writes it."""
    texts = {
        400: _("This request cannot be read."),
        401: _("Show a valid token: “Authorization: Bearer …”. The command “passerelle token create NAME” makes one."),
        403: _("The owner of this token is in the team of this event, but does not organise it."),
        404: _("There is nothing under this address, or not for this token."),
        405: _("This address does not know this method; the header “Allow” names those that it knows."),
        409: _("This has changed in the meantime. Look at the new state and try again."),
        413: _("At most 10 MB are accepted."),
        415: _("Send JSON in UTF-8, with “Content-Type: application/json”."),
        429: _("Too much at once. Wait as many seconds as the header “Retry-After” says, then try again."),
        500: _("Something broke on our side. Nothing of this call was saved."),
        503: _("This does not work at the moment. Nothing of this call was saved; try again later."),
    }
    if status >= 500 and may_have_saved(get_session()):
        return _("Something broke on our side. This call may have been saved: look before you repeat it.")
    return texts.get(status) or texts[400 if status < 500 else 500]


def error_page(status: int, detail: str | None = None, faults: list[Fault] | None = None) -> Response:
    """The answer for `status`; `detail` replaces the general sentence."""
    if wants_json():
        errors = [{"path": fault.path, "message": fault.message} for fault in faults or ()]
        return make_response(
            jsonify(errors=errors or [{"path": "", "message": detail or explanation_for_programs(status)}]), status
        )
    title, sentence = explanation(status)
    page = render_template("error.html", status=status, title=title, sentence=detail or sentence, faults=faults or ())
    return make_response(page, status)


def refuse_unwritable() -> Response | None:
    """400 for text that no database and no header holds: U+0000, halves of characters, a `next` with line ends.

    No browser sends any by itself. Bodies of programs are JSON, and checked by their types; pages take forms, and what
    reads forms would take values of any type out of JSON.
    """
    if request.path.startswith("/api/"):
        return None
    if request.is_json:
        return error_page(400)
    texts: list[str | None] = [request.path, *_pairs(request.args)]
    following = request.args.getlist("next")
    # No page that is only looked at reads a form.
    if request.method not in ("GET", "HEAD"):
        texts += [*_pairs(request.form), *(file.filename for file in _files())]
        following += request.form.getlist("next")
    if any(_UNWRITABLE.search(text) for text in texts if text) or any(_CONTROL.search(text) for text in following):
        return error_page(
            400, _("What was sent holds characters that no text has. Type it again instead of pasting it.")
        )
    return None


def _pairs(values: MultiDict[str, str]) -> Iterator[str]:
    for name, value in values.items(multi=True):
        yield name
        yield value


def _files() -> list[FileStorage]:
    return [file for _name, file in request.files.items(multi=True)]


_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def init_app(app: Flask) -> None:
    # Before all others: they look for what the address names in the database.
    app.before_request_funcs.setdefault(None, []).insert(0, refuse_unwritable)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if isinstance(error.response, Response):
            return error.response
        status = error.code or 500
        response = error_page(status)
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after", "www-authenticate"}:
                response.headers[name] = value
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, RateLimitExceeded):
            response.headers["Retry-After"] = str(_seconds_to_wait(error))
        return response

    @app.errorhandler(CSRFError)
    def csrf_error(_error: CSRFError) -> Response:
        return error_page(
            400, _("The page was open for too long or your browser refuses cookies. Go back, reload it and try again.")
        )

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> Response:
        return error_page(409)

    @app.errorhandler(ObjectDeletedError)
    def gone(_error: ObjectDeletedError) -> Response:
        # Somebody else deleted what this request had found when it began.
        return error_page(404)

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> Response:
        if isinstance(error, Faults):
            return error_page(error.status, faults=error.faults)
        return error_page(error.status, str(error) or None)

    @app.errorhandler(DBAPIError)
    def unavailable(error: DBAPIError) -> Response:
        if not is_away(error):
            raise error
        log.error("The database could not be used: %s", reason(error.orig or error))
        _stop_asking_the_database()
        response = error_page(503)
        response.headers["Retry-After"] = str(ASK_AGAIN)
        return response

    @app.errorhandler(InternalServerError)
    def broken(_error: InternalServerError) -> Response:
        _stop_asking_the_database()
        return error_page(500)


def _seconds_to_wait(error: RateLimitExceeded) -> int:
    """After how many one is let in again; the whole time of the limit where what counts it has gone away since."""
    limit = limiter.current_limit
    if limit is not None:
        with suppress(RedisError, OSError):
            return max(1, int(limit.reset_at - time.time()))
    return int(error.limit.limit.get_expiry()) if error.limit is not None else ASK_AGAIN


def _stop_asking_the_database() -> None:
    """Have the page that says so need nothing of it: neither who is signed in nor whose event it is."""
    with suppress(DBAPIError):
        get_session().rollback()
    g.pop("event", None)
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
