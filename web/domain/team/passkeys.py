"""Passkeys: signing in with a telephone, a computer or a security key, without a password (W3C Web Authentication).

The server makes a challenge, the key signs it, and only the key's public half is kept. A key signs for one site alone
and asks its owner for a finger, a face or a code; so it stands for the password and for the second factor at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.errors import Missing, Refused
from web.domain.mail.notices import passkey_notice
from web.domain.team.accounts import check_password
from web.models import Passkey, User, utcnow

MOST = 10


@dataclass(frozen=True)
class Site:
    """For whom keys sign: the host's name, and the address that its pages have."""

    name: str
    origin: str


def options_to_add(session: Session, user: User, site: Site, password: str = "") -> tuple[str, bytes]:
    """What a browser is asked to make a key with, as JSON, and the challenge to be kept until it answers.

    Whoever finds a browser open must not add a key of their own: raises `WrongPassword` (or `TooSoon`) where the
    account has a password and this is not it, and `Refused` where it has `MOST` keys already.
    """
    check_password(session, user, password)
    known = passkeys_of(session, user)
    _check_number(len(known))
    options = generate_registration_options(
        rp_id=site.name,
        rp_name="Passerelle",
        user_name=user.email or user.label,
        user_display_name=user.label,
        user_id=str(user.id).encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    return options_to_json(options), options.challenge


@retried
def add_passkey(session: Session, user: User, site: Site, challenge: bytes, answer: str, name: str) -> Passkey:
    """Keep the key with which the browser answered `challenge`; its owner is told by mail. Raises `Refused`."""
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise Refused(_("The answer of the browser cannot be read: try again.")) from error
    with write(session):
        session.refresh(user, with_for_update=True)
        _check_number(session.scalar(select(func.count()).where(Passkey.user_id == user.id)) or 0)
        known = select(Passkey.id).where(Passkey.credential_id == found.credential_id)
        if session.scalar(known) is not None:
            raise Refused(_("This passkey is known already."))
        passkey = Passkey(
            user_id=user.id,
            name=" ".join(name.split()) or _("Passkey"),
            credential_id=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
        )
        session.add(passkey)
        if user.email:
            passkey_notice(session, user, passkey.name)
        record(session, Actor.of_user(user), "account.passkey_added")
    return passkey


def options_to_sign_in(site: Site) -> tuple[str, bytes]:
    """What a browser is asked to sign, as JSON, and the challenge to be kept. Nobody is named: the key knows whose it
    is, and no stranger learns who has one."""
    options = generate_authentication_options(rp_id=site.name, user_verification=UserVerificationRequirement.REQUIRED)
    return options_to_json(options), options.challenge


@retried
def user_with_passkey(session: Session, site: Site, challenge: bytes, answer: str) -> User | None:
    """Who signs in with the key that answered `challenge`; nobody where it is not known, or its signature not right."""
    try:
        credential = parse_authentication_credential_json(answer)
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    with write(session):
        passkey = session.scalar(
            select(Passkey).where(Passkey.credential_id == credential.raw_id).with_for_update(of=Passkey)
        )
        if passkey is None or not passkey.user.active:
            return None
        try:
            found = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.name,
                expected_origin=site.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except WebAuthnException:
            return None
        passkey.sign_count, passkey.last_used_at = found.new_sign_count, utcnow()
        return passkey.user


def passkeys_of(session: Session, user: User) -> Sequence[Passkey]:
    """Somebody's keys, in the order in which they were added."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)).all()


@retried
def remove_passkey(session: Session, user: User, passkey_id: int, password: str = "") -> str:
    """Let one key of `user` sign in no more; its name. Raises `Missing`, `WrongPassword` (or `TooSoon`)."""
    check_password(session, user, password)
    with write(session):
        passkey = session.get(Passkey, passkey_id)
        if passkey is None or passkey.user_id != user.id:
            raise Missing
        session.delete(passkey)
        record(session, Actor.of_user(user), "account.passkey_removed")
        return passkey.name


def challenge_of(text: object) -> bytes | None:
    """A challenge as a cookie holds it."""
    return base64url_to_bytes(text) if isinstance(text, str) else None


def _check_number(count: int) -> None:
    if count >= MOST:
        raise Refused(_("You have %(most)d passkeys: remove one first.", most=MOST))
