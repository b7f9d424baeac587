"""The folder for temporary files, and folders in it."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


class TemporaryFolderMissing(RuntimeError):
    """No folder for temporary files is writable. A RuntimeError for the same reason as DatabaseUnavailable."""


def temporary_folder() -> Path:
    """Return the folder for temporary files. Raises TemporaryFolderMissing."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise TemporaryFolderMissing(
            "No folder for temporary files is writable. Set TMPDIR to one that is, such as a tmpfs mounted at /tmp."
        ) from error


def create_temporary_folder(prefix: str) -> Path:
    """Create a folder that only this user may open, and that is removed when this process exits.

    It stays if a process exits that this one forked. Raises TemporaryFolderMissing.
    """
    folder = tempfile.mkdtemp(prefix=prefix, dir=temporary_folder())
    atexit.register(_remove_folder, folder, os.getpid())
    return Path(folder)


def _remove_folder(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
