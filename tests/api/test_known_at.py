"""`known_at`: every response about a past revision is the same as when that revision was the latest.

A history has every kind of change. At each revision, each URL is requested with and without `known_at`, and again with
`known_at` when the history is complete.
"""

import csv
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.known_at import find_revision
from api.middleware.response_cache import is_cacheable
from api.past_files import MAX_WAITING, RETRY_AFTER_SECONDS, PastFiles, read_last_purge
from schemas import RECORDS
from seed.life import withdraw
from seed.purge import purge
from seed.storage.past_revision import PastRevision, write_past_revision
from seed.storage.references import RecordRef
from seed.storage.sqlite_file import open_readonly
from tests.support.history import BY, STEPS
from tests.support.load_clients import wait_until
from tests.support.pages import BROWSER

IDS = {
    "sources": ("article", "other"),
    "negotiations": ("talks",),
    "issues": ("matter", "subject"),
    "parties": ("putin", "russia"),
    "events": ("call", "meeting", "secret"),
    "proposals": ("truce", "pause"),
    "positions": ("putin-accepts", "trump-rejects"),
    "statements": ("words",),
    "questions": ("open-question",),
    "additions": ("name",),
    "bundles": ("article", "other"),
}
"""The ids in the URLs of each type: of records that are kept, and of some that are deleted."""
QUERIES = {"/compare": "accounts=kremlin,article", "/search": "q=truce"}
MORE = (
    "/events?q=meet&sort=-revision&limit=1",
    "/positions?facet=stance,party&include=party&limit=1",
    "/statements?account=kremlin&fields=id,url",
    "/parties?q=Vladimir",
    "/timeline.csv?issue=matter",
    "/matrix?as_of=2025-03-18&rows=proposal",
    "/search?q=truce&account=kremlin",
    "/events?q=meet&party=putin",
    "/search?q=zyxwvut",
    "/search?q=nothing&type=events",
    "/changes?limit=2&since=0",
    "/changes.atom?limit=1",
    "/coverage?source=article",
)
OF_EACH_FORMAT = (
    *(
        "/",
        "/events/call",
        "/events/secret/history.json",
        "/events.csv",
        "/events.ndjson",
        "/events.ics",
        "/events.xlsx",
    ),
    *(
        "/positions.md",
        "/parties/putin.md",
        "/parties/putin.txt",
        "/matrix.md",
        "/parties/putin.atom",
        "/timeline.svg",
        "/timeline.atom",
        "/matrix.html",
        "/matrix.png",
    ),
    *("/embed/matrix", "/issues/matter/accounts.html", "/search.html?q=truce", "/bundles/article.yaml"),
    *("/export/readout.db", "/export/readout.zip", "/export/readout.ndjson", *MORE),
)
"""URLs for a quick test."""
OK, BAD_REQUEST, NOT_FOUND, GONE = 200, 400, 404, 410
BINARY = (b"PK", b"SQLite", b"\x89PNG")
"""First bytes of spreadsheets, archives, databases and previews."""
WITHOUT = re.compile(
    r"/(docs|examples|vocabularies|openapi|livez|readyz|metrics|robots|\.well-known|assets|favicon|llms|CITATION)"
)
"""The URLs that serve no data and do not take `known_at`."""


class Answer(NamedTuple):
    """The parts of a response that must never change."""

    status: int
    etag: str | None
    body: bytes


class Query(NamedTuple):
    """A URL, the revision, and the responses while it was the latest: without `known_at` and with it."""

    address: str
    revision: int
    as_it_is: Answer
    as_known: Answer


