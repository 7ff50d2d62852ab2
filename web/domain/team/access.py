"""Who somebody is, from what they show: a personal link, a bearer token, a one-time link; and what they may open.

Links and tokens are 256 bits nobody can guess; the database holds their SHA-256, which is enough for such values.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from web.db import retried, write
from web.domain.audit import SYSTEM, record
from web.domain.locking import lock_text
from web.domain.mail.addresses import confirm_account
from web.domain.tokens import hash_token, new_token
from web.models import (
    ApiToken,
    Colleague,
    Event,
    EventMember,
    EventStatus,
    MergedRegistration,
    Reader,
    Registration,
    Role,
    SignInLink,
    User,
    utcnow,
)

# Written once: each page of a participant asks it.
_BY_TOKEN = (
    select(Registration)
    .where(Registration.token_hash == bindparam("token_hash"), Registration.token_revoked_at.is_(None))
    .options(joinedload(Registration.event, innerjoin=True))
)
_BY_SLUG = select(Event).where(Event.slug == bindparam("slug"))
# Asked where that finds nobody.
_BY_MERGED_TOKEN = (
    select(Registration)
    .join(MergedRegistration)
    .where(MergedRegistration.token_hash == bindparam("token_hash"))
    .options(joinedload(Registration.event, innerjoin=True))
)

# Before it: many have colleagues, few were merged.
_BY_COLLEAGUES_TOKEN = (
    select(Colleague)
    .where(Colleague.token_hash == bindparam("token_hash"), Colleague.token_revoked_at.is_(None))
    .options(joinedload(Colleague.registration, innerjoin=True).joinedload(Registration.event, innerjoin=True))
)
# Each kind of link is made for a purpose of its own: equal numbers of rows make no equal tokens.
_PURPOSES: dict[type[Reader], str] = {Registration: "personal-link", Colleague: "colleague-link"}

LINK_LIFETIME = timedelta(days=2)
TOKEN_PREFIX = "psl_"
TOKEN_NAME_LIMIT = 120


def issue_personal_link(reader: Reader) -> str:
    """A new personal token for `reader`, whose number is known, in the caller's transaction; the former link stops
    working."""
    issued = moment_of_issue()
    reader.token_issued_at = issued
    token = derived_token(_PURPOSES[type(reader)], reader.id, issued)
    reader.token_hash = hash_token(token)
    reader.token_revoked_at = None
    return token


def personal_token(reader: Reader) -> str:
    """The token of the link that `reader` has, so that every mail, QR code and calendar carries the same one.

    Issues a new one where there is none, where it was revoked, or where SECRET_KEY has changed since: call it in a
    ``write`` block. Somebody who only reads the database cannot do this: the token is made with SECRET_KEY.
    """
    return known_personal_token(reader) or issue_personal_link(reader)


def known_personal_token(reader: Reader) -> str | None:
    """The token of the link that `reader` has; ``None`` where a new one would have to be issued."""
    if reader.token_issued_at is None or reader.token_revoked_at is not None:
        return None
    token = derived_token(_PURPOSES[type(reader)], reader.id, reader.token_issued_at)
    return token if hash_token(token) == reader.token_hash else None


def moment_of_issue() -> datetime:
    """Now; the fraction of the second is random, so that a link issued twice within one second is two links."""
    return utcnow() + timedelta(microseconds=1 + secrets.randbelow(999_999))


def derived_token(purpose: str, row_id: int, issued: datetime) -> str:
    """The token of a link that leads to a row for this purpose, made with SECRET_KEY: always the same."""
    if row_id is None:
        raise ValueError("A personal link needs a row whose number is known.")
    key = current_app.extensions["passerelle.settings"].secret_key.encode()
    text = f"{purpose}:{row_id}:{issued.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    return urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")


def reader_by_token(session: Session, token: str) -> Reader | None:
    """Whose personal link this is, unless revoked, with the registration and its event: its first contact's (the
    registration itself), also one of a registration that was merged into theirs, or a colleague's. One query, and two
    more for a link that is not a first contact's own."""
    asked = {"token_hash": hash_token(token)}
    found: Reader | None = session.scalar(_BY_TOKEN, asked)
    return found or session.scalar(_BY_COLLEAGUES_TOKEN, asked) or session.scalar(_BY_MERGED_TOKEN, asked)


