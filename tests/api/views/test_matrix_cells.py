"""What cells of the matrix show besides stances: who spoke without one, dates, and parts below their whole."""

from pathlib import Path
from typing import Any

import pytest

from api.views.position import NOT_RECORDED
from tests.support.lists import read_csv
from tests.support.matrix import cell, plain
from tests.support.small_bundles import base, load_bundles, on_account

Records = list[dict[str, Any]]
SPOKEN: Records = [
    {"id": "words", "summary": "They spoke of it.", "speakers": ["witkoff"], **on_account("white-house")},
    {"id": "yes", "summary": "Putin says yes.", "speakers": ["trump"], "proposals": ["truce"]},
]
STANCES: Records = [{"id": "putin-accepts", "statements": ["yes"]}]


def test_who_spoke_without_a_position_is_not_silent(tmp_path: Path) -> None:
    """What shows a position on the row, if of another party, is not listed: Trump's words are Putin's yes."""
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=STANCES, statements=SPOKEN))
    found = cell(client.get("/matrix").get_json(), "united-states", "matter")
    assert (found["stances"], [one["statement"] for one in found["discussed"]]) == ([NOT_RECORDED], ["words"])
    on_proposals = client.get("/matrix?rows=proposal&level=party").get_json()
    assert all(one["discussed"] == [] for one in on_proposals["cells"])
    said = "spoke of it, no position (Witkoff, according to the White House"
    for path in ("/matrix.txt?width=200", "/matrix.csv", "/matrix.html", "/matrix.svg?width=300"):
        assert said in plain(client.get(path).text), path
    assert "spoke of it, no position: They spoke of it. (Witkoff" in client.get("/matrix.md").text
    (row,) = [row for row in read_csv(client, "/matrix.csv?layout=long") if row["party"] == "united-states"]
    assert (row["stance"], row["label"], row["paragraph"]) == (NOT_RECORDED, "spoke of it, no position", "1")
    assert client.get("/issues/matter/standing").get_json()["discussed"] == [{"party": "witkoff", "name": "Witkoff"}]
    assert "Spoke of it, no position\n  Witkoff" in client.get("/issues/matter/standing.txt").text


@pytest.mark.parametrize("query", ["stance=accepts", "explicit=true", "party=putin", "kind=ceasefire_general", "q=yes"])
def test_filter_of_positions_says_nothing_of_who_spoke(tmp_path: Path, query: str) -> None:
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=STANCES, statements=SPOKEN))
    assert all(one["discussed"] == [] for one in client.get(f"/matrix?{query}").get_json()["cells"])
    assert client.get("/issues/matter/standing?stance=accepts").get_json()["discussed"] == []


def test_part_stands_below_its_whole(tmp_path: Path) -> None:
    """An issue or a proposal that is loaded before what it is part of, and apart from it."""
    issues: Records = [
        {"id": "part", "part_of": "matter"},
        {"id": "other"},
        {"id": "matter"},
        {"id": "inner", "part_of": "part"},
    ]
    proposals: Records = [
        {"id": "first", "issues": ["part"], "relations": [{"proposal": "third", "relation": "part_of"}]},
        {"id": "second", "issues": ["other"]},
        {"id": "third", "issues": ["matter", "inner"]},
    ]
    client = load_bundles(tmp_path / "readout.db", base(issues=issues, proposals=proposals))
    rows = {kind: client.get(f"/matrix?rows={kind}").get_json()["rows"] for kind in ("issue", "proposal")}
    assert [row["id"] for row in rows["issue"]] == ["other", "matter", "part", "inner"]
    assert [(row["id"], row["part_of"]) for row in rows["proposal"]] == [
        ("second", None),
        ("third", None),
        ("first", "third"),
    ]
    standing = client.get("/issues/matter/standing").get_json()
    assert [one["proposal"] for one in standing["proposals"]] == ["third", "first"]
    accounts = client.get("/issues/matter/accounts").get_json()
    assert [one["issue"] for one in accounts["issues"]] == ["matter", "part", "inner"]
    assert client.get("/matrix.html").text.count('class="part"') == 2


def test_cells_name_the_holder_unless_it_is_the_party_of_the_column(tmp_path: Path) -> None:
    positions: Records = [{"id": "own", "party": "russia"}, {"id": "his"}]
    client = load_bundles(
        tmp_path / "readout.db", base(issues=[{"id": "matter"}], proposals=[{"id": "truce"}], positions=positions)
    )
    for path in ("/matrix.csv", "/matrix.txt?width=200", "/matrix.html", "/matrix.svg?width=200", "/matrix.md"):
        shown = plain(client.get(path).text)
        assert shown.count("Putin accepts") == 1, path
        assert "Russia accepts" not in shown, path
    for path in ("/matrix.csv?level=party", "/matrix.html?level=party"):
        assert "Putin accepts" not in plain(client.get(path).text), path


def test_cells_have_dates(tmp_path: Path) -> None:
    later = {"date": "2025-03-25", "date_basis": "resolved", "date_wording": "a week later"}
    positions: Records = [
        {"id": "yes"},
        {"id": "also", **on_account("kremlin")},
        {"id": "before", **on_account("white-house"), "date": "2025-03-17"},
        {"id": "answer", "party": "trump", "stance": "rejects", **later},
        {"id": "alone", "proposal": "halt"},
    ]
    proposals: Records = [{"id": "truce"}, {"id": "halt", "issues": ["other"]}]
    issues: Records = [{"id": "matter"}, {"id": "other", "title": "Another matter"}]
    client = load_bundles(tmp_path / "readout.db", base(issues=issues, proposals=proposals, positions=positions))
    (row, other) = read_csv(client, "/matrix.csv")
    assert row["russia"].split(" | ") == [
        "Putin accepts: A truce (White House, 17 Mar 2025)",
        "Putin accepts: A truce (the article, 18 Mar 2025)",
        "Putin accepts: A truce (Kremlin, 18 Mar 2025)",
    ]
    assert row["united-states"] == "Trump rejects: A truce (the article, 25 Mar 2025*)"
    assert other["russia"] == "Putin accepts: A truce (the article, 18 Mar 2025)"
    text = plain(client.get("/matrix.txt?width=200").text)
    assert "accepts: A truce (White House, 17 Mar 2025) [1]" in text
    assert "accepts: A truce (the article; Kremlin, 18 Mar 2025) [2][3]" in text
    for path in ("/matrix.html", "/matrix.svg?width=200"):
        shown = plain(client.get(path).text)
        assert "the article; Kremlin, 18 Mar 2025" in shown, path
        assert "the article, 25 Mar 2025*" in shown, path


WITHIN_ONE: Records = [
    {"id": "one", "contrasts_with": [{"statement": "other", "note": "Two wordings."}], **on_account("kremlin")},
    {"id": "other", **on_account("kremlin")},
]


@pytest.mark.parametrize(
    "path", ["/matrix", "/issues/matter/standing", "/issues/matter/accounts", "/compare?accounts=kremlin,white-house"]
)
def test_contrast_within_one_account_is_no_difference_between_accounts(tmp_path: Path, path: str) -> None:
    statements = [*WITHIN_ONE, {"id": "third", **on_account("white-house")}]
    client = load_bundles(tmp_path / "readout.db", base("truce", statements=statements))
    pathname, _, query = path.partition("?")
    for suffix in (".json", ".txt", ".html"):
        text = plain(client.get(f"{pathname}{suffix}?{query}").text)
        assert "Two wordings" not in text, suffix
        assert "accounts differ" not in text or path != "/matrix", suffix
