"""Use the Python client that openapi-generator generated against a live server. Arguments: its folder and the URL."""

import importlib
import sys

sys.path.insert(0, sys.argv[1])
generated = importlib.import_module("readout_generated")

STARTS = {".csv": b"id,", ".ndjson": b"{", ".txt": b"", ".md": b"# ", ".xlsx": b"PK", ".ics": b"BEGIN:VCALENDAR"}
"""The beginnings of the other formats of a list."""

client = generated.ApiClient(generated.Configuration(host=sys.argv[2]))
events, views = generated.EventsApi(client), generated.ViewsApi(client)

everything = events.list_events(limit=500)
assert everything.page.total == len(everything.data) > 1

calls = events.list_events(kind=["call", "talks"], party=["putin"])
assert 0 < calls.page.total < everything.page.total
assert {event.kind.value for event in calls.data} <= {"call", "talks"}

titles = events.list_events(limit=500, fields=["title"])
assert [event.title for event in titles.data] == [event.title for event in everything.data]
assert all(event.id is None for event in titles.data)

call = events.get_event("trump-putin-call")
assert call in everything.data

try:
    events.get_event("no-such-event")
except generated.exceptions.NotFoundException as error:
    assert error.data.status == 404 and error.data.detail  # noqa: PT017, PT018
else:
    raise AssertionError("an unknown id was found")

try:
    events.list_events(sort=["titel"])
except generated.exceptions.BadRequestException as error:
    assert [(each.parameter, each.did_you_mean) for each in error.data.errors] == [("sort", "title")]  # noqa: PT017
else:
    raise AssertionError("an invalid sort was accepted")

for suffix, start in STARTS.items():
    answer = client.rest_client.request("GET", f"{client.configuration.host}/events{suffix}")
    assert answer.read().startswith(start), suffix

cells = views.get_matrix(negotiation=["ukraine-war-settlement"]).cells
assert all(cell.stances for cell in cells)

assert views.export_sqlite()[:16] == b"SQLite format 3\0"
assert views.export_csv()[:2] == b"PK"
assert views.export_ndjson().startswith(b"{")
