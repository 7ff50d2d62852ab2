"""What kills, hangs, fills disks or races: the fixtures of `tests/web`, and how long a race is run.

``PASSERELLE_ROUNDS`` (10) is how many rounds each race is run; ``make torture`` runs many more, and says that it does
(`TORTURE`) to what costs minutes.
"""

import os

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
    "ROUNDS",
    "TORTURE",
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

ROUNDS = int(os.environ.get("PASSERELLE_ROUNDS", "10"))
TORTURE = bool(os.environ.get("PASSERELLE_TORTURE"))
