"""What a schedule file is worth, whoever made it: checked by ``scheduler.check.schedule``, wishes counted.

Run as a process of its own (``python -m tests.benchmarks.judging EVENT SCHEDULE``), so that the one that measures
stays small; its answer is one line of JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Verdict:
    """``faults`` against the rules (none: legal), the tiers recomputed, the bounds claimed, wishes and those honoured.

    A wish counts where the other side has no veto; it is honoured where the two meet. ``checked`` are the tiers whose
    bounds follow from proofs in the file, evaluated again; ``refuted`` says which proofs do not give their bounds.
    """

    faults: list[str]
    tiers: dict[str, int]
    bounds: dict[str, int | None]
    meetings: int
    wishes: int
    honoured: int
    checked: list[str] = field(default_factory=list)
    refuted: list[str] = field(default_factory=list)

    @property
    def rechecked(self) -> bool:
        """Whether the bounds of tiers 1–3 stand without trust in any search."""
        return {"shortfall", "value", "breaks"} <= set(self.checked)

    @property
    def optimal(self) -> bool:
        """Whether shortfall, value and breaks are proven best."""
        return self.best_value and self.bounds["breaks"] == self.tiers["breaks"]

    @property
    def best_value(self) -> bool:
        """Whether shortfall and value are proven best."""
        return all(self.bounds[name] == self.tiers[name] for name in ("shortfall", "value"))


def judge(event_path: Path, schedule_path: Path) -> Verdict:
    """Return the verdict on the schedule in ``schedule_path``. Cost: linear in the files and the proofs."""
    from scheduler.check.proof import verify_proofs
    from scheduler.check.schedule import verify
    from scheduler.format.event import parse_event
    from scheduler.format.schedule import parse_schedule

    event = parse_event(event_path.read_bytes())
    schedule = parse_schedule(schedule_path.read_bytes())
    report = verify(event, schedule)
    refused = {frozenset((p.id, id)) for p in event.participants for id in p.vetoes}
    wished = [frozenset((p.id, id)) for p in event.participants for id in p.wishes]
    held = {meeting.pair for meeting in schedule.meetings}
    proofs = verify_proofs(event, schedule) if not report.faults else []
    return Verdict(
        faults=[str(fault) for fault in report.faults],
        tiers=report.tiers,
        bounds={tier.name: tier.bound for tier in schedule.tiers},
        meetings=len(schedule.meetings),
        wishes=sum(pair not in refused for pair in wished),
        honoured=sum(pair in held for pair in wished),
        checked=[proof.tier for proof in proofs if proof.standing == "checked"],
        refuted=[f"{proof.tier}: {proof.fault}" for proof in proofs if proof.standing == "refuted"],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(judge(Path(sys.argv[1]), Path(sys.argv[2])))))
