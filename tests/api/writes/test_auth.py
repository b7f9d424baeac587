"""Who may write: nobody unless it is configured, and then those whose token allows it."""

import json
from itertools import product
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from api import create_app
from api.asgi import create_asgi_app
from tests.support.asgi import HttpResponse, request
from tests.support.editor import Editor, new_token
from tests.support.openapi import without_references

WRITES = [
    ("PUT", "/bundles/invented-article"),
    ("DELETE", "/bundles/invented-article"),
    ("POST", "/events"),
    ("PUT", "/events/invented-statement"),
    ("PATCH", "/events/invented-statement"),
    ("DELETE", "/events/invented-statement"),
]


def test_writes_are_off_unless_configured(client: FlaskClient) -> None:
    for method, path in WRITES:
        response = client.open(path, method=method, headers={"Authorization": "Bearer x"})
        assert response.status_code == 405
        assert "READOUT_TOKENS" in response.get_json(force=True)["detail"]
        assert method not in response.headers["Allow"]
    assert "securitySchemes" not in client.get("/openapi.json").text


def test_write_without_a_valid_token_is_a_401(editor: Editor) -> None:
    for (method, path), authorization in product(WRITES, (None, "Bearer", "Bearer readout_wrong", "Basic YTpi", "ä")):
        headers = {} if authorization is None else {"Authorization": authorization}
        response = editor.client.open(path, method=method, headers=headers, data=b"{")
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="Readout"'
        assert response.content_type == "application/problem+json"
        assert response.headers["Cache-Control"] == "no-store"


def test_token_without_the_scope_is_a_403(editor: Editor, tokens: Path) -> None:
    records, bundles = (Editor(editor.client, new_token(tokens, scope)) for scope in ("records", "bundles"))
    for method, path in WRITES:
        allowed, other = (bundles, records) if "bundles" in path else (records, bundles)
        assert other.send(method, path).status_code == 403
        assert allowed.send(method, path).status_code in (400, 415)
    assert records.send("DELETE", "/sources/invented-article?reason=x").status_code == 403


def test_revoked_token_is_invalid_at_once(editor: Editor, tokens: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = "/events/invented-statement"
    assert editor.send("PATCH", path, {}).status_code == 428
    lines = tokens.read_text()
    tokens.write_text("")
    assert editor.send("PATCH", path, {}).status_code == 401
    tokens.write_text(lines + "{}")
    assert editor.send("PATCH", path, {}).status_code == 503
    assert "tokens:2: " in caplog.text


def test_other_sites_may_read_only(editor: Editor) -> None:
    preflight = {"Origin": "https://other.example", "Access-Control-Request-Method": "DELETE"}
    response = editor.client.options("/events/invented-statement", headers=preflight)
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "DELETE" in response.headers["Allow"]
    assert "POST" in editor.client.options("/check", headers=preflight).headers["Access-Control-Allow-Methods"]


def test_operations_are_described_with_their_scope(editor: Editor) -> None:
    document = editor.client.get("/openapi.json").get_json()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for method, path in WRITES:
        template = path.replace("invented-article", "{id}").replace("invented-statement", "{id}")
        operation = document["paths"][template][method.lower()]
        assert operation["security"] == [{"bearer": ["bundles" if "bundles" in path else "records"]}]
        assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/WriteError"}
    assert "- 401: " in document["components"]["responses"]["WriteError"]["description"]
    assert "security" not in document["paths"]["/events"]["get"]
    patch = without_references(document, document["paths"]["/events/{id}"]["patch"])
    names = {one["name"] for one in patch["parameters"]}
    assert names == {"id", "reason", "dry_run", "If-Match", "Idempotency-Key", "Prefer"}


def test_only_a_dry_run_answers_with_a_difference(editor: Editor) -> None:
    document = editor.client.get("/openapi.json").get_json()
    create = without_references(document, document["paths"]["/events"]["post"])["responses"]
    schemas = {status: create[status]["content"]["application/json"]["schema"] for status in ("200", "201")}
    assert {status: schema["$ref"].split("/")[-1] for status, schema in schemas.items()} == {
        "200": "Difference",
        "201": "Event",
    }


def test_part_of_the_document_says_how_to_send_a_token(editor: Editor) -> None:
    part = editor.client.get("/openapi.json?operation=createEvent").get_json()
    validate(part)
    assert part["components"]["securitySchemes"].keys() == {"bearer"}
    assert "securitySchemes" not in editor.client.get("/openapi.json?operation=getEvent").get_json()["components"]


@pytest.mark.slow
def test_document_with_writes_is_valid_openapi(editor: Editor) -> None:
    validate(editor.client.get("/openapi.json").get_json())


def test_document_with_writes_is_small(editor: Editor) -> None:
    assert len(editor.client.get("/openapi.json").data) < 400_000


def test_paths_with_a_suffix_are_for_reading(editor: Editor) -> None:
    for path in ("/bundles/invented-article.yaml", "/events/invented-statement.json"):
        assert set(editor.client.options(path).headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
        assert editor.send("DELETE", f"{path}?reason=x", If_Match="*").status_code == 405


def test_refused_clients_wait_and_no_token_is_logged(own: Path, tokens: Path, tmp_path: Path) -> None:
    token, log = new_token(tokens), tmp_path / "access.log"
    settings = {"tokens": str(tokens), "base_url": "https://x.example/readout", "rate_limit": "off"}
    app = create_asgi_app(database=str(own), access_log=str(log), **settings)

    def send(method: str, authorization: str, client: str = "192.0.2.1") -> HttpResponse:
        return request(app, "/events/x", method, client, authorization=authorization)

    def status(method: str, authorization: str, client: str = "192.0.2.1") -> int:
        return send(method, authorization, client).status

    assert [status("DELETE", f"Bearer wrong-{token}") for _ in range(22)] == [401] * 20 + [429] * 2
    assert json.loads(send("DELETE", "Bearer wrong").body)["docs"] == "/readout/docs"
    assert status("DELETE", f"Bearer {token}") == 400
    assert status("DELETE", f"Bearer {token}", client="192.0.2.2") == 400
    assert status("GET", "Bearer wrong") == 404
    app.close()
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(entries) == 26
    assert token not in log.read_text()


def test_valid_token_has_a_rate_of_its_own(own: Path, tokens: Path) -> None:
    """Those who guess tokens at the address of an editor use up the rate of the address only."""
    app = create_asgi_app(database=str(own), tokens=str(tokens), rate_limit="3/minute")
    authorizations = ["Bearer wrong"] * 4 + [f"Bearer {new_token(tokens)}"] * 4
    responses = [request(app, "/events/x", "DELETE", authorization=one) for one in authorizations]
    assert [response.status for response in responses] == [401] * 3 + [429] + [400] * 3 + [429]


def test_invalid_tokens_are_rejected_at_start(own: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="READOUT_TOKENS"):
        create_app(database=str(own), tokens=str(tmp_path / "missing"))
