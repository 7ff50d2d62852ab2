"""Signing in and out, and the organiser's own account."""

import time
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_security.utils import login_user, logout_user

from web.db import get_session
from web.domain.team import accounts
from web.domain.team.access import sign_in_link_is_valid, use_sign_in_link
from web.domain.team.attempts import TooSoon
from web.domain.team.browsers import browser_of
from web.domain.team.passkeys import MOST, passkeys_of
from web.domain.team.recovery_codes import codes_left
from web.domain.team.sign_in import (
    begin_session,
    end_one_session,
    end_other_sessions,
    end_session,
    is_of,
    mail_sign_in_link,
    sessions_of,
)
from web.extensions import limiter
from web.forms.account import (
    AccountForm,
    AnyCodeForm,
    ConfirmForm,
    FactorOffForm,
    FactorOnForm,
    ForgottenForm,
    NewCodesForm,
    PasskeyForm,
    PasskeyOffForm,
    SignInForm,
)
from web.models import User
from web.security import SIGN_IN, allow, signed_in_user
from web.views.qr import qr_data_uri

blueprint = Blueprint("account", __name__)

# Per address and ten minutes: enough for tired fingers, far too few to guess.
ATTEMPTS = "20 per 10 minutes"
WAITING_FOR_CODE = "sign_in_user"
# Seconds from the password to the code.
CODE_WAITS = 600
SECRET_BEING_SET = "second_factor_secret"


