"""What every application of a test process would compile anew, compiled once: templates, statements, addresses.

Each test has an application of its own, and to compile its pages, its queries and its two hundred routes took most of a
test's time.
"""

from collections.abc import Iterator
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


# What `Rule.compile` gives a rule.
_COMPILED = "_parts", "_trace", "_converters", "arguments"


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    first: dict[Any, Rule] = {}
    compile_rule = Rule.compile

    def once(rule: Rule) -> None:
        assert rule.map is not None and not rule.map.host_matching
        defaults = tuple((rule.defaults or {}).items())
        key = rule.rule, rule.subdomain, rule.merge_slashes, defaults, *rule.map.converters.items()
        compiled = first.get(key)
        if compiled is None:
            compile_rule(rule)
            first[key] = rule
            return
        for name in _COMPILED:
            setattr(rule, name, getattr(compiled, name))
        # What builds an address takes the rule as its first argument: it is the same for each that reads alike.
        rule._build = compiled._build.__func__.__get__(rule)
        rule._build_unknown = compiled._build_unknown.__func__.__get__(rule)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Memory()})
        patch.setattr(Rule, "compile", once)
        yield


_first: dict[str, Engine] = {}


def share_statements(engine: Engine) -> None:
    """Have `engine` know the statements that another engine for this kind of database has compiled.

    They are kept by the dialect that has compiled them, so that is shared too.
    """
    first = _first.setdefault(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
