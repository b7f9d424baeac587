"""Private folders for temporary files, which are removed when the process that created them exits."""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SUFFIX = ".tmp"
LEFTOVER = re.compile(r"readout-[a-z]+-[a-z0-9_]{8}\.tmp")
"""Names of the folders that are removed if no process has locked them; other files there are left alone."""
PRIVATE_MODE = 0o700
OTHERS_MODE = 0o077
"""Permissions of other users."""


class TemporaryFolderMissing(RuntimeError):
    """No folder for temporary files is writable. A RuntimeError for the same reason as DatabaseUnavailable."""


class TemporaryFolderUnusable(OSError):
    """A temporary folder that was removed cannot be created again."""


class TemporaryFolder:
    """A folder that only this user may open. It is removed when the process that created it exits.

    A forked process that exits does not remove it. Each of these processes holds a shared lock on it: a folder without
    a lock was left by a process that was killed, and is removed when another process creates a folder.
    """

    def __init__(self, name: str) -> None:
        """Create the folder; `name` in letters says what is in it. Raises TemporaryFolderMissing."""
        parent = temporary_folder()
        remove_leftovers(parent)
        self._path, self._descriptor = _create_locked(parent, f"readout-{name}-")
        self._unlock = weakref.finalize(self, os.close, self._descriptor)
        self._mutex = threading.Lock()
        weakref.finalize(self, _remove_folder, self._path, os.getpid())

    @property
    def path(self) -> Path:
        """The folder, created again if it was deleted, for example by a service that cleans /tmp.

        Raises TemporaryFolderUnusable if that fails, or another user put something else in its place.
        """
        with self._mutex, _as_unusable():
            if not _is_at(self._descriptor, self._path):
                _create_private(self._path)
                descriptor = _lock_shared(self._path)
                self._unlock()
                self._descriptor, self._unlock = descriptor, weakref.finalize(self, os.close, descriptor)
        return self._path

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Wait until no other thread or process has the lock of this name, a file in the folder, and hold it."""
        with (self.path / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def temporary_folder() -> Path:
    """Return the folder for temporary files, created again if it was deleted since this process first used it.

    Raises TemporaryFolderMissing if no folder is writable at the first use, and TemporaryFolderUnusable later.
    """
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise TemporaryFolderMissing(
            "No folder for temporary files is writable. Set TMPDIR to one that is, such as a tmpfs mounted at /tmp."
        ) from error
    with _as_unusable():
        _create_private(folder)
    return folder


@contextmanager
def _as_unusable() -> Iterator[None]:
    """Raise errors of the operating system as TemporaryFolderUnusable."""
    try:
        yield
    except OSError as error:
        raise TemporaryFolderUnusable(str(error)) from error


def _create_private(path: Path) -> None:
    """Create a folder that only this user may open, and those above it, unless they exist."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            with suppress(FileExistsError):  # another worker created it
                folder.mkdir(PRIVATE_MODE)


def remove_leftovers(parent: Path) -> None:
    """Remove the folders of this user that no process has locked."""
    for path in parent.glob(f"readout-*{SUFFIX}"):
        if LEFTOVER.fullmatch(path.name):
            with suppress(OSError):  # locked, or removed by another process
                _remove_unlocked(path)


def _remove_unlocked(path: Path) -> None:
    """Remove a folder. Raise OSError if a process has locked it or it belongs to another user."""
    descriptor = _open_private(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
    finally:
        os.close(descriptor)


def _create_locked(parent: Path, prefix: str) -> tuple[Path, int]:
    """Create a folder and return it with the descriptor that locks it."""
    while True:
        path = Path(tempfile.mkdtemp(SUFFIX, prefix, parent))
        with suppress(FileNotFoundError):  # another process removed it before it was locked
            descriptor = _lock_shared(path)
            if _is_at(descriptor, path):
                return path, descriptor
            os.close(descriptor)


def _lock_shared(path: Path) -> int:
    """Open a folder and lock it. Raise PermissionError if it belongs to another user."""
    descriptor = _open_private(path)
    with suppress(OSError):  # a file system without locks: other processes cannot remove it either
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _open_private(path: Path) -> int:
    """Open a folder that belongs to this user. Raise PermissionError if others may open it or it is a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & OTHERS_MODE:
        os.close(descriptor)
        raise PermissionError(f"{path} belongs to another user, or others may open it. Remove it.")
    return descriptor


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open folder is the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _remove_folder(path: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)
