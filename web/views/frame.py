"""Pages of personal links put together of two parts: the frame, which is the same for many, and what is the page's own.

The frame is all that stands around the title and the content: it is made once for a state of the event, with stand-ins
for both and for the reader's token, which the addresses of the tabs hold.
"""

from secrets import token_urlsafe
from typing import Any

from flask import render_template, request
from flask_babel import get_locale
from markupsafe import Markup

from web.domain.memory import Memory, state_of
from web.domain.people.directory import is_visible
from web.security import current_registration
from web.views.kept import is_with_stand_in


def framed(template: str, **context: Any) -> str:
    """The page of `template`, which extends ``participant/layout.html``, as ``render_template`` gives it.

    `context` is for its title and its content alone. Cost: that of these two, where the frame is known.
    """
    if not is_with_stand_in() or request.query_string:
        return render_template(template, **context)
    title, _cut, content = render_template(template, only="content", cut=_CUT, **context).partition(_CUT)
    me, token = current_registration(), (request.view_args or {})["token"]
    frame = _frames.get(
        (template, get_locale().language, state_of(me.event), me.status, is_visible(me)),
        lambda: render_template(template, only="frame", title=_TITLE, content=_CONTENT).replace(token, _TOKEN),
    )
    return frame.replace(_TOKEN, token).replace(_TITLE, title.strip(), 1).replace(_CONTENT, content, 1)


_frames: Memory[str] = Memory(most=64)
# Nobody can write them into a page.
_CUT, _TITLE, _CONTENT = (Markup(token_urlsafe(24)) for _ in range(3))
_TOKEN = token_urlsafe(24)
