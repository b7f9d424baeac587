"""Counts by party and month, from which totals of date ranges are read, are correct after every kind of write."""

from pathlib import Path

from seed.doctor import run_checks
from tests.support.bundle_files import select
from tests.support.editor import Editor

EVENT = {
    "id": "new-event",
    "title": "New event",
    "kind": "meeting",
    "summary": "A new event.",
    "voice": "source",
    "status": "scheduled",
    "date": "2031-05-17",
    "date_basis": "stated",
    "negotiations": ["ukraine-war-settlement"],
    "participants": [{"party": "putin", "role": "addressee"}, {"party": "putin", "role": "host"}],
    "citations": [{"source": "invented-article", "paragraph": 1}],
}
PATH = "/events/new-event"


def total(editor: Editor, party: str, since: str, until: str) -> int:
    page = editor.client.get(f"/events?party={party}&since={since}&until={until}", headers={"Accept": "*/*"})
    found: int = page.get_json()["page"]["total"]
    return found


def patch(editor: Editor, **changes: object) -> None:
    response = editor.send("PATCH", PATH, changes, If_Match=editor.etag(PATH))
    assert response.status_code == 200, response.text


def test_totals_follow_every_write(own: Path, editor: Editor) -> None:
    assert total(editor, "putin", "2031-04", "2031-06") == 0
    created = editor.send("POST", "/events?source=invented-article", EVENT)
    assert created.status_code == 201, created.text
    assert total(editor, "putin", "2031-04", "2031-06") == 1
    patch(editor, date="2032-01", status="planned")
    assert total(editor, "putin", "2031-04", "2031-06") == 0
    assert total(editor, "putin", "2031-06", "2032-03") == 1
    patch(editor, participants=[{"party": "waltz", "role": "addressee"}])
    assert total(editor, "putin", "2031-06", "2032-03") == 0
    assert total(editor, "waltz", "2031-06", "2032-03") == 1
    patch(editor, date="2031-12/..")
    assert total(editor, "waltz", "2032-06", "2032-09") == 1
    assert total(editor, "waltz", "2031-06", "2031-10") == 0
    assert editor.send("DELETE", f"{PATH}?reason=Done.", If_Match=editor.etag(PATH)).status_code == 204
    assert total(editor, "waltz", "2031-06", "2032-03") == 0
    assert select(own, "select 1 from month_counts where party = 'putin' and month >= '2031'") == []
    assert [result.detail for result in run_checks(own) if result.state != "ok"] == []
