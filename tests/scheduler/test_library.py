"""The library's names: each is what it is called, whatever was imported before, and loads no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import scheduler

DOORS = ("solve", "replan", "explain", "whatif")


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_public_name_is_there():
    assert all(getattr(scheduler, name).__name__ == name for name in scheduler.__all__)
    assert set(scheduler.__all__) <= set(dir(scheduler))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = scheduler.nothing


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "before",
    [
        "pass",
        "from scheduler.{door} import {door} as function",
        "import scheduler.{door}",
        "import scheduler.command.main",
        "import scheduler; scheduler.{door}; import scheduler.{door}",
    ],
)
def test_a_door_is_the_function_whatever_was_imported_before(door: str, before: str):
    program = f"{before.format(door=door)}\nfrom scheduler import {door}\nimport scheduler\n"
    program += f"print(type({door}).__name__, scheduler.{door} is {door})"

    assert python(program) == "function True"


@pytest.mark.parametrize(
    "module", ["scheduler", "scheduler.check", "scheduler.check.schedule", "scheduler.format.event"]
)
def test_the_check_and_the_format_load_no_solver(module: str):
    heavy = "{'ortools', 'numpy', 'scipy', 'numba'} & {name.split('.')[0] for name in sys.modules}"

    assert python(f"import sys, {module}; print(sorted({heavy}))") == "[]"


def test_verify_and_parsers_load_no_solver():
    program = "import sys; from scheduler import parse_event, parse_schedule, schedule_json, verify\n"
    program += "print('ortools' in sys.modules, 'numpy' in sys.modules)"

    assert python(program) == "False False"
