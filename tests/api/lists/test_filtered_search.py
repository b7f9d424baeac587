"""Searches with filters find the records that the search and the filters each find alone."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.lists import list_query
from api.lists.corrections import SEARCHED
from api.lists.filters import MAX_RANKED
from seed.life import withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship

WORDS = ("the", "ceasefire OR energy", "Russia -energy", '"in the"', "strik*", "unknownword")
FILTERS = {
    "/events": ("party=putin", "kind__not=call", "since=2025-03-01&until=2025-03-31", "party=putin,trump&since=2025"),
    "/statements": ("speaker=trump", "account=kremlin", "source=trump-putin-call-article&paragraph=3", "on=2025-03-18"),
    "/positions": ("stance=accepts,rejects", "as_of=2025-03-18", "party=ukraine&explicit=true", "party__not=ukraine"),
    "/timeline": ("party=putin", "issue=energy-strikes", "type__not=events", "account=kremlin&since=2025-03-10"),
}
SORTED = [
    *(("/statements", sort) for sort in ("date", "-date", "revision", "id", "-event", "-channel,date")),
    *(("/timeline", sort) for sort in ("date", "-date", "title", "-type,date")),
]
SHARED_FILTERS = (
    "party=putin",
    "account=kremlin",
    "issue=energy-strikes",
    "source=trump-putin-call-article&paragraph=3",
)


FILES = [("large", 0), ("large", 5), ("large", MAX_RANKED), ("database", 0), ("database", MAX_RANKED)]
"""Fixtures, and how many matches are ranked and tested one by one."""


@pytest.mark.parametrize(("file", "max_ranked"), FILES)
def test_matches_of_lists(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, file: str, max_ranked: int
) -> None:
    client = client_of(request.getfixturevalue(file))
    monkeypatch.setattr(list_query, "MAX_RANKED", max_ranked)
    for path, conditions in FILTERS.items():
        filtered = {condition: records(client, path, condition) for condition in conditions}
        for words in WORDS:
            ranked = records(client, path, f"q={quote(words)}")
            for condition in conditions:
                found = records(client, path, f"q={quote(words)}&{condition}")
                expected = [url for url in ranked if url in filtered[condition]]
                assert sorted(found) == sorted(expected), (condition, words)
                if max_ranked == MAX_RANKED:
                    assert found == expected, (condition, words)


@pytest.mark.parametrize(("file", "max_ranked"), FILES)
def test_matches_of_all_types(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, file: str, max_ranked: int
) -> None:
    client = client_of(request.getfixturevalue(file))
    monkeypatch.setattr(list_query, "MAX_RANKED", max_ranked)
    searched = {words: of_each_type(client, f"q={quote(words)}") for words in WORDS}
    for condition in SHARED_FILTERS:
        filtered = of_each_type(client, condition) | {"sources": set()}  # cited by such records, but not among them
        for words in WORDS:
            found = client.get(f"/search?q={quote(words)}&{condition}&limit=100").get_json()
            counts = {count["value"]: count["count"] for count in found["facets"]["type"]}
            expected = {plural: len(searched[words][plural] & filtered[plural]) for plural in SEARCHED}
            assert counts == {plural: count for plural, count in expected.items() if count}, (condition, words)
            assert len(found["data"]) == min(found["page"]["total"], 100)


@pytest.mark.parametrize(
    ("file", "max_ranked"),
    [pytest.param("large", 0, marks=pytest.mark.slow), ("large", 5), ("database", MAX_RANKED)],
)
@pytest.mark.parametrize(("path", "sort"), SORTED)
def test_matches_are_sorted(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, file: str, max_ranked: int, path: str, sort: str
) -> None:
    """Many are found by following an index, a few are sorted."""
    client = client_of(request.getfixturevalue(file))
    monkeypatch.setattr(list_query, "MAX_RANKED", max_ranked)
    everything = records(client, path, f"sort={sort}")
    for words in ("", *(f"q={quote(words)}&" for words in WORDS)):
        for condition in ("", *FILTERS[path]):
            query = f"{words}{condition}"
            matching = find(client, max_ranked, path, query)
            found = records(client, path, f"{query}&sort={sort}")
            assert found == [url for url in everything if url in matching], query
            assert streamed(client, f"{path}.ndjson?{query}&sort={sort}") == found
            assert backwards(client, f"{path}?{query}&sort={sort}&limit=3") == found[:6]


@pytest.mark.parametrize("path", FILTERS)
def test_facets_of_many_matches(large: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Many are counted with bitmaps, a few by SQL."""
    client = client_of(large)
    names = {
        "/events": "kind,status",
        "/statements": "form,channel",
        "/positions": "stance,explicit",
        "/timeline": "type",
    }
    queries = [f"{words}{condition}" for words in ("", "q=the&", "q=strik*&") for condition in ("", *FILTERS[path])]
    counted = []
    for max_ranked in (MAX_RANKED, 0):
        monkeypatch.setattr(list_query, "MAX_RANKED", max_ranked)
        counted.append([client.get(f"{path}?{query}&facet={names[path]}").get_json()["facets"] for query in queries])
    assert counted[0] == counted[1]
    assert len({str(facets) for facets in counted[0]}) > 5


