"""Feeds: valid Atom that says what the JSON says, the newest first."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from schemas.derived import INFERRED
from seed.life import rename
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from tests.support.atom import Feed, read_feed
from tests.support.openapi import in_all_formats
from tests.support.small_bundles import base, bundle, load_bundles, on_account

Fetch = Callable[..., Any]
ATOM = "application/atom+xml"
FEEDS = (
    "/changes",
    "/timeline",
    "/negotiations/ukraine-war-settlement",
    "/parties/putin",
    "/parties/kremlin",
    "/issues/energy-strikes",
)
EDITED = "second"


def feed_of(client: FlaskClient, path: str, **options: Any) -> Feed:
    response = client.get(path, **options)
    assert (response.status_code, response.content_type) == (200, f"{ATOM}; charset=utf-8"), response.text
    return read_feed(response.data)


def pages(client: FlaskClient, path: str) -> Iterator[Feed]:
    """Yield a feed and the pages that follow it."""
    following: str | None = path
    while following:
        feed = feed_of(client, following)
        yield feed
        following = feed.links.get("next")


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of a database in which a position was changed, and then withdrawn with its proposal."""
    path = tmp_path_factory.mktemp("feeds") / "edited.db"
    stance = {"id": "putin-stance", "proposal": "pause", **on_account("kremlin")}
    proposal = {"id": "pause", "title": "A pause"}
    load_bundles(path, base("truce", positions=[{"id": "trump-stance", "party": "trump", "proposal": "truce"}]))
    load_bundles(path, bundle(EDITED, proposals=[proposal], positions=[stance]))
    changed = {**stance, "stance": "rejects", "summary": 'He <b>rejects</b> & "laughs" ]]> {{ 7 * 7 }}'}
    load_bundles(path, bundle(EDITED, proposals=[proposal], positions=[changed]))
    return load_bundles(path, bundle(EDITED))


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_are_valid_and_link_to_what_is_there(client: FlaskClient, path: str) -> None:
    feed = feed_of(client, f"{path}.atom")
    assert feed.links["self"] == f"http://localhost{path}.atom"
    assert feed.links["alternate"] == f"http://localhost{path}"
    assert feed.entries
    assert feed.updated >= max(entry.updated for entry in feed.entries)
    for entry in feed.entries:
        assert client.get(entry.url, headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("path", FEEDS)
def test_accept_gives_the_same_feed(client: FlaskClient, path: str) -> None:
    by_accept = client.get(path, headers={"Accept": f"{ATOM}, */*;q=0.1"})
    assert by_accept.content_type == f"{ATOM}; charset=utf-8"
    assert by_accept.data == client.get(f"{path}.atom").data
    assert client.get(path).content_type == "application/json"


@pytest.mark.parametrize("path", FEEDS)
def test_unchanged_feeds_are_a_304(client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}.atom")
    headers = {"If-None-Match": response.headers["ETag"]}
    assert client.get(f"{path}.atom", headers=headers).status_code == 304
    assert response.headers["Last-Modified"]


@pytest.mark.parametrize("path", FEEDS)
def test_ids_are_the_same_on_every_host(client: FlaskClient, path: str) -> None:
    feeds = [feed_of(client, f"{path}.atom", base_url=f"http://{host}") for host in "ab"]
    assert feeds[0].id == feeds[1].id
    assert [entry.id for entry in feeds[0].entries] == [entry.id for entry in feeds[1].entries]


def test_feeds_have_different_ids(client: FlaskClient) -> None:
    ids = [feed_of(client, f"{path}.atom").id for path in FEEDS]
    ids.append(feed_of(client, "/timeline.atom?party=putin").id)
    assert len(set(ids)) == len(ids)
    assert feed_of(client, "/timeline.atom?limit=3").id in ids


def test_changes_are_those_of_the_json_with_the_newest_first(client: FlaskClient, fetch: Fetch) -> None:
    expected = fetch("/changes?limit=500")["data"]
    found = [entry for feed in pages(client, "/changes.atom?limit=100") for entry in feed.entries]
    assert [entry.url for entry in found] == [change["url"] for change in reversed(expected)]
    assert [entry.categories for entry in found] == [(each["type"], each["action"]) for each in reversed(expected)]
    for entry, change in zip(found, reversed(expected), strict=True):
        record = change["record"]
        assert record.get("attribution", record.get("publisher")) or entry.content
        assert record.get("attribution", "").removesuffix(INFERRED) in entry.content
        assert record.get("quote") is None or f"“{record['quote']}”" in entry.content
        assert all(f"¶{each['paragraph']}" in entry.content for each in record.get("citations", ()))


def test_timeline_is_that_of_the_json_from_the_end(client: FlaskClient, fetch: Fetch) -> None:
    query = "party=putin&account=kremlin"
    expected = fetch(f"/timeline?{query}&sort=-date&limit=500")["data"]
    found = [entry for feed in pages(client, f"/timeline.atom?{query}&limit=3") for entry in feed.entries]
    assert [(each.url, each.title) for each in found] == [(fact["url"], fact["title"]) for fact in expected]
    for entry, fact in zip(found, expected, strict=True):
        assert fact["attribution"] in entry.content
        for part in fact["records"]:
            assert part["title"] in entry.content
            assert part["attribution"].removesuffix(INFERRED) in entry.content
    assert len(feed_of(client, "/timeline.atom").entries) == 50
    assert feed_of(client, f"/timeline.atom?{query}").title == "Readout: Timeline (account=kremlin, party=putin)"


def test_timeline_without_a_match_is_a_feed_without_entries(client: FlaskClient) -> None:
    assert feed_of(client, "/timeline.atom?q=hippopotamus").entries == []


@pytest.mark.parametrize("path", [path for path in FEEDS if path.count("/") == 2])
def test_what_concerns_a_record_is_itself_and_what_it_links_to(client: FlaskClient, fetch: Fetch, path: str) -> None:
    lists = [url.removeprefix("http://localhost") for url in fetch(path)["links"].values()]
    if path.startswith("/parties/"):
        account = path.removeprefix("/parties/")
        lists += [f"/{plural}?account={account}" for plural in ("events", "proposals", "positions", "statements")]
    listed = {record["url"] for url in lists for record in fetch(f"{url}&limit=500")["data"]}
    expected = {f"http://localhost{path}", *listed}
    found = [entry.url for feed in pages(client, f"{path}.atom?limit=100") for entry in feed.entries]
    assert sorted(found) == sorted(expected)


def test_a_rename_is_told_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "renamed.db"
    client = load_bundles(path, base("truce"))
    rename(path, RecordRef("proposals", "truce"), "pause", Authorship("A. Editor", "Clearer."))
    renamed = next(each for each in feed_of(client, "/changes.atom").entries if "delete" in each.categories)
    assert renamed.title == "Renamed proposal: truce"
    assert "It is now proposals/pause. Reason: Clearer (A. Editor)." in renamed.content
    assert client.get(renamed.url).status_code == 200


def test_a_correction_and_a_withdrawal_are_told_as_such(edited: FlaskClient) -> None:
    newest = {
        (entry.categories, entry.title): entry
        for entry in feed_of(edited, "/parties/putin.atom").entries
        if entry.url.removesuffix("/history").endswith("/positions/putin-stance")
    }
    assert [categories for categories, _ in newest] == [("positions", each) for each in ("delete", "update", "create")]
    deleted, changed, created = newest.values()
    assert deleted.title == "Withdrawn position: putin-stance"
    assert "What it said no longer counts" in deleted.content
    assert "rejects" not in deleted.content
    assert edited.get(deleted.url).status_code == 200
    assert changed.content.startswith("Changed: stance, summary.")
    assert "Kremlin, 18 Mar 2025, A text ¶1" in changed.content
    assert deleted.updated > changed.updated > created.updated


@pytest.mark.parametrize("path", ["/negotiations/talks", "/issues/matter", "/parties/putin", "/parties/kremlin"])
def test_what_concerned_a_record_stays_in_its_feed_when_deleted(edited: FlaskClient, path: str) -> None:
    deleted = {entry.title for entry in feed_of(edited, f"{path}.atom").entries if "delete" in entry.categories}
    assert "Withdrawn position: putin-stance" in deleted
    assert ("Withdrawn proposal: pause" in deleted) is not path.startswith("/parties/")
    assert not any("putin-stance" in each.url for each in feed_of(edited, "/parties/trump.atom").entries)


def test_what_a_party_writes_of_others_is_in_its_feed(tmp_path: Path) -> None:
    own_text = {"kind": "readout", "issued_by": ["kremlin"], "publisher": "Kremlin"}
    stance = {"id": "trump-stance", "party": "trump", "proposal": "truce"}
    client = load_bundles(tmp_path / "own-text.db", base("truce"), bundle("text", own_text, positions=[stance]))
    titles = [entry.title for entry in feed_of(client, "/parties/kremlin.atom").entries]
    assert "New position: A stance." in titles


def test_text_of_records_is_text(edited: FlaskClient) -> None:
    entry = next(each for each in feed_of(edited, "/changes.atom").entries if "update" in each.categories)
    assert entry.title == 'Changed position: He <b>rejects</b> & "laughs" ]]> {{ 7 * 7 }}'


@pytest.mark.parametrize("value", ["<b>&\"'", "]]>", "\x00\x0b\ufffe", "{{ 7 * 7 }}", "Ж"])
def test_what_a_client_sends_is_text(client: FlaskClient, value: str) -> None:
    response = client.get("/timeline.atom", query_string={"q": f"energy OR {value}"})
    if response.status_code == 200:
        assert read_feed(response.data).title.startswith("Readout: Timeline (q=energy OR ")
    else:
        assert (response.status_code, response.get_json()["errors"][0]["parameter"]) == (400, "q")


def test_ids_stay_over_loads(tmp_path: Path) -> None:
    path = tmp_path / "reloaded.db"
    article = base("truce", events=[{"id": "meeting", "date": "2025-03-18", "date_basis": "stated"}])
    first = load_bundles(path, article)
    before = {name: feed_of(first, name) for name in ("/changes.atom", "/timeline.atom", "/negotiations/talks.atom")}
    second = load_bundles(path, article, bundle("other", events=[{"id": "sequel", "summary": "They meet again."}]))
    for name, old in before.items():
        new = feed_of(second, name)
        assert new.id == old.id
        assert {entry.id: entry for entry in old.entries}.items() <= {entry.id: entry for entry in new.entries}.items()
        assert len(new.entries) > len(old.entries)
    rebuilt = feed_of(load_bundles(tmp_path / "rebuilt.db", article), "/changes.atom")
    assert [entry.id for entry in rebuilt.entries] == [entry.id for entry in before["/changes.atom"].entries]


def test_a_fact_is_as_new_as_the_records_under_it(tmp_path: Path) -> None:
    path = tmp_path / "member.db"
    meeting = {"id": "meeting", "date": "2025-03-18", "date_basis": "stated"}
    (old,) = (each for each in feed_of(load_bundles(path, base(events=[meeting])), "/timeline.atom").entries)
    later = load_bundles(path, bundle("other", statements=[{"id": "words", "event": "meeting"}]))
    (new,) = feed_of(later, "/timeline.atom").entries
    assert new.id == old.id
    assert new.updated > old.updated
    assert "Some words." in new.content


def test_feeds_are_bounded(client: FlaskClient) -> None:
    assert len(feed_of(client, "/changes.atom").entries) == 50
    for path in FEEDS:
        response = client.get(f"{path}.atom?limit=101")
        assert (response.status_code, response.get_json()["errors"][0]["parameter"]) == (400, "limit")


@pytest.mark.parametrize("cursor", ["x", "WyJjaGFuZ2VzIixmYWxzZV0", "WyJjaGFuZ2VzIixmYWxzZSwiYSIsMV0"])
def test_foreign_cursors_are_rejected(client: FlaskClient, cursor: str) -> None:
    response = client.get(f"/changes.atom?cursor={cursor}")
    assert (response.status_code, response.get_json()["errors"][0]["parameter"]) == (400, "cursor")


def test_pages_link_to_the_next_in_both_places(client: FlaskClient) -> None:
    response = client.get("/parties/putin.atom?limit=2")
    feed = read_feed(response.data)
    assert response.headers["Link"] == f'<{feed.links["next"]}>; rel="next"'
    after = feed_of(client, feed.links["next"])
    assert after.id == feed.id
    assert after.links["first"] == feed.links["self"]
    assert not {entry.id for entry in after.entries} & {entry.id for entry in feed.entries}


def test_unknown_records_and_parameters_are_errors(client: FlaskClient) -> None:
    missing = client.get("/parties/puttin.atom")
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
    assert client.get("/changes.atom?since=0").status_code == 400
    assert client.get("/timeline.atom?sort=title").status_code == 400
    assert client.get("/proposals.atom").status_code == 404


@pytest.mark.parametrize("path", [*FEEDS, "/", "/timeline?party=putin&sort=title", "/changes?since=1"])
def test_pages_advertise_feeds_that_are_there(client: FlaskClient, path: str) -> None:
    html = client.get(path, headers={"Accept": "text/html"}).text
    links = [line.split('href="')[1].split('"')[0] for line in html.splitlines() if f'type="{ATOM}"' in line]
    assert links
    for link in links:
        feed_of(client, link.removeprefix("http://localhost").replace("&amp;", "&"))
    assert path != "/" or links[0] == "/changes.atom"


def test_feeds_are_described(fetch: Fetch) -> None:
    document = fetch("/openapi.json")
    described = {path for path, _ in in_all_formats(document) if path.endswith(".atom")}
    records = {f"/{plural}/{{id}}.atom" for plural in ("negotiations", "parties", "issues")}
    assert described == {"/changes.atom", "/timeline.atom", *records}
    assert "/changes.atom" in json.dumps(fetch("/"))


def test_position_names_party_and_proposal(client: FlaskClient) -> None:
    feed = client.get("/parties/putin.atom").text
    assert "<p>accepts; party: Vladimir Putin; proposal: A lasting peace" in feed
    assert ": , " not in feed
