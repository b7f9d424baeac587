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
_idle: dict[bool, list[Flask]] = {False: [], True: []}
"""Idle applications, by whether they take writes."""


def client_of(database: Path, tokens: Path | None = None) -> FlaskClient:
    """Return a client of an application with the default settings, which the test must not change."""
    idle = _idle[tokens is not None]
    app = idle.pop() if idle else None
    folder = Path(app.extensions["settings"].database).parent if app else Path(tempfile.mkdtemp(dir=_folder.name))
    files = {"database": database} | ({"tokens": tokens} if tokens else {})
    links = {name: _link(folder / name, file) for name, file in files.items()}
    client = (app := app or create_app(**links)).test_client()
    weakref.finalize(client, idle.append, app)
    return client


def _link(link: Path, target: Path) -> str:
    new = link.with_name("new")
    new.symlink_to(target.resolve())
    return str(new.replace(link))
