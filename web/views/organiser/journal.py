"""The log of an event, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from web.db import get_session
from web.domain.team import journal
from web.domain.team.journal import Entry
from web.security import allow, current_event

blueprint = Blueprint("journal", __name__, url_prefix="/events/<int:event_id>/log")

# What each deed is called; a deed that is written down and missing here fails a test.
DEEDS: Mapping[str, Any] = {
    "agreement.ask": _l("Asked for agreement to a version"),
    "agreement.close": _l("Took no more answers to the provisional timetable"),
    "agreement.confirm": _l("Agreed to the provisional agenda"),
    "agreement.deadline": _l("Set another deadline for the answers"),
    "agreement.decline": _l("Declined a provisional meeting"),
    "agreement.remind": _l("Reminded those who had not answered"),
    "agreement.replan": _l("Had it planned again without the declined meetings"),
    "agreement.take_back": _l("Took back that a meeting is declined"),
    "colleague.add": _l("Added a colleague"),
    "colleague.leave": _l("Had themselves removed as a colleague"),
    "colleague.mails": _l("Changed which mails they get"),
    "colleague.remove": _l("Removed a colleague"),
    "colleague.revoke_link": _l("Revoked a colleague’s link"),
    "colleague.send_link": _l("Had a colleague’s link sent"),
    "drift.leave": _l("Left a difference as it is"),
    "drift.tell_again": _l("Had differences told again that were left"),
    "event.ask_presence": _l("Asked the participants whether they come"),
    "event.create": _l("Created the event"),
    "event.duplicate": _l("Created the event as a copy"),
    "event.face": _l("Changed how the organiser shows"),
    "event.questions": _l("Changed the questions of the form"),
    "event.facilitators": _l("Changed the facilitators"),
    "event.import": _l("Imported the event from a file"),
    "event.page": _l("Changed the words of the public page"),
    "event.places": _l("Changed the places"),
    "event.rules": _l("Changed the rules"),
    "event.slots": _l("Changed the rounds"),
    "event.status": _l("Changed the state of the event"),
    "event.tables": _l("Changed the tables"),
    "event.update": _l("Changed the description"),
    "list.drop": _l("Threw a list away"),
    "list.send": _l("Sent a list, to look at"),
    "list.take": _l("Imported a list"),
    "list.undo": _l("Undid the import of a list"),
    "invitation.add": _l("Added people to invite"),
    "invitation.correct": _l("Corrected an invitation"),
    "invitation.forget": _l("Erased an invitation"),
    "invitation.send": _l("Sent invitations"),
    "invitation.withdraw": _l("Took invitations back"),
    "mail.bounce": _l("A mail came back"),
    "mail.retry": _l("Had mails sent again"),
    "mail.without_sheet": _l("Mails left without the agenda to print"),
    "message.delete": _l("Threw the draft of a message away"),
    "message.save": _l("Kept the draft of a message"),
    "message.send": _l("Sent a message"),
    "message.test": _l("Had a message mailed to themselves"),
    "registration.accept": _l("Accepted the registration"),
    "registration.add": _l("Added the participant"),
    "registration.confirm_presence": _l("Said that they come"),
    "registration.decline": _l("Declined the registration"),
    "registration.distinct": _l("Decided about possible duplicates"),
    "registration.erase": _l("Erased a participant’s data"),
    "registration.logo": _l("Changed the logo"),
    "registration.merge": _l("Merged two registrations"),
    "registration.promote": _l("Got a place from the waiting list"),
    "registration.register": _l("Registered themselves"),
    "registration.rejoin": _l("Took part again"),
    "registration.remove": _l("Removed a participant"),
    "registration.resend_link": _l("Had the personal link sent"),
    "registration.revoke_link": _l("Revoked the personal link"),
    "registration.update": _l("Changed the registration"),
    "registration.wait": _l("Put on the waiting list"),
    "registration.withdraw": _l("Withdrew the registration"),
    "reminder.rules": _l("Changed the rules of reminders"),
    "reminder.send": _l("Reminders were written"),
    "reminder.stop": _l("Wants no more reminders"),
    "requirement.add": _l("Added a rule on a pair"),
    "requirement.remove": _l("Removed a rule on a pair"),
    "retention.run": _l("Erased people’s data, its time being over"),
    "schedule.compute": _l("Had a timetable computed"),
    "schedule.delete": _l("Deleted a version"),
    "schedule.edit": _l("Changed a version by hand"),
    "schedule.note": _l("Named a version"),
    "schedule.publish": _l("Published a version"),
    "schedule.repair": _l("Had a repair proposed"),
    "schedule.repair_applied": _l("Applied a repair"),
    "schedule.repair_undone": _l("Undid a repair"),
    "schedule.replan": _l("Had a new timetable proposed"),
    "schedule.stop": _l("Stopped a computation"),
    "team.invite": _l("Invited somebody to the team"),
    "team.remove": _l("Removed somebody from the team"),
    "team.role": _l("Changed somebody’s role"),
    "veto.add": _l("Would rather not meet somebody"),
    "veto.remove": _l("May meet somebody after all"),
    "wish.add": _l("Added a wish"),
    "wish.move": _l("Reordered the wishes"),
    "wish.remove": _l("Took a wish away"),
    "wish.save": _l("Entered the wishes"),
}


def told(entry: Entry) -> str:
    """What was done, with what the entry says of it in numbers."""
    deed = str(DEEDS.get(entry.row.action, entry.row.action))
    details: list[str] = []
    for name, words in _NUMBERS.items():
        number = entry.details.get(name)
        if isinstance(number, int):
            details.append(words(number))
    if entry.whom:
        details.append(entry.whom)
    return f"{deed} ({', '.join(details)})" if details else deed


_NUMBERS: Mapping[str, Callable[[int], str]] = {
    "version": lambda number: _("version %(number)d", number=number),
    "mails": lambda number: ngettext("%(num)d mail", "%(num)d mails", number),
    "participants": lambda number: ngettext("%(num)d participant", "%(num)d participants", number),
    "slots": lambda number: ngettext("%(num)d round", "%(num)d rounds", number),
    "tables": lambda number: ngettext("%(num)d table", "%(num)d tables", number),
    "wishes": lambda number: ngettext("%(num)d wish", "%(num)d wishes", number),
}


def _chosen() -> list[tuple[str, str]]:
    return [
        ("", _("everybody")),
        (journal.TEAM, _("the team")),
        (journal.PARTICIPANTS, _("participants")),
        (journal.PROGRAM, _("the program")),
    ]


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    """``who`` and ``about`` in the address narrow it down."""
    who, about = request.args.get("who", ""), request.args.get("about", type=int)
    found = journal.journal(
        get_session(), current_event(), who=who, about=about, page=request.args.get("page", 1, type=int)
    )
    named = next((one.about for one in found.entries if one.about is not None), None) if about else None
    return render_template(
        "organiser/journal.html", found=found, who=who, about=about, named=named, told=told, chosen=_chosen()
    )
