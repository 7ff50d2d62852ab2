"""The command: exit statuses, nothing written on failure, Ctrl-C keeps the best, progress on standard error."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scheduler.check.schedule import verify
from scheduler.command.main import main
from scheduler.format.event import event_json, parse_event
from scheduler.format.schedule import parse_schedule, schedule_json
from scheduler.samples.sample import benchmark_event
from tests.scheduler.builders import held, people, raw_event, rule, schedule_of, slots, tables, worth

RAW = raw_event(affinities=worth({"a0 c0": 5, "a1 c1": 2}), tables=tables(2))
IMPOSSIBLE = raw_event(slots=slots(1), meetings=[rule("a0 c0"), rule("a0 c1")])
DONE, FAILED, INVALID, INFEASIBLE = 0, 1, 2, 3


@dataclass(frozen=True)
class Done:
    """How a run of the command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Done:
    """Run the command within this process: starting another takes longer than most runs."""
    output, complaints = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(output), redirect_stderr(complaints):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as left:
            status = int(left.code or 0)
    texts = [stream.buffer.getvalue().decode() for stream in (output, complaints)]  # type: ignore[attr-defined]
    return Done(status, *texts)


def command(*arguments: object) -> list[str]:
    """The command as a process of its own."""
    return [sys.executable, "-m", "scheduler.command.main", *map(str, arguments)]


@pytest.fixture
def event_file(tmp_path: Path) -> Path:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(RAW))
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "schedule.json"


def written(path: Path, raw: Any) -> Path:
    path.write_text(raw if isinstance(raw, str) else json.dumps(raw))
    return path


# solve


def test_solve_writes_a_schedule_that_passes_the_check(event_file, output):
    done = run("solve", event_file, "-o", output, "--workers", 1)

    assert (done.returncode, done.stdout) == (DONE, "")
    assert verify(parse_event(RAW), parse_schedule(output.read_bytes())).faults == []
    assert {path.name for path in output.parent.iterdir()} == {"event.json", "schedule.json"}


def test_solve_tells_progress_on_standard_error(event_file, output):
    lines = run("solve", event_file, "-o", output, "--workers", 1).stderr.splitlines()

    assert "selection" in lines[0]
    assert any("shortfall 0 = · value 7 =" in line for line in lines)
    assert lines[-1].startswith("optimal: shortfall 0 = · value 7 = · breaks 0 = · idle slots 0 = · table moves 0 =")
    # No terminal: nothing that only a terminal understands.
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_solve_without_output_writes_to_standard_output(event_file):
    done = run("solve", event_file, "--workers", 1)

    assert done.returncode == DONE
    assert parse_schedule(done.stdout).status == "optimal"


def test_solve_reads_standard_input():
    done = subprocess.run(
        command("solve", "-", "--workers", 1), capture_output=True, text=True, input=json.dumps(RAW), timeout=120
    )

    assert done.returncode == DONE
    assert len(parse_schedule(done.stdout).meetings) == 2


def test_solve_same_seed_same_bytes(event_file):
    one, other = (run("solve", event_file, "--workers", 1, "--seed", 3).stdout.splitlines() for _ in range(2))

    assert [line for line in one if "seconds" not in line] == [line for line in other if "seconds" not in line]


def test_solve_infeasible_says_why_and_writes_nothing(tmp_path, output):
    done = run("solve", written(tmp_path / "event.json", IMPOSSIBLE), "-o", output)

    assert done.returncode == INFEASIBLE
    assert done.stderr.splitlines()[-2:] == ["- the meeting a0 – c0 is held", "- the meeting a0 – c1 is held"]
    assert not output.exists()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({**RAW, "colour": 1}, "colour: expected no such field, found it"),
        ({**RAW, "timezone": "Mars"}, 'timezone: expected a known time zone, found "Mars"'),
        ("{", "file: expected JSON, found a fault at line 1, column 2"),
        ("[]", "file: expected a JSON object, found []"),
    ],
)
def test_solve_invalid_event_says_each_fault_and_writes_nothing(tmp_path, output, raw, said):
    done = run("solve", written(tmp_path / "event.json", raw), "-o", output)

    assert done.returncode == INVALID
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()


def test_solve_failure_keeps_the_file_of_before(tmp_path, output):
    output.write_text("before")
    run("solve", written(tmp_path / "event.json", IMPOSSIBLE), "-o", output)

    assert output.read_text() == "before"


