"""What holds for the tree as a whole: its top level, its locks, its pages, and what it says of itself."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"scheduler", "web", "templates", "tests", ".ci"}
FILES = {
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
}
LOCKS = ["requirements.lock", "requirements-dev.lock", ".ci/build-tools.lock"]
# What a package brings along and documents as a part of itself need not be asked for on its own.
COMPANIONS = {
    "flask": {"click", "itsdangerous", "jinja2", "markupsafe", "werkzeug"},
    "flask-security": {"flask-login"},
    "flask-wtf": {"wtforms"},
    "pydantic": {"pydantic-core"},
}
# Written so that this file does not contain what it looks for.
MACHINE = re.compile(r"(?<![\w.])/(?:wor[k]|roo[t]|hom[e]/\w+|opt/pyp[i]|tm[p]/\w)\b")
INDEX_HOST = re.compile(r"pypi\.or[g]|pythonhosted\.or[g]|npmjs\.or[g]|--(?:extra-)?index-ur[l]|--find-link[s]")
PLACEHOLDER = re.compile(r"{[{%#].*?[}%#]}", re.DOTALL)
INLINE = {
    "script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"""["']\s*javascript:""", re.IGNORECASE),
}
# A block of data is no code: browsers do not run it, and the Content-Security-Policy lets it pass.
DATA_BLOCK = re.compile(r"""<script[^>]*type=["']application/(?:ld\+)?json["'][^>]*>""", re.IGNORECASE)


