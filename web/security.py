"""Who may do what, on one page.

Every view says whom it is for::

    @blueprint.get("/events/<int:event_id>/participants")
    @allow("organiser")
    def participants(event_id: int) -> str: ...

=============  ====================================================================================================
``public``      anybody; with ``<slug>`` in the address, `current_event` is that event (a draft: its team only)
``participant`` whoever holds the personal link: ``<token>`` in the address; see `current_registration`
``organiser``   somebody signed in; with ``<int:event_id>``, an organiser of that event's team
``desk``        somebody signed in; with ``<int:event_id>``, a desk volunteer or organiser of that event
``committee``   somebody signed in; with ``<int:event_id>``, a committee member or organiser of that event
``token``       a program with a bearer token (``/api``); with ``<int:event_id>``, its owner organises that event
=============  ====================================================================================================

An application with a route that declares no role does not start. Whoever is not in an event's team gets 404 for
everything in it. ``<int:registration_id>``, ``<int:schedule_id>`` and ``<int:job_id>`` in an address are looked up
*within* the event: a stranger's row is 404 too. GET and HEAD change nothing.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_login import current_user
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from web import hosts
from web.config import Settings
from web.counts import SERVER
from web.db import get_session
from web.domain.audit import Actor
from web.domain.people.page_rows import reader_of_page
from web.domain.team.access import public_event, reader_by_token, role_in, user_by_api_token
from web.domain.team.sign_in import user_of_session
from web.errors import error_page
from web.extensions import csrf, limiter
from web.models import Colleague, Event, Job, Reader, Registration, Role, ScheduleVersion, User

ROLES = frozenset({"public", "participant", "organiser", "desk", "committee", "token"})
# Where the cookie holds the token of the session that the server knows.
SIGN_IN = "sign_in"
TEAM_ROLES = frozenset({"organiser", "desk", "committee"})

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

View = TypeVar("View", bound=Callable[..., Any])


class RowNumber(IntegerConverter):
    """``<int:…>`` in an address: the number of a row. One that no database holds becomes 0, the number of no row."""

    regex = "[0-9]+"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=2**31 - 1)

    def to_python(self, value: str) -> int:
        # Refusing it here would be told as a wrong method where two routes share the address.
        return int(value) if len(value) <= 10 and int(value) <= 2**31 - 1 else 0


class UndeclaredRoute(Exception):
    """A route without a role: a mistake in the program, found at start."""


def allow(*roles: str, colleagues: bool = True) -> Callable[[View], View]:
    """Declare whom a view is for; any of `roles` is enough. Stands below the route decorator.

    `colleagues`: of a view for participants, whether the links of colleagues open it as well as the first contact's.
    """
    unknown = set(roles) - ROLES
    if unknown or not roles:
        raise ValueError(f"Unknown roles {sorted(unknown)}; known are {sorted(ROLES)}.")

    def declare(view: View) -> View:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]
        view.for_colleagues = colleagues  # type: ignore[attr-defined]
        return view

    return declare


def roles_of(app: Flask, endpoint: str) -> frozenset[str]:
    """The roles that the view behind `endpoint` declares; empty when it declares none."""
    return getattr(app.view_functions[endpoint], "allowed_roles", frozenset())


def current_event() -> Event:
    """The event that the address names; access to it has been checked."""
    return cast(Event, g.event)


def current_registration() -> Registration:
    """The participant that the address names: by personal link, or by ``registration_id`` for the team."""
    return cast(Registration, g.registration)


def current_colleague() -> Colleague | None:
    """Whose link of their own this is, beside that of the participant's first contact; ``None`` where it is that."""
    return cast(Colleague | None, g.get("colleague"))


def current_reader() -> Reader:
    """Who has come by the personal link."""
    return current_colleague() or current_registration()


def current_schedule() -> ScheduleVersion:
    """The schedule that ``schedule_id`` names, in the current event."""
    return cast(ScheduleVersion, g.schedule)


def current_job() -> Job:
    """The job that ``job_id`` names, in the current event."""
    return cast(Job, g.job)


def signed_in_user() -> User:
    """The organiser who is signed in, or whose bearer token was shown."""
    user = g.get("api_user") or current_user._get_current_object()
    return cast(User, user)


def user_of_cookie(uniquifier: str) -> User | None:
    """Who is signed in, from the id that the cookie holds and the session that it names."""
    token = cookie.get(SIGN_IN)
    return user_of_session(get_session(), uniquifier, token) if isinstance(token, str) else None


def current_actor() -> Actor:
    """Who acts, for the log."""
    if g.get("api_user") is None and g.get("personal_link"):
        return Actor.of_reader(current_reader())
    return Actor.of_user(signed_in_user())


def refuse_unknown_host() -> BaseResponse | None:
    """Run before anything else: what is asked under another name than this server's is not answered.

    A request without ``Host`` (HTTP/1.0) names nobody.
    """
    settings = current_app.extensions["passerelle.settings"]
    host = request.environ.get("HTTP_HOST")
    if host is None or hosts.is_known(host, settings.link_base):
        return None
    return error_page(
        400,
        _(
            "This server does not know itself by the name in this address. Use the address in your mail; whoever runs "
            "the server tells it its public address by BASE_URL, for example BASE_URL=https://meetings.example.org."
        ),
    )


