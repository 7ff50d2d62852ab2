"""The package's exceptions: every one of them carries what a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scheduler.format.sentence import Sentence

if TYPE_CHECKING:
    from scheduler.format.event import Event
    from scheduler.format.requirement import Requirement


@dataclass(frozen=True, slots=True)
class EventFault:
    """One thing that is wrong in a file: where it stands and what was expected and found."""

    path: str
    message: Sentence

    @property
    def code(self) -> str:
        """Return what was expected, as a code."""
        return self._wanted.code

    @property
    def values(self) -> dict[str, Any]:
        """Return what the sentence of ``code`` names, and what was ``found``: a text, a number or a sentence."""
        found = self.message.values.get("found")
        if isinstance(found, Sentence) and found.code == "found":
            found = found.values["found"]
        return self._wanted.values if found is None else {**self._wanted.values, "found": found}

    @property
    def _wanted(self) -> Sentence:
        wanted = self.message.values.get("expected")
        return wanted if isinstance(wanted, Sentence) else self.message

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class PasserelleError(Exception):
    """Root of all errors raised on purpose by this package."""


class InvalidInput(PasserelleError):
    """A file was refused whole; ``faults`` holds every fault found in it, in the order of the file."""

    def __init__(self, faults: Sequence[EventFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class InvalidEvent(InvalidInput):
    """The event file breaks the format."""


class InvalidSchedule(InvalidInput):
    """The schedule file breaks the format."""


class Infeasible(PasserelleError):
    """No schedule respects all requirements; ``requirements`` are those that cannot hold together.

    ``scheduler.wording.requirements`` has their words.
    """

    def __init__(self, event: Event, requirements: Sequence[Requirement]) -> None:
        self.event = event
        self.requirements = tuple(requirements)
        kinds = ", ".join(requirement.kind for requirement in self.requirements)
        super().__init__(f"{len(self.requirements)} requirements cannot hold together: {kinds}")


class NoScheduleFound(PasserelleError):
    """Time ran out (or the search was stopped) before any legal schedule was found; nothing is proven."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(Sentence("time_over") if message is None else message)


class IllegalSchedule(PasserelleError):
    """The independent check refused a schedule that the algorithms made: an error of the program itself."""
