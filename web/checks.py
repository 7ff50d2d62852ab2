"""What the value of a setting must look like: each check gives the value as it is used, or raises `ValueError`.

The message is the end of a sentence that begins with the setting's name: what is wrong and an example of what is right.
It never repeats the value, which may hold a password.
"""

import os
import re
from email.headerregistry import Address
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from web.hosts import name_in

BASE_URL = "for example https://meetings.example.org"
SMTP_URL = "for example smtp://user:password@mail.example.org:587"
REDIS_URL = "for example redis://localhost:6379/0"
DATABASE_URL = "for example postgresql://user:password@localhost/passerelle or sqlite:////srv/passerelle/passerelle.db"
SECURITY_CONTACT = "for example security@example.org or https://example.org/security"
BOUNCES_TO = "for example bounces@example.org"
MAIL_FROM = "for example Passerelle <meetings@example.org>"


def base_url(text: str) -> str:
    """The public address of the site, without a slash at its end."""
    parts = _address(text, ("http", "https"), BASE_URL)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"it has more than a name and a port; {BASE_URL}.")
    if parts.path not in ("", "/"):
        raise ValueError(f"the site needs a name of its own, without a path behind it; {BASE_URL}.")
    return parts.geturl().rstrip("/")


def security_contact(text: str) -> str:
    """To whom a weakness is told, as an address that security.txt takes: of a page, or of a mailbox."""
    if text.startswith("https://"):
        return _address(text, ("https",), SECURITY_CONTACT).geturl()
    address = text.removeprefix("mailto:")
    if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", address) is None or not address.isascii():
        raise ValueError(f"it is neither a mail address nor a page by https; {SECURITY_CONTACT}.")
    return f"mailto:{address}"


def smtp_url(text: str) -> str:
    parts = _address(text, ("smtp", "smtps"), SMTP_URL)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"something stands behind the server's name: write / ? # in a password as %2F %3F %23; {SMTP_URL}."
        )
    if bool(parts.username) != bool(parts.password):
        raise ValueError(f"user and password belong together, or neither is needed; {SMTP_URL}.")
    return text


def redis_url(text: str) -> str:
    if text.startswith("unix://"):
        if not urlsplit(text).path.strip("/"):
            raise ValueError("it names no socket; for example unix:///run/redis/redis.sock.")
        return text
    parts = _address(text, ("redis", "rediss", "unix"), REDIS_URL)
    number = parts.path.strip("/")
    if number and not number.isdecimal():
        raise ValueError(f"behind the server's name stands the number of a database; {REDIS_URL}.")
    return parts.geturl()


def database_url(text: str) -> str:
    """The address as SQLAlchemy takes it."""
    for short in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if text.startswith(short):
            return _postgresql("postgresql+psycopg://" + text.removeprefix(short))
    if text.startswith("sqlite:///"):
        _check_file(text.removeprefix("sqlite:///").partition("?")[0])
        return text
    raise ValueError(f"it begins with neither postgresql:// nor sqlite:///; {DATABASE_URL}.")


def sender(text: str) -> str:
    """Who the mails come from: an address, with or without a name before it."""
    if _unprintable(text):
        raise ValueError(f"a line break or another sign that nobody types stands in it; {MAIL_FROM}.")
    found = getaddresses([text])
    name, address = found[0] if len(found) == 1 else ("", "")
    local, _, domain = address.rpartition("@")
    if not local or name_in(domain) is None or not address.isascii():
        raise ValueError(
            f"it is not one e-mail address with a name before it (in quotes, where the name has a comma); {MAIL_FROM}."
        )
    try:
        Address(name, addr_spec=address)
    except (ValueError, IndexError) as error:
        raise ValueError(f"its e-mail address is not well formed; {MAIL_FROM}.") from error
    return text


def _address(text: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    if _unprintable(text) or " " in text:
        raise ValueError(f"a space or a line break stands in it; {example}.")
    scheme = text.partition("://")[0].lower()
    if scheme not in schemes:
        raise ValueError(f"it begins with none of {', '.join(f'{one}://' for one in schemes)}; {example}.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"its port is not a number from 1 to 65535; {example}.") from error
    if port == 0:
        raise ValueError(f"its port is not a number from 1 to 65535; {example}.")
    if name_in(parts.hostname or "") is None and name_in(f"[{parts.hostname}]") is None:
        raise ValueError(f"it names no server in letters a to z, digits, hyphens and dots; {example}.")
    return parts


def _postgresql(text: str) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ValueError(
            f"it cannot be read: write @ / : in a password as %40 %2F %3A, and the port as a number; {DATABASE_URL}."
        ) from error
    if not url.database:
        raise ValueError(f"it names no database behind the server; {DATABASE_URL}.")
    return text


def _check_file(name: str) -> None:
    if not name or name == ":memory:":
        raise ValueError(f"it names no file, and what lies in memory is lost; {DATABASE_URL}.")
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"{path} is not a file in a folder that exists; {DATABASE_URL}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written; {DATABASE_URL}.")


def _unprintable(text: str) -> bool:
    return any(not letter.isprintable() for letter in text)


def mailbox(text: str) -> str:
    """An address alone, to whose name something can be added. Raises ``ValueError``."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(f"it is not an e-mail address; {BOUNCES_TO}.") from error
    if "+" in found.local_part:
        raise ValueError(f"the name before the @ holds a plus; {BOUNCES_TO}.")
    return found.normalized
