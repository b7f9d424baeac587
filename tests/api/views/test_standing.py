"""The standing of an issue or a proposal: positions in order, variants, conditions, questions, as of a day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.views.position import NOT_RECORDED
from tests.support.lists import Records, ids, read_csv
from tests.support.matrix import plain
from tests.support.small_bundles import base, bundle, load_bundles, on_account

Fetch = Callable[..., Any]
CEASEFIRE = "/issues/general-ceasefire/standing"
SETTLEMENT = "/proposals/peace-settlement/standing"
PATHS = [CEASEFIRE, SETTLEMENT, "/issues/energy-strikes/standing", "/proposals/energy-strikes-halt-30-days/standing"]
KREMLIN = on_account("kremlin")
LATER = {"date": "2025-03-24", "date_basis": "stated"}


def by_key(records: Records, key: str) -> dict[str, Any]:
    keyed = {record[key]: record for record in records}
    assert len(keyed) == len(records)
    return keyed


def history(standing: Any) -> Records:
    return [position for party in standing["parties"] for position in party["history"]]


@pytest.mark.parametrize("path", PATHS)
def test_history_has_every_position_in_the_order_of_dates(fetch: Fetch, path: str) -> None:
    standing = fetch(path)
    proposals = ",".join(one["proposal"] for one in standing["proposals"])
    expected = ids(fetch(f"/positions?proposal={proposals}&limit=500"))
    assert sorted(one["position"] for one in history(standing)) == sorted(expected) != []
    for party in standing["parties"]:
        days = [one["date_earliest"] or one["date_latest"] or "~" for one in party["history"]]
        assert days == sorted(days)
        assert {one["party"] for one in party["history"]} == {party["party"]}
        assert [one for one in party["history"] if one in party["positions"]] == party["positions"] != []


def test_history_of_a_party_keeps_what_was_replaced(tmp_path: Path) -> None:
    documents = [
        base("truce", positions=[{"id": "undated", "date": None, "date_basis": None}, {"id": "first"}]),
        bundle("later-article", LATER, positions=[{"id": "second", "stance": "rejects", **LATER}]),
    ]
    client = load_bundles(tmp_path / "readout.db", *documents)
    (party,) = client.get("/proposals/truce/standing").get_json()["parties"]
    assert [one["position"] for one in party["history"]] == ["first", "second", "undated"]
    assert [one["position"] for one in party["positions"]] == ["second", "undated"]
    rows = read_csv(client, "/proposals/truce/standing.csv")
    assert [(row["position"], row["current"]) for row in rows] == [
        ("first", "false"),
        ("second", "true"),
        ("undated", "true"),
    ]
    lines = client.get("/proposals/truce/standing.txt?width=200").text.splitlines()
    replaced = "[replaced by a later one on the same account]"
    assert [replaced in line for line in lines if " Putin " in line] == [True, False, False]


JOINT: Records = [
    {
        "id": "both",
        "date": "2025-03-01",
        "explicit": False,
        "inference": "A guess.",
        **on_account("kremlin", "white-house"),
    },
    {"id": "later", "stance": "rejects", "date": "2025-03-10", **KREMLIN},
]


@pytest.mark.parametrize(
    "path", ["/matrix", "/matrix?level=party", "/matrix?stance=accepts", "/issues/matter/standing"]
)
def test_position_is_current_only_on_the_accounts_that_have_not_replaced_it(tmp_path: Path, path: str) -> None:
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=JOINT))
    view = client.get(path).get_json()
    (both,) = [
        one for part in view.get("cells") or view["parties"] for one in part["positions"] if one["position"] == "both"
    ]
    assert (both["accounts"], both["attribution"]) == (["white-house"], "White House (inferred)")


def test_history_says_on_which_account_a_position_was_replaced(tmp_path: Path) -> None:
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=JOINT))
    path = "/issues/matter/standing"
    (party,) = client.get(path).get_json()["parties"]
    record = client.get("/positions/both").get_json()
    assert [party["history"][0][name] for name in ("accounts", "attribution")] == [
        record[name] for name in ("accounts", "attribution")
    ]
    row = read_csv(client, f"{path}.csv")[0]
    assert (row["current"], row["current_accounts"], row["accounts"]) == (
        "true",
        "white-house",
        "kremlin | white-house",
    )
    for suffix in (".txt?width=200", ".md", ".html"):
        shown = plain(client.get(f"{path}{suffix}").text)
        assert shown.count("replaced by a later one, but not on this account: White House") == 1, suffix


def test_account_filter_leaves_the_other_accounts_out(tmp_path: Path) -> None:
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=JOINT))
    standing = client.get("/issues/matter/standing?account=white-house").get_json()
    (party,) = standing["parties"]
    assert [one["attribution"] for one in (*party["positions"], *party["history"])] == ["White House (inferred)"] * 2
    assert "replaced by" not in client.get("/issues/matter/standing.txt?account=white-house").text


def test_text_shows_the_order_of_events_across_parties(client: FlaskClient) -> None:
    text = client.get(f"{CEASEFIRE}.txt").text
    assert text.index("Ukraine accepts") < text.index("Vladimir Putin is noncommittal")


def test_text_mixes_the_positions_of_parties_by_date(tmp_path: Path) -> None:
    days = {"putin": ("2025-03-11", "2025-03-13"), "trump": ("2025-03-12", "../2025-03-14")}
    positions = [
        {"id": f"{party}-{place}", "party": party, "date": day}
        for party, both in days.items()
        for place, day in enumerate(both)
    ]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    lines = client.get("/issues/matter/standing.txt").text.splitlines()
    shown = [line.strip().partition(" accepts")[0] for line in lines if " accepts: " in line]
    assert shown == ["11 Mar 2025  Putin", "12 Mar 2025  Trump", "13 Mar 2025  Putin", "by 14 Mar 2025  Trump"]


def test_disagreement_of_accounts_is_named(tmp_path: Path) -> None:
    positions = [{"id": "one", **KREMLIN}, {"id": "other", "stance": "rejects", **on_account("white-house")}]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    (party,) = client.get("/issues/matter/standing").get_json()["parties"]
    assert (party["differs"], party["stances"]) == (["stance"], ["accepts", "rejects"])
    assert "Putin: accounts differ in stance." in client.get("/issues/matter/standing.txt").text


@pytest.mark.parametrize("path", ["/issues/matter/standing", "/proposals/truce/standing", "/matrix?level=party"])
def test_rule_says_that_each_party_is_by_itself(tmp_path: Path, path: str) -> None:
    """Two accounts differ, and the state is divided, only if the president counts for the state."""
    president, state = {"id": "one", **KREMLIN}, {"id": "other", "party": "russia", "stance": "rejects"}
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=[president, state]))
    (together,) = [one for one in client.get("/matrix").get_json()["cells"] if one["party"] == "russia"]
    assert (together["differs"], together["divided"]) == (["stance"], True)
    view = client.get(path).get_json()
    apart = view.get("cells") or view["parties"]
    assert not any(one["differs"] or one["divided"] for one in apart)
    assert all("each party" in view["rules"][name] for name in ("differs", "divided"))


@pytest.mark.parametrize("path", PATHS)
def test_proposals_come_with_whose_word_they_are(fetch: Fetch, client: FlaskClient, path: str) -> None:
    text = " ".join(client.get(f"{path}.txt").text.split())
    for proposal in fetch(path)["proposals"]:
        record = fetch(f"/proposals/{proposal['proposal']}")
        for name in ("title", "stage", "accounts", "attribution", "citations", "duration", "unconditional"):
            assert proposal[name] == record[name]
        stage = (proposal["stage"] or "no stage stated").replace("_", " ")
        assert f"{proposal['title']}: {stage} ({proposal['attribution']}, " in text


def test_stage_has_its_account(fetch: Fetch) -> None:
    proposals = by_key(fetch("/issues/energy-strikes/standing")["proposals"], "proposal")
    agreed = proposals["energy-infrastructure-ceasefire"]
    assert (agreed["stage"], agreed["attribution"]) == ("agreed_in_principle", "White House and Steve Witkoff")


@pytest.mark.parametrize(
    ("relation", "is_variant"),
    [("variant_of", True), ("narrower_than", False), ("related_to", False), ("part_of", False)],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_variants_are_related_in_either_direction(
    tmp_path: Path, relation: str, is_variant: bool, is_reversed: bool
) -> None:
    related = [{"proposal": "halt" if is_reversed else "truce", "relation": relation}]
    proposals: Records = [{"id": "truce"}, {"id": "halt"}]
    proposals[0 if is_reversed else 1]["relations"] = related
    positions = [{"id": "one", "proposal": "halt"}]
    client = load_bundles(tmp_path / "readout.db", base(proposals=proposals, positions=positions))
    standing = client.get("/proposals/truce/standing").get_json()
    relations = {one["proposal"]: one["relation"] for one in standing["proposals"]}
    assert relations == {"truce": None, **({"halt": relation} if is_variant else {})}
    assert [one["position"] for one in history(standing)] == ["one"] * is_variant


def test_variants_of_the_ordered_halt(fetch: Fetch) -> None:
    standing = fetch("/proposals/energy-strikes-halt-30-days/standing")
    relations = {one["proposal"]: one["relation"] for one in standing["proposals"]}
    assert relations["energy-strikes-halt-30-days"] is None
    assert relations["energy-strikes-halt"] == "variant_of"
    assert {"putin", "ukraine"} <= {party["party"] for party in standing["parties"]}


def test_proposals_of_an_issue_are_those_of_it_and_its_parts(fetch: Fetch) -> None:
    proposals = by_key(fetch(CEASEFIRE)["proposals"], "proposal")
    assert set(proposals) == set(ids(fetch("/proposals?issue=general-ceasefire,general-ceasefire-terms&limit=500")))
    assert {one["relation"] for one in proposals.values()} == {None}


def test_condition_has_its_own_standing(fetch: Fetch, client: FlaskClient) -> None:
    conditions = by_key(fetch(SETTLEMENT)["conditions"], "proposal")
    condition = conditions["end-of-foreign-support"]
    assert condition["set_by"] == ["putin"]
    assert {fetch(f"/positions/{id}")["party"] for id in condition["derived_from"]} == {"putin"}
    (putin,) = condition["standing"]
    assert (putin["party"], putin["stances"]) == ("putin", ["demands"])
    text = " ".join(client.get(f"{SETTLEMENT}.txt").text.split())
    assert f"{condition['title']}: Vladimir Putin demands (Kremlin, 18 Mar 2025*, ¶7)" in text


@pytest.mark.parametrize("is_named_by_position", [True, False])
def test_condition_is_named_by_a_position_or_by_a_relation(tmp_path: Path, is_named_by_position: bool) -> None:
    term: dict[str, Any] = {"id": "term", "kind": "condition", "issues": ["other"]}
    positions: Records = []
    if is_named_by_position:
        positions = [{"id": "one", "stance": "sets_conditions", "conditions": ["term"]}]
    else:
        term["relations"] = [{"proposal": "truce", "relation": "condition_for"}]
    lists = {"issues": [{"id": "matter"}, {"id": "other"}], "proposals": [{"id": "truce"}, term]}
    document = base(**lists, **({"positions": positions} if positions else {}))
    client = load_bundles(tmp_path / "readout.db", document)
    for path in ("/proposals/truce/standing", "/issues/matter/standing"):
        (condition,) = client.get(path).get_json()["conditions"]
        assert (condition["proposal"], condition["standing"]) == ("term", [])
        assert condition["set_by"] == ["putin"] * is_named_by_position
        assert condition["derived_from"] == ["one"] * is_named_by_position
    assert "A truce: no position is recorded" in client.get("/proposals/truce/standing.txt").text
    assert client.get("/proposals/term/standing").get_json()["conditions"] == []


@pytest.mark.parametrize(
    ("relations", "issue", "expected"),
    [
        ([("truce", "related_to"), ("halt", "condition_for")], "other", []),
        ([("truce", "condition_for")], "matter", ["term"]),
    ],
)
def test_conditions_are_those_for_proposals_of_the_issue(
    tmp_path: Path, relations: list[tuple[str, str]], issue: str, expected: list[str]
) -> None:
    """One that is a proposal on the issue itself is listed as well, or the list would look complete without it."""
    related = [{"proposal": proposal, "relation": relation} for proposal, relation in relations]
    term = {"id": "term", "kind": "condition", "issues": [issue], "relations": related}
    issues = [{"id": "matter"}, {"id": "other"}]
    proposals: Records = [{"id": "truce"}, {"id": "halt", "issues": ["other"]}, term]
    client = load_bundles(tmp_path / "readout.db", base(issues=issues, proposals=proposals))
    listed = client.get("/issues/matter/standing").get_json()["conditions"]
    assert [condition["proposal"] for condition in listed] == expected


def test_questions_of_the_issue_are_listed(fetch: Fetch, client: FlaskClient) -> None:
    questions = by_key(fetch(CEASEFIRE)["questions"], "id")
    listed = fetch("/questions?issue=general-ceasefire,general-ceasefire-terms&limit=500")["data"]
    assert set(questions) == {question["id"] for question in listed} != set()
    text = " ".join(client.get(f"{CEASEFIRE}.txt").text.split())
    for question in questions.values():
        assert (
            f"{question['question']} [{question['status']}] {question['note']} (the editors, from the article, ¶"
            in text
        )


@pytest.mark.parametrize(("path", "has_open_start"), [(CEASEFIRE, True), ("/issues/black-sea/standing", False)])
def test_by_a_day_is_explained_where_it_stands(client: FlaskClient, path: str, has_open_start: bool) -> None:
    for suffix in (".txt", ".html"):
        assert ("“By” a day means" in " ".join(client.get(path + suffix).text.split())) == has_open_start


def test_questions_of_a_proposal_name_it_or_a_condition_or_no_proposal(tmp_path: Path) -> None:
    """A question on another proposal of the same issue is not a question on this one."""
    term = {"id": "term", "relations": [{"proposal": "truce", "relation": "condition_for"}]}
    named = {"of-truce": ["truce"], "of-term": ["term"], "of-halt": ["halt"], "of-none": []}
    questions = [{"id": id, "proposals": proposals} for id, proposals in named.items()]
    bundle = base(proposals=[{"id": "truce"}, {"id": "halt"}, term], questions=questions)
    client = load_bundles(tmp_path / "readout.db", bundle)
    listed = {
        path: {one["id"] for one in client.get(f"/{path}/standing").get_json()["questions"]}
        for path in ("proposals/truce", "proposals/halt", "issues/matter")
    }
    assert listed == {
        "proposals/truce": {"of-truce", "of-term", "of-none"},
        "proposals/halt": {"of-halt", "of-none"},
        "issues/matter": set(named),
    }


@pytest.mark.parametrize(
    ("query", "words"), [("", "no stage stated"), ("?as_of=2025-03-17", "stage not known by then")]
)
def test_missing_stage_is_named_alike_in_text_and_on_the_page(client: FlaskClient, query: str, words: str) -> None:
    for suffix in (".txt", ".html"):
        assert words in client.get(f"{CEASEFIRE}{suffix}{query}").text


def test_events_that_concern_a_proposal_are_listed(fetch: Fetch, client: FlaskClient) -> None:
    events = by_key(fetch("/issues/energy-strikes/standing")["events"], "event")
    assert events["putin-energy-order"] == {
        "event": "putin-energy-order",
        "title": "Putin orders a halt to Russian strikes on Ukrainian energy infrastructure",
        "proposal": "energy-strikes-halt-30-days",
        "proposal_title": "30-day halt to Russian strikes on Ukrainian energy infrastructure, ordered by Putin",
        "relation": "orders",
        "date": "2025-03-18",
        "date_basis": "inferred",
        "status": "occurred",
        "attribution": "the article",
        "citations": [{"source": "trump-putin-call-article", "paragraph": number} for number in (1, 2)],
    }
    text = " ".join(client.get("/issues/energy-strikes/standing.txt").text.split())
    assert "Ukrainian energy infrastructure (occurred, the article, ¶1, 2): orders: 30-day halt to" in text


def test_events_are_in_the_order_of_the_timeline(client: FlaskClient, fetch: Fetch) -> None:
    """Washington presses Kyiv by some day, and Kyiv signs up later, in a week that begins before that day."""
    events = [event["event"] for event in fetch(CEASEFIRE)["events"]]
    in_timeline = [entry["id"].removeprefix("events/") for entry in fetch("/timeline?limit=500")["data"]]
    assert events == sorted(events, key=in_timeline.index)
    assert events.index("washington-pressure-on-kyiv") < events.index("kyiv-signs-up-to-truce")
    assert "differ: Accounts differ in `stance`" in client.get(f"{CEASEFIRE}.txt").text


EFFECTS: dict[str, tuple[dict[str, Any], str]] = {
    "occurred": ({}, ""),
    "ongoing": ({}, ""),
    "scheduled": (LATER, " (if it happens)"),
    "planned": ({}, " (if it happens)"),
    "threatened": ({}, " (if it happens)"),
    "cancelled": ({}, " (called off)"),
    "alleged": (KREMLIN, " (only alleged)"),
}


def test_text_says_carried_out_only_of_what_happened(tmp_path: Path) -> None:
    carried = {"proposals": [{"proposal": "truce", "relation": "carries_out"}]}
    events = [
        {"id": status, "title": f"An event, {status}", "status": status, **carried, **fields}
        for status, (fields, _) in EFFECTS.items()
    ]
    client = load_bundles(tmp_path / "readout.db", base("truce", events=events))
    for path in ("/issues/matter/standing.txt", "/proposals/truce/standing.txt"):
        lines = [line for line in client.get(f"{path}?width=200").text.splitlines() if "carries out" in line]
        shown = {line.partition("An event, ")[2].partition(" ")[0]: line.partition("¶1): ")[2] for line in lines}
        assert shown == {status: f"carries out{words}: A truce" for status, (_, words) in EFFECTS.items()}


def test_contrasts_are_listed_once(fetch: Fetch) -> None:
    for path in PATHS:
        pairs = [frozenset(one["statements"]) for one in fetch(path)["contrasts"]]
        assert len(pairs) == len(set(pairs))
    assert fetch("/issues/energy-strikes/standing")["contrasts"]


def test_contrast_on_an_issue_and_its_part_is_listed_once(tmp_path: Path) -> None:
    both = {"issues": ["matter", "part"]}
    statements: Records = [
        {"id": "one", "contrasts_with": [{"statement": "other", "note": "N"}], **both, **KREMLIN},
        {"id": "other", **both},
    ]
    issues = [{"id": "matter"}, {"id": "part", "part_of": "matter"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", issues=issues, statements=statements))
    assert [one["note"] for one in client.get("/issues/matter/standing").get_json()["contrasts"]] == ["N"]


@pytest.mark.parametrize(("day", "stage"), [("2025-03-17", None), ("2025-03-18", "ordered"), ("2025-03", "ordered")])
def test_stage_is_not_known_before_the_source(fetch: Fetch, client: FlaskClient, day: str, stage: str | None) -> None:
    standing = fetch(f"/proposals/energy-strikes-halt/standing?as_of={day}")
    (own,) = [one for one in standing["proposals"] if one["relation"] is None]
    assert own["stage"] == stage
    text = " ".join(client.get(f"/proposals/energy-strikes-halt/standing.txt?as_of={day}").text.split())
    assert ("according to the Kremlin: stage not known by then" in text) == (stage is None)


@pytest.mark.parametrize(
    ("source", "is_known"),
    [
        ({}, True),
        ({"date": None, "date_basis": None}, False),
        ({"date": "2025-03-17/.."}, True),
        ({"date": "2025-03-19/.."}, False),
    ],
)
@pytest.mark.parametrize(
    "path", ["/proposals/truce/standing", "/issues/matter/standing", "/compare?accounts=article,putin"]
)
def test_as_of_has_nothing_of_a_later_or_undated_source(
    tmp_path: Path, path: str, source: dict[str, str | None], is_known: bool
) -> None:
    dated = {"date": "2025-03-18", "date_basis": "stated"}
    proposals, questions = [{"id": "truce", "stage": "rejected", **dated}], [{"id": "open"}]
    document = base(proposals=proposals, questions=questions)
    document["sources"][0] |= source
    client = load_bundles(tmp_path / "readout.db", document)
    view = client.get(f"{path}{'&' if '?' in path else '?'}as_of=2025-03-18").get_json()
    (proposal,) = view.get("proposals") or view["issues"][0]["accounts"][0]["records"]
    assert proposal["stage"] == ("rejected" if is_known else None)
    assert len(view.get("questions", ())) == (is_known and "questions" in view)


LATER_RECORDS: dict[str, Records] = {
    "proposals": [
        {"id": "halt", "relations": [{"proposal": "truce", "relation": "variant_of"}], **LATER},
        {"id": "term", "issues": ["other"], "relations": [{"proposal": "truce", "relation": "condition_for"}], **LATER},
    ],
    "events": [{"id": "meeting", "proposals": [{"proposal": "truce", "relation": "discusses"}], **LATER}],
    "positions": [{"id": "later", **LATER}],
    "statements": [
        {"id": "one", "contrasts_with": [{"statement": "two", "note": "N"}], "proposals": ["truce"]} | LATER | KREMLIN,
        {"id": "two", **LATER},
    ],
    "questions": [{"id": "open"}],
}


@pytest.mark.parametrize("path", ["/proposals/truce/standing", "/issues/matter/standing"])
def test_as_of_leaves_out_what_was_not_known(tmp_path: Path, path: str) -> None:
    lists: dict[str, Records] = {"issues": [{"id": "matter"}, {"id": "other"}], "positions": [{"id": "earlier"}]}
    client = load_bundles(tmp_path / "readout.db", base("truce", **lists), bundle("later", LATER, **LATER_RECORDS))
    known = {}
    for day in ("2025-03-23", "2025-03-24"):
        standing = client.get(f"{path}?as_of={day}").get_json()
        lengths = {
            name: len(standing[name]) for name in ("proposals", "conditions", "events", "contrasts", "questions")
        }
        known[day] = {**lengths, "positions": len(history(standing))}
    assert set(known["2025-03-23"].items()) == {
        ("proposals", 1), ("conditions", 0), ("events", 0), ("contrasts", 0), ("questions", 0), ("positions", 1)
    }  # fmt: skip
    assert set(known["2025-03-24"].items()) == {
        ("proposals", 2), ("conditions", 1), ("events", 1), ("contrasts", 1), ("questions", 1), ("positions", 2)
    }  # fmt: skip
    assert client.get(f"{path}?as_of=2025-03-24").get_json()["parties"] == client.get(path).get_json()["parties"]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_positions_on_variants_have_their_own_heading(client: FlaskClient, suffix: str) -> None:
    text = client.get(f"/proposals/thirty-day-truce/standing{suffix}").text
    own, _, variants = text.partition("On this proposal")[2].partition("On proposals that may be the same")
    assert "Ukraine" in own
    assert "Vladimir Putin" not in own
    assert "Vladimir Putin" in variants
    assert "On this proposal" not in client.get(f"/issues/general-ceasefire/standing{suffix}").text


def test_standing_before_the_first_position_is_empty(fetch: Fetch, client: FlaskClient) -> None:
    path = "/proposals/unconditional-ceasefire-30-days/standing"
    assert fetch(f"{path}?as_of=2020")["parties"] == []
    assert "No position is recorded by that day." in client.get(f"{path}.txt?as_of=2020").text


@pytest.mark.parametrize("query", ["account=zelenskyy", "party=putin", "paragraph=3", "explicit=false", "q=truce"])
def test_filters_narrow_the_positions(fetch: Fetch, query: str) -> None:
    proposals = ",".join(one["proposal"] for one in fetch(CEASEFIRE)["proposals"])
    shown = {one["position"] for one in history(fetch(f"{CEASEFIRE}?{query}"))}
    assert shown == set(ids(fetch(f"/positions?{query}&proposal={proposals}&limit=500"))) != set()
    assert len(shown) < len(history(fetch(CEASEFIRE)))


PARTIES = {"putin": "kremlin", "trump": "white-house"}
NARROWED: dict[str, Records] = {
    "issues": [{"id": "matter"}],
    "proposals": [
        {"id": "truce"},
        *({"id": f"{party}-offer", "proposed_by": [party], "title": f"An offer of {party}"} for party in PARTIES),
        *(
            {"id": f"{party}-term", "issues": ["other"], "proposed_by": [party], "title": f"A term of {party}"}
            | {"relations": [{"proposal": "truce", "relation": "condition_for"}]}
            for party in PARTIES
        ),
    ],
    "positions": [
        {"id": f"{party}-stance", "party": party, "summary": f"Of {party}."} | on_account(office)
        for party, office in PARTIES.items()
    ],
    "events": [
        {"id": f"{party}-event", "title": f"An act of {party}", "participants": [{"party": party, "role": "actor"}]}
        | {"proposals": [{"proposal": "truce", "relation": "discusses"}]}
        for party in PARTIES
    ],
    "statements": [
        {"id": f"{party}-{place}", "speakers": [party], "summary": f"Words {place} of {party}.", "proposals": ["truce"]}
        | (
            {"contrasts_with": [{"statement": f"{party}-1", "note": f"N {party}"}]}
            if place == 0
            else on_account(office)
        )
        for party, office in PARTIES.items()
        for place in (0, 1)
    ],
    "questions": [{"id": f"{party}-question", "parties": [party], "question": f"Is it {party}?"} for party in PARTIES],
}


@pytest.fixture(scope="module")
def narrowed(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Two parties with a proposal, a term, a position, an event, two contrasting statements and a question each."""
    lists = {**NARROWED, "issues": [{"id": "matter"}, {"id": "other"}]}
    return load_bundles(tmp_path_factory.mktemp("narrowed") / "readout.db", base(**lists))


