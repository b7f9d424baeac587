"""Atomic writing of text files: a reader never sees half of one, and what fails leaves nothing behind."""

import secrets
import shutil
from pathlib import Path

from seed.encoding import UTF_8_BOM


def write_file(path: Path, text: str) -> None:
    """Write a file, or replace one. A symbolic link is kept, and so are the permissions of a file that exists."""
    path = path.resolve()
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            if path.exists():
                shutil.copymode(path, part)
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def create_file(path: Path, text: str) -> None:
    """Write a file that does not exist yet. Raise FileExistsError if it does."""
    path.touch(exist_ok=False)
    try:
        write_file(path, text)
    except BaseException:
        path.unlink()
        raise


def replace_file(path: Path, text: str) -> None:
    """Replace the text of a file that exists and is writable. A byte order mark is kept."""
    with path.open("r+b") as file:
        mark = UTF_8_BOM if file.read(len(UTF_8_BOM)) == UTF_8_BOM else b""
    write_file(path, mark.decode() + text)
