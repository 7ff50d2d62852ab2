"""What one would otherwise take, each a module with ``answer(problem, seconds)``. Nothing here is tuned."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Alternative:
    """``name`` is the module, ``label`` stands in the table; ``program`` or ``package`` is what it needs.

    With ``all_required`` it is only for events whose meetings are all given, as those of B2BSP are.
    """

    name: str
    label: str
    program: str | None = None
    package: str | None = None
    all_required: bool = False

    @property
    def missing(self) -> str | None:
        """What is needed and not there, in words; ``None`` where nothing is missing."""
        if self.program and not shutil.which(self.program):
            return f"the program {self.program} (Debian package {self.program})"
        if self.package and not importlib.util.find_spec(self.package):
            return f"the Python package {self.package}"
        return None


ALTERNATIVES = (
    Alternative("cp_sat", "one CP-SAT model"),
    Alternative("mip", "one MIP (HiGHS)", package="highspy"),
    Alternative("maxsat", "MaxSAT (PySAT RC2)", package="pysat", all_required=True),
    Alternative("gecode", "MiniZinc, Gecode", program="minizinc", all_required=True),
    Alternative("greedy", "first come, first served"),
    Alternative("round_robin", "random round robin"),
)
