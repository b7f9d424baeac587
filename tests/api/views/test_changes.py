"""The change feed is enough to keep a mirror up to date; history survives deletion."""

import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from api.lists.readable_date import readable_date
from schemas import RECORDS
from seed.bundles import load
from seed.storage.writer import Authorship
from tests.support import ROOT
from tests.support.clients import client_of

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def update_mirror(client: FlaskClient, mirror: dict[tuple[str, str], Any], since: int) -> int:
    """Update a mirror from the feed and return its revision."""
    page = client.get(f"/changes?since={since}&limit=50").get_json()
    while True:
        for change in page["data"]:
            mirror[change["type"], change["id"]] = change["record"]
            if change["action"] == "delete":
                del mirror[change["type"], change["id"]]
        if not page["page"]["next"]:
            return int(page["meta"]["revision"])
        page = client.get(page["page"]["next"]).get_json()


def test_a_mirror_stays_in_step_by_the_feed_alone(own: Path, tmp_path: Path) -> None:
    client = client_of(own)
    mirror: dict[tuple[str, str], Any] = {}
    revision = update_mirror(client, mirror, 0)
    edited = tmp_path / "second.yaml"
    for text in (
        SECOND.read_text(),
        SECOND.read_text().replace("All sides hold still", "Everybody holds still"),
        SECOND.read_text().split("positions:\n", maxsplit=1)[0],
    ):
        edited.write_text(text)
        load([edited], own)
        revision = update_mirror(client, mirror, revision)
        for plural in RECORDS:
            served = [json.loads(line) for line in client.get(f"/{plural}.ndjson?sort=id").get_data().splitlines()]
            mirrored = [record for (type, _), record in sorted(mirror.items()) if type == plural]
            assert json.dumps(mirrored) == json.dumps(served)
    assert revision == 4


def test_since_after_the_latest_revision_is_rejected(client: FlaskClient) -> None:
    response = client.get("/changes?since=99")
    assert response.status_code == 400
    assert "rebuilt" in response.text


def test_changes_say_when_by_whom_and_why(own: Path) -> None:
    client = client_of(own)
    load([SECOND], own, authorship=Authorship("A. Editor", "A second report."))
    revisions = {change["revision"]: change for change in client.get("/changes").get_json()["data"]}
    assert (revisions[1]["author"], revisions[1]["reason"]) == (None, None)
    assert (revisions[2]["author"], revisions[2]["reason"]) == ("A. Editor", "A second report.")
    assert revisions[1]["recorded_at"] < revisions[2]["recorded_at"]
    page = client.get("/positions/ukraine-rejects-invented-pause/history.html").text
    day = readable_date(revisions[2]["recorded_at"][:10])
    assert f"{day} · A. Editor · A second report." in page


def test_changes_are_filtered_by_author_and_source(own: Path) -> None:
    client = client_of(own)
    load([SECOND], own, authorship=Authorship("Editor, A. & B.", "A second report."))
    page = client.get("/changes?author=Editor, A. %26 B.&limit=2").get_json()
    assert [one["revision"] for one in page["data"]] == [2, 2]
    assert page["page"]["total"] == 5
    page = client.get(page["page"]["next"]).get_json()
    assert ([one["author"] for one in page["data"]], page["page"]["total"]) == (["Editor, A. & B."] * 2, 3)
    page = client.get("/changes?source=invented-article").get_json()
    assert {(one["source"], one["revision"]) for one in page["data"]} == {("invented-article", 2)}
    assert client.get("/changes?source=invented-article&author=Nobody").get_json()["page"]["total"] == 0
    assert client.get("/changes?author=").status_code == 400


def test_changes_are_filtered_by_reason_and_time(own: Path) -> None:
    client = client_of(own)
    load([SECOND], own, authorship=Authorship("A. Editor", "A Second 100% report."))

    def revisions(query: str) -> set[int]:
        page = client.get(f"/changes?{query}").get_json()
        assert page["page"]["total"] == len(page["data"])
        return {one["revision"] for one in page["data"]}

    day = client.get("/changes").get_json()["data"][0]["recorded_at"][:10]
    assert (revisions("reason=second+100%25"), revisions("reason=second_"), revisions("reason=%25r")) == (
        {2},
        set(),
        set(),
    )
    assert revisions(f"recorded_since={day}") == revisions(f"recorded_until={day[:4]}") == {1, 2}
    assert revisions("recorded_until=2001") == revisions("recorded_since=2999-01") == set()
    page = client.get(f"/changes?reason=SECOND&recorded_since={day}&limit=2").get_json()["page"]
    assert client.get(page["next"]).get_json()["page"]["total"] == page["total"] - 2 == 3
    assert client.get("/changes?recorded_since=yesterday").get_json()["errors"][0]["parameter"] == "recorded_since"


def test_history_of_a_deleted_record_remains(own: Path, tmp_path: Path) -> None:
    client = client_of(own)
    load([SECOND], own)
    without = tmp_path / "second.yaml"
    without.write_text(SECOND.read_text().split("positions:\n", maxsplit=1)[0])
    load([without], own)
    history = client.get("/positions/ukraine-rejects-invented-pause/history").get_json()["data"]
    assert [(change["revision"], change["action"]) for change in history] == [(2, "create"), (3, "delete")]
    assert [change["removal"] for change in history] == [None, "dropped"]
    assert [change["source"] for change in history] == ["invented-article"] * 2
    assert history[1]["record"] is None
    assert client.get("/positions/never-there/history").status_code == 404
