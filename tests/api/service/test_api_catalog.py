"""/.well-known/api-catalog."""

import pytest
from flask.testing import FlaskClient

PATH = "/.well-known/api-catalog"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_catalog_announces_itself(client: FlaskClient, method: str) -> None:
    response = client.open(PATH, method=method)
    assert response.mimetype == "application/linkset+json"
    assert response.headers["Link"] == f'<http://localhost{PATH}>; rel="api-catalog"'


def test_every_link_has_its_media_type(client: FlaskClient) -> None:
    (context,) = client.get(PATH).get_json(force=True)["linkset"]
    assert context.pop("anchor") == "http://localhost/"
    assert context.keys() == {"service-desc", "service-doc", "status"}
    for links in context.values():
        for link in links:
            response = client.get(link["href"])
            assert (response.status_code, response.mimetype) == (200, link["type"])
