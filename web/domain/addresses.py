"""Whether somebody has shown that an e-mail address is theirs, and how many mails may go to it until then.

Anybody can type anybody's address into a form. The mail that follows holds a link with a proof that only its reader
has; whoever acts with it, or signs in by a mailed link, has confirmed the address. Until then three mails a day leave
for it, whatever causes them: those that its own people ask for are not written beyond that, the organisers' wait.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from web.db import locked_row, write
from web.domain.errors import Refused
from web.models import MailState, MailTurns, OutboxMail, Registration, User, utcnow

MAILS_A_DAY = 3
_DAY = timedelta(days=1)


def is_confirmed(session: Session, address: str) -> bool:
    """Whether somebody has shown, for any registration or account, that `address` is theirs. One query."""
    return bool(
        session.scalar(
            select(
                or_(
                    exists().where(Registration.confirmed_email == address),
                    exists().where(User.confirmed_email == address),
                )
            )
        )
    )


def has_turn(session: Session, address: str) -> bool:
    """Whether a mail to `address` would leave today."""
    if is_confirmed(session, address):
        return True
    turns = session.get(MailTurns, _hashed(address))
    return turns is None or _next(turns.moments, utcnow()) <= utcnow()


def check_turn(session: Session, address: str) -> None:
    """Raise `Refused` when no mail to `address` would leave today."""
    if not has_turn(session, address):
        raise Refused(
            _(
                "Nobody has confirmed this address yet, and it had three mails within a day: the link can be mailed "
                "again tomorrow."
            )
        )


def take_turn(session: Session, address: str) -> datetime:
    """When the next mail to `address` may leave; counts it, in the caller's ``write`` block.

    At once, or a day after the last but two where nobody has confirmed the address. Locks the address's row. The row
    knows the address by a hash made with SECRET_KEY: it outlives an erasure by a day, or erasing would start the count
    anew.
    """
    now = utcnow()
    if is_confirmed(session, address):
        return now
    session.execute(delete(MailTurns).where(MailTurns.last_at < now - _DAY))
    turns = locked_row(session, MailTurns, _hashed(address), last_at=now, moments=[])
    moment = _next(turns.moments, now)
    turns.moments = [*turns.moments, int(moment.timestamp())][-MAILS_A_DAY:]
    turns.last_at = moment
    return moment


def _next(moments: list[int], now: datetime) -> datetime:
    if len(moments) < MAILS_A_DAY:
        return now
    return max(now, datetime.fromtimestamp(moments[0], UTC) + _DAY)


def with_proof(registration: Registration, address: str) -> str:
    """The personal link `address` as it is mailed to the participant: who comes by it reads that mailbox."""
    return f"{address}?mail={_proof(registration)}"


def is_proof(registration: Registration, text: str) -> bool:
    """Whether `text` came by mail to the address that the participant has now."""
    return bool(registration.email) and hmac.compare_digest(text.encode(), _proof(registration).encode())


def confirm_participant(session: Session, registration: Registration) -> None:
    """Note that the participant's address is theirs, and let what waited for it leave."""
    with write(session):
        session.refresh(registration, with_for_update=True)
        if registration.email and registration.confirmed_email != registration.email:
            # Not an edit: a form that stands open somewhere stays valid.
            session.execute(
                update(Registration)
                .where(Registration.id == registration.id)
                .values(confirmed_email=registration.email, updated_at=registration.updated_at)
                .execution_options(synchronize_session=False)
            )
            session.expire(registration, ["confirmed_email"])
            _let_go(session, registration.email)


def confirm_account(session: Session, user: User) -> None:
    """Note that the account's address is its owner's, in the caller's ``write`` block."""
    if user.email and user.confirmed_email != user.email:
        user.confirmed_email = user.email
        _let_go(session, user.email)


def _let_go(session: Session, address: str) -> None:
    session.execute(delete(MailTurns).where(MailTurns.address_hash == _hashed(address)))
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.recipient == address, OutboxMail.state == MailState.QUEUED, OutboxMail.attempts == 0)
        .values(due_at=utcnow())
    )


def _hashed(address: str) -> str:
    return _keyed(f"address:{address}").hex()


def _proof(registration: Registration) -> str:
    return urlsafe_b64encode(_keyed(f"mail:{registration.id}:{registration.email}")[:15]).decode()


def _keyed(text: str) -> bytes:
    key = current_app.extensions["passerelle.settings"].secret_key.encode()
    return hmac.digest(key, text.encode(), "sha256")
