"""Temporary folders are removed with their process, or later if it was killed; those of others are never removed."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from seed.storage.temporary_folder import TemporaryFolder, remove_leftovers
from tests.support import ROOT

LEFTOVER_NAME = "readout-past-0a_b1c2d.tmp"
HOLD = """
import sys
from seed.storage.temporary_folder import TemporaryFolder
folder = TemporaryFolder("past")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the process create temporary folders in a folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_folder_of_a_killed_process_is_removed_by_the_next(parent: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(parent)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        (left / "file").write_text("…")
        TemporaryFolder("past")
        assert (left / "file").exists()
        process.kill()
    assert left.exists()
    own = TemporaryFolder("past")
    assert not left.exists()
    assert own.path.exists()


def test_folder_stays_until_the_last_fork_ends(parent: Path) -> None:
    folder = TemporaryFolder("past")
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    folder._unlock()  # as when the creator is killed
    remove_leftovers(parent)
    assert folder._path.exists()
    os.close(write)
    os.waitpid(child, 0)
    remove_leftovers(parent)
    assert not folder._path.exists()


def test_only_own_leftovers_are_removed(parent: Path) -> None:
    for name in ("readout-past", "readout-past-0a_b1c2d", "readout-my-data.tmp", "other-past-0a_b1c2d.tmp"):
        (parent / name).mkdir(0o700)
    (parent / "readout-past-00000000.tmp").mkdir(0o755)
    (parent / "readout-past-11111111.tmp").write_text("a file")
    (parent / "readout-past-22222222.tmp").symlink_to(parent / "readout-past")
    before = sorted(parent.iterdir())
    (parent / LEFTOVER_NAME).mkdir(0o700)
    remove_leftovers(parent)
    assert sorted(parent.iterdir()) == before


def test_removed_folder_is_created_again() -> None:
    folder = TemporaryFolder("past")
    path = folder.path
    shutil.rmtree(path)
    assert folder.path == path
    assert (path.stat().st_mode & 0o777, path.stat().st_uid) == (0o700, os.geteuid())
    remove_leftovers(path.parent)
    assert path.exists()


@pytest.mark.parametrize("replacement", ["link", "open"])
def test_folder_of_somebody_else_is_not_used(parent: Path, replacement: str) -> None:
    folder = TemporaryFolder("past")
    shutil.rmtree(folder.path)
    (parent / "other").mkdir(0o700)
    if replacement == "link":
        folder._path.symlink_to(parent / "other")
    else:
        folder._path.mkdir(0o755)
    with pytest.raises(OSError, match="readout-past"):
        _ = folder.path
