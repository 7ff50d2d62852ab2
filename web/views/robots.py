"""What search engines may show: the pages that announce events, and nothing else.

Personal links, invitations and all that is behind signing in say ``noindex`` with every answer, and ``robots.txt`` asks
not to read them in the first place.
"""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request

from web.domain.links import page_address
from web.models import EventStatus, utcnow
from web.security import allow, current_event

blueprint = Blueprint("robots", __name__)

# What search engines may show, or need to show it.
_INDEXED = frozenset({"public.home", "public.event", "sharing.picture", "sharing.preview", "sharing.colours", "static"})
# How long a security.txt is good for; it is made anew each day.
_GOOD_FOR = timedelta(days=180)


@blueprint.get("/robots.txt")
@allow("public")
def robots_txt() -> Response:
    response = Response(render_template("public/robots.txt"), mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/.well-known/security.txt")
@allow("public")
def security_txt() -> Response:
    """To whom a weakness of this site is told (RFC 9116), where somebody has been named."""
    contact = current_app.extensions["passerelle.settings"].security_contact
    if contact is None:
        abort(404)
    expires = datetime.combine((utcnow() + _GOOD_FOR).date(), time(), UTC)
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {page_address('robots.security_txt')}",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def keep_out_of_searches(response: Response) -> Response:
    """Have no search engine show what is not announced to everybody."""
    if request.endpoint not in _INDEXED or response.status_code >= 400 or _is_draft():
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _is_draft() -> bool:
    return request.endpoint in ("public.event", "sharing.preview") and current_event().status == EventStatus.DRAFT


def init_app(app: Flask) -> None:
    app.after_request(keep_out_of_searches)
