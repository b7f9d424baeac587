"""The settings, each read from one environment variable and checked."""

import os
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from schemas.faults import faults_in


class Settings(Schema):
    """What can be set from outside: one field a variable, with its default."""

    class Meta:
        unknown = EXCLUDE

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


class BadSettings(Exception):
    """A variable of the environment holds what it must not."""


def settings() -> dict[str, Any]:
    """The settings as the environment has them; BadSettings names every variable that is wrong."""
    try:
        return dict(Settings().load(os.environ))
    except ValidationError as error:
        raise BadSettings("\n".join(str(fault) for fault in faults_in(error.messages))) from None
