"""Use the client that openapi-python-client generated against a live server. Arguments: its folder and the URL."""

import importlib
import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, sys.argv[1])
generated = importlib.import_module("readout_whole")
list_events = importlib.import_module("readout_whole.api.events.list_events")
get_event = importlib.import_module("readout_whole.api.events.get_event")
models = importlib.import_module("readout_whole.models")

STARTS = {".json": b"{", ".txt": b"", ".md": b"# ", ".xlsx": b"PK", ".ics": b"BEGIN:VCALENDAR"}
"""The beginnings of the other formats of a list."""

api = generated.Client(base_url=sys.argv[2], raise_on_unexpected_status=True)


def pages(**query: Any) -> Any:
    """Yield every record of a list, page by page."""
    cursor = generated.types.UNSET
    while cursor is not None:
        page = list_events.sync(client=api, cursor=cursor, **query)
        assert isinstance(page, models.EventList), page
        yield from page.data
        following = page.page.next_
        cursor = parse_qs(urlsplit(following).query)["cursor"][0] if following else None


everything = list_events.sync(client=api, limit=500)
assert everything.page.total == len(everything.data) > 1

calls = list_events.sync(client=api, kind=[models.TermOfEventKinds("call")], party=["putin"])
assert 0 < calls.page.total < everything.page.total
assert {event.kind for event in calls.data} == {"call"}

assert [event.id for event in pages(limit=7)] == [event.id for event in everything.data]

call = get_event.sync("trump-putin-call", client=api)
assert call in everything.data

titles = list_events.sync(client=api, limit=500, fields=["title"])
assert [event.to_dict() for event in titles.data] == [{"title": event.title} for event in everything.data]
assert get_event.sync("trump-putin-call", client=api, fields=["title"]).title == call.title

missing = get_event.sync_detailed("no-such-event", client=api)
assert missing.status_code == 404
assert missing.parsed.status == 404 and missing.parsed.detail  # noqa: PT018

invalid = list_events.sync_detailed(client=api, sort=["titel"])
assert invalid.status_code == 400
assert [(error.parameter, error.did_you_mean) for error in invalid.parsed.errors] == [("sort", "title")]

table = api.get_httpx_client().get("/events.csv")
assert table.content.count(b"\r\n") == everything.page.total + 1
lines = api.get_httpx_client().get("/events.ndjson")
assert [models.Event.from_dict(json.loads(line)) for line in lines.iter_lines()] == everything.data
for suffix, start in STARTS.items():
    assert api.get_httpx_client().get(f"/events{suffix}").content.startswith(start), suffix
assert b"<feed" in api.get_httpx_client().get("/parties/putin.atom").content

views = {
    name: importlib.import_module(f"readout_whole.api.views.export_{name}") for name in ("sqlite", "csv", "ndjson")
}
assert views["sqlite"].sync(client=api).payload.read(16) == b"SQLite format 3\0"
assert views["csv"].sync(client=api).payload.read(2) == b"PK"
assert all(json.loads(line) for line in views["ndjson"].sync(client=api).payload)
