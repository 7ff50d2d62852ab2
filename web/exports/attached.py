"""The files that mails with an agenda carry: made by the worker, the sheets by printing processes of its own.

No request waits for them, and no other mail. What cannot be printed is left out: a mail is worth more than its sheet.
"""

import logging
from collections import Counter

from sqlalchemy.orm import Session

from web.domain.links import personal_address
from web.domain.mail import attaching
from web.domain.mail.attaching import Attachment
from web.domain.team.access import known_personal_token
from web.domain.timetable.agenda import published_agenda
from web.exports.agenda_data import AgendaData
from web.exports.press import PressBusy, PressClosed, PrintFailed, press
from web.exports.versions import own_agenda, own_calendar
from web.models import Attaching, Colleague, OutboxMail, Registration

log = logging.getLogger(__name__)

# So many mails are looked after in one round.
A_ROUND = 200
# Where so many sheets in a row cannot be printed, no further one is tried in this round: each costs the start of two
# processes, and its mail waits.
ENOUGH = 2
# Seconds for one sheet, which is tried twice; the press ends what hangs before.
_LONGEST = 600.0


def attach_waiting(session: Session) -> str:
    """Make the files of all mails that wait for theirs; says what is wrong with printing, if anything.

    Each mail is a transaction of its own; a round that is broken off is taken up by the next one, where it was.
    """
    without: Counter[int] = Counter()
    in_a_row = 0
    for mail_id in attaching.waiting(session, A_ROUND):
        try:
            event_id, outcome = _attach(session, mail_id, prints=in_a_row < ENOUGH)
        except PressClosed:
            # Whoever works next takes it up.
            break
        if outcome == Attaching.NO_SHEET and event_id is not None:
            without[event_id] += 1
        in_a_row = 0 if outcome == Attaching.MADE else in_a_row + (outcome == Attaching.NO_SHEET)
    if not without:
        return ""
    attaching.note_without_sheet(session, without)
    return "sheets for mails could not be printed"


def _attach(session: Session, mail_id: int, *, prints: bool) -> tuple[int | None, Attaching | None]:
    """Make the files of one mail and keep them; the event and what came of it, ``None`` where it waits no more."""
    mail = session.get(OutboxMail, mail_id)
    made = None if mail is None else _made(session, mail)
    event_id = None if mail is None else mail.event_id
    session.rollback()
    if made is None:
        kept = attaching.attach(session, mail_id, Attaching.OUTDATED, (), lambda mail: _made(session, mail) is None)
        return event_id, Attaching.OUTDATED if kept else None
    agenda, calendar = made
    files = [Attachment("agenda.ics", "text/calendar; method=PUBLISH; charset=utf-8", calendar)]
    pdf = _printed(agenda, event_id) if prints else None
    if pdf is not None:
        files.insert(0, Attachment("agenda.pdf", "application/pdf", pdf))
    outcome = Attaching.NO_SHEET if pdf is None else Attaching.MADE
    kept = attaching.attach(session, mail_id, outcome, files, lambda mail: _made(session, mail) == made)
    return event_id, outcome if kept else None


def _made(session: Session, mail: OutboxMail) -> tuple[AgendaData, bytes] | None:
    """The agenda and the calendar of whom `mail` is for, in their language; ``None`` where nothing is announced."""
    me = session.get(Registration, mail.registration_id) if mail.registration_id is not None else None
    published = None if me is None else published_agenda(session, me)
    if me is None or published is None:
        return None
    # To a colleague, in their language and with their link.
    reader = me if mail.colleague_id is None else session.get(Colleague, mail.colleague_id)
    if reader is None:
        return None
    token, language = known_personal_token(reader), reader.language
    address = None if token is None else personal_address(token)
    return own_agenda(published, me, language, address, own_screen=False), own_calendar(me, language, address)


def _printed(agenda: AgendaData, event_id: int | None) -> bytes | None:
    """The sheet; ``None`` where it could not be printed."""
    try:
        return press().order([agenda], event_id=event_id).wait(_LONGEST)
    except PressClosed:
        raise
    except (PrintFailed, PressBusy) as failure:
        log.warning("A sheet for a mail could not be printed (%s): the mail leaves without.", failure)
        return None
    finally:
        if event_id is not None:
            # Nobody asks for it again: it is kept with the mail.
            press().forget(event_id)
