"""/CITATION.cff."""

from pathlib import Path

import pytest
import yaml

from api import create_app


@pytest.mark.parametrize(
    ("data_license", "stated"),
    [
        (None, {}),
        ("CC-BY-4.0", {"license": "CC-BY-4.0"}),
        ("https://example.org/terms", {"license-url": "https://example.org/terms"}),
    ],
)
def test_citation_names_revision_and_licence(database: Path, data_license: str | None, stated: dict[str, str]) -> None:
    client = create_app(database=str(database), data_license=data_license).test_client()
    citation = yaml.safe_load(client.get("/CITATION.cff").text)
    required = {"cff-version", "message", "title", "authors", "type", "version", "date-released", "url"}
    assert citation.keys() == required | stated.keys()
    assert citation["version"].endswith(f"+revision.{client.get('/parties').get_json()['meta']['revision']}")
    assert {name: citation[name] for name in stated} == stated
