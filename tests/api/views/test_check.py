"""POST /check validates a bundle and stores nothing."""

import json
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.http.body import MAX_BODY_BYTES
from seed.bundles import SEED
from seed.yaml_document import parse_yaml
from tests.support import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def bundle(path: Path = SECOND) -> Any:
    return parse_yaml(path.read_bytes()).data


def test_valid_bundle_is_reported_and_not_stored(client: FlaskClient) -> None:
    response = client.post("/check", json=bundle())
    assert response.status_code == 200
    assert response.get_json()["valid"] is True
    assert response.get_json()["records"]["proposals"] == 1
    assert response.headers["Cache-Control"] == "no-store"
    assert client.get("/proposals/invented-pause").status_code == 404
    assert client.post("/check", json=bundle(SEED / "trump-putin-call.yaml")).status_code == 200


def test_every_error_has_a_json_pointer(client: FlaskClient) -> None:
    document = bundle()
    document["positions"][0]["stance"] = "reject"
    document["events"][0]["participants"][0]["party"] = "puttin"
    document["events"][0]["colour"] = "red"
    response = client.post("/check", json=document)
    assert response.status_code == 422
    errors = {error["pointer"]: error for error in response.get_json(force=True)["errors"]}
    assert errors["#/positions/0/stance"]["did_you_mean"] == "rejects"
    assert "noncommittal" in errors["#/positions/0/stance"]["allowed"]
    assert errors["#/events/0/participants/0/party"]["did_you_mean"] == "putin"
    assert "#/events/0/colour" in errors


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
def test_body_other_than_a_bundle_is_rejected(client: FlaskClient, data: bytes, content_type: str, status: int) -> None:
    response = client.post("/check", data=data, content_type=content_type)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    if status == 415:
        assert response.headers["Accept-Post"] == "application/json"


def test_oversized_chunked_body_is_rejected(client: FlaskClient) -> None:
    chunked = {"wsgi.input_terminated": True}  # set by servers that decode chunked bodies
    body = BytesIO(b"{}" + b" " * MAX_BODY_BYTES)
    response = client.post("/check", input_stream=body, content_type="application/json", environ_overrides=chunked)
    assert response.status_code == 413
    assert str(MAX_BODY_BYTES) in response.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        ('{"\\ud800": 1}', "\\ud800 is half of a surrogate pair"),
        ('{"events": [{"id": "\\udfff"}]}', "\\udfff is half of a surrogate pair"),
        ('{"events": [], "events": []}', "the same key twice"),
        ('{"events": [' + "9" * 5000 + "]}", "a number has 5000 digits; the maximum is 1000"),
    ],
    ids=lambda text: text[:20],
)
def test_invalid_json_text_is_rejected(client: FlaskClient, data: str, detail: str) -> None:
    response = client.post("/check", data=data, content_type="application/json")
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    assert detail in response.get_json(force=True)["detail"]


PARTIES = [{"id": f"party-{number:05d}"} for number in range(4000)]
HOSTILE: dict[str, dict[str, Any]] = {
    "empty records": {"events": [{}] * 50_000},
    "empty items": {"events": [{"participants": [{}] * 100}] * 1000},
    "an oversized list": {"events": [{"negotiations": ["x"] * 100_000}]},
    "unknown fields": {"events": [{f"field-{number}": 1 for number in range(20_000)}]},
    "dangling references": {
        "parties": PARTIES,
        "events": [{"participants": [{"party": f"partie-{number:05d}"}]} for number in range(4000)],
    },
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_many_errors_are_reported_quickly_and_briefly(client: FlaskClient, document: dict[str, Any]) -> None:
    start = time.process_time()
    response = client.post("/check", json=document)
    assert response.status_code == 422
    assert len(response.get_json(force=True)["errors"]) <= 1001
    assert time.process_time() - start < 10


def test_byte_order_mark_is_ignored(client: FlaskClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(bundle()).encode()
    assert client.post("/check", data=body, content_type="application/json").status_code == 200


def test_compressed_body_is_rejected(client: FlaskClient) -> None:
    headers = {"Content-Encoding": "gzip"}
    response = client.post("/check", data=b"{}", content_type="application/json", headers=headers)
    assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")
    assert "omit Content-Encoding" in response.text


def test_item_that_is_no_record_is_named(client: FlaskClient) -> None:
    response = client.post("/check", json={"sources": [1]})
    assert response.get_json(force=True)["errors"][0]["detail"] == "Must be a record: an object with fields."


def test_empty_body_is_reported_as_such(client: FlaskClient) -> None:
    response = client.post("/check", data=b"", content_type="application/json")
    assert response.status_code == 400
    assert response.get_json(force=True)["detail"] == "The body is empty. Send it as Content-Type: application/json."


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("a\u202eb", "#/a%E2%80%AEb"),
        ("Зеленський", "#/%D0%97%D0%B5%D0%BB%D0%B5%D0%BD%D1%81%D1%8C%D0%BA%D0%B8%D0%B9"),
        ("\u202e" * 2000, f"#/{'%E2%80%AE' * 100}"),
    ],
)
def test_pointer_is_a_percent_encoded_fragment(client: FlaskClient, name: str, pointer: str) -> None:
    """RFC 6901, section 6: what the fragment is decoded to points to the member."""
    errors = client.post("/check", json={"events": [], name: 1}).get_json(force=True)["errors"]
    assert [error["pointer"] for error in errors if "%" in error["pointer"]] == [pointer]
