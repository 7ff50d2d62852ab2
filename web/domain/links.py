"""Where the links in mails, QR codes and calendars lead.

Made of what the server knows of itself and never of what a request says, so that a worker and a page make the same.
"""

from typing import Any

from flask import current_app


def page_address(page: str, **values: Any) -> str:
    """The full address of the page of that name, with what its address holds."""
    base: str = current_app.extensions["passerelle.settings"].link_base
    return base + current_app.url_map.bind("localhost").build(page, values)


def is_ours(address: str) -> bool:
    """Whether it leads to a page of this server."""
    base: str = current_app.extensions["passerelle.settings"].link_base
    return f"{address}/".startswith(f"{base.rstrip('/')}/")


def personal_address(token: str) -> str:
    """A participant's own page, which is their account."""
    return page_address("participant.home", token=token)


def data_address(token: str) -> str:
    """Where a participant, or a colleague, sees what is kept of them and has it erased."""
    return page_address("participant.data", token=token)


def invitation_address(slug: str, token: str) -> str:
    """The registration form as the invited open it."""
    return page_address("invited.form", slug=slug, token=token)


def no_reminders_address(slug: str, token: str) -> str:
    """Where the reader of a reminder stops reminders."""
    return page_address("invited.no_reminders", slug=slug, token=token)


def sign_in_address(token: str | None = None) -> str:
    """What signs in once with this one-time token; without one the page where people sign in."""
    return page_address("account.sign_in") if token is None else page_address("account.link", link=token)
