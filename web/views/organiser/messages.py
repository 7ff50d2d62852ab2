"""Messages to people of an event: written, looked at, tried out, sent once."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Faults, Refused
from web.domain.mail.placeholders import NAMES
from web.domain.people import mailing
from web.domain.people.segments import Group, Segment, Who, handle_of, handles, name_of, numbers, spoken_for
from web.forms.mailing import (
    MessageForm,
    TickedForm,
    gone_label,
    group_label,
    how_many,
    people,
    placeholder_meaning,
    unreached_label,
)
from web.forms.version import version_of
from web.models import EventStatus, Invitation, Mailing, RegistrationStatus
from web.security import allow, current_actor, current_event, signed_in_user
from web.views.organiser.outbox import TONES
from web.views.organiser.outbox import state_label as mail_state_label
from web.views.organiser.setup import conflict

blueprint = Blueprint("messages", __name__, url_prefix="/events/<int:event_id>/mails/messages")
_OF_STATUS = {
    "": Group.EVERYBODY,
    RegistrationStatus.ACCEPTED: Group.ACCEPTED,
    RegistrationStatus.PENDING: Group.PENDING,
    RegistrationStatus.WAITING: Group.WAITING,
    RegistrationStatus.DECLINED: Group.DECLINED,
}


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    return render_template(
        "messages/index.html",
        found=mailing.mailings(get_session(), current_event()),
        segment_label=_segment_label,
        people=people,
    )


def _segment_label(one: Mailing) -> str:
    return group_label(Segment.of(one.segment).group)


@blueprint.get("/new")
@allow("organiser")
def new(event_id: int) -> ResponseReturnValue:
    """``to`` in the address: handles of those chosen already; ``status``, ``kind``: as the list of participants has
    them; ``like``: the number of a message that this one begins as."""
    event, picked = current_event(), request.args.getlist("to")[:1000]
    like = request.args.get("like", type=int)
    if like:
        former = mailing.mailing(get_session(), event, like)
        return _write(_form_of(former, copy=True))
    status, kind = request.args.get("status"), request.args.get("kind", "")
    group = Group.PICKED if picked else _OF_STATUS.get(status, Group.ACCEPTED) if status is not None else Group.ACCEPTED
    return _write(_form(group=group.value, kind=kind, picked=picked, colleagues=True))


@blueprint.post("/to")
@allow("organiser")
def to(event_id: int) -> ResponseReturnValue:
    """Begin a message to the participants who are ticked in their list."""
    ids = [int(one) for one in request.form.getlist("ids") if one.isascii() and one.isdecimal() and len(one) < 10]
    if not ids:
        flash(_("Tick at least one participant first."), "warning")
        return redirect(url_for("participants.index", event_id=event_id))
    return redirect(url_for(".new", event_id=event_id, to=handles(get_session(), current_event(), ids)), 303)


def _form(**data: Any) -> MessageForm:
    event = current_event()
    return MessageForm(event, get_locale().language, numbers(get_session(), event), **data)


def _form_of(one: Mailing, *, copy: bool = False) -> MessageForm:
    """The form with what is kept of `one`, or the same as a new message."""
    segment = Segment.of(one.segment)
    said = {name: getattr(segment, name) for name in ("kind", "theme", "zone", "colleagues")}
    version = {} if copy else {"version": str(one.version)}
    return _form(
        group=segment.group.value, picked=list(segment.picked), **said, **vars(mailing.words_of(one)), **version
    )


def _write(form: MessageForm, one: Mailing | None = None, status: int = 200, refused: str = "") -> ResponseReturnValue:
    language = get_locale().language
    page = render_template(
        "messages/write.html",
        form=form,
        one=one,
        placeholders=[(f"{{{word}}}", placeholder_meaning(code)) for code, word in NAMES[language].items()],
        conflict=status == 409 and not refused,
        refused=refused,
    )
    return page, status


@blueprint.post("/new")
@allow("organiser")
def new_post(event_id: int) -> ResponseReturnValue:
    return _keep(_form(), None)


@blueprint.get("/<int:mailing_id>/edit")
@allow("organiser")
def edit(event_id: int, mailing_id: int) -> ResponseReturnValue:
    one = mailing.mailing(get_session(), current_event(), mailing_id)
    if one.sent_at is not None:
        return redirect(url_for(".show", event_id=event_id, mailing_id=mailing_id))
    return _write(_form_of(one), one)


@blueprint.post("/<int:mailing_id>/edit")
@allow("organiser")
def edit_post(event_id: int, mailing_id: int) -> ResponseReturnValue:
    return _keep(_form(), mailing.mailing(get_session(), current_event(), mailing_id))


def _keep(form: MessageForm, one: Mailing | None) -> ResponseReturnValue:
    """Keep what was typed as a draft, then show it as it would leave, or the list."""
    event = current_event()
    former = Segment.of(one.segment) if one is not None else None
    if not form.validate_on_submit():
        if not form.group.errors:
            try:
                mailing.check(event, form.words(), form.segment(former))
            except Faults as faults:
                _tell(form, faults)
        return _write(form, one, 422)
    try:
        kept = mailing.save(
            get_session(),
            event,
            one.id if one is not None else None,
            form.words(),
            form.segment(former),
            version_of(form),
            current_actor(),
        )
    except Faults as faults:
        _tell(form, faults)
        return _write(form, one, 422)
    except StaleDataError:
        if one is not None:
            conflict(form, mailing.mailing(get_session(), event, one.id).version)
        return _write(form, one, 409)
    except Refused as refused:
        return _write(form, one, refused.status, str(refused))
    if request.form.get("then") == "later":
        flash(_("The draft is kept."), "success")
        return redirect(url_for(".index", event_id=event.id), 303)
    return redirect(url_for(".show", event_id=event.id, mailing_id=kept.id), 303)


def _tell(form: MessageForm, faults: Faults) -> None:
    for fault in faults.faults:
        field = form[fault.path]
        field.errors = [*field.errors, fault.message]


@blueprint.get("/<int:mailing_id>/")
@allow("organiser")
def show(event_id: int, mailing_id: int) -> ResponseReturnValue:
    """A draft as ``as`` (a handle) would read it, or what was sent and what became of it."""
    return _show(mailing_id)


def _page_of(who: Who) -> str:
    """Where an organiser sees to whom it is not sent, and mends why."""
    one = spoken_for(who)
    if isinstance(one, Invitation):
        return url_for("inviting.show", event_id=one.event_id, invitation_id=one.id)
    return url_for("participants.show", event_id=one.event_id, registration_id=one.id)


def _show(mailing_id: int, status: int = 200, told: Sequence[str] = ()) -> ResponseReturnValue:
    """`told`: why nothing was sent."""
    event = current_event()
    one = mailing.mailing(get_session(), event, mailing_id)
    if one.sent_at is not None:
        page = render_template(
            "messages/sent.html",
            one=one,
            mails=mailing.mails_of(get_session(), one),
            segment_label=_segment_label,
            mail_state_label=mail_state_label,
            tones=TONES,
            people=people,
        )
        return page, status
    look = mailing.look(get_session(), event, one, request.values.get("as", "")[:20])
    page = render_template(
        "messages/show.html",
        one=one,
        look=look,
        handle_of=handle_of,
        name_of=name_of,
        page_of=_page_of,
        how_many=how_many,
        segment_label=_segment_label,
        unreached_label=unreached_label,
        people=people,
        told=told,
        asked_again=status == 409,
        is_open=event.status != EventStatus.ARCHIVED,
        me=signed_in_user(),
        tests_left=mailing.MOST_TESTS - one.tests,
    )
    return page, status


@blueprint.post("/<int:mailing_id>/test")
@allow("organiser")
def try_out(event_id: int, mailing_id: int) -> ResponseReturnValue:
    handle = request.form.get("as", "")[:20]
    try:
        email = mailing.try_out(get_session(), current_event(), mailing_id, signed_in_user(), handle, current_actor())
    except Refused as refused:
        return _show(mailing_id, refused.status, [str(refused)])
    except Faults as faults:
        return _show(mailing_id, faults.status, [fault.message for fault in faults.faults])
    flash(_("A test is on its way to %(email)s.", email=email), "success")
    return redirect(f"{url_for('.show', event_id=event_id, mailing_id=mailing_id)}?{urlencode({'as': handle})}", 303)


@blueprint.post("/<int:mailing_id>/send")
@allow("organiser")
def send(event_id: int, mailing_id: int) -> ResponseReturnValue:
    """Send to those who are ticked, if they are those whom the page has shown and told the number of."""
    form = TickedForm()
    try:
        done = mailing.send(
            get_session(),
            current_event(),
            mailing_id,
            version_of(form),
            form.of_shown(),
            form.ticked.data or [],
            current_actor(),
        )
    except StaleDataError:
        return _show(mailing_id, 409, [_("Somebody else has changed this message meanwhile: look at it again.")])
    except Refused as refused:
        return _show(mailing_id, refused.status, [str(refused)])
    except Faults as faults:
        return _show(mailing_id, faults.status, [fault.message for fault in faults.faults])
    if done.already:
        flash(_("This message was sent already; nobody gets it twice."), "info")
    elif done.number:
        flash(_("The message is on its way to %(people)s.", people=people(done.number)), "success")
        if done.later:
            flash(
                ngettext(
                    "%(num)d of the mails leaves later: nobody has confirmed this address, so at most three mails a "
                    "day go to it.",
                    "%(num)d of the mails leave later: nobody has confirmed these addresses, so at most three mails "
                    "a day go to each.",
                    done.later,
                ),
                "info",
            )
    else:
        return _show(mailing_id, 409, _differs(done))
    return redirect(url_for(".show", event_id=event_id, mailing_id=mailing_id), 303)


def _differs(done: mailing.Sending) -> list[str]:
    """What is another than the page said when “send” was pressed."""
    told = [gone_label(reason, names) for reason, names in (done.gone or {}).items()]
    if done.added:
        told.append(_("Reached too by now: %(names)s.", names=", ".join(done.added)))
    if done.chosen_anew:
        told.append(_("Your choice is kept: the number on the button is that of those who are ticked now."))
    return told


@blueprint.post("/<int:mailing_id>/delete")
@allow("organiser")
def delete(event_id: int, mailing_id: int) -> ResponseReturnValue:
    mailing.delete(get_session(), current_event(), mailing_id, current_actor())
    flash(_("The draft is deleted."), "success")
    return redirect(url_for(".index", event_id=event_id), 303)
