"""frictionless, csvclean and icalendar: the files that people open elsewhere."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import httpx
import icalendar
import pytest

from api.calendars import ENTRIES
from schemas import RECORDS
from schemas.describe import table_schema
from tests.judges.conftest import Run

SECONDS = 30


@pytest.fixture(params=list(RECORDS))
def table(server: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The CSV of a type, as it is downloaded."""
    path = tmp_path / f"{request.param}.csv"
    path.write_bytes(httpx.get(f"{server}/{request.param}.csv", timeout=SECONDS).content)
    return path


def test_frictionless_finds_every_csv_as_its_schema_says(table: Path) -> None:
    schema: Any = frictionless.Schema.from_descriptor(table_schema(RECORDS[table.stem]))
    report = frictionless.Resource(path=table.name, basepath=str(table.parent), schema=schema).validate()
    assert report.valid, report.to_summary()
    assert report.tasks[0].stats["rows"] == len(list(csv.DictReader(io.StringIO(table.read_text(), newline=""))))


def test_csvclean_has_nothing_to_clean(table: Path, run: Run) -> None:
    told = run("csvclean", "--length-mismatch", table)
    assert told.code == 0, told.text
    assert list(csv.reader(io.StringIO(told.text, newline=""))) == list(
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
