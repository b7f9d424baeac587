"""frictionless, csvclean and icalendar: files as other programs read them."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import httpx
import icalendar
import pytest

from api.lists.icalendar import ENTRIES
from api.openapi.table_schema import table_schema
from schemas import RECORDS
from tests.conformance.conftest import Run

SECONDS = 30
VIEWS = [
    "/matrix.csv",
    "/matrix.csv?layout=long",
    "/timeline.csv",
    "/search.csv?q=ceasefire",
    "/coverage.csv",
    "/events/trump-putin-call/accounts.csv",
]


@pytest.fixture(params=list(RECORDS))
def table(server: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of a downloaded CSV."""
    path = tmp_path / f"{request.param}.csv"
    path.write_bytes(httpx.get(f"{server}/{request.param}.csv", timeout=SECONDS).content)
    return path


def test_frictionless_validates_every_csv(table: Path) -> None:
    schema: Any = frictionless.Schema.from_descriptor(table_schema(RECORDS[table.stem]))
    report = frictionless.Resource(path=table.name, basepath=str(table.parent), schema=schema).validate()
    assert report.valid, report.to_summary()
    assert report.tasks[0].stats.get("rows", 0) == len(list(csv.DictReader(io.StringIO(table.read_text(), newline=""))))


@pytest.mark.parametrize("path", VIEWS)
def test_csvclean_passes_for_views(server: str, run: Run, tmp_path: Path, path: str) -> None:
    table = tmp_path / "view.csv"
    table.write_bytes(httpx.get(server + path, timeout=SECONDS).content)
    test_csvclean_passes_for_lists(table, run)


def test_frictionless_validates_the_data_package(server: str, tmp_path: Path) -> None:
    content = httpx.get(f"{server}/export/readout.zip", timeout=SECONDS).content
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.to_summary()
    assert len(report.tasks) >= len(RECORDS)


def test_csvclean_passes_for_lists(table: Path, run: Run) -> None:
    result = run("csvclean", "--length-mismatch", table)
    assert result.code == 0, result.text
    assert list(csv.reader(io.StringIO(result.text, newline=""))) == list(
        csv.reader(io.StringIO(table.read_text("utf-8"), newline=""))
    )


@pytest.mark.parametrize("plural", list(ENTRIES))
def test_icalendar_reads_every_calendar(server: str, plural: str) -> None:
    text = httpx.get(f"{server}/{plural}.ics", timeout=SECONDS).text
    calendar: Any = icalendar.Calendar.from_ical(text)
    entries = calendar.walk("VEVENT")
    assert entries
    assert len({entry["UID"] for entry in entries}) == len(entries)
    for entry in entries:
        assert isinstance(entry.decoded("DTSTART"), date)
        assert entry.decoded("DTSTART") < entry.decoded("DTEND")
        assert not entry.errors
