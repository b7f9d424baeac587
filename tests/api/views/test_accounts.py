"""The accounts of an issue or an event: side by side, quoted exactly, and silence marked as silence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.lists import Records, contrast_words, read_csv
from tests.support.small_bundles import base, bundle, load_bundles, on_account

Fetch = Callable[..., Any]
ARTICLE = "trump-putin-call-article"
CALL = "/events/trump-putin-call/accounts"
ENERGY = "/issues/energy-strikes/accounts"
STATES = ("stance", "status", "stage")
TYPES = ("statements", "positions", "proposals", "events")
PATHS = [CALL, ENERGY, "/issues/general-ceasefire/accounts", "/events/putin-energy-order/accounts"]
KREMLIN, WHITE_HOUSE = on_account("kremlin"), on_account("white-house")


def columns(accounts: Any) -> dict[tuple[str, str], Any]:
    """Return the columns by issue and account."""
    return {(issue["issue"], column["account"]): column for issue in accounts["issues"] for column in issue["accounts"]}


def entries(column: Any) -> Records:
    return [*column["records"], *column["elsewhere"]]


def issues_of(fetch: Fetch, entry: Any) -> set[str]:
    """Return the issues of a record: its own, or those of its proposals."""
    record = fetch(f"/{entry['type']}/{entry['id']}")
    if "issues" in record and entry["type"] != "events":
        return set(record["issues"])
    proposals = [record["proposal"]] if "proposal" in record else [one["proposal"] for one in record["proposals"]]
    return set(record.get("issues", ())) | {
        issue for proposal in proposals for issue in fetch(f"/proposals/{proposal}")["issues"]
    }


@pytest.mark.parametrize("path", PATHS)
def test_every_account_has_a_column_in_every_issue(fetch: Fetch, path: str) -> None:
    accounts = fetch(path)
    names = [account["account"] for account in accounts["accounts"]]
    assert names
    assert len(names) == len(set(names))
    for issue in accounts["issues"]:
        assert [column["account"] for column in issue["accounts"]] == names


def test_accounts_have_names(fetch: Fetch) -> None:
    names = {account["account"]: account["name"] for account in fetch(ENERGY)["accounts"]}
    assert (names["kremlin"], names[ARTICLE]) == ("Kremlin", "the article")


@pytest.mark.parametrize("path", PATHS)
def test_records_are_those_of_account_and_issue(fetch: Fetch, path: str) -> None:
    for (issue, account), column in columns(fetch(path)).items():
        for entry in entries(column):
            record = fetch(f"/{entry['type']}/{entry['id']}")
            assert account in entry["accounts"]
            assert issue in issues_of(fetch, entry)
            for name in ("accounts", "attribution", "citations", "date", "date_earliest", "date_latest"):
                assert entry[name] == record[name]
            assert entry["quote"] == record.get("quote")
            assert [entry[name] for name in STATES] == [record.get(name) for name in STATES]
            assert entry["explicit"] == record.get("explicit", True)


@pytest.mark.parametrize("path", PATHS)
def test_account_is_silent_only_without_any_record(fetch: Fetch, path: str) -> None:
    silences = 0
    data = fetch(path)
    parts = {row["id"]: row["part_of"] for row in fetch("/issues?limit=500")["data"]}
    speaking: dict[str, set[str]] = {}
    for (issue, account), column in columns(data).items():
        records = [
            one
            for type in ("statements", "positions", "proposals")
            for one in fetch(f"/{type}?issue={issue}&account={account}&limit=500")["data"]
        ]
        for event in fetch(f"/events?account={account}&limit=500")["data"]:
            proposals = ",".join(one["proposal"] for one in event["proposals"])
            if issue in event["issues"] or (proposals and fetch(f"/proposals?id={proposals}&issue={issue}")["data"]):
                records.append(event)
        assert not (column["silent"] and records)
        assert len(entries(column)) == len(records)
        if records:
            speaking.setdefault(account, set()).add(issue)
        silences += column["silent"]
    for (issue, account), column in columns(data).items():
        if column["silent"]:
            assert not {issue, *(part for part in parts if parts[part] == issue)} & speaking.get(account, set())
    assert silences or path != CALL


def test_account_of_a_part_is_not_silent_on_the_whole(tmp_path: Path) -> None:
    issues = [
        {"id": "matter", "title": "A truce"},
        {"id": "part", "title": "Terms", "part_of": "matter"},
        {"id": "detail", "title": "Patrols", "part_of": "part"},
    ]
    statements: Records = [
        {"id": "on-detail", "issues": ["detail"], **KREMLIN},
        {"id": "on-whole", **WHITE_HOUSE},
        {"id": "on-detail-too", "issues": ["detail"], **WHITE_HOUSE},
    ]
    client = load_bundles(tmp_path / "readout.db", base("truce", issues=issues, statements=statements))
    accounts = columns(client.get("/issues/matter/accounts").get_json())
    found = {key: (column["silent"], [part["issue"] for part in column["only_on"]]) for key, column in accounts.items()}
    assert found["matter", "kremlin"] == found["part", "kremlin"] == (False, ["detail"])
    assert found["matter", "white-house"] == found["detail", "kremlin"] == (False, [])
    assert found["detail", "article"] == (True, [])
    text = client.get("/issues/matter/accounts.txt").text
    assert "  Kremlin: only on a part of it, Patrols\n" in text
    whole = client.get("/compare?accounts=kremlin,white-house").get_json()["issues"][0]
    assert (whole["issue"], whole["result"]) == ("matter", "undetermined")
    text = client.get("/compare.txt?accounts=kremlin,white-house").text
    assert "  Kremlin: only on a part of it, Patrols\n" in text
    assert "no record" not in text.partition("same: ")[0]
    row = next(row for row in read_csv(client, "/issues/matter/accounts.csv") if row["account"] == "kremlin")
    assert (row["issue"], row["silent"], row["only_on"], row["id"]) == ("matter", "false", "detail", "")


@pytest.mark.parametrize(
    ("issue", "account", "paragraphs"),
    [
        ("energy-strikes", ARTICLE, {1}),
        ("general-ceasefire", ARTICLE, {1, 3}),
        ("general-ceasefire", "witkoff", {14, 15}),
        ("next-steps", "witkoff", {13}),
    ],
)
def test_accounts_of_the_call_that_are_not_silent(fetch: Fetch, issue: str, account: str, paragraphs: set[int]) -> None:
    """These four were shown as silent by an earlier version."""
    column = columns(fetch(CALL)).get((issue, account)) or columns(fetch(f"/issues/{issue}/accounts"))[issue, account]
    assert not column["silent"]
    assert paragraphs <= {citation["paragraph"] for entry in entries(column) for citation in entry["citations"]}


def test_silence_is_explained(client: FlaskClient, fetch: Fetch) -> None:
    silent = columns(fetch(CALL))["foreign-support-for-ukraine", "white-house"]
    assert (silent["silent"], entries(silent)) == (True, [])
    text = " ".join(client.get(f"{CALL}.txt").text.split())
    assert fetch(CALL)["silence"] in text
    section = text.partition("AID AND INTELLIGENCE FOR UKRAINE")[2].partition("No record on the account of: ")[2]
    assert "White House" in section.partition("EFFORTS TO MAKE PEACE")[0]


@pytest.mark.parametrize("plural", [None, *TYPES])
def test_record_of_any_type_breaks_the_silence(tmp_path: Path, plural: str | None) -> None:
    """The Kremlin speaks of one issue at the meeting; on the other it has one record at most, not about the meeting."""
    own = {
        "id": "it",
        **KREMLIN,
        **({"proposals": [{"proposal": "truce", "relation": "discusses"}]} if plural == "events" else {}),
    }
    lists: dict[str, Records] = {
        "issues": [{"id": "matter"}, {"id": "other-matter"}],
        "events": [{"id": "meeting"}],
        "statements": [
            {"id": "of-matter", "about": "meeting", **WHITE_HOUSE},
            {"id": "of-other-matter", "about": "meeting", "issues": ["other-matter"], **KREMLIN},
        ],
        "proposals": [{"id": "truce"}],
        "positions": [],
    }
    if plural:
        lists[plural] = [*lists[plural], own]
    client = load_bundles(tmp_path / "readout.db", base(**{name: some for name, some in lists.items() if some}))
    accounts = columns(client.get("/events/meeting/accounts").get_json())
    assert [one["id"] for one in accounts["matter", "kremlin"]["elsewhere"]] == ["it"] * bool(plural)
    assert accounts["matter", "kremlin"]["records"] == []
    assert accounts["matter", "kremlin"]["silent"] == (plural is None)
    assert accounts["other-matter", "white-house"]["silent"]
    text = client.get("/events/meeting/accounts.txt").text
    assert ("[elsewhere]" in text) == bool(plural)
    assert ("No record on the account of: Kremlin" in text) == (plural is None)


@pytest.mark.parametrize(
    ("plural", "fields", "is_about"),
    [
        ("statements", {"about": "meeting"}, True),
        ("statements", {"event": "meeting"}, True),
        ("statements", {}, False),
        ("positions", {"event": "meeting"}, True),
        ("positions", {}, False),
        ("proposals", {"event": "meeting"}, True),
        ("proposals", {}, False),
    ],
)
def test_records_about_an_event(tmp_path: Path, plural: str, fields: dict[str, Any], is_about: bool) -> None:
    own = bundle("later-article", **{plural: [{"id": "it", **KREMLIN, **fields}]})
    meeting: Records = [{"id": "meeting", "proposals": [{"proposal": "truce", "relation": "discusses"}], **KREMLIN}]
    client = load_bundles(tmp_path / "readout.db", base("truce", events=meeting), own)
    column = columns(client.get("/events/meeting/accounts").get_json())["matter", "kremlin"]
    shown = {name: [entry["id"] for entry in column[name] if entry["id"] == "it"] for name in ("records", "elsewhere")}
    assert shown == {"records": ["it"] * is_about, "elsewhere": ["it"] * (not is_about)}
    assert {"events", plural} >= {entry["type"] for entry in entries(column)}


def test_position_and_proposal_in_words_about_an_event_are_about_it(tmp_path: Path) -> None:
    """The position was taken elsewhere; the words that show it are about the meeting. So is the speaker's proposal."""
    lists: dict[str, Records] = {
        "events": [{"id": "meeting"}, {"id": "remarks"}],
        "statements": [
            {"id": "words", "about": "meeting", "event": "remarks", "proposals": ["own", "other"], **KREMLIN}
        ],
        "proposals": [{"id": "own", **KREMLIN}, {"id": "other", **WHITE_HOUSE}],
        "positions": [
            {"id": "taken", "proposal": "own", "event": "remarks", "statements": ["words"], **KREMLIN},
            {"id": "apart", "proposal": "own", "event": "remarks", **KREMLIN},
        ],
    }
    client = load_bundles(tmp_path / "readout.db", base(**lists))
    accounts = columns(client.get("/events/meeting/accounts").get_json())
    kremlin = accounts["matter", "kremlin"]
    assert {one["id"] for one in kremlin["records"]} == {"words", "taken", "own"}
    assert [one["id"] for one in kremlin["elsewhere"]] == ["apart"]


