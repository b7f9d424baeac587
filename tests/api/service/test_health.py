"""Liveness and readiness."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.middleware.liveness import OPERATOR_PATHS
from seed.bundles import load
from tests.support import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def test_service_without_its_database_is_alive_but_not_ready(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    assert client.get("/livez").get_json() == {"alive": True}
    assert client.get("/readyz").get_json() == {"ready": True, "revision": 1}
    load([SECOND], own)
    assert client.get("/readyz").get_json() == {"ready": True, "revision": 2}
    own.unlink()
    assert client.get("/livez").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", sorted(OPERATOR_PATHS))
def test_operator_responses_are_not_cacheable(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert client.get(path, headers={"If-None-Match": "*"}).status_code == 200
    assert client.get(f"{path}?colour=red").status_code == 400
    assert client.post(path).status_code == 405
