"""Who is invited to an event: the list, its mails, single corrections."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Faults, Refused
from web.domain.event import taxonomy
from web.domain.event.programme import Window, window
from web.domain.people import inviting, pasted
from web.domain.people.invitations import State, listing, row_of
from web.forms.inviting import DeedForm, InvitationForm, PasteForm, left_out_label, not_sent_label
from web.forms.version import version_of
from web.security import allow, current_actor, current_event
from web.views.organiser import reminding, standing
from web.views.organiser.outbox import state_label as mail_state_label
from web.views.organiser.setup import conflict

blueprint = Blueprint("inviting", __name__, url_prefix="/events/<int:event_id>/invitations")
for _part in (reminding.blueprint, standing.blueprint):
    blueprint.register_blueprint(_part)
# Of a list that a sentence tells.
MOST_NAMED = 10


def state_label(state: str) -> str:
    return {
        State.FAILED: _("mail failed"),
        State.NOT_SENT: _("not sent yet"),
        State.SENT: _("no answer yet"),
        State.REGISTERED: _("registered"),
        State.WITHDRAWN: _("taken back"),
    }[State(state)]


TONES = {"failed": "bad", "not_sent": "neutral", "sent": "info", "registered": "good", "withdrawn": "neutral"}


def _kind_label(kind: str) -> str:
    return taxonomy.capitalised(taxonomy.kind_label(kind, get_locale().language))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    shown = ", ".join(names[:MOST_NAMED])
    return (
        shown if more <= 0 else ngettext("%(names)s and %(num)d more", "%(names)s and %(num)d more", more, names=shown)
    )


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    state = request.args.get("state", "")
    state = state if state in set(State) else ""
    text = request.args.get("q", "")[:200]
    found = listing(get_session(), current_event(), state, text, request.args.get("page", 1, type=int))
    return render_template(
        "inviting/index.html",
        found=found,
        state=state,
        text=text,
        query={name: value for name, value in {"state": state, "q": text}.items() if value},
        states=[one.value for one in State],
        state_label=state_label,
        tones=TONES,
        kind_label=_kind_label,
        is_open=window(current_event()) == Window.OPEN,
    )


def _back() -> str:
    """The list as it was narrowed when the button was pressed."""
    kept = {name: request.args[name] for name in ("q", "state", "page") if name in request.args}
    return url_for(".index", event_id=current_event().id, **kept)  # type: ignore[arg-type]


@blueprint.post("/")
@allow("organiser")
def act(event_id: int) -> ResponseReturnValue:
    """Send or withdraw the invitations that are ticked."""
    form = DeedForm()
    if not form.validate_on_submit():
        flash(_("Choose what to do with the invitations you ticked."), "warning")
    elif not form.ids.data:
        flash(_("Tick at least one invitation first."), "warning")
    elif form.deed.data == "withdraw":
        number = inviting.withdraw(get_session(), current_event(), form.ids.data, current_actor())
        flash(ngettext("%(num)d invitation withdrawn.", "%(num)d invitations withdrawn.", number), "success")
    else:
        _send(form.ids.data)
    return redirect(_back())


@blueprint.post("/send-new")
@allow("organiser")
def send_new(event_id: int) -> ResponseReturnValue:
    """Send all that have not been sent yet."""
    _send(inviting.not_sent(get_session(), current_event()))
    return redirect(_back())


def _send(ids: Sequence[int]) -> None:
    """Send these, and say what came of it."""
    try:
        sent = inviting.send(get_session(), current_event(), ids, current_actor())
    except Refused as refused:
        flash(str(refused), "warning")
        return
    if sent.number:
        flash(
            ngettext("%(num)d invitation is on its way.", "%(num)d invitations are on their way.", sent.number),
            "success",
        )
    for reason, names in sent.kept.items():
        flash(not_sent_label(reason, _listed(names)), "warning")


@blueprint.get("/new")
@allow("organiser")
def new(event_id: int) -> str:
    return _paste(PasteForm(current_event(), get_locale().language))


def _paste(form: PasteForm, faults: Faults | None = None) -> str:
    is_open = window(current_event()) == Window.OPEN
    return render_template(
        "inviting/new.html", form=form, faults=faults.faults if faults is not None else [], is_open=is_open
    )


@blueprint.post("/new")
@allow("organiser")
def new_post(event_id: int) -> ResponseReturnValue:
    event, form = current_event(), PasteForm(current_event(), get_locale().language)
    if not form.validate_on_submit():
        return _paste(form), 422
    try:
        rows = pasted.read_pasted(form.people.data, event, form.kind.data)
        added = inviting.invite_many(get_session(), event, rows, current_actor())
    except Faults as faults:
        return _paste(form, faults), 422
    number = len(added.invitations)
    flash(ngettext("%(num)d invitation added.", "%(num)d invitations added.", number), "success" if number else "info")
    for reason in inviting.LeftOut:
        names = [row.name for row, why in added.left_out if why == reason]
        if names:
            flash(left_out_label(reason, _listed(names)), "info")
    if form.send.data and number:
        _send([one.id for one in added.invitations])
    return redirect(url_for(".index", event_id=event_id), 303)


@blueprint.get("/<int:invitation_id>/")
@allow("organiser")
def show(event_id: int, invitation_id: int) -> ResponseReturnValue:
    one = inviting.invitation(get_session(), current_event(), invitation_id)
    return _one(InvitationForm(current_event(), get_locale().language, one), invitation_id)


def _one(form: InvitationForm, invitation_id: int, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "inviting/one.html",
        form=form,
        row=row_of(get_session(), current_event(), invitation_id),
        state_label=state_label,
        tones=TONES,
        mail_state_label=mail_state_label,
        kind_label=_kind_label,
        conflict=status == 409,
        is_open=window(current_event()) == Window.OPEN,
    )
    return page, status


@blueprint.post("/<int:invitation_id>/")
@allow("organiser")
def correct(event_id: int, invitation_id: int) -> ResponseReturnValue:
    event = current_event()
    one = inviting.invitation(get_session(), event, invitation_id)
    form = InvitationForm(event, get_locale().language, one)
    if not form.validate_on_submit():
        return _one(form, invitation_id, 422)
    try:
        inviting.correct(get_session(), event, invitation_id, form.row(), version_of(form), current_actor())
    except Faults as faults:
        for fault in faults.faults:
            field = form[fault.path]
            field.errors = [*field.errors, fault.message]
        return _one(form, invitation_id, 422)
    except StaleDataError:
        conflict(form, inviting.invitation(get_session(), event, invitation_id).version)
        return _one(form, invitation_id, 409)
    flash(_("Saved."), "success")
    if request.form.get("then") == "send":
        _send([invitation_id])
    return redirect(url_for(".show", event_id=event_id, invitation_id=invitation_id), 303)


@blueprint.post("/<int:invitation_id>/forget")
@allow("organiser")
def forget(event_id: int, invitation_id: int) -> ResponseReturnValue:
    inviting.forget(get_session(), current_event(), invitation_id, current_actor())
    flash(_("The invitation and its mails are erased."), "success")
    return redirect(url_for(".index", event_id=event_id), 303)
