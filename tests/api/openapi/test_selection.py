"""`/openapi.json?operation=…`: a part of the document with all its references."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from tests.support.openapi import operations

Fetch = Callable[..., Any]


def names(document: Any) -> list[str]:
    return [operation["operationId"] for _, operation in operations(document)]


@pytest.mark.parametrize("selected", ["getMatrix", "listPositions,getPosition,listChanges", "checkBundle", "isAlive"])
def test_part_has_the_operations_and_all_that_they_refer_to(fetch: Fetch, selected: str) -> None:
    whole, part = fetch("/openapi.json"), fetch(f"/openapi.json?operation={selected}")
    validate(part)
    assert sorted(names(part)) == sorted(selected.split(","))
    for path, item in part["paths"].items():
        assert item.items() <= whole["paths"][path].items()
    references = set(re.findall(r'"\$ref": "#/components/(.+?)"', json.dumps(part)))
    components = {f"{kind}/{name}": each for kind, all in part["components"].items() for name, each in all.items()}
    assert references == components.keys()
    for reference, component in components.items():
        kind, name = reference.split("/")
        assert component == whole["components"][kind][name]
    tags = {tag for _, operation in operations(part) for tag in operation["tags"]}
    assert {tag["name"] for tag in part["tags"]} == tags


def test_all_operations_are_the_whole_document(fetch: Fetch) -> None:
    whole = fetch("/openapi.json")
    selected = names(whole)
    assert fetch(f"/openapi.json?operation={','.join(reversed(selected))}") == whole


def test_unknown_operation_is_rejected_with_the_nearest(client: FlaskClient) -> None:
    response = client.get("/openapi.json?operation=listPosition,getMatrix")
    (error,) = response.get_json(force=True)["errors"]
    assert (response.status_code, error["parameter"]) == (400, "operation")
    assert error["did_you_mean"] == "listPositions"
    assert "getMatrix" in error["allowed"]
