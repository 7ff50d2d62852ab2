"""The benchmark harness on events so small that it cannot rot unseen; what it measures is no test."""

from __future__ import annotations

import io
import json
from importlib import import_module
from typing import Any

import pytest

from scheduler.check.schedule import verify
from scheduler.format.event import event_json
from scheduler.format.schedule import schedule_json
from scheduler.problem.problem import Problem, build_problem
from tests.benchmarks.__main__ import main
from tests.benchmarks.alternatives import ALTERNATIVES, Alternative
from tests.benchmarks.alternatives.answers import schedule_of
from tests.benchmarks.b2b import contradicts, proven
from tests.benchmarks.bars import Bar, lacking, percent
from tests.benchmarks.events import Case, Published, published
from tests.benchmarks.judging import Verdict, judge
from tests.benchmarks.processes import Run, measure
from tests.benchmarks.runs import Result
from tests.benchmarks.summary import Summary, contradictions, least_bounds
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


def in_the_room(*features: list[str], **rules: Any) -> Problem:
    """Two associations that one person speaks for, three companies, five slots in a row; everybody suits everybody.

    ``features`` are those of the tables; the first company asks for a quiet one where there are any.
    """
    pairs = {f"{a} {c}": 5 for a in ("a0", "a1") for c in ("c0", "c1", "c2")}
    return build_problem(
        event(
            participants=people("a0", "a1", "c0", "c1", "c2", c0={"requires": ["quiet"] if features else []}),
            slots=slots(5),
            tables=tables(3, *features),
            same_person=[["a0", "a1"]],
            affinities=worth(pairs),
            rules={"max_in_a_row": 2, **rules},
        )
    )


@pytest.mark.parametrize("name", ["cp_sat", "mip", "greedy", "round_robin"])
def test_alternative_respects_one_person_and_pauses(name: str) -> None:
    problem = in_the_room()
    schedule = schedule_of(problem, import_module(f"tests.benchmarks.alternatives.{name}").answer(problem, 20.0), 0.0)
    assert verify(problem.event, schedule).faults == []
    if name in EXACT:
        # Four meetings of five points: one of the five slots is the pause that somebody with two in a row needs.
        assert (schedule.tier("value").value, schedule.tier("value").bound) == (20, 20)


@pytest.mark.parametrize("name", ["greedy", "round_robin"])
def test_booking_leaves_the_seated_at_their_tables(name: str) -> None:
    problem = in_the_room(seated=["company"])
    schedule = schedule_of(problem, import_module(f"tests.benchmarks.alternatives.{name}").answer(problem, 20.0), 0.0)
    assert verify(problem.event, schedule).faults == []
    assert len(schedule.meetings) >= 3


def test_plain_model_of_chosen_tables_proves_nothing_of_the_event() -> None:
    problem = in_the_room(["quiet"], seated=["company"])
    answer = import_module("tests.benchmarks.alternatives.cp_sat").answer(problem, 20.0)
    schedule = schedule_of(problem, answer, 0.0)
    assert answer.bounds["value"] == 20
    assert (schedule.tier("value").value, schedule.tier("value").bound, schedule.status) == (20, None, "feasible")


@pytest.mark.parametrize("name", ["cp_sat", "mip"])
def test_plain_model_chooses_the_best_partners(name: str) -> None:
    problem = chosen()
    schedule = schedule_of(problem, import_module(f"tests.benchmarks.alternatives.{name}").answer(problem, 20.0), 0.0)
    assert (schedule.tier("value").value, schedule.tier("value").bound, schedule.status) == (19, 19, "optimal")


def test_harness_prints_a_row_for_each_solver() -> None:
    stream = io.StringIO()
    main(["--only", "tiny", "--limit", "30", "--each", "--markdown"], stream)
    lines = stream.getvalue().splitlines()
    rows = [dict(zip(HEADS, line[2:-2].split(" | "), strict=True)) for line in lines if line.startswith("|")][2:]
    expected = [f"{a.label}, 1" for a in THERE if not a.all_required]
    assert [row["solver"] for row in rows] == ["passerelle", *expected]
    assert {row["legal"] for row in rows} == {"1"}
    assert (rows[0]["family"], rows[0]["proven"], rows[0]["bar"]) == ("a tiny event", "1", "yes")
    assert len([line for line in lines if line.startswith("  3 × 3 × 3 × 2, ")]) == len(rows)


def test_harness_passes_over_b2b_files_that_are_not_there(tmp_path) -> None:
    stream = io.StringIO()
    main(["--only", "b2b", "--b2b", str(tmp_path / "nowhere"), "--without-alternatives"], stream)
    assert "B2BSP, the files: passed over, no file in the folder" in stream.getvalue()


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


def measured(
    name: str = "one",
    seconds: float = 4.0,
    value: int = 100,
    bound: int | None = 100,
    breaks: int = 3,
    least: int | None = 3,
    lines: tuple[tuple[float, str], ...] = (),
    peak: int = 1,
) -> Result:
    """A legal schedule with a limit of 5 s, its shortfall proven."""
    tiers = {"shortfall": 0, "value": value, "breaks": breaks}
    verdict = Verdict([], tiers, {"shortfall": 0, "value": bound, "breaks": least}, 1, 0, 0)
    return Result(Case("family", name, 5.0), "passerelle", Run(0, seconds, peak, lines), verdict)


