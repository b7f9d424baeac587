"""The API: how records are served. Imports `seed` and `schemas`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import Flask

from api import database
from api.http import headers as delivery
from api.http import problems
from api.lists import records
from api.openapi import docs_page as docs
from api.openapi import document as openapi
from api.service import examples, health, index, metrics
from api.service import security_txt as security
from api.views import accounts, changes, check, coverage, exports, matrix, search, standing, timeline, vocabularies
from seed.bundles import default_bundles, load
from seed.settings import load_settings
from seed.storage.sqlite_file import is_built

MODULES = (
    *(problems, delivery),
    *(index, examples, docs, openapi, vocabularies),
    records,
    *(timeline, matrix, standing, accounts, search, coverage, changes, exports, check),
    *(health, metrics, security),
)
"""Every module that adds routes or handlers, in the order in which the index lists their endpoints."""


def create_app(**overrides: Any) -> Flask:
    """Create the Flask application, building the database from the default bundles if there is none.

    `overrides` replaces settings by name, as in `create_app(database="other.db")`.
    """
    settings = replace(load_settings(), **overrides)
    app = Flask(__name__, static_folder=None)
    app.extensions["settings"] = settings
    file = Path(settings.database)
    if not is_built(file):
        click.echo(f"Building {file} from the bundles under seed/", err=True)
        load(default_bundles(), file)
    database.init_app(app, file, settings.query_timeout)
    for room in MODULES:
        room.init_app(app)
    return app
