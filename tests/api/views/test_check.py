"""A bundle is checked as the loader would, and stored nowhere."""

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.views.check import MAX_BODY_BYTES
from seed.bundles import SEED, load
from seed.yaml_document import parse_yaml
from tests.conftest import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def bundle(path: Path = SECOND) -> Any:
    return parse_yaml(path.read_bytes()).data


def test_a_sound_bundle_is_told_so_and_stored_nowhere(client: FlaskClient) -> None:
    answer = client.post("/check", json=bundle())
    assert answer.status_code == 200
    assert answer.get_json()["records"]["proposals"] == 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/proposals/invented-pause").status_code == 404
    assert client.post("/check", json=bundle(SEED / "trump-putin-call.yaml")).status_code == 200


def test_every_fault_of_a_bundle_is_told_with_its_pointer(client: FlaskClient) -> None:
    document = bundle()
    document["positions"][0]["stance"] = "reject"
    document["events"][0]["participants"][0]["party"] = "puttin"
    document["events"][0]["colour"] = "red"
    answer = client.post("/check", json=document)
    assert answer.status_code == 422
    told = {error["pointer"]: error for error in answer.get_json(force=True)["errors"]}
    assert told["#/positions/0/stance"]["did_you_mean"] == "rejects"
    assert "withholds" in told["#/positions/0/stance"]["allowed"]
    assert told["#/events/0/participants/0/party"]["did_you_mean"] == "putin"
    assert "#/events/0/colour" in told


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"a: b", "application/yaml", 415),
        (b"{}", "", 415),
        (b" " * (4 * 1024 * 1024 + 1), "application/json", 413),
    ],
    ids=str,
)
def test_a_body_that_is_no_bundle_is_refused(client: FlaskClient, data: bytes, content_type: str, status: int) -> None:
    answer = client.post("/check", data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    if status == 415:
        assert answer.headers["Accept-Post"] == "application/json"


def test_a_body_in_chunks_that_is_too_large_is_refused_like_any_other(client: FlaskClient) -> None:
    chunked = {"wsgi.input_terminated": True}  # as servers say that the body ends by itself
    sent = BytesIO(b"{}" + b" " * MAX_BODY_BYTES)
    answer = client.post("/check", input_stream=sent, content_type="application/json", environ_overrides=chunked)
    assert answer.status_code == 413


@pytest.mark.parametrize("data", ['{"\\ud800": 1}', '{"events": [{"id": "\\udfff"}]}', '{"events": [], "events": []}'])
def test_what_only_looks_like_json_text_is_refused(client: FlaskClient, data: str) -> None:
    answer = client.post("/check", data=data, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


PARTIES = [{"id": f"party-{number:05d}"} for number in range(4000)]
HOSTILE: dict[str, dict[str, Any]] = {
    "empty records": {"events": [{}] * 50_000},
    "empty items": {"events": [{"participants": [{}] * 100}] * 1000},
    "a list without an end": {"events": [{"negotiations": ["x"] * 100_000}]},
    "unknown fields": {"events": [{f"field-{number}": 1 for number in range(20_000)}]},
    "references that lead nowhere": {
        "parties": PARTIES,
        "events": [{"participants": [{"party": f"partie-{number:05d}"}]} for number in range(4000)],
    },
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_a_body_full_of_faults_is_answered_soon_and_in_short(client: FlaskClient, document: dict[str, Any]) -> None:
    began = time.process_time()
    answer = client.post("/check", json=document)
    assert answer.status_code == 422
    assert len(answer.get_json(force=True)["errors"]) <= 1001
    assert time.process_time() - began < 10


def test_positions_of_which_nobody_knows_since_when_stand_until_a_dated_one(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    text = SECOND.read_text().replace("    date: 2025-03-20\n    date_basis: stated\n", "")
    later = (
        "  - {id: later, party: ukraine, proposal: invented-pause, stance: accepts, summary: Yes., date: 2025-03-21,"
    )
    later += " date_basis: stated, voice: source, citations: [{source: invented-article, paragraph: 2}]}\n"
    for positions, stances, since in (("", ["rejects"], None), (later, ["accepts"], "2025-03-21")):
        bundle.write_text(text.replace("positions:\n", "positions:\n" + positions))
        load([bundle], own)
        client = create_app(database=str(own)).test_client()
        (party,) = client.get("/proposals/invented-pause/standing").get_json()["parties"]
        assert (party["stances"], party["since"]) == (stances, since)
        assert client.get("/matrix").status_code == 200