def public_event(session: Session, slug: str, viewer: User | None = None) -> Event | None:
    """The event with this public address; a draft only for its own team."""
    event = session.scalar(_BY_SLUG, {"slug": slug})
    if event is None or (event.status == EventStatus.DRAFT and not (viewer and role_in(session, viewer, event.id))):
        return None
    return event


def role_in(session: Session, user: User, event_id: int) -> Role | None:
    """The role of `user` in the event's team, if any."""
    role = session.scalar(
        select(EventMember.role).where(EventMember.user_id == user.id, EventMember.event_id == event_id)
    )
    return None if role is None else Role(role)


@retried
def first_organiser(session: Session) -> User:
    """The account that signs in first; made when there is none, once, however many start together."""
    first = select(User).where(User.active.is_(True)).order_by(User.id).limit(1)
    with write(session):
        user = session.scalar(first)
        if user is None:
            lock_text(session, "the first organiser")
            user = session.scalar(first)
        if user is None:
            user = User()
            session.add(user)
            session.flush()
            record(session, SYSTEM, "account.create", user=user.id)
        return user


def user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower(), User.active.is_(True)))


@retried
def issue_sign_in_link(session: Session, user: User) -> str:
    """The token of a fresh one-time link for `user`; links issued before and not yet used stop working."""
    token = new_token()
    with write(session):
        session.execute(
            update(SignInLink)
            .where(SignInLink.user_id == user.id, SignInLink.used_at.is_(None))
            .values(expires_at=utcnow())
        )
        session.add(SignInLink(user_id=user.id, token_hash=hash_token(token), expires_at=utcnow() + LINK_LIFETIME))
        record(session, SYSTEM, "account.link", user=user.id)
    return token


def sign_in_link_is_valid(session: Session, token: str) -> bool:
    """Whether the link could be used now; changes nothing."""
    link = session.scalar(select(SignInLink).where(SignInLink.token_hash == hash_token(token)))
    return link is not None and link.used_at is None and link.expires_at > utcnow()


@retried
def use_sign_in_link(session: Session, token: str) -> User | None:
    """Consume the link and say whose it is; `None` when it is unknown, used or too old.

    One statement decides: of any number of parallel uses exactly one gets the user.
    """
    with write(session):
        now = utcnow()
        user_id = session.scalar(
            update(SignInLink)
            .where(
                SignInLink.token_hash == hash_token(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now
            )
            .values(used_at=now)
            .returning(SignInLink.user_id)
        )
        user = session.get(User, user_id) if user_id is not None else None
        if user is None or not user.active:
            return None
        # A link was mailed to this address, or printed for whoever runs the server.
        confirm_account(session, user)
        return user


@retried
def create_api_token(session: Session, name: str, user: User) -> str:
    """A new bearer token with the rights of `user`; shown this once."""
    token = TOKEN_PREFIX + new_token()
    with write(session):
        session.add(ApiToken(name=name, token_hash=hash_token(token), user_id=user.id))
        record(session, SYSTEM, "token.create", name=name, user=user.id)
    return token


def user_by_api_token(session: Session, token: str) -> User | None:
    """Whose bearer token this is, unless revoked."""
    row = session.scalar(
        select(ApiToken).where(ApiToken.token_hash == hash_token(token), ApiToken.revoked_at.is_(None))
    )
    return row.user if row is not None and row.user.active else None


def user_by_uniquifier(session: Session, uniquifier: str) -> User | None:
    return session.scalar(select(User).where(User.fs_uniquifier == uniquifier, User.active.is_(True)))


def somebody_can_sign_in(session: Session) -> bool:
    """Whether some account has an address and a password."""
    return (
        session.scalar(
            select(User.id).where(User.active.is_(True), User.email.is_not(None), User.password.is_not(None)).limit(1)
        )
        is not None
    )
