"""Fixtures of the middleware tests."""

from pathlib import Path
from typing import Any

import pytest

from api.asgi import Application, create_asgi_app
from tests.support.asgi import AppFactory


@pytest.fixture
def create(database: Path) -> AppFactory:
    """Return a factory of applications; keyword arguments are settings."""

    def create_app(**settings: Any) -> Application:
        return create_asgi_app(**{"database": str(database), "rate_limit": "off", "access_log": "off", **settings})

    return create_app
