"""The folder for temporary files."""

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
