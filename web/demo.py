"""The sample event in the database, its timetable, and its agendas as one PDF: what ``passerelle demo`` prepares."""

from pathlib import Path


def prepare_demo(var: Path) -> Path | None:
    """Prepare what is missing; where the agendas lie. A second call changes nothing and takes no time."""
    return None
