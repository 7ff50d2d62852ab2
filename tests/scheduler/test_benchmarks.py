"""The benchmark harness on events so small that it cannot rot unseen; what it measures is no test."""

from __future__ import annotations

import io
from importlib import import_module

import pytest

from scheduler.check.schedule import verify
from scheduler.format.event import event_json
from scheduler.format.schedule import schedule_json
from scheduler.problem.problem import Problem, build_problem
from tests.benchmarks.__main__ import main
from tests.benchmarks.alternatives import ALTERNATIVES, Alternative
from tests.benchmarks.alternatives.answers import schedule_of
from tests.benchmarks.b2b import contradicts, proven
from tests.benchmarks.bars import BARS, Measured
from tests.benchmarks.events import Case, Published, published
from tests.benchmarks.judging import Verdict, judge
from tests.benchmarks.processes import Run, measure
from tests.benchmarks.runs import Result
from tests.benchmarks.table import HEADS
from tests.scheduler.builders import event, people, rule, slots, tables, worth

THERE = [alternative for alternative in ALTERNATIVES if not alternative.missing]
EXACT = {"cp_sat", "mip", "maxsat", "gecode"}


def crowded() -> Problem:
    """One table and three slots for two meetings: a0 must wait a slot between its own, which c0 fills."""
    return build_problem(
        event(
            participants=people("a0", "a1", "c0", "c1", a0={"unavailable": ["s1"]}),
            slots=slots(3),
            tables=tables(1),
            meetings=[rule("a0 c0"), rule("a0 c1"), rule("a1 c0", after=[["a0", "c0"]])],
            rules={"max_break_difference": 2},
            affinities=[],
        )
    )


def chosen() -> Problem:
    """Choosing well is worth 10 + 9; who takes the best pair first is left with 10 + 1."""
    scores = {"a0 c0": 10, "a0 c1": 9, "a1 c0": 10, "a1 c1": 1}
    more = {id: {"max_meetings": 1} for id in ("a0", "a1", "c0", "c1")}
    return build_problem(event(participants=people("a0", "a1", "c0", "c1", **more), affinities=worth(scores)))


@pytest.mark.parametrize("alternative", THERE, ids=lambda alternative: alternative.name)
def test_alternative_on_required_meetings_is_legal_and_counts_breaks(alternative: Alternative) -> None:
    problem = crowded()
    answer = import_module(f"tests.benchmarks.alternatives.{alternative.name}").answer(problem, 20.0)
    schedule = schedule_of(problem, answer, 0.0)
    assert verify(problem.event, schedule).faults == []
    assert schedule.tier("breaks").value == 1
    if alternative.name in EXACT:
        assert schedule.status == "optimal"


@pytest.mark.parametrize("alternative", [a for a in THERE if a.name in EXACT], ids=lambda alternative: alternative.name)
def test_alternative_on_impossible_requirements_says_so(alternative: Alternative) -> None:
    short = event(slots=slots(1), tables=tables(1), meetings=[rule("a0 c0"), rule("a1 c1")], affinities=[])
    module = import_module(f"tests.benchmarks.alternatives.{alternative.name}")
    assert module.answer(build_problem(short), 20.0).infeasible


@pytest.mark.parametrize("name", ["cp_sat", "mip"])
def test_plain_model_chooses_the_best_partners(name: str) -> None:
    problem = chosen()
    schedule = schedule_of(problem, import_module(f"tests.benchmarks.alternatives.{name}").answer(problem, 20.0), 0.0)
    assert (schedule.tier("value").value, schedule.tier("value").bound, schedule.status) == (19, 19, "optimal")


def test_harness_prints_a_row_for_each_solver() -> None:
    stream = io.StringIO()
    main(["--only", "tiny", "--limit", "30", "--markdown"], stream)
    rows = [line[2:-2].split(" | ") for line in stream.getvalue().splitlines() if line.startswith("|")]
    expected = [a.label for a in THERE if not a.all_required]
    assert rows[0] == list(HEADS)
    assert [row[1] for row in rows[2:]] == ["passerelle", *expected]
    assert [row for row in rows[2:] if row[3] == "–"] == []


