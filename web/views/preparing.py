"""The sheets to prepare one's meetings with, as a page and on paper: more pages of the personal link."""

from typing import Any

from flask import Response, abort, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from web.db import get_session
from web.domain.people.directory import is_visible
from web.domain.people.lines import lines_of
from web.domain.timetable.preparing import preparation_of
from web.exports.sheet import Sheet
from web.security import allow, current_registration
from web.views.participant import blueprint, download, prints_limited, words
from web.views.prints import printed


def _shown() -> dict[str, Any]:
    """What page and print tell, by the names of their templates. 404 where there is nobody to prepare for."""
    me = current_registration()
    found = preparation_of(get_session(), me, words())
    if not (found.announced or is_visible(me)):
        abort(404)
    days = {one.appointment.start.date() for one in found.partners if one.appointment}
    return {
        "preparation": found,
        "days": len(days),
        "prepared": lambda listed: [(words().in_sentence(code), line) for code, line in listed],
        "mine": {
            side: [(words().in_sentence(code), lines_of(me, side).get(code, "")) for code in getattr(me, side)]
            for side in ("needs", "offers")
        },
    }


@blueprint.get("/preparation")
@allow("participant")
def preparation(token: str) -> str:
    return render_template("participant/preparation.html", **_shown())


@blueprint.get("/preparation.pdf")
@allow("participant")
@prints_limited
def preparation_print(token: str) -> Response:
    me = current_registration()
    title = f"{_('To prepare my meetings')} – {me.name or me.key} – {me.event.title}"

    def sheets() -> list[Sheet]:
        html = render_template("print/preparation.html", title=title, **_shown())
        return [Sheet(title, get_locale().language, html, "preparation.css")]

    return printed(
        sheets,
        lambda pdf: download(pdf, "application/pdf", "preparation.pdf"),
        event_id=me.event_id,
        asker=f"preparation of registration {me.id} in {get_locale().language}",
        back=url_for("participant.preparation", token=token),
    )