def test_words_that_show_a_position_taken_at_an_event_are_about_it(tmp_path: Path) -> None:
    """An order is an event of its own; who reports it in a readout speaks about the call, too."""
    lists: dict[str, Records] = {
        "events": [{"id": "call"}, {"id": "order"}],
        "statements": [{"id": "words", "about": "call", "proposals": ["halt"], **KREMLIN}, {"id": "more", **KREMLIN}],
        "proposals": [{"id": "halt", **KREMLIN}],
        "positions": [
            {"id": "orders", "proposal": "halt", "event": "order", "statements": ["words"], **KREMLIN},
        ],
    }
    client = load_bundles(tmp_path / "readout.db", base(**lists))
    kremlin = columns(client.get("/events/order/accounts").get_json())["matter", "kremlin"]
    assert {one["id"] for one in kremlin["records"]} == {"words", "orders", "halt"}
    assert [one["id"] for one in kremlin["elsewhere"]] == ["more"]


def test_issue_has_nothing_elsewhere(fetch: Fetch) -> None:
    for column in columns(fetch(ENERGY)).values():
        assert bool(column["records"]) is not column["silent"]
        assert column["elsewhere"] == []


def test_an_issue_names_the_silent_accounts_of_its_negotiation(fetch: Fetch, client: FlaskClient) -> None:
    data = fetch("/issues/sport/accounts")
    speaking = {one["account"] for issue in data["issues"] for one in issue["accounts"] if one["records"]}
    assert speaking == {"kremlin"}
    assert {one["account"] for one in data["accounts"]} == {"kremlin", "white-house", "trump-putin-call-article"}
    assert "No record on the account of: the article, White House\n" in client.get("/issues/sport/accounts.txt").text
    text = client.get("/issues/next-steps/accounts.txt").text
    assert "Donald Trump: only as reported by others (White House)" in text
    assert [one["account"] for one in fetch("/issues/sport/accounts?account=kremlin")["accounts"]] == ["kremlin"]


