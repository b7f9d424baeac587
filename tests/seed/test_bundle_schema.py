"""The JSON Schema of bundles accepts what `check` accepts, and sees the errors of single fields."""

from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from seed.bundle_schema import bundle_schema
from seed.cli import cli
from seed.draft.analysis import Origin
from seed.draft.bundle import draft_bundle
from seed.draft.known import read_known
from seed.yaml_document import parse_yaml
from tests.support.bundle_files import ARTICLE, SECOND, SOURCES, read_document

VALIDATOR = Draft202012Validator(bundle_schema())


def errors_in(bundle: Any) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(bundle)]


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(bundle_schema())


@pytest.mark.parametrize("path", [ARTICLE, SECOND, *SOURCES], ids=lambda path: path.stem)
def test_valid_bundle_is_accepted(path: Any) -> None:
    assert errors_in(read_document(path)) == []


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("stance", "reject", "$.positions[0].stance"),
        ("stance", "?rejects", "$.positions[0].stance"),
        ("party", "Vladimir Putin", "$.positions[0].party"),
        ("stanse", "rejects", "$.positions[0]"),
        ("citations", [], "$.positions[0].citations"),
        ("date_earliest", "2025-03-18", "$.positions[0]"),
        ("conditions", "one", "$.positions[0].conditions"),
    ],
)
def test_error_of_a_field_is_seen(name: str, value: Any, place: str) -> None:
    bundle = read_document(SECOND)
    bundle["positions"][0][name] = value
    assert errors_in(bundle) == [place]


def test_missing_field_is_seen() -> None:
    bundle = read_document(SECOND)
    del bundle["positions"][0]["summary"]
    assert errors_in(bundle) == ["$.positions[0]"]


def test_second_source_is_seen() -> None:
    bundle = read_document(SECOND)
    assert errors_in(bundle | {"sources": bundle["sources"] * 2}) == ["$.sources"]
    assert errors_in({}) == ["$"]


def test_what_a_draft_leaves_to_decide_is_seen() -> None:
    text = SOURCES[-1].with_suffix(".txt").read_text()
    bundle = parse_yaml(draft_bundle(text, Origin("report"), read_known(None))).data
    places = errors_in(bundle)
    assert "$.sources[0].title" in places
    assert "$.statements[0].id" in places


def test_command_writes_the_schema() -> None:
    assert parse_yaml(CliRunner().invoke(cli, ["schema"]).stdout).data == bundle_schema()
