"""Purge: nothing of a record's content is left in the file, and the log says what became of it."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api import create_app
from api.http.serialization import JSON
from seed.bundles import load
from seed.doctor import run_checks
from seed.errors import InvalidBundles
from seed.life import InvalidChange, merge, rename, withdraw
from seed.purge import purge
from seed.storage import sqlite_file
from seed.storage.errors import DatabaseUnavailable
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from seed.tokens import SCOPES, create_token
from seed.undo import undo
from tests.support.bundle_files import edit_record, run_module, select, stream_lines, write_stream
from tests.support.changes import BY
from tests.support.clients import client_of
from tests.support.database_state import read_state
from tests.support.server import GunicornServer, get_json
from tests.support.small_bundles import PARTIES, base, bundle, load_bundles, on_account

ORDER = Authorship("A. Editor", "Order of a court.")
EVENT = RecordRef("events", "secret-event")
SOURCE = RecordRef("sources", "secret-text")
WORDS = ("zyxwvut", "qponmlk", "ghifedc", "1987-03")
"""A word of the first version of each record, one of its second, one of what it adds to a record of others, and the
month of the event."""
DAY = {"date": "1987-03-05", "date_basis": "stated", "participants": [{"party": "zelenskyy", "role": "participant"}]}
SECRET = bundle(
    SOURCE.id,
    events=[{"id": EVENT.id, "title": "The zyxwvut", "negotiations": ["ukraine-war-settlement"], **DAY}],
    additions=[{"id": "secret-name", "party": "zelenskyy", "aliases": ["Ghifedc"]}],
)


@pytest.fixture
def file(three_bundles: Path, tmp_path: Path) -> Path:
    """Return a database to which two versions of a bundle were loaded that nothing refers to."""
    path = Path(shutil.copy(three_bundles, tmp_path / "own.db"))
    second = edit_record(stream_lines(SECRET), EVENT.id, title="The qponmlk")
    for number, lines in enumerate((stream_lines(SECRET), second)):
        load([write_stream(tmp_path / f"{number}.ndjson", lines)], path)
    leave_free_page(path, "Zyxwvut")
    return path


def leave_free_page(path: Path, text: str) -> None:
    """Leave a text in a free page, as SQLite does unless it was compiled to overwrite what it deletes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma secure_delete = off")
        connection.execute("create table other (text)")
        connection.execute("insert into other values (?)", [text])
        connection.execute("drop table other")


def words_in_files(path: Path, *words: str) -> set[str]:
    """Return which words are in the file and its side files; a search index may have only the end of one."""
    data = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*")).lower()
    return {word for word in words if word[2:].encode() in data}


def test_purged_account_keeps_its_id_in_attributions(tmp_path: Path) -> None:
    path, ministry = tmp_path / "readout.db", {"id": "ministry", "name": "A name to be forgotten"}
    load_bundles(path, base(parties=[*PARTIES, ministry], statements=[{"id": "words", **on_account("ministry")}]))
    load_bundles(path, base(statements=[{"id": "words", **on_account("kremlin")}]))
    purge(path, RecordRef("parties", "ministry"), ORDER)
    past = client_of(path).get("/statements/words?known_at=1").get_json()
    assert (past["accounts"], past["attribution"]) == (["ministry"], "Putin, according to ministry")


def failures(path: Path) -> dict[str, str]:
    return {result.check: result.detail for result in run_checks(path) if result.state != "ok"}


def test_secret_is_in_the_file_before(file: Path) -> None:
    assert words_in_files(file, *WORDS) == set(WORDS)


def withdrawn(path: Path) -> RecordRef:
    withdraw(path, EVENT, BY)
    return EVENT


def renamed(path: Path) -> RecordRef:
    rename(path, EVENT, "other-event", BY)
    return EVENT._replace(id="other-event")


def merged(path: Path) -> RecordRef:
    merge(path, EVENT, "trump-putin-call", BY)
    return EVENT


BEFORE: dict[str, Callable[[Path], RecordRef]] = {
    "as it is": lambda path: EVENT,
    "withdrawn": withdrawn,
    "renamed": renamed,
    "merged": merged,
}


@pytest.mark.parametrize(
    "change",
    [pytest.param(change, id=id, marks=[] if id == "renamed" else pytest.mark.slow) for id, change in BEFORE.items()],
)
def test_nothing_of_a_record_is_left(file: Path, change: Callable[[Path], RecordRef]) -> None:
    ref = change(file)
    result = purge(file, ref, ORDER)
    assert words_in_files(file, *WORDS) == {WORDS[2]}
    assert failures(file) == {}
    client = client_of(file)
    for id in {EVENT.id, ref.id}:
        gone = client.get(f"/events/{id}")
        problem = gone.get_json()
        assert (gone.status_code, problem["removal"], problem["reason"]) == (410, "purged", ORDER.reason)
        history = client.get(problem["links"]["history"]).get_json()["data"]
        assert {one["record"] for one in history} == {None}
        assert (history[-1]["removal"], history[-1]["author"]) == ("purged", ORDER.author)
        marks = {(one["action"] == "delete", one["purged"]) for one in history}
        assert marks == {(True, None), (False, result.number)}
    for path in ("/changes", "/changes.html", "/changes.atom", "/parties/putin.atom", f"/events/{ref.id}/history.html"):
        assert client.get(path).status_code == 200
    assert client.get("/search?q=zyxwvut").get_json()["page"]["total"] == 0