@cache
def client_of(database: Path) -> FlaskClient:
    """Return a client of an application that the tests of one database share."""
    return create_app(database=str(database)).test_client()


@cache
def find(client: FlaskClient, max_ranked: int, path: str, query: str) -> frozenset[str]:
    """Return the URLs of all records that match with this MAX_RANKED, which tests of different orders share."""
    return frozenset(records(client, path, query))


def streamed(client: FlaskClient, path: str) -> list[str]:
    """Return the URLs of the records in a stream."""
    return [json.loads(line)["url"] for line in client.get(path).text.splitlines()]


def backwards(client: FlaskClient, path: str) -> list[str]:
    """Return the URLs of the first two pages, after going to the third and back."""
    first = client.get(path).get_json()
    second = client.get(first["page"]["next"]).get_json() if first["page"]["next"] else {"data": [], "page": {}}
    if third := second["page"].get("next"):
        second = client.get(client.get(third).get_json()["page"]["previous"]).get_json()
        first = client.get(second["page"]["previous"]).get_json()
    return [record["url"] for page in (first, second) for record in page["data"]]


def of_each_type(client: FlaskClient, query: str) -> dict[str, set[str]]:
    """Return the URLs of the records of each type that match; none if the type lacks the filter."""
    found = {}
    for plural in SEARCHED:
        own = query.replace("issue=", "id=") if plural == "issues" else query
        own = own.replace("party=", "id=") if plural == "parties" else own
        own = own.replace("source=", "id=") if plural == "sources" else own
        answer = client.get(f"/{plural}?{own}&limit=200").get_json()
        found[plural] = {record["url"] for record in answer.get("data", ())}
    return found


def records(client: FlaskClient, path: str, query: str) -> list[str]:
    """Return the URLs of all records that match, in order, after checking that each page has their total."""
    pages = [client.get(f"{path}?{query}&limit=20").get_json()]
    while following := pages[-1]["page"]["next"]:
        pages.append(client.get(following).get_json())
    urls = [record["url"] for page in pages for record in page["data"]]
    assert {page["page"]["total"] for page in pages} == {len(urls)}
    return urls


def test_past_revision_has_other_keys(own: Path) -> None:
    """The bitmaps of a filter that was used while a revision was the latest one are not used for its file."""
    by, client = Authorship("A. Editor", "A test."), create_app(database=str(own)).test_client()
    for question in client.get("/questions").get_json()["data"][:3]:
        revision = withdraw(own, RecordRef("questions", question["id"]), by)
    path = "/questions?q=the&source=trump-putin-call-article"
    latest = client.get(path).get_json()["data"]
    withdraw(own, RecordRef("questions", latest[0]["id"]), by)
    past = client.get(f"{path}&known_at={revision.number}").get_json()["data"]
    assert [record["id"] for record in past] == [record["id"] for record in latest]
