"""The accounts of an issue or an event: side by side, quoted exactly, and silence marked as silence."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from seed.bundles import load
from tests.support import ROOT

Fetch = Callable[..., Any]
CALL = "/events/trump-putin-call/accounts"
ENERGY = "/issues/energy-strikes/accounts"
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


@pytest.mark.parametrize("path", [CALL, ENERGY])
def test_every_account_has_a_column_in_every_issue(fetch: Fetch, path: str) -> None:
    accounts = fetch(path)
    names = [account["account"] for account in accounts["accounts"]]
    assert {"kremlin", "white-house", "witkoff"} <= set(names)
    for issue in accounts["issues"]:
        assert [column["account"] for column in issue["accounts"]] == names


def test_account_is_silent_only_without_any_record(fetch: Fetch) -> None:
    for issue in fetch(CALL)["issues"]:
        for column in issue["accounts"]:
            types = ("statements", "proposals", "positions")
            records = [
                one["id"]
                for type in types
                for one in fetch(f"/{type}?issue={issue['issue']}&account={column['account']}&limit=500")["data"]
            ]
            assert not (column["silent"] and records), (issue["issue"], column["account"])
            assert column["silent"] == (not column["records"] and not column["elsewhere"])


def test_article_is_not_silent_on_energy_and_witkoff_not_on_next_steps(fetch: Fetch) -> None:
    silent = {
        (issue["issue"], column["account"])
        for issue in fetch(CALL)["issues"]
        for column in issue["accounts"]
        if column["silent"]
    }
    for pair in (
        ("energy-strikes", "trump-putin-call-article"),
        ("general-ceasefire", "trump-putin-call-article"),
        ("general-ceasefire", "witkoff"),
        ("next-steps", "witkoff"),
    ):
        assert pair not in silent


def test_quotes_are_those_of_the_records(fetch: Fetch) -> None:
    statements = {record["id"]: record for record in fetch("/statements?limit=500")["data"]}
    entries = [
        entry
        for issue in fetch(CALL)["issues"]
        for column in issue["accounts"]
        for entry in column["records"] + column["elsewhere"]
    ]
    assert any(entry["quote"] for entry in entries)
    for entry in entries:
        assert entry["attribution"]
        if entry["type"] == "statements":
            assert entry["quote"] == statements[entry["id"]]["quote"]


def test_contrasts_are_listed_once(fetch: Fetch) -> None:
    (energy,) = fetch(ENERGY)["issues"]
    pairs = [frozenset(contrast["statements"]) for contrast in energy["contrasts"]]
    assert {"kremlin-reacted-positively", "white-house-energy-ceasefire"} in pairs
    assert len(pairs) == len(set(pairs))


def test_issue_includes_its_parts(fetch: Fetch) -> None:
    issues = [issue["issue"] for issue in fetch("/issues/general-ceasefire/accounts")["issues"]]
    assert issues == ["general-ceasefire", "general-ceasefire-terms"]


def test_filter_narrows_without_inventing_silence(fetch: Fetch) -> None:
    (energy,) = fetch(f"{ENERGY}?account=kremlin")["issues"]
    assert [column["account"] for column in energy["accounts"]] == ["kremlin"]
    (energy,) = fetch(f"{ENERGY}?paragraph=11")["issues"]
    assert not any(column["silent"] for column in energy["accounts"])


def test_csv_has_a_row_for_each_record_and_silence(client: FlaskClient, fetch: Fetch) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{CALL}.csv").text)))
    columns = [column for issue in fetch(CALL)["issues"] for column in issue["accounts"]]
    assert len([row for row in rows if row["silent"] == "true"]) == sum(column["silent"] for column in columns)
    assert all(row["attribution"] for row in rows if row["silent"] == "false")


@pytest.mark.parametrize("width", [60, 100])
def test_text_fits_the_width(client: FlaskClient, width: int) -> None:
    lines = client.get(f"{CALL}.txt?width={width}").text.splitlines()
    assert max(map(len, lines)) <= width


def test_two_sources_are_named(own: Path) -> None:
    load([SECOND], own)
    text = create_app(database=str(own)).test_client().get("/issues/general-ceasefire/accounts.txt").text
    assert "invented-article ¶2" in text
    assert "trump-putin-call-article ¶3" in text


def test_unknown_issue_is_404(client: FlaskClient) -> None:
    assert client.get("/issues/energy-strike/accounts").status_code == 404
