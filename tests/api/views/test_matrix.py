"""The matrix: every cell explicit, by issue and by proposal, as of a day, in every format."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.lists.text_table import display_width
from api.views.bounds import Bound
from api.views.matrix_table import FURTHER, LONG_HEADER, NOTED, NOTED_IN_OUTLINE, short_title
from api.views.position import NOT_RECORDED
from tests.support.lists import Records, contrast_words, ids, read_csv
from tests.support.matrix import cell, plain
from tests.support.small_bundles import PARTIES, base, bundle, load_bundles, on_account
from tests.support.statements import trace

Fetch = Callable[..., Any]
ARTICLE = "trump-putin-call-article"


def positions_in(matrix: Any) -> Records:
    """Return the positions of all cells; one that counts for two rows or parties occurs twice."""
    return [position for one in matrix["cells"] for position in one["positions"]]


def position_ids(matrix: Any) -> set[str]:
    return {position["position"] for position in positions_in(matrix)}


@pytest.mark.parametrize("level", ["principal", "party"])
@pytest.mark.parametrize("rows", ["issue", "proposal"])
def test_every_cell_is_explicit(fetch: Fetch, rows: str, level: str) -> None:
    matrix = fetch(f"/matrix?rows={rows}&level={level}")
    assert (matrix["row_type"], matrix["level"]) == (rows, level)
    pairs = [(party["id"], row["id"]) for party in matrix["parties"] for row in matrix["rows"]]
    assert [(one["party"], one["row"]) for one in matrix["cells"]] == pairs
    for one in matrix["cells"]:
        assert one["stances"] == (list(dict.fromkeys(each["stance"] for each in one["positions"])) or [NOT_RECORDED])
        assert one["positions"] or (one["differs"], one["divided"]) == ([], False)
    silent = [one for one in matrix["cells"] if one["stances"] == [NOT_RECORDED]]
    assert 0 < len(silent) < len(pairs)


@pytest.mark.parametrize("rows", ["issue", "proposal"])
def test_every_current_position_is_in_a_row(fetch: Fetch, rows: str) -> None:
    assert position_ids(fetch(f"/matrix?rows={rows}&level=party")) == set(ids(fetch("/positions?limit=500")))


def test_rows_are_issues_or_proposals(fetch: Fetch) -> None:
    by_issue = {row["id"]: row for row in fetch("/matrix")["rows"]}
    issues = {issue["id"]: issue for issue in fetch("/issues?limit=500")["data"]}
    for id, row in by_issue.items():
        assert (row["title"], row["part_of"]) == (issues[id]["title"], issues[id]["part_of"])
        assert [one["id"] for one in row["proposals"]] == ids(fetch(f"/proposals?issue={id}&limit=500"))
    by_proposal = fetch("/matrix?rows=proposal")["rows"]
    assert {row["id"] for row in by_proposal} == set(ids(fetch("/proposals?limit=500")))
    assert all(row["proposals"] == [{"id": row["id"], "title": row["title"]}] for row in by_proposal)


def test_proposal_on_two_issues_is_in_both_rows(tmp_path: Path) -> None:
    issues = [{"id": "matter"}, {"id": "other-matter"}]
    proposals: Records = [{"id": "truce", "issues": ["matter", "other-matter"]}]
    document = base(issues=issues, proposals=proposals, positions=[{"id": "one"}])
    client = load_bundles(tmp_path / "readout.db", document)
    matrix = client.get("/matrix").get_json()
    assert Counter(one["position"] for one in positions_in(matrix)) == {"one": 2}
    assert [row["id"] for row in client.get("/matrix?issue=matter").get_json()["rows"]] == ["matter"]


def test_wordings_of_one_issue_differ(fetch: Fetch) -> None:
    energy = cell(fetch("/matrix?level=party"), "putin", "energy-strikes")
    assert energy["differs"] == ["proposals"]
    accounts = {account for position in energy["positions"] for account in position["accounts"]}
    assert accounts == {"white-house", "kremlin", ARTICLE}
    assert cell(fetch("/matrix"), "russia", "energy-strikes")["differs"] == ["proposals"]
    assert cell(fetch("/matrix"), "ukraine", "energy-strikes")["differs"] == []


def test_contrasts_of_the_editors_are_in_the_row(fetch: Fetch, client: FlaskClient) -> None:
    (energy,) = fetch("/matrix?issue=energy-strikes")["rows"]
    pairs = [frozenset(one["statements"]) for one in energy["contrasts"]]
    assert frozenset({"kremlin-reacted-positively", "white-house-energy-ceasefire"}) in pairs
    assert len(pairs) == len(set(pairs))
    text = " ".join(client.get("/matrix.txt?issue=energy-strikes").text.split())
    for contrast in energy["contrasts"]:
        assert f"Strikes on energy: {contrast_words(contrast)}" in text


@pytest.mark.parametrize(
    ("accounts", "differs", "divided", "text"),
    [
        ([("putin", "kremlin", "accepts")], [], False, ""),
        ([("putin", "kremlin", "accepts"), ("putin", "white-house", "accepts")], [], False, ""),
        ([("putin", "kremlin", "accepts"), ("putin", "white-house", "rejects")], ["stance"], False, "differ in stance"),
        ([("putin", "kremlin", "accepts"), ("russia", "kremlin", "rejects")], [], True, "divided"),
        (
            [("putin", "kremlin", "accepts"), ("putin", "white-house", "rejects"), ("russia", "kremlin", "rejects")],
            ["stance"],
            True,
            "differ in stance",
        ),
    ],
)
def test_disagreement_is_marked_in_every_format(
    tmp_path: Path, accounts: list[tuple[str, str, str]], differs: list[str], divided: bool, text: str
) -> None:
    positions = [
        {"id": f"position-{place}", "party": party, "stance": stance, **on_account(account)}
        for place, (party, account, stance) in enumerate(accounts)
    ]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    one = cell(client.get("/matrix").get_json(), "russia", "matter")
    assert (one["differs"], one["divided"]) == (differs, divided)
    (row,) = read_csv(client, "/matrix.csv")
    table = client.get("/matrix.txt").text.partition("\n\n")[0]
    for shown in (row["russia"], table):
        assert text in shown
        assert ("divided" in shown) == divided
        assert ("differ" in shown) == bool(differs)
    long = [line for line in read_csv(client, "/matrix.csv?layout=long") if line["position"]]
    assert {(line["differs"], line["divided"]) for line in long} == {(" | ".join(differs), str(divided).lower())}


def test_sequence_stands_in_one_row(fetch: Fetch) -> None:
    matrix = fetch("/matrix")
    assert cell(matrix, "ukraine", "general-ceasefire")["stances"] == ["accepts"]
    assert "noncommittal" in cell(matrix, "russia", "general-ceasefire")["stances"]


def test_positions_are_in_the_order_of_their_dates(tmp_path: Path) -> None:
    dates: dict[str, dict[str, Any]] = {
        "undated": {"date": None, "date_basis": None},
        "day": {"date": "2025-03-18"},
        "open-start": {"date": "../2025-03-16"},
        "range": {"date": "2025-03-10/2025-03-16"},
        "month": {"date": "2025-02"},
    }
    positions = [{"id": id, "proposal": id, **date} for id, date in dates.items()]
    client = load_bundles(tmp_path / "readout.db", base(*dates, positions=positions))
    own = cell(client.get("/matrix").get_json(), "russia", "matter")["positions"]
    assert [one["position"] for one in own] == ["month", "range", "open-start", "day", "undated"]


def test_dates_stay_ranges(fetch: Fetch) -> None:
    positions = {one["position"]: one for one in positions_in(fetch("/matrix"))}
    campaign, threat = positions["trump-pledges-end-of-war"], positions["trump-threatens-sanctions"]
    names = ("date", "date_earliest", "date_latest")
    assert [campaign[name] for name in names] == ["2024", "2024-01-01", "2024-12-31"]
    assert [threat[name] for name in names] == [None, None, None]


def test_promise_of_a_candidate_is_not_that_of_the_state(client: FlaskClient, fetch: Fetch) -> None:
    matrix = fetch("/matrix?rows=proposal")
    assert cell(matrix, "trump", "end-of-the-war")["stances"] == ["pledges"]
    assert cell(matrix, "united-states", "end-of-the-war")["stances"] == [NOT_RECORDED]
    assert "trump-pledges-end-of-war" not in position_ids(fetch("/matrix?principal=united-states"))
    held = [one["party"] for one in matrix["cells"] if one["stances"] != [NOT_RECORDED]]
    assert held.count("trump") == 1
    assert [party["id"] for party in fetch("/matrix")["parties"] if party["private"]] == ["trump"]
    assert not any(party["private"] for party in fetch("/matrix?level=party")["parties"])
    assert [party["capacity"] for party in fetch("/matrix")["parties"]] == [None, None, None, "candidate"]
    for suffix in (".txt", ".svg", ".html"):
        assert "as a candidate" in plain(client.get(f"/matrix{suffix}").text)
        sport = client.get(f"/matrix{suffix}?issue=sport").text
        assert "as a candidate" not in plain(re.sub("<small.*?</small>", "", sport))  # the hints of filters name one


def test_capacities_that_differ_are_not_named(tmp_path: Path) -> None:
    own: Records = [
        {"id": f"one-{capacity}", "on_behalf_of": [], "capacity": capacity} for capacity in ("candidate", "business")
    ]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=own))
    (putin, *_) = client.get("/matrix").get_json()["parties"]
    assert (putin["private"], putin["capacity"]) == (True, None)
    text = plain(client.get("/matrix.txt?width=200").text)
    assert "Putin, for itself" in text
    assert all(f"accepts, {capacity}: A truce" in text for capacity in ("as a candidate", "as a business owner"))


def test_later_table_has_only_rows_with_positions(client: FlaskClient) -> None:
    """The promise of a candidate does not cost a second table of empty rows."""
    tables = client.get("/matrix.txt").text.partition("\n\nWithout a row")[0]
    assert tables.count("A settlement of the war") == 2
    assert tables.count("Strikes on energy") == 1


@pytest.mark.parametrize("suffix", [".txt", ".svg", ".html"])
def test_issue_without_a_row_is_named(client: FlaskClient, fetch: Fetch, suffix: str) -> None:
    assert [issue["issue"] for issue in fetch("/matrix")["left_out"]] == ["military-build-up"]
    assert fetch("/matrix?rows=proposal")["left_out"] == fetch("/matrix?issue=sport")["left_out"] == []
    assert fetch("/matrix?negotiation=us-russia-relations")["left_out"] == []
    issues = set(ids(fetch("/issues?limit=500")))
    for day in ("2024-12-31", "2025-03-16", "2025-03-18"):
        matrix = fetch(f"/matrix?as_of={day}")
        rows, left_out = {row["id"] for row in matrix["rows"]}, {issue["issue"] for issue in matrix["left_out"]}
        assert (rows | left_out, rows & left_out) == (issues, set()), day
    text = plain(client.get(f"/matrix{suffix}").text)
    assert "no proposal is recorded there: Military build-up and offensives" in text


@pytest.mark.parametrize("suffix", [".txt", ".md", ".svg", ".html"])
def test_matrix_that_a_filter_leaves_empty_says_so(client: FlaskClient, suffix: str) -> None:
    """Unattributed statements are evidence of a position on the article's account, but of no position of their own."""
    text = plain(client.get(f"/matrix{suffix}?account=unattributed").text)
    assert "No position is recorded, or none that matches the filters." in text


