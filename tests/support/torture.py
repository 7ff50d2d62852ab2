"""How long what kills, races and mutilates is at it: seconds in ``make test``, an hour in ``make torture``.

``PASSERELLE_ROUNDS`` is how often all of that is done: 10 times where it is not set, and races, which take a twentieth
of a second, 100 times. ``make torture`` sets it, and says that it does (`TORTURE`) to what costs minutes.
"""

import os

ROUNDS = int(os.environ.get("PASSERELLE_ROUNDS", "10"))
RACED = int(os.environ.get("PASSERELLE_ROUNDS", "100"))
TORTURE = bool(os.environ.get("PASSERELLE_TORTURE"))
