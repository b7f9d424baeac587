"""REDbot and httplint: what response headers promise to caches and browsers, and whether it is true.

Both exit with 0 whatever they find, so the level of every note is checked. REDbot sends further requests by itself:
with If-None-Match, If-Modified-Since, another content coding, and a range.
"""

import json
import re
from pathlib import Path

import pytest

from tests.conformance.conftest import Run

UNHAPPY = {"BAD", "WARN"}
RECORD = "/events/trump-putin-call"
NO_COMPLAINT = "The server didn't understand the request."
"""httplint's warning about every 400."""
KINDS = ["/events", RECORD, "/events.csv", "/events.ndjson", "/events.ics", "/events.txt", "/docs", "/openapi.json"]


VIEWS = [
    "/matrix",
    "/matrix.csv",
    "/matrix.txt",
    f"{RECORD}/accounts",
    "/timeline",
    "/search?q=truce",
    "/coverage",
    "/changes",
]
OTHERS = ["/", "/examples", "/vocabularies", "/export/readout.db", "/export/readout.zip", "/nowhere", "/events/nothing"]


@pytest.mark.parametrize("path", [*KINDS, *VIEWS, *OTHERS])
def test_redbot_passes(server: str, run: Run, tmp_path: Path, path: str) -> None:
    result = run("redbot", "--output-format", "har", server + path).text
    notes = [note for entry in json.loads(result)["log"]["entries"] for note in entry["_red_messages"]]
    assert notes, "REDbot could not read the response"
    assert [note for note in notes if note["level"] in UNHAPPY] == []


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/nowhere", ()),
        ("/events/nothing", ()),
        ("/events?colour=red", ()),
        ("/events", ("--request", "POST")),
        ("/events", ("--header", "Accept: image/png")),
        *((path, ("conditional",)) for path in KINDS),
    ],
)
def test_httplint_passes_for_errors_and_304(server: str, run: Run, path: str, options: tuple[str, ...]) -> None:
    if options == ("conditional",):
        options = ("--header", f"If-None-Match: {etag_of(server + path, run)}")
    response = run("curl", "--silent", "--include", "--http1.1", *options, server + path).text
    assert response.startswith("HTTP/1.1 304") or "If-None-Match" not in str(options)
    result = run("httplint", "--now", stdin=response).text
    notes = re.findall(r"^\* \[(\w+)\] (.*)$", result, flags=re.MULTILINE)
    assert notes, result
    assert [said for level, said in notes if level in UNHAPPY and said != NO_COMPLAINT] == []


def etag_of(url: str, run: Run) -> str:
    """Return the ETag of a URL."""
    head = run("curl", "--silent", "--head", "--http1.1", url).text
    (etag,) = re.findall(r"^etag: (.*?)\r?$", head, flags=re.MULTILINE | re.IGNORECASE)
    return str(etag)
