"""Registration forms begun on one device and gone on with on another, by a link that is mailed.

Only whoever reads the mailbox comes back to what was typed. A draft goes when its address registers, when its owner is
erased, and after `KEPT`.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, delete, exists, select
from sqlalchemy.orm import Session

from web.db import retried, write
from web.domain.errors import Refused
from web.domain.event.programme import Window, window
from web.domain.links import page_address
from web.domain.locking import lock_event, lock_text
from web.domain.mail.addresses import is_confirmed, take_turn_today
from web.domain.mail.notices import draft_notice
from web.domain.tokens import hash_token
from web.models import Event, Registration, RegistrationDraft, table_of, utcnow

KEPT = timedelta(days=30)
Fields = Mapping[str, list[str]]


@retried
def keep_draft(
    session: Session,
    event: Event,
    *,
    email: str,
    fields: Fields,
    language: str,
    token: str = "",
    now: datetime | None = None,
) -> None:
    """Keep what was typed, and mail the link that leads back to it.

    A draft that came by `token` is written over where the address is still the same; another person's never is. Raises
    `Refused` where the event takes no registrations, or no mail to the address would leave today: then nothing is kept.
    Locks the event as it is, and the address in it.
    """
    now, email, event_id = now or utcnow(), email.strip().lower(), event.id
    with write(session):
        event = lock_event(session, event_id, shared=True)
        if window(event, now) != Window.OPEN:
            raise Refused(_("This event takes no registrations at the moment."))
        lock_text(session, f"draft\n{event_id}\n{email}")
        due_at = take_turn_today(session, email, is_confirmed(session, email))
        if due_at is None:
            raise Refused(
                _(
                    "Nobody has confirmed this address yet, and it had three mails within a day. What you typed stays "
                    "in this browser: go on here, or ask for the link tomorrow."
                )
            )
        draft = draft_by_token(session, event_id, token, now)
        if draft is None or draft.email != email:
            draft = RegistrationDraft(
                event_id=event_id,
                email=email,
                token_issued_at=_moment(now),
                no_reminders=_wants_no_reminders(session, event_id, email),
            )
            session.add(draft)
        draft.fields, draft.language, draft.updated_at = dict(fields), language, now
        session.flush()
        draft.token_hash = hash_token(_token(draft))
        draft_notice(session, event, email, language, draft_address(event, draft), due_at)


def _wants_no_reminders(session: Session, event_id: int, email: str) -> bool:
    """Whether whoever reads this mailbox has said so of a draft: another one changes nothing about it."""
    said = select(RegistrationDraft.id).where(
        RegistrationDraft.event_id == event_id,
        RegistrationDraft.email == email,
        RegistrationDraft.no_reminders.is_(True),
    )
    return session.scalar(said.limit(1)) is not None


def draft_by_token(
    session: Session, event_id: int, token: str, now: datetime | None = None
) -> RegistrationDraft | None:
    """The draft that a link leads to; ``None`` where it is gone. One query."""
    if not token:
        return None
    return session.scalar(
        select(RegistrationDraft).where(
            RegistrationDraft.token_hash == hash_token(token),
            RegistrationDraft.event_id == event_id,
            RegistrationDraft.updated_at > (now or utcnow()) - KEPT,
        )
    )


def draft_address(event: Event, draft: RegistrationDraft) -> str:
    """Where whoever gets a mail about their `draft` goes on."""
    return page_address("registering.draft", slug=event.slug, draft=_token(draft))


def drafts_left(session: Session, event: Event, now: datetime | None = None) -> list[RegistrationDraft]:
    """The latest draft of each address that has not registered for `event`, the oldest first. One query.

    For reminders: `draft_address` is the link, `language` that of the mail.
    """
    registered = exists().where(
        Registration.event_id == RegistrationDraft.event_id, Registration.email == RegistrationDraft.email
    )
    rows = session.scalars(
        select(RegistrationDraft)
        .where(
            RegistrationDraft.event_id == event.id,
            RegistrationDraft.updated_at > (now or utcnow()) - KEPT,
            ~registered,
        )
        .order_by(RegistrationDraft.updated_at, RegistrationDraft.id)
    )
    latest = {one.email: one for one in rows}
    return sorted(latest.values(), key=lambda one: (one.updated_at, one.id))


def forget_drafts(session: Session, event_id: int, emails: Collection[str]) -> None:
    """Delete what these addresses have begun in the event, in the caller's ``write`` block."""
    if emails:
        session.execute(_BEGUN_BY, [{"event_id": event_id, "email": email} for email in emails])


def drop_draft(session: Session, event_id: int, token: str) -> None:
    """Delete the draft behind `token`, if there is one: it becomes a registration, maybe under another address than it
    was begun with. In the caller's ``write`` block. No query for an empty token."""
    if token:
        session.execute(
            delete(RegistrationDraft)
            .where(RegistrationDraft.event_id == event_id, RegistrationDraft.token_hash == hash_token(token))
            .execution_options(synchronize_session=False)
        )


def forget_old_drafts(session: Session, now: datetime | None = None) -> int:
    """Delete what nobody went on with; how many."""
    old = RegistrationDraft.updated_at <= (now or utcnow()) - KEPT
    if session.scalar(select(RegistrationDraft.id).where(old).limit(1)) is None:
        session.rollback()
        return 0
    with write(session):
        done = session.execute(delete(RegistrationDraft).where(old).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _moment(now: datetime) -> datetime:
    """Two drafts begun within one second have links of their own."""
    return now.replace(microsecond=1 + secrets.randbelow(999_998))


def _token(draft: RegistrationDraft) -> str:
    """The same in each mail about this draft; whoever reads the database alone cannot make it."""
    key = current_app.extensions["passerelle.settings"].secret_key.encode()
    text = f"registration-draft:{draft.id}:{draft.token_issued_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
    return urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).decode().rstrip("=")


# Of the table, not the class: nobody remembers a draft that is deleted.
_drafts = table_of(RegistrationDraft)
_OF_ADDRESS = and_(_drafts.c.event_id == bindparam("event_id"), _drafts.c.email == bindparam("email"))
_BEGUN_BY = delete(_drafts).where(_OF_ADDRESS)
# Whether an address has begun anything in an event: to be asked together with other things.
HAS_BEGUN = exists().where(_OF_ADDRESS)
