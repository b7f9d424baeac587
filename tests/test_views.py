"""The views say what the records say, and from which of them it comes."""

import csv
import hashlib
import io
import json
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.derivation import NOT_RECORDED
from schemas import RECORDS
from schemas.timeline import DATED, Timeline
from seed.bundles import SEED, load
from seed.document import read
from seed.timeline import views

Fetch = Callable[..., Any]
CALL = "/events/trump-putin-call/accounts"
SECOND = Path(__file__).with_name("second.yaml")


def cells(matrix: Any) -> dict[tuple[str, str], Any]:
    return {(cell["party"], cell["proposal"]): cell for cell in matrix["cells"]}


# The matrix


def test_every_cell_of_the_matrix_is_there_and_says_something(fetch: Fetch) -> None:
    matrix = fetch("/matrix")
    assert len(matrix["cells"]) == len(matrix["parties"]) * len(matrix["proposals"])
    assert all(cell["stances"] for cell in matrix["cells"])
    assert any(cell["stances"] == [NOT_RECORDED] and cell["derived_from"] == [] for cell in matrix["cells"])


def test_every_position_is_in_the_matrix_of_its_day(fetch: Fetch) -> None:
    derived = {id for cell in fetch("/matrix?level=party")["cells"] for id in cell["derived_from"]}
    positions = fetch("/positions?limit=500")["data"]
    assert derived == {position["id"] for position in positions}


def test_a_principal_holds_what_those_hold_who_act_for_it(fetch: Fetch) -> None:
    by_party, by_principal = (
        cells(fetch("/matrix?level=party&as_of=2025-03-18")),
        cells(fetch("/matrix?as_of=2025-03-18")),
    )
    proposal = "unconditional-ceasefire-30-days"
    assert by_party["putin", proposal]["stances"] == by_principal["russia", proposal]["stances"]
    assert by_party["russia", proposal]["stances"] == [NOT_RECORDED]
    assert set(by_principal["russia", proposal]["stances"]) == {"withholds", "raises_concerns"}


@pytest.mark.parametrize(
    ("day", "party", "proposal", "stances"),
    [
        ("2025-03-12", "ukraine", "thirty-day-truce", None),
        ("2025-03-16", "ukraine", "thirty-day-truce", ["accepts"]),
        ("2025-03-16", "russia", "unconditional-ceasefire-30-days", None),
        ("2025-03-18", "russia", "unconditional-ceasefire-30-days", ["raises_concerns", "withholds"]),
        ("2025-03-18", "russia", "energy-strikes-halt-30-days", ["orders"]),
        ("2025-03-24", "russia", "energy-strikes-halt-30-days", ["orders"]),
    ],
)
def test_the_matrix_of_a_day_holds_what_stood_by_then(
    fetch: Fetch, day: str, party: str, proposal: str, stances: list[str] | None
) -> None:
    cell = cells(fetch(f"/matrix?as_of={day}")).get((party, proposal))
    assert sorted((cell or {"stances": [NOT_RECORDED]})["stances"]) == (stances or [NOT_RECORDED])


def test_a_day_to_come_tells_what_is_only_scheduled(fetch: Fetch) -> None:
    assert fetch("/matrix?as_of=2025-03-18")["scheduled"] == []
    coming = fetch("/matrix?as_of=2030")["scheduled"]
    assert ("jeddah-talks", "2025-03-23", "scheduled") in [(one["event"], one["date"], one["status"]) for one in coming]


def test_the_matrix_of_a_negotiation_or_a_kind_holds_its_proposals_alone(fetch: Fetch) -> None:
    for query in (
        "negotiation=us-russia-relations",
        "kind=condition",
        "kind=war_aim&negotiation=ukraine-war-settlement",
    ):
        listed = {proposal["id"] for proposal in fetch(f"/proposals?{query}&limit=500")["data"]}
        assert {proposal["id"] for proposal in fetch(f"/matrix?{query}")["proposals"]} == listed