def test_nothing_of_a_source_is_left(file: Path) -> None:
    withdraw(file, EVENT, BY)
    purge(file, SOURCE, ORDER)
    assert words_in_files(file, *WORDS) == set()
    assert failures(file) == {}
    client = client_of(file)
    for path in ("sources/secret-text", "events/secret-event", "additions/secret-name"):
        assert client.get(f"/{path}").get_json()["removal"] == "purged"
    assert "Ghifedc" not in client.get("/parties/zelenskyy").get_json()["aliases"]
    assert "Volodymyr" in client.get("/parties/zelenskyy").get_json()["aliases"]


def test_stored_answers_are_cleared(file: Path, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.touch(0o600)
    client = create_app(database=str(file), tokens=str(tokens)).test_client()
    headers = {
        "Authorization": f"Bearer {create_token(tokens, 'A. Editor', SCOPES, date(2099, 1, 1))}",
        "Idempotency-Key": "1",
    }
    etag = client.get(f"/events/{EVENT.id}", headers={"Accept": JSON}).headers["ETag"]
    headers |= {"If-Match": etag, "Content-Type": "application/merge-patch+json"}
    body = '{"title": "The zyxwvutsrq"}'
    assert client.patch(f"/events/{EVENT.id}?reason=Clearer.", headers=headers, data=body).status_code == 200
    assert b"zyxwvutsrq" in select(file, "select body from answers")[0][0]
    purge(file, EVENT, ORDER)
    assert words_in_files(file, "zyxwvut") == set()


def test_purge_is_refused_while_others_refer(file: Path) -> None:
    with pytest.raises(InvalidChange, match=r"events/invented-statement refers to events/trump-putin-call"):
        purge(file, RecordRef("events", "trump-putin-call"), ORDER)
    with pytest.raises(InvalidChange, match="There never was a party 'nobody'"):
        purge(file, RecordRef("parties", "nobody"), ORDER)
    rename(file, EVENT, "other-event", BY)
    with pytest.raises(InvalidChange, match=r"was renamed to 'other-event' .* Purge events/other-event"):
        purge(file, EVENT, ORDER)
    assert select(file, "select max(revision) from revisions") == [(5,)]
    assert words_in_files(file, *WORDS) == set(WORDS)


def test_purged_record_does_not_return(file: Path, tmp_path: Path) -> None:
    purge(file, EVENT, ORDER)
    before = read_state(file)
    with pytest.raises(InvalidBundles, match=r"The event 'secret-event' was purged on .* Reason: Order of a court\."):
        load([tmp_path / "1.ndjson"], file)
    refused = r"cannot be undone, because the content of its records was purged:\nevents/secret-event in revision 5"
    for revision in (3, 4, 5):
        with pytest.raises(InvalidChange, match=f"Revision {revision} {refused}"):
            undo(file, revision, BY)
    with pytest.raises(InvalidChange, match=r"was purged on .* Choose a different id"):
        rename(file, RecordRef("events", "invented-statement"), EVENT.id, BY)
    assert read_state(file) == before


@pytest.mark.slow
def test_purge_says_that_a_reader_keeps_the_content(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run again without that reader, it finishes, and makes no second revision."""
    monkeypatch.setattr(sqlite_file, "REWRITE_TIMEOUT_MS", 100)
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("begin")
        reader.execute("select * from events").fetchone()
        with pytest.raises(DatabaseUnavailable, match=r"so the WAL keeps deleted content\. Stop the server, or"):
            purge(file, EVENT, ORDER)
        assert words_in_files(file, WORDS[0])
    assert purge(file, EVENT, ORDER) == (5, {}, [SOURCE.id])
    assert not words_in_files(file, WORDS[0])
    assert failures(file) == {}


def test_replicated_file_is_refused(file: Path) -> None:
    file.with_name(f".{file.name}-litestream").mkdir()
    with pytest.raises(InvalidChange, match=r"Litestream replicates .* keeps what it replicated"):
        purge(file, EVENT, ORDER)
    assert select(file, "select max(revision) from revisions") == [(4,)]


@pytest.mark.slow
def test_purge_by_command_under_a_server(file: Path) -> None:
    """A client that has the record cached gets 410 when it revalidates; the file has nothing left under the server."""
    with GunicornServer(file) as (url, _):
        status, event = get_json(f"{url}/events/{EVENT.id}")
        assert (status, event["title"]) == (200, "The qponmlk")
        changes = etag(f"{url}/changes")
        arguments = ("purge", f"events/{EVENT.id}", "--author", ORDER.author, "--reason", ORDER.reason)
        result = run_module("seed", *arguments, READOUT_DATABASE=str(file))
        assert (result.returncode, result.stdout) == (0, f"{file}: revision 5, 1 deleted\n")
        assert "Backups, replicas" in result.stderr
        assert words_in_files(file, *WORDS) == {WORDS[2]}
        assert get_json(f"{url}/events/{EVENT.id}")[0] == 410
        assert etag(f"{url}/changes") != changes
        assert {one["record"] for one in get_json(f"{url}/events/{EVENT.id}/history")[1]["data"]} == {None}


def etag(url: str) -> str:
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request("GET", parts.path)
        return str(connection.getresponse().getheader("ETag"))
