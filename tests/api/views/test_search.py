"""Search covers all record types."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Fetch = Callable[..., Any]


def test_search_covers_every_type_and_marks_hits(fetch: Fetch) -> None:
    hits = fetch("/search?q=energy&limit=100")
    assert hits["page"]["total"] == sum(one["count"] for one in hits["facets"]["type"]) == len(hits["data"])
    assert {hit["type"] for hit in hits["data"]} >= {"events", "proposals", "positions", "statements"}
    assert all("**" in hit["snippet"] for hit in hits["data"])
    assert {hit["type"] for hit in fetch("/search?q=energy&type=events")["data"]} == {"events"}


def test_missing_words_are_named_with_an_example(client: FlaskClient) -> None:
    (error,) = client.get("/search").get_json(force=True)["errors"]
    assert (error["parameter"], error["detail"]) == ("q", "Missing. Write a value, as in q=ceasefire.")


def test_best_match_is_first(fetch: Fetch) -> None:
    assert fetch("/search?q=ice+hockey")["data"][0]["id"].find("hockey") >= 0


def test_search_without_words_is_rejected(client: FlaskClient) -> None:
    for query in ("", "?q=", "?q=!!"):
        assert client.get(f"/search{query}").status_code == 400


@pytest.mark.parametrize(
    ("q", "suggestion"),
    [
        ("Zelensky", "Zelenskyy"),
        ("cease-fire kremlin", "ceasefire kremlin"),
        ("hockey volleyball", None),
        ("energy", None),
        ("xyzzyx", None),
    ],
)
def test_search_without_hits_suggests_words_that_occur(fetch: Fetch, q: str, suggestion: str | None) -> None:
    result = fetch(f"/search?q={q}")
    assert result["did_you_mean"] == suggestion
    if suggestion:
        assert result["page"]["total"] == 0
        assert fetch(f"/search?q={suggestion}")["page"]["total"] > 0
