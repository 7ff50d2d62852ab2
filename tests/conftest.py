"""The fixtures that all tests may ask for; each lives in a module of `tests/support`, named for what it gives."""

import os

# Commands speak the language of the terminal: that of whoever runs the tests must not decide them.
os.environ["LC_ALL"] = "C.UTF-8"

pytest_plugins = [
    "tests.support.browser",
    "tests.support.compiled",
    "tests.support.installation",
    "tests.support.no_skips",
    "tests.support.postgres",
    "tests.support.redis",
    "tests.support.schema",
    "tests.support.server",
    "tests.support.house",
    "tests.support.smtp",
    "tests.support.tally",
]
