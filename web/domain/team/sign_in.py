"""An organiser's sessions, which the server can end, and the mail with a link that signs in once."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.links import sign_in_address
from web.domain.mail.addresses import has_turn
from web.domain.mail.notices import sign_in_notice
from web.domain.team.access import issue_sign_in_link, user_by_email
from web.domain.tokens import hash_token, new_token
from web.models import SignIn, SignInLink, User, utcnow

SESSION_LASTS = timedelta(days=30)
# Each link replaces the one before: a stranger who keeps asking must not keep the owner's from working.
LINKS_AN_HOUR = 5


@retried
def begin_session(session: Session, user: User, browser: str = "") -> str:
    """Note that `user` signs in with this `browser`, and give the token that its cookie is to hold."""
    token = new_token()
    with write(session):
        now = utcnow()
        session.execute(delete(SignIn).where(SignIn.created_at < now - SESSION_LASTS))
        session.add(SignIn(user_id=user.id, token_hash=hash_token(token), browser=browser))
        user.last_sign_in_at = now
        record(session, Actor.of_user(user), "account.sign_in")
    return token


def user_of_session(session: Session, uniquifier: str, token: str) -> User | None:
    """Who is signed in with this cookie; nobody once the session has been ended, or is over. One query."""
    return session.scalar(
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.token_hash == hash_token(token),
            SignIn.created_at > utcnow() - SESSION_LASTS,
            User.fs_uniquifier == uniquifier,
            User.active.is_(True),
        )
    )


@retried
def end_session(session: Session, token: str) -> None:
    """Sign one browser out: no copy of its cookie opens anything any more."""
    with write(session):
        session.execute(delete(SignIn).where(SignIn.token_hash == hash_token(token)))


def sessions_of(session: Session, user: User) -> Sequence[SignIn]:
    """Where somebody is signed in, the latest first."""
    lasting = SignIn.created_at > utcnow() - SESSION_LASTS
    return session.scalars(select(SignIn).where(SignIn.user_id == user.id, lasting).order_by(SignIn.id.desc())).all()


def is_of(one: SignIn, token: str) -> bool:
    """Whether it is the session of the browser whose cookie holds `token`."""
    return one.token_hash == hash_token(token)


@retried
def end_one_session(session: Session, user: User, sign_in_id: int) -> bool:
    """Sign one of the person's browsers out; whether it was signed in."""
    with write(session):
        wanted = delete(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == user.id).returning(SignIn.id)
        ended = session.scalars(wanted).all()
        if ended:
            record(session, Actor.of_user(user), "account.session_ended", sessions=1)
    return bool(ended)


@retried
def end_other_sessions(session: Session, user: User, token: str) -> int:
    """Sign all of the person's browsers out but the one whose cookie holds `token`, and let no link that was mailed
    before sign in; how many were signed in."""
    others = SignIn.token_hash != hash_token(token)
    with write(session):
        ended = session.scalars(delete(SignIn).where(SignIn.user_id == user.id, others).returning(SignIn.id)).all()
        end_links(session, user.id)
        if ended:
            record(session, Actor.of_user(user), "account.session_ended", sessions=len(ended))
    return len(ended)


def end_all_sessions(session: Session, user_id: int) -> None:
    """Sign the person out everywhere and let no link sent before sign in; in the caller's ``write`` block."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))
    end_links(session, user_id)


def end_links(session: Session, user_id: int) -> None:
    """Let no link sent before sign in; in the caller's ``write`` block."""
    session.execute(delete(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None)))


@retried
def mail_sign_in_link(session: Session, email: str) -> None:
    """Mail a fresh link to the organiser with this address; nothing where there is none, or after five an hour."""
    with write(session):
        user = user_by_email(session, email)
        if user is None or user.email is None or _links_of_the_hour(session, user) >= LINKS_AN_HOUR:
            return
        if not has_turn(session, user.email):
            return
        sign_in_notice(session, user, sign_in_address(issue_sign_in_link(session, user)))


def _links_of_the_hour(session: Session, user: User) -> int:
    recent = select(func.count(SignInLink.id)).where(
        SignInLink.user_id == user.id, SignInLink.created_at > utcnow() - timedelta(hours=1)
    )
    return session.scalar(recent) or 0
