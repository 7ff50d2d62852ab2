"""A real SMTP server on loopback that keeps what it receives, and can be told to refuse."""

import email
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.programs import free_port


@dataclass
class Mailbox:
    """What the server received. `url` is the value for `SMTP_URL`.

    `refusals` are answers such as `"451 try later"`, each given once to the next messages before any is accepted;
    `refused_addresses` are those for single recipients, and `refused_sender` is the one to every mail, as long as set.
    """

    url: str
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    refused_addresses: dict[str, str] = field(default_factory=dict)
    refused_sender: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refused_sender is not None:
            return self.refused_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused_addresses:
            return self.refused_addresses[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with self._lock:
            if self.refusals:
                return self.refusals.pop(0)
            content = envelope.original_content or b""
            self.messages.append(email.message_from_bytes(content, policy=default))
            self.recipients.append(list(envelope.rcpt_tos))
        return "250 Message accepted for delivery"

    def to(self, address: str) -> list[EmailMessage]:
        """The messages delivered to `address`, in order of arrival."""
        with self._lock:
            return [message for message, to in zip(self.messages, self.recipients, strict=True) if address in to]

    def wait(self, count: int, seconds: float = 20) -> list[EmailMessage]:
        """The messages, once there are at least `count`; `AssertionError` after `seconds`."""
        end = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < end, f"{len(self.messages)} of {count} messages after {seconds:g} s"
            time.sleep(0.05)
        return list(self.messages)


@pytest.fixture
def smtp_server() -> Iterator[Mailbox]:
    """A `Mailbox` behind a listening SMTP server, this test's alone."""
    port = free_port()
    mailbox = Mailbox(f"smtp://127.0.0.1:{port}")
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture
def silent_smtp_server() -> Iterator[str]:
    """`SMTP_URL` of a server that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        # The kernel accepts for it; nobody ever answers.
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
