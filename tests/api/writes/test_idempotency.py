"""A repeated request with the same Idempotency-Key is answered again, without a second change."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api import create_app
from api.writes import idempotency
from seed.doctor import run_checks
from tests.support.bundle_files import select
from tests.support.editor import CREATE, NEW, Editor, new_token

POSITION = "/positions/ukraine-rejects-invented-pause"


def revisions(path: Path) -> int:
    return int(select(path, "select count(*) from revisions")[0][0])


def test_repeated_requests_are_answered_again(editor: Editor, own: Path) -> None:
    etag = editor.etag(POSITION)
    created = [editor.send("POST", CREATE, NEW, Idempotency_Key="one") for _ in range(2)]
    patched = [editor.send("PATCH", POSITION, {"note": "x"}, If_Match=etag, Idempotency_Key="two") for _ in range(2)]
    withdrawn = [
        editor.send("DELETE", "/questions/new-question?reason=x", If_Match="*", Idempotency_Key="3") for _ in range(2)
    ]
    for first, again in (created, patched, withdrawn):
        assert (first.status_code, first.data) == (again.status_code, again.data)
        assert dict(first.headers) == dict(again.headers)
    assert [pair[0].status_code for pair in (created, patched, withdrawn)] == [201, 200, 204]
    assert revisions(own) == 5
    assert {result.check: result.detail for result in run_checks(own) if result.state != "ok"} == {}


def test_key_with_another_request_is_a_422(editor: Editor, own: Path, tokens: Path) -> None:
    assert editor.send("POST", CREATE, NEW, Idempotency_Key="one").status_code == 201
    for path, body in ((CREATE, {**NEW, "note": "x"}), (f"{CREATE}&reason=x", NEW)):
        assert editor.send("POST", path, body, Idempotency_Key="one").status_code == 422
    other = Editor(editor.client, new_token(tokens))
    assert other.send("POST", CREATE, NEW, Idempotency_Key="one").status_code == 409
    assert revisions(own) == 3


@pytest.mark.parametrize("key", ["", "ä" * 3, "x" * 256])
@pytest.mark.parametrize("path", [CREATE, f"{CREATE}&dry_run=true"])
def test_invalid_key_is_a_400_in_a_dry_run_too(editor: Editor, path: str, key: str) -> None:
    response = editor.send("POST", path, NEW, Idempotency_Key=key)
    assert (response.status_code, "Idempotency-Key" in response.text) == (400, True)


def test_dry_run_may_have_the_key_of_the_change(editor: Editor) -> None:
    assert editor.send("POST", f"{CREATE}&dry_run=true", NEW, Idempotency_Key="one").status_code == 200
    assert editor.send("POST", CREATE, NEW, Idempotency_Key="one").status_code == 201
    path = f"/questions/{NEW['id']}?reason=x&dry_run=true"
    assert editor.send("DELETE", path, If_Match="*", Idempotency_Key="one").status_code == 200


def test_only_changes_are_stored_and_keys_are_hashed(editor: Editor, own: Path) -> None:
    key = "a key that no text has"
    assert editor.send("POST", CREATE, {}, Idempotency_Key=key).status_code == 422
    assert editor.send("POST", f"{CREATE}&dry_run=true", NEW, Idempotency_Key=key).status_code == 200
    assert editor.send("POST", CREATE, NEW, Idempotency_Key=key).status_code == 201
    assert select(own, "select count(*) from answers") == [(1,)]
    assert not any(key.encode() in file.read_bytes() for file in own.parent.glob(f"{own.name}*"))


def test_downloads_have_no_answers(editor: Editor, tmp_path: Path) -> None:
    assert editor.send("POST", CREATE, NEW, Idempotency_Key="one").status_code == 201
    path = tmp_path / "download.db"
    path.write_bytes(editor.client.get("/export/readout.db").data)
    assert select(path, "select count(*) from sqlite_master where name = 'answers'") == [(0,)]
    assert b"application/json" not in path.read_bytes()  # which is among the headers of each answer


def test_answers_are_bounded_by_number_and_size(editor: Editor, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(number: int) -> int:
        response = editor.send("PATCH", POSITION, {"note": f"{number}"}, If_Match="*", Idempotency_Key=f"{number}")
        assert response.status_code == 200
        return len(response.data)

    def stored_answers() -> int:
        return int(select(own, "select count(*) from answers")[0][0])

    monkeypatch.setattr(idempotency, "MAX_ANSWERS", 2)
    size = max(write(number) for number in range(3))
    assert stored_answers() == 2
    monkeypatch.setattr(idempotency, "MAX_BYTES", size + 10)
    write(3)
    assert stored_answers() == 1


def test_key_is_forgotten_after_a_day(editor: Editor, own: Path) -> None:
    assert editor.send("POST", CREATE, NEW, Idempotency_Key="one").status_code == 201
    path = f"/questions/{NEW['id']}?reason=x"
    assert editor.send("DELETE", path, If_Match="*").status_code == 204
    made = datetime.now(UTC) - timedelta(days=1, minutes=1)
    with closing(sqlite3.connect(own)) as file, file:
        file.execute("update answers set answered_at = ?", [made.isoformat()])
    repeated = editor.send("POST", CREATE, NEW, Idempotency_Key="one").get_json(force=True)
    assert [error["pointer"] for error in repeated["errors"]] == ["#/id"]  # which is withdrawn
    assert editor.send("PATCH", POSITION, {"note": "x"}, If_Match="*", Idempotency_Key="one").status_code == 200
    assert select(own, "select count(*) from answers") == [(1,)]


def test_output_of_the_command_is_not_in_the_access_log(
    own: Path, tokens: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The log may be on stdout: READOUT_ACCESS_LOG=-."""
    app = create_app(database=str(own), tokens=str(tokens), after_write="echo replicated")
    assert Editor(app.test_client(), new_token(tokens)).send("POST", CREATE, NEW).status_code == 201
    out, err = capfd.readouterr()
    assert (out, "replicated\n" in err) == ("", True)


def test_repeat_waits_for_the_replica_again(own: Path, tokens: Path, tmp_path: Path) -> None:
    app = create_app(database=str(own), tokens=str(tokens), after_write=f"test -e '{tmp_path / 'copied'}'")
    editor = Editor(app.test_client(), new_token(tokens))
    lost = editor.send("POST", CREATE, NEW, Idempotency_Key="one")
    assert (lost.status_code, "Retry-After" in lost.headers) == (503, True)
    assert "The change was made" in lost.get_json(force=True)["detail"]
    (tmp_path / "copied").touch()
    assert editor.send("POST", CREATE, NEW, Idempotency_Key="one").status_code == 201
    assert revisions(own) == 3
