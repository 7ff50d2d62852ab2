"""What anybody may see: the home page, an event's page, the registration form, the page for a lost link."""

import secrets
from collections.abc import Collection
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from web.db import get_session
from web.domain.event.page import words_of
from web.domain.event.programme import (
    Named,
    Window,
    announced_events,
    days_of,
    kinds_of,
    named_participants,
    registration_ends,
    sittings,
    window,
)
from web.domain.people.places import full_kinds
from web.domain.people.registration import register, send_lost_links
from web.forms.registration import LostLinkForm, RegistrationForm
from web.models import Event
from web.page_processes import answered_beside
from web.security import allow, current_event
from web.views.kept import FORM_SECRET, form_for_anybody, is_for_once, page_for_anybody
from web.views.limits import links_limited, registrations_limited
from web.views.phrases import phrases
from web.views.shared import shared
from web.views.usual import usual_questions

blueprint = Blueprint("public", __name__)

SHORTEST_SUBMISSION = 20
# Seconds for which a browser need not ask again for an event's page.
SHOWN_AGAIN = 60


def consent_text(event: Event) -> str:
    """What a participant agrees to: the organiser's words, or ours."""
    return event.texts.get("consent") or _(
        "What you write here is read by the organisers of this event and, once they have accepted you, by the "
        "participants you may meet; your e-mail address and telephone are not shown to them. It is used to prepare and "
        "run the event. You can see, change, export or erase it at any time with your personal link."
    )


blueprint.context_processor(phrases)


@blueprint.get("/")
@allow("public")
def home() -> str:
    return render_template("public/home.html", announcements=announced_events(get_session()), kinds_of=kinds_of)


@blueprint.get("/e/<slug>/")
@allow("public")
def event(slug: str) -> Response:
    event = current_event()
    # All that the page tells and the event's version does not count.
    facts = (window(event), full_kinds(get_session(), event), named_participants(get_session(), event))
    if is_for_once():
        return make_response(_event_page(event, *facts))
    # Made once for each state of it, and given to all who ask.
    key = ("page", event.id, event.created_at, event.version, facts, str(get_locale()), request.full_path)
    response = Response(page_for_anybody(key, lambda: _event_page(event, *facts)), mimetype="text/html")
    # A page that names nobody may be shown again for a moment; by no proxy, for it holds its browser's token.
    if not facts[-1]:
        response.headers["Cache-Control"] = f"private, max-age={SHOWN_AGAIN}"
    return response


def _event_page(event: Event, state: Window, full: Collection[str], named: tuple[Named, ...]) -> str:
    return render_template(
        "public/event.html",
        state=state,
        ends=registration_ends(event),
        sittings=days_of(event),
        kinds=kinds_of(event),
        full=full,
        named=named,
        words=words_of(event, get_locale().language),
        usual_questions=usual_questions(),
        shared=shared(event),
    )


def registration_page(form: RegistrationForm, read: Any = None, full: Collection[str] | None = None) -> str:
    """The page with the form; `read`: what was typed in words, where it is to be read again before it is sent. `full`:
    the kinds of which whoever registers waits, where the caller knows."""
    event = current_event()
    form.mark_full(full_kinds(get_session(), event) if full is None else full)
    return render_template(
        "public/register.html", form=form, read=read, sittings=sittings(event), consent_text=consent_text(event)
    )


def _form_page(form: RegistrationForm, status: int = 200) -> ResponseReturnValue:
    return registration_page(form), status


def closed_page(state: Window, status: int) -> ResponseReturnValue:
    """Why nobody can register now."""
    return render_template("public/closed.html", state=state, ends=registration_ends(current_event())), status


@blueprint.get("/e/<slug>/register")
@answered_beside
@allow("public")
def register_form(slug: str) -> ResponseReturnValue:
    event = current_event()
    state = window(event)
    if state not in (Window.OPEN, Window.DRAFT):
        return closed_page(state, 200)
    wanted = request.args.get("kind")
    known: dict[str, Any] = {"kind": wanted} if wanted in kinds_of(event) else {}
    language = get_locale().language
    if is_for_once():
        return _form_page(RegistrationForm(event, language, **known))
    # A room that registers asks for it thirty times a second, and making it costs as much as all the rest.
    full = full_kinds(get_session(), event)
    key = (event.id, event.created_at, event.version, state, full, str(get_locale()), request.full_path)
    return Response(
        form_for_anybody(
            key,
            lambda secret: registration_page(RegistrationForm(event, language, submission=secret, **known), full=full),
        ),
        mimetype="text/html",
    )


@blueprint.post("/e/<slug>/register")
@answered_beside
@allow("public")
@registrations_limited
def register_post(slug: str) -> ResponseReturnValue:
    event = current_event()
    state = window(event)
    if state != Window.OPEN:
        return closed_page(state, 409)
    form = RegistrationForm(event, get_locale().language)
    if not form.validate_on_submit():
        return _form_page(form, 422)
    submission = form.submission.data or ""
    done = register(
        get_session(),
        event,
        form.profile(),
        consent_text=consent_text(event),
        submission=submission if len(submission) >= SHORTEST_SUBMISSION else secrets.token_urlsafe(FORM_SECRET),
        invitation=form.invitation.data or "",
        draft=form.draft.data or "",
    )
    if done.token is None:
        return redirect(url_for("public.already_registered", slug=slug), 303)
    return redirect(url_for("participant.home", token=done.token, welcome="mailed" if done.mailed else "kept"), 303)


@blueprint.get("/e/<slug>/already-registered")
@allow("public")
def already_registered(slug: str) -> str:
    return render_template("public/already_registered.html")


@blueprint.get("/e/<slug>/lost-link")
@allow("public")
def lost_link(slug: str) -> str:
    return render_template("public/lost_link.html", form=LostLinkForm())


@blueprint.post("/e/<slug>/lost-link")
@allow("public")
@links_limited
def lost_link_post(slug: str) -> ResponseReturnValue:
    form = LostLinkForm()
    if not form.validate_on_submit():
        return render_template("public/lost_link.html", form=form), 422
    send_lost_links(get_session(), current_event(), form.email.data)
    flash(_("If somebody registered with this address, the link is on its way to it. Look among unwanted mail too."))
    return redirect(url_for("public.lost_link", slug=slug), 303)
