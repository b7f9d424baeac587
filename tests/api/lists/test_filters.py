"""Filters, order and search give what a reader of all the records would pick by hand."""

import json
import random
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.lists.list_parameters import json_query
from schemas import RECORDS
from schemas.fields import MAX_INTEGER
from schemas.filters import AnyOf
from schemas.full_text import MAX_QUERY_LENGTH
from seed.storage.mapping import DATE_BOUNDS, Column, columns, date_bounds, list_tables, sortable

Fetch = Callable[..., Any]
Rows = list[dict[str, Any]]


def ids(answer: dict[str, Any]) -> list[str]:
    return [record["id"] for record in answer["data"]]


def values(plural: str, name: str, record: dict[str, Any]) -> set[Any]:
    """Every value that a record has for a filter, found by walking the served JSON."""
    found = {column.of(record) for column in columns(RECORDS[plural]) if column.filter == name}
    for link in list_tables(RECORDS[plural]):
        found |= {column.of(item) for column in link.columns if column.filter == name for item in record[link.name]}
    return found - {None}


def filters(plural: str) -> list[str]:
    declared: list[Column] = [*columns(RECORDS[plural])]
    declared += [column for link in list_tables(RECORDS[plural]) for column in link.columns]
    return [column.filter for column in declared if column.filter]


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_any_of_and_none_of_split_the_records(fetch: Fetch, plural: str, held: Rows) -> None:
    for name in filters(plural):
        there = sorted({value for record in held for value in values(plural, name, record)}, key=str)
        for wanted in (there[:1], there[:3]):
            if wanted:
                asked = ",".join(map(written, wanted))
                having = {record["id"] for record in held if values(plural, name, record) & set(wanted)}
                found = fetch(f"/{plural}?{name}={asked}&limit=500")
                rest = fetch(f"/{plural}?{name}__not={asked}&limit=500")
                assert set(ids(found)) == having, name
                assert set(ids(rest)) == {record["id"] for record in held} - having, name
                assert found["page"]["total"] == len(having)


def test_a_filter_given_twice_adds_its_values_up(fetch: Fetch) -> None:
    assert fetch("/parties?kind=state&kind=office") == fetch("/parties?kind=state,office")


def test_filters_on_one_list_hold_of_one_and_the_same_item(fetch: Fetch) -> None:
    for event in fetch("/events?party=putin&principal=russia&limit=500")["data"]:
        assert "putin" in [participant["party"] for participant in event["participants"]]


def test_principal_finds_what_is_done_on_a_partys_behalf(fetch: Fetch) -> None:
    of_russia = {party["id"] for party in fetch("/parties?principal=russia")["data"]} | {"russia"}
    found = fetch("/positions?principal=russia&limit=500")["data"]
    every = fetch("/positions?limit=500")["data"]
    assert {"putin", "russia"} <= {record["party"] for record in found}
    assert found == [record for record in every if record["party"] in of_russia]


def test_what_is_not_known_is_found_as_null(fetch: Fetch) -> None:
    every = fetch("/proposals?limit=500")["data"]
    unknown = {record["id"] for record in every if record["stage"] is None}
    proposed = {record["id"] for record in every if record["stage"] == "proposed"}
    assert unknown
    assert set(ids(fetch("/proposals?stage=null&limit=500"))) == unknown
    assert set(ids(fetch("/proposals?stage=null,proposed&limit=500"))) == unknown | proposed
    assert set(ids(fetch("/proposals?stage__not=null&limit=500"))) == set(ids({"data": every})) - unknown
    assert set(ids(fetch("/proposals?unconditional=null,true&limit=500"))) == {
        record["id"] for record in every if record["unconditional"] is not False
    }


def test_an_account_is_what_a_party_said_and_says_that_others_said(fetch: Fetch) -> None:
    found = fetch("/statements?account=kremlin&limit=500")["data"]
    assert {record["speaker"] for record in found} >= {"kremlin", "putin"}
    for record in fetch("/statements?limit=500")["data"]:
        account = record["according_to"] or ([record["speaker"]] if record["voice"] == "source" else [])
        assert (record in found) == ("kremlin" in account)


def test_a_party_is_found_wherever_it_stands(fetch: Fetch) -> None:
    for proposal in fetch("/proposals?limit=500")["data"]:
        assert (proposal["id"] in ids(fetch(f"/proposals?party=putin&id={proposal['id']}"))) == (
            "putin" in proposal["proposed_by"] + proposal["addressed_to"]
        )
    assert ids(fetch("/statements?party=hannity&limit=500")) == ids(fetch("/statements?audience=hannity&limit=500"))


def test_search_folds_the_endings_of_words(fetch: Fetch) -> None:
    assert ids(fetch("/events?q=suspended%20military%20aid")) == ids(fetch("/events?q=suspends%20military%20aid")) != []


def test_positions_are_found_by_the_negotiation_of_their_proposal(fetch: Fetch) -> None:
    proposals = set(ids(fetch("/proposals?negotiation=us-russia-relations&limit=500")))
    found = fetch("/positions?negotiation=us-russia-relations&limit=500")["data"]
    every = fetch("/positions?limit=500")["data"]
    assert found
    assert found == [record for record in every if record["proposal"] in proposals]


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("on=2025-03-18", "2025-03-18", "2025-03-18"),
        ("on=2025-03", "2025-03-01", "2025-03-31"),
        ("on=2024", "2024-01-01", "2024-12-31"),
        ("since=2025-03-17", "2025-03-17", "9999"),
        ("until=2025-02", "0000", "2025-02-28"),
        ("since=2025-03-12&until=2025-03-14", "2025-03-12", "2025-03-14"),
    ],
)
def test_a_date_filter_finds_every_range_that_overlaps(
    fetch: Fetch, plural: str, held: Rows, query: str, first: str, last: str
) -> None:
    if "date" in RECORDS[plural].declared():
        overlapping = [
            record["id"]
            for record in held
            if record["date"]
            and (record["date_latest"] or "9999") >= first
            and (record["date_earliest"] or "0") <= last
        ]
        assert ids(fetch(f"/{plural}?{query}&limit=500")) == overlapping