def test_the_wide_matrix_has_a_column_a_party_and_the_long_one_a_row_a_cell(client: FlaskClient, fetch: Fetch) -> None:
    matrix = fetch("/matrix?kind=condition")
    wide = list(csv.reader(io.StringIO(client.get("/matrix.csv?kind=condition").text, newline="")))
    assert wide[0] == ["proposal", "title", *(party["id"] for party in matrix["parties"])]
    assert len(wide) == 1 + len(matrix["proposals"])
    assert all(cell for row in wide for cell in row)
    long = list(csv.DictReader(io.StringIO(client.get("/matrix.csv?kind=condition&layout=long").text, newline="")))
    assert [(row["party"], row["proposal"]) for row in long] == list(cells(matrix))


def test_the_matrix_reads_well_in_a_terminal(client: FlaskClient) -> None:
    for level in ("principal", "party"):
        lines = client.get(f"/matrix.txt?level={level}").text.splitlines()
        assert max(map(len, lines)) <= 120
        assert any(line.startswith("[1] ") for line in lines)
        assert "-  nothing is recorded: neither assent nor neutrality" in lines


def test_accounts_that_disagree_are_both_in_the_matrix(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    against = SECOND.read_text().replace(
        "positions:\n",
        "positions:\n"
        "  - {id: ukraine-accepts-invented-pause, party: ukraine, proposal: invented-pause, stance: accepts,"
        " summary: By the Kremlin's account Kyiv says yes., voice: party, according_to: [kremlin],"
        " date: 2025-03-20, date_basis: stated,"
        " citations: [{source: invented-article, paragraph: 2}]}\n"
        "  - {id: zelenskyy-accepts-invented-pause, party: zelenskyy, proposal: invented-pause, stance: accepts,"
        " voice: source, summary: He says yes., date: 2025-03-20, date_basis: stated,"
        " citations: [{source: invented-article, paragraph: 2}]}\n",
    )
    bundle.write_text(against)
    load([bundle], own)
    client = create_app(database=str(own)).test_client()
    cell = cells(client.get("/matrix").get_json())["ukraine", "invented-pause"]
    assert (cell["conflict"], cell["divided"]) == (True, True)
    assert {account["account"] for account in cell["accounts"]} == {"kremlin", "source"}
    assert "!%" in client.get("/matrix.csv").get_data(as_text=True)


# The accounts of an event


def test_the_accounts_of_the_call_are_set_side_by_side(fetch: Fetch) -> None:
    accounts = fetch(CALL)
    assert {"kremlin", "white-house", "witkoff", "trump", "source"} == set(accounts["accounts"])
    for topic in accounts["topics"]:
        assert [one["account"] for one in topic["accounts"]] == accounts["accounts"]
        assert not all(one["silent"] for one in topic["accounts"])


def test_silence_is_told_in_words_and_never_as_a_stand(fetch: Fetch) -> None:
    accounts = fetch(CALL)
    (support,) = (topic for topic in accounts["topics"] if topic["topic"] == "foreign_support")
    silent = {one["account"] for one in support["accounts"] if one["silent"]}
    assert "white-house" in silent
    assert "kremlin" not in silent
    assert "silence here is not silence there" in accounts["silence"]


def test_the_words_of_each_account_are_exact(fetch: Fetch) -> None:
    statements = {one["id"]: one for one in fetch("/statements?limit=500")["data"]}
    for topic in fetch(CALL)["topics"]:
        for account in topic["accounts"]:
            for said in account["statements"]:
                assert said["quote"] == statements[said["statement"]]["quote"]
                assert statements[said["statement"]]["topic"] == topic["topic"]


def test_contrasts_are_told_once_with_both_statements(fetch: Fetch) -> None:
    pairs = [frozenset(one["statements"]) for topic in fetch(CALL)["topics"] for one in topic["contrasts"]]
    assert frozenset({"kremlin-reacted-positively", "white-house-energy-ceasefire"}) in pairs
    assert len(pairs) == len(set(pairs))


def test_the_accounts_as_a_table_have_a_row_for_each_silence(client: FlaskClient, fetch: Fetch) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{CALL}.csv").text, newline="")))
    silences = [one for topic in fetch(CALL)["topics"] for one in topic["accounts"] if one["silent"]]
    assert sum(row["silent"] == "true" for row in rows) == len(silences)
    assert max(map(len, client.get(f"{CALL}.txt").text.split("Contrasts")[0].splitlines())) <= 120


def test_accounts_from_two_sources_say_which_paragraph_is_whose(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    topic = "    topic: full_ceasefire\n"
    bundle.write_text(SECOND.read_text().replace(topic, f"{topic}    about: witkoff-hannity-interview\n"))
    load([bundle], own)
    text = create_app(database=str(own)).test_client().get("/events/witkoff-hannity-interview/accounts.txt").text
    assert "trump-putin-call-article ¶ 1" in text
    assert "invented-article ¶ 2" in text


@pytest.mark.parametrize("path", ["/events/trump-putin-cal/accounts", "/proposals/full-truse/standing"])
def test_a_view_of_nothing_is_a_404_with_the_nearest(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Did you mean" in answer.get_json(force=True)["detail"]


# Where a proposal stands


def test_where_a_proposal_stands_says_who_holds_what_and_since_when(fetch: Fetch) -> None:
    standing = fetch("/proposals/unconditional-ceasefire-30-days/standing")
    held = {one["party"]: one for one in standing["parties"]}
    assert set(held["putin"]["stances"]) == {"withholds", "raises_concerns"}
    assert held["trump"]["stances"] == ["proposes"]
    for one in standing["parties"]:
        assert {step["position"] for step in one["history"]} >= set(one["derived_from"])
    assert set(standing["rules"]) >= {"latest", "conflict", NOT_RECORDED}


def test_open_conditions_have_a_standing_of_their_own(fetch: Fetch) -> None:
    conditions = {one["proposal"]: one for one in fetch("/proposals/peace-settlement/standing")["conditions"]}
    assert "end-of-foreign-support" in conditions
    condition = conditions["end-of-foreign-support"]
    assert "putin" in condition["set_by"]
    assert any(one["party"] == "putin" for one in condition["standing"])


def test_nobody_stands_anywhere_before_the_first_word(fetch: Fetch) -> None:
    assert fetch("/proposals/unconditional-ceasefire-30-days/standing?as_of=2020")["parties"] == []


@pytest.mark.parametrize(
    ("day", "stage", "conditions"),
    [("", "proposed", ["later-term"]), ("2025-03-25", "proposed", ["later-term"]), ("2025-03-18", None, [])],
)
def test_a_proposal_stands_as_of_a_day_without_what_came_later(
    own: Path, tmp_path: Path, day: str, stage: str | None, conditions: list[str]
) -> None:
    bundle = tmp_path / "second.yaml"
    bundle.write_text(
        SECOND.read_text()
        .replace("    duration: P3D\n", "    duration: P3D\n    stage: proposed\n")
        .replace(
            "positions:\n",
            "  - {id: later-term, negotiations: [ukraine-war-settlement], title: A term, summary: A term.,"
            " kind: condition, relations: [{proposal: invented-pause, relation: condition_for}],"
            " date: 2025-03-20, date_basis: stated, voice: source,"
            " citations: [{source: invented-article, paragraph: 1}]}\npositions:\n",
        )
    )
    load([bundle], own)
    asked = f"?as_of={day}" if day else ""
    standing = create_app(database=str(own)).test_client().get(f"/proposals/invented-pause/standing{asked}").get_json()
    assert standing["stage"] == stage
    assert [condition["proposal"] for condition in standing["conditions"]] == conditions


def test_a_proposal_that_nobody_answered_says_so(fetch: Fetch) -> None:
    held = {position["proposal"] for position in fetch("/positions?limit=500")["data"]}
    silent = [one["id"] for one in fetch("/proposals?limit=500")["data"] if one["id"] not in held]
    for id in silent:
        assert fetch(f"/proposals/{id}/standing")["parties"] == []


# The timeline


def test_the_timeline_holds_every_dated_type_in_order(fetch: Fetch) -> None:
    entries = fetch("/timeline?limit=500")["data"]
    expected = {f"{plural}/{record['id']}" for plural in DATED for record in fetch(f"/{plural}?limit=500")["data"]}
    assert {entry["id"] for entry in entries} == expected
    dates = [entry["date_earliest"] for entry in entries]
    known = [date for date in dates if date]
    assert dates == sorted(known) + [None] * (len(dates) - len(known))


def test_an_entry_of_the_timeline_leads_to_its_record(client: FlaskClient, fetch: Fetch) -> None:
    for entry in fetch("/timeline?limit=500")["data"]:
        record = client.get(entry["url"]).get_json()
        assert record["citations"] == entry["citations"]
        assert record["according_to"] == entry["according_to"]
        assert list(entry) == [*Timeline.declared(), "revision", "url", "links"]


def test_the_timeline_is_filtered_and_paged_as_any_list(fetch: Fetch) -> None:
    whole = fetch("/timeline?party=putin&limit=500")["data"]
    assert whole
    assert all("putin" in entry["parties"] for entry in whole)
    page, paged = fetch("/timeline?party=putin&limit=7"), []
    while page:
        paged += page["data"]
        page = fetch(page["page"]["next"]) if page["page"]["next"] else None
    assert paged == whole
    assert {entry["type"] for entry in fetch("/timeline?q=hospital&type=events,statements")["data"]} == {
        "events",
        "statements",
    }
    for negotiation in ("us-russia-relations", "ukraine-war-settlement"):
        entries = fetch(f"/timeline?negotiation={negotiation}&type=positions&limit=500")["data"]
        positions = fetch(f"/positions?negotiation={negotiation}&limit=500")["data"]
        assert {entry["id"] for entry in entries} == {f"positions/{position['id']}" for position in positions} != set()


def test_the_timeline_has_every_format(client: FlaskClient) -> None:
    total = client.get("/timeline?limit=1").get_json()["page"]["total"]
    assert client.get("/timeline.csv").text.count("\r\n") == total + 1
    assert len(client.get("/timeline.ndjson").text.splitlines()) == total
    assert b"BEGIN:VEVENT" in client.get("/timeline.ics").data
    assert max(map(len, client.get("/timeline.txt").text.splitlines()[:-1])) <= 100


def test_the_timeline_is_made_of_its_declared_fields(own: Path) -> None:
    with closing(sqlite3.connect(own)) as file:
        (record,) = file.execute("select record from timeline limit 1").fetchone()
    assert list(json.loads(record)) == list(Timeline.declared())
    assert len(list(views())) == 5


# Search and coverage


def test_search_goes_over_every_type_with_the_hits_marked(fetch: Fetch) -> None:
    found = fetch("/search?q=energy&limit=100")
    assert found["page"]["total"] == sum(one["count"] for one in found["facets"]["type"]) == len(found["data"])
    assert {hit["type"] for hit in found["data"]} >= {"events", "proposals", "positions", "statements"}
    assert all("**" in hit["snippet"] for hit in found["data"])
    assert {hit["type"] for hit in fetch("/search?q=energy&type=events")["data"]} == {"events"}


def test_search_puts_the_best_match_first(fetch: Fetch) -> None:
    assert fetch("/search?q=ice+hockey")["data"][0]["id"].find("hockey") >= 0


def test_a_search_for_nothing_is_refused(client: FlaskClient) -> None:
    for query in ("", "?q=", "?q=!!"):
        assert client.get(f"/search{query}").status_code == 400


def test_coverage_counts_every_citation_and_names_what_is_not_cited(client: FlaskClient, fetch: Fetch) -> None:
    (source,) = fetch("/coverage?source=trump-putin-call-article")["data"]
    assert source["uncited"] == [29]
    assert [paragraph["paragraph"] for paragraph in source["paragraphs"]] == list(range(1, 30))
    for paragraph in source["paragraphs"]:
        for citing in paragraph["cited_by"][:2]:
            numbers = [citation["paragraph"] for citation in fetch(citing["url"])["citations"]]
            assert paragraph["paragraph"] in numbers
    rows = list(
        csv.DictReader(io.StringIO(client.get("/coverage.csv?source=trump-putin-call-article").text, newline=""))
    )
    assert next(row for row in rows if row["paragraph"] == "29")["id"] == ""


# Changes, history, export


def mirror(client: FlaskClient, held: dict[tuple[str, str], Any], since: int) -> int:
    """Bring a mirror up to date by the feed alone; the revision it is at then."""
    page = client.get(f"/changes?since={since}&limit=50").get_json()
    while True:
        for change in page["data"]:
            held[change["type"], change["id"]] = change["record"]
            if change["action"] == "delete":
                del held[change["type"], change["id"]]
        if not page["page"]["next"]:
            return int(page["meta"]["revision"])
        page = client.get(page["page"]["next"]).get_json()


def test_a_service_that_has_only_the_changes_stays_in_step(own: Path, tmp_path: Path) -> None:
    client = create_app(database=str(own)).test_client()
    held: dict[tuple[str, str], Any] = {}
    at = mirror(client, held, 0)
    edited = tmp_path / "second.yaml"
    for text in (
        SECOND.read_text(),
        SECOND.read_text().replace("All sides hold still", "Everybody holds still"),
        SECOND.read_text().split("positions:\n", maxsplit=1)[0],
    ):
        edited.write_text(text)
        load([edited], own)
        at = mirror(client, held, at)
        for plural in RECORDS:
            served = [json.loads(line) for line in client.get(f"/{plural}.ndjson?sort=id").get_data().splitlines()]
            kept = [record for (type, _), record in sorted(held.items()) if type == plural]
            assert json.dumps(kept) == json.dumps(served)
    assert at == 4


def test_a_mirror_ahead_of_the_data_is_told(client: FlaskClient) -> None:
    answer = client.get("/changes?since=99")
    assert answer.status_code == 400
    assert "built anew" in answer.text


def test_a_record_has_its_history_after_it_is_gone(own: Path, tmp_path: Path) -> None:
    client = create_app(database=str(own)).test_client()
    load([SECOND], own)
    without = tmp_path / "second.yaml"
    without.write_text(SECOND.read_text().split("positions:\n", maxsplit=1)[0])
    load([without], own)
    history = client.get("/positions/ukraine-rejects-invented-pause/history").get_json()["data"]
    assert [(change["revision"], change["action"]) for change in history] == [(2, "create"), (3, "delete")]
    assert history[1]["record"] is None
    assert client.get("/positions/never-there/history").status_code == 404


def test_the_exported_file_is_the_file(client: FlaskClient, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(client.get("/export/readout.db").data)
    exported = create_app(database=str(copy)).test_client()
    assert exported.get("/positions.ndjson").data == client.get("/positions.ndjson").data


def test_the_data_package_holds_every_type_with_true_checksums(client: FlaskClient) -> None:
    package = zipfile.ZipFile(io.BytesIO(client.get("/export/readout.zip").data))
    described = json.loads(package.read("datapackage.json"))
    assert {resource["name"] for resource in described["resources"]} == set(RECORDS)
    for resource in described["resources"]:
        data = package.read(resource["path"])
        assert data == client.get(f"/{resource['path']}").data
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        header = data.decode().split("\r\n", maxsplit=1)[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


def test_all_records_are_exported_on_lines(client: FlaskClient) -> None:
    lines = [json.loads(line) for line in client.get("/export/readout.ndjson").text.splitlines()]
    for plural in RECORDS:
        served = [json.loads(line) for line in client.get(f"/{plural}.ndjson").text.splitlines()]
        assert [line["record"] for line in lines if line["type"] == plural] == served


@pytest.mark.parametrize("path", ["/export/readout.db", "/export/readout.zip", "/export/readout.ndjson"])
def test_an_export_gives_the_same_bytes_every_time(client: FlaskClient, path: str) -> None:
    assert client.get(path).data == client.get(path).data


@pytest.mark.parametrize("path", ["/export/", "/export/../readout.db", "/export/%2e%2e/readout.db", "/export/other.db"])
def test_nothing_else_is_exported(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


# The check


def bundle(path: Path = SECOND) -> Any:
    return read(path.read_bytes()).data


def test_a_sound_bundle_is_told_so_and_stored_nowhere(client: FlaskClient) -> None:
    answer = client.post("/check", json=bundle())
    assert answer.status_code == 200
    assert answer.get_json()["records"]["proposals"] == 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/proposals/invented-pause").status_code == 404
    assert client.post("/check", json=bundle(SEED / "trump-putin-call.yaml")).status_code == 200


def test_every_fault_of_a_bundle_is_told_with_its_pointer(client: FlaskClient) -> None:
    document = bundle()
    document["positions"][0]["stance"] = "reject"
    document["events"][0]["participants"][0]["party"] = "puttin"
    document["events"][0]["colour"] = "red"
    answer = client.post("/check", json=document)
    assert answer.status_code == 422
    told = {error["pointer"]: error for error in answer.get_json(force=True)["errors"]}
    assert told["#/positions/0/stance"]["did_you_mean"] == "rejects"
    assert "withholds" in told["#/positions/0/stance"]["allowed"]
    assert told["#/events/0/participants/0/party"]["did_you_mean"] == "putin"
    assert "#/events/0/colour" in told


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"a: b", "application/yaml", 415),
        (b"{}", "", 415),
        (b" " * (4 * 1024 * 1024 + 1), "application/json", 413),
    ],
    ids=str,
)
def test_a_body_that_is_no_bundle_is_refused(client: FlaskClient, data: bytes, content_type: str, status: int) -> None:
    answer = client.post("/check", data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    if status == 415:
        assert answer.headers["Accept-Post"] == "application/json"


@pytest.mark.parametrize("data", ['{"\\ud800": 1}', '{"events": [{"id": "\\udfff"}]}', '{"events": [], "events": []}'])
def test_what_only_looks_like_json_text_is_refused(client: FlaskClient, data: str) -> None:
    answer = client.post("/check", data=data, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


PARTIES = [{"id": f"party-{number:05d}"} for number in range(4000)]
HOSTILE: dict[str, dict[str, Any]] = {
    "empty records": {"events": [{}] * 50_000},
    "empty items": {"events": [{"participants": [{}] * 100}] * 1000},
    "a list without an end": {"events": [{"negotiations": ["x"] * 100_000}]},
    "unknown fields": {"events": [{f"field-{number}": 1 for number in range(20_000)}]},
    "references that lead nowhere": {
        "parties": PARTIES,
        "events": [{"participants": [{"party": f"partie-{number:05d}"}]} for number in range(4000)],
    },
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_a_body_full_of_faults_is_answered_soon_and_in_short(client: FlaskClient, document: dict[str, Any]) -> None:
    began = time.process_time()
    answer = client.post("/check", json=document)
    assert answer.status_code == 422
    assert len(answer.get_json(force=True)["errors"]) <= 1001
    assert time.process_time() - began < 10


def test_positions_of_which_nobody_knows_since_when_stand_until_a_dated_one(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    text = SECOND.read_text().replace("    date: 2025-03-20\n    date_basis: stated\n", "")
    later = (
        "  - {id: later, party: ukraine, proposal: invented-pause, stance: accepts, summary: Yes., date: 2025-03-21,"
    )
    later += " date_basis: stated, voice: source, citations: [{source: invented-article, paragraph: 2}]}\n"
    for positions, stances, since in (("", ["rejects"], None), (later, ["accepts"], "2025-03-21")):
        bundle.write_text(text.replace("positions:\n", "positions:\n" + positions))
        load([bundle], own)
        client = create_app(database=str(own)).test_client()
        (party,) = client.get("/proposals/invented-pause/standing").get_json()["parties"]
        assert (party["stances"], party["since"]) == (stances, since)
        assert client.get("/matrix").status_code == 200
