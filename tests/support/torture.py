"""How long what kills, races and mutilates is at it: seconds in ``make test``, an hour in ``make torture``.

``PASSERELLE_ROUNDS`` (10) is how many rounds each race is run; ``make torture`` runs many more, and says that it does
(`TORTURE`) to what costs minutes.
"""

import os

ROUNDS = int(os.environ.get("PASSERELLE_ROUNDS", "10"))
TORTURE = bool(os.environ.get("PASSERELLE_TORTURE"))
