"""Whether somebody has shown that an e-mail address is theirs, and how many mails may go to it until then.

Anybody can type anybody's address into a form. The mail that follows holds a link with a proof that only its reader
has; whoever acts with it, or signs in by a mailed link, has confirmed the address. Until then three mails a day leave
for it, whatever causes them: those that its own people ask for are not written beyond that, the organisers' wait.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, exists, or_, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from web.db import write
from web.domain.errors import Missing, Refused
from web.domain.text import has_link
from web.models import Colleague, MailState, MailTurns, OutboxMail, Reader, Registration, User, table_of, utcnow

MAILS_A_DAY = 3
_DAY = timedelta(days=1)
# The table, not the class: a row is a count, and nothing remembers it between two statements.
_turns = table_of(MailTurns)


def is_confirmed(session: Session, address: str) -> bool:
    """Whether somebody has shown, for any registration or account, that `address` is theirs. One query."""
    return bool(session.scalar(_CONFIRMED, {"email": address}))


# Whether that holds for the address “email”: to be asked together with other things.
IS_CONFIRMED = or_(
    exists().where(Registration.confirmed_email == bindparam("email")),
    exists().where(Colleague.confirmed_email == bindparam("email")),
    exists().where(User.confirmed_email == bindparam("email")),
)
_CONFIRMED = select(IS_CONFIRMED)


def confirmed_among(session: Session, addresses: Collection[str]) -> set[str]:
    """Those of `addresses` that somebody has shown to be theirs. One query."""
    by_participants = select(Registration.confirmed_email).where(Registration.confirmed_email.in_(addresses))
    by_colleagues = select(Colleague.confirmed_email).where(Colleague.confirmed_email.in_(addresses))
    by_accounts = select(User.confirmed_email).where(User.confirmed_email.in_(addresses))
    return {
        address
        for address in session.scalars(union(by_participants, by_colleagues, by_accounts))
        if address is not None
    }


def has_turn(session: Session, address: str) -> bool:
    """Whether a mail to `address` would leave today."""
    if is_confirmed(session, address):
        return True
    turns = session.get(MailTurns, hashed(address))
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


def take_turn(session: Session, address: str, confirmed: bool | None = None) -> datetime:
    """When the next mail to `address` may leave; counts it, in the caller's ``write`` block. See `take_turns`."""
    known = None if confirmed is None else {address} if confirmed else set()
    return take_turns(session, [address], known)[0]


def take_turns(session: Session, addresses: Sequence[str], confirmed: Set[str] | None = None) -> list[datetime]:
    """When the next mail to each of `addresses` may leave; counts them, in the caller's ``write`` block.

    At once, or a day after the last but two where nobody has confirmed the address (`confirmed`: those that somebody
    has, where the caller knows). Locks the rows of the others, in the order of their keys. A row knows its address by a
    hash made with SECRET_KEY: it outlives an erasure by a day, or erasing would start the count anew. At most four
    queries, whatever the number of addresses.
    """
    return [one for one in take_turns_within(session, addresses, timedelta.max, confirmed) if one is not None]


def take_turns_within(
    session: Session, addresses: Sequence[str], within: timedelta, confirmed: Set[str] | None = None
) -> list[datetime | None]:
    """The same for mails that come too late after `within`: ``None``, and nothing is counted, where that would be."""
    now = utcnow()
    confirmed = confirmed_among(session, addresses) if confirmed is None else confirmed
    keys = {address: hashed(address) for address in addresses if address not in confirmed}
    known = _locked_moments(session, sorted(set(keys.values())), now)
    counted = dict(known)
    taken: list[datetime | None] = []
    for address in addresses:
        moment = _next(counted[keys[address]], now) if address in keys else now
        in_time = moment - now <= within
        if in_time and address in keys:
            counted[keys[address]] = _with(counted[keys[address]], moment)
        taken.append(moment if in_time else None)
    _store(session, known, counted)
    return taken


def take_turn_today(session: Session, address: str, confirmed: bool, now: datetime | None = None) -> datetime | None:
    """The same for a mail that leaves today or not at all: ``None`` where it would be later, and nothing is counted.

    `now` is aware (default: this moment).
    """
    now = now or utcnow()
    if confirmed:
        return now
    known = _locked_moments(session, [hashed(address)], now)
    counted = {key: _with(moments, now) for key, moments in known.items() if _next(moments, now) <= now}
    _store(session, known, counted)
    return now if counted else None


def _locked_moments(session: Session, keys: Sequence[str], now: datetime) -> dict[str, list[int]]:
    """When the latest mails to these addresses leave, their rows locked in the order of `keys`.

    A row that is made here counts one mail at once, and is given as none: most addresses write to us once.
    """
    if not keys:
        return {}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = {"moments": [int(now.timestamp())], "last_at": now}
    made = session.scalars(
        insert(_turns).on_conflict_do_nothing().returning(_turns.c.address_hash),
        [{"address_hash": key, **first} for key in keys],
    ).all()
    found: dict[str, list[int]] = {key: [] for key in made}
    others = [key for key in keys if key not in found]
    if others:
        rows = select(_turns.c.address_hash, _turns.c.moments).where(_turns.c.address_hash.in_(others))
        found |= dict(map(tuple, session.execute(rows.order_by(_turns.c.address_hash).with_for_update())))
    return found


