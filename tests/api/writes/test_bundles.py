"""Bundles over HTTP: read, replaced and withdrawn as the commands do, with the same errors as `POST /check`."""

from pathlib import Path

import pytest

from seed.doctor import run_checks
from tests.support.bundle_files import SECOND, read_document, select
from tests.support.editor import NAME, Editor
from tests.support.small_bundles import bundle

SOURCE = "/bundles/invented-article"


def test_bundle_is_read_as_it_was_written(editor: Editor) -> None:
    as_json, as_yaml = editor.client.get(SOURCE), editor.client.get(f"{SOURCE}.yaml")
    assert editor.client.get(SOURCE, headers={"Accept": "application/yaml"}).data == as_yaml.data
    assert as_json.get_json().keys() == read_document(SECOND).keys()
    assert as_yaml.content_type == "application/yaml"
    assert as_yaml.text.startswith("sources:\n- id: invented-article\n")
    for response in (as_json, as_yaml):
        headers = {"Content-Type": response.content_type, "If-Match": response.headers["ETag"]}
        put = editor.client.put(SOURCE, data=response.data, headers=editor.headers | headers)
        assert put.status_code == 200, put.text
        assert put.get_json() == {"revision": 2, "changes": {"create": 0, "update": 0, "delete": 0}}


def test_new_bundle_is_created(editor: Editor, own: Path) -> None:
    document = bundle("new-article", parties=[{"id": "somebody", "name": "Somebody"}])
    response = editor.send("PUT", "/bundles/new-article?reason=New.", document, If_None_Match="*")
    assert (response.status_code, response.headers["Location"]) == (201, "http://localhost/bundles/new-article")
    assert response.get_json() == {"revision": 3, "changes": {"create": 2, "update": 0, "delete": 0}}
    assert editor.client.get("/parties/somebody").status_code == 200
    assert select(own, "select author, reason from revisions where revision = 3") == [(NAME, "New.")]
    assert {result.check: result.detail for result in run_checks(own) if result.state != "ok"} == {}


def test_replaced_bundle_drops_what_it_leaves_out(editor: Editor) -> None:
    document = read_document(SECOND)
    dropped = document.pop("events")[0]["id"]
    for plural in ("proposals", "positions", "statements"):
        for record in document.get(plural, []):
            record.pop("event", None)
    response = editor.send("PUT", SOURCE, document, If_Match=editor.etag(SOURCE), Prefer="return=minimal")
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Preference-Applied"] == "return=minimal"
    assert editor.client.get(f"/events/{dropped}").status_code == 410


def test_replacement_needs_the_current_state(editor: Editor) -> None:
    document = read_document(SECOND)
    etag = editor.etag(SOURCE)
    assert editor.send("PUT", SOURCE, document).status_code == 428
    assert editor.send("PUT", SOURCE, document, If_None_Match="*").status_code == 412
    assert editor.send("PUT", "/bundles/nothing", bundle("nothing"), If_Match=etag).status_code == 412
    document["sources"][0]["title"] = "Another title"
    assert editor.send("PUT", SOURCE, document, If_Match=f'"other", {etag}').status_code == 200
    assert editor.send("PUT", SOURCE, document, If_Match=etag).status_code == 412
    assert editor.send("PUT", SOURCE, document, If_Match=f"W/{editor.etag(SOURCE)}").status_code == 412
    assert editor.send("DELETE", f"{SOURCE}?reason=x").status_code == 428
    assert editor.send("DELETE", f"{SOURCE}?reason=x", If_Match=etag).status_code == 412


