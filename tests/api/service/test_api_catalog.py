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


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_index_links_to_the_description(client: FlaskClient, accept: str) -> None:
    response = client.get("/", headers={"Accept": accept})
    assert response.mimetype == accept
    assert '<http://localhost/openapi.json>; rel="service-desc"' in response.headers["Link"]
