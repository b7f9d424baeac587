"""Embedded records."""

from tests.support.lists import Fetch


def test_included_records_equal_those_of_the_links(fetch: Fetch) -> None:
    for proposal in fetch("/proposals?include=positions,statements,proposed_by&limit=500")["data"]:
        included = proposal["included"]
        assert included["positions"] == fetch(f"/positions?proposal={proposal['id']}&limit=500")["data"]
        assert included["statements"] == fetch(f"/statements?proposal={proposal['id']}&limit=500")["data"]
        assert {party["id"] for party in included["proposed_by"]} == set(proposal["proposed_by"])


def test_single_record_includes_too(fetch: Fetch) -> None:
    position = fetch("/positions/putin-orders-energy-halt?include=party,proposal,statements")
    assert position["included"]["party"] == [fetch("/parties/putin")]
    assert position["included"]["proposal"] == [fetch("/proposals/energy-strikes-halt-30-days")]
    assert fetch("/positions/putin-orders-energy-halt?fields=id&include=event")["included"]["event"] is not None
