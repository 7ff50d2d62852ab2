"""What stands beside the public page: the organisers' pictures and colour, QR codes, a notice to print."""

from io import BytesIO

import segno
from flask import Blueprint, Response, abort, current_app, make_response, render_template, request
from flask_babel import force_locale

from web.config import LOCALES
from web.db import get_session
from web.domain.colour import USUAL, is_colour, palette, writing_on
from web.domain.event import taxonomy
from web.domain.event.pictures import picture_of, shown_picture
from web.domain.event.programme import days_of
from web.domain.links import page_address
from web.exports.preview import Card, previews
from web.models import Purpose
from web.security import allow, current_event
from web.views.phrases import phrases
from web.views.pictures import NOTHING_RUNS, answer_kept, picture_answer
from web.views.shared import shared, when_and_where

blueprint = Blueprint("sharing", __name__)
blueprint.context_processor(phrases)

# A colour's shades may be others with the next release.
_A_DAY, _AN_HOUR = "public, max-age=86400", "private, max-age=3600"
# Of a QR code in pixels: a module, so that the code is a thousand wide.
_MODULE = 24


@blueprint.get("/pictures/<digest>")
@allow("public")
def picture(digest: str) -> Response:
    return picture_answer(shown_picture(get_session(), digest) if len(digest) == 64 else None)


picture.talisman_view_options = dict(NOTHING_RUNS)  # type: ignore[attr-defined]


@blueprint.get("/colours/<colour>.css")
@allow("public")
def colours(colour: str) -> Response:
    if not is_colour(f"#{colour}"):
        abort(404)
    # On the organisers' own pages a colour is tried without being worn.
    scope = ".face-preview" if "preview" in request.args else ":root"
    response = make_response(render_template("public/colours.css", palette=palette(f"#{colour}"), scope=scope))
    response.mimetype = "text/css"
    return answer_kept(response, _A_DAY)


@blueprint.get("/e/<slug>/qr.<form>")
@allow("public")
def qr_code(slug: str, form: str) -> Response:
    """The address of the public page as a QR code: ``svg`` or ``png``."""
    if form not in ("svg", "png"):
        abort(404)
    file = BytesIO()
    code = segno.make(page_address("public.event", slug=current_event().slug), error="m", micro=False)
    code.save(file, kind=form, scale=_MODULE if form == "png" else 4, border=4, dark="#000", light="#fff")
    response = Response(file.getvalue(), mimetype="image/svg+xml" if form == "svg" else "image/png")
    if "download" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="qr-{current_event().slug}.{form}"'
    return answer_kept(response, _AN_HOUR)


qr_code.talisman_view_options = dict(NOTHING_RUNS)  # type: ignore[attr-defined]


@blueprint.get("/e/<slug>/preview/<language>.png")
@allow("public")
def preview(slug: str, language: str) -> Response:
    """A picture of the public page, for whoever shows a link to it."""
    if language not in LOCALES:
        abort(404)
    event = current_event()
    with force_locale(language):
        when, place = when_and_where(event)
    colour = event.face.get("colour") or USUAL
    logo = picture_of(get_session(), event, Purpose.LOGO)
    card = Card(
        event.title,
        taxonomy.capitalised(when),
        place,
        event.face.get("name", ""),
        colour,
        writing_on(colour),
        None if logo is None else logo.content,
    )
    drawn = previews.picture(card)
    if drawn is not None:
        return answer_kept(Response(drawn, mimetype="image/png"), _AN_HOUR)
    # It is not drawn yet, or cannot be here: something that is of no event, for the moment.
    response = current_app.send_static_file("preview.png")
    response.headers["Cache-Control"] = "no-store"
    return response


preview.talisman_view_options = dict(NOTHING_RUNS)  # type: ignore[attr-defined]


@blueprint.get("/e/<slug>/poster")
@allow("public")
def poster(slug: str) -> str:
    event = current_event()
    return render_template("public/poster.html", sittings=days_of(event), shared=shared(event))