def authorise() -> BaseResponse | None:
    """Run before each request: find out who asks, load what the address names, refuse the rest."""
    if request.endpoint is None:
        return None
    roles = roles_of(current_app, request.endpoint)
    arguments = request.view_args or {}
    if "public" in roles:
        _load_public(arguments)
    elif "participant" in roles:
        _load_participant(arguments)
    elif "token" in roles:
        user = _bearer()
        g.api_user = user
        _load_owned(arguments, user, TEAM_ROLES & {"organiser"})
    elif roles & TEAM_ROLES:
        if not current_user.is_authenticated:
            return _to_sign_in()
        _load_owned(arguments, signed_in_user(), roles)
    else:
        abort(404)
    return None


def keep_out_of_caches(response: Response) -> Response:
    """Nothing that shows people is kept anywhere, unless the view said otherwise: the next at a shared computer presses
    "back", a proxy keeps what it can."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _load_public(arguments: dict[str, Any]) -> None:
    if "slug" in arguments:
        viewer = signed_in_user() if current_user.is_authenticated else None
        g.event = public_event(get_session(), arguments["slug"], viewer) or abort(404)


def _load_participant(arguments: dict[str, Any]) -> None:
    # What stands in front of this check may know already how the page is: see `web.views.unchanged`.
    token = arguments["token"]
    known, page = g.get("page_of_reader", ("", None))
    # By the link alone, unless what is known was found by this very link.
    if page is None or known != token:
        reader = reader_by_token(get_session(), token)
    else:
        reader = reader_of_page(get_session(), page, token)
    reader = reader or abort(_unknown_link())
    g.colleague = reader if isinstance(reader, Colleague) else None
    g.registration = reader.registration if isinstance(reader, Colleague) else reader
    g.personal_link = True
    g.personal_language = reader.language
    g.event = g.registration.event
    if g.colleague is not None and not _is_for_colleagues():
        abort(error_page(403, _("Only the first contact of your organisation can do this.")))


def _is_for_colleagues() -> bool:
    return bool(getattr(current_app.view_functions[request.endpoint or ""], "for_colleagues", False))


def _unknown_link() -> BaseResponse:
    """What a revoked, replaced or mistyped personal link shows: the three are not told apart."""
    return make_response(render_template("participant/unknown_link.html"), 404)


def _bearer() -> User:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    user = user_by_api_token(get_session(), token.strip()) if scheme.lower() == "bearer" and token else None
    return user or abort(401)


def _to_sign_in() -> BaseResponse:
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("account.sign_in")})
    return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None))


# What lies in an event and has an address of its own.
Owned = Registration | ScheduleVersion | Job
_OWNED: tuple[tuple[str, type[Owned]], ...] = (
    ("registration", Registration),
    ("schedule", ScheduleVersion),
    ("job", Job),
)


def _load_owned(arguments: dict[str, Any], user: User, roles: frozenset[str]) -> None:
    """Load the event and what lies in it, for a member of its team with one of `roles` (or an organiser)."""
    session = get_session()
    event_id = arguments.get("event_id")
    if event_id is None and "job_id" in arguments:
        job = session.get(Job, arguments["job_id"]) or abort(404)
        event_id = job.event_id
    if event_id is None:
        return
    event = session.get(Event, event_id) if event_id < 2**31 else None
    role = role_in(session, user, event_id) if event is not None else None
    if role is None:
        abort(404)
    if role != Role.ORGANISER and role.value not in roles:
        abort(403)
    g.event, g.role = event, role
    for name, model in _OWNED:
        row_id = arguments.get(f"{name}_id")
        if row_id is not None:
            row = cast(Owned | None, session.get(model, row_id)) if row_id < 2**31 else None
            if row is None or row.event_id != event_id:
                abort(404)
            setattr(g, name, row)


def init_app(app: Flask, settings: Settings) -> None:
    """Headers, cookies, CSRF, limits and the check before each request."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=settings.upload_limit,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=settings.redis_url or SERVER,
        # Redis away: each process counts by itself meanwhile, and nobody waits long for the one that is away.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1.0, "socket_timeout": 1.0} if settings.redis_url else {},
    )
    # Before Talisman, which redirects to https under the name that was asked for.
    app.before_request(refuse_unknown_host)
    Talisman(
        app,
        content_security_policy=CONTENT_SECURITY_POLICY,
        force_https=settings.is_https,
        strict_transport_security=settings.is_https,
        session_cookie_secure=settings.is_https,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        # A personal link must not travel to another site; within the site the CSRF check wants the referrer.
        referrer_policy="same-origin",
        permissions_policy={"geolocation": "()", "microphone": "()", "camera": "(self)"},
    )
    app.url_map.converters["int"] = RowNumber
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(authorise)
    app.after_request(keep_out_of_caches)


def stand_behind_proxies(app: Flask, settings: Settings) -> None:
    """Have all that stands in front of Flask be told what the proxies know of the visitor. Call it last."""
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def check_routes(app: Flask) -> None:
    """Raise `UndeclaredRoute` for a route that nobody is declared for. Run when all routes are known."""
    silent = sorted({rule.endpoint for rule in app.url_map.iter_rules() if not roles_of(app, rule.endpoint)})
    if silent:
        raise UndeclaredRoute(f"These views declare no role (see web.security.allow): {', '.join(silent)}.")
