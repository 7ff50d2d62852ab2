"""A real SMTP server on loopback that keeps what it receives, and can be told to refuse."""

import asyncio
import email
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.programs import free_port


@dataclass
class Mailbox:
    """What the server received. `url` is the value for `SMTP_URL`.

    `delays` are seconds that the server takes over the next messages, one each before it answers.
    `refusals` are answers such as `"451 try later"`, each given once to the next messages before any is accepted;
    `refused_addresses` are those for single recipients, and `refused_sender` is the one to every mail, as long as set.
    """

    url: str
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
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
        if self.delays:
            await asyncio.sleep(self.delays.pop(0))
        with self._lock:
            if self.refusals:
                return self.refusals.pop(0)
            content = envelope.original_content or b""
            self.messages.append(email.message_from_bytes(content, policy=default))
            self.recipients.append(list(envelope.rcpt_tos))
            self.senders.append(envelope.mail_from)
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


def words_of(message: EmailMessage) -> str:
    """What a mail says, in its plain form."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


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


@contextmanager
def silent_smtp() -> Iterator[str]:
    """`SMTP_URL` of a server that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        # The kernel accepts for it; nobody ever answers.
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def silent_smtp_server() -> Iterator[str]:
    """`silent_smtp` while the test lasts."""
    with silent_smtp() as url:
        yield url


@contextmanager
def encrypted_smtp_server(folder: Path, *, at_once: bool) -> Iterator[Mailbox]:
    """A `Mailbox` for ``localhost``, encrypted `at_once` or by STARTTLS; its certificate is in `folder`/server.pem."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder / "server.pem"))
    port = free_port()
    mailbox = Mailbox(f"{'smtps' if at_once else 'smtp'}://localhost:{port}")
    how = {"ssl_context": context} if at_once else {"tls_context": context, "require_starttls": True}
    # It would ask itself whether it answers, and not know its own certificate.
    controller = _Unasked(mailbox, hostname="127.0.0.1", port=port, **how)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


class _Unasked(Controller):
    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port)).close()


def _certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, form, bare) + certificate.public_bytes(pem))
    return path


# What an SMTP server says in turn while it takes one mail: the first after the connection, each other after a command.
CONVERSATION = {
    "greeting": b"220 here I am\r\n",
    "hello": b"250 hello\r\n",
    "sender": b"250 good\r\n",
    "recipient": b"250 good\r\n",
    "data": b"354 go on\r\n",
    "taken": b"250 taken\r\n",
}


@contextmanager
def dribbling_smtp_server(stage: str) -> Iterator[str]:
    """`SMTP_URL` of a server that is quick up to `stage` of `CONVERSATION`, then says a byte now and then, for ever."""
    over = threading.Event()

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for name, words in CONVERSATION.items():
                if name == stage:
                    connection.sendall(words[:3] + b"-")
                    while not over.wait(0.1):
                        connection.sendall(b"x")
                    return
                connection.sendall(words)
                ending = b"\r\n.\r\n" if name == "data" else b"\r\n"
                heard = b""
                while not heard.endswith(ending):
                    heard += connection.recv(4096)

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=converse, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=listen, daemon=True).start()
        try:
            yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
