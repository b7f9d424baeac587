"""Clients of applications over databases that a test builds.

Creating an application takes as long as many requests. So tests take turns: an application serves a symbolic link,
which the next test points at its own database, and notices as in operation that the file was replaced.
"""

import tempfile
import weakref
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from api import create_app

_folder = tempfile.TemporaryDirectory()
_idle: list[Flask] = []
"""Applications whose clients are gone."""


def client_of(database: Path) -> FlaskClient:
    """Return a client of an application with the default settings, which the test must not change."""
    app = _idle.pop() if _idle else None
    link = Path(app.extensions["settings"].database) if app else Path(tempfile.mkdtemp(dir=_folder.name)) / "readout.db"
    new = link.with_name("new")
    new.symlink_to(database.resolve())
    new.replace(link)
    client = (app := app or create_app(database=str(link))).test_client()
    weakref.finalize(client, _idle.append, app)
    return client
