"""Rename, merge and undo over HTTP: by the rules of the commands, with the conditions of every write."""

from pathlib import Path
from typing import Any

import pytest

from schemas import RECORDS
from seed.doctor import run_checks
from tests.support.bundle_files import select
from tests.support.editor import NAME, Editor, new_token

PROPOSAL = "/proposals/invented-pause"
RENAME = f"{PROPOSAL}/rename?to=three-days&reason=Clearer."
MERGE = f"{PROPOSAL}/merge?into=energy-strikes-halt&reason=The same."


def test_renamed_record_is_served_under_its_new_id(editor: Editor, own: Path) -> None:
    response = editor.send("POST", RENAME, If_Match=editor.etag(PROPOSAL))
    assert response.status_code == 201, response.text
    url = response.headers["Location"].removeprefix("http://localhost")
    assert url == "/proposals/three-days"
    assert response.data == editor.client.get(url).data
    assert response.headers["ETag"] == editor.etag(url)
    gone = editor.client.get(PROPOSAL)
    assert (gone.status_code, gone.get_json()["successor"], gone.get_json()["author"]) == (410, "three-days", NAME)
    positions = editor.client.get("/positions?proposal=three-days").get_json()["data"]
    assert "ukraine-rejects-invented-pause" in [one["id"] for one in positions]
    assert {result.check for result in run_checks(own) if result.state != "ok"} == set()


def test_merged_record_leads_to_the_other(editor: Editor) -> None:
    response = editor.send("POST", MERGE, If_Match=editor.etag(PROPOSAL))
    assert (response.status_code, response.data) == (200, editor.client.get("/proposals/energy-strikes-halt").data)
    assert editor.client.get(PROPOSAL).get_json()["successor"] == "energy-strikes-halt"


def test_undo_brings_records_back(editor: Editor, own: Path) -> None:
    before = editor.client.get(PROPOSAL).get_json()
    editor.send("POST", RENAME, If_Match="*")
    response = editor.send("POST", "/undo?revision=3&reason=It was right.")
    assert response.status_code == 200, response.text
    assert response.get_json()["revision"] == 4
    assert editor.client.get(PROPOSAL).get_json() == before | {"revision": 4}
    assert select(own, "select author, reason from revisions where revision = 4") == [(NAME, "It was right.")]


@pytest.mark.parametrize("path", [RENAME, MERGE, "/undo?revision=2&reason=Why."])
def test_dry_run_shows_and_keeps_nothing(editor: Editor, own: Path, path: str) -> None:
    before = select(own, "select * from changes")
    response = editor.send("POST", f"{path}&dry_run=true", If_Match="*")
    assert response.status_code == 200, response.text
    assert response.get_json()["total"] > 0
    assert select(own, "select * from changes") == before
    assert editor.client.get(PROPOSAL).status_code == 200


@pytest.mark.parametrize(
    ("path", "headers", "status", "detail"),
    [
        (RENAME, {}, 428, "If-Match"),
        (RENAME, {"If_Match": '"other"'}, 412, "It has changed"),
        (MERGE, {}, 428, "If-Match"),
        (f"{PROPOSAL}/rename?to=energy-strikes-halt&reason=x", {"If_Match": "*"}, 409, "There is already a proposal"),
        (f"{PROPOSAL}/rename?to=Three Days&reason=x", {"If_Match": "*"}, 400, "'to'"),
        (f"{PROPOSAL}/rename?to=three-days", {"If_Match": "*"}, 400, "'reason'"),
        (f"{PROPOSAL}/merge?into=invented-pause&reason=x", {"If_Match": "*"}, 409, "is the same record"),
        (f"{PROPOSAL}/merge?into=energy-strikes-hold&reason=x", {"If_Match": "*"}, 400, "'into'"),
        ("/proposals/nothing/rename?to=three-days&reason=x", {"If_Match": "*"}, 404, "There is no proposal"),
        ("/sources/invented-article/merge?into=trump-putin-call-article&reason=x", {"If_Match": "*"}, 404, ""),
        ("/undo?revision=9&reason=x", {}, 409, "There is no revision 9. The latest is 2."),
        ("/undo?revision=1&reason=x", {}, 409, "which does not exist; "),
        ("/undo?revision=x&reason=x", {}, 400, "'revision'"),
        ("/undo?reason=x", {}, 400, "'revision'"),
    ],
)
def test_refused_change_changes_nothing(
    editor: Editor, own: Path, path: str, headers: dict[str, Any], status: int, detail: str
) -> None:
    response = editor.send("POST", path, **headers)
    assert (response.status_code, response.content_type) == (status, "application/problem+json"), response.text
    assert detail in response.get_json(force=True)["detail"]
    assert select(own, "select max(revision) from revisions") == [(2,)]


@pytest.mark.parametrize("plural", sorted(RECORDS.keys() - {"additions"}))  # the bundles have none
def test_every_type_can_be_renamed(editor: Editor, plural: str) -> None:
    (first,) = editor.client.get(f"/{plural}?limit=1").get_json()["data"]
    response = editor.send("POST", f"/{plural}/{first['id']}/rename?to=another-id&reason=Clearer.", If_Match="*")
    assert (response.status_code, response.get_json()["id"]) == (201, "another-id")


@pytest.mark.parametrize(("path", "scope"), [(RENAME, "bundles"), ("/undo?revision=2&reason=x", "records")])
def test_scope_is_required(editor: Editor, tokens: Path, path: str, scope: str) -> None:
    editor.headers = {"Authorization": f"Bearer {new_token(tokens, scope)}"}
    assert editor.send("POST", path, If_Match="*").status_code == 403