def test_harness_passes_over_b2b_files_that_are_not_there(tmp_path) -> None:
    stream = io.StringIO()
    main(["--only", "b2b", "--b2b", str(tmp_path / "nowhere"), "--without-alternatives"], stream)
    assert "passed over, no .dzn file in the folder nowhere" in stream.getvalue()


def test_judging_counts_wishes_that_no_veto_bars(tmp_path) -> None:
    more = {"a0": {"wishes": ["c0", "c1"]}, "c0": {"wishes": ["a0"]}, "c1": {"vetoes": ["a0"]}}
    wished = event(participants=people("a0", "a1", "c0", "c1", **more), affinities=worth({"a0 c0": 5}))
    problem = build_problem(wished)
    answer = import_module("tests.benchmarks.alternatives.greedy").answer(problem, 1.0)
    (tmp_path / "event.json").write_text(event_json(wished))
    (tmp_path / "schedule.json").write_text(schedule_json(schedule_of(problem, answer, 0.0)))
    verdict = judge(tmp_path / "event.json", tmp_path / "schedule.json")
    assert (verdict.faults, verdict.wishes, verdict.honoured) == ([], 2, 2)


def test_process_that_lasts_too_long_is_ended() -> None:
    run = measure(["sh", "-c", "echo begun >&2; sleep 60"], kill_after=0.5)
    assert (run.status, run.last_line) == (None, "begun")
    assert 0.5 <= run.seconds < 10 and run.peak > 0


def result(name: str, breaks: int | None, bound: int | None = None, *, infeasible: bool = False) -> Result:
    verdict = None
    if breaks is not None:
        values = {"shortfall": 0, "value": 0, "breaks": breaks}
        verdict = Verdict([], values, {**values, "breaks": bound}, 1, 0, 0)
    return Result(Case("b2b", name, 1.0), "passerelle", Run(0, 1.0, 1, ()), verdict, infeasible)


@pytest.mark.parametrize(
    ("found", "is_proven", "is_contradiction"),
    [
        (result("easy", 4, 4), True, False),
        (result("easy", 4, 2), False, False),
        (result("easy", 5, 5), False, True),
        (result("easy", 3, 3), False, True),
        (result("easy", None, infeasible=True), False, True),
        (result("never", None, infeasible=True), True, False),
        (result("never", 4, 2), False, True),
        (result("easy", None), False, False),
    ],
)
def test_b2b_result_is_held_against_the_published_one(found: Result, is_proven: bool, is_contradiction: bool) -> None:
    known = {"easy": Published(4, 1.0), "never": Published(None, 1.0)}
    assert (proven(found, known), contradicts(found, known)) == (is_proven, is_contradiction)


def test_published_results_take_the_fastest_proof(tmp_path) -> None:
    lines = ["instance,variant,approach,seconds,breaks", "fair,original d=2,one,TO,9", "fair,original d=2,two,8.5,4"]
    lines += ["fair,original d=2,three,2.5,4", "fair,original d=0,two,0.1,7", "fair,prec15 d=2,two,0.2,-"]
    (tmp_path / "published_results.csv").write_text("\n".join(lines))
    assert published(tmp_path) == {"fair.original": Published(4, 2.5), "fair.prec15": Published(None, 0.2)}


def test_bar_of_value_in_time_reads_the_progress() -> None:
    told = ((4.0, "4.0 s  breaks: shortfall 0 = · value 9999 · breaks 80 [0]"), (20.0, "value 10000 = · breaks 60 [0]"))
    values = {"shortfall": 0, "value": 10_000, "breaks": 60}
    verdict = Verdict([], values, {**values, "breaks": 0}, 1, 0, 0)
    late = (told[1],)
    reached = [
        BARS["1000"].cleared(Measured(Run(0, 31.0, 1, lines), verdict, 10_000)) for lines in (told, late, told[:1])
    ]
    assert reached == [True, False, True]
