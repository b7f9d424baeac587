"""Additions: what later sources add to records of earlier ones, as served, loaded in any order and withdrawn again."""

import json
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from schemas import RECORDS
from seed.bundles import check, load
from seed.doctor import run_checks
from seed.export import export_bundles, to_yaml
from seed.storage.sqlite_file import open_readonly
from tests.support.bundle_files import select
from tests.support.clients import client_of
from tests.support.lists import ids
from tests.support.small_bundles import PARTIES, Document, base, bundle, load_bundles

WIKIDATA = {"scheme": "wikidata", "identifier": "Q42"}
EVENT = {"id": "meeting", "date": "2025-03", "date_wording": "this month", "date_basis": "resolved"}
OWN = base(
    "truce",
    events=[EVENT],
    positions=[
        {"id": "vague", "date": None, "date_basis": None, "event": "meeting"},
        {"id": "rejects", "stance": "rejects", "date": "2025-03-15"},
    ],
    statements=[{"id": "remark"}],
    questions=[{"id": "open"}],
)


def dated(date: str, **target: str) -> dict[str, Any]:
    """Return an addition of a date."""
    return {**target, "date": date, "date_basis": "stated"}


def later(*additions: dict[str, Any], id: str = "later", date: str = "2025-04-01") -> Document:
    """Return a bundle of a later source that only adds; each addition cites another paragraph."""
    cited = ({"citations": [{"source": id, "paragraph": place}]} for place in range(1, 10))
    numbered = [{"id": f"{id}-{place}", **one, **next(cited)} for place, one in enumerate(additions)]
    return bundle(id, {"date": date}, additions=numbered)