def test_invalid_bundle_has_the_errors_of_check_and_changes_nothing(editor: Editor, own: Path) -> None:
    document = read_document(SECOND)
    document["positions"][0]["stance"] = "reject"
    document["events"][0]["participants"][0]["party"] = "puttin"
    response = editor.send("PUT", SOURCE, document, If_Match=editor.etag(SOURCE))
    expected = editor.client.post("/check", json=document)
    assert response.status_code == expected.status_code == 422
    assert response.get_json(force=True)["errors"] == expected.get_json(force=True)["errors"]
    assert select(own, "select count(*) from revisions") == [(2,)]
    other = editor.send("PUT", "/bundles/other", read_document(SECOND))
    assert other.get_json(force=True)["errors"][0]["pointer"] == "#/sources/0/id"


def test_errors_are_in_the_order_of_the_records(editor: Editor) -> None:
    """Also if there are more than a response shows."""
    invalid = {"status": "none", "negotiations": [], "issues": []}
    document = bundle("other", questions=[{"id": f"new-{number}", **invalid} for number in range(600)])
    expected = [f"#/questions/{number}/status" for number in range(500)]
    for response in (editor.send("PUT", "/bundles/other", document), editor.client.post("/check", json=document)):
        assert [error["pointer"] for error in response.get_json(force=True)["errors"]] == expected


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("{", "application/json", 400),
        ("a: b: c", "application/yaml", 400),
        ("", "application/yaml", 400),
        ("{}", "text/plain", 415),
        ("[]", "application/json", 422),
        ("a: 1", "application/yaml", 422),
        (" " * (4 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_unreadable_body_is_rejected(editor: Editor, body: str, media_type: str, status: int) -> None:
    response = editor.send("PUT", SOURCE, body, If_Match="*", Content_Type=media_type)
    assert response.status_code == status
    assert response.headers.get("Accept") == ("application/json, application/yaml" if status == 415 else None)


def test_size_is_that_of_the_bundle_itself_in_bytes(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another bundle adds to its records does not count."""
    aliases = ["є" * 190 + str(number) for number in range(20)]
    for document in (
        bundle("large", parties=[{"id": "somebody", "name": "Somebody", "aliases": aliases}]),
        bundle("small", parties=[{"id": "another", "name": "Another"}]),
        bundle("adding", additions=[{"id": "names", "party": "another", "aliases": aliases}]),
    ):
        path = f"/bundles/{document['sources'][0]['id']}"
        assert editor.send("PUT", path, document, If_None_Match="*").status_code == 201
    monkeypatch.setattr("api.writes.bundles.MAX_BODY_BYTES", 7000)
    assert editor.client.get("/bundles/small").status_code == 200
    for refused in (
        editor.client.get("/bundles/large"),
        editor.send("DELETE", "/bundles/large?reason=x", If_Match="*"),
    ):
        assert refused.status_code == 400
        assert "python -m seed export, load and withdraw" in refused.get_json(force=True)["detail"]


def test_withdrawn_bundle_answers_410(editor: Editor, own: Path) -> None:
    assert editor.send("DELETE", SOURCE, If_Match=editor.etag(SOURCE)).status_code == 400
    response = editor.send("DELETE", f"{SOURCE}?reason=Retracted.", If_Match=editor.etag(SOURCE))
    assert (response.status_code, response.data) == (204, b"")
    gone = editor.client.get(SOURCE)
    assert gone.status_code == 410
    assert gone.get_json(force=True)["author"] == NAME
    assert editor.send("DELETE", f"{SOURCE}?reason=x", If_Match="*").status_code == 410
    assert editor.send("DELETE", "/bundles/invented-articel?reason=x", If_Match="*").status_code == 404
    assert {result.check: result.detail for result in run_checks(own) if result.state != "ok"} == {}


def test_source_to_which_others_refer_is_not_withdrawn(editor: Editor) -> None:
    path = "/bundles/trump-putin-call-article"
    response = editor.send("DELETE", f"{path}?reason=x", If_Match=editor.etag(path))
    assert response.status_code == 409
    referrers = response.get_json(force=True)["referrers"]
    assert {
        "type": "events",
        "id": "invented-statement",
        "url": "http://localhost/events/invented-statement",
    } in referrers
