"""Settings: one environment variable each, validated at start.

Why not pydantic-settings: marshmallow, which validates the records, validates them too.
"""

import os
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from stat import S_ISSOCK
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from schemas.errors import errors_from_marshmallow
from schemas.record import Strict
from seed.cpu_count import available_cpus

PREFIX = "READOUT_"
OFF = "off"
DEFAULT_RATE_LIMIT = "600/minute"
MAX_PORT = 65535
URL_PATH = r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?"
LICENSE = r"[A-Za-z0-9][A-Za-z0-9.+-]{0,99}\Z|https://[^\s]{1,1000}\Z"
RATE = r"[1-9]\d{0,8}/(second|minute|hour|day)\Z"


@dataclass(frozen=True)
class Settings:
    """What an operator can configure. `SettingsSchema` has the variable, default and meaning of each."""

    database: str
    bind: str
    workers: int
    base_url: str | None
    rate_limit: str
    redis_url: str | None
    trusted_proxies: int
    access_log: str
    query_timeout: float
    tokens: str | None
    after_write: str | None
    data_license: str | None
    security_contact: str | None
    security_expires: date | None
    is_draft: bool = False
    """Whether the database is a private copy with drafts. `readout serve --with` sets it; there is no variable."""

    @property
    def path_prefix(self) -> str:
        """The path of the base URL, such as `/readout`, which a proxy removes from requests."""
        return urlsplit(self.base_url or "").path.rstrip("/")

    @property
    def token_file(self) -> Path | None:
        """The file of tokens, or None if nobody may write."""
        return Path(self.tokens) if self.tokens else None


class InvalidSettings(RuntimeError):
    """An environment variable has an invalid value. It is a RuntimeError so that gunicorn prints its message only."""


def validate_database(path: str) -> None:
    """Raise ValidationError if a path, or where a link there leads, has no name to which SQLite could append `-wal`."""
    if not (Path(path).name and Path(os.path.realpath(path)).name):
        raise ValidationError("Must be the path of a file.")


def validate_bind(address: str) -> None:
    """Raise ValidationError if gunicorn could not listen on an address."""
    if "," in address:  # gunicorn would listen on each of several addresses
        raise ValidationError("Must be one address, HOST:PORT or unix:PATH, without a comma.")
    if re.match("unix:.", address):
        path = Path(re.sub("unix:(//)?", "", address, count=1))  # as gunicorn reads it
        with suppress(OSError):  # it does not exist, or only the server may look at it
            if not S_ISSOCK(path.stat().st_mode):
                raise ValidationError(f"{path} exists and is not a socket. Choose another path.")
        return
    match = re.fullmatch(r"(\[.+\]|[^\[\]/]+):(\d{1,5})", address)
    if not match:
        raise ValidationError("Must be HOST:PORT or unix:PATH.")
    if ":" in match[1] and not match[1].startswith("["):
        raise ValidationError(f"Write an IPv6 address in brackets: [{match[1]}]:{match[2]}")
    if int(match[2]) > MAX_PORT:
        raise ValidationError(f"The port must be at most {MAX_PORT}.")


def validate_base_url(url: str) -> None:
    """Raise ValidationError if a base URL has more than scheme, host, port and a plain path."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError as error:
        raise ValidationError(f"{error}.") from None
    if not parts.netloc.isascii():
        raise ValidationError("The host must be ASCII, since headers contain it, as in https://xn--e1afmkfd.example.")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValidationError(
            "Must not have a user, password, query or fragment. Write it as in https://example.org/api."
        )
    if not re.fullmatch(URL_PATH, parts.path):
        raise ValidationError("The path may have letters, digits, `-`, `.`, `_` and `~` only, as in /api.")


def validate_redis_url(url: str) -> None:
    """Raise ValidationError if no connection can be made from the URL of a Redis. It need not answer yet."""
    from redis.asyncio import ConnectionPool  # only a shared rate limit needs it

    try:
        pool = ConnectionPool.from_url(url)
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError) as error:
        raise ValidationError(f"{str(error).removesuffix('.')}. Write it as in redis://127.0.0.1:6379/0.") from None


def validate_command(command: str) -> None:
    """Raise ValidationError if a command has no words, or a quotation mark that is not closed."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValidationError(f"{error}. Quote words as in a shell.") from None
    if not words:
        raise ValidationError("Must have a command, such as deploy/acknowledge. Remove the variable to run none.")


