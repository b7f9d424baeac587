"""Views of four invented sources next to the article: a joint statement, two readouts of one meeting, a later report.

What is expected was read from the texts in tests/sources. Lesovia accepts a halt of shelling on 2 June, Kardania
answers on 9 June, its answer is reported in two ways, and on 20 June Lesovia speaks of a breach.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.views.position import NOT_RECORDED
from seed.bundles import default_bundles, load
from tests.support.bundle_files import SOURCES
from tests.support.clients import client_of
from tests.support.lists import read_csv
from tests.support.matrix import plain
from tests.support.small_bundles import base, bundle, load_bundles

Fetch = Callable[..., Any]
DELEGATIONS = ["lesovian-delegation", "pelland-delegation"]
PRESIDENCY, MINISTRY, REPORT = "kardania-presidency", "lesovian-foreign-ministry", "sovran-dam-report"
BOTH = f"{PRESIDENCY},{MINISTRY}"
SHELLING = "sovran-dam-shelling"
MATRIX = f"/matrix?issue={SHELLING}"


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    path = tmp_path_factory.mktemp("several") / "readout.db"
    load([*default_bundles(), *SOURCES], path)
    return client_of(path)


@pytest.fixture
def get(several: FlaskClient) -> Fetch:
    """Return a function that gets a path of the five sources and returns its JSON."""

    def get_json(path: str) -> Any:
        response = several.get(path)
        assert response.status_code == 200, response.text
        return response.get_json()

    return get_json


def cell(matrix: Any, party: str, row: str = SHELLING) -> Any:
    (found,) = [one for one in matrix["cells"] if (one["party"], one["row"]) == (party, row)]
    return found


def steps(cell: Any) -> list[tuple[str, ...]]:
    """Return date, stance and proposal of the positions of a cell, then their attribution and paragraphs."""
    return [
        (
            position["date"],
            position["stance"],
            position["proposal"],
            " ".join(position["accounts"]),
            " ".join(f"{one['source']}:{one['paragraph']}" for one in position["citations"]),
        )
        for position in cell["positions"]
    ]


def test_matrix_shows_the_sequence_in_one_row(get: Fetch) -> None:
    """Pelland proposes in May, Lesovia accepts on 2 June, Kardania answers on 9 June."""
    matrix = get(MATRIX)
    assert [row["id"] for row in matrix["rows"]] == [SHELLING, "halt-monitoring"]
    statement = "port-ellim-joint-statement"
    assert steps(cell(matrix, "pelland"))[0] == (
        *("2031-05-23", "proposes", "sovran-dam-shelling-halt", " ".join(DELEGATIONS)),
        f"{statement}:5 {statement}:6 {REPORT}:5",
    )
    accepted = "2031-06-02", "accepts", "sovran-dam-shelling-halt"
    assert steps(cell(matrix, "lesovia"))[:3] == [
        (*accepted, " ".join(DELEGATIONS), f"{statement}:5"),
        (*accepted, MINISTRY, "lesovia-readout:5"),
        (*accepted, REPORT, f"{REPORT}:5"),
    ]
    answers = steps(cell(matrix, "kardania"))
    assert {answer[0] for answer in answers} == {"2031-06-09"}
    assert {answer[1:] for answer in answers if answer[1] != "orders"} == {
        ("accepts_in_part", "sovran-dam-shelling-halt", PRESIDENCY, "kardania-readout:5"),
        ("accepts_conditionally", "wall-and-turbine-hall-halt", PRESIDENCY, "kardania-readout:5"),
        ("accepts", "two-kilometre-dam-halt", MINISTRY, "lesovia-readout:6"),
        ("accepts_in_part", "sovran-dam-shelling-halt", REPORT, f"{REPORT}:5"),
    }


@pytest.mark.parametrize(
    ("day", "pelland", "lesovia"),
    [
        ("2031-05-23", ["proposes"], [NOT_RECORDED]),
        ("2031-06-01", ["proposes"], [NOT_RECORDED]),
        ("2031-06-02", ["proposes", "calls_for"], ["accepts", "calls_for"]),
        ("2031-06-08", ["proposes", "calls_for"], ["accepts", "calls_for"]),
    ],
)
def test_matrix_as_of_a_day_before_the_answer(get: Fetch, day: str, pelland: list[str], lesovia: list[str]) -> None:
    matrix = get(f"{MATRIX}&as_of={day}")
    shown = {party: cell(matrix, party)["stances"] for party in ("pelland", "lesovia", "kardania")}
    assert shown == {"pelland": pelland, "lesovia": lesovia, "kardania": [NOT_RECORDED]}


def test_matrix_has_no_row_before_the_draft_is_handed_over(get: Fetch) -> None:
    """The joint statement has only May; the day is from the report."""
    assert get(f"{MATRIX}&as_of=2031-05-22")["rows"] == []


def test_matrix_row_in_text_and_csv(several: FlaskClient) -> None:
    text = " ".join(several.get(f"/matrix.txt?issue={SHELLING}").text.split())
    assert (
        "(Delegation of Lesovia and Delegation of Pelland, 2 Jun 2031*, Lesovia and Pelland joint statement ¶5)" in text
    )
    assert "(Office of the President of Kardania, 9 Jun 2031*, Kardania readout ¶5; condition: “Withdrawal" in text
    (row, _) = read_csv(several, f"/matrix.csv?issue={SHELLING}")
    assert "Delegation of Pelland, 23 May 2031*)" in row["pelland"]
    assert "Delegation of Pelland, 2 Jun 2031*)" in row["lesovia"]
    assert "Office of the President of Kardania, 9 Jun 2031*)" in row["kardania"]
    rows = read_csv(several, f"/matrix.csv?issue={SHELLING}&layout=long")
    dated = [(row["date"], row["party_name"], row["stance"]) for row in rows if row["stance"].startswith("accepts")]
    assert ("2031-06-02", "Lesovia", "accepts") in dated
    assert ("2031-06-09", "Kardania", "accepts_conditionally") in dated


def test_condition_of_the_answer_is_an_issue_of_its_own(get: Fetch) -> None:
    """Kardania demands that the guns leave; the readouts differ on what Lesovia said to it."""
    guns = get("/matrix?issue=guns-on-the-dam")
    assert cell(guns, "kardania", "guns-on-the-dam")["stances"] == ["demands"]
    lesovia = cell(guns, "lesovia", "guns-on-the-dam")
    assert {step[1:4] for step in steps(lesovia)} == {
        ("noncommittal", "guns-withdrawal-from-crest", PRESIDENCY),
        ("rejects", "guns-withdrawal-from-crest", MINISTRY),
    }
    assert lesovia["differs"] == ["stance"]


def test_two_readouts_of_one_meeting_differ(get: Fetch) -> None:
    issues = {issue["issue"]: issue for issue in get("/events/brod-lune-meeting/accounts")["issues"]}
    notes = [contrast["note"] for contrast in issues[SHELLING]["contrasts"]]
    assert any("two kilometres" in note and "first withdraws its guns" in note for note in notes)
    assert any("excludes the approach road" in note for note in notes)
    (meetings,) = issues["further-meetings"]["contrasts"]
    assert meetings["accounts"] == [[MINISTRY], [PRESIDENCY]]
    assert "no date was set" in meetings["note"]


def test_readout_is_silent_only_where_its_text_is(get: Fetch) -> None:
    """Kardania's text has nothing on observers, Lesovia's nothing on tolls."""
    silent = {
        (column["account"], issue["issue"])
        for issue in get("/events/brod-lune-meeting/accounts")["issues"]
        for column in issue["accounts"]
        if column["silent"] and column["account"] != REPORT
    }
    assert silent == {(PRESIDENCY, "halt-monitoring"), (MINISTRY, "lock-tolls")}


def test_account_of_an_issue_is_every_text_that_speaks_of_it(get: Fetch) -> None:
    (issue,) = [one for one in get("/issues/hest-power-line/accounts")["issues"] if one["issue"] == "hest-power-line"]
    spoken = {column["account"] for column in issue["accounts"] if not column["silent"]}
    assert spoken == {*DELEGATIONS, PRESIDENCY, MINISTRY, "ildra-grid"}


def test_comparison_of_the_two_readouts(get: Fetch) -> None:
    issues = {issue["issue"]: issue for issue in get(f"/compare?accounts={BOTH}")["issues"]}
    assert {id: issue["result"] for id, issue in issues.items()} == {
        SHELLING: "different",
        "halt-monitoring": "only_one",
        "hest-power-line": "undetermined",
        "lake-tam-release": "different",
        "detained-river-pilots": "same",
        "guns-on-the-dam": "different",
        "further-meetings": "different",
        "lock-tolls": "only_one",
    }
    findings = {
        (issue["issue"], finding["kind"], finding["party"])
        for issue in issues.values()
        for finding in issue["findings"]
        if issue["issue"] != SHELLING  # on which one readout names the state and the other its president
    }
    assert findings == {
        ("lake-tam-release", "proposals", "aldan-reshk"),
        ("detained-river-pilots", "same", "lesovia"),
        ("detained-river-pilots", "same", "kardania"),
        ("guns-on-the-dam", "stance", "lesovia"),
        ("guns-on-the-dam", "alone", "kardania"),
        ("hest-power-line", "alone", "aldan-reshk"),
        ("hest-power-line", "alone", "lesovia"),
    }


def test_source_that_alone_quotes_an_account_has_its_label(get: Fetch) -> None:
    """Other sources report what other parties said, so that "the article" would not say which is meant."""
    issues = {issue["issue"]: issue for issue in get("/compare?accounts=unattributed,aldan-reshk")["issues"]}
    (_, reshk) = issues[SHELLING]["accounts"]
    assert [one["name"] for one in reshk["quoted_by"] if one["account"] == REPORT] == ["article of 20 Jun 2031"]


def test_breach_is_the_word_of_who_alleges_it(get: Fetch) -> None:
    """The report has the shells in its own voice, the breach as Tolvan's word, and the other fire as nobody's."""
    events = {event["event"]: event for event in get(f"/issues/{SHELLING}/standing")["events"]}
    facts = {id: (one["date"], one["status"], one["relation"], one["attribution"]) for id, one in events.items()}
    assert facts["kardanian-breach-of-halt"] == ("2031-06-19", "alleged", "breaches", "Mira Tolvan")
    assert facts["turbine-hall-shelled"][1:3] == ("occurred", None)
    assert facts["lesovian-fire-from-road"][3] == "not attributed"
    breaches = [event["id"] for event in get("/events?proposal=dam-halt-in-effect&account=mira-tolvan")["data"]]
    assert breaches == ["kardanian-breach-of-halt"]


def test_standing_has_each_stage_on_its_account(get: Fetch) -> None:
    proposals = {one["proposal"]: one for one in get(f"/issues/{SHELLING}/standing")["proposals"]}
    assert {id: (one["stage"], one["attribution"]) for id, one in proposals.items() if one["duration"]} == {
        "sovran-dam-shelling-halt": ("proposed", "Delegation of Lesovia and Delegation of Pelland"),
        "wall-and-turbine-hall-halt": ("proposed", "Office of the President of Kardania"),
        "two-kilometre-dam-halt": ("agreed_in_principle", "Ministry of Foreign Affairs of Lesovia"),
        "dam-halt-in-effect": ("in_effect", "the article"),
    }


def test_open_question_is_answered_by_the_later_report(get: Fetch) -> None:
    questions = {one["id"]: one for one in get(f"/issues/{SHELLING}/standing")["questions"]}
    assert {id: one["status"] for id, one in questions.items()} == {
        "dam-halt-first-day": "answered",
        "monitor-of-dam-halt": "open",
        "dam-halt-scope": "contradictory",
        "turbine-hall-order-duration": "open",
        "turbine-hall-aimed-at": "contradictory",
    }
    (answer,) = get("/questions/dam-halt-first-day")["answered_by"]
    assert get(f"/events/{answer['event']}")["date"] == "2031-06-14/2031-06-15"


def test_offer_of_day_one_becomes_a_pledge_on_day_eight(get: Fetch) -> None:
    parties = {one["party"]: one for one in get("/proposals/hest-line-reopening/standing")["parties"]}
    history = [(one["date"], one["stance"]) for one in parties["lesovia"]["history"]]
    assert history == [("2031-06-02", "offers"), ("2031-06-09", "pledges")]


def test_later_stance_on_another_account_is_no_difference(get: Fetch) -> None:
    """Lesovia's offer of 2 June and its promise of 9 June, and what Reshk says on 20 June, are no contradictions."""
    matrix = get("/matrix?issue=hest-power-line,lake-tam-release")
    assert cell(matrix, "lesovia", "hest-power-line")["differs"] == []
    assert cell(matrix, "kardania", "lake-tam-release")["differs"] == ["proposals"]