def told(seconds: float, value: int | None = None, bound: int | None = None) -> tuple[float, str]:
    tiers = {} if value is None else {"shortfall": [0, 0], "value": [value, bound]}
    return seconds, json.dumps({"stage": "any", "work": seconds / 2, "tiers": tiers})


NOTHING = Result(Case("family", "none", 5.0), "passerelle", Run(1, 5.2, 1, ()), remark="the time was over")


def test_result_tells_when_it_was_legal_and_when_its_value_was_proven_for_good() -> None:
    lines = (told(0.4), told(1.0, 90, 100), told(1.5, 100, 100), told(2.0, 99, 100), told(2.5, 100, 100), (2.6, "?"))
    found = measured(lines=lines)
    assert (found.reading, found.first, found.work, found.value_proven) == (0.4, 1.0, 0.5, 2.5)
    assert measured().first == measured().value_proven == 4.0
    assert (NOTHING.first, NOTHING.value_proven, measured(value=99).value_proven) == (None, None, None)


@pytest.mark.parametrize(
    ("bar", "results", "missing"),
    [
        (Bar(), [measured(seconds=5.9)], ""),
        (Bar(), [measured(seconds=6.5), measured(seconds=6.1)], "late 1.5 s in one and 1 more"),
        (Bar(late_share=0.5), [measured(seconds=8.4)], ""),
        (Bar(), [NOTHING], "1 without a schedule, as none (the time was over)"),
        (Bar(first=1.0), [measured(lines=(told(0.5), told(0.9, 1, 2)))], ""),
        (Bar(first=1.0), [measured(lines=(told(0.5), told(1.4, 1, 2)))], "legal after 1.4 s in one"),
        (Bar(first=1.0, after_reading=True), [measured(lines=(told(0.5), told(1.4, 1, 2)))], ""),
        (Bar(proven=0.5), [measured(), measured(least=2)], ""),
        (Bar(proven=0.9), [measured(), measured("two", least=2)], "1 of 2 not proven, as two"),
        (Bar(proven_in=3.0), [measured(), measured("two", least=2)], "proven after 4.0 s in one"),
        (Bar(), [result("never", None, infeasible=True)], "1 told impossible though they are not, as never"),
        (
            Bar(impossible_in=0.5, impossible=True),
            [result("never", None, infeasible=True)],
            "told impossible after 1.0 s in never",
        ),
        (Bar(value_in=3.0), [measured()], "value proven after 4.0 s in one"),
        (Bar(value_in=9.0), [measured(value=99)], "1 with the value not proven, as one"),
        (Bar(gap=0.01), [measured(), measured(value=99)], ""),
        (Bar(gap=0.01), [measured(), measured("two", value=98)], "2.00 % below the bound in two"),
        (Bar(gap=0.01), [measured(bound=None)], "100.00 % below the bound in one"),
        (Bar(breaks=2), [measured()], "3 breaks in one"),
        (Bar(breaks_factor=1.5), [measured(least=2)], ""),
        (Bar(breaks_factor=1.2), [measured(least=2)], "3 breaks [2] in one"),
        (Bar(bound_above=0), [measured(least=None)], "bound on breaks 0 in one"),
        (Bar(memory=1 << 30), [measured(peak=3 << 30)], "memory 3.0 GiB"),
        (Bar(special={"two": Bar(breaks=2)}), [measured(), measured("two of us")], "two: 3 breaks in two of us"),
        (Bar(special={"two": Bar(breaks=2)}), [measured("one_two")], ""),
    ],
)
def test_bar_says_what_is_lacking(bar: Bar, results: list[Result], missing: str) -> None:
    assert "; ".join(lacking(bar, results)) == missing


def test_summary_counts_what_is_impossible_as_proven_and_measures_gaps_by_the_least_bound() -> None:
    ours, theirs = measured(value=98, bound=100, least=2), measured(value=97, bound=99)
    bounds = least_bounds([ours, theirs, NOTHING])
    summary = Summary([ours, NOTHING, result("never", None, infeasible=True), measured("two")], bounds)
    assert bounds == {"one": 99}
    assert (len(summary.held), summary.impossible, summary.at_bound, summary.proven) == (2, 1, 2, 2)
    assert (summary.worst_gap, summary.sum_of("breaks")) == (percent(1 / 99), 6)
    assert summary.spread(lambda found: found.run.seconds) == "4.0 / 5.2"
    assert (summary.legal_within(3.0), summary.legal_within(4.0)) == (0, 2)
    assert summary.worst()[:3] == [
        "no schedule of none (the time was over)",
        "widest gap 1.02 % in one",
        "not proven: one (3 [2])",
    ]


def test_legal_schedule_refutes_what_another_claims() -> None:
    ours = measured(value=98, bound=99, breaks=3, least=2)
    better = [measured(value=100), measured(value=98, breaks=1, least=None)]
    worse = [measured(value=97, breaks=0, least=None), measured(value=99, breaks=0, bound=None, least=None)]
    impossible = result("one", None, infeasible=True)
    assert [len(contradictions([ours, other])) for other in (*better, *worse)] == [1, 1, 0, 0]
    assert contradictions([impossible, ours]) == ["one: passerelle refutes passerelle"]


def test_percent_shows_nothing_missing_only_where_nothing_is() -> None:
    assert [percent(share) for share in (0.0, 1e-9, 0.005, 0.12344)] == ["0.00 %", "0.01 %", "0.50 %", "12.35 %"]
