"""The OpenAPI document is complete, valid and matches the responses."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from api.middleware.liveness import OPERATOR_PATHS
from api.openapi.routes import path_of_rule
from schemas import RECORDS
from schemas.version import VERSION
from tests.support import ROOT
from tests.support.openapi import in_all_formats, operations, resolve, without_references

Fetch = Callable[..., Any]


@pytest.fixture
def document(fetch: Fetch) -> Any:
    return fetch("/openapi.json")


def get_operations(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    return operations(document, "get")


@pytest.fixture
def empty(fetch: Fetch) -> set[str]:
    """The record types without records: the ids in their examples do not exist."""
    return {plural for plural in RECORDS if fetch(f"/{plural}?limit=1")["page"]["total"] == 0}


def required_query(operation: Any) -> dict[str, str]:
    """The required query parameters of an operation, with their examples."""
    parameters = (one for one in operation["parameters"] if one["in"] == "query" and one.get("required"))
    return {parameter["name"]: parameter["example"] for parameter in parameters}


@pytest.mark.slow
def test_document_is_valid_openapi(document: Any) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == VERSION


def test_every_route_is_documented(app: Flask, document: Any) -> None:
    routes = {path_of_rule(rule.rule) for rule in app.url_map.iter_rules()}
    undocumented = (
        "/docs/",
        "/assets/",
        "/favicon.ico",
        "/embed/",
        "/robots.txt",
        "/llms.txt",
        "/.well-known/",
        "/CITATION.cff",
    )
    assert {
        route for route in routes if not route.startswith(undocumented) and not route.endswith((".html", ".png"))
    } == described_paths(document)


def described_paths(document: Any) -> set[str]:
    """The paths of the document, and those in its descriptions: the same with the suffix of a format."""
    return {*document["paths"], *(path for path, _ in in_all_formats(document))}


def test_index_lists_the_documented_paths(fetch: Fetch, document: Any) -> None:
    listed = {entry["url"].removeprefix("http://localhost") for entry in fetch("/")["endpoints"]}
    assert listed == described_paths(document)


def test_urls_in_the_index_are_uri_templates(fetch: Fetch, document: Any) -> None:
    content = document["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]
    entry = resolve(document, resolve(document, content["schema"])["properties"]["endpoints"]["items"])
    assert resolve(document, entry["properties"]["url"])["format"] == "uri-template"
    assert any("{id}" in entry["url"] for entry in fetch("/")["endpoints"])


def test_operation_ids_are_unique(document: Any) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


def test_parameters_have_description_and_example(document: Any) -> None:
    for path, operation in operations(document):
        for parameter in operation["parameters"]:
            assert parameter["description"].endswith("."), (path, parameter["name"])
            schema = {**parameter["schema"], "components": document["components"]}
            OAS31Validator(schema).validate(parameter["example"])


@pytest.mark.slow
def test_every_parameter_example_is_accepted(client: FlaskClient, document: Any, empty: set[str]) -> None:
    for path, operation in get_operations(document):
        if re.split(r"[/.]", path)[1] in empty:
            continue
        for parameter in operation["parameters"]:
            if parameter["in"] == "query" and parameter["name"] != "cursor":
                example = parameter["example"]
                value = ",".join(map(_query_text, example)) if isinstance(example, list) else _query_text(example)
                url = path.replace("{id}", "none").replace("{name}", "stances")
                response = client.get(url, query_string={**required_query(operation), parameter["name"]: value})
                assert response.status_code in (200, 404), (path, parameter["name"], response.text)


@pytest.mark.slow
@pytest.mark.parametrize("other", ["party", "source", "principal", "paragraph", "q"])
def test_every_parameter_can_be_combined_with_a_list_filter(
    client: FlaskClient, document: Any, empty: set[str], other: str
) -> None:
    for plural in RECORDS.keys() - empty:
        operation = without_references(document, document["paths"][f"/{plural}"]["get"])
        parameters = {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}
        for name in parameters.keys() - {other, "cursor"} if other in parameters else ():
            example = {each: parameters[each]["example"] for each in (name, other)}
            texts = {
                each: ",".join(map(_query_text, value)) if isinstance(value, list) else _query_text(value)
                for each, value in example.items()
            }
            response = client.get(f"/{plural}", query_string=texts)
            assert response.status_code == 200, (plural, texts, response.text)


def test_operations_document_statuses_and_headers(document: Any) -> None:
    for path, operation in get_operations(document):
        assert {"200", "4XX", "5XX"} <= set(operation["responses"])
        assert ("304" in operation["responses"]) == (path not in OPERATOR_PATHS)
    assert document["components"]["responses"]["NotModified"]["headers"].keys() == {"ETag", "Last-Modified"}


def test_responses_match_their_schemas(client: FlaskClient, document: Any, empty: set[str]) -> None:
    for path, operation in get_operations(document):
        if re.split(r"[/.]", path)[1] in empty:
            continue
        in_path = (parameter for parameter in operation["parameters"] if parameter["in"] == "path")
        url = path.format(**{parameter["name"]: parameter["example"] for parameter in in_path})
        for mimetype, content in operation["responses"]["200"]["content"].items():
            response = client.get(url, query_string=required_query(operation), headers={"Accept": mimetype})
            assert response.status_code == 200, path
            assert response.content_type == mimetype
            if mimetype == "application/json":
                validator = OAS31Validator({**content["schema"], "components": document["components"]})
                validator.validate(response.get_json())
                if "example" in content:
                    validator.validate(content["example"])


def test_document_is_small_and_shares_what_is_equal(document: Any, client: FlaskClient) -> None:
    assert len(client.get("/openapi.json").data) < 300_000
    references = set(re.findall(r'"\$ref": "#/components/(.+?)"', json.dumps(document)))
    components = {f"{kind}/{name}" for kind, each in document["components"].items() for name in each}
    assert references == components
    inline = Counter(
        json.dumps(each)
        for item in document["paths"].values()
        for operation in item.values()
        for each in operation["parameters"]
        if "$ref" not in each
    )
    assert set(inline.values()) == {1}


def test_objects_of_views_have_names(document: Any) -> None:
    views = [item for _, item in get_operations(document) if item["tags"] == ["views"]]
    schemas = [item["responses"]["200"]["content"].get("application/json") for item in views]
    assert {"$ref"} == {key for content in schemas if content for key in content["schema"]}
    for name, schema in document["components"]["schemas"].items():
        assert '"type": "object", "properties"' not in json.dumps(schema.get("properties")), name


@pytest.mark.parametrize("plural", [*RECORDS, "timeline"])
def test_records_match_their_schema_with_and_without_fields(fetch: Fetch, document: Any, plural: str) -> None:
    """Whole records have every key of their schema but `included`, which the schema itself does not require."""
    content = document["paths"][f"/{plural}"]["get"]["responses"]["200"]["content"]["application/json"]
    components = document["components"]
    validator = OAS31Validator({**content["schema"], "components": components})
    name = content["schema"]["$ref"].split("/")[-1].removesuffix("List")
    keys = components["schemas"][name]["properties"].keys() - {"included"}
    whole = fetch(f"/{plural}?limit=3")
    validator.validate(whole)
    assert all(record.keys() == keys for record in whole["data"])
    for key in keys:
        trimmed = fetch(f"/{plural}?limit=3&fields={key}")
        validator.validate(trimmed)
        assert all(record.keys() == {key} for record in trimmed["data"])


def test_every_text_parameter_is_bounded(document: Any) -> None:
    for path, operation in operations(document):
        for parameter in operation["parameters"]:
            schema = resolve(document, parameter["schema"].get("items", parameter["schema"]))
            assert schema["type"] != "string" or {"enum", "maxLength"} & schema.keys(), (path, parameter["name"])


def test_urls_in_examples_are_absolute(document: Any) -> None:
    urls = re.findall(r'"url": "(.*?)"', json.dumps([item for _, item in operations(document)]))
    assert urls
    assert all(url.startswith("http://") for url in urls)


def test_problem_documents_match_their_schema(client: FlaskClient, document: Any) -> None:
    validator = OAS31Validator({"$ref": "#/components/schemas/ProblemDetails", "components": document["components"]})
    for path in ("/nowhere", "/parties/nobody", "/parties?colour=red&limit=x&kind=y"):
        validator.validate(client.get(path).get_json(force=True))
    for response in document["components"]["responses"].values():
        if not (content := response.get("content", {}).get("application/problem+json")):
            continue
        validator = OAS31Validator({**content["schema"], "components": document["components"]})
        validator.validate(content["example"])


def test_request_body_of_check_is_documented(client: FlaskClient, document: Any) -> None:
    operation = document["paths"]["/check"]["post"]
    ((mimetype, content),) = operation["requestBody"]["content"].items()
    assert client.post("/check", data="{}", content_type=mimetype).status_code == 422
    assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/BodyError"}
    validator = OAS31Validator({"$ref": "#/components/schemas/ProblemDetails", "components": document["components"]})
    validator.validate(client.post("/check", json=content["example"]).get_json(force=True))


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


PRINT_SCHEMAS = """
import json
from api.openapi.shared import share_lists, share_schemas
from api.openapi.table_schema import table_schema
from schemas import RECORDS