@pytest.mark.parametrize("query", ["party=putin", "q=putin"])
@pytest.mark.parametrize("path", ["/issues/matter/standing", "/proposals/truce/standing"])
def test_filters_narrow_every_part(narrowed: FlaskClient, path: str, query: str) -> None:
    standing = narrowed.get(f"{path}?{query}").get_json()
    assert [party["party"] for party in standing["parties"]] == ["putin"]
    assert [event["event"] for event in standing["events"]] == ["putin-event"]
    assert [contrast["note"] for contrast in standing["contrasts"]] == ["N putin"]
    assert [question["id"] for question in standing["questions"]] == ["putin-question"]
    assert [condition["proposal"] for condition in standing["conditions"]] == ["putin-term"]
    listed = {proposal["proposal"] for proposal in standing["proposals"]}
    assert listed == ({"truce", "putin-offer"} if path.startswith("/issues") else {"truce"})
    every = narrowed.get(path).get_json()
    assert all(len(every[part]) > len(standing[part]) for part in ("parties", "events", "contrasts", "questions"))


def test_filter_leaves_parts_without_it_whole(narrowed: FlaskClient) -> None:
    standing = narrowed.get("/issues/matter/standing?stance=rejects").get_json()
    assert [len(standing[part]) for part in ("parties", "events", "contrasts", "questions")] == [0, 2, 2, 2]


