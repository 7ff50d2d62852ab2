"""The organiser's events: list, create, import, one event's overview, copy, archive."""

from collections.abc import Iterator
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Fault, Faults, Refused
from web.domain.event import events, slots
from web.domain.event import transfer as event_transfer
from web.domain.event.programme import Window, registration_ends, window
from web.domain.event.resources import table_names
from web.domain.event.warnings import event_warnings
from web.domain.links import page_address
from web.domain.mail import outbox
from web.domain.people import participants, places
from web.domain.team.team import events_told_to_nobody
from web.domain.timetable import jobs, seen, versions
from web.domain.timetable.agreeing import standing
from web.domain.timetable.drift import drift, drifts
from web.forms.events import CreateEventForm, DuplicateForm, ImportForm
from web.models import Event, EventStatus, MailState, Role
from web.security import allow, current_actor, current_event, signed_in_user
from web.views.context import moment
from web.views.faults import said, shown
from web.views.organiser.downloads import attachment
from web.views.organiser.steps import next_steps
from web.views.phrases import kind_named
from web.views.qr import qr_data_uri

blueprint = Blueprint("events", __name__, url_prefix="/events")

# Of those whose address an import does not take over.
MOST_NAMED = 10

FILE_TYPES = {
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.get("/")
@allow("organiser", "desk", "committee")
def index() -> str:
    cards = events.event_cards(get_session(), signed_in_user())
    archived = [card for card in cards if card.event.status == EventStatus.ARCHIVED]
    current = [card for card in cards if card.event.status != EventStatus.ARCHIVED]
    session, mine = get_session(), [card.event for card in current if card.role == Role.ORGANISER]
    return render_template(
        "organiser/events.html",
        current=current,
        archived=archived,
        apart=drifts(session, mine),
        silent=events_told_to_nobody(session, mine),
    )


def _days(form: CreateEventForm) -> tuple[slots.Day, ...]:
    """The grid that the form asks for; empty, with the faults shown beside the fields, when it cannot be made."""
    if not form.grid_is_valid():
        return ()
    try:
        return slots.days_of(slots.slot_times(form.plan()))
    except Faults as faults:
        form.show(faults)
        return ()


def _tables(form: CreateEventForm) -> int | None:
    try:
        return len(table_names(form.tables.data or ""))
    except Faults:
        return None


@blueprint.get("/new")
@allow("organiser")
def new() -> str:
    form = CreateEventForm(get_locale().language)
    days = slots.days_of(slots.slot_times(form.plan()))
    return render_template("organiser/event_new.html", form=form, days=days, tables=_tables(form), problems=[])


@blueprint.get("/new/grid")
@allow("organiser")
def grid() -> str:
    """The slots as they would be: what the page shows while somebody types."""
    form = CreateEventForm(get_locale().language, formdata=request.args)
    return render_template("organiser/_grid.html", days=_days(form), tables=_tables(form), problems=form.problems())


@blueprint.post("/new")
@allow("organiser")
def new_post() -> ResponseReturnValue:
    form = CreateEventForm(get_locale().language)
    if request.form.get("preview"):
        days = _days(form)
        page = render_template(
            "organiser/event_new.html", form=form, days=days, tables=_tables(form), problems=form.problems()
        )
        return page, 200
    if form.validate_on_submit():
        try:
            event = events.create_event(
                get_session(),
                form.basics(get_locale().language),
                form.rules(),
                form.plan(),
                table_names(form.tables.data),
                signed_in_user(),
                current_actor(),
                zones=form.zone_terms(),
            )
        except Faults as faults:
            form.show(faults)
        else:
            flash(_("The event is created. Look through it, then open registration."), "success")
            return redirect(url_for("events.show", event_id=event.id))
    errors = {name: list(messages) for name, messages in form.errors.items()}
    days = _days(form)
    form.put_back(errors)
    page = render_template(
        "organiser/event_new.html", form=form, days=days, tables=_tables(form), problems=form.problems()
    )
    return page, 422


@blueprint.get("/import")
@allow("organiser")
def upload() -> str:
    return render_template("organiser/event_import.html", form=ImportForm(), faults=[])


@blueprint.post("/import")
@allow("organiser")
def upload_post() -> ResponseReturnValue:
    form = ImportForm()
    file = request.files.get("file")
    faults: list[Fault] = []
    if not form.validate_on_submit() or file is None or not file.filename:
        form.file.errors = [_("Choose a file: .xlsx, .csv, .tsv, .json or .dzn.")]
    else:
        try:
            imported = event_transfer.import_upload(
                get_session(), file.read(), file.filename, signed_in_user(), current_actor()
            )
        except Faults as error:
            faults = error.faults
        else:
            flash(_("The event is imported, participants and all. Nobody has been mailed."), "success")
            for message in _to_look_at(imported):
                flash(message, "warning")
            return redirect(url_for("events.show", event_id=imported.event.id))
    name = file.filename if file is not None else ""
    page = render_template("organiser/event_import.html", form=form, faults=faults, shown=shown(faults), name=name)
    return page, 422


@blueprint.get("/import/template.xlsx")
@allow("organiser")
def template() -> ResponseReturnValue:
    """An empty workbook to fill in, in the language of the page."""
    language = get_locale().language
    name = "modele-evenement.xlsx" if language == "fr" else "event-template.xlsx"
    return attachment(event_transfer.empty_workbook(language), FILE_TYPES[".xlsx"], name)


def _to_look_at(imported: event_transfer.Imported) -> Iterator[str]:
    """What an organiser should look at after an import, a sentence each."""
    if imported.no_address:
        yield _not_taken_over(imported.no_address)
    if imported.no_website:
        who = _named(imported.no_website)
        yield _("No website was taken over where what the file says is no address of one: %(who)s.", who=who)
    if imported.notes:
        told = "; ".join(said(note) for note in imported.notes[:MOST_NAMED])
        yield _("The file was understood like this, have a look: %(what)s.", what=told)


def _named(pairs: list[tuple[str, str]]) -> str:
    """Names, each with what stands in the file in place of what was looked for."""
    named = [_("%(name)s (“%(text)s”)", name=name, text=text[:60]) for name, text in pairs[:MOST_NAMED]]
    return ", ".join([*named, "…"] if len(pairs) > MOST_NAMED else named)


def _not_taken_over(unreadable: list[tuple[str, str]]) -> str:
    """`unreadable`: names, and what stands in the place of the e-mail address."""
    told = ngettext(
        "%(num)d e-mail address could not be written to and was not taken over: %(who)s. "
        "No mail reaches this participant until you enter one.",
        "%(num)d e-mail addresses could not be written to and were not taken over: %(who)s. "
        "No mail reaches these participants until you enter one.",
        len(unreadable),
        who=_named(unreadable),
    )
    return str(told)


@blueprint.get("/<int:event_id>/")
@allow("organiser")
def show(event_id: int) -> str:
    session, event = get_session(), current_event()
    counts = participants.status_counts(session, event)
    latest = versions.versions_of(session, event.id)
    # Before the first publication: whether what could be published is still right.
    apart = drift(session, event, None if event.published_schedule_id or not latest else latest[0])
    mails = outbox.mails(session, event, MailState.FAILED).counts
    failed = mails[MailState.FAILED]
    address = page_address("public.event", slug=event.slug)
    return render_template(
        "organiser/event.html",
        counts=counts,
        kinds=participants.kind_counts(session, event),
        places=places.counted_places(session, event),
        kind_label=kind_named,
        undecided=participants.accepted_without_wishes(session, event),
        days=slots.days_of(slots.times_of(event)),
        window=window(event),
        ends=registration_ends(event),
        versions=latest,
        failed=failed,
        address=address,
        qr=qr_data_uri(address),
        warnings=event_warnings(session, event, get_locale().language),
        drift=apart,
        steps=next_steps(
            event,
            counts,
            jobs.active_job(session, event.id),
            latest,
            apart,
            participants.accepted_without_address(session, event),
            mails,
            standing(session, event),
        ),
    )


@blueprint.post("/<int:event_id>/status")
@allow("organiser")
def status(event_id: int) -> ResponseReturnValue:
    wanted = request.form.get("status", "")
    event = current_event()
    if wanted in set(EventStatus):
        changed = events.set_status(get_session(), event, EventStatus(wanted), current_actor())
        if changed and (told := _told_of(event)):
            flash(*told)
    return redirect(url_for("events.show", event_id=event.id))


def _told_of(event: Event) -> tuple[str, str] | None:
    """What is said once `event` has come to its state, and in which tone; an event is open between two moments."""
    ended = moment(registration_ends(event))
    sentences = {
        Window.OPEN: _("Registration is open."),
        Window.EARLY: _("Registration opens on %(moment)s.", moment=moment(event.registration_opens_at)),
        Window.LATE: _("Nobody can register: it was possible until %(moment)s.", moment=ended),
        Window.CLOSED: _("Registration is closed."),
        Window.ARCHIVED: _("The event is in the archive; nothing is lost."),
    }
    state = window(event)
    return (sentences[state], "warning" if state == Window.LATE else "success") if state in sentences else None


@blueprint.post("/<int:event_id>/differences/<item>/leave")
@allow("organiser")
def leave(event_id: int, item: str) -> ResponseReturnValue:
    """Say no more of one difference between the published timetable and the event, until it is another one."""
    try:
        seen.leave(get_session(), current_event(), item, current_actor())
    except Refused as error:
        flash(str(error), "error")
    else:
        flash(_("It is left so. It is told again as soon as anything about it changes."), "success")
    return redirect(url_for("events.show", event_id=event_id), 303)


@blueprint.post("/<int:event_id>/differences/<item>/tell")
@allow("organiser")
def tell_again(event_id: int, item: str) -> ResponseReturnValue:
    seen.tell_again(get_session(), current_event(), item, current_actor())
    return redirect(url_for("events.show", event_id=event_id), 303)


@blueprint.get("/<int:event_id>/duplicate")
@allow("organiser")
def duplicate(event_id: int) -> str:
    event = current_event()
    title = _("%(title)s (copy)", title=event.title)
    return render_template("organiser/event_duplicate.html", form=DuplicateForm(data={"title": title}))


@blueprint.post("/<int:event_id>/duplicate")
@allow("organiser")
def duplicate_post(event_id: int) -> ResponseReturnValue:
    form = DuplicateForm()
    if not form.validate_on_submit():
        return render_template("organiser/event_duplicate.html", form=form), 422
    copy = events.duplicate_event(
        get_session(),
        current_event(),
        title=" ".join(form.title.data.split()),
        day=form.day.data,
        with_pool=form.with_pool.data,
        user=signed_in_user(),
        actor=current_actor(),
    )
    flash(_("This is the copy. Check its date and its texts before you open registration."), "success")
    return redirect(url_for("events.show", event_id=copy.id))


@blueprint.get("/<int:event_id>/export<ending>")
@allow("organiser")
def export(event_id: int, ending: str) -> ResponseReturnValue:
    event = current_event()
    if ending not in FILE_TYPES:
        from flask import abort

        abort(404)
    data = event_transfer.export_file(get_session(), event, ending, get_locale().language)
    return send_file(BytesIO(data), FILE_TYPES[ending], as_attachment=True, download_name=f"{event.slug}{ending}")
