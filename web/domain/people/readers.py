"""Who is told by mail what becomes of a participant: the first contact, and each colleague who wants to be."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.links import personal_address
from web.domain.mail.notices import registration_notice
from web.domain.team.access import personal_token
from web.models import Colleague, Event, Reader, Registration


def readers_of(session: Session, registrations: Iterable[Registration]) -> list[Reader]:
    """Whom a mail about these participants goes to, in their order: each first contact with an address, then the
    colleagues in the order in which they were added. Each once, also where two of them share an address: each has a
    link and a language of their own. One query."""
    people = list(registrations)
    wanting = select(Colleague).where(
        Colleague.registration_id.in_([one.id for one in people]), Colleague.wants_mails.is_(True)
    )
    of_each: dict[int, list[Reader]] = defaultdict(list)
    if people:
        for colleague in session.scalars(wanting.order_by(Colleague.id)):
            of_each[colleague.registration_id].append(colleague)
    return [
        reader
        for one in people
        for reader in [*([one] if one.email else []), *of_each[one.id]]
    ]  # fmt: skip


def tell(
    session: Session, registrations: Iterable[Registration], news: str, place: int | None = None
) -> Sequence[Reader]:
    """Mail all who read for these participants what became of their registrations, as `registration_notice` says it;
    whom. In the caller's ``write`` block."""
    readers = readers_of(session, registrations)
    for reader in readers:
        registration_notice(session, reader, news, personal_address(personal_token(reader)), place=place)
    return readers


def colleagues_by_address(session: Session, event: Event) -> dict[int, dict[str, str]]:
    """The names of the colleagues of each registration of `event`, by its number and their addresses. One query."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = select(Colleague.registration_id, Colleague.email, Colleague.name).join(Registration)
    for registration_id, email, name in session.execute(
        rows.where(Registration.event_id == event.id).order_by(Colleague.id)
    ):
        found[registration_id][email] = name
    return found


def addresses_of(readers: Iterable[Reader]) -> list[str]:
    """The e-mail address of each, in their order."""
    return [reader.email or "" for reader in readers]


def without_reader(registrations: Iterable[Registration], readers: Iterable[Reader]) -> int:
    """How many of `registrations` none of `readers` reads for: nobody can be told by mail."""
    told = {one.registration_id if isinstance(one, Colleague) else one.id for one in readers}
    return sum(one.id not in told for one in registrations)
