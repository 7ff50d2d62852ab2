"""A disk that is soon full: a small tmpfs where mounting is allowed, a limit on what processes may write elsewhere."""

import os
import resource
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_SIZE, _FILES = "24m", 400


@dataclass(frozen=True)
class SmallDisk:
    """A disk at `folder`; where it is not `mounted`, full only for processes that are told to find it so."""

    folder: Path
    mounted: bool

    @contextmanager
    def full(self, *processes: int) -> Iterator[None]:
        """Not a byte and not a file more while the block lasts, for `processes` and all that they have started."""
        if not self.mounted:
            with _limited(processes):
                yield
            return
        ballast = self.folder / "ballast"
        ballast.mkdir()
        try:
            _fill(ballast)
            yield
        finally:
            for path in ballast.iterdir():
                path.unlink()
            ballast.rmdir()

    def finding_it_full(self, command: Sequence[str]) -> list[str]:
        """`command` as it is to be started within `full`."""
        return [*command] if self.mounted else ["sh", "-c", 'ulimit -S -f 0; exec "$@"', "sh", *command]


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A small disk in the new folder `folder`."""
    folder.mkdir()
    options = f"size={_SIZE},nr_inodes={_FILES},mode=0700"
    words = ["mount", "-t", "tmpfs", "-o", options, "passerelle-test", str(folder)]
    allowed = os.geteuid() == 0 and not os.environ.get("PASSERELLE_TEST_WITHOUT_MOUNTING")
    mounted = allowed and subprocess.run(words, capture_output=True).returncode == 0
    try:
        yield SmallDisk(folder, mounted)
    finally:
        if mounted:
            # Whoever still has a file open there, keeps it until then.
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> None:
    for size in (1 << 20, 4096, 1):
        with suppress(OSError), (folder / f"blocks-{size}").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * size)
    with suppress(OSError):
        for number in range(10 * _FILES):
            (folder / f"file-{number}").touch()


@contextmanager
def _limited(processes: Sequence[int]) -> Iterator[None]:
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in _with_descendants(processes)}
    for pid, (_soft, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        # Those started meanwhile have the limit from their parents.
        first = next(iter(limits.values()), None)
        for pid in _with_descendants(processes):
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits.get(pid, first))


def _with_descendants(processes: Sequence[int]) -> list[int]:
    """The processes, and those below them, as far as they are there."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    found = [pid for pid in processes if pid in parents]
    for parent in found:
        found += [pid for pid, above in parents.items() if above == parent]
    return found
