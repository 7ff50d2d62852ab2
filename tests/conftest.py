"""The fixtures that all tests may ask for; each lives in a module of `tests/support`, named for what it gives."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

# Commands speak the language of the terminal: that of whoever runs the tests must not decide them.
os.environ["LC_ALL"] = "C.UTF-8"

# How long an example takes to make and to try says how busy the machine is, and nothing of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

pytest_plugins = [
    "tests.support.browser",
    "tests.support.compiled",
    "tests.support.installation",
    "tests.support.no_skips",
    "tests.support.postgres",
    "tests.support.redis",
    "tests.support.schema",
    "tests.support.server",
    "tests.support.api",
    "tests.support.house",
    "tests.support.smtp",
    "tests.support.tally",
]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is imported by now stays: to look through it again and again for garbage took a third of a test's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
