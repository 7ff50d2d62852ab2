"""Programs of the operating system that some tests need, and what happens where one is missing."""

import os
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str, package: str) -> NoReturn:
    """End the test for want of `what`: a skip on a developer's machine, a failure where `CI` is set.

    Raises `pytest.skip.Exception` or `pytest.fail.Exception`, each naming the Debian package to install.
    """
    sentence = f"{what} is missing: install the package {package}"
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def program(name: str, package: str, folder: Path | None = None) -> str:
    """The full path of the program `name`, looked for in `folder` or else on the PATH."""
    found = shutil.which(name, path=str(folder) if folder else None)
    return found or missing(name, package)


def free_port() -> int:
    """A loopback TCP port that nothing listens on at the moment of asking."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