meaning = {"description": "Words.", "examples": ["a"], "default": "b"}
words = {"type": "array", "items": {"$ref": "#/components/schemas/Word"}} | meaning
lists = {"Text": {"properties": {"one": words, "other": dict(words)}}}
share_lists(lists)
word = share_schemas({"title": "Word", "type": "string"} | meaning, {})
print(json.dumps([lists, word, *map(table_schema, RECORDS.values())]))
"""


def test_schemas_are_the_same_bytes_in_every_process() -> None:
    """The order of a set of strings differs between processes, and ETags and byte ranges depend on the bytes."""
    seeds = [{**os.environ, "PYTHONHASHSEED": str(seed)} for seed in range(3)]
    command = [sys.executable, "-c", PRINT_SCHEMAS]
    running = [subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE) for env in seeds]
    assert len({process.communicate()[0] for process in running}) == 1
    assert not any(process.returncode for process in running)


@pytest.mark.parametrize("path", ["/export/readout.db", "/export/readout.zip"])
def test_downloads_are_described_as_binary(document: Any, path: str) -> None:
    """A generated client decodes a string as UTF-8."""
    (content,) = document["paths"][path]["get"]["responses"]["200"]["content"].values()
    assert content["schema"] == {"$ref": "#/components/schemas/Binary"}
    assert document["components"]["schemas"]["Binary"]["format"] == "binary"