def test_an_account_of_another_negotiation_is_not_called_silent(tmp_path: Path) -> None:
    """Words on another matter may be made at the same event."""
    event = {"event": "meeting"}
    client = load_bundles(
        tmp_path / "aside.db",
        base(
            "truce",
            negotiations=[{"id": "talks"}, {"id": "aside"}],
            issues=[{"id": "matter"}, {"id": "other", "negotiations": ["aside"]}],
            events=[{"id": "meeting"}],
            positions=[{"id": "stance", **event, **on_account("white-house")}],
            statements=[
                {"id": "of-talks", **event, **on_account("trump")},
                {"id": "of-aside", "negotiations": ["aside"], "issues": ["other"], **event, **on_account("kremlin")},
            ],
        ),
    )
    accounts = {
        issue: {one["account"] for one in client.get(f"/issues/{issue}/accounts").get_json()["accounts"]}
        for issue in ("matter", "other")
    }
    assert accounts == {"matter": {"article", "white-house", "trump"}, "other": {"kremlin"}}


def test_issue_includes_its_parts(fetch: Fetch) -> None:
    issues = {issue["issue"]: issue["part_of"] for issue in fetch("/issues/general-ceasefire/accounts")["issues"]}
    assert issues == {"general-ceasefire": None, "general-ceasefire-terms": "general-ceasefire"}
    (part,) = fetch("/issues/general-ceasefire-terms/accounts")["issues"]
    assert part["issue"] == "general-ceasefire-terms"


