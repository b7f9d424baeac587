"""Complete snapshots that the workers of a server share: one builds a snapshot, and all serve it.

They are in a temporary folder, which is removed with the process that started the workers. Of each name, the folder has
only the version that was built last.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path

from seed.storage.temporary_folder import TemporaryFolder

LOCK = ".lock"


class SharedSnapshots:
    """The folder with the snapshots, which workers that are forked after `create_folder` share."""

    @cached_property
    def _folder(self) -> TemporaryFolder:
        return TemporaryFolder("downloads")

    def create_folder(self) -> None:
        """Create the folder."""
        _ = self._folder

    @contextmanager
    def only_builder(self, name: str) -> Iterator[None]:
        """Wait until no worker builds a snapshot of a name. Without the folder, each worker builds its own."""
        with ExitStack() as locked:
            with suppress(OSError):
                locked.enter_context(self._folder.lock(f"{name}{LOCK}"))
            yield

    def open(self, name: str, version: str) -> int | None:
        """Return a descriptor of a complete snapshot, or None if the folder does not have it."""
        with suppress(OSError):
            return os.open(self._path(name, version), os.O_RDONLY)
        return None

    def publish(self, name: str, version: str, descriptor: int) -> int:
        """Copy a complete snapshot into the folder in place of older ones, and return a descriptor of the copy.

        Raise OSError if there is no space for it.
        """
        path = self._path(name, version)
        part = path.with_name(f"{name}.part")
        with self._folder.lock(f"{name}.copy{LOCK}"):  # two threads or workers may copy two versions at once
            try:
                with os.fdopen(os.dup(descriptor), "rb") as built, part.open("wb") as copy:
                    built.seek(0)
                    shutil.copyfileobj(built, copy, 1 << 20)
                for other in path.parent.glob(f"{name}.*"):
                    if other not in (part, path) and other.suffix != LOCK:
                        other.unlink(missing_ok=True)
                part.rename(path)
            finally:
                part.unlink(missing_ok=True)
            return os.open(path, os.O_RDONLY)

    def _path(self, name: str, version: str) -> Path:
        return self._folder.path / f"{name}.{version}"
