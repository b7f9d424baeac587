"""POST /check of documents that are made to be expensive: each is answered within seconds of CPU, with 422 or 400."""

import json
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

SET_DATE = "{" + ",".join(["2025"] * 19) + "}"
EVENT = {
    "negotiations": ["ukraine-war-settlement"],
    "title": "T",
    "summary": "S",
    "kind": "call",
    "status": "occurred",
    "voice": "source",
    "citations": [{"source": "trump-putin-call-article", "paragraph": 1}],
}
draw = Random(1)  # noqa: S311 - test data


def word(length: int) -> str:
    return "".join(draw.choices("ab", k=length))


def names(count: int) -> dict[str, int]:
    return {f"{word(8)}{number}": 1 for number in range(count)}


def events(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{**EVENT, "id": f"event-{number}", **fields} for number in range(count)]


SMALL: dict[str, Callable[[], dict[str, Any]]] = {
    "EDTF sets": lambda: dict.fromkeys(("sources", "events", "positions", "proposals"), [{"date": SET_DATE}] * 20),
    "dates of every form": lambda: {
        "events": [
            {**EVENT, "id": f"e{year}", "date": f"{year}-XX?", "date_basis": "stated"} for year in range(1000, 1150)
        ]
    },
    "misspelled terms": lambda: {"events": [{**EVENT, "kind": word(90), "status": word(90)} for _ in range(150)]},
    "misspelled ids": lambda: {
        "events": [{"id": word(90)} for _ in range(300)],
        "positions": [{"proposal": word(90), "event": word(90)} for _ in range(150)],
    },
    "unknown fields": lambda: {"events": [names(100) for _ in range(38)]},
}
LARGE: dict[str, Callable[[], dict[str, Any]]] = {
    "long ids": lambda: {"events": [{"id": word(190)} for _ in range(1000)], "positions": [{"proposal": word(190)}]},
    "near misses": lambda: {
        "parties": [{"id": word(99)} for _ in range(9000)],
        "positions": [{"party": word(99)} for _ in range(5000)],
    },
    "nested names": lambda: {"events": [{"participants": [names(2000) for _ in range(100)]}]},
    "names": lambda: {"events": [names(200_000)]},
    "references": lambda: {"events": events(30, negotiations=[f"n{number}" for number in range(9000)])},
    "citations": lambda: {
        "events": events(8, citations=[{"source": "s", "paragraph": number} for number in range(1, 9900)])
    },
    "records": lambda: {"events": events(9990)},
    "one long term": lambda: {"events": events(1, kind="a" * 3_000_000)},
    "parts of each other": lambda: {
        "proposals": [
            {
                "id": f"p{number}",
                "relations": [{"proposal": f"p{(number + step) % 900}", "relation": "part_of"} for step in range(90)],
            }
            for number in range(900)
        ]
    },
    "aliases": lambda: {
        "parties": [{"id": f"p{number}", "aliases": [word(8) for _ in range(99)]} for number in range(2500)],
        "positions": [{"party": "kyiv"} for _ in range(500)],
    },
}


def request_bodies() -> Iterator[Any]:
    for name, build in SMALL.items():
        yield pytest.param(build, 64 * 1024, 2, id=name)
    for name, build in LARGE.items():
        yield pytest.param(build, 4 * 1024 * 1024, 8, id=name)


@pytest.mark.slow
@pytest.mark.parametrize(("build", "size", "seconds"), list(request_bodies()))
def test_expensive_document_is_answered_quickly(
    client: FlaskClient, build: Callable[[], dict[str, Any]], size: int, seconds: float
) -> None:
    body = json.dumps(build())
    assert len(body) <= size
    client.get("/parties/putin")
    start = time.process_time()
    response = client.post("/check", data=body, content_type="application/json")
    assert time.process_time() - start < seconds
    assert response.status_code in (422, 503)  # 503 if a slow machine spends the CPU time of a request on it
    assert len(response.get_json(force=True)["errors"]) <= 501


@pytest.mark.parametrize("levels", [21, 100, 983, 100_000])
def test_deeply_nested_document_is_rejected(client: FlaskClient, levels: int) -> None:
    """A depth just below the recursion limit was a 500, because surrogates are looked for recursively."""
    body = '{"events": ' + "[" * levels + '"\\ud83d\\ude00"' + "]" * levels + "}"
    response = client.post("/check", data=body, content_type="application/json")
    assert response.status_code in (400, 422)


def test_dates_print_nothing(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """The access log may be standard output."""
    client.post("/check", json={"events": [{"date": SET_DATE}, {"date": "{2025"}]})
    assert capfd.readouterr().out == ""