def test_timeline_has_each_event_once_in_order(get: Fetch) -> None:
    entries = get("/timeline?negotiation=sovran-dam-and-ildra&limit=100")["data"]
    ids = [entry["id"] for entry in entries]
    assert len(set(ids)) == len(ids)
    expected = [
        *("pelland-suspends-supplies", "halt-draft-handover", "port-ellim-talks", "port-ellim-statement-issued"),
        *("brod-lune-meeting", "kardania-readout-issued", "pilots-and-guards-exchanged", "hest-line-reopened"),
        *("dorsk-visits-battery", "turbine-hall-shelled", "hest-line-cut-off", "port-ellim-meeting-scheduled"),
    ]
    assert [id for id in ids if id.removeprefix("events/") in expected] == [f"events/{id}" for id in expected]
    (meeting,) = [entry for entry in entries if entry["id"] == "events/brod-lune-meeting"]
    records = {record["record"]: record["attribution"] for record in meeting["records"]}
    assert records["kardania-accepts-wall-halt-conditionally"] == "Office of the President of Kardania"
    assert records["reshk-accepts-two-kilometre-halt"] == "Ministry of Foreign Affairs of Lesovia"


def test_timeline_text_has_each_reported_position_once(several: FlaskClient, get: Fetch) -> None:
    """Three sources have Lesovia's yes. Each report is a record of its own in JSON, and is linked on the page."""
    path = "?negotiation=sovran-dam-and-ildra&limit=100"
    entries = get(f"/timeline{path}")["data"]
    positions = [record for entry in entries for record in entry["records"] if record["type"] == "positions"]
    ids = [record["record"] for record in positions if record["title"].startswith("Lesovia accept")]
    assert len(ids) == 3
    text = " ".join(several.get(f"/timeline.txt{path}").text.split())
    assert text.count("accepts: Lesovia accept") == 1
    assert "; also Ministry of Foreign Affairs of Lesovia, Lesovia readout ¶5; also the article, article of 20" in text
    html = several.get(f"/timeline.html{path}").text
    assert all(f'href="/positions/{id}"' in html for id in ids)
    assert sum(f'class="plain" href="/positions/{id}"' in html for id in ids) == 1
    feed = several.get(f"/timeline.atom{path}").text
    assert all(f"/positions/{id}" in feed for id in ids)


