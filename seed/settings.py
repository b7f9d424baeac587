"""The settings, each read from one environment variable and checked."""

import os
from ipaddress import ip_address
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from schemas.faults import faults_in
from schemas.record import Strict

PREFIX = "READOUT_"
OFF = "off"
USUAL_RATE = "600/minute"
RATE = r"[1-9]\d{0,8}/(second|minute|hour|day)\Z"


class Settings(Strict):
    """What can be set from outside: one field a variable, with its default."""

    error_messages = {"unknown": "There is no such setting."}

    database = fields.String(
        data_key="READOUT_DATABASE",
        load_default="readout.db",
        validate=validate.Length(min=1),
        metadata={"description": "the SQLite file"},
    )
    bind = fields.String(
        data_key="READOUT_BIND",
        load_default="127.0.0.1:8000",
        validate=validate.Regexp(r".+:\d{1,5}\Z|unix:.+\Z", error="Must be HOST:PORT or unix:PATH."),
        metadata={"description": "what gunicorn listens on"},
    )
    workers = fields.Integer(
        data_key="READOUT_WORKERS",
        load_default=lambda: os.cpu_count() or 1,
        validate=validate.Range(1, 1024),
        metadata={"description": "how many processes serve", "default": "one per core"},
    )
    base_url = fields.Url(
        data_key="READOUT_BASE_URL",
        load_default=None,
        schemes={"http", "https"},
        require_tld=False,
        metadata={"description": "what absolute links begin with, behind a proxy", "default": "from the request"},
    )
    rate_limit = fields.String(
        data_key="READOUT_RATE_LIMIT",
        load_default=None,
        validate=validate.Regexp(
            rf"{OFF}\Z|{RATE}",
            error=f"Must be {OFF!r} or a rate such as {USUAL_RATE!r}, per second, minute, hour or day.",
        ),
        metadata={
            "description": "how many requests a client may send, or `off`",
            "default": f"`{USUAL_RATE}`, and `off` on the loopback",
        },
    )
    redis = fields.Url(
        data_key="READOUT_REDIS",
        load_default=None,
        schemes={"redis", "rediss"},
        require_tld=False,
        metadata={
            "description": "where workers and machines count requests together, as `redis://HOST:PORT/0`",
            "default": "each worker by itself",
        },
    )
    proxies = fields.Integer(
        data_key="READOUT_PROXIES",
        load_default=0,
        validate=validate.Range(0, 10),
        metadata={
            "description": "how many proxies stand in front, each of which names its client in `X-Forwarded-For`"
        },
    )
    access_log = fields.String(
        data_key="READOUT_ACCESS_LOG",
        load_default=OFF,
        validate=validate.Length(min=1),
        metadata={"description": "where every request is told of in a line of JSON: a file, `-` for stdout, or `off`"},
    )
    query_seconds = fields.Float(
        data_key="READOUT_QUERY_SECONDS",
        load_default=10.0,
        validate=validate.Range(0.01, 3600),
        metadata={"description": "how long the file may be asked for one answer"},
    )
    security_contact = fields.String(
        data_key="READOUT_SECURITY_CONTACT",
        load_default=None,
        validate=validate.Regexp(
            r"mailto:[^@\s]+@[^@\s]+\Z|https://[^\s]+\Z", error="Must be mailto:ADDRESS or https://ADDRESS."
        ),
        metadata={
            "description": "whom `/.well-known/security.txt` names, as `mailto:…` or `https://…`",
            "default": "nobody",
        },
    )
    security_expires = fields.Date(
        data_key="READOUT_SECURITY_EXPIRES",
        load_default=None,
        metadata={"description": "the day until which that holds, as `2027-06-30`", "default": "none"},
    )

    @validates_schema
    def _contact_expires(self, data: dict[str, Any], **_: Any) -> None:
        """A contact is good until a day (RFC 9116, 2.5.5)."""
        if (data["security_contact"] is None) != (data["security_expires"] is None):
            told = "READOUT_SECURITY_CONTACT and READOUT_SECURITY_EXPIRES are set together, or neither is."
            raise ValidationError(told, "READOUT_SECURITY_EXPIRES")

    @post_load
    def _limited_in_public(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The settings, with a limit where none is set and others than this machine can reach us."""
        if data["rate_limit"] is None:
            data["rate_limit"] = OFF if is_loopback(data["bind"]) else USUAL_RATE
        return data


class BadSettings(RuntimeError):
    """A variable of the environment holds what it must not. gunicorn tells a RuntimeError in words."""


def settings() -> dict[str, Any]:
    """The settings as the environment has them; BadSettings names every variable that is wrong."""
    given = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    try:
        return dict(Settings().load(given))
    except ValidationError as error:
        raise BadSettings("\n".join(str(fault).removeprefix("/") for fault in faults_in(error.messages))) from None


def is_loopback(bind: str) -> bool:
    """Whether only this machine can reach an address that is listened on."""
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return bind.startswith("unix:") or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
