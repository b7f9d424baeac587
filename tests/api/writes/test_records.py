"""Single records over HTTP: created, replaced, changed and withdrawn, validated with the bundle that has them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from api.asgi import create_asgi_app
from api.http.body import MERGE_PATCH
from api.writes import transaction
from schemas import RECORDS
from schemas.merge_patch import merge_patch
from seed.doctor import run_checks
from tests.support.asgi import make_receive, make_scope, request_async
from tests.support.bundle_files import SECOND, read_document, select
from tests.support.editor import CREATE, NAME, NEW, Editor, new_token

POSITION = "/positions/ukraine-rejects-invented-pause"


def errors(response: Any) -> dict[str, Any]:
    """Return the errors of a 422 or 400 by pointer or parameter."""
    return {one.get("pointer", one.get("parameter")): one for one in response.get_json(force=True)["errors"]}


def test_record_lives_from_creation_to_withdrawal(editor: Editor, own: Path) -> None:
    created = editor.send("POST", f"{CREATE}&reason=New.", NEW)
    assert created.status_code == 201, created.text
    url = created.headers["Location"].removeprefix("http://localhost")
    assert url == "/questions/new-question"
    assert created.data == editor.client.get(url).data
    assert created.headers["ETag"] == editor.etag(url)

    changed = editor.send(
        "PATCH", f"{url}?reason=Clearer.", {"question": "How long?"}, If_Match=created.headers["ETag"]
    )
    assert (changed.status_code, changed.get_json()["question"]) == (200, "How long?")
    assert changed.headers["ETag"] == editor.etag(url) != created.headers["ETag"]

    replaced = editor.send("PUT", url, {**NEW, "note": "Open."}, If_Match=changed.headers["ETag"])
    assert (replaced.status_code, replaced.data) == (200, editor.client.get(url).data)
    assert replaced.get_json()["question"] == "For how long?"
    assert "ETag" not in replaced.headers

    withdrawn = editor.send("DELETE", f"{url}?reason=A mistake.", If_Match=editor.etag(url))
    assert (withdrawn.status_code, withdrawn.data) == (204, b"")
    assert editor.client.get(url).status_code == 410
    history = editor.client.get(f"{url}/history").get_json()["data"]
    assert [(one["action"], one["author"], one["reason"]) for one in history] == [
        ("create", NAME, "New."),
        ("update", NAME, "Clearer."),
        ("update", NAME, None),
        ("delete", NAME, "A mistake."),
    ]
    assert {result.check: result.detail for result in run_checks(own) if result.state != "ok"} == {}


def test_every_type_is_replaced_by_itself(editor: Editor, own: Path) -> None:
    """What GET /bundles has of a record is what PUT takes."""
    document = editor.client.get("/bundles/trump-putin-call-article").get_json()
    assert document.keys() >= RECORDS.keys() - {"additions"}
    for plural, records in document.items():
        path = f"/{plural}/{records[0]['id']}"
        response = editor.send("PUT", path, records[0], If_Match=editor.etag(path))
        assert response.status_code == 200, response.text
    assert select(own, "select count(*) from revisions") == [(2,)]


def test_put_creates_a_record_under_its_path(editor: Editor) -> None:
    body = {name: value for name, value in NEW.items() if name != "id"}
    response = editor.send("PUT", "/questions/new-question?source=invented-article", body, If_None_Match="*")
    assert (response.status_code, response.headers["Location"]) == (201, "http://localhost/questions/new-question")
    assert editor.send("PUT", "/questions/new-question", body, If_None_Match="*").status_code == 412
    assert editor.send("PUT", "/questions/other", NEW).status_code == 422


def test_minimal_answers_have_no_body(editor: Editor) -> None:
    response = editor.send("POST", CREATE, NEW, Prefer="respond-async, return=minimal")
    assert (response.status_code, response.data) == (201, b"")
    assert response.headers["Location"] == "http://localhost/questions/new-question"
    response = editor.send("PATCH", "/questions/new-question", {"note": "x"}, If_Match="*", Prefer="return=minimal")
    assert (response.status_code, response.data) == (204, b"")


def test_change_needs_the_current_state(editor: Editor) -> None:
    etag = editor.etag(POSITION)
    for method, body in (("PUT", {}), ("PATCH", {"note": "x"}), ("DELETE", None)):
        query = "?reason=x" if method == "DELETE" else ""
        assert editor.send(method, POSITION + query, body).status_code == 428
        assert editor.send(method, POSITION + query, body, If_Match='"other"').status_code == 412
    assert editor.send("PATCH", POSITION, {"note": "x"}, If_Match=f'{etag[:-1]}-gzip"').status_code == 200
    assert editor.send("PATCH", POSITION, {"note": "y"}, If_Match=etag).status_code == 412
    assert editor.client.get(POSITION).get_json()["note"] == "x"


def test_errors_point_into_the_record(editor: Editor, own: Path) -> None:
    wrong = {**NEW, "status": "opne", "issues": ["general-ceasefir"], "colour": "red"}
    response = editor.send("POST", CREATE, wrong)
    assert response.status_code == 422
    found = errors(response)
    assert found.keys() == {"#/status", "#/issues/0", "#/colour"}
    assert found["#/status"]["did_you_mean"] == "open"
    assert found["#/issues/0"]["did_you_mean"] == "general-ceasefire"
    patch = editor.send("PATCH", POSITION, {"stance": None, "citations": []}, If_Match="*")
    assert errors(patch).keys() == {"#/stance", "#/citations"}
    assert errors(editor.send("POST", CREATE, []))["#"]["detail"].startswith("Must be an object")
    assert errors(editor.send("POST", CREATE, {})).keys() >= {"#/id", "#/question"}
    assert select(own, "select count(*) from revisions") == [(2,)]


def test_errors_elsewhere_in_the_bundle_are_those_of_the_record(editor: Editor) -> None:
    shorter = {"paragraphs": 1, "paragraph_sha256": ["0" * 64]}
    response = editor.send("PATCH", "/sources/invented-article", shorter, If_Match="*")
    assert response.status_code == 422
    detail = errors(response)["#"]["detail"]
    assert detail.startswith(
        "Then statements/invented-refusal of the same bundle is invalid at /citations/0/paragraph: "
    )
    assert detail.endswith("The source 'invented-article' has only 1 paragraphs.")


def test_error_that_two_records_have_together_is_at_the_one_that_is_written(editor: Editor) -> None:
    identifiers = editor.client.get("/parties/trump").get_json()["identifiers"]
    response = editor.send("PATCH", "/parties/kremlin", {"identifiers": identifiers}, If_Match="*")
    found = errors(response)
    assert found.keys() == {"#/identifiers/0/identifier"}
    assert "is 'trump' already" in found["#/identifiers/0/identifier"]["detail"]


def test_id_in_another_form_gets_a_suggestion(editor: Editor) -> None:
    found = errors(editor.send("POST", CREATE, {**NEW, "id": "For How Long", "parties": ["White_House"]}))
    suggested = {pointer: error["did_you_mean"] for pointer, error in found.items()}
    assert suggested == {"#/id": "for-how-long", "#/parties/0": "white-house"}


def test_party_does_not_act_on_behalf_of_itself(editor: Editor) -> None:
    party = editor.client.get(POSITION).get_json()["party"]
    found = errors(editor.send("PATCH", POSITION, {"on_behalf_of": [party]}, If_Match="*"))
    assert "Write [] if it acts for itself" in found["#/on_behalf_of"]["detail"]


def test_derived_fields_are_not_taken(editor: Editor) -> None:
    served = editor.client.get(POSITION).get_json()
    found = errors(editor.send("PUT", POSITION, served, If_Match="*"))
    assert {"#/accounts", "#/attribution", "#/revision", "#/url", "#/links"} <= found.keys()


def test_new_record_needs_a_bundle(editor: Editor) -> None:
    assert errors(editor.send("POST", "/questions", NEW))["source"]["detail"].startswith("Required")
    misspelt = errors(editor.send("POST", "/questions?source=invented-articl", NEW))
    assert misspelt["source"]["did_you_mean"] == "invented-article"
    moved = editor.send("PATCH", f"{POSITION}?source=trump-putin-call-article", {"note": "x"}, If_Match="*")
    assert "source" in errors(moved)
    source = {**read_document(SECOND)["sources"][0], "id": "new-source"}
    assert editor.send("POST", "/sources", source).status_code == 201
    assert editor.client.get("/bundles/new-source").status_code == 200


def test_ids_in_use_or_retired_are_not_created(editor: Editor) -> None:
    assert editor.send("POST", CREATE, NEW).status_code == 201
    assert editor.send("POST", CREATE, NEW).status_code == 409
    party = {"id": "putin", "name": "Putin", "kind": "person", "principal": "russia", "principal_basis": "stated"}
    response = editor.send("POST", "/parties?source=invented-article", party)
    assert response.status_code == 409
    assert editor.send("DELETE", "/questions/new-question?reason=x", If_Match="*").status_code == 204
    assert "was withdrawn on" in errors(editor.send("POST", CREATE, NEW))["#/id"]["detail"]
    assert editor.send("PATCH", "/questions/new-question", {}, If_Match="*").status_code == 410
    assert editor.send("PATCH", "/questions/new-questio", {}, If_Match="*").status_code == 404


def test_record_to_which_others_refer_is_not_withdrawn(editor: Editor) -> None:
    response = editor.send("DELETE", "/proposals/invented-pause?reason=x", If_Match="*")
    assert response.status_code == 409
    assert {(one["type"], one["id"]) for one in response.get_json(force=True)["referrers"]} >= {
        ("positions", "ukraine-rejects-invented-pause")
    }


def test_patch_is_a_merge_patch(editor: Editor) -> None:
    response = editor.send("PATCH", POSITION, {}, If_Match="*", Content_Type="application/json")
    assert (response.status_code, response.headers["Accept-Patch"]) == (415, "application/merge-patch+json")
    assert errors(editor.send("PATCH", POSITION, {"id": "other"}, If_Match="*")).keys() == {"#/id"}


def test_only_the_name_of_a_party_changes_attributions(editor: Editor, own: Path) -> None:
    """With 10,000 proposals a new note on a frequent party took seconds, for records that did not change."""
    entries = select(own, "select rowid, id from timeline order by rowid")
    assert editor.send("PATCH", "/parties/putin", {"note": "x", "aliases": ["P."]}, If_Match="*").status_code == 200
    assert select(own, "select rowid, id from timeline order by rowid") == entries
    assert editor.send("PATCH", "/parties/putin", {"name": "V. V. Putin"}, If_Match="*").status_code == 200
    statements = editor.client.get("/statements?speaker=putin").get_json()["data"]
    assert all("V. V. Putin" in one["attribution"] for one in statements)
    assert all(result.state == "ok" for result in run_checks(own))


def test_patch_removes_no_fields_that_do_not_exist(editor: Editor, own: Path) -> None:
    patch = {"notes": None, "accounts": None, "place": {"nam": None}, "date_wording": None}
    found = errors(editor.send("PATCH", "/events/invented-statement", patch, If_Match="*"))
    assert found.keys() >= {"#/notes", "#/accounts", "#/place/nam"}
    assert found["#/notes"]["did_you_mean"] == "note"
    assert found["#/place/nam"]["did_you_mean"] == "name"
    assert "#/date_wording" not in found
    assert select(own, "select count(*) from revisions") == [(2,)]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a"], {"a": "b"}, {"a": "b"}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_in_the_appendix_of_rfc_7396(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


def test_next_read_sees_the_change(own: Path, tokens: Path) -> None:
    """The response cache holds the record as it was."""
    app = create_asgi_app(database=str(own), tokens=str(tokens), rate_limit="off", access_log="off")
    headers = {"authorization": f"Bearer {new_token(tokens)}", "if_match": "*", "content_type": MERGE_PATCH}

    async def read_and_write() -> list[tuple[int, str]]:
        found = []
        for note in ("first", "second"):
            await request_async(app, make_scope(POSITION))
            scope = make_scope(POSITION, "PATCH", **headers)
            written = await request_async(app, scope, make_receive(json.dumps({"note": note}).encode()))
            read = await request_async(app, make_scope(POSITION))
            found.append((written.status, json.loads(read.body)["note"]))
        return found

    assert asyncio.run(read_and_write()) == [(200, "first"), (200, "second")]


def test_write_that_takes_too_long_is_undone(editor: Editor, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "WRITE_SECONDS", -1)
    monkeypatch.setattr(transaction, "PROGRESS_STEPS", 1)
    response = editor.send("PATCH", POSITION, {"note": "x"}, If_Match="*")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "took more than 10 seconds" in response.get_json(force=True)["detail"]
    monkeypatch.undo()
    assert select(own, "select count(*) from revisions") == [(2,)]
    assert editor.send("PATCH", POSITION, {"note": "x"}, If_Match="*").status_code == 200
