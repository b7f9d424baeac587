"""The description is complete, and true of what is served."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from api.asgi import RATE_LIMIT_EXEMPT
from schemas import RECORDS
from schemas.version import VERSION

Fetch = Callable[..., Any]


@pytest.fixture
def document(fetch: Fetch) -> Any:
    return fetch("/openapi.json")


def operations(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def readings(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        if "get" in item:
            yield path, item["get"]


@pytest.fixture
def empty(fetch: Fetch) -> set[str]:
    """The types that no bundle holds a record of yet: their examples are nobody's ids."""
    return {plural for plural in RECORDS if fetch(f"/{plural}?limit=1")["page"]["total"] == 0}


def required(operation: Any) -> dict[str, str]:
    """The query that an operation cannot do without."""
    asked = (one for one in operation["parameters"] if one["in"] == "query" and one["required"])
    return {parameter["name"]: parameter["example"] for parameter in asked}


def test_it_is_sound_openapi(document: Any) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == VERSION


def test_every_route_is_described(app: Flask, document: Any) -> None:
    routes = {rule.rule.replace("<", "{").replace(">", "}") for rule in app.url_map.iter_rules()}
    assert {route for route in routes if not route.startswith("/docs/")} == set(document["paths"])


def test_every_endpoint_of_the_index_is_described(fetch: Fetch, document: Any) -> None:
    listed = {entry["url"].removeprefix("http://localhost") for entry in fetch("/")["endpoints"]}
    assert listed == set(document["paths"])


def test_an_address_with_placeholders_is_described_as_a_template(fetch: Fetch, document: Any) -> None:
    content = document["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]
    entry = content["schema"]["properties"]["endpoints"]["items"]
    assert entry["properties"]["url"]["format"] == "uri-template"
    assert any("{id}" in entry["url"] for entry in fetch("/")["endpoints"])


def test_every_operation_has_a_name_of_its_own(document: Any) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


def test_every_parameter_is_explained_with_an_example(document: Any) -> None:
    for path, operation in operations(document):
        for parameter in operation["parameters"]:
            assert parameter["description"].endswith("."), (path, parameter["name"])
            assert "example" in parameter
            OAS31Validator(parameter["schema"]).validate(parameter["example"])


def test_every_example_of_a_parameter_is_answered(client: FlaskClient, document: Any, empty: set[str]) -> None:
    for path, operation in readings(document):
        if re.split(r"[/.]", path)[1] in empty:
            continue
        for parameter in operation["parameters"]:
            if parameter["in"] == "query" and parameter["name"] != "cursor":
                example = parameter["example"]
                value = ",".join(map(_written, example)) if isinstance(example, list) else _written(example)
                place = path.replace("{id}", "none").replace("{name}", "stances")
                answer = client.get(place, query_string={**required(operation), parameter["name"]: value})
                assert answer.status_code in (200, 404), (path, parameter["name"], answer.text)


def test_every_status_and_header_is_described(document: Any) -> None:
    for path, operation in readings(document):
        assert {"200", "400", "406", "414", "429", "431", "500", "503"} <= set(operation["responses"])
        headers = set(operation["responses"]["200"]["headers"])
        assert {"Cache-Control", "Vary", "RateLimit", "RateLimit-Policy"} <= headers
        lasting = path not in RATE_LIMIT_EXEMPT
        assert ("304" in operation["responses"], {"ETag", "Last-Modified"} <= headers) == (lasting, lasting)
        (content,) = operation["responses"]["200"]["content"].values()
        assert content["example"]


def test_what_is_served_is_what_is_described(client: FlaskClient, document: Any, empty: set[str]) -> None:
    for path, operation in readings(document):
        if re.split(r"[/.]", path)[1] in empty:
            continue
        ((mimetype, content),) = operation["responses"]["200"]["content"].items()
        in_path = (parameter for parameter in operation["parameters"] if parameter["in"] == "path")
        place = path.format(**{parameter["name"]: parameter["example"] for parameter in in_path})
        answer = client.get(place, query_string=required(operation))
        assert answer.status_code == 200, path
        assert answer.content_type == mimetype
        if mimetype == "application/json":
            validator = OAS31Validator({**content["schema"], "components": document["components"]})
            validator.validate(answer.get_json())
            validator.validate(content["example"])


def test_every_text_in_a_query_has_its_terms_or_a_greatest_length(document: Any) -> None:
    for path, operation in operations(document):
        for parameter in operation["parameters"]:
            shape = parameter["schema"].get("items", parameter["schema"])
            assert shape["type"] != "string" or {"enum", "maxLength"} & shape.keys(), (path, parameter["name"])


def test_every_address_in_an_example_is_one(document: Any) -> None:
    held = re.findall(r'"url": "(.*?)"', json.dumps([item for _, item in operations(document)]))
    assert held
    assert all(url.startswith("http://") for url in held)


def test_a_problem_is_what_is_described(client: FlaskClient, document: Any) -> None:
    validator = OAS31Validator(document["components"]["schemas"]["Problem"])
    for path in ("/nowhere", "/parties/nobody", "/parties?colour=red&limit=x&kind=y"):
        validator.validate(client.get(path).get_json(force=True))
    for response in document["components"]["responses"].values():
        validator.validate(response["content"]["application/problem+json"]["example"])


def test_a_body_that_is_sent_is_described(client: FlaskClient, document: Any) -> None:
    operation = document["paths"]["/check"]["post"]
    ((mimetype, content),) = operation["requestBody"]["content"].items()
    assert client.post("/check", data="{}", content_type=mimetype).status_code == 422
    assert {"200", "400", "413", "415", "422"} <= set(operation["responses"])
    validator = OAS31Validator({"$ref": "#/components/schemas/Problem", "components": document["components"]})
    validator.validate(client.post("/check", json=content["example"]).get_json(force=True))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
