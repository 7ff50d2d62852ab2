"""The chains compiled in the background: not ready, then ready, and once only."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.breaks.chains import warming

ROOT = Path(__file__).parents[4]
# More than a compilation takes on a slow machine that is busy.
PATIENCE = 240.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in which Numba is to keep what it compiles; what is known of another one is forgotten."""
    known = (warming._folder, warming._marker, warming._key)
    for one in known:
        one.cache_clear()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    for one in known:
        one.cache_clear()


def told(folder: Path, code: str) -> str:
    """What a new process prints whose compiled code is in ``folder``."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", f"from scheduler.breaks.chains import warming as w\n{code}"]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.timeout(2 * PATIENCE)
def test_warming_in_the_background_makes_chains_ready(folder: Path):
    began = time.monotonic()
    assert told(folder, "print(w.is_ready()); w.warm_up_in_background(); w.warm_up_in_background()") == "False"
    # The one who asked went away at once; somebody else is compiling.
    assert [path.name.split("-")[0] for path in folder.iterdir() if path.is_file()] in (["compiling"], ["ready"])
    while not list(folder.glob("ready-*")):
        assert time.monotonic() < began + PATIENCE
        time.sleep(0.1)

    assert told(folder, "print(w.is_ready())") == "True"
    compiled = sorted(path.name for path in folder.rglob("*.nbc"))
    assert any("general" in name for name in compiled)
    assert any("paths" in name for name in compiled)
    # Nothing is left to compile: another process finds all of it.
    told(folder, "w.warm_up()")
    assert sorted(path.name for path in folder.rglob("*.nbc")) == compiled
    assert not list(folder.glob("compiling-*"))


def test_only_one_claims_the_compilation(folder: Path):
    assert not warming.is_ready()
    assert warming._claimed()
    assert not warming._claimed()
    assert told(folder, "print(w._claimed())") == "False"


def test_a_claim_that_was_given_up_is_taken_over(folder: Path):
    assert warming._claimed()
    old = time.time() - warming._GIVEN_UP - 10
    os.utime(warming._claim(), (old, old))
    assert warming._claimed()
    assert not warming._claimed()


def test_nobody_compiles_what_is_ready(folder: Path, monkeypatch: pytest.MonkeyPatch):
    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *how, **more: started.append(how))
    folder.mkdir()
    warming._marker().touch()
    warming.warm_up_in_background()
    assert not started
    assert not warming._claim().exists()

    warming._marker().unlink()
    warming.warm_up_in_background()
    warming.warm_up_in_background()
    assert len(started) == 1


def test_what_is_compiled_from_other_sources_is_not_ready(folder: Path, monkeypatch: pytest.MonkeyPatch):
    folder.mkdir()
    warming._marker().touch()
    assert warming.is_ready()
    warming._key.cache_clear()
    warming._marker.cache_clear()
    monkeypatch.setattr(warming, "_SOURCES", (*warming._SOURCES, "__init__.py"))
    assert not warming.is_ready()


def test_compiling_is_left_alone_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
):
    # A file stands where the folder would have to be.
    folder.write_text("")
    assert not warming._claimed()
    assert not warming.is_ready()


def test_sources_written_again_are_not_ready(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Numba goes by the date of a source: it would compile within the first search, far beyond its time limit.
    copies = tmp_path / "chains"
    copies.mkdir()
    for name in warming._SOURCES:
        (copies / name).write_bytes((Path(warming.__file__).parent / name).read_bytes())
    monkeypatch.setattr(warming, "__file__", str(copies / "warming.py"))
    before = warming._key()
    warming._key.cache_clear()
    assert warming._key() == before
    os.utime(copies / "paths.py", ns=(1, 1))
    warming._key.cache_clear()
    assert warming._key() != before
