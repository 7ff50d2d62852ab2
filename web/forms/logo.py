"""The picture that a participant, or an organiser for them, sends to be shown beside their name."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField

from web.domain.people.logos import LOGO_SIZE
from web.forms.pictures import TAKEN, drawn_from
from web.forms.translated import TranslatedForm
from web.models import Registration
from web.pictures import Drawn


class LogoForm(TranslatedForm):
    """A picture, or that there shall be none. `seen`: the digest of the one that the page showed."""

    seen = HiddenField()
    logo = FileField(_l("Logo or picture"), render_kw={"accept": TAKEN})

    def __init__(self, one: Registration, **more: Any) -> None:
        super().__init__(data={"seen": one.logo.get("digest", "")}, **more)

    def drawn(self) -> Drawn | None:
        """The picture sent, drawn anew; ``None`` where none can be taken: why not stands beside the field."""
        drawn = drawn_from(self.logo, *LOGO_SIZE)
        if drawn is None and not self.logo.errors:
            self.logo.errors = [_("Choose a picture first.")]
        return drawn

    def show_anew(self, one: Registration) -> None:
        """Have the form say that the present logo was seen, and that it has changed meanwhile."""
        self.seen.data = one.logo.get("digest", "")
        self.logo.errors = [_("The logo was changed elsewhere in the meantime: look at it, then send yours again.")]
