"""Lists of people: sent, matched, looked through, taken in, undone."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Fault, Faults, Refused
from web.domain.event.programme import Window, window
from web.domain.people import inviting, participants
from web.domain.people.lists import taking, undoing
from web.domain.people.lists.absent import written
from web.domain.people.lists.asked import Asked
from web.domain.people.lists.comparing import State
from web.domain.people.lists.matching import Matching, columns_of, fields_of
from web.domain.people.lists.standing import standings
from web.exports.answers import answer_list
from web.exports.lists import cell_text, contact_list, directory_list, outstanding_list
from web.forms.lists import LEFT_OUT, NEW, ColumnsForm, ListForm, SaidRows, moved_rows
from web.forms.version import version_in, version_of
from web.models import ListImport, ListState
from web.security import allow, current_actor, current_event, signed_in_user
from web.views.organiser.downloads import list_file

blueprint = Blueprint("lists", __name__, url_prefix="/lists")

TONES = {State.FAULTY: "bad", State.DOUBTFUL: "warn", State.NEW: "good", State.CHANGED: "info", State.SAME: "neutral"}


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> ResponseReturnValue:
    """``way`` in the address: as what the rows are to be taken, where another page leads here for that."""
    way = request.args.get("way", "")
    return _index(ListForm(formdata=None, way=way if way in taking.WAYS else taking.WAYS[0]))


def _index(form: ListForm, faults: list[Fault] | None = None, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "organiser/lists.html",
        form=form,
        faults=faults or [],
        lists=taking.lists_of(get_session(), current_event()),
        state_label=_state_label,
    )
    return page, status


def _state_label(state: str) -> str:
    """How far a list has come, in a word."""
    return {
        ListState.OPEN: _("not imported yet"),
        ListState.DONE: _("imported"),
        ListState.UNDONE: _("undone"),
    }[ListState(state)]


@blueprint.post("/")
@allow("organiser")
def send(event_id: int) -> ResponseReturnValue:
    form = ListForm()
    file = request.files.get("file")
    if not form.validate_on_submit() or file is None or not file.filename:
        form.file.errors = [_("Choose a file: an Excel workbook (.xlsx) or a CSV file (.csv).")]
        return _index(form, status=422)
    try:
        one = taking.start(
            get_session(),
            current_event(),
            file.read(),
            file.filename,
            signed_in_user(),
            current_actor(),
            way=form.way.data,
        )
    except Faults as faults:
        return _index(form, faults.faults, 422)
    return redirect(url_for(".columns", event_id=event_id, list_id=one.id), 303)


def _open(list_id: int) -> ListImport:
    return taking.found(get_session(), current_event(), list_id)


def _page_of(one: ListImport) -> str:
    return url_for(".show", event_id=one.event_id, list_id=one.id)


@blueprint.get("/out/<what>.<ending>")
@allow("organiser")
def export(event_id: int, what: str, ending: str) -> ResponseReturnValue:
    """A list to take away."""
    session, event, language = get_session(), current_event(), get_locale().language
    match what:
        case "contacts":
            table = contact_list(event, participants.everybody(session, event), language)
        case "outstanding":
            table = outstanding_list(event, standings(session, event), language)
        case "directory":
            table = directory_list(event, participants.everybody(session, event), language)
        case "answers":
            table = answer_list(event, participants.everybody(session, event), language)
        case _:
            abort(404)
    return list_file(table, f".{ending}", f"{event.slug}-{what}")


@blueprint.get("/<int:list_id>/columns")
@allow("organiser")
def columns(event_id: int, list_id: int) -> ResponseReturnValue:
    one = _open(list_id)
    if one.state != ListState.OPEN:
        return redirect(_page_of(one))
    return _columns(one, Matching.of(one.matching))


def _columns(
    one: ListImport, matching: Matching, faults: list[Fault] | None = None, status: int = 200
) -> ResponseReturnValue:
    sheets, event, language = taking.sheets_of(one), current_event(), get_locale().language
    sheet, fields = sheets[matching.sheet], fields_of(event, language)
    page = render_template(
        "organiser/list_columns.html",
        one=one,
        form=ColumnsForm(event, language, sheets, matching, one.version),
        sheets=sheets,
        matching=matching,
        columns=columns_of(sheet, matching.head, fields),
        above=sheet.rows[: matching.head],
        rows=len(sheet.rows) - matching.head - 1,
        fields=[field for field in fields.values() if field.name != "key" or "key" in matching.columns.values()],
        errors={fault.path: fault.message for fault in faults or []},
        conflict=status == 409,
    )
    return page, status


@blueprint.post("/<int:list_id>/columns")
@allow("organiser")
def columns_post(event_id: int, list_id: int) -> ResponseReturnValue:
    one, session = _open(list_id), get_session()
    if one.state != ListState.OPEN:
        return redirect(_page_of(one))
    sheets, known = taking.sheets_of(one), Matching.of(one.matching)
    event, language = current_event(), get_locale().language
    form, fields = ColumnsForm(event, language, sheets, known, one.version), fields_of(event, language)
    if form.sheet.data is not None and form.sheet.data != known.sheet:
        # Other columns: looked at before anything is said of them.
        said = taking.matching_for_sheet(one, form.sheet.data, fields)
        taking.match(session, one, said, version_of(form), language, checked=False)
        return redirect(url_for(".columns", event_id=event_id, list_id=list_id), 303)
    said = form.matching(known, columns_of(sheets[known.sheet], known.head), fields, request.form)
    if not form.validate_on_submit():
        return _columns(one, known, [Fault(name, str(errors[0])) for name, errors in form.errors.items()], 422)
    try:
        taking.match(session, one, said, version_of(form), language)
    except Faults as faults:
        return _columns(one, said, faults.faults, 422)
    except StaleDataError:
        return _columns(_open(list_id), said, status=409)
    return redirect(url_for(".rows", event_id=event_id, list_id=list_id), 303)


@blueprint.get("/<int:list_id>/rows")
@allow("organiser")
def rows(event_id: int, list_id: int) -> ResponseReturnValue:
    one = _open(list_id)
    return redirect(_page_of(one)) if one.state != ListState.OPEN else _rows(one)


def _rows(
    one: ListImport,
    said: SaidRows | None = None,
    faults: list[Fault] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    language = get_locale().language
    try:
        found = taking.preview(get_session(), current_event(), one, language)
    except Faults as told:
        # Its columns are to be looked at again.
        return _columns(one, Matching.of(one.matching), told.faults, 422)
    lines, asked = found.comparison.lines, Asked.of(current_event(), language)
    ready = {line.draft.number for line in lines if line.state in (State.NEW, State.CHANGED)}
    page = render_template(
        "organiser/list_rows.html",
        one=one,
        found=found,
        groups={state: found.comparison.of(state) for state in State},
        ticked=ready if said is None else said.rows,
        targets={} if said is None else said.targets,
        meanings=one.meanings if said is None else said.meanings,
        shown=_Shown(found.words, asked),
        asked=asked.questions,
        moved=moved_rows(lines),
        tones=TONES,
        labels={name: field.label for name, field in found.fields.items()},
        errors={fault.path: fault.message for fault in faults or []},
        conflict=status == 409 and not faults,
        LEFT_OUT=LEFT_OUT,
        NEW=NEW,
    )
    return page, status


class _Shown:
    """What a column of a participant says, in words."""

    def __init__(self, words: Any, asked: Asked) -> None:
        self.language, self.asked = get_locale().language, asked
        self.names: Mapping[str, Mapping[str, str]] = {
            "needs": dict(words["items"].choices),
            "offers": dict(words["items"].choices),
            "needs_lines": dict(words["items"].choices),
            "offers_lines": dict(words["items"].choices),
            "themes": dict(words["themes"].choices),
            "requires": dict(words["features"].choices),
            "zone": dict(words["zones"].choices),
            "kind": dict(words["kinds"].choices),
            "size": dict(words["sizes"].choices),
            "language": {"fr": "Français", "en": "English"},
            "home_table_id": dict(words["tables"].choices),
        }

    def __call__(self, name: str, value: Any) -> str:
        if name in self.asked.questions:
            return cell_text(self.asked.cell(name, value), self.language)
        named = self.names.get(name, {})
        if name == "absences":
            return written(value, self.language)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dict):
            return " · ".join(f"{named.get(code, code)}{_(': ')}{line}" for code, line in value.items())
        if isinstance(value, list):
            return ", ".join(named.get(code, code) for code in value)
        return "" if value is None else named.get(str(value), str(value))


@blueprint.post("/<int:list_id>/rows")
@allow("organiser")
def rows_post(event_id: int, list_id: int) -> ResponseReturnValue:
    one, session, event = _open(list_id), get_session(), current_event()
    if one.state != ListState.OPEN:
        # The button was pressed twice, or in another tab.
        return redirect(_page_of(one), 303)
    said, language = SaidRows.of(request.form), get_locale().language
    meanings = said.known_in(taking.words_of(session, event, language), one.meanings)
    version = version_in(request.form.get("version"))
    try:
        if request.form.get("do") == "words":
            taking.decide(session, one, meanings, version)
            return redirect(url_for(".rows", event_id=event_id, list_id=list_id), 303)
        taking.take(
            session,
            event,
            one,
            rows=said.rows,
            targets=said.targets,
            meanings=meanings,
            version=version,
            digest=request.form.get("digest", ""),
            language=language,
            actor=current_actor(),
        )
    except Faults as faults:
        return _rows(_open(list_id), said, faults.faults, 422)
    except StaleDataError:
        return _rows(_open(list_id), said, status=409)
    except Refused as refused:
        one = _open(list_id)
        if one.state != ListState.OPEN:
            # Two presses of the button at once.
            return redirect(_page_of(one), 303)
        return _rows(one, said, [Fault("rows", str(refused))], refused.status)
    return redirect(_page_of(one), 303)


@blueprint.get("/<int:list_id>/")
@allow("organiser")
def show(event_id: int, list_id: int) -> ResponseReturnValue:
    one = _open(list_id)
    if one.state == ListState.OPEN:
        return redirect(url_for(".columns", event_id=event_id, list_id=list_id))
    planned = undoing.undoing(get_session(), one) if one.state == ListState.DONE else None
    return render_template("organiser/list_done.html", one=one, undoing=planned, sendable=_sendable(one))


def _sendable(one: ListImport) -> int:
    """How many invitations could be sent now, of a list of the invited."""
    event = current_event()
    if one.state != ListState.DONE or one.outcome.get("way") != "invited" or window(event) != Window.OPEN:
        return 0
    return len(inviting.not_sent(get_session(), event))


@blueprint.post("/<int:list_id>/undo")
@allow("organiser")
def undo(event_id: int, list_id: int) -> ResponseReturnValue:
    one = _open(list_id)
    try:
        done = undoing.undo(
            get_session(), current_event(), one, version_in(request.form.get("version")), current_actor()
        )
    except (Refused, StaleDataError) as refused:
        flash(str(refused) if isinstance(refused, Refused) else _("The list has changed: look at it again."), "warning")
    else:
        number = len(done)
        flash(ngettext("%(num)d row is undone.", "%(num)d rows are undone.", number), "success")
    return redirect(_page_of(one), 303)


@blueprint.post("/<int:list_id>/drop")
@allow("organiser")
def drop(event_id: int, list_id: int) -> ResponseReturnValue:
    taking.drop(get_session(), current_event(), _open(list_id), current_actor())
    flash(_("The list is thrown away. Whoever was imported from it stays."), "success")
    return redirect(url_for(".index", event_id=event_id), 303)
