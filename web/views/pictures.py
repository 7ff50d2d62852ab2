"""A picture as an answer: given by its digest, so that a browser keeps it; a document in which nothing runs."""

from flask import Response, abort, request

from web.models import Picture

# What is asked for by its digest is never another. Somebody's own is kept by those who have seen it, and by no proxy.
_FOR_EVER, _A_MONTH = "public, max-age=31536000, immutable", "private, max-age=2592000, immutable"
# Opened by itself it is a document of this site.
NOTHING_RUNS = {"content_security_policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


def picture_answer(found: Picture | None) -> Response:
    """The picture, or 404. Of a view that says `NOTHING_RUNS` to Talisman."""
    if found is None:
        abort(404)
    how = _FOR_EVER if found.registration_id is None else _A_MONTH
    return answer_kept(Response(found.content, mimetype=found.mime_type), how, found.digest)


def answer_kept(response: Response, how: str, etag: str | None = None) -> Response:
    """`response` with what may be kept of it, or 304 where the browser has it."""
    response.headers["Cache-Control"] = how
    if etag is None:
        response.add_etag()
    else:
        response.set_etag(etag)
    response.make_conditional(request)
    return response
