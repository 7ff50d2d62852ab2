"""Passkeys: added and removed on the account's page, used on the page where people sign in."""

import time
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from webauthn.helpers import bytes_to_base64url

from web.db import get_session
from web.domain.errors import Refused
from web.domain.team import passkeys
from web.domain.team.accounts import WrongPassword
from web.domain.team.attempts import TooSoon
from web.domain.team.passkeys import Site
from web.extensions import limiter
from web.forms.account import PasskeyForm, PasskeyOffForm, PasskeyUseForm, SignInForm
from web.security import allow, signed_in_user
from web.views.organiser.account import ATTEMPTS, account_page, next_page, sign_user_in, told_wrong

blueprint = Blueprint("passkeys", __name__)

# Where the cookie holds what a key is to sign: whether to be added or to sign in, the challenge, and since when.
ASKED = "passkey_asked"
# Seconds that somebody may take to find the key, and the finger.
ANSWER_WAITS = 300


def _site() -> Site:
    """As the visitor knows this server; `web.hosts` has refused all other names."""
    return Site(request.host.rpartition(":")[0] or request.host, f"{request.scheme}://{request.host}")


def _ask(what: str, options: str, challenge: bytes) -> Response:
    session[ASKED] = [what, bytes_to_base64url(challenge), int(time.time())]
    return Response(options, mimetype="application/json")


def _asked(what: str) -> bytes | None:
    """The challenge, which serves once."""
    asked = session.pop(ASKED, None)
    if not isinstance(asked, list) or asked[0] != what or asked[2] < time.time() - ANSWER_WAITS:
        return None
    return passkeys.challenge_of(asked[1])


def _refused(message: str, status: int = 422) -> tuple[Any, int]:
    return jsonify({"message": message}), status


@blueprint.post("/sign-in/passkey/options")
@allow("public")
@limiter.limit("60 per 10 minutes")
def options_to_sign_in() -> ResponseReturnValue:
    return _ask("sign-in", *passkeys.options_to_sign_in(_site()))


@blueprint.post("/sign-in/passkey")
@allow("public")
@limiter.limit(ATTEMPTS)
def sign_in() -> ResponseReturnValue:
    challenge, form = _asked("sign-in"), PasskeyUseForm()
    user = None
    if challenge is not None and form.validate_on_submit():
        user = passkeys.user_with_passkey(get_session(), _site(), challenge, form.answer.data or "")
    if user is None:
        told = _("This passkey does not open any account here. Sign in with your password, or have a link sent to you.")
        return render_template("account/sign_in.html", form=SignInForm(formdata=None), refusal=told), 422
    sign_user_in(user, "passkey")
    return redirect(next_page())


@blueprint.post("/account/passkeys/options")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def options_to_add() -> ResponseReturnValue:
    password = request.form.get("current", "")[:200]
    try:
        return _ask("add", *passkeys.options_to_add(get_session(), signed_in_user(), _site(), password))
    except (WrongPassword, TooSoon) as error:
        return _refused(told_wrong(error), 429 if isinstance(error, TooSoon) else 422)
    except Refused as error:
        return _refused(str(error))


@blueprint.post("/account/passkeys")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def add() -> ResponseReturnValue:
    challenge, form = _asked("add"), PasskeyForm()
    if challenge is None:
        form.name.errors = [_("This took too long, or was done already: try again.")]
        return account_page(passkey=form, status=422)
    if not form.validate_on_submit():
        return account_page(passkey=form, status=422)
    try:
        passkey = passkeys.add_passkey(
            get_session(), signed_in_user(), _site(), challenge, form.answer.data or "", form.name.data or ""
        )
    except Refused as error:
        form.name.errors = [str(error)]
        return account_page(passkey=form, status=422)
    flash(_("“%(name)s” signs you in from now on.", name=passkey.name), "success")
    return redirect(url_for("account.page"))


@blueprint.post("/account/passkeys/<int:passkey_id>/remove")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def remove(passkey_id: int) -> ResponseReturnValue:
    form = PasskeyOffForm()
    try:
        name = passkeys.remove_passkey(get_session(), signed_in_user(), passkey_id, form.current.data or "")
    except (WrongPassword, TooSoon) as error:
        form.current.errors = [told_wrong(error)]
        form.current.description = str(passkey_id)
        return account_page(passkey_off=form, status=422)
    flash(_("“%(name)s” signs in no more.", name=name), "success")
    return redirect(url_for("account.page"))
