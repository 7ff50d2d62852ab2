"""Two who do at once what only one of them can: the fixtures of `tests/web`."""

from tests.resilience.conftest import *  # noqa: F403