def test_filtered_text_does_not_claim_that_nothing_is_recorded(narrowed: FlaskClient) -> None:
    text = narrowed.get("/issues/matter/standing.txt?party=witkoff").text
    assert "No position matches the filters." in text
    assert "No position is recorded" not in text
    assert "A term of putin: no position matches the filters" in (
        narrowed.get("/issues/matter/standing.txt?q=term").text
    )


def test_rules_are_served(fetch: Fetch) -> None:
    assert {"latest", "differs", NOT_RECORDED} <= fetch(CEASEFIRE)["rules"].keys()


@pytest.mark.parametrize("path", PATHS)
def test_csv_has_every_position(client: FlaskClient, fetch: Fetch, path: str) -> None:
    standing = fetch(path)
    current = {one["position"] for party in standing["parties"] for one in party["positions"]}
    rows = read_csv(client, f"{path}.csv")
    assert [(row["position"], row["attribution"], row["explicit"], row["current"]) for row in rows] == [
        (one["position"], one["attribution"], str(one["explicit"]).lower(), str(one["position"] in current).lower())
        for one in history(standing)
    ]
    assert all(row["paragraph"] and row["source"] for row in rows)


@pytest.mark.parametrize("path", PATHS)
def test_text_has_every_position_and_whose_word_it_is(client: FlaskClient, fetch: Fetch, path: str) -> None:
    text = " ".join(client.get(f"{path}.txt").text.split())
    for party in fetch(path)["parties"]:
        for one in party["history"]:
            inferred = "" if one["explicit"] else " (inferred)"
            attribution = one["attribution"].removesuffix(" (inferred)")
            assert f"{party['name']} {one['label']}{inferred}: {one['title']} ({attribution}, ¶" in text