def next_page() -> str:
    """Where the person wanted to go, if that is a page of ours."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return wanted if ours else url_for("events.index")


def sign_user_in(user: User, authn_via: str = "password") -> None:
    session.clear()
    login_user(user, remember=False, authn_via=[authn_via])
    session[SIGN_IN] = begin_session(get_session(), user, browser_of(request.headers.get("User-Agent", "")))


def _ask_for_code(user: User) -> ResponseReturnValue:
    session[WAITING_FOR_CODE] = [user.fs_uniquifier, int(time.time())]
    return redirect(url_for("account.code", next=request.args.get("next")))


def _told_too_soon(error: TooSoon) -> str:
    return _("Too many were wrong: the next one is looked at in %(seconds)d seconds.", seconds=error.seconds)


def told_wrong(error: accounts.WrongPassword | TooSoon) -> str:
    return _told_too_soon(error) if isinstance(error, TooSoon) else _("This is not your current password.")


def _slowed(page: Any, error: TooSoon) -> ResponseReturnValue:
    return page, 429, {"Retry-After": str(error.seconds)}


@blueprint.get("/sign-in")
@allow("public")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(next_page())
    return render_template("account/sign_in.html", form=SignInForm())


@blueprint.post("/sign-in")
@allow("public")
@limiter.limit(ATTEMPTS)
def sign_in_post() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            user = accounts.user_with_password(get_session(), form.email.data, form.password.data)
        except TooSoon as error:
            way_in = _("If it is urgent, have a sign-in link sent to you: it works at once.")
            form.password.errors = [_told_too_soon(error), way_in]
            return _slowed(render_template("account/sign_in.html", form=form), error)
        if user is not None and user.tf_totp_secret:
            return _ask_for_code(user)
        if user is not None:
            sign_user_in(user)
            return redirect(next_page())
        form.password.errors = [_("Address or password is not right. Try again, or have a sign-in link sent to you.")]
    return render_template("account/sign_in.html", form=form), 422


def _user_waiting_for_code() -> User | None:
    from web.domain.team.access import user_by_uniquifier

    waiting = session.get(WAITING_FOR_CODE)
    if not isinstance(waiting, list) or waiting[1] < time.time() - CODE_WAITS:
        return None
    return user_by_uniquifier(get_session(), waiting[0])


@blueprint.get("/sign-in/code")
@allow("public")
def code() -> ResponseReturnValue:
    if _user_waiting_for_code() is None:
        return redirect(url_for("account.sign_in"))
    return render_template("account/code.html", form=AnyCodeForm())


@blueprint.post("/sign-in/code")
@allow("public")
@limiter.limit(ATTEMPTS)
def code_post() -> ResponseReturnValue:
    user = _user_waiting_for_code()
    if user is None:
        return redirect(url_for("account.sign_in"))
    form = AnyCodeForm()
    if form.validate_on_submit():
        try:
            right = accounts.check_second_factor(get_session(), user, form.code.data)
        except TooSoon as error:
            form.code.errors = [_told_too_soon(error)]
            return _slowed(render_template("account/code.html", form=form), error)
        if right:
            sign_user_in(user)
            return redirect(next_page())
        form.code.errors = [
            _("This code is wrong or too old. Wait for the next one, or type a recovery code that you have not used.")
        ]
    return render_template("account/code.html", form=form), 422


@blueprint.get("/sign-in/link/<link>")
@allow("public")
def link(link: str) -> ResponseReturnValue:
    valid = sign_in_link_is_valid(get_session(), link)
    return render_template("account/link.html", form=ConfirmForm(), valid=valid), 200 if valid else 404


@blueprint.post("/sign-in/link/<link>")
@allow("public")
@limiter.limit(ATTEMPTS)
def link_post(link: str) -> ResponseReturnValue:
    user = use_sign_in_link(get_session(), link)
    if user is None:
        return render_template("account/link.html", form=ConfirmForm(), valid=False), 404
    if user.tf_totp_secret:
        return _ask_for_code(user)
    sign_user_in(user)
    if user.password:
        return redirect(url_for("events.index"))
    flash(_("Welcome! Enter your address and choose a password, so that you can sign in again."), "info")
    return redirect(url_for("account.page"))


@blueprint.get("/sign-in/forgotten")
@allow("public")
def forgotten() -> str:
    return render_template("account/forgotten.html", form=ForgottenForm())


@blueprint.post("/sign-in/forgotten")
@allow("public")
@limiter.limit("5 per 10 minutes")
def forgotten_post() -> ResponseReturnValue:
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("account/forgotten.html", form=form), 422
    mail_sign_in_link(get_session(), form.email.data)
    flash(_("If this address has an account, a sign-in link is on its way."), "success")
    return redirect(url_for("account.sign_in"))


@blueprint.post("/sign-out")
@allow("public")
def sign_out() -> ResponseReturnValue:
    token = session.get(SIGN_IN)
    if isinstance(token, str):
        end_session(get_session(), token)
    logout_user()
    session.clear()
    flash(_("You are signed out."), "success")
    return redirect(url_for("account.sign_in"))


def account_page(
    *,
    form: AccountForm | None = None,
    off: FactorOffForm | None = None,
    codes: NewCodesForm | None = None,
    passkey: PasskeyForm | None = None,
    passkey_off: PasskeyOffForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The account with its forms; one of them as it was sent, with its faults."""
    user, token = signed_in_user(), session.get(SIGN_IN, "")
    page = render_template(
        "account/page.html",
        user=user,
        form=form or AccountForm(formdata=None, name=user.name, email=user.email, locale=user.locale or ""),
        off=off or FactorOffForm(formdata=None),
        codes=codes or NewCodesForm(formdata=None),
        codes_left=codes_left(get_session(), user),
        passkey=passkey or PasskeyForm(formdata=None, name=browser_of(request.headers.get("User-Agent", ""))),
        passkey_off=passkey_off or PasskeyOffForm(formdata=None),
        passkeys=passkeys_of(get_session(), user),
        most_passkeys=MOST,
        sessions=[(one, is_of(one, token)) for one in sessions_of(get_session(), user)],
    )
    return page, status


@blueprint.get("/account")
@allow("organiser", "desk", "committee")
def page() -> ResponseReturnValue:
    return account_page()


