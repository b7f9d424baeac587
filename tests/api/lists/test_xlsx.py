"""Spreadsheets: the same content as CSV, in typed cells."""

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from api.lists import xlsx
from schemas.record import DAY_FIELDS
from tests.support.lists import read_csv
from tests.support.small_bundles import PARTIES, base, load_bundles

VIEWS = ["matrix", "matrix?layout=long", "compare?accounts=kremlin,white-house", "coverage", "search?q=ceasefire"]


def read_sheet(client: FlaskClient, path: str) -> Worksheet:
    name, _, query = path.partition("?")
    response = client.get(f"/{name}.xlsx?{query}")
    assert (response.status_code, response.content_type) == (200, xlsx.XLSX), response.text
    sheet = load_workbook(io.BytesIO(response.data)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def as_text(value: Any) -> str:
    """Return the value of a cell as CSV writes it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def assert_same_as_csv(client: FlaskClient, path: str) -> None:
    name, _, query = path.partition("?")
    rows = read_csv(client, f"/{name}.csv?{query}")
    header, *cells = read_sheet(client, path).iter_rows(values_only=True)
    assert [dict(zip(header, map(as_text, row), strict=True)) for row in cells] == rows
    assert header == tuple(client.get(f"/{name}.csv?{query}").text.splitlines()[0].split(","))


def test_list_is_that_of_csv(client: FlaskClient, plural: str) -> None:
    assert_same_as_csv(client, plural)


@pytest.mark.parametrize("path", VIEWS)
def test_view_is_that_of_csv(client: FlaskClient, path: str) -> None:
    assert_same_as_csv(client, path)


def test_cells_have_types(client: FlaskClient) -> None:
    header, first, *_ = read_sheet(client, "positions?sort=date").iter_rows()
    cells = {str(name.value): cell for name, cell in zip(header, first, strict=True)}
    assert all(cells[name].is_date and isinstance(cells[name].value, datetime) for name in DAY_FIELDS)
    assert cells["explicit"].value is True
    assert cells["revision"].value == 1
    assert cells["url"].hyperlink.target == cells["url"].value
    assert cells["date"].value == "2024"  # not a number: EDTF is text


def test_header_stays_filters_and_explains(client: FlaskClient) -> None:
    sheet = read_sheet(client, "positions")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", sheet.dimensions)
    notes = {str(cell.value): cell.comment.text for cell in sheet[1] if cell.comment}
    assert "inferred" in notes["explicit"]


@pytest.mark.parametrize("path", ["matrix?layout=long", "issues/energy-strikes/standing"])
def test_view_of_positions_links_and_explains(client: FlaskClient, path: str) -> None:
    sheet = read_sheet(client, path)
    header, first, *_ = sheet.iter_rows()
    notes = {str(cell.value): cell.comment.text for cell in header if cell.comment}
    assert "inferred" in notes["explicit"]
    assert "date_basis" in notes
    cells = {str(name.value): cell for name, cell in zip(header, first, strict=True)}
    assert cells["url"].hyperlink.target == cells["url"].value
    assert client.get(str(cells["url"].value)).get_json()["id"] == cells["position"].value


def test_same_revision_is_the_same_bytes(client: FlaskClient) -> None:
    one, other = client.get("/positions.xlsx"), client.get("/positions.xlsx", headers={"Accept-Encoding": "gzip"})
    assert one.data == other.data
    assert one.headers["ETag"] == other.headers["ETag"]


def test_accept_selects_it(client: FlaskClient) -> None:
    assert client.get("/parties", headers={"Accept": xlsx.XLSX}).data == client.get("/parties.xlsx").data


def test_text_stays_text(tmp_path: Path) -> None:
    texts = ["=1+1", "007", "2025-03-18", "https://example.org/"]
    parties = [{"id": f"party-{number}", "name": text} for number, text in enumerate(texts)]
    sheet = read_sheet(
        load_bundles(tmp_path / "readout.db", base(parties=[*PARTIES, *parties])), "parties?fields=id,name"
    )
    cells = {cell.value: cell for _, cell in sheet.iter_rows(min_row=2)}
    assert all(cells[text].data_type == "s" and cells[text].hyperlink is None for text in texts)


def test_day_before_the_calendars_of_spreadsheets_is_text(tmp_path: Path) -> None:
    client = load_bundles(
        tmp_path / "readout.db", base(events=[{"id": "old", "date": "1814-09-18", "date_basis": "stated"}])
    )
    rows = read_sheet(client, "events?id=old&fields=date_earliest").iter_rows(min_row=2, values_only=True)
    assert [*rows] == [("1814-09-18",)]
    assert date(1814, 9, 18) < xlsx.FIRST_DATE


@pytest.mark.parametrize("path", ["/parties.xlsx", "/coverage.xlsx"])
def test_too_many_rows_are_rejected(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 1)
    response = client.get(path)
    assert response.status_code == 400
    assert "a spreadsheet has at most 1. Add a filter, or use .csv." in response.get_json(force=True)["detail"]


def test_long_cell_is_cut_visibly(tmp_path: Path) -> None:
    names = [f"{'x' * 190} {number}" for number in range(200)]
    sheet = read_sheet(
        load_bundles(tmp_path / "r.db", base(parties=[*PARTIES, {"id": "many", "name": "Many", "aliases": names}])),
        "parties?id=many",
    )
    longest = max((str(cell.value) for cell in sheet[2]), key=len)
    assert len(longest) == xlsx.MAX_CELL_LENGTH
    assert longest.endswith("…")
