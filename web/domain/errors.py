"""What a domain function raises when it cannot do what was asked: sentences a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where: a path in a file, a cell of a sheet, a field of a form."""

    path: str
    message: str


class DomainError(Exception):
    """Base of all; `status` is the HTTP status that fits, the message an already translated sentence."""

    status = 422


class Faults(DomainError):
    """Something handed in is not valid; `faults` holds every fault found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in faults))
        self.faults = faults


class Refused(DomainError):
    """Right in form, not possible now."""

    status = 409


class Busy(DomainError):
    """Right, but too much of it at once: to be sent again a little later."""

    status = 429


class Missing(DomainError):
    """No such thing, or not for this person."""

    status = 404


class NeedsConfirmation(DomainError):
    """The change undoes something said elsewhere; `effects` says what, in sentences.

    `choice`: whether it makes a difference to keep hours or rounds; `to_tell`: how many could be told by mail.
    """

    status = 409

    def __init__(self, effects: Sequence[str], *, choice: bool = False, to_tell: int = 0) -> None:
        super().__init__(" ".join(effects))
        self.effects, self.choice, self.to_tell = effects, choice, to_tell
