"""The wheel alone: built from the tree, installed in an environment of its own, used from an empty folder."""

import json
import re
import site
import sqlite3
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.server import USUAL_PAGES, StartServer, clean_environment

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new Python environment with the wheel; the dependencies are lent by the environment of the tests."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # A path file inside a folder that is reached this way is not read: the tree itself stays out of reach.
    (packages / "lent.pth").write_text("\n".join(site.getsitepackages()))
    return home


def run(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of `environment` in `folder`."""
    program = str(environment / "bin" / arguments[0])
    return subprocess.run(
        [program, *arguments[1:]], cwd=folder, env=clean_environment(), capture_output=True, text=True
    )


def test_wheel_holds_all_but_the_tests(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    tree = [path for folder in ("scheduler", "web") for path in (ROOT / folder).rglob("*.py")]
    assert {str(path.relative_to(ROOT)) for path in tree} <= set(names)
    templates = {f"web/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert templates <= set(names)
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"scheduler", "web"}


def test_installed_code_comes_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    code = "import scheduler, web; print(scheduler.__file__); print(web.__file__)"
    found = run(environment, tmp_path, "python", "-c", code)
    assert [Path(line).is_relative_to(environment) for line in found.stdout.split()] == [True, True], found.stderr


def test_installed_command_knows_its_commands_and_prints_the_schemas(environment: Path, tmp_path: Path) -> None:
    help_text = run(environment, tmp_path, "passerelle", "--help")
    assert {"solve", "verify", "schema", "print", "serve", "migrate"} <= set(help_text.stdout.split()), help_text.stderr
    schema = run(environment, tmp_path, "passerelle", "schema")
    assert json.loads(schema.stdout), schema.stderr


def test_installed_command_serves_pages_with_style_and_database(
    environment: Path, tmp_path: Path, start_server: StartServer
) -> None:
    server = start_server(command=[str(environment / "bin" / "passerelle")], **USUAL_PAGES)
    with urllib.request.urlopen(server.url) as answer:
        page = answer.read().decode()
    assert "<html" in page
    styles = re.findall(r'<link[^>]*href="([^"]+\.css[^"]*)"', page)
    assert styles
    for style in styles:
        with urllib.request.urlopen(server.url + style) as answer:
            assert answer.headers["Content-Type"].startswith("text/css")
    with sqlite3.connect(next((tmp_path / "var").glob("*.db"))) as database:
        assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
