"""Date ranges: pages and totals agree with the dates in the records, for every combination with other filters."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from bench.synthetic import Negotiations
from schemas.dates import has_day, is_day
from seed.bundles import load
from tests.support.clients import client_of

EVENTS = 200
ACTORS = {"events": "party", "proposals": "proposed_by", "statements": "speaker", "timeline": "party"}
FORMS = ("{0}", "{0}", "{0}", "{0}/..", "../{0}", "{1}", "{2}")
"""Forms of dates, with a larger share of wide ones than usual."""
DRAWN_QUERIES = 12
"""Queries of each list."""

Item = dict[str, Any]


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database of invented negotiations, with dates of every form."""
    folder = tmp_path_factory.mktemp("dates")
    lines = list(Negotiations(EVENTS, 1, {"events": 100, "proposals": 30, "positions": 30, "statements": 50}).lines())
    for place, (plural, record) in enumerate(lines):
        if plural != "sources" and is_day(record.get("date")):
            record["date"] = FORMS[place % len(FORMS)].format(record["date"], record["date"][:7], record["date"][:4])
            if record.get("status") == "scheduled" and not has_day(record["date"]) and not record["place"]:
                record["status"] = "planned"
        if record.get("participants") and place % 3:  # the same party in another role
            first = record["participants"][0]
            role = "mediator" if first["role"] != "mediator" else "host"
            record["participants"].append({"party": first["party"], "role": role})
    stream = folder / "dates.ndjson"
    stream.write_text(
        "".join(
            json.dumps(
                {"type": plural, "record": {name: value for name, value in one.items() if value not in (None, [])}}
            )
            + "\n"
            for plural, one in lines
        )
    )
    load([stream], folder / "dates.db")
    return folder / "dates.db"


@pytest.fixture(scope="module")
def client(synthetic: Path) -> FlaskClient:
    return client_of(synthetic)


def walk(
    client: FlaskClient, path: str, query: dict[str, str] | None = None, direction: str = "next"
) -> Iterator[Item]:
    """Yield the pages of a list."""
    page = client.get(path, query_string=query).get_json()
    yield page
    while url := page["page"][direction]:
        page = client.get(url).get_json()
        yield page


def in_range(record: Item, since: str, until: str) -> bool:
    earliest, latest = record["date_earliest"] or "", record["date_latest"] or "~"
    return record["date"] is not None and latest >= since and earliest <= until


def drawn(days: list[str]) -> Iterator[dict[str, str]]:
    """Yield date filters: of one day to many years, some with only one end, and some that end before they begin."""
    draw = Random(1)  # noqa: S311 - a sample, not a secret
    for _ in range(DRAWN_QUERIES):
        since, until = (draw.choice(days)[: draw.choice((4, 7, 10))] for _ in range(2))
        if draw.random() < 0.9:
            since, until = sorted((since, until))
        yield draw.choice(
            ({"since": since, "until": until},) * 3
            + ({"since": since}, {"until": until}, {"on": since}, {"on": since, "until": until, "since": "2007"})
        )


def bounds(query: dict[str, str]) -> tuple[str, str]:
    since = max((query[name] for name in ("since", "on") if name in query), default="")
    until = min((query[name] + "-99" for name in ("until", "on") if name in query), default="~")
    return since, until


@pytest.mark.parametrize("plural", ACTORS)
@pytest.mark.parametrize("sort", ["date", "-date", "-revision"])
def test_range_agrees_with_the_dates_of_records(client: FlaskClient, plural: str, sort: str) -> None:
    every = [one for page in walk(client, f"/{plural}", {"limit": "500"}) for one in page["data"]]
    days = sorted({one["date_earliest"] for one in every if one["date_earliest"]})
    draw = Random(2)  # noqa: S311 - a sample, not a secret
    for dates in drawn(days):
        party = draw.choice(("party-0", "party-1", "party-9", None))
        other = {ACTORS[plural] + draw.choice(("", "", "__not")): party} if party else {}
        alike = {one["id"] for page in walk(client, f"/{plural}", {**other, "limit": "500"}) for one in page["data"]}
        expected = {one["id"] for one in every if one["id"] in alike and in_range(one, *bounds(dates))}
        query = {**dates, **other, "sort": sort, "limit": draw.choice(("9", "40"))}
        since, until = bounds(dates)
        if since > until:
            assert client.get(f"/{plural}", query_string=query).status_code == 400, query
            continue
        pages = list(walk(client, f"/{plural}", query))
        ids = [one["id"] for page in pages for one in page["data"]]
        assert set(ids) == expected, query
        assert len(ids) == len(expected) == pages[0]["page"]["total"], query
        exported = client.get(
            f"/{plural}.ndjson", query_string={name: query[name] for name in query if name != "limit"}
        )
        assert [json.loads(line)["id"] for line in exported.text.splitlines()] == ids, query
        back = list(walk(client, pages[-1]["page"]["previous"], None, "previous")) if len(pages) > 1 else []
        assert [one["id"] for page in reversed(back) for one in page["data"]] == ids[: -len(pages[-1]["data"])]
