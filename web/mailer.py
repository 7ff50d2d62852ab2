"""The way out for mail: an SMTP server where one is set, files in ``var/mail/`` otherwise."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from web.config import Settings

# Seconds to wait for one answer of the mail server, and for a whole mail to be handed over.
ANSWER, WHOLE = 15.0, 120.0
# And between two tries to cut a conversation that takes longer.
AGAIN = 1.0
# RFC 1870, 6.
_TOO_LARGE = 552


class Refusal(StrEnum):
    """Why a mail did not leave, by what is to be done about it."""

    # The server refuses whatever we send: only another configuration helps. All mails wait.
    NEVER = "never"
    # The server cannot be reached or has no time for anybody. All mails wait a little.
    AWAY = "away"
    # This mail is wanted later.
    LATER = "later"
    # This address does not exist, or this mail will never be taken. The others are not concerned.
    ADDRESS = "address"
    # This mail is larger than the server takes.
    SIZE = "size"

    @property
    def holds_all(self) -> bool:
        return self in (Refusal.NEVER, Refusal.AWAY)


class Undelivered(Exception):
    """A mail that did not leave; the message is what the server said."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class Mailer(Protocol):
    # Whether what is sent leaves this computer.
    leaves: bool

    def send(self, message: EmailMessage) -> None:
        """Deliver. Raises `Undelivered`."""


class FileMailer:
    """Writes each mail as ``.eml``, named after its Message-ID: sending it twice leaves one file."""

    leaves = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage) -> None:
        draft, written = self.paths(str(message["Message-ID"]))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(message.as_bytes())
            draft.replace(written)
        except OSError as error:
            raise Undelivered(Refusal.AWAY, f"{self.folder}: {error.strerror}") from error

    def paths(self, message_id: str) -> tuple[Path, Path]:
        """Where a mail is written, and where it lies when all of it is."""
        name = message_id.strip("<>").replace("/", "_")
        return self.folder / f".{name}.part", self.folder / f"{name}.eml"


class SmtpMailer:
    """``smtp://[user:password@]host[:port]`` (STARTTLS where offered) or ``smtps://…``."""

    leaves = True

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    def send(self, message: EmailMessage) -> None:
        """Deliver within `WHOLE` seconds. Raises `Undelivered`: the dialogue says by its stage whom an answer concerns.

        Until the server has taken our sign-in it speaks of us; from then on it speaks of this mail, but for the sender,
        which all mails share.
        """
        server = self._server()
        with _ended_after(WHOLE, server):
            try:
                server.connect(*self._address())
                self._sign_in(server)
            except (OSError, smtplib.SMTPException) as error:
                server.close()
                raise Undelivered(_before_the_mail(error), _said(error)) from error
            try:
                server.send_message(message, from_addr=_taken_out(message, "Return-Path"))
            except (OSError, ValueError, smtplib.SMTPException) as error:
                raise Undelivered(_about_the_mail(error), _said(error)) from error
            finally:
                _leave(server)

    def _server(self) -> smtplib.SMTP:
        """One that is not connected yet: what it says first counts too."""
        if self.url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=ANSWER, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(timeout=ANSWER)
        # For the certificate: smtplib notes it only where it connects at once.
        server._host = self._address()[0]  # type: ignore[attr-defined]
        return server

    def _address(self) -> tuple[str, int]:
        return self.url.hostname or "localhost", self.url.port or (465 if self.url.scheme == "smtps" else 25)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self.url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if self.url.username:
            server.login(unquote(self.url.username), unquote(self.url.password or ""))


@contextmanager
def _ended_after(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Cut the connection after `seconds`: a server that answers a byte at a time would keep within any other limit."""
    over = threading.Event()

    def cut() -> None:
        pause = seconds
        while not over.wait(pause):
            with suppress(OSError, AttributeError):
                server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
            # A connection that was just being made, or encrypted, is met the next time.
            pause = AGAIN

    threading.Thread(target=cut, name="mail-limit", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _taken_out(message: EmailMessage, name: str) -> str | None:
    """What a header says that is for the server alone and does not leave."""
    value = message[name]
    del message[name]
    return None if value is None else str(value).strip("<>")


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; a mail that was taken stays taken, however that goes."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _before_the_mail(error: Exception) -> Refusal:
    """What an error means that came before the server was told of any mail."""
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError):
        return Refusal.NEVER
    code = getattr(error, "smtp_code", 0)
    return Refusal.NEVER if 500 <= code < 600 else Refusal.AWAY


def _about_the_mail(error: Exception) -> Refusal:
    """What an error means that came when a mail was handed over."""
    # Told of the size with the sender's name or after the whole mail; of a single address it says that a box is full.
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code == _TOO_LARGE:
        return Refusal.SIZE
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return Refusal.ADDRESS if codes and all(code >= 500 for code in codes) else Refusal.LATER
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Refusal.NEVER if error.smtp_code >= 500 else Refusal.LATER
    # A message that cannot be written (an address with a line break, letters that this server does not take).
    if isinstance(error, ValueError | smtplib.SMTPNotSupportedError):
        return Refusal.ADDRESS
    return Refusal.ADDRESS if 500 <= getattr(error, "smtp_code", 0) < 600 else Refusal.LATER


def _said(error: Exception) -> str:
    """The server's own words where it had any."""
    if isinstance(error, smtplib.SMTPNotSupportedError) and "SMTPUTF8" in str(error):
        return "The mail server takes no letters like é in an address, before the @: use another address."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(text)}" for code, text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["passerelle.mailer"] = (
        SmtpMailer(settings.smtp_url) if settings.smtp_url else FileMailer(settings.mail_folder)
    )


def mailer() -> Mailer:
    """The current application's way out."""
    return current_app.extensions["passerelle.mailer"]
