"""Filters, sort orders and search select what one would pick by hand from all records."""

import json
import random
import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.lists.filters import filters
from api.lists.list_parameters import json_query
from schemas import RECORDS
from schemas.fields import MAX_INTEGER
from schemas.filters import AnyOf
from schemas.full_text import MAX_QUERY_LENGTH
from seed.bundles import SEED, load
from seed.storage.collation import sort_key
from seed.storage.mapping import DATE_BOUNDS, Column, columns, date_bounds, list_tables, sort_column, sortable
from tests.support.clients import client_of
from tests.support.lists import Fetch, Records, filter_values, ids, ids_by_page, query_text
from tests.support.small_bundles import base, bundle, load_bundles


def filter_names(plural: str) -> list[str]:
    """Return the filters that compare a column."""
    declared: list[Column] = [*columns(RECORDS[plural])]
    declared += [column for link in list_tables(RECORDS[plural]) for column in link.columns]
    return [column.filter for column in declared if column.filter]


def known_values(plural: str, name: str, records: Records) -> list[str]:
    """Return the values that occur for a filter, as they are written in a query string."""
    return sorted({query_text(value) for record in records for value in filter_values(plural, name, record)})


def test_filter_and_its_opposite_split_the_records(fetch: Fetch, plural: str, records: Records) -> None:
    every = {record["id"] for record in records}
    for name in filter_names(plural):
        known = known_values(plural, name, records)
        for wanted in filter(None, (known[:1], known[:3])):
            value = ",".join(wanted)
            expected = {
                record["id"]
                for record in records
                if {query_text(each) for each in filter_values(plural, name, record)} & set(wanted)
            }
            matches = fetch(f"/{plural}?{name}={value}&limit=500")
            assert set(ids(matches)) == expected, name
            assert matches["page"]["total"] == len(expected)
            assert set(ids(fetch(f"/{plural}?{name}__not={value}&limit=500"))) == every - expected, name


def test_repeated_filter_adds_its_values(fetch: Fetch) -> None:
    assert fetch("/parties?kind=state&kind=office") == fetch("/parties?kind=state,office")


def test_source_and_paragraph_match_the_same_citation(tmp_path: Path) -> None:
    cited = {"citations": [{"source": "article", "paragraph": 1}, {"source": "other", "paragraph": 2}]}
    both = bundle("other", events=[{"id": "cites-both", **cited}])
    client = load_bundles(tmp_path / "cited.db", base(), both)
    assert ids(client.get("/events?source=other&paragraph=2").get_json()) == ["cites-both"]
    assert ids(client.get("/events?source=other&paragraph=1").get_json()) == []


@pytest.mark.parametrize(
    ("plural", "name"),
    [("events", "party"), ("proposals", "proposed_by"), ("statements", "speaker"), ("timeline", "party")],
)
def test_party_and_principal_may_be_different_parties(tmp_path: Path, plural: str, name: str) -> None:
    """The two may speak in one call: a party that acts for the principal need not be the one that is named."""
    both, one = ["putin", "trump"], ["putin"]
    client = load_bundles(
        tmp_path / "both.db",
        base(
            events=[
                {"id": id, "participants": [{"party": party, "role": "actor"} for party in parties]}
                for id, parties in (("both", both), ("one", one))
            ],
            proposals=[{"id": "both", "proposed_by": both}, {"id": "one", "proposed_by": one}],
            statements=[{"id": "both", "speakers": both}, {"id": "one", "speakers": one}],
        ),
    )
    query = f"{name}=putin&principal=united-states"
    for path in (f"/{plural}?{query}", f"/{plural}?principal=united-states&{name}=putin"):
        page = client.get(path).get_json()
        assert {id.split("/")[-1] for id in ids(page)} == {"both"}
        assert page["page"]["total"] == len(page["data"])