def addresses(app: Flask) -> Iterator[str]:
    """Yield the URLs of all data: every route for reading, with ids and required parameters."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for rule in dict.fromkeys(rule.replace("<type:type>", plural) for rule in rules for plural in RECORDS):
        if not WITHOUT.match(rule):
            path = re.sub(r"<(?:\w+:)?\w+>", "{}", rule)
            plural = next((part for part in rule.split("/") if part in IDS), "")
            for id in IDS[plural] if "{}" in path else ("",):
                query = QUERIES.get(re.sub(r"\.\w+$|^/embed", "", path), "")
                yield f"{path.format(id)}{'?' if query else ''}{query}"
    yield from MORE


def ask(client: FlaskClient, address: str, revision: int | None = None) -> Answer:
    asked = f"{address}{'&' if '?' in address else '?'}known_at={revision}" if revision else address
    response = client.get(asked, buffered=True)  # or a stream would keep its connection, for which the next step waits
    return Answer(response.status_code, response.headers.get("ETag"), response.data)


def make_history(path: Path, wanted: Callable[[str, int], bool]) -> tuple[Flask, list[Query]]:
    """Create each revision, and request its URLs."""
    STEPS[0](path)
    app, asked = create_app(database=str(path)), []
    client, every = app.test_client(), list(addresses(app))
    for revision, step in enumerate(STEPS, 1):
        if revision > 1:
            step(path)
        for address in (address for address in every if wanted(address, revision)):
            asked.append(Query(address, revision, ask(client, address), ask(client, address, revision)))
    return app, asked


def without_known_at(body: bytes) -> list[str]:
    """Return the lines of a response without `known_at` in its links and forms, and without the note about it.

    A feed of the past is another feed, with an id of its own.
    """
    text = (
        unescape(unescape(re.sub(r"\r\n ", "", body.decode()))).replace("%5F", "_").replace("\\_", "_")
    )  # a calendar folds long lines
    text = re.sub(r'<aside class="past">.*</aside>|<input type="hidden" name="known_at" value="\d+">', "", text)
    text = re.sub(r"^<id>urn:uuid.*|<title>Readout: Timeline.*", "", text, count=2, flags=re.MULTILINE)
    text = re.sub(r"([?&])known_at=\d+(&)?", lambda match: match[1] if match[2] else "", text)
    return [line for line in text.splitlines() if line]


def forgetful_links(body: bytes) -> list[str]:
    """Return the links and forms of a response about the past that lead to the latest data."""
    text = unescape(unescape(re.sub(r"\r\n ", "", body.decode()))).replace("%5F", "_").replace("\\_", "_")
    text = re.sub(r'<aside class="past">.*</aside>|<uri>.*</uri>', "", text)
    forms = [form for form in re.findall(r"<form.*?</form>", text, re.DOTALL) if 'name="known_at"' not in form]
    found = re.findall(r"""http://localhost(/[^\s"'<>)]*)|href="(/[^"]*)""", text)
    found += [(path, "") for path in re.findall(r"(?:^|[\s(])(/[a-z]+/[a-z-]+(?:\?\S+)?)(?=\)|;|\s|$)", text)]
    links = [link for pair in found for link in pair if link and not WITHOUT.match(link) and "known_at=" not in link]
    return forms + links


@pytest.mark.parametrize(
    "wanted",
    [
        lambda address, revision: address in OF_EACH_FORMAT and revision in (1, 6),
        pytest.param(lambda address, revision: True, marks=pytest.mark.slow),
    ],
    ids=["some", "all"],
)
def test_answers_are_those_that_were_given(tmp_path: Path, wanted: Callable[[str, int], bool]) -> None:
    """Of an id that came later, the answer says so."""
    app, asked = make_history(tmp_path / "readout.db", wanted)
    client = app.test_client()
    for address, revision, as_it_is, as_known in asked:
        again = ask(client, address, revision)
        place = f"{address} at {revision}"
        assert as_it_is.status == as_known.status, place
        if again.status == NOT_FOUND:
            assert b"It was added later" in again.body or revision == len(STEPS), place
        else:
            assert again == as_known, place
        if not as_known.body.startswith(BINARY):
            assert without_known_at(as_known.body) == without_known_at(as_it_is.body), place
            assert address == "/" or again.status != OK or forgetful_links(as_known.body) == [], place
    assert {one.as_known.status for one in asked} >= {OK, NOT_FOUND, GONE}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the whole history, each revision recorded a day after the last, at noon."""
    path = tmp_path_factory.mktemp("past") / "readout.db"
    for step in STEPS:
        step(path)
    record_daily(path)
    return path


def record_daily(path: Path) -> None:
    """Set the times of revisions, which would otherwise run ahead of the clock: each is a second after the last."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update revisions set recorded_at = '2025-03-' || (20 + revision) || 'T12:00:00+00:00'")


@pytest.fixture(scope="module")
def client(finished: Path) -> FlaskClient:
    """Return a client of an application that keeps the files of past revisions for all tests."""
    return create_app(database=str(finished)).test_client()


@pytest.fixture
def new_client(finished: Path) -> FlaskClient:
    """Return a client of an application without files of past revisions."""
    return create_app(database=str(finished)).test_client()


def past_files(client: FlaskClient) -> PastFiles:
    files: PastFiles = client.application.extensions["past_files"]
    return files


def error(client: FlaskClient, path: str) -> dict[str, Any]:
    """Return the only error of a response, which is about `known_at`."""
    response = client.get(path)
    (found,) = response.get_json()["errors"]
    assert (response.status_code, found["parameter"]) == (BAD_REQUEST, "known_at")
    return dict(found)