def test_standing_has_what_was_said_besides_the_positions(client: FlaskClient, fetch: Fetch) -> None:
    """Zelenskyy's words are a position on strikes, and only said on the issue of efforts for peace."""
    path, said = "/issues/peace-efforts/standing", "zelenskyy-real-cessation"
    assert said in {one["id"] for one in fetch(path)["statements"]}
    assert said not in {one["id"] for one in fetch("/issues/civilian-strikes/standing")["statements"]}
    assert said not in {one["id"] for one in fetch(f"{path}?account=kremlin")["statements"]}
    for suffix in ("txt", "md", "html"):
        text = " ".join(client.get(f"{path}.{suffix}").text.split())
        assert "“Only a real cessation of strikes on civilian infrastructure" in text


def test_standing_of_a_proposal_has_what_else_was_said_of_it(fetch: Fetch) -> None:
    named = ids(
        fetch("/statements?proposal=energy-strikes-halt,energy-infrastructure-ceasefire,energy-strikes-halt-30-days")
    )
    standing = fetch("/proposals/energy-strikes-halt/standing")
    said = [one["id"] for one in standing["statements"]]
    assert said
    assert set(said) < set(named)


UNDATED: dict[str, Records] = {
    "proposals": [
        {"id": "truce", "date": "2025-03-01", "date_basis": "stated"},
        {"id": "halt", "relations": [{"proposal": "truce", "relation": "variant_of"}]},
        {"id": "term", "issues": ["other"], "relations": [{"proposal": "truce", "relation": "condition_for"}]},
        {"id": "later"},
    ],
    "issues": [{"id": "matter"}, {"id": "other"}],
    "positions": [
        {"id": "yes", "date": "2025-03-05", **KREMLIN},
        {"id": "no", "stance": "rejects", "proposal": "halt", "date": "2025-03-05", **on_account("white-house")},
        {"id": "demand", "stance": "demands", "proposal": "term", "date": "2025-03-05", **KREMLIN},
    ],
}
"""Undated proposals, which stand from the day of the article, and positions on some of them before that day."""


