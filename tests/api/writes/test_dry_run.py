"""A dry run shows what a change would do, to records and to the matrix, and does nothing."""

from pathlib import Path

from tests.support.bundle_files import SECOND, read_document, select
from tests.support.editor import Editor
from tests.support.small_bundles import bundle

POSITION = "/positions/ukraine-rejects-invented-pause"
BUNDLE = "/bundles/invented-article"


def test_changed_stance_shows_the_field_and_the_cell(editor: Editor, own: Path) -> None:
    etag, matrix = editor.etag(POSITION), editor.client.get("/matrix.json").data
    response = editor.send("PATCH", f"{POSITION}?dry_run=true", {"stance": "accepts"}, If_Match=etag)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    found = response.get_json()
    assert (found["dry_run"], found["total"]) == (True, 1)
    assert found["changes"] == [
        {"action": "update", "type": "positions", "id": "ukraine-rejects-invented-pause"}
        | {"before": {"stance": "rejects"}, "after": {"stance": "accepts"}}
    ]
    (cell,) = found["matrix"]["cells"]
    assert (cell["party"], cell["row"], found["matrix"]["total"]) == ("ukraine", "general-ceasefire", 1)
    assert "rejects" in cell["before"]["stances"]
    assert "rejects" not in cell["after"]["stances"]
    assert (editor.etag(POSITION), editor.client.get("/matrix.json").data) == (etag, matrix)
    assert select(own, "select count(*) from revisions") == [(2,)]


def test_dry_run_shows_what_the_change_then_does(editor: Editor) -> None:
    before = editor.client.get("/matrix").get_json()["cells"]
    found = editor.send("DELETE", f"{POSITION}?reason=x&dry_run=true", If_Match="*").get_json()
    assert editor.send("DELETE", f"{POSITION}?reason=x&dry_run=false", If_Match="*").status_code == 204
    after = editor.client.get("/matrix").get_json()["cells"]
    changed = {(one["party"], one["row"]) for one, other in zip(before, after, strict=True) if one != other}
    assert {(cell["party"], cell["row"]) for cell in found["matrix"]["cells"]} == changed != set()
    (change,) = found["changes"]
    assert (change["action"], change["before"]["stance"], change["after"]) == ("delete", "rejects", None)


def test_bundle_is_tried_out(editor: Editor, own: Path) -> None:
    response = editor.send("PUT", "/bundles/new?dry_run=true", bundle("new", parties=[{"id": "new-one", "name": "N"}]))
    assert response.status_code == 200
    found = response.get_json()
    assert [(one["action"], one["type"], one["before"]) for one in found["changes"]] == [
        ("create", "sources", None),
        ("create", "parties", None),
    ]
    assert found["matrix"] == {"total": 0, "cells": []}
    same = editor.send("PUT", f"{BUNDLE}?dry_run=true", read_document(SECOND), If_Match="*").get_json()
    assert (same["total"], same["changes"]) == (0, [])
    assert editor.client.get("/parties/new-one").status_code == 404
    assert select(own, "select count(*) from revisions") == [(2,)]


def test_addition_shows_what_it_changes(editor: Editor) -> None:
    addition = {"id": "alias", "party": "putin", "aliases": ["V. Putin"]}
    found = editor.send("PUT", "/bundles/new?dry_run=true", bundle("new", additions=[addition])).get_json()
    (party,) = (one for one in found["changes"] if one["type"] == "parties")
    added = set(party["after"]["aliases"]) - set(party["before"]["aliases"])
    assert (party["action"], added) == ("update", {"V. Putin"})


def test_row_without_positions_is_no_change_of_cells(editor: Editor) -> None:
    issue = {"id": "new", "negotiations": ["ukraine-war-settlement"]}
    proposal = {"id": "new", "negotiations": ["ukraine-war-settlement"], "issues": ["new"]}
    document = bundle("new-source", issues=[issue], proposals=[proposal])
    path = "/bundles/new-source?dry_run=true"
    assert editor.send("PUT", path, document).get_json()["matrix"] == {"total": 0, "cells": []}
    position = {"id": "new", "party": "ukraine", "proposal": "new"}
    found = editor.send("PUT", path, bundle("new-source", issues=[issue], proposals=[proposal], positions=[position]))
    (cell,) = found.get_json()["matrix"]["cells"]
    assert (cell["party"], cell["row"], cell["before"], cell["after"]["stances"]) == (
        "ukraine",
        "new",
        None,
        ["accepts"],
    )


def test_dry_run_has_the_errors_of_the_change(editor: Editor) -> None:
    assert editor.send("PATCH", f"{POSITION}?dry_run=true", {"stance": "accepts"}).status_code == 428
    assert editor.send("PATCH", f"{POSITION}?dry_run=true", {"stance": "?"}, If_Match="*").status_code == 422
    assert editor.send("PATCH", f"{POSITION}?dry_run=yes", {}, If_Match="*").status_code == 400
    response = editor.send("DELETE", "/proposals/invented-pause?reason=x&dry_run=true", If_Match="*")
    assert response.status_code == 409
