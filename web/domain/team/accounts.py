"""An organiser's own account: name and address, password, second factor."""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_security import Totp, hash_password, verify_password
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import SYSTEM, Actor, record
from web.domain.mail.notices import address_changed_notice
from web.domain.team.access import user_by_email
from web.domain.team.attempts import attempt, forget_attempts
from web.domain.team.recovery_codes import drop_codes, new_codes, use_code
from web.domain.team.sign_in import end_all_sessions, end_links
from web.models import Passkey, User


class CountingTotp(Totp):
    """Remembers the last code of each person, so that none works twice."""

    def get_last_counter(self, user: Any) -> int | None:
        return user.tf_last_counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.tf_last_counter = tmatch.counter


class AddressTaken(Exception):
    """Another account has this e-mail address."""


class WrongPassword(Exception):
    """What was asked for needs the account's password."""


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that was chosen, and the key under which the person is known to sessions from then on."""

    password: str
    fs_uniquifier: str


@retried
def update_account(
    session: Session,
    user: User,
    *,
    name: str,
    email: str,
    current: str = "",
    locale: str | None = None,
    chosen: NewPassword | None = None,
) -> None:
    """Store name, address and language, and the password that was chosen, all or nothing. Raises `AddressTaken`.

    Another address or password signs in, so each needs the password of an account that has one, or `WrongPassword` (or
    `TooSoon`) is raised. The former address is told, and the links mailed to it no longer sign in; a new password
    (argon2) ends every session that the person had, and every link that was mailed.
    """
    email = email.strip().lower()
    changes_address = email != user.email
    if changes_address or chosen:
        check_password(session, user, current)
    hashed = hash_password(chosen.password) if chosen else None
    with write(session):
        other = session.scalar(select(User.id).where(User.email == email, User.id != user.id))
        if other is not None:
            raise AddressTaken
        former = (user.name, user.email, user.locale)
        user.name, user.email, user.locale = name.strip(), email, locale
        if changes_address:
            end_links(session, user.id)
            if former[1]:
                address_changed_notice(session, user, former[1])
        if former != (user.name, user.email, user.locale):
            record(session, Actor.of_user(user), "account.profile")
        if chosen:
            user.password, user.fs_uniquifier = hashed, chosen.fs_uniquifier
            end_all_sessions(session, user.id)
            forget_attempts(session, _password_of(user))
            record(session, Actor.of_user(user), "account.password")


def check_password(session: Session, user: User, password: str) -> None:
    """Raise `WrongPassword` (or `TooSoon`) where the account has a password and this is not it."""
    if user.password and not password_is(session, user, password):
        raise WrongPassword


def user_with_password(session: Session, email: str, password: str) -> User | None:
    """Who signs in, or nobody. Takes equally long whether or not the address is known. Raises `TooSoon`."""

    def check() -> User | None:
        user = user_by_email(session, email)
        if user is None or not user.password:
            hash_password(password)
            return None
        return user if verify_password(password, user.password) else None

    return attempt(session, _password_at(email), check)


def password_is(session: Session, user: User, password: str) -> bool:
    """Whether this is the account's password. Raises `TooSoon`."""

    def check() -> bool:
        return verify_password(password, user.password) if user.password else False

    return attempt(session, _password_of(user), check)


def _password_of(user: User) -> str:
    return _password_at(user.email or f"#{user.id}")


def _password_at(email: str) -> str:
    return f"password:{email.strip().lower()}"


def new_totp_secret() -> str:
    """A fresh secret, encrypted with the application's key: this is what may be stored."""
    return current_app.extensions["security"].totp_factory.generate_totp_secret()


def totp_setup(user: User, secret: str) -> tuple[str, str]:
    """What the person puts into the authenticator: the ``otpauth:`` address for a QR code, and the key to type."""
    factory = current_app.extensions["security"].totp_factory
    return factory.get_totp_uri(user.email or "organiser", secret), factory.get_totp_pretty_key(secret)


@retried
def enable_second_factor(session: Session, user: User, secret: str, code: str, password: str = "") -> list[str]:
    """Turn the second factor on, if `code` proves that the authenticator has `secret`: the recovery codes, else none.

    They are to be shown at once: only their hashes are kept. Whoever finds a browser open must not lock its owner out:
    raises `WrongPassword` (or `TooSoon`) where the account has a password and this is not it.
    """
    check_password(session, user, password)
    with write(session):
        session.refresh(user, with_for_update=True)
        if not _code_is_right(user, secret, code):
            return []
        user.tf_primary_method, user.tf_totp_secret = "authenticator", secret
        record(session, Actor.of_user(user), "account.second_factor_on")
        return new_codes(session, user)


@retried
def renew_recovery_codes(session: Session, user: User, password: str = "") -> list[str]:
    """Fresh recovery codes in place of those of before, to be shown at once. None without a second factor.

    Raises `WrongPassword` (or `TooSoon`) where the account has a password and this is not it.
    """
    check_password(session, user, password)
    with write(session):
        session.refresh(user, with_for_update=True)
        if not user.tf_totp_secret:
            return []
        record(session, Actor.of_user(user), "account.recovery_codes")
        return new_codes(session, user)


@retried
def disable_second_factor(session: Session, user: User, password: str = "") -> None:
    """Turn the second factor off: whoever finds a browser open must not.

    Raises `WrongPassword` (or `TooSoon`) where the account has a password and this is not it.
    """
    check_password(session, user, password)
    with write(session):
        _drop_second_factor(session, user)
        record(session, Actor.of_user(user), "account.second_factor_off")


@retried
def reset_second_factor(session: Session, user: User) -> None:
    """Turn a lost second factor off, for whoever runs the server; ends every session that the person has.

    Passkeys go with it: what kept the one may have kept the others.
    """
    with write(session):
        _drop_second_factor(session, user)
        session.execute(delete(Passkey).where(Passkey.user_id == user.id))
        end_all_sessions(session, user.id)
        forget_attempts(session, _code_of(user))
        record(session, SYSTEM, "account.second_factor_off", user=user.id)


def _drop_second_factor(session: Session, user: User) -> None:
    user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = None
    drop_codes(session, user)


def check_second_factor(session: Session, user: User, code: str) -> bool:
    """Whether `code` is right now, or a recovery code; each works once. Raises `TooSoon`.

    Under a new SECRET_KEY no code of the authenticator is right any more; the recovery codes still are.
    """

    def check() -> bool:
        with write(session):
            # Of two with the same code the second sees that it has been used.
            session.refresh(user, with_for_update=True)
            if not user.tf_totp_secret:
                return False
            return _code_is_right(user, user.tf_totp_secret, code) or use_code(session, user, code)

    return attempt(session, _code_of(user), check)


def _code_of(user: User) -> str:
    return f"code:{user.id}"


def _code_is_right(user: User, secret: str, code: str) -> bool:
    factory = current_app.extensions["security"].totp_factory
    digits = "".join(character for character in code if character.isdigit())
    return len(digits) == 6 and factory.verify_totp(token=digits, totp_secret=secret, user=user, window=30)