def test_principal_selects_those_who_act_for_it(fetch: Fetch) -> None:
    for_russia = {party["id"] for party in fetch("/parties?principal=russia")["data"]} | {"russia"}
    matches = fetch("/positions?principal=russia&limit=500")["data"]
    every = fetch("/positions?limit=500")["data"]
    assert {"putin", "russia"} <= {record["party"] for record in matches}
    assert matches == [record for record in every if record["party"] in for_russia]


def test_only_positions_say_for_whom_a_party_acted(fetch: Fetch) -> None:
    assert "trump-2024-campaign-promise" in ids(fetch("/events?principal=united-states&limit=500"))
    assert "trump-pledges-end-of-war" not in ids(fetch("/positions?principal=united-states&limit=500"))
    for plural, words in (
        ("events", "even if it acted for itself"),
        ("positions", "for itself, such as a candidate’s"),
    ):
        assert words in filters(RECORDS[plural])["principal"].metadata["description"]


def test_null_selects_unknown_values(fetch: Fetch) -> None:
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


def test_account_selects_own_words_and_reported_ones(fetch: Fetch) -> None:
    matches = fetch("/statements?account=kremlin&limit=500")["data"]
    assert {speaker for record in matches for speaker in record["speakers"]} >= {"kremlin", "putin"}
    for record in fetch("/statements?limit=500")["data"]:
        account = record["according_to"] or (record["speakers"] if record["voice"] == "source" else [])
        assert (record in matches) == ("kremlin" in account)


def test_party_selects_both_sides_of_a_proposal(fetch: Fetch) -> None:
    for proposal in fetch("/proposals?limit=500")["data"]:
        assert (proposal["id"] in ids(fetch(f"/proposals?party=putin&id={proposal['id']}"))) == (
            "putin" in proposal["proposed_by"] + proposal["addressed_to"]
        )


def test_party_selects_the_audience_of_a_statement(fetch: Fetch) -> None:
    assert ids(fetch("/statements?party=hannity&limit=500")) == ids(fetch("/statements?audience=hannity&limit=500"))


def test_negotiation_selects_positions_on_its_proposals(fetch: Fetch) -> None:
    proposals = set(ids(fetch("/proposals?negotiation=us-russia-relations&limit=500")))
    matches = fetch("/positions?negotiation=us-russia-relations&limit=500")["data"]
    every = fetch("/positions?limit=500")["data"]
    assert matches
    assert matches == [record for record in every if record["proposal"] in proposals]


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
def test_date_filter_selects_overlapping_ranges(
    fetch: Fetch, plural: str, records: Records, query: str, first: str, last: str
) -> None:
    if "date" in RECORDS[plural].declared():
        overlapping = [
            record["id"]
            for record in records
            if record["date"]
            and (record["date_latest"] or "9999") >= first
            and (record["date_earliest"] or "0") <= last
        ]
        assert ids(fetch(f"/{plural}?{query}&limit=500")) == overlapping


def test_dated_separates_undated_records(fetch: Fetch, plural: str, records: Records) -> None:
    if "date" in RECORDS[plural].declared():
        undated = [record["id"] for record in records if record["date"] is None]
        assert ids(fetch(f"/{plural}?dated=false&limit=500")) == undated
        assert not set(undated) & set(ids(fetch(f"/{plural}?since=0001&limit=500")))


def test_as_of_selects_what_certainly_stood(fetch: Fetch) -> None:
    before, after = (
        {record["id"] for record in fetch(f"/positions?party=ukraine&as_of={day}&limit=500")["data"]}
        for day in ("2025-03-09", "2025-03-16")
    )
    assert "ukraine-accepts-thirty-day-truce" in after - before
    assert fetch("/positions?as_of=2025-03")["meta"]["as_of"] == "2025-03-31"
    everything = fetch("/positions?limit=1")
    through = everything["meta"]["data_through"]
    assert fetch(f"/positions?as_of={through}&limit=1")["page"]["total"] == everything["page"]["total"]
    assert fetch("/positions?as_of=2020&limit=1")["page"]["total"] == 0


