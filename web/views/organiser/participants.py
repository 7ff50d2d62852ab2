"""An event's participants, as its organiser sees them."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Faults, Refused
from web.domain.event import taxonomy
from web.domain.event.absences import Rounds
from web.domain.event.questions import answers_in_words
from web.domain.links import personal_address
from web.domain.mail.outbox import written_to
from web.domain.people import colleagues, participants, presence, registration
from web.domain.people.doubles import findings
from web.domain.people.logos import logo_of, set_logo
from web.domain.people.places import place_in_line
from web.domain.people.segments import handle_of
from web.domain.people.unasked import reminders_of
from web.domain.team.access import known_personal_token
from web.forms.colleagues import ColleagueForm
from web.forms.logo import LogoForm
from web.forms.participants import BulkForm, ChoicesForm, ParticipantForm, VersionForm, status_label
from web.forms.reminding import occasion_label
from web.forms.version import version_of
from web.models import Registration, RegistrationStatus
from web.security import allow, current_actor, current_event, current_registration
from web.views.colleagues import tell_added, tell_removed, tell_sent
from web.views.organiser import doubles, lists, pool
from web.views.organiser.outbox import TONES, state_label
from web.views.organiser.setup import conflict
from web.views.pictures import NOTHING_RUNS, picture_answer

blueprint = Blueprint("participants", __name__, url_prefix="/events/<int:event_id>/participants")
blueprint.register_blueprint(doubles.blueprint)
blueprint.register_blueprint(lists.blueprint)
blueprint.register_blueprint(pool.blueprint)


def _wanted() -> participants.Filter:
    sort = request.args.get("sort", "name")
    return participants.Filter(
        text=request.args.get("q", "")[:200],
        status=request.args.get("status", "") if request.args.get("status") in set(RegistrationStatus) else "",
        kind=request.args.get("kind", ""),
        sort=sort if sort in participants.SORTS else "name",
    )


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    wanted = _wanted()
    page = request.args.get("page", 1, type=int)
    found = participants.listing(get_session(), current_event(), wanted, page)
    query = {"q": wanted.text, "status": wanted.status, "kind": wanted.kind, "sort": wanted.sort}
    return render_template(
        "organiser/participants.html",
        found=found,
        wanted=wanted,
        query={name: value for name, value in query.items() if value},
        statuses=list(RegistrationStatus),
        status_label=status_label,
        kind_label=_kind_label,
        findings=findings(get_session(), current_event()),
        silent=_not_confirmed(),
    )


def _not_confirmed() -> set[int]:
    """Who is expected and has not said so, as long as they are asked."""
    event = current_event()
    return {one.id for one in presence.unconfirmed(get_session(), event)} if presence.is_asked(event) else set()


def _kind_label(kind: str) -> str:
    return taxonomy.capitalised(taxonomy.kind_label(kind, get_locale().language))


def _back() -> str:
    """The list as it was narrowed when the button was pressed."""
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("q", "status", "kind", "sort", "page") if name in request.args
    }
    return url_for(".index", event_id=current_event().id, **kept)


@blueprint.post("/decide")
@allow("organiser")
def decide(event_id: int) -> ResponseReturnValue:
    """Accept, decline or put on the waiting list: one participant or all that are ticked."""
    form = BulkForm()
    if not form.validate_on_submit() or form.decision.data not in participants.DECISIONS:
        flash(_("Choose what to do with the participants you ticked."), "warning")
        return redirect(_back())
    if not form.ids.data:
        flash(_("Tick at least one participant first."), "warning")
        return redirect(_back())
    done, refused = participants.decide_many(
        get_session(), current_event(), form.ids.data, form.decision.data, current_actor()
    )
    sentences = {
        "accept": ngettext("%(num)d participant accepted.", "%(num)d participants accepted.", done),
        "decline": ngettext("%(num)d participant declined.", "%(num)d participants declined.", done),
        "wait": ngettext(
            "%(num)d participant put on the waiting list.", "%(num)d participants put on the waiting list.", done
        ),
    }
    flash(sentences[form.decision.data], "success")
    for why, names in refused.items():
        flash(_("Not possible for: %(names)s. %(why)s", names=", ".join(names), why=why), "warning")
    return redirect(_back())


@blueprint.get("/new")
@allow("organiser")
def new(event_id: int) -> str:
    form = ParticipantForm(current_event(), get_locale().language)
    return render_template("organiser/participant_form.html", form=form, one=None, conflict=False)


@blueprint.post("/new")
@allow("organiser")
def new_post(event_id: int) -> ResponseReturnValue:
    form = ParticipantForm(current_event(), get_locale().language)
    if form.validate_on_submit():
        try:
            one = participants.add(get_session(), current_event(), form.values(), current_actor())
        except Faults as faults:
            _show(form, faults)
        else:
            flash(_("%(name)s is added and accepted. Nobody has been mailed yet.", name=one.name), "success")
            return redirect(url_for(".show", event_id=event_id, registration_id=one.id))
    return render_template("organiser/participant_form.html", form=form, one=None, conflict=False), 422


def _show(form: Any, faults: Faults) -> None:
    for fault in faults.faults:
        field = form[fault.path]
        field.errors = [*field.errors, fault.message]


@blueprint.get("/<int:registration_id>/")
@allow("organiser")
def show(event_id: int, registration_id: int) -> ResponseReturnValue:
    return _participant_page(current_registration())


def _participant_page(
    one: Registration,
    choices: ChoicesForm | None = None,
    status: int = 200,
    colleague_form: ColleagueForm | None = None,
    logo: LogoForm | None = None,
) -> ResponseReturnValue:
    partners = participants.possible_partners(get_session(), one)
    if choices is None:
        choices = ChoicesForm(
            formdata=None,
            data={
                "version": participants.choices_version(one),
                "wishes": [wish.target_id for wish in one.wishes],
                "vetoes": [veto.target_id for veto in one.vetoes],
            },
        )
    token = known_personal_token(one)
    page = render_template(
        "organiser/participant.html",
        one=one,
        mails=written_to(get_session(), one),
        tones=TONES,
        handle=handle_of(one),
        reminded=reminders_of(get_session(), one),
        occasion_label=occasion_label,
        state_label=state_label,
        line=place_in_line(get_session(), one),
        answers=answers_in_words(one.event, one.answers, get_locale().language),
        missed=Rounds.of(one.event).missed(one.absences),
        partners=partners,
        choices=choices,
        logo=logo or LogoForm(one, formdata=None),
        chosen=choices.wishes.data or [],
        refused=choices.vetoes.data or [],
        places=max(len(choices.wishes.data or []), min(one.event.wish_limit, len(partners))),
        link=personal_address(token) if token else None,
        status_label=status_label,
        kind_label=_kind_label,
        taxonomy=taxonomy,
        conflict=status == 409 and logo is None,
        findings=findings(get_session(), one.event).of(one.id),
        colleagues=colleagues.colleagues_of(get_session(), one),
        unreached=colleagues.unreached(get_session(), one),
        colleague_form=colleague_form or ColleagueForm(formdata=None, language=one.language),
        has_room=registration.is_editable(one),
        most_colleagues=colleagues.MOST,
    )
    return page, status


@blueprint.get("/<int:registration_id>/edit")
@allow("organiser")
def edit(event_id: int, registration_id: int) -> str:
    one = current_registration()
    form = ParticipantForm(current_event(), get_locale().language, one)
    return render_template("organiser/participant_form.html", form=form, one=one, conflict=False)


@blueprint.post("/<int:registration_id>/edit")
@allow("organiser")
def edit_post(event_id: int, registration_id: int) -> ResponseReturnValue:
    one = current_registration()
    form = ParticipantForm(current_event(), get_locale().language, one)
    status, clash = 422, False
    if form.validate_on_submit():
        try:
            participants.change(get_session(), one, form.values(), version_of(form), current_actor())
        except Faults as faults:
            _show(form, faults)
        except StaleDataError:
            conflict(form, one.version)
            status, clash = 409, True
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".show", event_id=event_id, registration_id=one.id))
    return render_template("organiser/participant_form.html", form=form, one=one, conflict=clash), status


@blueprint.post("/<int:registration_id>/choices")
@allow("organiser")
def choices(event_id: int, registration_id: int) -> ResponseReturnValue:
    one, form = current_registration(), ChoicesForm()
    if not form.validate_on_submit():
        return _participant_page(one, form, 422)
    try:
        participants.save_choices(
            get_session(),
            one,
            form.wanted(),
            form.vetoes.data or [],
            version=version_of(form),
            actor=current_actor(),
        )
    except Faults as faults:
        form.wishes.errors = [fault.message for fault in faults.faults]
        return _participant_page(one, form, 422)
    except StaleDataError:
        form.version.data = participants.choices_version(one)
        return _participant_page(one, form, 409)
    flash(_("The wishes are saved on behalf of %(name)s; the log says so.", name=one.name), "success")
    return redirect(url_for(".show", event_id=event_id, registration_id=one.id))


@blueprint.post("/<int:registration_id>/logo")
@allow("organiser")
def logo(event_id: int, registration_id: int) -> ResponseReturnValue:
    """Show a picture that the participant has handed in otherwise, or take one away, on their behalf."""
    one = current_registration()
    form, drawn = LogoForm(one), None
    if "without" not in request.form:
        drawn = form.drawn() if form.validate_on_submit() else None
        if drawn is None:
            return _participant_page(one, status=422, logo=form)
    try:
        set_logo(get_session(), one, drawn, seen=form.seen.data or "", actor=current_actor())
    except StaleDataError:
        form.show_anew(one)
        return _participant_page(one, status=409, logo=form)
    flash(_("Saved on behalf of %(name)s; the log says so.", name=one.name or one.key), "success")
    return redirect(url_for(".show", event_id=event_id, registration_id=one.id))


@blueprint.get("/<int:registration_id>/logo/<digest>")
@allow("organiser")
def logo_picture(event_id: int, registration_id: int, digest: str) -> Response:
    return picture_answer(logo_of(get_session(), current_registration(), digest))


logo_picture.talisman_view_options = dict(NOTHING_RUNS)  # type: ignore[attr-defined]


@blueprint.post("/<int:registration_id>/link")
@allow("organiser")
def send_link(event_id: int, registration_id: int) -> ResponseReturnValue:
    one = current_registration()
    if registration.resend_link(get_session(), one, current_actor()):
        flash(_("The personal link is on its way to %(email)s.", email=one.email), "success")
    else:
        flash(_("There is no e-mail address: enter one first."), "warning")
    return redirect(url_for(".show", event_id=event_id, registration_id=one.id))


@blueprint.post("/<int:registration_id>/link/revoke")
@allow("organiser")
def revoke_link(event_id: int, registration_id: int) -> ResponseReturnValue:
    one = current_registration()
    registration.revoke_link(get_session(), one, current_actor())
    flash(_("The personal link no longer works. Send a new one when it is time."), "success")
    return redirect(url_for(".show", event_id=event_id, registration_id=one.id))


@blueprint.post("/<int:registration_id>/colleagues")
@allow("organiser")
def add_colleague(event_id: int, registration_id: int) -> ResponseReturnValue:
    one, form = current_registration(), ColleagueForm()
    if not form.validate_on_submit():
        return _participant_page(one, None, 422, form)
    try:
        added = colleagues.add(get_session(), one, **form.values(), actor=current_actor())
    except Refused as error:
        form.form_errors.append(str(error))
        return _participant_page(one, None, error.status, form)
    tell_added(form, added is not None)
    return _to_colleagues()


def _to_colleagues() -> ResponseReturnValue:
    one = current_registration()
    return redirect(
        url_for("participants.show", event_id=one.event_id, registration_id=one.id, _anchor="colleagues"), 303
    )


@blueprint.post("/<int:registration_id>/colleagues/<int:colleague_id>/link")
@allow("organiser")
def send_colleague_link(event_id: int, registration_id: int, colleague_id: int) -> ResponseReturnValue:
    tell_sent(colleague_id)
    return _to_colleagues()


@blueprint.post("/<int:registration_id>/colleagues/<int:colleague_id>/link/revoke")
@allow("organiser")
def revoke_colleague_link(event_id: int, registration_id: int, colleague_id: int) -> ResponseReturnValue:
    one = colleagues.revoke(get_session(), current_registration(), colleague_id, current_actor())
    flash(_("The link of %(name)s no longer works. Send a new one when it is time.", name=one.name), "success")
    return _to_colleagues()


@blueprint.post("/<int:registration_id>/colleagues/<int:colleague_id>/remove")
@allow("organiser")
def remove_colleague(event_id: int, registration_id: int, colleague_id: int) -> ResponseReturnValue:
    tell_removed(colleague_id)
    return _to_colleagues()


@blueprint.post("/<int:registration_id>/remove")
@allow("organiser")
def remove(event_id: int, registration_id: int) -> ResponseReturnValue:
    one = current_registration()
    name = one.name
    participants.remove(get_session(), one, version_of(VersionForm()), current_actor())
    flash(_("%(name)s is removed.", name=name), "success")
    return redirect(url_for(".index", event_id=event_id))
