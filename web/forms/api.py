"""What programs send to the HTTP interface and get from it, as typed values; the two files are the solver's own."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from scheduler.format.faults import Count, Id, ListOf, Tally, TooManyFaults, Unreadable, Value, read_object
from scheduler.format.schedule import Tier
from scheduler.format.shape import Shape, ShortlyListed
from web.domain.errors import Fault, Faults
from web.domain.timetable.jobs import LONGEST, SHORTEST, USUAL

Body = TypeVar("Body", bound=Value)
# As many participants as a list may name.
MOST_LATE = 10_000


class Compute(Value):
    """How long to compute, in seconds."""

    time_limit: Annotated[float, Field(ge=SHORTEST, le=LONGEST)] = USUAL


class Replan(Value):
    """What has changed since the schedule was announced: who does not come, who comes later, what has happened."""

    absent: ShortlyListed[Id] = ()
    late: dict[Id, Id] = Field(default={}, description="For each late participant the first slot they are there for.")
    from_slot: Id | None = Field(default=None, description="The first slot that has not happened yet.")
    allow_disruptions: Count = Field(default=0, description="Announced meetings that may go where that earns more.")


class Publish(Value):
    """What is known not to be so and shall be announced all the same: what stands behind ``untrue/`` in a refusal."""

    confirmed: ShortlyListed[Id] = ()


class WarningItem(Value):
    """One thing that the event probably does not mean: ``path`` is a place in what was sent."""

    code: str
    path: str
    message: str


class Created(Value):
    """The event that was made; ``warnings`` only where there are any."""

    id: int
    warnings: ListOf[WarningItem] | None = None


class Started(Value):
    """The job that computes the event: a new one, or the one that was already at it."""

    job: int


class ErrorItem(Value):
    """One thing that is wrong. `path` is a place in what was sent, and empty where it is about the whole."""

    path: str
    message: str


class Errors(Value):
    """Why a call was refused: every reason at once."""

    errors: Annotated[list[ErrorItem], Field(min_length=1)]


class JobReport(Value):
    """A computation: `tiers` of the best schedule so far, `schedule` the id of what came out, `errors` why nothing."""

    job: int
    event: int
    state: Literal["queued", "running", "done", "failed", "stopped"]
    tiers: list[Tier]
    schedule: int | None
    seconds: float
    time_limit: float | None
    errors: list[ErrorItem]


class VersionReport(Value):
    """A stored schedule without its file.

    `current`: whether it answers the event as it is now, to the letter, so that what it proves holds for that event.
    """

    id: int
    number: int
    status: Literal["optimal", "feasible"]
    tiers: list[Tier]
    published: bool
    current: bool


class Versions(Value):
    """The stored schedules of an event, the latest first."""

    schedules: list[VersionReport]


class PublishReport(Value):
    """What publishing did; `already` where this schedule was the published one before, so that nobody is told twice."""

    schedule: int
    mails: int
    without_address: int
    already: bool


class Health(Value):
    """Whether the parts answer; ``errors`` says what does not or hangs. ``redis``: null where none is set."""

    status: Literal["ok", "degraded", "unavailable"]
    database: bool
    worker: bool
    jobs: bool
    mails: bool
    redis: bool | None
    errors: ListOf[ErrorItem] = ()


def read_body(model: type[Body], data: bytes) -> Body:
    """`data` as a `model`; nothing at all is an empty object. Raises `Faults` with every fault, worded as for files."""
    faults = Tally()
    try:
        raw = read_object(data, MOST_LATE) if data else {}
        try:
            return model.model_validate(raw)
        except ValidationError:
            Shape(model).add_faults(raw, faults)
    except Unreadable as unreadable:
        faults.add(unreadable.fault)
    except TooManyFaults:
        pass
    raise Faults([Fault(fault.path, fault.message) for fault in faults.told("")])
