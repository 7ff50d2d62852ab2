"""A backup and a restore killed as by ``kill -9`` leave what was or what comes, never half of each."""

from dataclasses import replace
from itertools import count
from pathlib import Path

from tests.support.installation import changed, execute, filled, quick_state, state, taken_back
from tests.support.killed import killed_at, refused_from
from tests.support.tally import Told
from tests.support.torture import ROUNDS
from tests.web.conftest import on_both_databases, on_sqlite
from web.backup import BackupError, make_backup
from web.config import Settings
from web.exchange import Exchange, in_use

# Every fourth of the fifty places; each one where the races are run forty times.
STEP = max(1, 40 // ROUNDS)


def states_after_kills(settings: Settings, archive: Path) -> list[str]:
    """Restore another state over `settings`, killed at each place; which of the two stands after the next start."""
    old, new = archive.with_name("old.tar.gz"), archive
    make_backup(filled(settings), new)
    wanted = quick_state(settings)
    changed(settings)
    make_backup(replace(settings, secret_key="another key of 27 characters"), old)
    known = {"old": quick_state(settings), "new": wanted}
    stands = []
    for place in count(1, STEP):
        taken_back(settings, old)
        if not killed_at(place, settings.var, lambda: taken_back(settings, new)):
            break
        with in_use(settings.var, settings.database_url):
            found = quick_state(settings)
        assert not list(settings.var.glob(".restoring")) and not list(settings.var.glob(".*.restoring"))
        stands.append(next((name for name, one in known.items() if one == found), f"half at {place}"))
    assert quick_state(settings) == wanted
    return stands


def assert_old_then_new(stands: list[str], least: int = 10) -> None:
    assert len(stands) >= least
    assert set(stands) == {"old", "new"}
    assert stands == sorted(stands, reverse=True), "once agreed, it stays so"


@on_both_databases
def test_restore_killed_in_the_middle_leaves_the_old_or_the_new(
    installation: Settings, archive: Path, backend: str, tally: Told
) -> None:
    stands = states_after_kills(installation, archive)
    tally(f"kill -9 within a restore, {backend}", len(stands), lost=sum(one.startswith("half") for one in stands))
    assert_old_then_new(stands)


@on_sqlite
def test_restore_killed_again_while_it_is_completed_still_ends(installation: Settings, archive: Path) -> None:
    before = state(filled(installation))
    make_backup(installation, archive)
    changed(installation)

    def start() -> None:
        with in_use(installation.var, installation.database_url):
            pass

    exchange = Exchange(installation.var, installation.database_url)
    place = 0
    while not exchange.agreed.exists():
        place += 1
        assert killed_at(place, installation.var, lambda: taken_back(installation, archive))
    # From here a few touches at a time: each start goes on where the last one was killed.
    starts = 0
    while killed_at(10, installation.var, start):
        starts += 1
        assert starts < 50
    assert starts >= 2
    assert state(installation) == before


@on_sqlite
def test_backup_killed_at_every_place_leaves_the_old_or_the_new(
    installation: Settings, archive: Path, tally: Told
) -> None:
    filled(installation)
    make_backup(installation, archive)
    old = archive.read_bytes()
    execute(installation, "UPDATE events SET title = 'Autre'")
    after = state(installation)
    stands = []
    for place in count(1):
        archive.write_bytes(old)
        if not killed_at(place, archive.parent, lambda: make_backup(installation, archive)):
            break
        stands.append("old" if archive.read_bytes() == old else "new")
        if stands[-1] == "new":
            taken_back(installation, archive)
            assert state(installation) == after
    tally("kill -9 within a backup", len(stands), lost=0)
    assert len(stands) >= 10 and "old" in stands
    # What the kills left beside it is gone with the one that came to its end.
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


@on_sqlite
def test_restore_whose_files_cannot_be_moved_is_told_and_completed_by_the_next_start(
    installation: Settings, archive: Path, tally: Told
) -> None:
    before = state(filled(installation))
    make_backup(installation, archive)
    changed(installation)
    other = archive.with_name("other.tar.gz")
    make_backup(replace(installation, secret_key="another key of 27 characters"), other)

    def told() -> None:
        try:
            taken_back(installation, archive)
        except BackupError as error:
            sentence = str(error)
            assert "Input/output error" in sentence, sentence
            agreed = (installation.var / ".restoring" / "agreed").exists()
            assert (
                agreed == ("will be the data" in sentence) == ("the next command that is started goes on" in sentence)
            )
            assert agreed or "could not be restored" in sentence

    stands = []
    for place in count(1):
        taken_back(installation, other)
        old = quick_state(installation)
        if not refused_from(place, installation.var, told):
            break
        stands.append("new" if (installation.var / ".restoring" / "agreed").exists() else "old")
        with in_use(installation.var, installation.database_url):
            assert (state(installation) == before) == (stands[-1] == "new")
            assert (quick_state(installation) == old) == (stands[-1] == "old")
    tally("renames refused within a restore", len(stands), lost=0)
    assert_old_then_new(stands, least=5)
