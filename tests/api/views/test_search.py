"""Search goes over everything, and coverage says what everything rests on."""

import csv
import io
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

Fetch = Callable[..., Any]


def test_search_goes_over_every_type_with_the_hits_marked(fetch: Fetch) -> None:
    found = fetch("/search?q=energy&limit=100")
    assert found["page"]["total"] == sum(one["count"] for one in found["facets"]["type"]) == len(found["data"])
    assert {hit["type"] for hit in found["data"]} >= {"events", "proposals", "positions", "statements"}
    assert all("**" in hit["snippet"] for hit in found["data"])
    assert {hit["type"] for hit in fetch("/search?q=energy&type=events")["data"]} == {"events"}


def test_search_puts_the_best_match_first(fetch: Fetch) -> None:
    assert fetch("/search?q=ice+hockey")["data"][0]["id"].find("hockey") >= 0


def test_a_search_for_nothing_is_refused(client: FlaskClient) -> None:
    for query in ("", "?q=", "?q=!!"):
        assert client.get(f"/search{query}").status_code == 400


def test_coverage_counts_every_citation_and_names_what_is_not_cited(client: FlaskClient, fetch: Fetch) -> None:
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