def test_the_undated_are_found_and_never_by_a_date(fetch: Fetch, plural: str, held: Rows) -> None:
    if "date" in RECORDS[plural].declared():
        undated = [record["id"] for record in held if record["date"] is None]
        assert ids(fetch(f"/{plural}?dated=false&limit=500")) == undated
        assert not set(undated) & set(ids(fetch(f"/{plural}?since=0001&limit=500")))


def test_every_sort_orders_with_null_last_and_the_id_breaking_ties(fetch: Fetch, plural: str, held: Rows) -> None:
    by_name = {column.name: column for column in columns(RECORDS[plural])}
    for name, column in sortable(RECORDS[plural]).items():
        for sign in ("", "-"):
            rows = fetch(f"/{plural}?sort={sign}{name}&limit=500")["data"]
            held = [
                row | dict(zip(DATE_BOUNDS, date_bounds(row), strict=True)) if "date" in row else row for row in rows
            ]
            keys = [(by_name[column].of(row) if column in by_name else row[column], row["id"]) for row in held]
            known = [key for key in keys if key[0] is not None]
            unknown = [key for key in keys if key[0] is None]
            assert keys == sorted(known, reverse=sign == "-") + sorted(unknown, reverse=sign == "-"), name


def test_a_sort_by_two_keys_pages_without_a_gap(fetch: Fetch) -> None:
    whole = ids(fetch("/positions?sort=-stance,party&limit=500"))
    page, paged = fetch("/positions?sort=-stance,party&limit=4"), []
    while page:
        paged += ids(page)
        page = fetch(page["page"]["next"]) if page["page"]["next"] else None
    assert paged == whole


def test_search_finds_every_word_in_any_order_and_case(fetch: Fetch) -> None:
    found = ids(fetch("/proposals?q=energy"))
    assert found
    assert (
        set(ids(fetch("/proposals?q=ENERGY%20strikes")))
        == set(ids(fetch("/proposals?q=strikes%20energy")))
        <= set(found)
    )


def test_search_folds_accents(fetch: Fetch) -> None:
    assert ids(fetch("/parties?q=vládimir%20pütin")) == ["putin"]


def test_a_ranked_search_pages_without_a_gap(fetch: Fetch) -> None:
    whole = ids(fetch("/statements?q=the&limit=500"))
    page, paged = fetch("/statements?q=the&limit=3"), []
    while page:
        paged += ids(page)
        page = fetch(page["page"]["next"]) if page["page"]["next"] else None
    assert paged == whole
    assert len(whole) > 10


@given(text=st.text(min_size=1, max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_search(client: FlaskClient, text: str) -> None:
    assert client.get("/statements", query_string={"q": text}).status_code in (200, 400)


@pytest.mark.parametrize(
    "text", ['"', "a AND", "NEAR(a b)", "title:x", "a*", "-a", "^a", "(", "{a}", "a\x00b", "'; drop table"]
)
def test_the_operators_of_the_search_engine_are_only_words(client: FlaskClient, text: str) -> None:
    assert client.get("/statements", query_string={"q": text}).status_code in (200, 400)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_total_is_the_sum_of_the_pages_whatever_the_filter(
    fetch: Fetch, plural: str, held: Rows, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - picks filters, guards nothing
    query = {}
    for name in chance.sample(filters(plural), k=min(2, len(filters(plural)))):
        there = sorted({value for record in held for value in values(plural, name, record)}, key=str)
        if there:
            query[name + chance.choice(["", "__not"])] = ",".join(
                map(written, chance.sample(there, k=min(2, len(there))))
            )
    page = fetch(f"/{plural}", query_string={**query, "limit": chance.randint(1, 20)})
    total, counted = page["page"]["total"], len(page["data"])
    while page["page"]["next"]:
        page = fetch(page["page"]["next"])
        counted += len(page["data"])
        assert page["page"]["total"] == total
    assert counted == total


def test_every_parameter_says_what_it_does_and_shows_an_example(plural: str) -> None:
    for name, field in json_query(RECORDS[plural]).fields.items():
        assert field.metadata["description"].endswith("."), name
        if isinstance(field, AnyOf):
            assert field.deserialize(written(field.metadata["example"])), name


def test_names_are_composed_text(held: Rows) -> None:
    text = json.dumps(held, ensure_ascii=False)
    assert text == unicodedata.normalize("NFC", text)


def test_the_largest_number_that_the_description_allows_is_answered(fetch: Fetch) -> None:
    assert fetch(f"/sources?paragraphs={MAX_INTEGER}")["page"]["total"] == 0


@pytest.mark.parametrize("text", ["x" * MAX_QUERY_LENGTH, "x " * (MAX_QUERY_LENGTH // 2)])
def test_the_longest_text_that_the_description_allows_is_searched_for(client: FlaskClient, text: str) -> None:
    assert client.get("/events", query_string={"q": text}).status_code == 200
    assert client.get("/events", query_string={"q": f"{text}x"}).status_code == 400
