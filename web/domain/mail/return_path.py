"""The address that a mail comes back to: one of its own, where the mail server takes ``name+anything@domain``.

``BOUNCES_TO`` names the mailbox; ``bounces+<mail>-<mark>@domain`` then says which mail has come back, whatever is left
of it, and nobody else can write the mark.
"""

import hmac
import re

from flask import current_app

from web.domain.mail.addresses import mark
from web.models import OutboxMail


def return_path(mail: OutboxMail) -> str | None:
    """Where `mail` comes back to; ``None`` where that is its sender."""
    mailbox = _mailbox()
    if not mailbox:
        return None
    local, _at, domain = mailbox.rpartition("@")
    return f"{local}+{mail.id}-{_mark(mail.id)}@{domain}"


def mail_returned_to(address: str) -> int | None:
    """The number of the mail whose own address stands in `address`; ``None`` where none does."""
    local, _at, domain = _mailbox().rpartition("@")
    if not local:
        return None
    found = re.search(
        rf"{re.escape(local)}\+([0-9]{{1,9}})-([0-9a-z]{{16}})@{re.escape(domain)}", address, re.IGNORECASE
    )
    if found is None:
        return None
    number, shown = int(found.group(1)), found.group(2).lower()
    return number if hmac.compare_digest(shown, _mark(number)) else None


def _mark(mail_id: int) -> str:
    # On its way the address may lose its capitals.
    return mark(f"return-path:{mail_id}").encode().hex()[:16]


def _mailbox() -> str:
    mailbox: str = current_app.extensions["passerelle.settings"].bounces_to
    return mailbox
