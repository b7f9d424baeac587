"""Facet counts."""

from schemas import RECORDS
from tests.support.lists import Fetch, Records


def test_facet_counts_add_up_to_the_total(fetch: Fetch, plural: str, records: Records) -> None:
    assert "facets" not in fetch(f"/{plural}?limit=1")
    if "kind" in RECORDS[plural].declared():
        counts = fetch(f"/{plural}?facet=kind&limit=1")["facets"]["kind"]
        assert sum(value["count"] for value in counts) == len(records)
        for value in counts:
            assert fetch(f"/{plural}?kind={value['value']}")["page"]["total"] == value["count"]


def test_facet_counts_records_not_items(fetch: Fetch) -> None:
    facets = fetch("/events?facet=party,source&party=putin,trump")["facets"]
    by_party = {value["value"]: value["count"] for value in facets["party"]}
    assert by_party["putin"] == fetch("/events?party=putin")["page"]["total"]
    for source in facets["source"]:
        path = f"/events?party=putin,trump&source={source['value']}"
        assert source["count"] == fetch(path)["page"]["total"]
