"""What helps with the registration form before it is sent: read again, faults of a step, what the coach asks."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Refused
from web.domain.event.programme import Window, window
from web.domain.event.questions import Question
from web.domain.people.coaching_words import ask_line, ask_project
from web.domain.people.drafts import draft_by_token, keep_draft
from web.forms.registration import RegistrationForm
from web.security import allow, current_event
from web.views.kept import FORM_SECRET
from web.views.limits import checks_limited, links_limited
from web.views.phrases import phrases
from web.views.public import closed_page, registration_page

blueprint = Blueprint("registering", __name__)
blueprint.context_processor(phrases)


@dataclass(frozen=True)
class ReadAgain:
    """What was typed, in words. `asks`: id of the field, what it is, what the coach asks; `notes`: the same by field:
    ``project``, and by code under ``needs`` and ``offers``."""

    facts: list[tuple[str, str]]
    lists: list[tuple[str, list[tuple[str, str]]]]
    asks: list[tuple[str, str, str]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


@blueprint.post("/e/<slug>/register/check")
@allow("public")
@checks_limited
def check(slug: str) -> ResponseReturnValue:
    """The form read again: nothing is stored. As JSON for the page's script, as the page itself without one."""
    event = current_event()
    state = window(event)
    if state not in (Window.OPEN, Window.DRAFT):
        return closed_page(state, 409)
    form = RegistrationForm(event, get_locale().language)
    form.validate()
    # Whoever reads it again has not agreed yet.
    if form.consent is not None:
        form.consent.errors = []
    read = read_again(form)
    if request.accept_mimetypes.best_match(("text/html", "application/json")) != "application/json":
        return registration_page(form, read), 422 if form.errors else 200
    return jsonify(
        faults=[
            {"field": form[name].id, "label": str(form[name].label.text), "message": " ".join(map(str, messages))}
            for name, messages in form.errors.items()
            if name
        ],
        asks={"project": read.notes["project"]}
        | {
            form[f"{side}_lines"].id_of(code): ask
            for side in ("needs", "offers")
            for code, ask in read.notes[side].items()
        },
        read=render_template("public/_read_again.html", read=read),
    )


@blueprint.post("/e/<slug>/register/later")
@allow("public")
@links_limited
def later(slug: str) -> ResponseReturnValue:
    """Keep the form for another device, whatever it holds, and mail the way back to it; an address is enough."""
    event = current_event()
    form = RegistrationForm(event, get_locale().language)
    if not form.email.validate(form):
        return registration_page(form), 422
    try:
        keep_draft(
            get_session(),
            event,
            email=form.email.data,
            fields=form.to_keep(),
            language=get_locale().language,
            token=form.draft.data or "",
        )
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return registration_page(form), 409
    return redirect(url_for(".draft_mailed", slug=slug), 303)


@blueprint.get("/e/<slug>/register/later")
@allow("public")
def draft_mailed(slug: str) -> str:
    return render_template("public/draft_mailed.html")


@blueprint.get("/e/<slug>/register/draft/<draft>")
@allow("public")
def draft(slug: str, draft: str) -> ResponseReturnValue:
    """The form as it was kept. Looking at it changes nothing."""
    event = current_event()
    state = window(event)
    if state not in (Window.OPEN, Window.DRAFT):
        return closed_page(state, 200)
    found = draft_by_token(get_session(), event.id, draft)
    if found is None:
        return _by_itself(render_template("public/draft_gone.html"), 404)
    form = RegistrationForm(event, get_locale().language, typed=found.fields)
    form.submission.data, form.draft.data = secrets.token_urlsafe(FORM_SECRET), draft
    return _by_itself(registration_page(form))


def _by_itself(page: str, status: int = 200) -> Response:
    """An answer that no proxy and no search engine keeps: its address opens what somebody typed."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def read_again(form: RegistrationForm) -> ReadAgain:
    """What `form` holds, valid or not, in words; and what the coach asks about it."""
    kind = (form.kind.data if form.kind is not None else None) or ""
    notes: dict[str, Any] = {"project": ask_project(form.project.data or "")}
    asks = [("project", str(form.project.label.text), notes["project"])] if notes["project"] else []
    lists = []
    for side in ("needs", "offers"):
        field_, lines = form[side], form[f"{side}_lines"]
        ticked = [(one.value, one.label) for one in field_.choices if one.value in set(field_.data or ())]
        lists.append((str(field_.label.text), [(label, lines.data.get(code, "")) for code, label in ticked]))
        notes[side] = {code: ask_line(side, kind, code, lines.data.get(code, "")) for code, _label in ticked}
        asks += [(lines.id_of(code), label, notes[side][code]) for code, label in ticked if notes[side][code]]
    return ReadAgain(_facts(form), lists, asks, notes)


def _facts(form: RegistrationForm) -> list[tuple[str, str]]:
    language = get_locale().language
    present, rounds = len(set(form.presence.data or ()) & set(form.slots)), len(form.slots)
    presence = ""
    if rounds:
        presence = _("at all times") if present == rounds else _("%(n)d of %(all)d moments", n=present, all=rounds)
    return [
        (str(form.name.label.text), form.name.data or ""),
        (str(form.contact_name.label.text), form.contact_name.data or ""),
        (str(form.email.label.text), form.email.data or ""),
        (str(form.project.label.text), form.project.data or ""),
        (_("There"), presence),
        *((one.said(language), _told(form, one)) for one in form.answers.questions),
    ]


def _told(form: RegistrationForm, question: Question) -> str:
    answer = str(form.answers.data.get(question.id, ""))
    return dict(question.options(form.answers.language)).get(answer, answer)
