"""Computing a timetable, and what an organiser says of a version."""

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from web.domain.timetable.edits import Step
from web.domain.timetable.jobs import LONGEST, SHORTEST, USUAL
from web.domain.timetable.versions import NOTE_LIMIT
from web.forms.numbers import Between
from web.forms.translated import TranslatedForm


class ComputeForm(TranslatedForm):
    time_limit = IntegerField(
        _l("At most how many seconds?"),
        [
            InputRequired(_l("Enter a number of seconds from 1 to 3600.")),
            Between(int(SHORTEST), int(LONGEST), _l("Enter a number of seconds from 1 to 3600.")),
        ],
        default=int(USUAL),
    )


class StepForm(TranslatedForm):
    """One change by hand, as a button of the workbench or a drop says it: `web.domain.timetable.edits.Step`."""

    kind = StringField(validators=[AnyOf(["move", "table", "exchange", "remove", "add", "pin", "unpin"])])
    one = StringField(validators=[InputRequired(), Length(max=200)])
    other = StringField(validators=[InputRequired(), Length(max=200)])
    slot = StringField(validators=[InputRequired(), Length(max=200)])
    to = StringField(validators=[Length(max=200)], default="")
    with_one = StringField(validators=[Length(max=200)], default="")
    with_other = StringField(validators=[Length(max=200)], default="")
    table = StringField(validators=[Length(max=200)], default="")
    turn = IntegerField(validators=[Between(0)])

    def step(self) -> Step:
        names = ("kind", "one", "other", "slot", "to", "with_one", "with_other", "table")
        return Step(**{name: self[name].data or "" for name in names})


class TurnForm(TranslatedForm):
    """What is done to a draft as a whole, from the turn that the page was made of."""

    turn = IntegerField(validators=[Between(0)])


def wants_attachments() -> bool | None:
    """What the box of ``schedule/_attach.html`` says; ``None`` where the form did not ask: all stays as it was."""
    said = request.form.getlist("attach")
    return "y" in said if said else None


class NoteForm(TranslatedForm):
    note = StringField(
        _l("Name or note of this version"),
        [Length(max=NOTE_LIMIT, message=_l("At most %(max)d characters, please."))],
    )
