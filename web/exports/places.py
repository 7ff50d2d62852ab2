"""Where the printed pages' templates lie: beside the package in the source tree, inside it once installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def print_templates() -> Path:
    """The folder of the print templates. Raises ``FileNotFoundError`` where the installation lacks it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "templates" / "print", package.parent / "templates" / "print"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the folder templates/print is missing beside {package}")
