"""Files, forms and requests that nobody should send: the fixtures of `tests/web`."""

from tests.resilience.conftest import *  # noqa: F403