def test_sort_puts_null_last_and_breaks_ties_by_id(fetch: Fetch, plural: str) -> None:
    by_name = {column.name: column for column in columns(RECORDS[plural])}
    for name, column in sortable(RECORDS[plural]).items():
        for sign in ("", "-"):
            rows = fetch(f"/{plural}?sort={sign}{name}&limit=500")["data"]
            bounds = [dict(zip(DATE_BOUNDS, date_bounds(row), strict=True)) if "date" in row else {} for row in rows]
            values = [row | bound for row, bound in zip(rows, bounds, strict=True)]
            labels = [{sort_column(RECORDS[plural]): sort_key(row[RECORDS[plural].label])} for row in rows]
            values = [value | label for value, label in zip(values, labels, strict=True)]
            keys = [(by_name[column].of(row) if column in by_name else row[column], row["id"]) for row in values]
            known = [key for key in keys if key[0] is not None]
            unknown = [key for key in keys if key[0] is None]
            assert keys == sorted(known, reverse=sign == "-") + sorted(unknown, reverse=sign == "-"), name


def test_sort_by_two_keys_pages_without_a_gap(fetch: Fetch) -> None:
    whole = ids(fetch("/positions?sort=-stance,party&limit=500"))
    assert ids_by_page(fetch, "/positions?sort=-stance,party&limit=4") == whole


def test_search_folds_word_endings(fetch: Fetch) -> None:
    assert ids(fetch("/events?q=suspended%20military%20aid")) == ids(fetch("/events?q=suspends%20military%20aid")) != []


def test_search_finds_words_in_any_order_and_case(fetch: Fetch) -> None:
    one_word = ids(fetch("/proposals?q=energy"))
    assert one_word
    assert (
        set(ids(fetch("/proposals?q=ENERGY%20strikes")))
        == set(ids(fetch("/proposals?q=strikes%20energy")))
        <= set(one_word)
    )


def test_search_folds_accents(fetch: Fetch) -> None:
    assert ids(fetch("/parties?q=vládimir%20pütin")) == ["putin"]


def test_search_has_phrases_prefixes_alternatives_and_exclusion(fetch: Fetch) -> None:
    def matching(text: str) -> set[str]:
        return set(ids(fetch("/statements", query_string={"q": text, "limit": 500})))

    assert matching('"black sea"') != set()
    assert matching('"sea black"') == set()
    assert matching("ceasef*") == matching("ceasefire") != set()
    assert matching("truce OR ceasefire") == matching("truce") | matching("ceasefire")
    assert matching("ceasefire -energy") == matching("ceasefire") - matching("energy") != matching("ceasefire")


