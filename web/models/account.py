"""Organisers and their teams, their sessions, the tokens of programs, the links that sign in once."""

from datetime import datetime
from enum import StrEnum
from secrets import token_hex

from flask_security import RoleMixin, UserMixin
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, one_of, utcnow


class Role(StrEnum):
    """What a member of an event's team may do; an organiser may do all that the others may."""

    ORGANISER = "organiser"
    DESK = "desk"
    COMMITTEE = "committee"


class AccountRole(Base, RoleMixin):
    """Asked for by Flask-Security and left empty: roles belong to a person *in an event*, see `EventMember`."""

    __tablename__ = "account_roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class User(Identified, Base, UserMixin):
    """Somebody who signs in. Without a password until they have chosen one; without an address on the first start."""

    __tablename__ = "users"

    # Flask-Security would have an address of everybody, and roles that can be given; here neither is so.
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # type: ignore[assignment]
    # The address that its owner has shown to read, by signing in with a mailed link.
    confirmed_email: Mapped[str | None] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # Kept in the session cookie instead of the id: a new one signs the person out everywhere.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: token_hex(32))
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    locale: Mapped[str | None] = mapped_column(String(8))
    last_sign_in_at: Mapped[datetime | None]

    memberships: Mapped[list["EventMember"]] = relationship(back_populates="user", cascade="all, delete-orphan")

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]
        return []

    @property
    def label(self) -> str:
        """How the person is named in pages and logs."""
        return self.name or self.email or f"#{self.id}"


class EventMember(Identified, Base):
    """One person's role in one event's team."""

    __tablename__ = "event_members"
    __table_args__ = (UniqueConstraint("user_id", "event_id"), one_of("role", Role))

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))

    # Nobody asks for the members of a team without asking who they are.
    user: Mapped[User] = relationship(back_populates="memberships", lazy="joined", innerjoin=True)


class ApiToken(Identified, Base):
    """A program's bearer token, with the rights of the organiser it belongs to. Only its SHA-256 is kept."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SignIn(Identified, Base):
    """One session of one browser: it lasts as long as this row. The cookie holds the token, the row its SHA-256.

    `browser` is what its owner knows it by (see `web.domain.team.browsers`).
    """

    __tablename__ = "sign_ins"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(80), default="", server_default="")


class Passkey(Identified, Base):
    """A key in somebody's telephone, computer or security key that signs them in; here is its public half.

    `sign_count` is what the key last said of itself: a copy of it would fall behind.
    """

    __tablename__ = "passkeys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    last_used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class WrongAttempt(Base):
    """How often in a row something secret was guessed wrong; `subject` is the SHA-256 of what it belongs to.

    Not a column of `User`: an address without an account slows down alike, so that nobody learns which have one.
    """

    __tablename__ = "wrong_attempts"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


class RecoveryCode(Identified, Base):
    """Signs in once instead of a code of the second factor, and is then gone. Only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)


class SignInLink(Identified, Base):
    """A link that signs its organiser in once, within its time. Only its SHA-256 is kept."""

    __tablename__ = "sign_in_links"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
