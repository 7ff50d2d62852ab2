"""Views parse, call the domain and render: they put no question to the database, and write no mail."""

import ast
from pathlib import Path

import pytest

from web.paths import PACKAGE

# The state of a page is read in front of Flask, and its listener hears of every commit.
LOOKS_AT_THE_DATABASE = {"revalidation.py": {"event"}, "unchanged.py": {"Connection"}}


def trees(*folders: str) -> list[tuple[Path, ast.Module]]:
    paths = sorted(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))
    return [(path, ast.parse(path.read_text("utf-8"))) for path in paths]


def test_views_forms_and_exports_put_no_question_to_the_database() -> None:
    """What they may know of SQLAlchemy are its exceptions."""
    faults = []
    for path, tree in trees("views", "forms", "exports"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                faults += [f"{path.name}: {one.name}" for one in node.names if one.name.startswith("sqlalchemy")]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                names = {one.name for one in node.names} - LOOKS_AT_THE_DATABASE.get(path.name, set())
                if not (node.module or "").endswith(".exc") and names - {"Session"}:
                    faults.append(f"{path.name}: {sorted(names)}")
    assert faults == []


def test_views_begin_no_transaction() -> None:
    """A domain function is one transaction: a view that opened one would hold it while the page is made."""
    faults = [
        f"{path.name}:{node.lineno}"
        for path, tree in trees("views", "forms")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "web.db" and "write" in {one.name for one in node.names}
    ]
    assert faults == []


@pytest.mark.parametrize("folder", ["views", "forms", "exports"])
def test_no_mail_is_rendered_outside_of_the_domain(folder: str) -> None:
    named = [
        f"{path.name}: {node.value}"
        for path, tree in trees(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("mail/")
    ]
    assert named == []