def served(client: FlaskClient) -> dict[str, Any]:
    """Return every list as it is served, without what depends on the order of the loads."""
    lists = {plural: client.get(f"/{plural}?limit=500&sort=id").get_json()["data"] for plural in (*RECORDS, "timeline")}
    return {plural: [one | {"revision": 0} for one in records] for plural, records in lists.items()}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client of two sources that add to the records of a first."""
    first = later(
        {"party": "witkoff", "aliases": ["the envoy"], "identifiers": [WIKIDATA]},
        dated("2025-03-10/2025-03-14", event="meeting"),
        dated("2025-03-11", position="vague"),
    )
    second = later(
        {"party": "witkoff", "aliases": ["The Envoy", "Steve"]},
        dated("2025-03-12", event="meeting") | {"date_wording": "on Wednesday"},
        {"proposal": "truce"},
        id="earlier",
        date="2025-03-20",
    )
    return load_bundles(tmp_path_factory.mktemp("additions") / "readout.db", OWN, first, second)


def get(client: FlaskClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.get_json()


def test_record_is_served_with_its_additions(client: FlaskClient) -> None:
    """Additions apply by the date of their source; a name that differs in case is the same name."""
    party = get(client, "/parties/witkoff")
    assert party["aliases"] == ["The Envoy", "Steve"]
    assert party["identifiers"] == [WIKIDATA]
    assert [(one["source"], one["paragraph"]) for one in party["citations"]] == [
        ("article", 1),
        ("earlier", 1),
        ("later", 1),
    ]


def test_record_says_which_source_added_what(client: FlaskClient) -> None:
    assert get(client, "/parties/witkoff")["additions"] == [
        {"addition": "earlier-0", "source": "earlier", "citations": [{"source": "earlier", "paragraph": 1}],
         "aliases": ["The Envoy", "Steve"], "identifiers": []},
        {"addition": "later-0", "source": "later", "citations": [{"source": "later", "paragraph": 1}],
         "aliases": ["the envoy"], "identifiers": [WIKIDATA]},
    ]  # fmt: skip
    assert [one["date"] for one in get(client, "/events/meeting")["additions"]] == [
        "2025-03-12",
        "2025-03-10/2025-03-14",
    ]
    assert get(client, "/parties/putin")["additions"] == []


def test_sharpest_date_replaces_the_date(client: FlaskClient) -> None:
    event = get(client, "/events/meeting")
    assert {name: event[name] for name in event if name.startswith("date")} == {
        "date": "2025-03-12",
        "date_earliest": "2025-03-12",
        "date_latest": "2025-03-12",
        "date_wording": "on Wednesday",
        "date_basis": "stated",
    }


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/parties?source=later", ["witkoff"]),
        ("/parties?source=later&paragraph=1", ["witkoff"]),
        ("/parties?source=later&paragraph=2", []),
        ("/parties?q=steve", ["witkoff"]),
        ("/proposals?source=earlier", ["truce"]),
        ("/events?on=2025-03-12", ["meeting"]),
        ("/events?on=2025-03-11", []),
        ("/positions?as_of=2025-03-11", ["vague"]),
        ("/positions?sort=date", ["vague", "rejects"]),
        ("/timeline?on=2025-03-12&source=earlier", ["events/meeting"]),
        ("/timeline?on=2025-03-11", []),
        ("/additions?party=witkoff&sort=id", ["earlier-0", "later-0"]),
        ("/additions?account=later&event=meeting", ["later-1"]),
    ],
)
def test_filters_and_order_follow_the_additions(client: FlaskClient, path: str, found: list[str]) -> None:
    assert ids(get(client, path)) == found


def test_csv_has_columns_for_additions(client: FlaskClient) -> None:
    fields = "additions_addition,additions_aliases,additions_citations_source,additions_citations_source_label"
    assert client.get(f"/parties.csv?source=later&fields={fields}").text.splitlines()[1] == (
        'earlier-0 | later-0,"The Envoy, Steve | the envoy",earlier | later,A text | A text'
    )


def test_history_has_the_record_of_its_own_bundle(client: FlaskClient) -> None:
    (change,) = get(client, "/parties/witkoff/history")["data"]
    assert (change["record"]["aliases"], len(change["record"]["additions"])) == ([], 2)
    lines = map(json.loads, client.get("/export/readout.ndjson").text.splitlines())
    (exported,) = (line["record"] for line in lines if line["record"]["id"] == "witkoff")
    assert (exported["aliases"], len(exported["citations"])) == ([], 1)


def test_addition_is_a_change_of_the_record(tmp_path: Path) -> None:
    """Another service that follows `/changes` reads the record again when something is added to it, or no longer is."""
    path = tmp_path / "readout.db"
    client = load_bundles(path, OWN, later())
    first = client.get("/parties/witkoff")
    added = later({"party": "witkoff", "aliases": ["the envoy"]})
    for number, documents in enumerate([(added,), (added,), (later(),)]):
        client = load_bundles(path, *documents)
        revision, is_added = (2, 2, 3)[number], number < 2
        witkoff = client.get("/parties/witkoff")
        assert (witkoff.get_json()["revision"], bool(witkoff.get_json()["additions"])) == (revision, is_added)
        assert witkoff.headers["ETag"] != first.headers["ETag"]
        history = client.get("/parties/witkoff/history").get_json()["data"]
        assert [(one["revision"], one["action"]) for one in history][1:] == [(2, "update"), (3, "update")][
            : revision - 1
        ]
        changed = client.get(f"/changes?since={revision - 1}").get_json()["data"]
        assert ("update", "witkoff") in [(one["action"], one["id"]) for one in changed]
        assert ("update", "trump") not in [(one["action"], one["id"]) for one in changed]
    assert "what other sources add" in client.get("/parties/witkoff.atom").text
    assert [result for result in run_checks(path) if not result.passed] == []


def test_vague_report_replaces_no_position_dated_by_an_addition(tmp_path: Path) -> None:
    """Both accounts are the same; only the addition makes one certainly later than the other."""
    positions = [
        {"id": "first", "date": "2025-03", "date_basis": "stated"},
        {"id": "vague", "stance": "rejects", "date": "2025-03", "date_basis": "stated"},
    ]
    own = base("truce", positions=positions)

    def current(*bundles: Document) -> list[str]:
        standing = get(load_bundles(tmp_path / "readout.db", own, *bundles), "/issues/matter/standing")
        return sorted(one["position"] for one in standing["parties"][0]["positions"])

    assert current() == ["first", "vague"]
    assert current(later(dated("2025-03-10", position="first"))) == ["first", "vague"]
    both = later(dated("2025-03-10", position="first"), dated("2025-03-20", position="vague"))
    assert current(both) == ["vague"]


def test_account_that_only_adds_is_not_silent(tmp_path: Path) -> None:
    own = base("truce", statements=[{"id": "remark"}])
    issued = {"kind": "readout", "issued_by": ["kremlin"]}
    readout = bundle("readout", issued, additions=[{"id": "confirms", "statement": "remark"}])
    silent = []
    for bundles in ([own], [own, readout]):
        compared = get(load_bundles(tmp_path / "readout.db", *bundles), "/compare?accounts=putin,kremlin&issue=matter")
        silent.append([one["silent"] for one in compared["issues"][0]["accounts"]])
    assert silent == [[False, True], [False, False]]


FIRST = later({"party": "putin", "aliases": ["the leader"]}, dated("2025-03-11", event="meeting"))
SECOND = later(
    {"party": "putin", "aliases": ["his name"]}, dated("2025-03-10/2025-03-12", event="meeting"), id="second"
)
EDITED = base("truce", events=[EVENT | {"title": "A call", "date": "2025-03-10/2025-03-20"}])


@pytest.mark.parametrize("others", [[FIRST, SECOND], pytest.param([SECOND, FIRST], marks=pytest.mark.slow)])
def test_order_of_loads_does_not_matter(tmp_path: Path, others: list[Document]) -> None:
    """Neither does it matter whether the record is edited before or after something is added to it."""
    expected = served(load_bundles(tmp_path / "together.db", EDITED, *others))
    for place, order in enumerate(([OWN, *others, EDITED], [OWN, others[0], EDITED, others[1]], [EDITED, *others])):
        path = tmp_path / f"{place}.db"
        for one in order:
            client = load_bundles(path, one)
        assert served(client) == expected


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "readout.db"
    client = load_bundles(path, OWN, FIRST)
    before = served(client)
    for bundles in ([OWN, FIRST], [OWN], [FIRST]):
        assert served(load_bundles(path, *bundles)) == before
    assert select(path, "select max(revision) from revisions") == [(1,)]


def test_withdrawn_addition_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    path, without = tmp_path / "readout.db", later(id="later")
    before = served(load_bundles(tmp_path / "before.db", OWN, without))
    client = load_bundles(path, OWN, FIRST)
    assert served(client) != before
    assert served(load_bundles(path, without)) == before
    assert select(path, "select count(*) from parties where original is not null") == [(0,)]


def test_addition_moves_to_another_record(tmp_path: Path) -> None:
    moved = later({"party": "trump", "aliases": ["the leader"]}, dated("2025-03-11", position="vague"))
    client = load_bundles(tmp_path / "moved.db", OWN, FIRST)
    client = load_bundles(tmp_path / "moved.db", moved)
    assert served(client) == served(load_bundles(tmp_path / "new.db", OWN, moved))


def test_source_of_an_addition_becomes_shorter(tmp_path: Path) -> None:
    """The record does not keep a citation that only the addition brought."""
    path, added = tmp_path / "readout.db", {"id": "n", "party": "putin", "aliases": ["the leader"]}
    load_bundles(path, OWN, bundle("later", additions=[added | {"citations": [{"source": "later", "paragraph": 9}]}]))
    short = bundle("later", {"paragraphs": 1, "paragraph_sha256": ["0" * 64]}, additions=[added])
    file = tmp_path / "short.yaml"
    file.write_text(to_yaml(short))
    check([file], path)
    load([file], path)
    assert ids(get(client_of(path), "/parties?source=later&paragraph=1")) == ["putin"]


def test_date_of_a_source_changes_the_order(tmp_path: Path) -> None:
    path = tmp_path / "readout.db"
    load_bundles(path, OWN, FIRST, SECOND)
    client = load_bundles(path, bundle("second", {"date": "2025-03-20"}, additions=SECOND["additions"]))
    assert get(client, "/parties/putin")["aliases"] == ["his name", "the leader"]
    assert [one["addition"] for one in get(client, "/parties/putin")["additions"]] == ["second-0", "later-0"]


def test_digest_is_that_of_what_the_bundles_say(tmp_path: Path) -> None:
    """What others add to a record is no change of the record."""
    path = tmp_path / "readout.db"
    load_bundles(path, OWN, FIRST)
    load_bundles(path, EDITED)
    edited = "select record from changes where type = 'events' and revision = 1"
    ((text,),) = select(path, edited)
    assert json.loads(text)["date"] == "2025-03"
    assert select(path, "select type, action from changes where revision = 2 and type = 'parties'") == []
    assert [result for result in run_checks(path) if not result.passed] == []


def test_export_has_what_the_bundles_said(tmp_path: Path) -> None:
    load_bundles(tmp_path / "readout.db", OWN, FIRST, SECOND)
    for source, text in export(tmp_path / "readout.db").items():
        (tmp_path / f"{source}.yaml").write_text(text)
    load(sorted(tmp_path.glob("*.yaml")), tmp_path / "again.db")
    assert export(tmp_path / "again.db") == export(tmp_path / "readout.db")
    digests = [select(tmp_path / name, "select count(*) from changes") for name in ("readout.db", "again.db")]
    assert digests[0] == digests[1]
    assert "the leader" not in export(tmp_path / "again.db")["article"]


def export(path: Path) -> dict[str, str]:
    with closing(open_readonly(path)) as connection:
        return dict(export_bundles(connection))


def random_bundles(random: Random) -> list[Document]:
    """Return the first bundle with random fields, and others that add to its records at random."""
    own = base(
        "truce",
        events=[{**EVENT, "title": random.choice(["A meeting", "A call"])}],
        positions=[{"id": "vague", "date": None, "date_basis": None}, {"id": "march", "date": "2025-03"}],
        statements=[{"id": "remark"}],
        questions=[{"id": "open"}],
        parties=[party | {"aliases": random.sample(["his name"], random.randint(0, 1))} for party in PARTIES],
    )
    additions: list[dict[str, Any]] = [
        dated(random.choice(["2025-03-10/2025-03-14", "2025-03-12"]), event="meeting"),
        dated(random.choice(["2025-02", "2025-02-12~"]), position="vague"),
        dated("2025-03-17", position="march"),
        *({"party": id, "aliases": [name]} for id in ("putin", "russia") for name in ("one", "ONE", "two")),
        {"party": "putin", "identifiers": [WIKIDATA]},
        {"party": "trump", "identifiers": [{**WIKIDATA, "identifier": "Q43"}]},
        {"position": "march"}, {"proposal": "truce"}, {"issue": "matter"}, {"negotiation": "talks"},
        {"question": "open"}, {"statement": "remark"},
    ]  # fmt: skip
    dates = random.sample(["2025-03-20", "2025-04", "2025-05-01"], 3)
    chosen = (random.sample(additions, random.randint(0, 9)) for _ in dates)
    return [
        own,
        *(later(*some, id=id, date=date) for id, date, some in zip(("b", "c", "a"), dates, chosen, strict=True)),
    ]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))])
def test_state_depends_on_the_bundles_alone(tmp_path: Path, seed: int) -> None:
    """Random bundles replace each other, one by one or together: what is served is that of a new file."""
    random, path = Random(seed), tmp_path / "readout.db"  # noqa: S311 - for variety, not for secrets
    load_bundles(path, *random_bundles(random))
    for step in range(3):
        bundles = random_bundles(random)
        random.shuffle(bundles)
        for group in [bundles] if random.random() < 0.5 else [[one] for one in bundles]:
            client = load_bundles(path, *group)
        bundles.sort(key=lambda one: "parties" not in one)
        assert served(client) == served(load_bundles(tmp_path / f"new-{step}.db", *bundles))
    assert {result.check: result.detail for result in run_checks(path) if not result.passed} == {}