@cache
def tracked() -> list[Path]:
    """The files that git keeps, or, in a tree without git, those that a release would have."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


@cache
def project() -> dict[str, object]:
    """The table `project` of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def texts() -> list[tuple[Path, str]]:
    """Each tracked text file with its content, byte files and locks left out."""
    found = []
    for path in tracked():
        try:
            found.append((path, (ROOT / path).read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def templates() -> list[Path]:
    return [path for path in tracked() if path.parts[0] == "templates" and path.suffix in {".html", ".jinja", ".svg"}]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, set[str]]:
    """The versions of each package in a lock."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE):
        versions.setdefault(normal(name), set()).add(version)
    return versions


def required(*groups: str) -> set[str]:
    """The packages that pyproject.toml asks for, with the optional `groups`."""
    table = project()
    lines = list(table["dependencies"])  # type: ignore[call-overload]
    for group in groups:
        lines += table["optional-dependencies"][group]  # type: ignore[index]
    return {normal(match[0]) for line in lines if (match := re.match(r"[\w.-]+", line))}


def test_top_level_holds_only_what_the_plan_of_the_house_allows() -> None:
    assert {path.parts[0] for path in tracked() if len(path.parts) > 1} <= FOLDERS
    assert {path.name for path in tracked() if len(path.parts) == 1} <= FILES


def test_no_file_of_tests_is_imported_by_another() -> None:
    """What several share stands in `tests/support`, or in a module beside them that holds no tests."""
    importing = re.compile(r"^\s*(?:from|import) (tests\.[\w.]*\btest_\w+)", re.MULTILINE)
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "tests").rglob("*.py")
        for name in importing.findall(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_tracked_files_name_no_machine() -> None:
    found = [f"{path}: {match[0]}" for path, text in texts() for match in MACHINE.finditer(text)]
    assert found == []


def test_tracked_files_name_no_index_host() -> None:
    found = [
        f"{path}: {match[0]}"
        for path, text in texts()
        for match in INDEX_HOST.finditer(text)
        # Vendored libraries say where they come from; `make lock` forbids what this test looks for.
        if "vendor" not in path.parts and path != Path(".ci/lock")
    ]
    assert found == []


@pytest.mark.parametrize("what", INLINE)
def test_templates_have_nothing_inline(what: str) -> None:
    found = []
    for path in templates():
        # Neither a printed page nor a mail is a web page. Heights of the one are computed for each sheet; the other can
        # fetch no stylesheet, and some programs read styles of the elements alone.
        if path.is_relative_to("templates/print") and what == "style attribute":
            continue
        if path.is_relative_to("templates/mail") and what in ("style element", "style attribute"):
            continue
        text = DATA_BLOCK.sub("", PLACEHOLDER.sub("", (ROOT / path).read_text("utf-8")))
        found += [f"{path}: {match[0]}" for match in INLINE[what].finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("what", "html"),
    [
        ("script", "<p><script>go()</script>"),
        ("style element", "<style>p {}</style>"),
        ("style attribute", '<p class="a" style="color: red">'),
        ("event handler", '<button onclick="go()">'),
        ("script address", '<a href="javascript:go()">'),
    ],
)
def test_inline_code_is_recognised(what: str, html: str) -> None:
    assert INLINE[what].search(html)
    assert not INLINE[what].search('<script src="a.js"></script><p class="style" title="on x = 1">')


def test_make_help_explains_every_target() -> None:
    rules = re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"run", "test", "help"} <= set(rules)
    assert re.findall(r"^ *make ([a-z-]+) +\S", shown, re.MULTILINE) == rules


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_a_hash_for_each_package_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert [block.splitlines()[0] for block in blocks if not re.match(r"[\w.-]+(\[[^]]+\])?==\S+ ", block)] == []
    assert re.findall(r"\w+://|\s@\s|^-.*", text, re.MULTILINE) == []


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))])
def test_lock_holds_all_that_the_project_asks_for(lock: str, groups: tuple[str, ...]) -> None:
    assert required(*groups) - set(locked(lock)) == set()


def test_lock_for_tests_has_the_versions_that_run() -> None:
    running, testing = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: testing.get(name) for name in running} == running


@pytest.mark.parametrize(("package", "groups"), [("scheduler", ()), ("web", ()), ("tests", ("dev",))])
def test_every_imported_package_is_asked_for(package: str, groups: tuple[str, ...]) -> None:
    owners = packages_distributions()
    asked = required(*groups)
    allowed = asked.union(*(COMPANIONS.get(name, ()) for name in asked))
    own = {"scheduler", "web", "tests"} | set(sys.stdlib_module_names)
    undeclared = {}
    for path in tracked():
        if path.parts[0] == package and path.suffix == ".py":
            for name in imported(ROOT / path) - own:
                if not {normal(owner) for owner in owners.get(name, [name])} & allowed:
                    undeclared[name] = str(path)
    assert undeclared == {}


def imported(path: Path) -> set[str]:
    """The top-level names that a Python file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_picture_of_the_house_names_every_module_of_the_solver() -> None:
    modules = {path.with_suffix("") for path in tracked() if path.parts[0] == "scheduler" and path.suffix == ".py"}
    modules = {path for path in modules if path.name != "__init__" or len(path.parts) == 2}
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    block = re.split(r"^web/", text[text.index("\nscheduler/") + 1 :], maxsplit=1, flags=re.MULTILINE)[0]
    pictured: set[Path] = set()
    missing: list[str] = []
    folder = Path("scheduler")
    for line in block.splitlines():
        depth = len(line) - len(line.lstrip(" "))
        head, _, told = line.strip().partition("  ")
        if depth <= 2 and head.endswith("/"):
            folder = Path("scheduler") if depth == 0 else Path("scheduler", head)
        # What a folder without lines of its own holds is told beside it.
        inside = folder / head if depth == 4 and head.endswith("/") else folder
        named = re.findall(r"\w+", told.partition(":")[2]) if head.endswith("/") else head.split()
        pictured |= {inside / name for name in named if inside / name in modules}
        missing += [line for name in named if not head.endswith("/") and inside / name not in modules]
    assert missing == []
    assert modules - pictured == set()


def test_changelog_tells_of_this_version() -> None:
    assert re.search(
        rf"^## {re.escape(str(project()['version']))}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )


def test_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert project()["license"] == "Apache-2.0"
    assert "Apache License" in text and "Version 2.0, January 2004" in text and len(text) > 10_000
