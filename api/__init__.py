"""How records are served: the app factory, routes, formats and problems. Imports schemas and seed."""

from pathlib import Path
from typing import Any

import click
from flask import Flask

from api import (
    database,
    delivery,
    docs,
    examples,
    health,
    index,
    metrics,
    openapi,
    problems,
    records,
    security,
    vocabularies,
)
from api.views import accounts, changes, check, coverage, exports, matrix, search, standing, timeline
from seed.bundles import load, shipped
from seed.file import is_built
from seed.settings import settings

ROOMS = (
    *(problems, delivery),
    *(index, examples, docs, openapi, vocabularies),
    records,
    *(timeline, matrix, standing, accounts, search, coverage, changes, exports, check),
    *(health, metrics, security),
)
"""Every module that adds something to the app, in the order in which the index lists their endpoints."""


def create_app(**overrides: Any) -> Flask:
    """The application, over the file of the settings, which is built from the shipped bundles if there is none.

    `overrides` replaces settings by name, as in create_app(database="other.db").
    """
    chosen = settings() | overrides
    app = Flask(__name__, static_folder=None)
    app.extensions["settings"] = chosen
    file = Path(chosen["database"])
    if not is_built(file):
        click.echo(f"Building {file} from the bundles under seed/", err=True)
        load(shipped(), file)
    database.init_app(app, file, chosen["query_seconds"])
    for room in ROOMS:
        room.init_app(app)
    return app
