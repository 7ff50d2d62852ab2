"""A participant's own pages, opened by the personal link. There is no password: the link is the account."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.local import LocalProxy

from web.db import get_session
from web.domain.event.programme import days_of, sittings, window
from web.domain.event.vocabulary import Vocabulary, vocabulary_of
from web.domain.links import personal_address
from web.domain.mail.addresses import confirm_participant, has_confirmed, is_proof, is_to_confirm
from web.domain.memory import Memory
from web.domain.people import colleagues, places, presence, privacy, registration, wishes
from web.domain.people.coaching_words import asks_of
from web.domain.people.directory import is_visible
from web.domain.timetable.agenda import PublishedAgenda, published_agenda
from web.domain.timetable.drift import drift
from web.domain.timetable.drift_words import for_participant
from web.domain.tokens import hash_token
from web.exports.agenda_data import AgendaData, AgendaDay, AgendaLine
from web.exports.versions import own_agenda, own_calendar
from web.extensions import limiter
from web.forms.registration import EraseForm, RegistrationForm
from web.forms.version import version_of
from web.models import RegistrationStatus, utcnow
from web.security import allow, current_actor, current_colleague, current_reader, current_registration
from web.views import provisional
from web.views.frame import framed
from web.views.phrases import because, in_own_words, kind_named, own_items, own_themes, phrases, reasons_of
from web.views.prints import printed
from web.views.unchanged import KEPT_BY_ITS_READER, conditional

blueprint = Blueprint("participant", __name__, url_prefix="/p/<token>")
blueprint.context_processor(phrases)
for _filter in (in_own_words, own_items, own_themes, kind_named):
    blueprint.add_app_template_filter(_filter)

# Where the cookie keeps what showed that its browser came by a mail.
PROOF = "mail_proof"
KEPT = frozenset({"participant.home", "participant.agenda_calendar", "participant.directory"})


def by_link() -> str:
    """What limits count: the link, for a whole venue may share one address."""
    return hash_token((request.view_args or {}).get("token", ""))


changes_limited = limiter.limit("120 per 10 minutes", key_func=by_link)
# A page that waits for its sheet asks every few seconds.
prints_limited = limiter.limit("60 per 10 minutes", key_func=by_link)


@blueprint.before_request
def confirm_by_acting() -> None:
    """Whoever came by the mailed link and then does something has confirmed the address; looking changes nothing."""
    if "registration" not in g:
        return
    me, shown = current_reader(), request.args.get("mail", "")
    if is_proof(me, shown):
        session[PROOF] = shown
    if request.method == "POST" and is_to_confirm(me, session.get(PROOF, "")):
        confirm_participant(get_session(), me)


@blueprint.after_request
def personal(response: Response) -> Response:
    """The day's pages are kept by this browser alone, to be shown again when the room has no network; by no proxy and
    no search engine. The others are kept nowhere."""
    if request.endpoint in KEPT:
        response.headers.setdefault("Cache-Control", KEPT_BY_ITS_READER)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.context_processor
def layout() -> dict[str, object]:
    # The page for a link that does not work, or for a request refused before it was looked up, has no participant.
    if "registration" not in g:
        return {"agenda": None}
    me = current_registration()
    return {
        "registration": me,
        "colleague": current_colleague(),
        "token": (request.view_args or {})["token"],
        # Looked for when a template asks for them: the agenda does not.
        "vocabulary": LocalProxy(words),
        "because": lambda why: because(why, words()),
        "reasons_of": lambda why: reasons_of(why, words()),
        "choosing": wishes.choosing(me),
        "directory_visible": is_visible(me),
    }


def words() -> Vocabulary:
    if "vocabulary" not in g:
        g.vocabulary = vocabulary_of(current_registration().event, get_locale().language)
    return cast(Vocabulary, g.vocabulary)


def back(endpoint: str, token: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for(endpoint, token=token, _anchor=anchor), 303)


# The agenda and the state of the registration


@blueprint.get("/")
@allow("participant")
@conditional("page")
def home(token: str) -> str:
    return home_page(token)


def home_page(token: str, **answering: Any) -> str:
    """The page; `answering`: what was sent with an answer that could not be taken, as `_provisional.html` shows it."""
    me = current_registration()
    announced = _announced(token)
    return framed(
        "participant/home.html",
        address=personal_address(token),
        welcome="welcome" in request.args,
        confirmable=is_to_confirm(current_reader(), request.args.get("mail", "")),
        window=window(me.event),
        place_in_line=places.place_in_line(get_session(), me),
        sittings=days_of(me.event),
        wish_count=0 if announced["agenda"] else len(me.wishes),
        provisional=provisional.shown(token) if announced["agenda"] is None else None,
        answering=answering,
        presence=presence.is_asked(me.event),
        present=presence.has_confirmed(me),
        **announced,
    )


def _announced(token: str) -> dict[str, Any]:
    """What the page shows of the announced agenda, by the names of its template; nothing where there is none."""
    me = current_registration()
    published = published_agenda(get_session(), me, g.get("told"))
    if published is None:
        return {"agenda": None}
    address, people = personal_address(token), g.get("others")
    agenda = own_agenda(published, me, get_locale().language, address, own_screen=True, people=people)
    known = _lines_of(published, agenda, kept=g.get("told") is not None and people is not None)
    now = utcnow()
    current = next((row for row in known.meetings if row.start <= now < row.end), None)
    coming = next((row for row in known.meetings if row.start > now), None)
    return {"agenda": agenda, "agenda_section": lambda: _agenda_section(known, current, coming)}


def _lines_of(published: PublishedAgenda, agenda: AgendaData, kept: bool) -> "Lines":
    """The lines of `agenda`. `kept`: whether the two are the same objects where they say the same."""
    zone, marks = current_registration().event.timezone, _marks(published)

    def make() -> Lines:
        return Lines(published, agenda, _rows(agenda, ZoneInfo(zone), marks))

    # They are kept with what is made of them: no others can have their numbers meanwhile.
    return _lines.get((id(published), id(agenda), zone, *marks.items()), make) if kept else make()


def _agenda_section(lines: "Lines", current: "Row | None", coming: "Row | None") -> Markup:
    """The announced agenda on its page: made once, while it is the same, for it is the longest part of it."""
    event = current_registration().event
    place, note = event.place, event.texts.get("agenda_note")
    key = ((request.view_args or {})["token"], get_locale().language, current, coming, place, note)
    made = lines.sections.get(key)
    if made is None:
        if len(lines.sections) > MOST_SECTIONS:
            lines.sections.clear()
        html = render_template(
            "participant/_agenda.html",
            published=lines.published,
            agenda=lines.agenda,
            rows=lines.rows,
            changing=sum(bool(row.mark) for row in lines.meetings),
            current=current,
            coming=coming,
        )
        made = lines.sections[key] = html.encode()
    return Markup(made.decode())


class Row(NamedTuple):
    """A line of the agenda; when a meeting begins and ends, and the same as the page's script reads it.

    `mark`: why the meeting will not be held as it stands there, empty where it will.
    """

    line: AgendaLine
    start: datetime
    end: datetime
    mark: str = ""


@dataclass
class Lines:
    """An announced agenda as its page shows it, by day; `sections`: what was made of it, by what it was made with."""

    published: PublishedAgenda
    agenda: AgendaData
    rows: list[tuple[AgendaDay, list[Row]]]
    sections: dict[Hashable, bytes] = field(default_factory=dict)

    @cached_property
    def meetings(self) -> list[Row]:
        return [row for _day, of_day in self.rows for row in of_day if row.line.kind == "meeting"]


# Those of a room; each takes some ten kilobytes.
_lines: Memory[Lines] = Memory(most=600)
# As many as there are colleagues, whose links are their own.
MOST_SECTIONS = 4

# A wall-clock time and the letters of a partner's name, which lines set with other spaces.
Marks = Mapping[tuple[datetime, str], str]


def _marks(published: PublishedAgenda) -> Marks:
    """What to say beside meetings that cannot be held as they were announced."""
    me, value = current_registration(), published.event
    found = {}
    for meeting, item in drift(get_session(), me.event, people=g.get("others")).of_meetings(me.key).items():
        start = value.slots[value.slot_index[meeting.slot]].start
        (partner,) = set(meeting.between) - {me.key}
        found[start, "".join(value.participant(partner).label.split())] = for_participant(item)
    return found


def _rows(agenda: AgendaData, zone: ZoneInfo, marks: Marks) -> list[tuple[AgendaDay, list[Row]]]:
    def moment(day: AgendaDay, clock: str) -> datetime:
        return datetime.combine(day.date, time.fromisoformat(clock), zone)

    def mark(day: AgendaDay, line: AgendaLine) -> str:
        start = datetime.combine(day.date, time.fromisoformat(line.start))
        return marks.get((start, "".join(line.title.split())), "") if marks else ""

    def row(day: AgendaDay, line: AgendaLine) -> Row:
        start, end = moment(day, line.start), moment(day, line.end)
        # What ends earlier on the clock than it begins ends after midnight.
        return Row(line, start, end if end > start else end + timedelta(days=1), mark(day, line))

    return [(day, [row(day, line) for line in day.lines]) for day in agenda.days]


def download(content: bytes, mime_type: str, name: str) -> Response:
    response = Response(content, mimetype=mime_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@blueprint.get("/agenda.pdf")
@allow("participant")
@prints_limited
def agenda_print(token: str) -> Response:
    me = current_registration()
    published = published_agenda(get_session(), me) or abort(404)
    agenda = own_agenda(published, me, get_locale().language, personal_address(token), own_screen=False)
    large = "large" in request.args
    return printed(
        lambda: [agenda],
        lambda pdf: download(pdf, "application/pdf", "agenda.pdf"),
        event_id=me.event_id,
        asker=f"registration {me.id}",
        back=url_for("participant.home", token=token),
        large=large,
    )


@blueprint.get("/agenda.ics")
@allow("participant")
@conditional("file")
def agenda_calendar(token: str) -> Response:
    me = current_registration()
    try:
        calendar = own_calendar(me, get_locale().language, personal_address(token), g.get("others"), g.get("told"))
    except KeyError:
        abort(404)
    return download(calendar, "text/calendar", "agenda.ics")


@blueprint.post("/confirm")
@allow("participant")
@changes_limited
def confirm(token: str) -> ResponseReturnValue:
    """The deed itself is done by `confirm_by_acting`, as by any other button."""
    if has_confirmed(current_reader()):
        flash(_("Thank you: our mails reach you."), "success")
    else:
        flash(_("Open the link in the mail that we sent to this address, then press the button again."), "warning")
    return back("participant.home", token)


# Changing the registration


def _edit_page(form: RegistrationForm, status: int = 200) -> ResponseReturnValue:
    me = current_registration()
    form.mark_full(places.full_kinds(get_session(), me.event))
    return render_template("participant/edit.html", form=form, asks=asks_of(me), sittings=sittings(me.event)), status


@blueprint.get("/registration")
@allow("participant")
def edit(token: str) -> ResponseReturnValue:
    me = current_registration()
    registration.check_editable(me)
    return _edit_page(RegistrationForm(me.event, get_locale().language, me, for_colleague=bool(current_colleague())))


@blueprint.post("/registration")
@allow("participant")
@changes_limited
def edit_post(token: str) -> ResponseReturnValue:
    me = current_registration()
    registration.check_editable(me)
    form = RegistrationForm(me.event, get_locale().language, me, for_colleague=bool(current_colleague()))
    if not form.validate_on_submit():
        return _edit_page(form, 422)
    try:
        changed = registration.update(
            get_session(),
            me,
            form.profile(),
            version=version_of(form),
            actor=current_actor(),
        )
    except StaleDataError:
        # What was typed stays in the form; sending it once more says that it shall win.
        form.version.data = str(me.version)
        form.form_errors.append(
            _("Your registration was changed elsewhere in the meantime. Check what you typed, then send it again.")
        )
        return _edit_page(form, 409)
    flash(_("Your changes are saved.") if changed else _("Nothing had changed."), "success")
    return back("participant.home", token)


@blueprint.get("/withdraw")
@allow("participant", colleagues=False)
def withdraw(token: str) -> str:
    return render_template("participant/withdraw.html")


@blueprint.post("/withdraw")
@allow("participant", colleagues=False)
def withdraw_post(token: str) -> ResponseReturnValue:
    registration.withdraw(get_session(), current_registration(), current_actor())
    flash(_("Your registration is withdrawn. Thank you for telling us."), "success")
    return back("participant.home", token)


@blueprint.post("/rejoin")
@allow("participant", colleagues=False)
def rejoin(token: str) -> ResponseReturnValue:
    registration.rejoin(get_session(), current_registration(), current_actor())
    me = current_registration()
    if me.status == RegistrationStatus.ACCEPTED:
        flash(_("Your registration is taken up again: you take part."), "success")
    elif me.status == RegistrationStatus.WAITING:
        flash(_("Your registration is taken up again. All places are taken: you are on the waiting list."), "warning")
    else:
        flash(_("Your registration is taken up again; the organiser decides anew."), "success")
    return back("participant.home", token)


# One's own data


@blueprint.get("/data")
@allow("participant")
def data(token: str) -> str:
    return render_template("participant/data.html", form=EraseForm(formdata=None))


@blueprint.get("/data.json")
@allow("participant")
def data_export(token: str) -> Response:
    one = current_colleague()
    content = colleagues.export(get_session(), one) if one else privacy.export(get_session(), current_registration())
    response = download(
        json.dumps(content, ensure_ascii=False, indent=1).encode(), "application/json", "passerelle.json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/erase")
@allow("participant")
@changes_limited
def erase(token: str) -> ResponseReturnValue:
    me = current_registration()
    form = EraseForm()
    if not form.validate_on_submit():
        return render_template("participant/data.html", form=form), 422
    slug, one = me.event.slug, current_colleague()
    if one is not None:
        colleagues.leave(get_session(), one)
    else:
        privacy.erase(get_session(), me, current_actor())
    flash(_("Everything that we kept of you is erased."), "success")
    return redirect(url_for("public.event", slug=slug), 303)
