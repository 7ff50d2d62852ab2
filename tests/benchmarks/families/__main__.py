"""Write event files: ``python -m tests.benchmarks.families FOLDER [--only A,B] [--sample N]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks.events import SHARED, described
from tests.benchmarks.families.catalogue import FAMILIES, Folders, chosen
from tests.benchmarks.families.making import write_event
from tests.benchmarks.runs import event_path


def main() -> int:
    names = [family.name for family in FAMILIES]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.families", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(names), metavar="A,B", help=f"some of {', '.join(names)}")
    parser.add_argument("--sample", type=int, metavar="N", help="so many events of each family")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        if family.name in options.only.split(","):
            for case in chosen(family.events(Folders(SHARED / "b2b", SHARED / "real")), options.sample):
                path = event_path(case, options.folder)
                write_event(described(case), path)
                print(f"{family.name}\t{case.time_limit:g}\t{path}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
