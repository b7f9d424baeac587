"""pandas, Polars and DuckDB: lists read from their URLs, and the Python of docs/querying.md."""

import runpy
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_httpfs
import httpx
import pandas as pd
import polars as pl
import pytest

from schemas import RECORDS
from tests.support.doc_examples import BASE, code_blocks

MAX_CHART_LINES = 8
CODES = ["010", "040", "045"]
"""CAMEO codes of events in the article, each with its zero."""


@pytest.fixture(scope="module")
def totals(server: str) -> dict[str, int]:
    """Return the number of records of each type."""
    return {plural: httpx.get(f"{server}/{plural}?limit=1").json()["page"]["total"] for plural in RECORDS}


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """Return a connection of DuckDB that reads URLs."""
    (extension,) = Path(str(duckdb_extension_httpfs.__file__)).parent.glob("extensions/*/httpfs.duckdb_extension")
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    return connection


def run_example(section: str, server: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the Python of a section in a folder and return its variables."""
    (code,) = code_blocks("docs/querying.md", section, "python")
    (folder / "example.py").write_text(code.replace(BASE, server))
    monkeypatch.chdir(folder)
    return runpy.run_path("example.py")


@pytest.mark.parametrize("plural", list(RECORDS))
def test_pandas_and_polars_read_every_list(server: str, totals: dict[str, int], plural: str) -> None:
    url = f"{server}/{plural}"
    assert len(pd.read_csv(f"{url}.csv")) == totals[plural]
    assert len(pd.read_csv(f"{url}.csv?bom=true&sep=;", sep=";")) == totals[plural]
    assert len(pl.read_csv(f"{url}.csv", infer_schema_length=None)) == totals[plural]
    if totals[plural]:  # Polars cannot infer the columns of an empty file
        assert len(pl.scan_ndjson(f"{url}.ndjson", infer_schema_length=None).collect()) == totals[plural]


@pytest.mark.parametrize("plural", list(RECORDS))
def test_duckdb_reads_every_list(
    server: str, totals: dict[str, int], connection: duckdb.DuckDBPyConnection, plural: str
) -> None:
    for source in (f"'{server}/{plural}.csv'", f"read_json('{server}/{plural}.ndjson')"):
        assert connection.sql(f"select count(*) from {source}").fetchone() == (totals[plural],)


def test_duckdb_writes_parquet(server: str, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    connection.sql(f"copy (from '{server}/positions.csv') to '{tmp_path}/positions.parquet'")
    written = pl.read_parquet(tmp_path / "positions.parquet")
    assert written.equals(pl.read_csv(f"{server}/positions.csv", try_parse_dates=True), null_equal=True)


def test_days_are_dates_and_codes_keep_their_zeros(server: str, connection: duckdb.DuckDBPyConnection) -> None:
    positions = pl.read_csv(f"{server}/positions.csv", try_parse_dates=True)
    assert (positions.schema["date_earliest"], positions.schema["date_latest"]) == (pl.Date, pl.Date)
    (latest,) = connection.sql(f"select max(date_latest) from '{server}/positions.csv'").fetchall()
    assert latest == (positions["date_latest"].max(),)
    assert isinstance(latest[0], date)
    frame = pd.read_csv(f"{server}/events.csv", dtype={"codes_cameo": str}, parse_dates=["date_earliest"])
    assert set(CODES) <= set(frame.codes_cameo)
    assert frame.date_earliest.dtype.kind == "M"
    codes = connection.sql(f"select codes_cameo from '{server}/events.csv' where codes_cameo is not null").fetchall()
    assert {(code,) for code in CODES} <= set(codes)


def test_chart_of_positions_takes_eight_lines(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    chart = run_example("## Formats", server, tmp_path, monkeypatch)
    assert len([line for line in (tmp_path / "example.py").read_text().splitlines() if line]) <= MAX_CHART_LINES
    labels = {label.get_text() for label in chart["axes"].get_yticklabels()}
    assert "Vladimir Putin: is noncommittal (the article)" in labels
    assert labels == set(chart["label"])
    assert chart["colour"].notna().all()
    assert (tmp_path / "positions.png").read_bytes().startswith(b"\x89PNG")


def test_research_database_is_read_as_shown(
    server: str, totals: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "readout.db").write_bytes(httpx.get(f"{server}/export/readout.db").content)
    positions = run_example("## Research", server, tmp_path, monkeypatch)["positions"]
    assert len(positions) == totals["positions"]
    assert positions.attribution.notna().all()
    assert positions.date_earliest.dtype.kind == "M"
