"""/llms.txt."""

import re

from flask.testing import FlaskClient

from schemas import RECORDS

MAX_BYTES = 7_000


def test_description_is_short_and_names_everything(client: FlaskClient) -> None:
    response = client.get("/llms.txt")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.text.startswith("# Readout\n\n> ")
    assert len(response.data) < MAX_BYTES
    for path in (*RECORDS, "matrix", "compare", "timeline", "search", "issues/{id}/standing"):
        assert f"(http://localhost/{path})" in response.text


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    links = re.findall(r"\]\((.*?)\)", client.get("/llms.txt").text)
    assert len(links) > len(RECORDS)
    for link in links:
        if "{" not in link:
            assert client.get(link).status_code in {200, 400}, link
