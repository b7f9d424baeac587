"""The order of lists within pages, and what they say if they are cut."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.pages import front_page, record_page
from tests.support.pages import BROWSER

Fetch = Callable[..., Any]
NEGOTIATION = "ukraine-war-settlement"
CALL = "trump-putin-call"


def section(client: FlaskClient, path: str, start: str) -> str:
    """Return the part of a page from a text on to the end of its section."""
    html = client.get(path, headers=BROWSER).text
    return html[html.index(start) :].split("</section>")[0]


def linked(html: str, plural: str) -> list[str]:
    """Return the ids of the records of a type that a list has as headings."""
    return re.findall(rf'<h3><a href="[^"]*/{plural}/([a-z0-9-]+)"', html)


def timeline_events(fetch: Fetch, **query: str) -> list[str]:
    entries = fetch("/timeline", query_string={"type": "events", "limit": "500", **query})["data"]
    return [entry["id"].removeprefix("events/") for entry in entries]


@pytest.mark.parametrize("path", [f"/negotiations/{NEGOTIATION}", "/parties/putin"])
def test_events_are_in_the_order_of_the_timeline(client: FlaskClient, fetch: Fetch, path: str) -> None:
    shown = linked(section(client, path, '<section id="events">'), "events")
    assert len(shown) > 2
    assert shown == [event for event in timeline_events(fetch) if event in shown]


def test_the_latest_events_have_every_event_of_the_day(client: FlaskClient, fetch: Fetch) -> None:
    shown = linked(section(client, "/", ">Latest events<"), "events")
    readouts = [
        event["id"]
        for event in fetch("/events?limit=500")["data"]
        if {"event": CALL, "relation": "readout_of"} in event["relations"]
    ]
    assert len(readouts) > 1
    assert {CALL, *readouts} <= set(shown)
    assert shown == [event for event in reversed(timeline_events(fetch)) if event in shown]


def test_the_latest_events_say_how_many_there_are_more(
    client: FlaskClient, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_page, "MAX_LATEST", 6)
    html = section(client, "/", ">Latest events<")
    total = len(fetch(f"/events?negotiation={NEGOTIATION}&status=occurred,ongoing&limit=500")["data"])
    assert len(linked(html, "events")) == 6
    assert f"{total - 6} more events" in html


def test_positions_are_in_order_of_date_proposal_and_account(client: FlaskClient, fetch: Fetch) -> None:
    shown = linked(section(client, f"/events/{CALL}", '<section id="positions">'), "positions")
    records = {one["id"]: one for one in fetch(f"/positions?event={CALL}&limit=500")["data"]}

    def key(id: str) -> tuple[Any, ...]:
        one = records[id]
        return one["date_earliest"] or one["date_latest"], one["proposal"], one["attribution"], id

    assert shown == sorted(records, key=key)


def test_a_list_that_is_cut_says_of_how_many(
    client: FlaskClient, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_page, "MAX_RELATED", 12)
    html = section(client, f"/events/{CALL}", '<section id="positions">')
    total = len(fetch(f"/positions?event={CALL}&limit=500")["data"])
    assert f"12 of {total}." in html
    assert f'/positions?event={CALL}">All {total}<' in html
    assert {"trump", "putin"} <= set(re.findall(r"/parties/([a-z-]+)", html))
