"""The organisers' own questions in the registration form."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from web.db import get_session
from web.domain.errors import Faults
from web.domain.event.questions import save_questions
from web.domain.event.resources import NeedsConfirmation
from web.forms.questions import QuestionsForm
from web.forms.version import version_of
from web.security import allow, current_actor, current_event
from web.views.organiser.setup import show

blueprint = Blueprint("questions", __name__, url_prefix="/events/<int:event_id>/setup/questions")
_PAGE = "organiser/setup_questions.html"


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> ResponseReturnValue:
    return show(_PAGE, form=QuestionsForm(current_event()))


@blueprint.post("/")
@allow("organiser")
def save(event_id: int) -> ResponseReturnValue:
    event = current_event()
    form = QuestionsForm(event)
    if not form.validate_on_submit():
        return show(_PAGE, 422, form=form)
    try:
        save_questions(
            get_session(),
            event,
            form.rows(),
            version=version_of(form),
            confirmed="confirmed" in request.form,
            actor=current_actor(),
        )
    except Faults as faults:
        form.show(faults)
        return show(_PAGE, 422, form=form)
    except NeedsConfirmation as question:
        return show(_PAGE, 409, form=form, effects=question.effects, question=question)
    except StaleDataError:
        return show("organiser/setup_conflict.html", 409, back=url_for(".index", event_id=event_id))
    flash(_("Saved."), "success")
    return redirect(url_for(".index", event_id=event_id))
