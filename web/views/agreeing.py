"""Answers to the provisional timetable, and to whether one comes: more of the personal link."""

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Faults, Refused
from web.domain.people.presence import confirm_presence
from web.domain.timetable import answers
from web.forms.version import version_in
from web.security import allow, current_actor, current_registration
from web.views.participant import back, blueprint, changes_limited, home_page
from web.views.provisional import reason_words

blueprint.context_processor(lambda: {"reason_words": reason_words})


@blueprint.post("/agenda/agree")
@allow("participant")
@changes_limited
def agree(token: str) -> ResponseReturnValue:
    try:
        answers.agree(get_session(), current_registration(), version_in(request.form.get("version")), current_actor())
    except Refused as error:
        flash(str(error), "error")
    else:
        flash(_("Thank you: it is noted that all of it suits you."), "success")
    return back("participant.home", token)


@blueprint.post("/agenda/decline")
@allow("participant")
@changes_limited
def decline(token: str) -> ResponseReturnValue:
    said = {name: request.form.get(name, "") for name in ("partner", "reason", "note")}
    try:
        answers.decline(
            get_session(),
            current_registration(),
            version_in(request.form.get("version")),
            said["partner"],
            said["reason"],
            said["note"],
            current_actor(),
        )
    except Faults as error:
        faults = {fault.path: str(fault.message) for fault in error.faults}
        return home_page(token, faults=faults, **said), error.status
    except Refused as error:
        flash(str(error), "error")
        return back("participant.home", token)
    flash(_("It is noted: this meeting does not suit you. The organisers look for something else."), "success")
    return back("participant.home", token, "provisional-title")


@blueprint.post("/agenda/take-back")
@allow("participant")
@changes_limited
def take_back(token: str) -> ResponseReturnValue:
    try:
        answers.take_back(get_session(), current_registration(), request.form.get("partner", ""), current_actor())
    except Refused as error:
        flash(str(error), "error")
        return back("participant.home", token)
    flash(_("It is noted: you would meet them after all."), "success")
    return back("participant.home", token, "provisional-title")


@blueprint.post("/present")
@allow("participant")
@changes_limited
def present(token: str) -> ResponseReturnValue:
    try:
        confirm_presence(get_session(), current_registration(), current_actor())
    except Refused as error:
        flash(str(error), "error")
    else:
        flash(_("Thank you: you are expected."), "success")
    return back("participant.home", token)
