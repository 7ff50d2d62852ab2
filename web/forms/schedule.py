"""Computing a timetable, and what an organiser says of a version."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from web.domain.timetable.jobs import LONGEST, SHORTEST, USUAL
from web.domain.timetable.versions import NOTE_LIMIT


class ComputeForm(FlaskForm):
    time_limit = IntegerField(
        _l("At most how many seconds?"),
        [
            InputRequired(_l("Enter a number of seconds from 1 to 3600.")),
            NumberRange(int(SHORTEST), int(LONGEST), _l("Enter a number of seconds from 1 to 3600.")),
        ],
        default=int(USUAL),
    )


class NoteForm(FlaskForm):
    note = StringField(
        _l("Name or note of this version"),
        [Length(max=NOTE_LIMIT, message=_l("At most %(max)d characters, please."))],
    )
