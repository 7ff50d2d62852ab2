"""What kills, hangs or fills disks: the fixtures of `tests/web`."""

from tests.web.conftest import (
    app,
    backend,
    client,
    make,
    organiser,
    organiser_client,
    session,
    settings,
    short_patience,
)

__all__ = [
    "app",
    "backend",
    "client",
    "make",
    "organiser",
    "organiser_client",
    "session",
    "settings",
    "short_patience",
]
