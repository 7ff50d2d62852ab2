"""Others of a registered organisation, who come to its one page by links of their own."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified
from web.models.registration import Registration


class Colleague(Identified, Base):
    """Somebody beside the first contact of a registration. What they may do: see `web.domain.people.colleagues`.

    Only the SHA-256 of the token that their link holds is kept; the token is made of `token_issued_at` and SECRET_KEY.
    """

    __tablename__ = "colleagues"
    __table_args__ = (UniqueConstraint("registration_id", "email"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), index=True)
    # The address that somebody has shown to read, by acting with a link that was mailed to it.
    confirmed_email: Mapped[str | None] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(8), default="fr")
    # Whether agendas and changes are mailed to them; their link is, whenever it is asked for.
    wants_mails: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Added by an organiser, rather than by the first contact.
    by_organisers: Mapped[bool] = mapped_column(default=False, server_default=false())
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_issued_at: Mapped[datetime | None]
    token_revoked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    registration: Mapped[Registration] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (read by SQLAlchemy)


# Who reads the page of a registration, and its mails: its first contact, who stands in its row, or a colleague.
Reader = Registration | Colleague


def registration_of(reader: Reader) -> Registration:
    return reader.registration if isinstance(reader, Colleague) else reader