def test_timeline_text_has_a_heading_for_each_day(several: FlaskClient) -> None:
    """Whether a source gives the day or it is resolved, and what may end later, is under one heading."""
    lines = several.get("/timeline.txt?negotiation=sovran-dam-and-ildra&limit=100").text.splitlines()
    headings = [line for line in lines if line.isupper() and not line.startswith(" ")]
    assert len(set(headings)) == len(headings)
    assert {"2 JUN 2031", "9 JUN 2031", "14 JUN 2031*", "NO DATE"} <= {*headings}
    assert any("2 Jun 2031 to 12 Jun 2031*" in line for line in lines)


def test_alias_of_the_later_report_is_found(get: Fetch) -> None:
    (party,) = get("/parties?q=ferryman")["data"]
    assert (party["id"], party["aliases"]) == ("iven-dorsk", ["the Ferryman"])
    (addition,) = party["additions"]
    assert (addition["source"], addition["aliases"]) == (REPORT, ["the Ferryman"])
    named = {one["id"] for one in get(f"/parties?source={REPORT}")["data"]}
    assert named == {"iven-dorsk", "kardanian-defence-ministry", "hest-official", "ildra-grid"}


def test_day_of_the_later_report_replaces_the_month(get: Fetch) -> None:
    """The joint statement has May, the report 23 May."""
    found = {day: [one["id"] for one in get(f"/events?on={day}&since=2031&party=kardania")["data"]] for day in DAYS}
    assert found == {"2031-05-22": [], "2031-05-23": ["halt-draft-handover"], "2031-05-24": []}
    event = get("/events/halt-draft-handover")
    assert event["date_wording"] == "on 23 May"
    assert [(one["source"], one["date"]) for one in event["additions"]] == [(REPORT, "2031-05-23")]
    assert {one["source"] for one in event["citations"]} == {"port-ellim-joint-statement", REPORT}