def _store(session: Session, known: Mapping[str, list[int]], counted: Mapping[str, list[int]]) -> None:
    """Write what is `counted` now, but for rows that were made with it. The rows are locked."""
    changed = [
        {"key": key, "counted": moments, "last": datetime.fromtimestamp(moments[-1], UTC)}
        for key, moments in counted.items()
        if known[key] or len(moments) > 1
    ]
    if changed:
        session.execute(
            update(_turns)
            .where(_turns.c.address_hash == bindparam("key"))
            .values(moments=bindparam("counted"), last_at=bindparam("last")),
            changed,
        )


def forget_old_turns(session: Session) -> None:
    """Throw away what no longer delays any mail."""
    old = MailTurns.last_at < utcnow() - _DAY
    if session.scalar(select(MailTurns.address_hash).where(old).limit(1)) is not None:
        with write(session):
            session.execute(delete(MailTurns).where(old).execution_options(synchronize_session=False))


def _with(moments: list[int], moment: datetime) -> list[int]:
    return [*moments, int(moment.timestamp())][-MAILS_A_DAY:]


def _next(moments: list[int], now: datetime) -> datetime:
    if len(moments) < MAILS_A_DAY:
        return now
    return max(now, datetime.fromtimestamp(moments[0], UTC) + _DAY)


def names_for(confirmed: bool, organisation: str, *names: str) -> tuple[str, ...]:
    """`organisation` and other names as a mail may say them, in the language of the moment.

    As long as nobody has confirmed an address (`confirmed`), whoever typed it may be a stranger to its owner: a name of
    theirs that would become a link is left out.
    """
    if confirmed:
        return organisation, *names
    shown = _("your organisation") if has_link(organisation) else organisation
    return shown, *("" if has_link(one) else one for one in names)


def with_proof(reader: Reader, address: str) -> str:
    """The personal link `address` as it is mailed to its reader: who comes by it reads that mailbox."""
    return f"{address}?mail={_proof(reader)}"


def is_proof(reader: Reader, text: str) -> bool:
    """Whether `text` came by mail to the address that the reader has now."""
    # Most come without one, and a signature costs as much as ten of these questions.
    return bool(reader.email and text) and hmac.compare_digest(text.encode(), _proof(reader).encode())


def is_to_confirm(reader: Reader, proof: str) -> bool:
    """Whether nobody has confirmed the reader's address yet, and `proof` would."""
    return not has_confirmed(reader) and is_proof(reader, proof)


def confirm_participant(session: Session, reader: Reader) -> None:
    """Note that the reader's address is theirs, and let what waited for it leave. Raises `Missing` where they are
    erased."""
    model: type[Reader] = Colleague if isinstance(reader, Colleague) else Registration
    # Not `reader.id`: it would be looked up for somebody who is erased.
    (reader_id,) = identity_key(instance=reader)[1]
    with write(session):
        rows = select(model).where(model.id == reader_id).execution_options(populate_existing=True)
        if session.scalars(rows.with_for_update()).one_or_none() is None:
            raise Missing
        if reader.email and not has_confirmed(reader):
            # Not an edit: a form that stands open somewhere stays valid.
            if isinstance(reader, Colleague):
                noted = update(Colleague).where(Colleague.id == reader.id).values(confirmed_email=reader.email)
            else:
                noted = (
                    update(Registration)
                    .where(Registration.id == reader.id)
                    .values(confirmed_email=reader.email, updated_at=reader.updated_at)
                )
            session.execute(noted.execution_options(synchronize_session=False))
            session.expire(reader, ["confirmed_email"])
            _let_go(session, reader.email)


def has_confirmed(reader: Reader) -> bool:
    """Whether the reader has shown to read the address that they have now."""
    return bool(reader.email) and reader.confirmed_email == reader.email


def confirm_account(session: Session, user: User) -> None:
    """Note that the account's address is its owner's, in the caller's ``write`` block."""
    if user.email and user.confirmed_email != user.email:
        user.confirmed_email = user.email
        _let_go(session, user.email)


def _let_go(session: Session, address: str) -> None:
    session.execute(delete(MailTurns).where(MailTurns.address_hash == hashed(address)))
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.recipient == address, OutboxMail.state == MailState.QUEUED, OutboxMail.attempts == 0)
        .values(due_at=utcnow())
    )


def hashed(address: str) -> str:
    """What is kept of an address where it is only counted, made with SECRET_KEY: it outlives an erasure."""
    return _keyed(f"address:{address}").hex()


def mark(text: str) -> str:
    """120 bits that only this server writes beside `text`: in a link it shows that the link is of a mail."""
    return urlsafe_b64encode(_keyed(text)[:15]).decode()


def _proof(reader: Reader) -> str:
    whose = "colleague" if isinstance(reader, Colleague) else "mail"
    return mark(f"{whose}:{reader.id}:{reader.email}")


def _keyed(text: str) -> bytes:
    key = current_app.extensions["passerelle.settings"].secret_key.encode()
    return hmac.digest(key, text.encode(), "sha256")
