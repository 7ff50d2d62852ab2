"""Where the application's own files lie: beside the package in the tree, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The folder of all templates: `templates/` beside `web/` in the tree, `web/templates/` where installed."""
    installed = PACKAGE / "templates"
    return installed if installed.is_dir() else PACKAGE.parent / "templates"
