"""The fixtures that all tests may ask for; each lives in a module of `tests/support`, named for what it gives."""

pytest_plugins = [
    "tests.support.browser",
    "tests.support.no_skips",
    "tests.support.postgres",
    "tests.support.redis",
    "tests.support.server",
    "tests.support.smtp",
]