DAYS = ["2031-05-22", "2031-05-23", "2031-05-24"]


@pytest.mark.parametrize(
    "path",
    [
        "/matrix?negotiation=ukraine-war-settlement",
        "/issues/energy-strikes/accounts",
        "/issues/general-ceasefire/standing",
        "/events/trump-putin-call/accounts",
        "/compare?accounts=kremlin,white-house",
        "/timeline?negotiation=ukraine-war-settlement,us-russia-relations&limit=100",
        "/positions?source=trump-putin-call-article&limit=200",
    ],
)
def test_answers_about_the_article_are_unchanged(get: Fetch, fetch: Fetch, path: str) -> None:
    assert dict(without_revision(get(path))) == dict(without_revision(fetch(path)))


def without_revision(view: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in view.items() if name not in ("meta", "page"))


def test_account_that_names_both_state_and_president_is_compared_on_both(get: Fetch) -> None:
    """The presidency says what Kardania accepts and what Reshk orders, the ministry what Reshk accepts."""
    (shelling, *_) = get(f"/compare?accounts={BOTH}&issue={SHELLING}")["issues"]
    (on_proposals,) = [one for one in shelling["findings"] if one["kind"] == "proposals"]
    assert [(one["account"], one["parties"], one["stances"]) for one in on_proposals["accounts"]] == [
        (PRESIDENCY, ["aldan-reshk", "kardania"], ["orders", "accepts_in_part", "accepts_conditionally"]),
        (MINISTRY, ["aldan-reshk"], ["accepts"]),
    ]


@pytest.mark.parametrize("voice", ["source", "unattributed"])
def test_cells_tell_articles_without_a_publisher_apart(tmp_path: Path, voice: str) -> None:
    first, second = ({"id": f"in-{name}", "party": "trump", "voice": voice} for name in ("one", "two"))
    later = {"date": "2025-03-20"}
    documents = [
        base("truce", positions=[first | {"stance": "proposes"}]),
        bundle("two", later, positions=[second | {"stance": "rejects"}]),
    ]
    client = load_bundles(tmp_path / "readout.db", *documents)
    (row,) = read_csv(client, "/matrix.csv")
    name = "the article" if voice == "source" else "not attributed"
    shown = [f"Trump proposes: A truce ({name}: article of 18 Mar 2025, 18 Mar 2025)"]
    shown += [f"Trump rejects: A truce ({name}: article of 20 Mar 2025, 18 Mar 2025)", "accounts differ in stance"]
    assert row["united-states"].split(" | ") == shown[: 3 if voice == "source" else 2]
    picture = plain(client.get("/matrix.svg?width=200").text)
    assert all(f"{name}: article of {day} Mar 2025" in picture for day in (18, 20))
