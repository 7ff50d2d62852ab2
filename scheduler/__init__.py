"""The library: an event in, a timetable out, with what is proven of it.

    from scheduler import parse_event, schedule_json, solve

    print(schedule_json(solve(parse_event(open("event.json", "rb").read()))))

A name is loaded when it is first asked for: who only reads a file, or checks a schedule, does not load the solver.
``scheduler.solve`` (and ``replan``, ``explain``, ``whatif``) is always the function. The module of that name is for
``from scheduler.solve import …`` alone: Python would put it in the function's place as soon as anybody imports from it,
which the class below forbids.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.check.replan import verify_replan
    from scheduler.check.schedule import Report, verify
    from scheduler.explain import explain
    from scheduler.format.errors import (
        EventFault,
        IllegalSchedule,
        Infeasible,
        InvalidEvent,
        InvalidInput,
        InvalidSchedule,
        NoScheduleFound,
        PasserelleError,
    )
    from scheduler.format.event import Event, event_json, event_json_schema, parse_event
    from scheduler.format.schedule import Schedule, parse_schedule, schedule_json, schedule_json_schema
    from scheduler.problem.watch import Progress, SolveOptions
    from scheduler.replan import replan
    from scheduler.solve import solve
    from scheduler.whatif import whatif

__all__ = [
    "Event",
    "EventFault",
    "IllegalSchedule",
    "Infeasible",
    "InvalidEvent",
    "InvalidInput",
    "InvalidSchedule",
    "NoScheduleFound",
    "PasserelleError",
    "Progress",
    "Report",
    "Schedule",
    "SolveOptions",
    "event_json",
    "event_json_schema",
    "explain",
    "parse_event",
    "parse_schedule",
    "replan",
    "schedule_json",
    "schedule_json_schema",
    "solve",
    "verify",
    "verify_replan",
    "whatif",
]

_ROOMS = {
    "scheduler.check.replan": ("verify_replan",),
    "scheduler.check.schedule": ("Report", "verify"),
    "scheduler.explain": ("explain",),
    "scheduler.format.errors": (
        "EventFault",
        "IllegalSchedule",
        "Infeasible",
        "InvalidEvent",
        "InvalidInput",
        "InvalidSchedule",
        "NoScheduleFound",
        "PasserelleError",
    ),
    "scheduler.format.event": ("Event", "event_json", "event_json_schema", "parse_event"),
    "scheduler.format.schedule": ("Schedule", "parse_schedule", "schedule_json", "schedule_json_schema"),
    "scheduler.problem.watch": ("Progress", "SolveOptions"),
    "scheduler.replan": ("replan",),
    "scheduler.solve": ("solve",),
    "scheduler.whatif": ("whatif",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


class _Library(ModuleType):
    """A package whose public names stay what they are, whichever of its modules were imported before."""

    def __getattr__(self, name: str) -> Any:
        room = _ROOM_OF.get(name)
        if room is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(room), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _ROOM_OF or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *__all__})


sys.modules[__name__].__class__ = _Library
