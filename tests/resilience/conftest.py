"""What kills, hangs, fills disks or races: the fixtures of `tests/web`, and how long a race is run.

``PASSERELLE_ROUNDS`` (10) is how many rounds each race is run; ``make torture`` runs many more.
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
)

__all__ = ["ROUNDS", "app", "backend", "client", "make", "organiser", "organiser_client", "session", "settings"]

ROUNDS = int(os.environ.get("PASSERELLE_ROUNDS", "10"))