def test_search_finds_decomposed_text(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yaml"
    bundle.write_text((SEED / "trump-putin-call.yaml").read_text().replace("Volodymyr Zelenskyy", "Зеленський"))
    load([bundle], own)
    client = client_of(own)
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    for form in forms:
        query = {"q": unicodedata.normalize(form, "Зеленський")}
        assert ids(client.get("/parties", query_string=query).get_json()) == ["zelenskyy"]


def test_ranked_search_pages_without_a_gap(fetch: Fetch) -> None:
    whole = ids(fetch("/statements?q=the&limit=500"))
    assert len(whole) > 10
    assert ids_by_page(fetch, "/statements?q=the&limit=3") == whole


@given(text=st.text(min_size=1, max_size=60))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_search(client: FlaskClient, text: str) -> None:
    assert client.get("/statements", query_string={"q": text}).status_code in (200, 400)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_total_is_the_sum_of_the_pages(fetch: Fetch, plural: str, records: Records, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - picks filters, guards nothing
    query = {}
    for name in chance.sample(filter_names(plural), k=min(2, len(filter_names(plural)))):
        if known := known_values(plural, name, records):
            query[name + chance.choice(["", "__not"])] = ",".join(chance.sample(known, k=min(2, len(known))))
    page = fetch(f"/{plural}", query_string={**query, "limit": chance.randint(1, 20)})
    total, count = page["page"]["total"], len(page["data"])
    while page["page"]["next"]:
        page = fetch(page["page"]["next"])
        count += len(page["data"])
        assert page["page"]["total"] == total
    assert count == total


def test_parameters_have_a_description_and_an_example(plural: str) -> None:
    for name, field in json_query(RECORDS[plural]).fields.items():
        assert field.metadata["description"].endswith("."), name
        if isinstance(field, AnyOf):
            assert field.deserialize(query_text(field.metadata["example"])), name


def test_text_is_stored_as_nfc(records: Records) -> None:
    text = json.dumps(records, ensure_ascii=False)
    assert text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("name", ["kind", "sort", "fields", "facet", "id"])
@pytest.mark.parametrize(
    ("value", "advice"),
    [("", "omit the parameter"), ("name,,id", "Remove the extra comma: name,id"), ("name,", "comma")],
)
def test_empty_value_of_a_list_is_explained(client: FlaskClient, name: str, value: str, advice: str) -> None:
    response = client.get("/parties", query_string={name: value})
    assert response.status_code == 400
    (error,) = response.get_json()["errors"]
    assert error["parameter"] == name
    assert advice in error["detail"]


def test_space_in_a_list_is_explained(client: FlaskClient) -> None:
    response = client.get("/parties?kind=state, office")
    assert response.status_code == 400
    assert "space" in response.get_json()["errors"][0]["detail"]


def test_unknown_country_is_explained_briefly(client: FlaskClient) -> None:
    response = client.get("/parties?country=ZZ")
    assert response.status_code == 400
    assert "ISO 3166-1" in response.get_json()["errors"][0]["detail"]
    assert len(response.data) < 1000
    assert "GB" in client.get("/parties?country=UK").text


def test_largest_documented_number_is_accepted(fetch: Fetch) -> None:
    assert fetch(f"/sources?paragraphs={MAX_INTEGER}")["page"]["total"] == 0


@pytest.mark.parametrize("text", ["x" * MAX_QUERY_LENGTH, "x " * (MAX_QUERY_LENGTH // 2)])
def test_longest_documented_query_is_accepted(client: FlaskClient, text: str) -> None:
    assert client.get("/events", query_string={"q": text}).status_code == 200
    assert client.get("/events", query_string={"q": f"{text}x"}).status_code == 400


def test_sources_take_account_and_issue_of_citing_records(tmp_path: Path) -> None:
    readout = bundle(
        "readout",
        {"kind": "readout", "issued_by": ["kremlin"]},
        issues=[{"id": "trade"}],
        statements=[{"id": "on-trade", "issues": ["trade"]}],
    )
    client = load_bundles(tmp_path / "readout.db", base(statements=[{"id": "on-matter"}]), readout)
    for query, expected in (
        ("account=putin", ["article"]),
        ("account=kremlin", ["readout"]),
        ("issue=trade", ["readout"]),
        ("issue=matter", ["article"]),
        ("issue=matter,trade", ["article", "readout"]),
        ("issue=trade&account=article", []),
    ):
        found = client.get(f"/sources?sort=id&fields=id&{query}").get_json()["data"]
        assert [source["id"] for source in found] == expected, query


def test_sources_take_negotiation_of_citing_records(tmp_path: Path) -> None:
    readout = bundle("readout", {"kind": "readout", "issued_by": ["kremlin"]}, positions=[{"id": "stance"}])
    aside = bundle("aside", negotiations=[{"id": "trade"}], statements=[{"id": "words", "negotiations": ["trade"]}])
    client = load_bundles(tmp_path / "sources.db", base("truce"), readout, aside)
    for negotiation, expected in (("talks", ["article", "readout"]), ("trade", ["aside"])):
        found = client.get(f"/sources?sort=id&fields=id&negotiation={negotiation}").get_json()["data"]
        assert [source["id"] for source in found] == expected
