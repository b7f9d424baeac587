"""The HTTP API. It imports `seed` and `schemas`; neither imports it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask import Flask
from werkzeug.routing import Rule

from api import auth, database
from api.http import body, error_handlers, headers, redirects
from api.http.request import Request
from api.lists import records
from api.openapi import docs_page, document
from api.openapi.routes import RecordTypeConverter, StemConverter
from api.pages import assets, error_page, messages, template_functions
from api.service import api_catalog, citation_cff, examples, health, index, llms_txt, metrics, robots_txt, security_txt
from api.views import (
    accounts,
    changes,
    check,
    compare,
    coverage,
    exports,
    matrix,
    search,
    standing,
    timeline,
    vocabularies,
)
from api.writes import bundles as bundle_writes
from api.writes import life
from api.writes import records as record_writes
from seed.bundles import default_bundles, load
from seed.settings import load_settings
from seed.storage.sqlite_file import is_built

MODULES = (
    *(error_handlers, redirects, headers, body, auth, error_page, messages, template_functions, assets),
    *(index, examples, docs_page, document, vocabularies),
    records,
    *(timeline, matrix, standing, accounts, compare, search, coverage, changes, exports, check),
    *(bundle_writes, record_writes, life),
    *(health, metrics, robots_txt, security_txt, citation_cff, api_catalog, llms_txt),
)
"""Modules that add routes or handlers. The index lists their endpoints in this order."""


class Route(Rule):
    """Werkzeug's rule, which compiles the two functions that build its URL only if a URL is built.

    No link needs them, and compiling them for every route takes nearly half of the time to create the application.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return compile_builder(append_unknown)(rule, **values)

        return build


class SyncFlask(Flask):
    """Flask without asynchronous views, which it looks for before each call of a function."""

    request_class = Request
    url_rule_class = Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function."""
        return func


def create_app(**overrides: Any) -> Flask:
    """Create the Flask application, and build the database from the default bundles if it does not exist.

    `overrides` replaces settings by name, as in `create_app(database="other.db")`.
    """
    settings = replace(load_settings(), **overrides)
    app = SyncFlask(__name__, static_folder=None, template_folder="pages/templates")
    app.url_map.converters |= {"stem": StemConverter, "type": RecordTypeConverter}
    app.url_map.merge_slashes = False  # Werkzeug would redirect to an absolute URL built from the Host header
    app.extensions["settings"] = settings
    file = Path(settings.database)
    if not is_built(file):
        click.echo(f"Building {file} from the bundles under seed/", err=True)
        load(default_bundles(), file)
    database.init_app(app, file, settings.query_timeout)
    for module in MODULES:
        module.init_app(app)
    return app