@pytest.mark.parametrize("path", ["/issues/matter/standing", "/proposals/truce/standing"])
def test_as_of_keeps_positions_on_undated_proposals(tmp_path: Path, path: str) -> None:
    client = load_bundles(tmp_path / "readout.db", base(**UNDATED))
    standing = client.get(f"{path}?as_of=2025-03-06").get_json()
    assert {one["proposal"] for one in standing["proposals"]} == {"truce", "halt"}
    assert [(party["stances"], party["differs"]) for party in standing["parties"]] == [
        (["accepts", "rejects"], ["proposals"])
    ]
    assert [one["standing"][0]["stances"] for one in standing["conditions"]] == [["demands"]]


@pytest.mark.parametrize("day", ["2025-03-17", "2025-02-28", "2024-12-31"])
def test_as_of_shows_the_positions_that_the_list_has(fetch: Fetch, day: str) -> None:
    for issue in ids(fetch("/issues?limit=500")):
        parts = ",".join(row["id"] for row in fetch(f"/matrix?issue={issue}")["rows"]) or issue
        listed = ids(fetch(f"/positions?issue={parts}&as_of={day}&limit=500"))
        shown = [one["position"] for one in history(fetch(f"/issues/{issue}/standing?as_of={day}"))]
        assert sorted(shown) == sorted(listed), issue