def test_solve_missing_file(tmp_path):
    done = run("solve", tmp_path / "none.json")

    assert done.returncode == INVALID
    assert "none.json: expected a file that can be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_solve_output_folder_missing(event_file, tmp_path):
    done = run("solve", event_file, "--workers", 1, "-o", tmp_path / "none" / "schedule.json")

    assert done.returncode == FAILED
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        ["--workers", "0"],
        ["--workers", "two"],
        ["--seed", "-1"],
        ["--time-limit", "0"],
        ["--time-limit", "nan"],
        ["-x"],
    ],
)
def test_solve_unusable_option(event_file, option):
    done = run("solve", event_file, option)

    assert (done.returncode, done.stdout) == (INVALID, "")
    assert "Traceback" not in done.stderr


def test_command_missing():
    assert run().returncode == INVALID


def test_solve_time_limit_brings_the_best_so_far(tmp_path, output):
    hard = benchmark_event(40, 40, 14, 27)
    path = written(tmp_path / "event.json", event_json(hard))
    done = run("solve", path, "-o", output, "--workers", 1, "--time-limit", "1.5")

    assert done.returncode == DONE
    assert verify(hard, parse_schedule(output.read_bytes())).faults == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_solve_interrupted_keeps_the_best(tmp_path, output, number):
    hard = benchmark_event(40, 40, 14, 27)
    path = written(tmp_path / "event.json", event_json(hard))
    with subprocess.Popen(
        command("solve", path, "-o", output, "--workers", 1), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        # The first tiers are known; what is left is fewer breaks.
        for line in process.stderr:
            if "shortfall" in line:
                break
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(120) == DONE

    assert rest.splitlines()[-1].startswith(("feasible: shortfall", "optimal: shortfall"))
    assert verify(hard, parse_schedule(output.read_bytes())).faults == []


# verify


def test_verify_of_a_right_schedule(event_file, output):
    run("solve", event_file, "-o", output, "--workers", 1)
    done = run("verify", event_file, output)

    assert (done.returncode, done.stderr) == (DONE, "")
    assert done.stdout.startswith("no fault in 2 meetings: shortfall 0 = · value 7 =")


def test_verify_of_proofs_names_what_stands(event_file, output):
    run("solve", event_file, "-o", output, "--workers", 1)
    done = run("verify", "--proof", event_file, output)

    assert done.returncode == DONE
    assert done.stdout.splitlines()[1:] == [
        "bound of shortfall: stands, checked again without the solver",
        "bound of value: stands, checked again without the solver",
        "bound of breaks: stands, checked again without the solver",
    ]


def test_verify_of_a_bent_proof_is_a_fault(event_file, output):
    run("solve", event_file, "-o", output, "--workers", 1)
    raw = json.loads(output.read_text())
    raw["tiers"][1]["proof"] = {"by": "duals", "denominator": 1, "rows": [[["turns", "a0"], 1000]]}
    raw["tiers"][2]["proof"] = {"by": "search", "solver": "CP-SAT"}
    output.write_text(json.dumps(raw))

    assert run("verify", event_file, output).returncode == DONE
    done = run("verify", "--proof", event_file, output)
    assert done.returncode == FAILED
    assert done.stdout.startswith("tier value: its proof gives ")
    assert done.stdout.strip().endswith(", the schedule says 7")


def test_verify_tells_each_fault(event_file, output):
    # Each at no table; a third without a score, twice in a slot.
    schedule = schedule_of(parse_event(RAW), [held("a0 c0", "s0", score=5), held("a0 c1", "s0", "t0")])
    output.write_text(schedule_json(schedule))
    done = run("verify", event_file, output)

    assert done.returncode == FAILED
    assert done.stdout.splitlines() == [
        "rule 1: a0 – c1 in s0, although the pair is not eligible",
        "rule 2: a0 has 2 meetings in s0, at most 1 (delegates) allowed",
        "rule 3: a0 – c0 in s0 is on site, yet at no table",
    ]


def test_verify_of_a_file_that_is_no_schedule(event_file, output):
    output.write_text("{}")
    done = run("verify", event_file, output)

    assert done.returncode == INVALID
    assert "status: expected a value, found nothing" in done.stderr


def test_verify_needs_two_files(event_file):
    assert run("verify", event_file).returncode == INVALID


# schema, version


@pytest.mark.parametrize("which", ["event", "schedule"])
def test_schema_is_json(which):
    done = run("schema", which)

    assert done.returncode == DONE
    schema = json.loads(done.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert ("participants" in schema["properties"]) == (which == "event")


def test_version():
    assert run("--version").stdout.startswith("passerelle ")


def test_names_beyond_ascii_are_kept(tmp_path):
    raw = raw_event(
        participants=people("a0", "c0", a0={"name": "Été & «Cie»"}, c0={"max_meetings": 0}), meetings=[rule("a0 c0")]
    )
    done = run("solve", written(tmp_path / "event.json", raw))

    assert done.returncode == INFEASIBLE
    assert "Été & «Cie»" in done.stderr