def test_parts_of_parts_are_included(tmp_path: Path) -> None:
    issues = [{"id": "matter"}, {"id": "part", "part_of": "matter"}, {"id": "detail", "part_of": "part"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", issues=[*issues, {"id": "other"}]))
    shown = [issue["issue"] for issue in client.get("/issues/matter/accounts").get_json()["issues"]]
    assert shown == ["matter", "part", "detail"]


def test_contrasts_are_listed_once(fetch: Fetch, client: FlaskClient) -> None:
    for path in (ENERGY, CALL):
        for issue in fetch(path)["issues"]:
            pairs = [frozenset(contrast["statements"]) for contrast in issue["contrasts"]]
            assert len(pairs) == len(set(pairs))
    (energy,) = fetch(ENERGY)["issues"]
    (contrast,) = [
        one
        for one in energy["contrasts"]
        if set(one["statements"]) == {"kremlin-reacted-positively", "white-house-energy-ceasefire"}
    ]
    assert sorted(contrast["attributions"]) == ["Kremlin", "White House"]
    text = " ".join(client.get(f"{ENERGY}.txt").text.split())
    assert f"Difference: {contrast_words(contrast)}" in text


@pytest.mark.parametrize(
    ("issues_of_one", "issues_of_other", "expected"),
    [
        (["matter"], ["matter"], {"matter"}),
        (["matter", "other"], ["matter"], {"matter"}),
        (["matter", "other"], ["matter", "other"], {"matter", "other"}),
        (["matter"], ["other"], {"matter", "other"}),
        (["other"], ["matter"], {"matter", "other"}),
    ],
)
def test_contrast_is_under_the_issues_that_both_share(
    tmp_path: Path, issues_of_one: list[str], issues_of_other: list[str], expected: set[str]
) -> None:
    """If they share none, it is under those of both. Where each names the other, it is still one contrast."""
    statements: Records = [
        {"id": "one", "issues": issues_of_one, "contrasts_with": [{"statement": "other", "note": "N"}], **KREMLIN},
        {"id": "other", "issues": issues_of_other, **WHITE_HOUSE},
    ]
    if issues_of_one == issues_of_other:
        statements[1]["contrasts_with"] = [{"statement": "one", "note": "M"}]
    document = base(issues=[{"id": "matter"}, {"id": "other", "part_of": "matter"}], statements=statements)
    del document["proposals"]
    client = load_bundles(tmp_path / "readout.db", document)
    issues = client.get("/issues/matter/accounts").get_json()["issues"]
    shown = {issue["issue"]: len(issue["contrasts"]) for issue in issues}
    assert shown == {issue: int(issue in expected) for issue in ("matter", "other")}
    sides = [[[one["issue"] for one in side] for side in contrast["issues"]] for contrast in issues[0]["contrasts"]]
    assert sides == [[issues_of_one, issues_of_other]]


@pytest.mark.parametrize("about", ["call", "other-call"])
def test_contrast_of_an_event_has_a_statement_about_it(tmp_path: Path, about: str) -> None:
    statements: Records = [
        {"id": "one", "about": about, "contrasts_with": [{"statement": "two", "note": "N"}], **KREMLIN},
        {"id": "two", "about": "other-call", **WHITE_HOUSE},
        {"id": "more", "about": "call", **KREMLIN},
    ]
    document = base("truce", events=[{"id": "call"}, {"id": "other-call"}], statements=statements)
    (issue,) = load_bundles(tmp_path / "readout.db", document).get("/events/call/accounts").get_json()["issues"]
    assert [contrast["note"] for contrast in issue["contrasts"]] == ["N"] * (about == "call")


@pytest.mark.parametrize("issue_of_other", ["matter", "other"])
def test_contrast_across_issues_says_what_each_side_is_about(tmp_path: Path, issue_of_other: str) -> None:
    statements: Records = [
        {"id": "one", "contrasts_with": [{"statement": "other", "note": "They differ."}], **KREMLIN},
        {"id": "other", "issues": [issue_of_other], **WHITE_HOUSE},
        {"id": "more", **WHITE_HOUSE},
    ]
    issues = [{"id": "matter", "title": "Strikes"}, {"id": "other", "title": "Exports"}]
    positions = [{"id": "position", **KREMLIN}]
    document = base("truce", issues=issues, statements=statements, positions=positions)
    client = load_bundles(tmp_path / "readout.db", document)
    note = "They differ." + " [on different issues: Strikes / Exports]" * (issue_of_other == "other")
    for path in ("/issues/matter/accounts.txt", "/issues/matter/standing.txt", "/compare.txt", "/matrix.txt"):
        text = " ".join(client.get(path + "?accounts=kremlin,white-house" * path.startswith("/compare")).text.split())
        assert f"Putin, according to the Kremlin (¶1) / Putin, according to the White House (¶1): {note}" in text
        assert ("[on different issues" in text) == (issue_of_other == "other")
    comparison = client.get("/compare?accounts=kremlin,white-house&issue=matter").get_json()["issues"]
    assert [issue["result"] for issue in comparison] == ["different" if issue_of_other == "matter" else "undetermined"]


@pytest.mark.parametrize(
    "query",
    ["account=kremlin", "account=kremlin,witkoff", "party=witkoff", "paragraph=11", "q=ceasefire", f"source={ARTICLE}"],
)
@pytest.mark.parametrize("path", [CALL, ENERGY])
def test_filter_narrows_without_inventing_silence(fetch: Fetch, path: str, query: str) -> None:
    whole, narrowed = columns(fetch(path)), columns(fetch(f"{path}?{query}"))
    for key, column in narrowed.items():
        assert column["silent"] == whole[key]["silent"]
        assert all(entry in entries(whole[key]) for entry in entries(column))
    found = {(entry["type"], entry["id"]) for column in narrowed.values() for entry in entries(column)}
    expected = {
        (entry["type"], entry["id"])
        for key, column in whole.items()
        for entry in entries(column)
        if key in narrowed and fetch(f"/{entry['type']}?{query}&id={entry['id']}")["data"]
    }
    assert found == expected != set()


def test_event_accounts_are_narrowed_to_an_issue(fetch: Fetch) -> None:
    accounts = fetch(f"{CALL}?issue=black-sea")
    assert [issue["issue"] for issue in accounts["issues"]] == ["black-sea"]


def test_as_of_serves_no_later_words(fetch: Fetch) -> None:
    path = "/issues/general-ceasefire/accounts"
    before = fetch(f"{path}?as_of=2025-03-17")
    shown = [entry for column in columns(before).values() for entry in entries(column)]
    assert {entry["id"] for entry in shown} >= {"kyiv-signs-up-to-truce", "ukraine-accepts-thirty-day-truce"}
    assert all(entry["date_latest"] <= "2025-03-17" for entry in shown)
    assert not any(issue["contrasts"] for issue in before["issues"])
    assert fetch(f"{path}?as_of=2025-03-18")["issues"] == fetch(path)["issues"]
    assert any(issue["contrasts"] for issue in fetch(path)["issues"])


def test_talks_to_come_are_known_once_they_are_announced(tmp_path: Path) -> None:
    talks = {"kind": "talks", "status": "scheduled", "date": "2025-03-23", "date_basis": "stated", **KREMLIN}
    events: Records = [{"id": "talks-to-come", "proposals": [{"proposal": "truce", "relation": "discusses"}], **talks}]
    client = load_bundles(tmp_path / "readout.db", base("truce", events=events))
    shown = {
        day: [
            entry["id"]
            for column in columns(client.get(f"/issues/matter/accounts?as_of={day}").get_json()).values()
            for entry in entries(column)
            if entry["type"] == "events"
        ]
        for day in ("2025-03-17", "2025-03-18")
    }
    assert shown == {"2025-03-17": [], "2025-03-18": ["talks-to-come"]}


@pytest.mark.parametrize("path", [CALL, ENERGY])
def test_csv_has_a_row_for_each_record_and_silence(client: FlaskClient, fetch: Fetch, path: str) -> None:
    expected = [
        (
            issue,
            account,
            str(column["silent"]).lower(),
            elsewhere,
            entry and entry["id"],
            entry and entry["attribution"],
        )
        for (issue, account), column in columns(fetch(path)).items()
        for elsewhere, entry in [
            *(("false", entry) for entry in column["records"]),
            *(("true", entry) for entry in column["elsewhere"]),
        ]
        or [("", "")]
    ]
    names = ("issue", "account", "silent", "elsewhere", "id", "attribution")
    rows = read_csv(client, path.replace("accounts", "accounts.csv"))
    assert [tuple(row[name] for name in names) for row in rows] == expected
    assert all(row["paragraph"] and row["source"] for row in rows if row["id"])


def test_event_to_come_and_stage_are_shown_as_such(tmp_path: Path) -> None:
    later = {"date": "2025-03-20", "date_basis": "stated"}
    proposals: Records = [{"id": "truce", "stage": "agreed", "date": "2025-03-01", "date_basis": "stated"}]
    carried = {"proposals": [{"proposal": "truce", "relation": "carries_out"}]}
    events = [
        {"id": "talks", "status": "planned", **carried},
        {"id": "attack", "status": "alleged", **carried} | KREMLIN,
    ]
    document = base(proposals=proposals, events=events)
    document["sources"][0] |= later
    client = load_bundles(tmp_path / "readout.db", document)
    text = client.get("/issues/matter/accounts.txt").text
    for shown in ("event, planned: A meeting", "event, alleged: A meeting", "proposal, agreed: A truce"):
        assert shown in text
    rows = {row["id"]: (row["status"], row["stage"]) for row in read_csv(client, "/issues/matter/accounts.csv")}
    assert rows == {"talks": ("planned", ""), "attack": ("alleged", ""), "truce": ("", "agreed")}
    assert "    proposal: A truce" in client.get("/issues/matter/accounts.txt?as_of=2025-03-10").text


@pytest.mark.parametrize("path", PATHS)
def test_text_has_every_word_and_whose_it_is(client: FlaskClient, fetch: Fetch, path: str) -> None:
    text = " ".join(client.get(f"{path}.txt").text.split())
    for column in columns(fetch(path)).values():
        for entry in entries(column):
            quote = f"“{entry['quote']}” — " if entry["quote"] else ""
            attribution = entry["attribution"].removesuffix(" (inferred)")
            assert f"{quote}{entry['text']} ({attribution}, " in text
            assert entry["explicit"] or f"(inferred): {entry['text']}" in text


def test_two_sources_are_named(tmp_path: Path) -> None:
    statements = [{"id": "said"}, {"id": "restated", **KREMLIN}]
    later = bundle("later-article", {"title": "A later text"}, positions=[{"id": "one"}])
    positions: Records = [{"id": "own", "party": "trump"}]
    document = base("truce", statements=statements, positions=positions)
    client = load_bundles(tmp_path / "readout.db", document, later)
    text = client.get("/issues/matter/accounts.txt").text
    assert "article of 18 Mar 2025 (article) ¶1" in text
    assert "article of 18 Mar 2025 (later-article) ¶1" in text
    assert "article of 18 Mar 2025 (later-article): A later text (/sources/later-article)" in text
    names = {one["account"]: one["name"] for one in client.get("/issues/matter/accounts").get_json()["accounts"]}
    assert (names["article"], names["later-article"]) == (
        "article of 18 Mar 2025 (article)",
        "article of 18 Mar 2025 (later-article)",
    )
