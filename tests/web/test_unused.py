"""What nothing uses any more is not kept: templates, classes of the style sheets, forms and functions."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from web.paths import PACKAGE, templates_folder

STATIC = PACKAGE / "static"
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Put there by htmx, and by nothing of ours.
OF_HTMX = {"htmx-indicator", "htmx-request"}
# Methods that a library calls by their names.
BY_NAME = re.compile(r"validate_\w+|process_\w+|to_python|[gs]et_last_counter|get_translations")


def sources(*endings: str) -> dict[Path, str]:
    """The files of the web part and its templates with these endings; no test, no migration, nothing vendored."""
    folders = (PACKAGE, templates_folder())
    paths = [path for folder in folders for ending in endings for path in folder.rglob(f"*{ending}")]
    left_out = {"vendor", "versions"}
    return {path: path.read_text("utf-8") for path in paths if not left_out & {*path.parts}}


@cache
def code() -> str:
    return "\n".join(sources(".py", ".html", ".txt", ".svg", ".js").values())


def templates() -> list[str]:
    folder = templates_folder()
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_every_template_is_named_somewhere() -> None:
    found = templates()
    assert len(found) > 80
    # The mails of a registration are named after what became of it, reminders after their occasion.
    made_up = re.compile(r"mail/(registration|reminder)_\w+\.txt")
    assert "mail/registration_" in code()
    assert "mail/reminder_" in code()
    # What is printed is named within its folder.
    named = {text.removeprefix("print/") for text in re.findall(r"""["']([\w./]+)["']""", code())}
    unused = [name for name in found if name.removeprefix("print/") not in named]
    assert [name for name in unused if not made_up.fullmatch(name)] == []


@pytest.mark.parametrize("sheet", sorted(path.name for path in STATIC.glob("*.css")))
def test_every_class_of_a_style_sheet_is_given_somewhere(sheet: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / sheet).read_text("utf-8"), flags=re.DOTALL)
    selectors = re.sub(r"\{[^{}]*\}", "{}", text)
    classes = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", selectors)) - OF_HTMX
    given = {*re.findall(r"[\w-]+", code())}
    # `score-{{ step }}` gives score-1 to score-6.
    begun = tuple(re.findall(r"([\w-]+-)(?=\{\{|\$\{|\{)", code()))
    assert sorted(name for name in classes if name not in given and not name.startswith(begun)) == []


def test_every_macro_is_called() -> None:
    macros = re.findall(r"{%-?\s*macro\s+(\w+)", code())
    assert len(macros) > 10
    times = Counter(WORD.findall(code()))
    assert sorted({name for name in macros if times[name] < 2}) == []


def test_every_value_that_a_template_sets_is_used() -> None:
    unused = []
    for path, text in sources(".html", ".txt").items():
        names = re.findall(r"{%-?\s*set\s+(\w+)", text)
        included = "\n".join(
            (templates_folder() / name).read_text("utf-8") for name in re.findall(r'{%-?\s*include\s+"([^"]+)"', text)
        )
        times = Counter(WORD.findall(text + included))
        unused += [f"{path.name}: {name}" for name in names if times[name] < 2 and not name.startswith("_")]
    assert unused == []


# Words of the product that no page asks for yet; a round of mails, and a new database under an old name, as tests want.
KEPT = {"partnership_label", "benefit_label", "send_waiting", "forget_all"}


def test_every_function_and_class_of_the_web_is_used_by_the_web() -> None:
    """A decorated one may be called by what decorates it: a view, a command, a handler."""
    times = Counter(WORD.findall(code()))
    unused = []
    for path, text in sources(".py").items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
                name = node.name
                if times[name] < 2 and not name.startswith("__") and not BY_NAME.fullmatch(name) and name not in KEPT:
                    unused.append(f"{path.relative_to(PACKAGE)}: {name}")
    assert sorted(unused) == []
