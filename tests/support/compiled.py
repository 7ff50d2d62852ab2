"""What every application of a test process would compile anew, compiled once: templates, statements, addresses.

Each test has an application of its own, and to compile its pages, its queries and its two hundred routes took most of a
test's time.
"""

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from werkzeug.routing import Rule


class _Memory(BytecodeCache):
    """Compiled templates by name and source, as long as the process."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    builders: dict[Any, Callable[..., Any]] = {}
    compile_builder = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        # What is made takes the rule as its first argument: it is the same for each rule that reads alike.
        key = rule.rule, tuple(rule._trace), tuple((rule.defaults or {}).items()), append_unknown
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Memory()})
        patch.setattr(Rule, "_compile_builder", once)
        yield


_first: dict[str, Engine] = {}


def share_statements(engine: Engine) -> None:
    """Have `engine` know the statements that another engine for this kind of database has compiled.

    They are kept by the dialect that has compiled them, so that is shared too.
    """
    first = _first.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