class SettingsSchema(Strict):
    """The environment variables, with their defaults and descriptions."""

    error_messages = {"unknown": "There is no such setting."}

    database = fields.String(
        data_key="READOUT_DATABASE",
        load_default="readout.db",
        validate=validate_database,
        metadata={"description": "path of the SQLite file"},
    )
    bind = fields.String(
        data_key="READOUT_BIND",
        load_default="127.0.0.1:8000",
        validate=validate_bind,
        metadata={"description": "address that gunicorn listens on, as `HOST:PORT` or `unix:PATH`"},
    )
    workers = fields.Integer(
        data_key="READOUT_WORKERS",
        load_default=available_cpus,
        validate=validate.Range(1, 1024),
        metadata={"description": "number of worker processes", "default": "one per available CPU"},
    )
    base_url = fields.Url(
        data_key="READOUT_BASE_URL",
        load_default=None,
        schemes={"http", "https"},
        require_tld=False,
        validate=validate_base_url,
        metadata={
            "description": "URL that clients use, including any path prefix that a proxy removes",
            "default": "from the request",
        },
    )
    rate_limit = fields.String(
        data_key="READOUT_RATE_LIMIT",
        load_default=None,
        validate=validate.Regexp(
            rf"{OFF}\Z|{RATE}",
            error=f"Must be {OFF!r} or a rate such as {DEFAULT_RATE_LIMIT!r}, per second, minute, hour or day.",
        ),
        metadata={
            "description": "requests allowed per client, or `off`",
            "default": f"`{DEFAULT_RATE_LIMIT}`; `off` when bound to the loopback interface",
        },
    )
    redis_url = fields.Url(
        data_key="READOUT_REDIS_URL",
        load_default=None,
        schemes={"redis", "rediss"},
        require_tld=False,
        validate=validate_redis_url,
        metadata={
            "description": "Redis that shares the rate limit between workers and machines, as `redis://HOST:PORT/0`",
            "default": "each worker counts on its own",
        },
    )
    trusted_proxies = fields.Integer(
        data_key="READOUT_TRUSTED_PROXIES",
        load_default=0,
        validate=validate.Range(0, 10),
        metadata={"description": "number of proxies in front of the server that set `X-Forwarded-For`"},
    )
    access_log = fields.String(
        data_key="READOUT_ACCESS_LOG",
        load_default=OFF,
        validate=validate.Length(min=1),
        metadata={"description": "access log, one JSON object per line: a file, `-` for stdout, or `off`"},
    )
    query_timeout = fields.Float(
        data_key="READOUT_QUERY_TIMEOUT",
        load_default=10.0,
        validate=validate.Range(0.01, 3600),
        metadata={"description": "seconds that the queries of one response may take"},
    )
    tokens = fields.String(
        data_key="READOUT_TOKENS",
        load_default=None,
        validate=validate.Length(min=1),
        metadata={
            "description": "file of the tokens for writing over HTTP, which `python -m seed token create` makes",
            "default": "none: the server takes no writes",
        },
    )
    after_write = fields.String(
        data_key="READOUT_AFTER_WRITE",
        load_default=None,
        validate=validate_command,
        metadata={
            "description": "command that must succeed before a write over HTTP is answered, as `deploy/acknowledge`",
            "default": "none",
        },
    )
    data_license = fields.String(
        data_key="READOUT_DATA_LICENSE",
        load_default=None,
        validate=validate.Regexp(LICENSE, error="Must be an SPDX identifier, such as CC-BY-4.0, or https://ADDRESS."),
        metadata={
            "description": "licence of the data in downloads, as an SPDX identifier (`CC-BY-4.0`) or `https://…`",
            "default": "none: downloads say that no licence is stated",
        },
    )
    security_contact = fields.String(
        data_key="READOUT_SECURITY_CONTACT",
        load_default=None,
        validate=validate.Regexp(
            r"mailto:[^@\s]+@[^@\s]+\Z|https://[^\s]+\Z", error="Must be mailto:ADDRESS or https://ADDRESS."
        ),
        metadata={
            "description": "contact in `/.well-known/security.txt`, as `mailto:…` or `https://…`",
            "default": "none",
        },
    )
    security_expires = fields.Date(
        data_key="READOUT_SECURITY_EXPIRES",
        load_default=None,
        metadata={"description": "date on which the contact expires, as `2027-06-30`", "default": "none"},
    )

    @pre_load
    def read_off(self, data: dict[str, str], **_: Any) -> dict[str, str]:
        """Read OFF as off: as the path of an access log, it would be a file of that name."""
        may_be_off = {"READOUT_RATE_LIMIT", "READOUT_ACCESS_LOG"}
        return {name: OFF if name in may_be_off and value.lower() == OFF else value for name, value in data.items()}

    @validates_schema
    def require_contact_and_expiry_together(self, data: dict[str, Any], **_: Any) -> None:
        """A security contact must have an expiry date (RFC 9116, section 2.5.5)."""
        if (data["security_contact"] is None) != (data["security_expires"] is None):
            message = "Set READOUT_SECURITY_CONTACT and READOUT_SECURITY_EXPIRES together, or neither."
            raise ValidationError(message, "READOUT_SECURITY_EXPIRES")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Settings:
        """Build the settings; a server that other machines can reach gets a rate limit by default."""
        if data["rate_limit"] is None:
            data["rate_limit"] = OFF if is_loopback(data["bind"]) else DEFAULT_RATE_LIMIT
        return Settings(**data)


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises InvalidSettings, which names every invalid variable.
    """
    variables = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    try:
        settings: Settings = SettingsSchema().load(variables)
    except ValidationError as error:
        messages = errors_from_marshmallow(error.messages)
        raise InvalidSettings("\n".join(str(message).removeprefix("/") for message in messages)) from None
    return settings


def is_loopback(bind: str) -> bool:
    """Return whether only this machine can reach a bind address."""
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return bind.startswith("unix:") or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
