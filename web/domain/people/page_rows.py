"""Who reads a page, and the event, as rows that need not be read where their states are known.

To read the two took a fifth of the time of a page. A process keeps them as they were read last; the state of the page
(`web.domain.people.page_state`), which is read anyway, says whether they are still the same.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from web.domain.memory import Memory
from web.domain.people.page_state import ROW_OF_EVENT, ROW_OF_READER, PageRow
from web.domain.team.access import reader_by_token
from web.models import Event, Reader, Registration

Row = TypeVar("Row", Registration, Event)


def reader_of_page(session: Session, page: PageRow, token: str) -> Reader | None:
    """Whose personal link `token` is, as `reader_by_token` gives it, where `page` was read of the page behind it.

    Of columns that no page shows (`Registration.updated_at`, say) the row may have an older value: it is to be looked
    at, and read anew before it is changed. Cost: no query while neither row has changed, else one.
    """
    if "colleague_id" in page._fields:
        return reader_by_token(session, token)
    database = str(session.get_bind().engine.url)
    own_facts, event_facts = _facts(page, page.id, ROW_OF_READER), _facts(page, page.event_id, ROW_OF_EVENT)
    # The link besides: whoever registers in the second in which another was removed may be given that one's number.
    link = (database, token)
    own, event = _readers.find((link, own_facts)), _events.find((database, event_facts))
    if own is not None and event is None:
        # Read once for a room: the event changes for all of it.
        event = _kept(_events, session.get(Event, page.event_id), event_facts, ROW_OF_EVENT, database)
    if own is None or event is None:
        reader = reader_by_token(session, token)
        if isinstance(reader, Registration):
            _kept(_events, reader.event, event_facts, ROW_OF_EVENT, database)
            _kept(_readers, reader, own_facts, ROW_OF_READER, link)
        return reader
    reader = session.merge(own, load=False)
    set_committed_value(reader, "event", session.merge(event, load=False))
    return reader


def _facts(row: object, id: int, names: Iterable[str]) -> tuple[Any, ...]:
    """What tells one state of the row with this id from another, by the names that it has in `row`."""
    return (id, *(getattr(row, name) for name in names))


def _kept(
    memory: Memory[Row], row: Row | None, facts: tuple[Any, ...], names: Mapping[str, str], whose: Hashable
) -> Row | None:
    """A copy of `row` that belongs to no session, kept from now on; ``None`` where it is not any more what `facts` say
    of it by these `names`."""
    if row is None or _facts(row, row.id, names.values()) != facts:
        return None
    with Session() as nobodys:
        copy = nobodys.merge(row, load=False)
        # What it leads to is another row, with changes of its own. (No names at all would mean every one.)
        if others := inspect(type(copy)).relationships.keys() & vars(copy).keys():
            nobodys.expire(copy, others)
        nobodys.expunge_all()
    return memory.get((whose, facts), lambda: copy)


# A room's worth of readers.
_readers: Memory[Registration] = Memory(most=1000)
_events: Memory[Event] = Memory(most=8)