@pytest.mark.parametrize(
    ("text", "revision"),
    [
        ("2025-03-21T12:00:00+00:00", 1),
        ("2025-03-21T12:00:00%2B00:00", 1),
        ("2025-03-22T11:59:59.999Z", 1),
        ("2025-03-22T15:00%2B03:00", 2),
        ("2025-03-22T07:00-05:00", 2),
        ("2025-03-22", 2),
        ("2025-03-24T00:00Z", 3),
        ("2026-01-01", len(STEPS)),
        ("003", 3),
    ],
)
def test_time_means_the_latest_revision_by_then(client: FlaskClient, text: str, revision: int) -> None:
    """A day means its end. A plus sign that is not encoded arrives as a space."""
    assert client.get(f"/events?known_at={text}").get_json()["meta"]["revision"] == revision


def test_day_that_has_not_ended_is_in_the_future(client: FlaskClient) -> None:
    assert "in the future" in error(client, f"/events?known_at={datetime.now(UTC):%Y-%m-%d}")["detail"]


def test_revision_recorded_ahead_of_the_clock_has_come(finished: Path, tmp_path: Path) -> None:
    """Each is recorded after the last, so that it is in the future if the clock was set back."""
    path = Path(shutil.copy(finished, tmp_path / "readout.db"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update revisions set recorded_at = '2999-01-01T00:00:00+00:00' where revision = 9")
    client = create_app(database=str(path)).test_client()
    assert client.get("/events?known_at=2999-01-01T00:00:00Z").get_json()["meta"]["revision"] == len(STEPS)
    assert "in the future" in error(client, "/events?known_at=2999-01-01T00:00:01Z")["detail"]


def test_future_says_when_to_ask_again(client: FlaskClient) -> None:
    """It is not cached here, or the answer would be the same when the time has come."""
    response = client.get("/events?known_at=2999-01-02T03:04:05Z")
    assert (response.status_code, response.headers["Retry-After"]) == (BAD_REQUEST, "Wed, 02 Jan 2999 03:04:05 GMT")
    assert not is_cacheable({"status": BAD_REQUEST, "headers": [(b"retry-after", b"...")]})
    assert is_cacheable({"status": BAD_REQUEST, "headers": []})


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("0", "There is no revision 0. There are 1 to 9."),
        ("10", "There is no revision 10. There are 1 to 9."),
        ("2025-03-21T11:59:59Z", "Nothing was recorded by then. Revision 1 was recorded at 2025-03-21T12:00:00+00:00."),
        *((text, "Write the number of a revision") for text in ("", "x", "-1", "1,2", "1e0", "2025", "2025-03", "٣")),
        *((text, "Write the number of a revision") for text in ("2025-02-30", "2025-03-18T12:00", "9" * 64_000)),
        *((text, "Write the number of a revision") for text in ("9999-12-31T23:00-02:00", "0001-01-01T00:00%2B01:00")),
        ("9998-12-31T23:00-02:00", "Must not be in the future"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_revision_is_an_error(client: FlaskClient, text: str, detail: str) -> None:
    expected = "There is no revision 2025" if text == "2025" else detail
    assert error(client, f"/matrix.txt?known_at={text}")["detail"].startswith(expected)


def test_only_reading_data_takes_it(finished: Path, client: FlaskClient, tmp_path: Path) -> None:
    """The same holds for writes if the server takes them."""
    for path in ("/vocabularies", "/openapi.json", "/docs", "/metrics", "/readyz"):
        assert (
            error(client, f"{path}?known_at=1")["detail"] == "Unknown parameter. Only endpoints that read data take it."
        )
    for path in ("/check", "/events", "/bundles/article"):
        assert client.post(f"{path}?known_at=1", json={}).status_code in (BAD_REQUEST, 405), path


def test_latest_revision_is_read_from_the_database_itself(new_client: FlaskClient) -> None:
    assert new_client.get(f"/events?known_at={len(STEPS)}").status_code == OK
    assert list(past_files(new_client).folder.iterdir()) == []


def test_ids_are_those_of_the_past(client: FlaskClient) -> None:
    """A filter by one that came later, or is retired, says so as the record does."""
    later = "It was added later, in revision 6, recorded at 2025-03-26T12:00:00+00:00."
    assert later in client.get("/events/meeting?known_at=5").get_json()["detail"]
    assert later in client.get("/events/meeting/history?known_at=5").get_json()["detail"]
    assert later in client.get("/statements?event=meeting&known_at=5").get_json()["errors"][0]["detail"]
    gone = client.get("/events/call?known_at=6")
    assert (gone.status_code, gone.get_json()["links"]["successor"]) == (
        GONE,
        "http://localhost/events/meeting?known_at=6",
    )
    assert client.get("/statements?event=call&known_at=6").get_json()["errors"][0]["did_you_mean"] == "meeting"
    assert client.get("/positions/trump-rejects?known_at=3").get_json()["summary"] == "Another stance."


def test_pages_say_what_they_show(client: FlaskClient) -> None:
    """The front page does, too; all of its links lead to what it shows."""
    for path in ("/matrix", "/events/call", "/embed/matrix", "/nowhere/at-all"):
        page = client.get(f"{path}?known_at=2", headers=BROWSER).text
        shown = re.search(
            r'<aside class="past">The data as of revision 2, recorded on ([^.]+)\. <a href="([^"]+)">', page
        )
        assert bool(shown) == (path != "/nowhere/at-all")
        assert shown is None or shown[2] == path.removeprefix("/embed")
    front = client.get("/?known_at=2", headers=BROWSER).data
    assert forgetful_links(front) == []
    assert b"as of revision 2" in front


def test_citation_leads_to_what_was_cited(client: FlaskClient) -> None:
    now, then = (client.get(f"/events/meeting.html{query}").text for query in ("", "?known_at=6"))
    assert "http://localhost/events/meeting?known_at=9" in now.partition("Cite this page")[2]
    assert "http://localhost/events/meeting?known_at=6" in then.partition("Cite this page")[2]
    assert '<link rel="canonical" href="http://localhost/events/meeting">' in now


def test_many_ask_and_one_writes(finished: Path, new_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def count(present: sqlite3.Connection, revision: int, copy: Path) -> None:
        written.append(revision)
        write_past_revision(present, revision, copy)

    monkeypatch.setattr("api.past_files.write_past_revision", count)
    app = new_client.application
    ask_one = lambda number: app.test_client().get(f"/events?known_at=4&limit={number}").status_code  # noqa: E731
    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(ask_one, range(1, 20))) == {OK}
    assert written == [4]


def test_many_revisions_at_once_do_not_wait_in_line(new_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that would wait for longer is a 503; it succeeds when the file has been written."""
    may_write = Event()
    monkeypatch.setattr("api.past_files.WAIT_SECONDS", 0.01)
    monkeypatch.setattr(PastFiles, "_write_part", write_when(may_write, PastFiles._write_part))
    for number in range(1, 9):
        response = new_client.get(f"/events?known_at={number}")
        assert (response.status_code, response.headers["Retry-After"]) == (503, str(RETRY_AFTER_SECONDS))
    assert new_client.get("/events").status_code == OK
    may_write.set()
    for writing in list(past_files(new_client)._writing.values()):
        writing.result(10)
    assert [new_client.get(f"/events?known_at={number}").status_code for number in (1, 2)] == [OK, OK]
    assert len(list(past_files(new_client).folder.glob("*.db"))) == MAX_WAITING


def write_when(event: Event, write: Callable[[PastFiles, Path, PastRevision], None]) -> Callable[..., None]:
    def wait_and_write(files: PastFiles, path: Path, past: PastRevision) -> None:
        event.wait()
        write(files, path, past)

    return wait_and_write


def test_revision_is_written_after_its_thread_did_not_start(
    new_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", fail)
        assert new_client.get("/events?known_at=1").status_code == 503
    assert new_client.get("/events?known_at=1").status_code == OK


def test_files_are_written_again_after_their_folder_was_removed(new_client: FlaskClient) -> None:
    path = "/events?known_at=1"
    before = new_client.get(path)
    shutil.rmtree(past_files(new_client).folder)
    after = new_client.get(path)
    assert (after.status_code, after.data) == (before.status_code, before.data) == (OK, before.data)


def test_few_files_are_kept(new_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used are removed first; the newest stays, whatever its size."""
    monkeypatch.setattr("api.past_files.MAX_FILES", 2)
    folder, files = past_files(new_client).folder, []
    for number in (1, 2, 1, 3, 1):
        assert new_client.get(f"/events?known_at={number}").get_json()["meta"]["revision"] == number
        files.append({path.stat().st_ino for path in folder.glob("*.db")})
        for path in folder.glob("*.db"):  # the clock of the file system may be coarse
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))
    assert len(files[3]) == 2
    assert files[0] < files[3] == files[4]
    monkeypatch.setattr("api.past_files.MAX_TOTAL_BYTES", 1)
    assert new_client.get("/events?known_at=4").status_code == OK
    assert len(list(folder.glob("*.db"))) == 1
    assert new_client.get("/events?known_at=1").get_json()["meta"]["revision"] == 1


def test_file_that_is_removed_meanwhile_fails_no_request(
    new_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread or worker may have noticed a purge."""
    assert new_client.get("/events?known_at=1").status_code == OK
    (first,) = past_files(new_client).folder.glob("*.db")
    list_files = Path.glob

    def list_and_remove(folder: Path, pattern: str) -> list[Path]:
        found = list(list_files(folder, pattern))
        if first in found:
            first.unlink()
        return found

    monkeypatch.setattr(Path, "glob", list_and_remove)
    assert new_client.get("/events?known_at=2").status_code == OK


def test_long_history_is_refused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then no citation names the revision either, since it could not be seen later."""
    monkeypatch.setattr("api.known_at.MAX_CHANGES", 17)
    assert "More than 17 changes led to revision 2." in error(client, "/events?known_at=2")["detail"]
    assert client.get("/events?known_at=1").status_code == OK
    assert "known_at" not in client.get("/events/meeting.html").text


def test_headers_name_the_past(finished: Path, client: FlaskClient) -> None:
    response = client.get("/events?known_at=3")
    assert response.headers["Last-Modified"] == "Sun, 23 Mar 2025 12:00:00 GMT"
    etag = {"If-None-Match": response.headers["ETag"]}
    assert client.get("/events?known_at=3", headers=etag).status_code == 304
    assert client.get("/events?known_at=4", headers=etag).status_code == OK


def test_purged_records_are_left_out_of_the_past(finished: Path, tmp_path: Path) -> None:
    """An earlier position on a purged proposal is as it was; what shows the proposal has its id."""
    path = Path(shutil.copy(finished, tmp_path / "readout.db"))
    client = create_app(database=str(path)).test_client()
    addresses = ("/positions/trump-rejects", "/questions", "/proposals")
    before = [ask(client, address, 3) for address in addresses]
    purge(path, RecordRef("proposals", "pause"), BY)
    purge(path, RecordRef("events", "secret"), BY)
    record_daily(path)
    gone = client.get("/proposals/pause?known_at=3")
    assert (gone.status_code, gone.get_json()["removal"]) == (GONE, "purged")
    (row,) = csv.DictReader(client.get("/positions.csv?id=trump-rejects&known_at=3").text.splitlines())
    assert row["proposal"] == row["proposal_label"] == "pause"
    for address in (
        "/matrix.txt?rows=proposal&known_at=3",
        "/issues/matter/standing.html?known_at=3",
        "/compare.json?accounts=article,other&known_at=3",
    ):
        assert client.get(address).status_code == OK
    changes = client.get("/changes?known_at=3").get_json()["data"]
    assert {each["purged"] for each in changes if each["record"] is None} == {10, 11}
    after = [ask(client, address, 3) for address in addresses]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False]
    page = json.loads(after[2].body)
    assert page["page"]["total"] == len(page["data"])
    modified = [client.get(f"/proposals?known_at={number}").headers["Last-Modified"] for number in (3, 9, 11)]
    assert set(modified) == {"Mon, 31 Mar 2025 12:00:00 GMT"}
    assert not any(b"zyxwvut" in each.read_bytes() for each in past_files(client).folder.iterdir())


def test_file_written_during_a_purge_is_removed(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(finished, tmp_path / "readout.db"))
    client = create_app(database=str(path)).test_client()
    purging = Thread(target=purge, args=(path, RecordRef("events", "secret"), BY))

    def is_purged() -> bool:
        with closing(open_readonly(path)) as present:
            return read_last_purge(present) > 0

    def write_and_purge(present: sqlite3.Connection, revision: int, copy: Path) -> None:
        write_past_revision(present, revision, copy)
        purging.start()  # it ends when no reader uses an earlier state any more
        wait_until(is_purged)

    monkeypatch.setattr("api.past_files.WAIT_SECONDS", 30)
    monkeypatch.setattr("api.past_files.write_past_revision", write_and_purge)
    assert client.get("/events?known_at=3").status_code == 503
    assert not list(past_files(client).folder.glob("*.db"))
    purging.join()


def test_latest_revision_is_one_snapshot(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision that is recorded while the request is parsed is not read."""
    path = Path(shutil.copy(finished, tmp_path / "readout.db"))
    client = create_app(database=str(path)).test_client()

    def find_and_record(text: str) -> int:
        found = find_revision(text)
        withdraw(path, RecordRef("statements", "words"), BY)
        return found

    monkeypatch.setattr("api.known_at.find_revision", find_and_record)
    assert client.get("/statements/words?known_at=9").status_code == OK
