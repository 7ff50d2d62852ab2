"""A participant's logo or picture: who changes it, and who may see it.

The participant's row names it (`Registration.logo`), so whoever reads a list of people has all that is to be shown, and
a change counts the row's version up, which pages that are kept go by. The picture itself lies apart, and goes with the
row.
"""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from web.db import retried, write
from web.domain.audit import Actor, record
from web.domain.event.pictures import named, replace_picture
from web.domain.event.programme import kinds_met_by
from web.domain.locking import lock_registration
from web.domain.people.directory import is_visible
from web.domain.people.registration import check_editable
from web.models import Picture, Purpose, Registration, RegistrationStatus
from web.pictures import Drawn

# Pixels of a logo at most: three times what a card of the directory shows.
LOGO_SIZE = (400, 200)


@retried
def set_logo(session: Session, one: Registration, drawn: Drawn | None, *, seen: str, actor: Actor) -> bool:
    """Show `drawn`, or nothing, as the logo of `one`; whether that is something else than before.

    `seen`: the digest of the one that the page showed, empty for none. Raises `StaleDataError` where it is another one
    meanwhile, unless that is `drawn` itself; `Refused` when the event is over or the participant has withdrawn, when
    only taking it away is possible. Locks the event's row.
    """
    with write(session):
        lock_registration(session, one)
        if drawn is not None:
            check_editable(one)
        new = named(drawn) if drawn is not None else {}
        if one.logo == new:
            return False
        if one.logo.get("digest", "") != seen:
            raise StaleDataError("The logo has changed since the page was opened.")
        replace_picture(session, one.event_id, Purpose.LOGO, drawn, one.id)
        one.logo = new
        record(session, actor, "registration.logo", event_id=one.event_id, behalf_of=one.id)
    return True


def hand_over_picture(session: Session, of: Registration, to: Registration) -> None:
    """Have `to` show the picture of `of`, which is about to go; to be called in a ``write`` block."""
    replace_picture(session, to.event_id, Purpose.LOGO, None, to.id)
    session.execute(update(Picture).where(Picture.registration_id == of.id).values(registration_id=to.id))


def pictures_of(session: Session, one: Registration) -> Sequence[Picture]:
    """The pictures kept of a participant. One query."""
    return session.scalars(select(Picture).where(Picture.registration_id == one.id)).all()


def logo_of(session: Session, one: Registration, digest: str) -> Picture | None:
    """The logo of `one`, if it has that digest. One query."""
    found = select(Picture).where(Picture.registration_id == one.id, Picture.digest == digest)
    return session.scalars(found.limit(1)).one_or_none()


def logo_seen_by(session: Session, me: Registration, digest: str) -> Picture | None:
    """The logo with that digest, if `me` may see it: their own, or of somebody in their directory. One query."""
    allowed = Registration.id == me.id
    if is_visible(me):
        in_directory = and_(
            Registration.status == RegistrationStatus.ACCEPTED, Registration.kind.in_(kinds_met_by(me.event, me.kind))
        )
        allowed = or_(allowed, in_directory)
    found = (
        select(Picture)
        .join(Registration, Registration.id == Picture.registration_id)
        .where(Picture.event_id == me.event_id, Picture.digest == digest, allowed)
    )
    return session.scalars(found.limit(1)).one_or_none()
