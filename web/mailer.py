"""The way out for mail: an SMTP server where one is set, files in ``var/mail/`` otherwise."""

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from web.config import Settings


class Mailer(Protocol):
    def send(self, message: EmailMessage) -> None:
        """Deliver; raises `OSError` or `smtplib.SMTPException` when it could not."""


class FileMailer:
    """Writes each mail as ``.eml``, named after its Message-ID: sending it twice leaves one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft, written = self.paths(str(message["Message-ID"]))
        draft.write_bytes(message.as_bytes())
        draft.replace(written)

    def paths(self, message_id: str) -> tuple[Path, Path]:
        """Where a mail is written, and where it lies when all of it is."""
        name = message_id.strip("<>").replace("/", "_")
        return self.folder / f".{name}.part", self.folder / f"{name}.eml"


class SmtpMailer:
    """``smtp://[user:password@]host[:port]`` (STARTTLS where offered) or ``smtps://…``."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    def send(self, message: EmailMessage) -> None:
        url = self.url
        host = url.hostname or "localhost"
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=30, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, url.port or 25, timeout=30)
        with server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["passerelle.mailer"] = (
        SmtpMailer(settings.smtp_url) if settings.smtp_url else FileMailer(settings.mail_folder)
    )


def mailer() -> Mailer:
    """The current application's way out."""
    return current_app.extensions["passerelle.mailer"]
