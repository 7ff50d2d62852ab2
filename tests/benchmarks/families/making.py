"""From the description of an event to its file, for a process of its own (see ``tests.benchmarks.events``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scheduler.format.event import Event, event_json
from scheduler.format.interchange import read_any
from scheduler.samples.sample import benchmark_event
from tests.benchmarks.families.around_sample import changed_sample
from tests.benchmarks.families.b2b_variants import b2b_variant
from tests.benchmarks.families.large import full_rotation, with_short_visits
from tests.benchmarks.families.random_rules import RULES, random_event


def make_event(described: Mapping[str, Any]) -> Event:
    """Return the event that ``described`` tells: ``maker`` names a function of this module, the rest are its arguments.

    Raises ``KeyError`` for an unknown maker.
    """
    arguments = dict(described)
    return _MAKERS[arguments.pop("maker")](**arguments)


def write_event(described: Mapping[str, Any], path: Path) -> None:
    """Write the event file of ``described``."""
    path.write_text(event_json(make_event(described)), encoding="utf-8")


def _plain(*, short_visits: float = 0.0, **sizes: Any) -> Event:
    event = benchmark_event(**sizes)
    return with_short_visits(event, short_visits, sizes.get("seed", 1)) if short_visits else event


def _rules(*, associations: int, companies: int, seed: int, every: bool = False) -> Event:
    return random_event(associations, companies, seed, RULES if every else None)


def _file(path: str) -> Event:
    return read_any(Path(path).read_bytes(), Path(path).name)


def _variant(original: str, variant: str, seed: int) -> Event:
    return b2b_variant(Path(original), variant, seed)


_MAKERS: dict[str, Callable[..., Event]] = {
    "plain": _plain,
    "file": _file,
    "sample": changed_sample,
    "rules": _rules,
    "rotation": full_rotation,
    "variant": _variant,
}
