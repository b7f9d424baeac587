"""Coverage lists which records cite each paragraph of a source."""

import csv
import io
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

Fetch = Callable[..., Any]


def test_coverage_lists_cited_and_uncited_paragraphs(client: FlaskClient, fetch: Fetch) -> None:
    (source,) = fetch("/coverage?source=trump-putin-call-article")["data"]
    assert source["uncited"] == [29]
    assert [paragraph["paragraph"] for paragraph in source["paragraphs"]] == list(range(1, 30))
    for paragraph in source["paragraphs"]:
        for citing in paragraph["cited_by"][:2]:
            numbers = [citation["paragraph"] for citation in fetch(citing["url"])["citations"]]
            assert paragraph["paragraph"] in numbers
    rows = list(
        csv.DictReader(io.StringIO(client.get("/coverage.csv?source=trump-putin-call-article").text, newline=""))
    )
    assert next(row for row in rows if row["paragraph"] == "29")["id"] == ""


def test_account_and_issue_select_the_records_that_count(fetch: Fetch) -> None:
    everything, (kremlin,) = fetch("/coverage")["data"][0], fetch("/coverage?account=kremlin")["data"]
    cited_by = [record for paragraph in kremlin["paragraphs"] for record in paragraph["cited_by"]]
    assert cited_by
    for record in cited_by:
        assert "kremlin" in fetch(f"/{record['type']}/{record['id']}")["accounts"]
    assert set(kremlin["uncited"]) > set(everything["uncited"])
    (sport,) = fetch("/coverage?issue=sport")["data"]
    types = {record["type"] for paragraph in sport["paragraphs"] for record in paragraph["cited_by"]}
    assert types == {"issues", "proposals", "positions", "statements"}


def test_text_names_the_records_of_each_paragraph(client: FlaskClient) -> None:
    text = client.get("/coverage.txt?width=80").text
    assert "¶29  no record rests on it" in text
    assert "¶24  negotiations/us-russia-relations, issues/sport, events/kremlin-readout," in text
    assert max(map(len, text.splitlines())) <= 80
