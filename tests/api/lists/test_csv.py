"""Lists as CSV."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from api.lists.csv import SIGNS, escape_formula
from api.lists.csv_columns import csv_columns
from api.lists.csv_dialect import SEPARATORS, write_columns
from api.openapi.table_schema import table_schema
from schemas import RECORDS
from schemas.fields import SLUG, Slug, VocabularyTerm
from seed.bundles import SEED, load
from tests.support import ROOT
from tests.support.clients import client_of
from tests.support.lists import Fetch, Records, read_csv

PARSERS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def test_csv_has_its_documented_header_and_every_record(client: FlaskClient, plural: str, records: Records) -> None:
    response = client.get(f"/{plural}.csv")
    assert response.content_type == "text/csv; charset=utf-8; header=present"
    rows = list(csv.reader(io.StringIO(response.text, newline="")))
    assert rows[0] == list(csv_columns(RECORDS[plural]))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [row[0] for row in rows[1:]] == [record["id"] for record in records]
    assert response.data.count(b"\r\n") == len(rows)


def test_table_schema_describes_every_column(client: FlaskClient, plural: str) -> None:
    columns = table_schema(RECORDS[plural])["fields"]
    assert [column["name"] for column in columns] == list(csv_columns(RECORDS[plural]))
    rows = read_csv(client, f"/{plural}.csv")
    for column in columns:
        cells = [row[column["name"]] for row in rows]
        assert all(cells) or not column["constraints"]["required"]
        terms = column["constraints"].get("enum")
        for cell in filter(None, cells):
            assert PARSERS[column["type"]](cell) is not None
            assert terms is None or cell in terms


def test_reference_is_an_id_and_a_label(client: FlaskClient, fetch: Fetch) -> None:
    for row in read_csv(client, "/positions.csv"):
        assert row["party_label"] == fetch(f"/parties/{row['party']}")["name"]
        assert row["proposal_label"] == fetch(f"/proposals/{row['proposal']}")["title"]


def test_list_is_one_cell(client: FlaskClient, fetch: Fetch) -> None:
    (row,) = read_csv(client, "/events.csv?id=trump-putin-call")
    event = fetch("/events/trump-putin-call")
    assert row["participants_party"] == " | ".join(item["party"] for item in event["participants"])
    assert row["participants_role"] == " | ".join(item["role"] for item in event["participants"])
    assert row["negotiations"].split(" | ") == event["negotiations"]


def test_no_cell_contains_json(client: FlaskClient, plural: str) -> None:
    for row in read_csv(client, f"/{plural}.csv"):
        assert not any(cell.startswith(("[", "{")) or cell in ("None", "null", "True") for cell in row.values())


def test_csv_accepts_fields_filters_and_sort(client: FlaskClient) -> None:
    rows = read_csv(client, "/positions.csv?party=putin&sort=-stance&fields=stance,party_label")
    assert list(rows[0]) == ["stance", "party_label"]
    assert {row["party_label"] for row in rows} == {"Vladimir Putin"}
    assert [row["stance"] for row in rows] == sorted((row["stance"] for row in rows), reverse=True)


@pytest.mark.parametrize(
    "text", ["=cmd", "+1", "-1", "@handle", "＝cmd", "＋1", "－1", "＠handle", "﹢1", "﹣1", "﹦cmd", "﹫handle"]
)
def test_formula_gets_an_apostrophe(text: str) -> None:
    assert escape_formula(text) == f"'{text}"
    assert escape_formula([text, "x"]) == f"'{text} | x"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a;=1", "a;'=1"),
        ("a\t@b;+1", "a\t'@b;'+1"),
        ("a\r\n-1", "a\r\n'-1"),
        ('a;""=1"', 'a;""\'=1"'),
        ("\n=1", "'\n'=1"),
        ("a,=1", "a,'=1"),
        ("a, -1, b", "a, -1, b"),
        ("a;b", "a;b"),
    ],
)
def test_formula_after_another_separator_gets_an_apostrophe(text: str, escaped: str) -> None:
    assert escape_formula(text) == escaped
    line = write_columns([["x"], [escaped], ["y"]])
    assert not any(part.lstrip('"').startswith(("=", "+", "-", "@")) for part in re.split(r"[,;\t\r\n]", line))


@pytest.mark.parametrize("separator", SEPARATORS.values())
def test_csv_is_as_the_library_writes_it(separator: str) -> None:
    random = Random(5)  # noqa: S311 - not for cryptography
    for width in (1, 1, 2, 5):
        columns = [
            ["".join(random.choices('ab",;\t\r\n', k=random.randrange(4))) for _ in range(200)] for _ in range(width)
        ]
        written = io.StringIO()
        csv.writer(written, delimiter=separator).writerows(zip(*columns, strict=True))
        assert write_columns(columns, separator) == written.getvalue()


def test_number_and_other_text_get_no_apostrophe() -> None:
    assert [escape_formula(value) for value in (-21.54, "a=b", None, True)] == ["-21.54", "a=b", "", "true"]


@pytest.mark.parametrize(("name", "escaped"), [("@putin", "'@putin"), ("putin;=1", "putin;'=1")])
def test_data_package_has_no_apostrophe(own: Path, tmp_path: Path, name: str, escaped: str) -> None:
    bundle = tmp_path / "formula.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle.write_text(text.replace("name: Vladimir Putin", f"name: '{name}'"))
    load([bundle], own)
    client = client_of(own)
    assert read_csv(client, "/parties.csv?id=putin")[0]["name"] == escaped
    package = ZipFile(io.BytesIO(client.get("/export/readout.zip").data))
    rows = csv.DictReader(io.StringIO(package.read("parties.csv").decode(), newline=""))
    assert [row["name"] for row in rows if row["id"] == "putin"] == [name]


def test_description_explains_the_apostrophe(client: FlaskClient) -> None:
    assert "apostrophe" in client.get("/openapi.json").get_json()["info"]["description"]


def test_term_has_its_label_and_a_stance_its_side(client: FlaskClient, plural: str) -> None:
    terms = {name: column.field for name, column in csv_columns(RECORDS[plural]).items()}
    for row in read_csv(client, f"/{plural}.csv"):
        for name, field in terms.items():
            if isinstance(field, VocabularyTerm):
                named = [field.vocabulary.terms[term] for term in row[name].split(" | ") if term]
                assert row[f"{name}_label"] == " | ".join(term.label for term in named)
                assert row.get(f"{name}_side", "") == " | ".join(term.side for term in named if term.side)


def test_days_are_dates_for_programs(client: FlaskClient) -> None:
    rows = read_csv(client, "/positions.csv")
    days = [(row["date_earliest"], row["date_latest"]) for row in rows]
    assert all(date.fromisoformat(day) for pair in days for day in pair if day)
    assert len([1 for first, last in days if first and last and first <= last]) > len(rows) / 2


def test_chart_in_the_documentation_uses_columns_that_exist() -> None:
    code = (ROOT / "docs" / "querying.md").read_text().partition("```python\n")[2].partition("```")[0]
    assert len([line for line in code.splitlines() if line]) == 8
    named = {one or other for one, other in re.findall(r'rows\.(\w+)|"(date_\w+)"', code)}
    assert {"stance_side", "date_latest"} <= named <= csv_columns(RECORDS["positions"]).keys()


def test_columns_without_a_guard_cannot_hold_a_formula() -> None:
    """They hold ids, terms or words for terms; what sources say is guarded, names of referenced records included."""
    assert not any(re.fullmatch(SLUG, text) for sign in SIGNS for text in (f"{sign}a", f"a;{sign}a", f"a,{sign}a"))
    closed = [column for record in RECORDS.values() for column in csv_columns(record).values() if not column.is_free]
    for column in closed:
        field = column.field
        words = [*(column.words or {}).values(), *(field.vocabulary.terms if isinstance(field, VocabularyTerm) else ())]
        assert words or isinstance(field, Slug), column.name
        assert [escape_formula(word) for word in words] == words
    assert {"kind", "kind_label", "party", "id"} <= {column.name for column in closed}
