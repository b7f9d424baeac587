"""The separator of CSV, and its byte order mark."""

import csv
import io

import pytest
from flask.testing import FlaskClient

PATHS = ["/parties.csv", "/timeline.csv", "/matrix.csv", "/search.csv?q=ceasefire", "/coverage.csv"]
SEPARATORS = [("%2C", ","), (";", ";"), ("%3B", ";"), ("tab", "\t")]


def read_rows(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(("value", "separator"), SEPARATORS)
@pytest.mark.parametrize("path", PATHS)
def test_separator_changes_no_cell(client: FlaskClient, path: str, value: str, separator: str) -> None:
    text = client.get(f"{path}{'&' if '?' in path else '?'}sep={value}").text
    assert text.partition("\r\n")[0].count(separator) > 1
    assert read_rows(text, separator) == read_rows(client.get(path).text)


@pytest.mark.parametrize("path", PATHS)
def test_byte_order_mark_comes_first(client: FlaskClient, path: str) -> None:
    marked = client.get(f"{path}{'&' if '?' in path else '?'}bom=true").data
    assert marked == b"\xef\xbb\xbf" + client.get(path).data


@pytest.mark.parametrize("path", ["/parties.csv", "/matrix.csv"])
@pytest.mark.parametrize(("query", "message"), [("sep=%7C", "`,`, `;` or `tab`"), ("bom=1", "true or false")])
def test_other_values_are_rejected(client: FlaskClient, path: str, query: str, message: str) -> None:
    response = client.get(f"{path}?{query}")
    assert response.status_code == 400
    (error,) = response.get_json(force=True)["errors"]
    assert error["parameter"] == query.partition("=")[0]
    assert message in error["detail"]


@pytest.mark.parametrize(("value", "meant"), [("semicolon", ";"), ("%09", "tab"), ("|", None)])
def test_separator_that_was_meant_is_suggested(client: FlaskClient, value: str, meant: str | None) -> None:
    (error,) = client.get(f"/parties.csv?sep={value}").get_json(force=True)["errors"]
    assert (error["allowed"], error["did_you_mean"]) == ([",", ";", "tab"], meant)


@pytest.mark.parametrize("path", ["/parties", "/parties.xlsx", "/parties.ndjson", "/matrix.json", "/matrix.xlsx"])
def test_other_formats_have_no_separator(client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}?sep=;")
    assert response.status_code == 400
    assert "Unknown parameter" in response.get_json(force=True)["errors"][0]["detail"]
