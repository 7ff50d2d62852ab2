"""Settings from the environment, checked once at start.

Nothing has to be set: a laptop at the venue starts with a SQLite file in ``var/``, mails written to ``var/mail/``
and a secret key made on the first start. A wrong value stops the start with one sentence that says what would be right.
"""

import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from web import checks, hosts
from web.exchange import complete
from web.files import make_private, written_aside
from web.locks import locked

log = logging.getLogger(__name__)

LOCALES = ("fr", "en")
UPLOAD_LIMIT = 10 * 1024 * 1024
SHORTEST_KEY = 16
LONGEST_RETENTION = 240


class ConfigError(Exception):
    """A setting that cannot be right; the message is a sentence for the person who starts the program."""


@dataclass(frozen=True)
class Settings:
    """Everything that ``create_app`` needs to know about where it runs."""

    var: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    redis_url: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "Passerelle <passerelle@localhost>"
    # The mailbox that undelivered mails come back to, each to an address of its own; empty: to the sender.
    bounces_to: str = ""
    locale: str = "fr"
    base_url: str | None = None
    # To whom a weakness of the site is told.
    security_contact: str | None = None
    # Where this server listens, as its start wrote it down; see `web.hosts`.
    address: str = "http://localhost"
    trusted_proxies: int = 0
    # How long after an event what is kept of people goes.
    retention_months: int = 24
    # How many processes make the pages of the room; `None` for what suits the machine.
    page_processes: int | None = None
    upload_limit: int = UPLOAD_LIMIT
    testing: bool = False
    rate_limits: bool = True

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        return (self.base_url or "").startswith("https://")

    @property
    def link_base(self) -> str:
        """What the links in mails, QR codes and calendars begin with."""
        return self.base_url or self.address

    @property
    def lacks_base_url(self) -> bool:
        """Whether others shall reach this server, and nobody has said by which address."""
        return self.base_url is None and not hosts.is_loopback(hosts.host_of(self.address))

    @property
    def mail_folder(self) -> Path:
        return self.var / "mail"

    @property
    def queue_file(self) -> Path:
        return self.var / "queue.db"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment.

    Creates the ``var`` folder and, where none is given, the secret key in it, and keeps both from everybody but the
    owner. Raises `ConfigError` on the first wrong value, and `Interrupted` where a restore was.
    """
    env = os.environ if environ is None else environ
    var, database_url = places(env)
    complete(var, database_url)
    return Settings(
        var=var,
        database_url=database_url,
        secret_key=_secret_key(env.get("SECRET_KEY"), var),
        redis_url=_checked(env, "REDIS_URL", checks.redis_url),
        smtp_url=_checked(env, "SMTP_URL", checks.smtp_url),
        mail_from=_checked(env, "MAIL_FROM", checks.sender) or Settings.mail_from,
        bounces_to=_checked(env, "BOUNCES_TO", checks.mailbox) or "",
        locale=_choice(env, "PASSERELLE_LOCALE", LOCALES, "fr"),
        base_url=_checked(env, "BASE_URL", checks.base_url),
        security_contact=_checked(env, "SECURITY_CONTACT", checks.security_contact),
        address=hosts.noted_address(var) or hosts.UNKNOWN,
        trusted_proxies=_count(env, "TRUSTED_PROXIES", "proxies in front"),
        page_processes=_count(env, "PAGE_PROCESSES", "processes") if env.get("PAGE_PROCESSES") else None,
        retention_months=_months(env, "PASSERELLE_RETENTION_MONTHS", Settings.retention_months),
    )


def places(environ: Mapping[str, str] | None = None) -> tuple[Path, str]:
    """Where the data of this environment lies: the folder, created if need be, and the address of the database.

    Raises `ConfigError`.
    """
    env = os.environ if environ is None else environ
    var = _var_folder(env.get("PASSERELLE_VAR") or "var")
    return var, _checked(env, "DATABASE_URL", checks.database_url) or f"sqlite:///{var / 'passerelle.db'}"


def _var_folder(text: str) -> Path:
    folder = Path(text).expanduser().resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(folder)
    except OSError as error:
        raise ConfigError(
            f"PASSERELLE_VAR: the folder {folder} cannot be created ({error.strerror}); name one you may write in."
        ) from error
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"PASSERELLE_VAR: the folder {folder} cannot be written in; name one you may write in.")
    return folder


def _secret_key(text: str | None, var: Path) -> str:
    if text is not None and text != "":
        if len(text) < SHORTEST_KEY:
            raise ConfigError("SECRET_KEY: expected at least 16 characters; leave it out and one is made for you.")
        return text
    path = var / "secret_key"
    try:
        return _kept_key(path) or _new_key(path)
    except OSError as error:
        raise ConfigError(
            f"{path}: the secret key cannot be kept ({error.strerror}); free some space or see who may write there."
        ) from error


def _kept_key(path: Path) -> str | None:
    """The key in the file; none where there is none, or nothing in it, as a full disk or a power cut leaves it."""
    try:
        key = path.read_bytes().strip(b"\0 \t\r\n").decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    if 0 < len(key) < SHORTEST_KEY:
        raise ConfigError(f"{path}: the kept secret key is damaged; delete the file to have a new one.")
    return key or None


def _new_key(path: Path) -> str:
    # Of two processes that start together, exactly one makes the key and both use it.
    with locked(path.with_name(f".{path.name}.lock")):
        key = _kept_key(path)
        if key is None:
            key = secrets.token_urlsafe(48)
            was_empty = path.exists()
            with written_aside(path) as file:
                file.write(key.encode())
            if was_empty:
                log.warning("%s was empty, as a full disk leaves it: it has a new key now.", path)
    return key


def _checked(env: Mapping[str, str], name: str, check: Callable[[str], str]) -> str | None:
    text = env.get(name)
    if not text:
        return None
    try:
        return check(text)
    except ValueError as wrong:
        raise ConfigError(f"{name}: {wrong}") from wrong


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = env.get(name) or default
    if text not in choices:
        raise ConfigError(
            f"{name}: expected one of {', '.join(choices)}; found {text!r}. For example {name}={default}."
        )
    return text


def _count(env: Mapping[str, str], name: str, things: str) -> int:
    text = env.get(name) or "0"
    if not text.isdecimal() or len(text) > 9 or int(text) > 10:
        raise ConfigError(f"{name}: expected the number of {things}, 0 to 10; found {text!r}. For example {name}=1.")
    return int(text)


def _months(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= LONGEST_RETENTION:
        raise ConfigError(
            f"{name}: expected the months after an event for which people are kept, 1 to {LONGEST_RETENTION}; "
            f"found {text!r}. For example {name}={default}."
        )
    return int(text)