@blueprint.post("/account")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def save() -> ResponseReturnValue:
    form = AccountForm()
    if not form.validate_on_submit():
        return account_page(form=form, status=422)
    user = signed_in_user()
    password = form.password.data
    try:
        accounts.update_account(
            get_session(),
            user,
            name=form.name.data,
            email=form.email.data,
            current=form.current.data or "",
            locale=form.locale.data or None,
            chosen=accounts.NewPassword(password, token_hex(32)) if password else None,
        )
    except accounts.AddressTaken:
        form.email.errors = [_("Another account has this address: enter a different one.")]
    except accounts.WrongPassword:
        form.current.errors = [_("Type your current password: it protects your address and your password.")]
    except TooSoon as error:
        form.current.errors = [_told_too_soon(error)]
    else:
        if password:
            sign_user_in(user)
            flash(_("Saved. Your new password is set; other devices are signed out."), "success")
        else:
            flash(_("Saved."), "success")
        return redirect(url_for("account.page"))
    return account_page(form=form, status=422)


def _second_factor_page(form: FactorOnForm, secret: str, status: int = 200) -> ResponseReturnValue:
    address, key = accounts.totp_setup(signed_in_user(), secret)
    page = render_template(
        "account/second_factor.html", form=form, key=key, qr=qr_data_uri(address), user=signed_in_user()
    )
    return page, status


@blueprint.get("/account/second-factor")
@allow("organiser", "desk", "committee")
def second_factor() -> ResponseReturnValue:
    secret = session.setdefault(SECRET_BEING_SET, accounts.new_totp_secret())
    return _second_factor_page(FactorOnForm(), secret)


@blueprint.post("/account/second-factor")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def second_factor_post() -> ResponseReturnValue:
    secret = session.get(SECRET_BEING_SET)
    if secret is None:
        return redirect(url_for("account.second_factor"))
    form = FactorOnForm()
    if form.validate_on_submit():
        try:
            codes = accounts.enable_second_factor(
                get_session(), signed_in_user(), secret, form.code.data, form.current.data or ""
            )
        except (accounts.WrongPassword, TooSoon) as error:
            form.current.errors = [told_wrong(error)]
            return _second_factor_page(form, secret, 422)
        if codes:
            session.pop(SECRET_BEING_SET)
            return render_template("account/recovery_codes.html", codes=codes, is_new=True)
        form.code.errors = [_("This code is not right. Check the clock of your telephone and type the next code.")]
    return _second_factor_page(form, secret, 422)


@blueprint.post("/account/second-factor/codes")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def recovery_codes() -> ResponseReturnValue:
    form = NewCodesForm()
    try:
        codes = accounts.renew_recovery_codes(get_session(), signed_in_user(), form.current.data or "")
    except (accounts.WrongPassword, TooSoon) as error:
        form.current.errors = [told_wrong(error)]
        return account_page(codes=form, status=422)
    if not codes:
        return redirect(url_for("account.second_factor"))
    return render_template("account/recovery_codes.html", codes=codes, is_new=False)


@blueprint.post("/account/second-factor/off")
@allow("organiser", "desk", "committee")
@limiter.limit(ATTEMPTS)
def second_factor_off() -> ResponseReturnValue:
    form = FactorOffForm()
    try:
        accounts.disable_second_factor(get_session(), signed_in_user(), form.current.data or "")
    except (accounts.WrongPassword, TooSoon) as error:
        form.current.errors = [told_wrong(error)]
        return account_page(off=form, status=422)
    flash(_("Signing in asks for your password only."), "success")
    return redirect(url_for("account.page"))


@blueprint.post("/account/sessions/<int:sign_in_id>/end")
@allow("organiser", "desk", "committee")
def end_one(sign_in_id: int) -> ResponseReturnValue:
    if end_one_session(get_session(), signed_in_user(), sign_in_id):
        flash(_("That browser is signed out."), "success")
    else:
        flash(_("That browser was signed out already."), "info")
    return redirect(url_for("account.page"))


@blueprint.post("/account/sessions/end")
@allow("organiser", "desk", "committee")
def end_others() -> ResponseReturnValue:
    number = end_other_sessions(get_session(), signed_in_user(), session.get(SIGN_IN, ""))
    flash(ngettext("%(num)d other browser is signed out.", "%(num)d other browsers are signed out.", number), "success")
    return redirect(url_for("account.page"))
