"""Limits that know a venue: hundreds of people behind one network address, each with a mail address of their own.

By network address only a flood is stopped. What one person can do to another, mails above all, is counted by the mail
address within the event, strictly; what a flood from many networks can do to an event, by the event.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Response, request

from web.domain.tokens import hash_token
from web.extensions import limiter

P = ParamSpec("P")
R = TypeVar("R")

# A room of a thousand registers within ten minutes, and corrects what it typed.
VENUE = "3000 per 10 minutes"
VENUE_LINKS = "600 per 10 minutes"
# A form is read again at each of its steps, and beside each line.
VENUE_CHECKS = "12000 per 10 minutes"
ONE_MAIL_ADDRESS = "5 per 10 minutes"
ONE_EVENT = "3000 per minute"


def by_event() -> str:
    return str((request.view_args or {}).get("slug", ""))


def by_mail_address() -> str:
    """The address typed and the event, hashed: what counts requests need not know who anybody is."""
    typed = "".join(request.form.get("email", "").split()).casefold()
    return hash_token(f"{by_event()}\n{typed}")


def was_done(response: Response) -> bool:
    """Whether something came of the request: who corrects a form is not counted for each turn."""
    return response.status_code == 303


def registrations_limited(view: Callable[P, R]) -> Callable[P, R]:
    """Declare the limits of registering."""
    view = limiter.limit(ONE_MAIL_ADDRESS, key_func=by_mail_address, deduct_when=was_done)(view)
    view = limiter.limit(ONE_EVENT, key_func=by_event, deduct_when=was_done)(view)
    return limiter.limit(VENUE)(view)


def links_limited(view: Callable[P, R]) -> Callable[P, R]:
    """Declare the limits of asking for a lost link."""
    view = limiter.limit(ONE_MAIL_ADDRESS, key_func=by_mail_address, deduct_when=was_done)(view)
    return limiter.limit(VENUE_LINKS)(view)


def checks_limited(view: Callable[P, R]) -> Callable[P, R]:
    """Declare the limit of reading a form again, which stores nothing."""
    return limiter.limit(VENUE_CHECKS)(view)
