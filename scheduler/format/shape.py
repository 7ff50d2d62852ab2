"""Whether JSON has the shape of a model: found out at once where it has, and every fault of it where it has not.

Pydantic makes an object of each fault before it tells any: a file of nothing but faults takes hundreds of times its own
size. So the models of large files give up at the first fault of a list (``Listed``), and the faults behind it are found
here, item by item, until they are too many to be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, FailFast, Field, Strict, TypeAdapter, ValidationError

from scheduler.format.faults import Tally, fault_of

T = TypeVar("T")
Place = tuple[int | str, ...]


class _FailFast(FailFast):
    """Pydantic's, which cannot stand in a union because it has no hash."""

    def __hash__(self) -> int:
        return hash(self.fail_fast)


Listed = Annotated[tuple[T, ...], Strict(False), _FailFast()]
# What one item lists: more than the largest event of the benchmarks has participants of a kind.
ShortlyListed = Annotated[Listed[T], Field(max_length=10_000)]


class Shape:
    """The shape of a type: a model, a list, or what stands in them."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        bare = _bare(kind)
        self._model = bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None
        self._item = get_args(bare)[0] if get_origin(bare) is tuple and get_args(bare)[1:] == (...,) else None

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        # A model says itself that it is strict, and may not be told.
        return TypeAdapter(self._kind, config=None if self._model is not None else ConfigDict(strict=True))

    @cached_property
    def _items(self) -> Shape:
        return Shape(self._item)

    @cached_property
    def fields(self) -> dict[str, Shape]:
        """The shapes of a model's fields."""
        fields = self._model.model_fields if self._model is not None else {}
        return {name: Shape(_annotated(field.annotation, field.metadata)) for name, field in fields.items()}

    def add_faults(self, value: Any, faults: Tally, place: Place = ()) -> None:
        """Add the faults of ``value``, which stands at ``place``, to ``faults``. Raises ``TooManyFaults``."""
        try:
            self._adapter.validate_python(value)
            return
        except ValidationError as error:
            details = error.errors(include_url=False)
        if self._item is not None and any(detail["loc"] for detail in details):
            for k, item in enumerate(value):
                self._items.add_faults(item, faults, (*place, k))
            return
        # A list whose only items are faulty counts as too short; the faults of the items say all.
        inside = {detail["loc"][0] for detail in details if detail["loc"][1:]}
        looked_into = set()
        for detail in details:
            step = detail["loc"][0] if detail["loc"] else None
            if step not in inside or step not in self.fields:
                faults.add(fault_of({**detail, "loc": (*place, *detail["loc"])}))
            elif detail["loc"][1:] and step not in looked_into:
                looked_into.add(step)
                self.fields[str(step)].add_faults(value[step], faults, (*place, step))

    def sound_items(self, values: Any) -> Iterator[tuple[int, Any]]:
        """Yield of a list the items that have no faults, with their places; of what is no list, nothing."""
        read = self._items._adapter.validate_python
        for i, value in enumerate(values if isinstance(values, list | tuple) else ()):
            try:
                yield i, read(value)
            except ValidationError:
                continue


def _bare(kind: Any) -> Any:
    """Return ``kind`` without what is said about it, and without ``None`` beside it."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind):
            (kind,) = (part for part in get_args(kind) if part is not NoneType)
        else:
            return kind


def _annotated(kind: Any, about: list[Any]) -> Any:
    return Annotated[(kind, *about)] if about else kind
