"""Files in `var/`: whole or as they were, and nobody else's to read."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.server import StartServer
from web.config import ConfigError, load_settings
from web.files import make_private, written_aside
from web.locks import Occupied, locked

# What a process may write is bounded as a full disk bounds it: an error in the middle of a file.
ON_A_FULL_DISK = """
import resource, sys
from web.config import ConfigError, load_settings
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    load_settings({"PASSERELLE_VAR": sys.argv[1]})
except ConfigError as error:
    sys.exit(str(error))
"""
IN_A_RACE = """
import sys
from web.config import load_settings
sys.stdin.read()
print(load_settings({"PASSERELLE_VAR": sys.argv[1]}).secret_key)
"""


def modes(folder: Path) -> dict[str, int]:
    """The rights of `folder` and of all in it, by path."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in [folder, *folder.rglob("*")]
        if not path.is_symlink()
    }


def assert_private(folder: Path) -> None:
    wrong = {
        name: oct(mode)
        for name, mode in modes(folder).items()
        if mode != (0o700 if (folder / name).is_dir() else 0o600)
    }
    assert wrong == {}


def test_written_aside_replaces_the_file_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with written_aside(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert modes(tmp_path)["file"] == 0o600


def test_written_aside_that_fails_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="full"), written_aside(path) as file:
        file.write(b"new")
        raise OSError("full")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_make_private_takes_the_rights_of_others_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    outside.chmod(0o644)
    var = tmp_path / "var"
    (var / "mail").mkdir(parents=True)
    (var / "mail" / "1.eml").write_bytes(b"")
    (var / "mail" / "1.eml").chmod(0o664)
    (var / "link").symlink_to(outside)
    (var / "broken").symlink_to(tmp_path / "nothing")
    make_private(var)
    assert_private(var)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_make_private_leaves_a_folder_that_all_share(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    make_private(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_lock_held_alone_is_refused_to_others_until_it_is_left(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, shared=True), locked(path, shared=True), pytest.raises(Occupied), locked(path, wait=False):
        pass
    with locked(path, wait=False), pytest.raises(Occupied), locked(path, shared=True, wait=False):
        pass
    with locked(path, wait=False):
        pass


# The secret key.


@pytest.mark.parametrize("left", [b"", b"\n", bytes(64)], ids=["empty", "a line", "zeros"])
def test_secret_key_left_empty_is_replaced_and_told(
    tmp_path: Path, left: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "secret_key"
    path.write_bytes(left)
    key = load_settings({"PASSERELLE_VAR": str(tmp_path)}).secret_key
    assert len(key) >= 16
    assert path.read_text() == key
    assert f"{path} was empty" in caplog.text
    assert key not in caplog.text
    assert load_settings({"PASSERELLE_VAR": str(tmp_path)}).secret_key == key


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on what a process may write")
def test_secret_key_on_a_full_disk_is_told_and_does_not_block_the_next_start(tmp_path: Path) -> None:
    words = [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"{tmp_path / 'secret_key'}: the secret key cannot be kept (")
    assert not (tmp_path / "secret_key").exists()
    assert not list(tmp_path.glob("*.part"))
    assert len(load_settings({"PASSERELLE_VAR": str(tmp_path)}).secret_key) >= 16


@pytest.mark.parametrize("left", [None, b""], ids=["first start", "left empty"])
def test_secret_key_is_the_same_for_processes_that_start_together(tmp_path: Path, left: bytes | None) -> None:
    if left is not None:
        (tmp_path / "secret_key").write_bytes(left)
    words = [sys.executable, "-c", IN_A_RACE, str(tmp_path)]
    started = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(4)
    ]
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(one.communicate(timeout=60)[0])) for one in started
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {(tmp_path / "secret_key").read_text() + "\n"}


def test_secret_key_where_nothing_may_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(ConfigError, match=r"secret_key: the secret key cannot be kept"):
        load_settings({"PASSERELLE_VAR": str(tmp_path)})


# All that a running server writes.


def test_var_of_a_server_is_private_and_an_older_one_is_put_right(start_server: StartServer, tmp_path: Path) -> None:
    var = tmp_path / "var"
    (var / "mail").mkdir(parents=True)
    for name in ("secret_key", "passerelle.db", "queue.db", "mail/1.eml"):
        (var / name).write_bytes(b"an older key of 24 bytes" if name == "secret_key" else b"")
        (var / name).chmod(0o644)
    var.chmod(0o755)
    (var / "mail").chmod(0o755)
    mask = os.umask(0o022)
    try:
        server = start_server()
    finally:
        os.umask(mask)
    assert server.command("token", "create", "register").returncode == 0
    assert {"passerelle.db-wal", "queue.db", "mail/1.eml", "secret_key"} <= modes(var).keys()
    assert_private(var)
