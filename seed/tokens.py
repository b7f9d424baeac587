"""The tokens for writing over HTTP: a file with the name, scopes, expiry and hash of each, one JSON object per line."""

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields, validate

from schemas.errors import errors_from_marshmallow
from schemas.fields import Text
from schemas.record import Strict
from schemas.strict_json import read_json
from seed.settings import InvalidSettings

WRITE_BUNDLES, WRITE_RECORDS = SCOPES = ("bundles", "records")
"""What a token may allow: to write whole bundles, and to write single records."""
PREFIX = "readout_"
"""The beginning of every token, by which programs that search texts for secrets recognise one."""
TOKEN_BYTES = 32
MAX_FILE_BYTES = 1024 * 1024
FORBIDDEN_MODE = stat.S_IWGRP | stat.S_IRWXO
NEW_FILE_MODE = 0o600


class Token(NamedTuple):
    """What the file has of a token: who writes with it, what it allows, its last day (UTC) and its hash."""

    name: str
    scopes: tuple[str, ...]
    expires: date
    sha256: str


class TokenSchema(Strict):
    """A line of the file."""

    name = Text("Who writes with the token; the author of the changes.", example="A. Editor")
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True, validate=validate.Length(min=1))
    expires = fields.Date(required=True)
    sha256 = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z", error="Must be 64 hex digits."))


def create_token(path: Path, name: str, scopes: Iterable[str], expires: date) -> str:
    """Append a new token to the file, and return the token, which is stored nowhere else. Raise InvalidSettings."""
    if path.exists():
        read_tokens(path)
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    line = {"name": name, "scopes": sorted(set(scopes)), "expires": expires.isoformat(), "sha256": hash_token(token)}
    with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, NEW_FILE_MODE), "a+b", buffering=0) as file:
        _append_line(file, json.dumps(line, ensure_ascii=False).encode())
    return token


def _append_line(file: FileIO, line: bytes) -> None:
    """Append a line. If there is no space for all of it, leave the file as it was, and raise OSError.

    Why not another file that is renamed: it would not have the owner and the permissions of this one.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    rest = b"\n" * (file.read() not in (b"", b"\n")) + line + b"\n"  # an editor may have left out the last line's end
    try:
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


def find_token(path: Path, token: str) -> Token | None:
    """Return the file's entry for a token, or None if it is unknown or has expired. Raise InvalidSettings."""
    digest, today = hash_token(token), datetime.now(UTC).date()
    matching = [one for one in _current_tokens(path) if hmac.compare_digest(one.sha256, digest)]
    return next((one for one in matching if today <= one.expires), None)


def hash_token(token: str) -> str:
    """Return the hash of a token: a plain one, since nobody can try out the 256 random bits of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _current_tokens(path: Path) -> list[Token]:
    """Return the tokens in the file, which is read again when it changes. Raise InvalidSettings."""
    try:
        status = path.stat()
    except OSError:
        return read_tokens(path)
    return _read_version(path, status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_ctime_ns)


@lru_cache(maxsize=1)
def _read_version(path: Path, *_version: int) -> list[Token]:
    return read_tokens(path)


def read_tokens(path: Path) -> list[Token]:
    """Read the file. Raise InvalidSettings if it cannot be read, is not protected, or has an invalid line."""
    try:
        _require_protected(path, path.stat())  # before opening, since a FIFO would wait for a writer
        with path.open(encoding="utf-8") as file:
            _require_protected(path, os.fstat(file.fileno()))
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InvalidSettings(f"READOUT_TOKENS: {path} cannot be read: {reason}.") from None
    return [_read_line(f"{path}:{number}", line) for number, line in enumerate(lines, start=1) if line.strip()]


def _require_protected(path: Path, status: os.stat_result) -> None:
    """Raise InvalidSettings if others could give themselves a token, or the file cannot be a token file."""
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
        raise InvalidSettings(f"READOUT_TOKENS: {path} is not a regular file of at most {MAX_FILE_BYTES} bytes.")
    if status.st_mode & FORBIDDEN_MODE:
        mode = stat.S_IMODE(status.st_mode)
        detail = "may be written by its group or used by others. Protect it: chmod 640"
        raise InvalidSettings(f"READOUT_TOKENS: {path} has the mode {mode:o}: it {detail} {path}")


def _read_line(place: str, line: str) -> Token:
    try:
        values: dict[str, Any] = TokenSchema().load(read_json(line))
    except ValidationError as error:
        messages = "; ".join(str(one).removeprefix("/") for one in errors_from_marshmallow(error.messages))
        raise InvalidSettings(f"READOUT_TOKENS: {place}: {messages}") from None
    except ValueError as error:
        raise InvalidSettings(f"READOUT_TOKENS: {place}: Not a JSON object: {error}.") from None
    return Token(**values | {"scopes": tuple(values["scopes"])})
