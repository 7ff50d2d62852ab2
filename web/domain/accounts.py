"""An organiser's own account: name and address, password, second factor."""

from typing import Any

from flask import current_app
from flask_security import Totp, hash_password, verify_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db import write
from web.domain.access import user_by_email
from web.domain.audit import Actor, record
from web.models import User, utcnow


class CountingTotp(Totp):
    """Remembers the last code of each person, so that none works twice."""

    def get_last_counter(self, user: User) -> int | None:
        return user.tf_last_counter

    def set_last_counter(self, user: User, tmatch: Any) -> None:
        user.tf_last_counter = tmatch.counter


class AddressTaken(Exception):
    """Another account has this e-mail address."""


def update_profile(session: Session, user: User, *, name: str, email: str, locale: str | None = None) -> None:
    """Store name, address and language. Raises `AddressTaken`."""
    email = email.strip().lower()
    with write(session):
        other = session.scalar(select(User.id).where(User.email == email, User.id != user.id))
        if other is not None:
            raise AddressTaken
        user.name, user.email, user.locale = name.strip(), email, locale
        record(session, Actor.of_user(user), "account.profile")


def set_password(session: Session, user: User, password: str, fs_uniquifier: str) -> None:
    """Store the password (argon2). The new `fs_uniquifier` ends every session that the person had elsewhere."""
    hashed = hash_password(password)
    with write(session):
        user.password, user.fs_uniquifier = hashed, fs_uniquifier
        record(session, Actor.of_user(user), "account.password")


def user_with_password(session: Session, email: str, password: str) -> User | None:
    """Who signs in, or nobody. Takes equally long whether or not the address is known."""
    user = user_by_email(session, email)
    if user is None or not user.password:
        hash_password(password)
        return None
    return user if verify_password(password, user.password) else None


def password_is(user: User, password: str) -> bool:
    return bool(user.password) and verify_password(password, user.password)


def note_sign_in(session: Session, user: User) -> None:
    with write(session):
        user.last_sign_in_at = utcnow()
        record(session, Actor.of_user(user), "account.sign_in")


def new_totp_secret() -> str:
    """A fresh secret, encrypted with the application's key: this is what may be stored."""
    return current_app.extensions["security"].totp_factory.generate_totp_secret()


def totp_setup(user: User, secret: str) -> tuple[str, str]:
    """What the person puts into the authenticator: the ``otpauth:`` address for a QR code, and the key to type."""
    factory = current_app.extensions["security"].totp_factory
    return factory.get_totp_uri(user.email or "organiser", secret), factory.get_totp_pretty_key(secret)


def enable_second_factor(session: Session, user: User, secret: str, code: str) -> bool:
    """Turn the second factor on, if `code` proves that the authenticator has `secret`."""
    with write(session):
        if not _code_is_right(user, secret, code):
            return False
        user.tf_primary_method, user.tf_totp_secret = "authenticator", secret
        record(session, Actor.of_user(user), "account.second_factor_on")
    return True


def disable_second_factor(session: Session, user: User) -> None:
    with write(session):
        user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = None
        record(session, Actor.of_user(user), "account.second_factor_off")


def check_second_factor(session: Session, user: User, code: str) -> bool:
    """Whether `code` is right now; a code works once."""
    with write(session):
        return bool(user.tf_totp_secret) and _code_is_right(user, user.tf_totp_secret or "", code)


def _code_is_right(user: User, secret: str, code: str) -> bool:
    factory = current_app.extensions["security"].totp_factory
    digits = "".join(character for character in code if character.isdigit())
    return len(digits) == 6 and factory.verify_totp(token=digits, totp_secret=secret, user=user, window=30)