def test_party_level_keeps_parties_apart(fetch: Fetch) -> None:
    matrix = fetch("/matrix?level=party&rows=proposal")
    assert cell(matrix, "putin", "unconditional-ceasefire-30-days")["stances"] == ["noncommittal", "raises_concerns"]
    assert cell(matrix, "russia", "unconditional-ceasefire-30-days")["stances"] == [NOT_RECORDED]
    rolled_up = cell(fetch("/matrix?rows=proposal"), "russia", "unconditional-ceasefire-30-days")
    assert rolled_up["stances"] == ["noncommittal", "raises_concerns"]


def test_parties_without_positions_are_listed(tmp_path: Path) -> None:
    """The principals of a negotiation are listed even if nothing is recorded of them; those with most come first."""
    positions = [{"id": "one", "party": "trump"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    assert [party["id"] for party in client.get("/matrix").get_json()["parties"]] == ["united-states", "russia"]
    narrowed = client.get("/matrix?party=trump").get_json()
    assert [party["id"] for party in narrowed["parties"]] == ["united-states"]


@pytest.mark.parametrize(
    ("day", "position", "is_served"),
    [
        ("2025-02-01", "trump-pursues-peace-settlement", False),
        ("2025-02-27", "trump-pursues-peace-settlement", False),
        ("2025-02-28", "trump-pursues-peace-settlement", True),
        ("2025-02", "trump-pursues-peace-settlement", True),
        ("2024-12-30", "trump-pledges-end-of-war", False),
        ("2024-12-31", "trump-pledges-end-of-war", True),
        ("2025-03-15", "ukraine-accepts-thirty-day-truce", False),
        ("2025-03-16", "ukraine-accepts-thirty-day-truce", True),
        ("2025-03-17", "trump-threatens-sanctions", False),
        ("2025-03-18", "trump-threatens-sanctions", True),
    ],
)
def test_as_of_serves_what_certainly_stood(fetch: Fetch, day: str, position: str, is_served: bool) -> None:
    matrix = fetch(f"/matrix?as_of={day}")
    assert (position in position_ids(matrix)) == is_served
    assert position_ids(matrix) <= set(ids(fetch(f"/positions?as_of={day}&limit=500")))


def test_page_offers_the_days_at_which_as_of_adds_positions(client: FlaskClient, fetch: Fetch) -> None:
    days = re.findall(r'<option value="([0-9-]+)">', client.get("/matrix.html").text)
    assert "2025-02-28" in days  # by which a position that may still last was certainly taken
    assert days == sorted(days, reverse=True)
    for day in days:
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        known = [set(ids(fetch(f"/positions?as_of={one}&limit=500"))) for one in (before, day)]
        assert known[0] < known[1], day


def test_as_of_hides_proposals_that_were_not_known(fetch: Fetch) -> None:
    rows = {row["id"] for row in fetch("/matrix?rows=proposal&as_of=2025-03-16")["rows"]}
    assert "peace-settlement" in rows
    assert "energy-strikes-halt" not in rows
    assert not any(rows & {one["id"] for one in fetch("/proposals?since=2025-03-17&limit=500")["data"]})


@pytest.mark.parametrize(
    "query",
    [
        "party=putin",
        "principal=russia",
        "account=kremlin",
        "account=kremlin,witkoff",
        "issue=black-sea",
        "proposal=energy-strikes-halt",
        "negotiation=us-russia-relations",
        "stance=accepts",
        "explicit=false",
        "paragraph=12",
        f"source={ARTICLE}&paragraph=3",
        "q=ceasefire",
        "since=2025-03-18",
        "until=2025-03-16",
        "on=2025-03-16",
        "party=putin&account=white-house",
    ],
)
def test_matrix_takes_the_filters_of_positions(fetch: Fetch, query: str) -> None:
    matrix = fetch(f"/matrix?{query}&level=party")
    listed = fetch(f"/positions?{query}&limit=500")
    assert position_ids(matrix) == set(ids(listed)) != set()
    assert listed["page"]["total"] < fetch("/positions?limit=1")["page"]["total"]
    assert len(matrix["rows"]) < len(fetch("/matrix?level=party")["rows"])


@pytest.mark.parametrize("query", ["party=putin", "account=kremlin", "explicit=false", "paragraph=12"])
def test_narrow_filter_leaves_out_rows_and_parties_without_positions(fetch: Fetch, query: str) -> None:
    matrix = fetch(f"/matrix?{query}")
    with_positions = [(one["party"], one["row"]) for one in matrix["cells"] if one["positions"]]
    assert {row for _, row in with_positions} == {row["id"] for row in matrix["rows"]}
    assert {party for party, _ in with_positions} == {party["id"] for party in matrix["parties"]}


def test_kind_selects_proposals(fetch: Fetch) -> None:
    matrix = fetch("/matrix?kind=condition&rows=proposal")
    assert {row["id"] for row in matrix["rows"]} == set(ids(fetch("/proposals?kind=condition&limit=500"))) != set()


def test_later_article_replaces_an_earlier_one(tmp_path: Path) -> None:
    documents = [
        base("truce", positions=[{"id": "earlier", "stance": "noncommittal"}, {"id": "other", "party": "trump"}]),
        bundle(
            "later-article",
            {"date": "2025-03-24"},
            positions=[{"id": "later", "stance": "rejects", "date": "2025-03-24"}],
        ),
    ]
    client = load_bundles(tmp_path / "readout.db", *documents)
    assert cell(client.get("/matrix").get_json(), "russia", "matter")["stances"] == ["rejects"]
    before = client.get("/matrix?as_of=2025-03-20").get_json()
    assert cell(before, "russia", "matter")["stances"] == ["noncommittal"]
    text = client.get("/matrix.txt").text
    assert ", article of 18 Mar 2025 ¶1)" in text
    assert ", article of 24 Mar 2025 ¶1)" in text
    assert "article of 18 Mar 2025: A text" not in client.get("/matrix.txt?party=putin").text


CURRENT: dict[str, list[str]] = {
    "stance=accepts": [],
    "stance=rejects": ["later"],
    "q=agreed": [],
    "paragraph=2": [],
    "explicit=false": [],
    "source=article&paragraph=3": ["later"],
    "account=article&stance=accepts": [],
    "stance=accepts&as_of=2025-03-19": ["earlier"],
    "stance=accepts&until=2025-03-19": ["earlier"],
}


@pytest.mark.parametrize(("query", "current"), CURRENT.items())
def test_filter_does_not_revive_a_replaced_position(tmp_path: Path, query: str, current: list[str]) -> None:
    """Putin agreed on 18 March and rejects on the 20th."""
    hint = {"explicit": False, "inference": "From a hint.", "citations": [{"source": "article", "paragraph": 2}]}
    later = {"stance": "rejects", "date": "2025-03-20", "citations": [{"source": "article", "paragraph": 3}]}
    positions: Records = [{"id": "earlier", "summary": "Putin agreed.", **hint}, {"id": "later", **later}]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    matrix = client.get(f"/matrix?{query}").get_json()
    assert (position_ids(matrix), len(matrix["rows"])) == ({*current}, len(current))
    (party,) = client.get(f"/issues/matter/standing?{query}").get_json()["parties"]
    assert [one["position"] for one in party["positions"]] == current
    assert len(party["history"]) == 1


FOR_ITSELF = {"id": "candidate", "on_behalf_of": [], "capacity": "candidate"}
FOR_CIS = {"id": "for-cis", "stance": "rejects", "on_behalf_of": ["cis"], "date": "2025-03-20"}
CAPACITIES: dict[str, tuple[Records, dict[str, set[str]]]] = {
    "for one principal, then for another": (
        [{"id": "for-russia", "date": "2025-03-10"}, FOR_CIS],
        {"": {"for-russia", "for-cis"}, "stance=accepts": {"for-russia"}, "explicit=true": {"for-russia", "for-cis"}},
    ),
    "for itself, then for the state": (
        [{**FOR_ITSELF, "date": "2025-03-10"}, {"id": "president", "stance": "rejects", "date": "2025-03-20"}],
        {"": {"candidate", "president"}, "stance=accepts": {"candidate"}, "stance=rejects": {"president"}},
    ),
    "on two accounts, then on each of them": (
        [
            {"id": "both", "voice": "party", "according_to": ["kremlin", "white-house"], "date": "2025-03-10"},
            {"id": "kremlin", "stance": "rejects", **on_account("kremlin"), "date": "2025-03-20"},
            {"id": "white-house", "stance": "rejects", **on_account("white-house"), "date": "2025-03-21"},
        ],
        {
            "": {"kremlin", "white-house"},
            "account=kremlin": {"kremlin"},
            "account=kremlin&stance=accepts": set(),
            "account=white-house,kremlin": {"kremlin", "white-house"},
        },
    ),
}


@pytest.mark.parametrize("level", ["principal", "party"])
@pytest.mark.parametrize(("positions", "current"), CAPACITIES.values(), ids=CAPACITIES)
def test_current_positions_are_the_same_in_matrix_and_standing(
    tmp_path: Path, positions: Records, current: dict[str, set[str]], level: str
) -> None:
    parties = [*PARTIES, {"id": "cis", "name": "CIS", "kind": "organisation"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", parties=parties, positions=positions))
    for query, expected in current.items():
        assert position_ids(client.get(f"/matrix?level={level}&{query}").get_json()) == expected, query
        parties = client.get(f"/issues/matter/standing?{query}").get_json()["parties"]
        assert {one["position"] for party in parties for one in party["positions"]} == expected, query


@pytest.mark.parametrize("query", ["", "stance=accepts", "q=stance"])
def test_position_for_two_principals_stays_with_the_one_it_was_not_replaced_for(tmp_path: Path, query: str) -> None:
    positions = [{"id": "both", "on_behalf_of": ["russia", "cis"], "date": "2025-03-10"}, FOR_CIS]
    parties = [*PARTIES, {"id": "cis", "name": "CIS", "kind": "organisation"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", parties=parties, positions=positions))
    matrix = client.get(f"/matrix?{query}").get_json()
    assert cell(matrix, "russia", "matter")["stances"] == ["accepts"]
    assert all(one["stances"] in (["rejects"], [NOT_RECORDED]) for one in matrix["cells"] if one["party"] == "cis")


def test_limit_counts_the_positions_that_match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that may have replaced them are not shown."""
    monkeypatch.setattr("api.views.stance_queries.MAX_POSITIONS", Bound(data=10, page=3))
    positions: Records = [{"id": f"one-{number}", "date": f"2025-03-0{number}"} for number in range(1, 9)]
    positions.append({"id": "last", "stance": "rejects", "date": "2025-03-20"})
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    assert client.get("/matrix.html?stance=rejects").status_code == 200
    assert client.get("/matrix.html?stance=accepts").status_code == 400


def test_inferred_stance_is_marked_in_every_format(client: FlaskClient, fetch: Fetch) -> None:
    positions = {one["position"]: one for one in positions_in(fetch("/matrix"))}
    inferred = {id for id, one in positions.items() if not one["explicit"]}
    assert inferred == set(ids(fetch("/positions?explicit=false&limit=500"))) != set()
    for id, one in positions.items():
        assert one["attribution"].endswith(" (inferred)") == (id in inferred)
    long = [row for row in read_csv(client, "/matrix.csv?layout=long") if row["position"]]
    assert {row["position"]: (row["explicit"], row["attribution"]) for row in long} == {
        id: (str(one["explicit"]).lower(), one["attribution"]) for id, one in positions.items()
    }
    wide = " | ".join(value for row in read_csv(client, "/matrix.csv") for value in row.values())
    for id in inferred:
        attribution = positions[id]["attribution"].replace(" (inferred)", ", inferred")
        attribution = attribution.removesuffix(", inferred")
        said = re.escape(f"{positions[id]['label']}: {positions[id]['title']} ({attribution}")
        assert re.search(rf"{said}(, [^()]*)?, inferred\)", wide)
    text = client.get("/matrix.txt?explicit=false").text
    table, *notes = text.partition("\n\n[")
    shown = len(positions_in(fetch("/matrix?explicit=false")))
    assert table.count("inferred)") == shown
    assert " ".join("".join(notes).split()).count("; inferred: ") == shown
    text = client.get("/matrix.txt?explicit=true").text.partition("In what the accounts differ")[0]
    assert "inferred" not in text


def test_wide_csv_has_a_column_for_each_party(client: FlaskClient, fetch: Fetch) -> None:
    for rows in ("issue", "proposal"):
        matrix = fetch(f"/matrix?rows={rows}")
        header, *lines = csv.reader(io.StringIO(client.get(f"/matrix.csv?rows={rows}").text, newline=""))
        names = [party["id"] + " (as a candidate)" * party["private"] for party in matrix["parties"]]
        assert header == [rows, "title", *names]
        assert header[-1] == "trump (as a candidate)"
        assert [line[:2] for line in lines] == [[row["id"], row["title"]] for row in matrix["rows"]]
        for line in lines:
            for party, value in zip((one["id"] for one in matrix["parties"]), line[2:], strict=True):
                one = cell(matrix, party, line[0])
                assert (value == NOT_RECORDED) == (one["stances"] == [NOT_RECORDED] and not one["discussed"])
                assert value.count("spoke of it, no position (") == len(one["discussed"])
                for position in one["positions"]:
                    attribution = position["attribution"].replace(" (inferred)", ", inferred")
                    on = f": {position['title']}" if rows == "issue" else ""
                    if titles := [f"“{title}”" for title in position["condition_titles"]]:
                        on += f", condition{'s' * (len(titles) > 1)}: {', '.join(titles)}"
                    holder = "" if position["party"] == one["party"] else f"{position['party_name']} "
                    said = f"{holder}{position['label']}{on} ({attribution.removesuffix(', inferred')}"
                    inferred = "" if position["explicit"] else ", inferred"
                    assert re.search(rf"(^|\| ){re.escape(said)}(, [^()]*)?{inferred}\)", value)


SHOWN_WITHOUT_POSITION = {"row", "row_title", "party", "party_name", "capacity", "stance"}


def test_long_csv_has_a_row_for_each_position_and_gap(client: FlaskClient, fetch: Fetch) -> None:
    matrix = fetch("/matrix")
    lines = read_csv(client, "/matrix.csv?layout=long")
    assert list(lines[0]) == list(LONG_HEADER)
    expected = [
        (one["party"], one["row"], each)
        for one in matrix["cells"]
        for each in one["positions"] or one["discussed"] or [None]
    ]
    assert len(lines) == len(expected)
    for line, (party, row, position) in zip(lines, expected, strict=True):
        assert (line["party"], line["row"]) == (party, row)
        assert line["capacity"] == ("as a candidate" if party == "trump" else "")
        if position is None or "statement" in position:
            assert line["stance"] == NOT_RECORDED
        if position is None:
            assert not any(line[name] for name in LONG_HEADER if name not in SHOWN_WITHOUT_POSITION)
        else:
            if "statement" in position:
                assert (line["label"], line["summary"]) == ("spoke of it, no position", position["summary"])
                position |= {"position": "", "stance": NOT_RECORDED}
            paragraphs = " | ".join(str(citation["paragraph"]) for citation in position["citations"])
            holder = [position.get("party", ""), position.get("party_name", "")]
            assert [line["held_by"], line["held_by_name"]] == holder
            assert [line[name] for name in ("position", "stance", "attribution", "paragraph")] == [
                position["position"], position["stance"], position["attribution"], paragraphs
            ]  # fmt: skip


@pytest.mark.parametrize("query", ["", "level=party&", "rows=proposal&", "level=party&rows=proposal&"])
@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_text_fits_the_width(client: FlaskClient, query: str, width: int) -> None:
    lines = client.get(f"/matrix.txt?{query}width={width}").text.splitlines()
    assert max(map(display_width, lines)) <= width


def test_text_is_at_most_100_columns_wide(client: FlaskClient) -> None:
    text = client.get("/matrix.txt?level=party").text
    assert text == client.get("/matrix.txt?level=party&width=100").text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_breaks_no_word(client: FlaskClient, fetch: Fetch, width: int) -> None:
    whole = set(client.get("/matrix.txt?width=400").text.split())
    assert set(client.get(f"/matrix.txt?width={width}").text.split()) - whole <= {"[1]", *FURTHER.split()}
    several = client.get(f"/matrix.txt?rows=proposal&width={width}").text
    for title in (row["title"] for row in fetch("/matrix?rows=proposal")["rows"]):
        assert set(title.split()) <= set(several.split())


def test_text_has_a_footnote_for_each_position(client: FlaskClient, fetch: Fetch) -> None:
    text, wide = (client.get(f"/matrix.txt?issue=energy-strikes&width={width}").text for width in (100, 400))
    flat = " ".join(text.split())
    positions = positions_in(fetch("/matrix?issue=energy-strikes"))
    for number in range(1, len(positions) + 1):
        assert text.partition("\n\n[1]")[0].count(f"[{number}]") == 1
    for position in positions:
        attribution = position["attribution"].replace(" (inferred)", ", inferred")
        paragraphs = ", ".join(str(citation["paragraph"]) for citation in position["citations"])
        assert f"{position['summary']} ({attribution.removesuffix(', inferred')}, " in flat
        assert f"¶{paragraphs}; inferred: {position['inference']})" in flat or position["explicit"]
        assert f"¶{paragraphs})" in flat or not position["explicit"]
        named = re.escape(f"{position['label']}: {position['title'][:14]}")
        assert re.search(rf"{named}[^(]* \([^()]*{re.escape(attribution.removesuffix(', inferred'))}[^()]*\) \[", wide)
    assert "- no position is recorded there, or none that matches the filters, which means neither assent nor" in flat


def test_scheduled_events_are_listed_after_the_last_source(client: FlaskClient, fetch: Fetch) -> None:
    for query in ("", "?as_of=2025-03-18"):
        assert fetch(f"/matrix{query}")["scheduled"] == []
    scheduled = {event["event"]: event for event in fetch("/matrix?as_of=2025-03-19")["scheduled"]}
    assert set(scheduled) == set(ids(fetch("/events?status=scheduled,planned&limit=500")))
    assert scheduled["jeddah-talks"] == {
        "event": "jeddah-talks",
        "title": "Talks with Russia to continue in Jeddah, Witkoff says",
        "date": "2025-03-23",
        "date_basis": "resolved",
        "status": "scheduled",
        "attribution": "Steve Witkoff",
        "citations": [{"source": "trump-putin-call-article", "paragraph": 13}],
    }
    assert fetch("/matrix?as_of=2025-03-22&negotiation=us-russia-relations")["scheduled"] == []
    for query, event in (("issue=black-sea", "black-sea-technical-negotiations"), ("account=witkoff", "jeddah-talks")):
        assert [one["event"] for one in fetch(f"/matrix?as_of=2025-03-22&{query}")["scheduled"]] == [event]
    assert fetch("/matrix?as_of=2025-03-22&issue=sport")["scheduled"] == []
    text = " ".join(client.get("/matrix.txt?as_of=2025-03-22").text.split())
    assert "23 Mar 2025* Talks with Russia to continue in Jeddah, Witkoff says (scheduled, Steve Witkoff, ¶13)" in text


@pytest.mark.parametrize(
    ("query", "parameter"), [("rows=topic", "rows"), ("level=person", "level"), ("layout=tall", "layout")]
)
def test_wrong_choice_is_rejected(client: FlaskClient, query: str, parameter: str) -> None:
    response = client.get(f"/matrix?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.get_json(force=True)["errors"]] == [parameter]


@pytest.mark.parametrize("path", ["/matrix", "/matrix.csv", "/issues/general-ceasefire/standing"])
def test_too_many_positions_are_an_error(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr("api.views.stance_queries.MAX_POSITIONS", Bound(5, 5))
    response = client.get(path)
    assert response.status_code == 400
    assert "More than 5 positions" in response.get_json(force=True)["errors"][0]["detail"]
    assert client.get("/matrix?issue=black-sea&party=putin").status_code == 200


def outside_cells(matrix: Any) -> int:
    return sum(len(row["events"]) + len(row["without_position"]) for row in matrix["rows"])


@pytest.mark.parametrize("query", ["", "as_of=2025-03-17", "stance=accepts", "party=putin", "issue=general-ceasefire"])
def test_bound_outside_cells_counts_what_is_served(
    client: FlaskClient, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    items = outside_cells(fetch(f"/matrix?{query}"))
    monkeypatch.setattr("api.views.matrix.MAX_OUTSIDE", Bound(items, items))
    assert client.get(f"/matrix?{query}").status_code == 200
    monkeypatch.setattr("api.views.matrix.MAX_OUTSIDE", Bound(items - 1, items - 1))
    assert items > 0
    assert client.get(f"/matrix?{query}").status_code == 400


@pytest.mark.parametrize(
    ("format", "words"),
    [
        *((one, "More than 3 cells, proposals or events") for one in ("json", "csv", "xlsx", "svg", "png")),
        *((one, "More than 2 cells, proposals or events") for one in ("txt", "md")),
        ("html", "This is too much for one page"),
    ],
)
def test_too_many_events_are_not_read(database: Path, monkeypatch: pytest.MonkeyPatch, format: str, words: str) -> None:
    """Reading 30,000 events and all contrasts first takes more CPU time than a response may, so that it is a 503."""
    client = create_app(database=str(database)).test_client()
    reads = ("select l.issue, r.record, r.derived from events_issues", "join statements_contrasts_with")
    with trace(monkeypatch) as statements:
        assert client.get("/matrix").status_code == 200
        assert all(any(read in sql for sql in statements) for read in reads)
        statements.clear()
        monkeypatch.setattr("api.views.matrix.MAX_OUTSIDE", Bound(data=3, page=3, text=2))
        response = client.get(f"/matrix.{format}")
    assert response.status_code == 400
    assert words in response.text
    assert not any(read in sql for read in reads for sql in statements)


def test_further_table_without_positions_is_one_sentence(client: FlaskClient) -> None:
    """On that day, no position of Russia was recorded."""
    text = client.get("/matrix.txt?as_of=2025-03-16").text
    assert "\nRussia: no position is recorded, or none that matches the filters.\n" in text


@pytest.mark.parametrize(
    ("format", "words"), [*((one, NOTED) for one in ("txt", "html", "svg")), ("md", NOTED_IN_OUTLINE)]
)
@pytest.mark.parametrize(("issue", "is_explained"), [("energy-strikes", True), ("sport", False)])
def test_flag_of_a_row_is_explained(
    client: FlaskClient, format: str, words: str, issue: str, is_explained: bool
) -> None:
    assert (words in plain(client.get(f"/matrix.{format}?issue={issue}").text)) is is_explained


def test_flag_of_a_row_stands_in_the_first_table_only(client: FlaskClient) -> None:
    first, candidate = client.get("/matrix.txt").text.split("Donald Trump, as a candidate\n", 1)
    assert "accounts differ " in first
    assert "accounts differ" not in candidate.split("\n\n", 1)[0]


TITLES = {
    "A lasting peace": "A lasting peace",
    "A moratorium on firing in the Black Sea, in Witkoff’s words": "A moratorium on firing in the Black Sea …",
    "A full truce, to which Putin attached conditions according to Zelenskyy": "A full truce …",
    "Yes, to a halt of all strikes on energy infrastructure in Ukraine": "Yes, to a halt of all strikes on energy …",
    "A halt to attacks (on energy infrastructure, the article says), suggested by Trump": "A halt to attacks …",
    "A halt to attacks (on energy, they say), suggested by Trump alone": "A halt to attacks (on energy, they say) …",
    "A halt to strikes on energy infrastructure sites, ordered": "A halt to strikes on energy infrastructure …",
    "An unconditional ceasefire in Ukraine for 30 days, proposed by Trump": "An unconditional ceasefire in Ukraine …",
}


@pytest.mark.parametrize(("title", "short"), TITLES.items())
def test_title_is_cut_where_its_sense_ends(title: str, short: str) -> None:
    assert short_title(title, 48) == short


def test_row_has_events_that_concern_no_proposal(client: FlaskClient, fetch: Fetch) -> None:
    """The United States took no position on a proposal about aid, but suspended it."""
    rows = {row["id"]: row for row in fetch("/matrix")["rows"]}
    (event,) = rows["foreign-support-for-ukraine"]["events"]
    assert (event["event"], event["attribution"]) == ("us-aid-suspension", "the article")
    assert rows["land-and-power-plants"]["events"] == []
    assert fetch("/matrix?issue=foreign-support-for-ukraine&account=kremlin")["rows"][0]["events"] == []
    for suffix in ("txt", "md", "html"):
        text = client.get(f"/matrix.{suffix}?issue=foreign-support-for-ukraine").text
        assert event["title"] in " ".join(text.split())


def test_row_has_proposals_on_which_nobody_has_a_position(client: FlaskClient, fetch: Fetch) -> None:
    """Cooperation that was only discussed would be an empty row, as if nobody had mentioned it."""
    rows = {row["id"]: row for row in fetch("/matrix")["rows"]}
    (discussed,) = rows["economic-cooperation"]["without_position"]
    assert (discussed["proposal"], discussed["attribution"]) == ("economic-and-energy-partnerships", "Kremlin")
    assert rows["energy-strikes"]["without_position"] == []
    for query in ("account=kremlin", "rows=proposal"):
        assert not any(row["without_position"] for row in fetch(f"/matrix?{query}")["rows"])
    for suffix in ("txt", "md", "html"):
        text = client.get(f"/matrix.{suffix}?issue=economic-cooperation").text
        assert discussed["title"] in " ".join(text.split())


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".svg"])
def test_what_has_no_row_on_a_past_day_is_so_by_that_day(client: FlaskClient, suffix: str) -> None:
    stated = "recorded there by that day"
    assert stated in " ".join(client.get(f"/matrix{suffix}?as_of=2025-03-12").text.split())
    assert stated not in " ".join(client.get(f"/matrix{suffix}").text.split())


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_a_filter_says_that_it_leaves_rows_out(client: FlaskClient, suffix: str) -> None:
    stated = "Only rows with a position that matches the filters are shown."
    assert stated in client.get(f"/matrix{suffix}?account=kremlin").text
    assert stated not in client.get(f"/matrix{suffix}?as_of=2025-03-12").text


def test_text_of_a_large_matrix_is_rejected(tmp_path: Path) -> None:
    """What is laid out takes longer than data: it would exceed the CPU time of a request every time."""
    parties = [{"id": f"party-{place}", "name": f"Party {place}"} for place in range(99)]
    proposals = [f"proposal-{place}" for place in range(99)]
    positions = [
        {"id": f"position-{place}", "party": party["id"], "proposal": proposals[place]}
        for place, party in enumerate(parties)
    ]
    document = base(*proposals, parties=[*PARTIES, *parties], positions=positions)
    client = load_bundles(tmp_path / "large.db", document)
    assert len(client.get("/matrix.json?rows=proposal").get_json()["cells"]) > 99 * 99
    for suffix in (".txt", ".md"):
        response = client.get(f"/matrix{suffix}?rows=proposal")
        (error,) = response.get_json(force=True)["errors"]
        assert (response.status_code, error["parameter"]) == (400, "negotiation")
        assert client.get(f"/matrix{suffix}?rows=proposal&party=party-1").status_code == 200


@pytest.mark.parametrize("query", ["", "&stance=rejects"])
def test_issue_of_an_undated_proposal_with_a_position_is_not_without_proposals(tmp_path: Path, query: str) -> None:
    """The proposal stands from the day of the article, but was known once a party had a position on it."""
    documents = base("truce", positions=[{"id": "one", "date": "2025-03-01"}])
    client = load_bundles(tmp_path / "readout.db", documents)
    assert client.get(f"/matrix?as_of=2025-03-05{query}").get_json()["left_out"] == []
    (issue,) = client.get(f"/matrix?as_of=2025-02-28{query}").get_json()["left_out"]
    assert issue["issue"] == "matter"


TO_COME: dict[str | None, bool] = {
    "2025-03-25": False,
    "2025-03-24/2025-03-25": False,
    "2025-03-26": True,
    "2025-03": True,
    "2025-03-20/..": True,
    None: True,
}


@pytest.mark.parametrize(("date", "is_to_come"), TO_COME.items())
def test_event_of_a_past_date_is_not_to_come(tmp_path: Path, date: str | None, is_to_come: bool) -> None:
    is_day = date and len(date) == len("2025-03-25")
    event = {"id": "one", "status": "scheduled" if is_day else "planned", "date": date, "date_basis": date and "stated"}
    client = load_bundles(tmp_path / "readout.db", base("truce", events=[event]))
    matrix = client.get("/matrix?as_of=2025-03-25").get_json()
    assert [one["event"] for one in matrix["scheduled"]] == ["one"] * is_to_come
