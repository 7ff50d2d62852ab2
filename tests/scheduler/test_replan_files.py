"""The disturbances that the benchmark measures: each is an event as it may be, replanned legally by the command."""

from pathlib import Path

from scheduler.command.main import main
from scheduler.format.event import event_json
from scheduler.format.schedule import schedule_json
from scheduler.problem.watch import SolveOptions
from scheduler.samples.sample import benchmark_event
from scheduler.solve import solve
from tests.benchmarks.families.random_rules import random_event
from tests.benchmarks.replan_files import judge, make


def test_measured_disturbances_are_replanned_legally(tmp_path: Path):
    event = benchmark_event(24, 24, 8, 16, capacities=(5, 8))
    paths = tmp_path / "event.json", tmp_path / "schedule.json"
    paths[0].write_text(event_json(event))
    paths[1].write_text(schedule_json(solve(event, SolveOptions(time_limit=0.5, workers=1))))

    found = {}
    for disturbed in make(*paths, tmp_path):
        assert main(["replan", disturbed.event, disturbed.announced, "-o", disturbed.output, *disturbed.flags]) == 0
        judged = judge(disturbed)
        assert judged.faults == [], disturbed.what
        found[disturbed.what] = judged.tiers["disruptions"]
        if "--allow-disruptions" not in disturbed.flags:
            assert found[disturbed.what] == judged.bounds["disruptions"], disturbed.what

    assert list(found) == [
        *("absent", "late", "early leaver", "walk-in", "table lost", "ten tables lost", "facilitator lost"),
        *("slot added", "slot cut", "pinned, table lost", "absent, 5 may go"),
    ]
    # Every slot is full, so each of these must cost somebody something.
    assert all(found[what] > 0 for what in ("late", "ten tables lost", "facilitator lost", "slot cut"))


def test_disturbances_of_events_with_rules_are_valid_and_replanned_legally(tmp_path: Path):
    event = random_event(14, 12, 1, ["computed_scores", "part_time", "delegates", "home_tables", "features", "after"])
    paths = tmp_path / "event.json", tmp_path / "schedule.json"
    paths[0].write_text(event_json(event))
    paths[1].write_text(schedule_json(solve(event, SolveOptions(time_limit=2.0, workers=1))))

    found = []
    for disturbed in make(*paths, tmp_path, ruled=True):
        assert main(["replan", disturbed.event, disturbed.announced, "-o", disturbed.output, *disturbed.flags]) == 0
        assert judge(disturbed).faults == [], disturbed.what
        found.append(disturbed.what)
    assert found == ["absent", "late", "early leaver", "walk-in", "veto", "table lost"]
