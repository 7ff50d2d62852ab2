"""By which names this server knows itself, and where the links in its mails lead.

The ``Host`` of a request is written by whoever sends it: a link made from it would lead wherever a stranger wants. So a
link begins with BASE_URL or, where that is not set, with the address that the start wrote down in ``var/address``; and
a request under a name that is neither of them, nor this machine's own, is refused.
"""

import re
import socket
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from web.files import written_aside

UNKNOWN = "http://localhost:8000"
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
# Reserved for documentation: asking which way leads there sends nothing.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def address_of(host: str, port: int) -> str:
    """Where others find a server that listens at `host`; of all addresses at once, the one towards the network."""
    if host in ("0.0.0.0", "::", ""):
        host = _towards_the_network() or socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def note_address(var: Path, address: str) -> None:
    """Keep `address` in ``var/address``, for every process of this server. Raises `OSError`."""
    with written_aside(var / "address") as file:
        file.write(f"{address}\n".encode("ascii"))


def noted_address(var: Path) -> str | None:
    """What `note_address` kept; ``None`` where nothing was, or nothing that is an address."""
    try:
        address = (var / "address").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    scheme, _, host = address.partition("://")
    return address if scheme in ("http", "https") and name_in(host) else None


def name_in(host: str) -> str | None:
    """The name or number in a ``Host`` header, in small letters, without port; ``None`` for one that is not valid."""
    match = _HOST.fullmatch(host)
    return match["name"].lower().strip("[]").rstrip(".") or None if match else None


def host_of(address: str) -> str:
    """The name or number in an address such as ``http://localhost:8000``."""
    return (urlsplit(address).hostname or "").rstrip(".")


def is_loopback(name: str) -> bool:
    """Whether `name` leads to this machine whoever asks: nobody else can be reached, or lured, by it."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_known(host: str, *addresses: str) -> bool:
    """Whether the ``Host`` header names this server: as in `addresses`, by loopback, or as the machine itself.

    A number is the machine's own when a socket can be bound to it, so that a laptop is found under the address that a
    venue's network has just given it.
    """
    name = name_in(host)
    if name is None:
        return False
    own = socket.gethostname().lower()
    return name in {own, f"{own}.local", *map(host_of, addresses)} or is_loopback(name) or _is_own_number(name)


def _is_own_number(name: str) -> bool:
    try:
        number = ip_address(name)
        with socket.socket(socket.AF_INET if number.version == 4 else socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((name, 0))
    except (ValueError, OSError):
        return False
    return not number.is_multicast


def _towards_the_network() -> str | None:
    for family, elsewhere in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return None
