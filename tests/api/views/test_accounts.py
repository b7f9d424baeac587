"""The accounts of one event: side by side, quoted exactly, and silence marked as silence."""

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
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def test_accounts_of_the_call_are_side_by_side(fetch: Fetch) -> None:
    accounts = fetch(CALL)
    assert {"kremlin", "white-house", "witkoff", "trump", "source"} == set(accounts["accounts"])
    for topic in accounts["topics"]:
        assert [one["account"] for one in topic["accounts"]] == accounts["accounts"]
        assert not all(one["silent"] for one in topic["accounts"])


def test_silence_is_explicit_and_explained(fetch: Fetch) -> None:
    accounts = fetch(CALL)
    (support,) = (topic for topic in accounts["topics"] if topic["topic"] == "foreign_support")
    silent = {one["account"] for one in support["accounts"] if one["silent"]}
    assert "white-house" in silent
    assert "kremlin" not in silent
    assert "silence here is not silence there" in accounts["silence"]


def test_quotes_of_each_account_are_exact(fetch: Fetch) -> None:
    statements = {one["id"]: one for one in fetch("/statements?limit=500")["data"]}
    for topic in fetch(CALL)["topics"]:
        for account in topic["accounts"]:
            for statement in account["statements"]:
                assert statement["quote"] == statements[statement["statement"]]["quote"]
                assert statements[statement["statement"]]["topic"] == topic["topic"]


def test_contrasts_are_listed_once(fetch: Fetch) -> None:
    by_topic = [[frozenset(one["statements"]) for one in topic["contrasts"]] for topic in fetch(CALL)["topics"]]
    assert any({"kremlin-reacted-positively", "white-house-energy-ceasefire"} in pairs for pairs in by_topic)
    assert all(len(pairs) == len(set(pairs)) for pairs in by_topic)


def test_accounts_csv_has_a_row_for_each_silence(client: FlaskClient, fetch: Fetch) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{CALL}.csv").text, newline="")))
    silences = [one for topic in fetch(CALL)["topics"] for one in topic["accounts"] if one["silent"]]
    assert sum(row["silent"] == "true" for row in rows) == len(silences)
    assert max(map(len, client.get(f"{CALL}.txt").text.split("Contrasts")[0].splitlines())) <= 120


def test_accounts_from_two_sources_name_the_source(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    topic = "    topic: full_ceasefire\n"
    bundle.write_text(SECOND.read_text().replace(topic, f"{topic}    about: witkoff-hannity-interview\n"))
    load([bundle], own)
    text = create_app(database=str(own)).test_client().get("/events/witkoff-hannity-interview/accounts.txt").text
    assert "trump-putin-call-article ¶ 1" in text
    assert "invented-article ¶ 2" in text


@pytest.mark.parametrize("path", ["/events/trump-putin-cal/accounts", "/proposals/full-truse/standing"])
def test_view_of_unknown_record_suggests_the_nearest(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "Did you mean" in response.get_json(force=True)["detail"]
