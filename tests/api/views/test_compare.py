"""Accounts side by side: what is the same, what differs, what one alone says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from api.views.accounts_table import RESULT_LABELS, RULE_LABELS
from api.views.compare import RULES
from tests.support.lists import read_csv
from tests.support.small_bundles import Document, base, bundle, load_bundles, on_account

Fetch = Callable[..., Any]
TWO = "kremlin,white-house"
TYPES = ("statements", "positions", "proposals", "events")
KREMLIN, WHITE_HOUSE = on_account("kremlin"), on_account("white-house")
Records = list[dict[str, Any]]


PROPOSALS: Records = [
    {"id": "truce", "relations": [{"proposal": "halt", "relation": "variant_of"}]},
    {"id": "halt"},
    {"id": "summit"},
    {"id": "talk"},
]
UNATTRIBUTED: dict[str, Any] = {"voice": "unattributed"}
EARLIER: dict[str, Any] = {"date": "2025-03-01"}
IF_SUMMIT = KREMLIN | {"stance": "accepts_conditionally", "conditions": ["summit"]}


class Case(NamedTuple):
    """Records of two accounts on one issue, and what comparing them results in."""

    result: str
    kinds: list[str]
    """The kind of each finding."""
    positions: Records
    statements: Records = []
    accounts: str = TWO


def numbered(records: Records) -> Records:
    return [{"id": f"record-{number}", **record} for number, record in enumerate(records)]


CONTRAST = {"contrasts_with": [{"statement": "record-0", "note": "An order; an agreement."}]}
CASES = {
    "the same stance on one proposal": Case("same", ["same"], [KREMLIN, WHITE_HOUSE]),
    "one position on both accounts": Case("same", ["same"], [on_account("kremlin", "white-house")]),
    "a stance in common among several": Case(
        "same", ["same"], [KREMLIN, KREMLIN | {"stance": "welcomes"}, WHITE_HOUSE]
    ),
    "another stance on one proposal": Case(
        "different", ["stance"], [KREMLIN | {"stance": "welcomes"}, WHITE_HOUSE | {"stance": "rejects"}]
    ),
    "another stance on a later day": Case(
        "undetermined", [], [KREMLIN | {"stance": "offers"}, WHITE_HOUSE | {"stance": "pledges", "date": "2025-03-19"}]
    ),
    "unattributed reports do not replace each other": Case(
        "same",
        ["same"],
        [UNATTRIBUTED | EARLIER, UNATTRIBUTED | {"stance": "rejects"}, KREMLIN | EARLIER],
        accounts="unattributed,kremlin",
    ),
    "a stance in common that one account has replaced": Case(
        "different",
        ["stance"],
        [KREMLIN, KREMLIN | {"stance": "rejects", "date": "2025-03-19"}, WHITE_HOUSE | {"date": "2025-03-19"}],
    ),
    "a stance in common at another time, and none at one time": Case(
        "different",
        ["stance"],
        [
            KREMLIN | {"date": "2025-03-10/2025-03-18"},
            KREMLIN | {"stance": "rejects", "date": "2025-03-15/2025-03-25"},
            WHITE_HOUSE | {"date": "2025-03-24"},
        ],
    ),
    "one article and a later one": Case(
        "same", ["same"], [{"stance": "noncommittal", "date": "2025-03-24"}], accounts="earlier-article,later-article"
    ),
    "one stance on different proposals": Case(
        "undetermined", ["side", "variants"], [KREMLIN | {"proposal": "halt"}, WHITE_HOUSE]
    ),
    "another stance on different proposals": Case(
        "different", ["proposals", "side"], [KREMLIN | {"proposal": "halt", "stance": "welcomes"}, WHITE_HOUSE]
    ),
    "to propose one of two variants and to accept the other": Case(
        "undetermined", ["side"], [KREMLIN | {"proposal": "halt", "stance": "proposes"}, WHITE_HOUSE]
    ),
    "only different proposals, for one and against the other": Case(
        "different", ["proposals"], [KREMLIN | {"proposal": "halt"}, WHITE_HOUSE | {"stance": "rejects"}]
    ),
    "another stance on the same side": Case(
        "different", ["side", "stance"], [KREMLIN | {"stance": "welcomes"}, WHITE_HOUSE]
    ),
    "proposals that are no variants": Case(
        "undetermined", ["alone", "alone"], [KREMLIN | {"proposal": "summit"}, WHITE_HOUSE]
    ),
    "one proposal in common and another on one account": Case(
        "same_in_part", ["alone", "same"], [KREMLIN | {"proposal": "summit"}, KREMLIN, WHITE_HOUSE]
    ),
    "one stance on the same conditions": Case("same", ["same"], [IF_SUMMIT, IF_SUMMIT | WHITE_HOUSE]),
    "one stance on other conditions": Case(
        "same_in_part",
        ["conditions"],
        [IF_SUMMIT, IF_SUMMIT | WHITE_HOUSE | {"conditions": ["summit", "talk"]}],
    ),
    "one stance on other conditions on a later day": Case(
        "same", ["same"], [IF_SUMMIT, IF_SUMMIT | WHITE_HOUSE | {"conditions": ["talk"], "date": "2025-03-19"}]
    ),
    "one proposal in common and another not": Case(
        "same", ["same"], [KREMLIN | {"proposal": "halt"}, KREMLIN, WHITE_HOUSE]
    ),
    "alike on one proposal and not on another": Case(
        "same_in_part",
        ["same", "stance"],
        [KREMLIN, WHITE_HOUSE, KREMLIN | {"proposal": "halt"}, WHITE_HOUSE | {"proposal": "halt", "stance": "rejects"}],
    ),
    "a contrast of the editors with a common stance": Case(
        "same_in_part", ["same"], [KREMLIN, WHITE_HOUSE], [KREMLIN, WHITE_HOUSE | CONTRAST]
    ),
    "a contrast without positions": Case("different", [], [], [KREMLIN, WHITE_HOUSE | CONTRAST]),
    "a contrast with an account that is not compared": Case(
        "undetermined", [], [], [on_account("witkoff"), WHITE_HOUSE | CONTRAST, KREMLIN]
    ),
    "a contrast within one account": Case("undetermined", [], [], [WHITE_HOUSE, WHITE_HOUSE | CONTRAST, KREMLIN]),
    "only one speaks": Case("only_one", [], [KREMLIN]),
    "only one has a statement": Case("only_one", [], [], [WHITE_HOUSE]),
    "of different parties": Case(
        "undetermined", ["alone", "alone"], [KREMLIN | {"party": "putin"}, WHITE_HOUSE | {"party": "trump"}]
    ),
    "one without a stance": Case("undetermined", ["alone"], [KREMLIN], [WHITE_HOUSE]),
    "two of three agree and one differs": Case(
        "same_in_part",
        ["same", "stance", "stance"],
        [KREMLIN, WHITE_HOUSE, on_account("witkoff") | {"stance": "rejects"}],
        accounts="kremlin,white-house,witkoff",
    ),
    "two of three agree and one is silent": Case(
        "same", ["same"], [KREMLIN, WHITE_HOUSE], accounts="kremlin,white-house,witkoff"
    ),
    "one account names the state, another its president": Case(
        "same", ["same"], [KREMLIN, {**WHITE_HOUSE, "party": "russia"}]
    ),
    "one account names the state, another its president, with another stance": Case(
        "different", ["stance"], [KREMLIN, {**WHITE_HOUSE, "party": "russia", "stance": "rejects"}]
    ),
    "alike on the state, and one account has its president on another proposal": Case(
        "same_in_part",
        ["same", "stance"],
        [
            *(on_account(account) | {"party": "russia"} for account in ("kremlin", "white-house")),
            KREMLIN | {"party": "russia", "proposal": "summit"},
            WHITE_HOUSE | {"stance": "rejects", "proposal": "summit"},
        ],
    ),
    "alike on the state at two times, and one account has its president against it": Case(
        "same_in_part",
        ["same", "stance"],
        [
            KREMLIN | {"party": "russia"},
            WHITE_HOUSE | {"party": "russia", "date": "2025-03-20"},
            WHITE_HOUSE | {"stance": "rejects"},
        ],
    ),
    "each account names the state on one proposal and its president on the other": Case(
        "different",
        ["stance", "stance"],
        [
            *(KREMLIN | {"party": "russia"}, KREMLIN | {"proposal": "summit"}),
            WHITE_HOUSE | {"stance": "rejects"},
            WHITE_HOUSE | {"stance": "rejects", "party": "russia", "proposal": "summit"},
        ],
    ),
    "what a candidate says is not what another account has the state say": Case(
        "undetermined",
        ["alone"],  # what he says on the other proposal, for the state
        [
            KREMLIN | {"on_behalf_of": [], "capacity": "candidate"},
            KREMLIN | {"proposal": "summit"},
            WHITE_HOUSE | {"party": "russia", "stance": "rejects"},
        ],
    ),
    "what one account has him say as a candidate and another for the state": Case(
        "undetermined",
        [],
        [KREMLIN | {"on_behalf_of": [], "capacity": "candidate"}, WHITE_HOUSE | {"stance": "rejects"}],
    ),
    "one position for two states": Case(
        "same", ["same"], [on_account("kremlin", "white-house") | {"on_behalf_of": ["russia", "united-states"]}]
    ),
    "accounts name two who act for one state": Case("undetermined", [], [KREMLIN, {**WHITE_HOUSE, "party": "kremlin"}]),
    "one of three speaks": Case("only_one", [], [KREMLIN], accounts="kremlin,white-house,witkoff"),
    "an article and what it quotes of the party": Case(
        "undetermined",
        [],
        [{"stance": "noncommittal"}, {"stance": "raises_concerns", "statements": ["record-0"]}],
        [{"speakers": ["putin"]}],
        accounts="article,putin",
    ),
    "an article and what it quotes of the party on another proposal": Case(
        "undetermined",
        [],
        [{"stance": "noncommittal"}, {"stance": "demands", "proposal": "halt", "statements": ["record-0"]}],
        [{"speakers": ["putin"]}],
        accounts="article,putin",
    ),
    "an article and what it quotes of the party on an unrelated proposal": Case(
        "undetermined",
        ["alone"],  # what the article says; what it quotes is on the account of both
        [{"stance": "noncommittal"}, {"stance": "demands", "proposal": "summit", "statements": ["record-0"]}],
        [{"speakers": ["putin"]}],
        accounts="article,putin",
    ),
    "an article and a stance in what it quotes of the party": Case(
        "same",
        ["same"],
        [{"stance": "demands"}, {"stance": "demands", "statements": ["record-0"]}],
        [{"speakers": ["putin"]}],
        accounts="article,putin",
    ),
    "an article and what another article quotes of the party": Case(
        "different",
        ["side", "stance"],
        [{"stance": "raises_concerns", "statements": ["record-0"]}],
        [{"speakers": ["putin"]}],
        accounts="earlier-article,putin",
    ),
}


def case_documents(case: Case) -> list[Document]:
    """Return the records of a case in an article of its own, which speaks of the issue only if it is compared."""
    lists = {"positions": numbered(case.positions), "statements": numbered(case.statements)}
    records = {plural: some for plural, some in lists.items() if some}
    if case.accounts == "article,putin":
        return [base(proposals=PROPOSALS, **records)]
    earlier = bundle("earlier-article", positions=[{"id": "earlier", "stance": "noncommittal"}])
    return [base(proposals=PROPOSALS), bundle("later-article", **records), *[earlier] * ("earlier" in case.accounts)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_result_of_two_accounts(tmp_path: Path, case: Case) -> None:
    client = load_bundles(tmp_path / "readout.db", *case_documents(case))
    (issue,) = client.get(f"/compare?accounts={case.accounts}").get_json()["issues"]
    assert (issue["result"], sorted(finding["kind"] for finding in issue["findings"])) == (case.result, case.kinds)


def test_every_result_has_a_case_and_a_rule() -> None:
    assert {case.result for case in CASES.values()} == RESULT_LABELS.keys()
    assert RULE_LABELS.keys() == RULES.keys()


def test_finding_names_party_proposal_stances_and_positions(tmp_path: Path) -> None:
    positions = [{"id": "one", **KREMLIN}, {"id": "other", **WHITE_HOUSE, "stance": "rejects"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    (issue,) = client.get(f"/compare?accounts={TWO}").get_json()["issues"]
    assert issue["findings"] == [
        {
            "kind": "stance",
            "proposal": "truce",
            "accounts": [
                {
                    "account": "kremlin",
                    "parties": ["putin"],
                    "stances": ["accepts"],
                    "conditions": [],
                    "condition_titles": [],
                    "explicit": True,
                    "positions": ["one"],
                    "proposals": ["truce"],
                    "citations": [{"source": "article", "paragraph": 1}],
                },
                {
                    "account": "white-house",
                    "parties": ["putin"],
                    "stances": ["rejects"],
                    "conditions": [],
                    "condition_titles": [],
                    "explicit": True,
                    "positions": ["other"],
                    "proposals": ["truce"],
                    "citations": [{"source": "article", "paragraph": 1}],
                },
            ],
            "side": None,
            "party": "putin",
            "name": "Putin",
            "title": "A truce",
        }
    ]
    text = client.get(f"/compare.txt?accounts={TWO}").text
    found = "Different stances: Putin, on the proposal “A truce”: Kremlin: accepts (¶1); White House: rejects (¶1)"
    assert found in " ".join(text.split())


@pytest.mark.parametrize("accounts", [["kremlin", "white-house"], ["white-house", "kremlin"]])
def test_finding_has_the_accounts_in_the_order_requested(tmp_path: Path, accounts: list[str]) -> None:
    client = load_bundles(tmp_path / "readout.db", *case_documents(CASES["another stance on the same side"]))
    (issue,) = client.get(f"/compare?accounts={','.join(accounts)}").get_json()["issues"]
    assert [[side["account"] for side in one["accounts"]] for one in issue["findings"]] == [accounts] * 2


def test_silent_account_is_marked(tmp_path: Path) -> None:
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=[{"id": "one", **KREMLIN}]))
    (issue,) = client.get(f"/compare?accounts={TWO}").get_json()["issues"]
    silent = {column["account"]: (column["silent"], len(column["records"])) for column in issue["accounts"]}
    assert silent == {"kremlin": (False, 1), "white-house": (True, 0)}
    rows = read_csv(client, f"/compare.csv?accounts={TWO}")
    assert [(row["result"], row["account"], row["silent"], row["id"]) for row in rows] == [
        ("only_one", "kremlin", "false", "one"),
        ("only_one", "white-house", "true", ""),
    ]
    assert "White House: no record" in client.get(f"/compare.txt?accounts={TWO}").text


def test_issues_on_which_none_speaks_are_left_out(tmp_path: Path) -> None:
    """The article speaks of both issues, the Kremlin of one."""
    issues = [{"id": "matter"}, {"id": "other-matter"}]
    proposals: Records = [{"id": "truce"}, {"id": "halt", "issues": ["other-matter"]}]
    positions = [{"id": "one", **KREMLIN}]
    client = load_bundles(tmp_path / "readout.db", base(issues=issues, proposals=proposals, positions=positions))
    compared = {
        accounts: [issue["issue"] for issue in client.get(f"/compare?accounts={accounts}").get_json()["issues"]]
        for accounts in (TWO, "article,kremlin")
    }
    assert compared == {TWO: ["matter"], "article,kremlin": ["matter", "other-matter"]}


def test_issue_includes_its_parts(fetch: Fetch) -> None:
    issues = fetch("/compare?accounts=putin,zelenskyy,trump-putin-call-article&issue=general-ceasefire")["issues"]
    assert [issue["issue"] for issue in issues] == ["general-ceasefire", "general-ceasefire-terms"]


def test_wordings_on_energy_differ(fetch: Fetch) -> None:
    (energy,) = fetch(f"/compare?accounts={TWO}&issue=energy-strikes")["issues"]
    assert energy["result"] == "different"
    assert {"kremlin-reacted-positively", "white-house-energy-ceasefire"} in [
        set(contrast["statements"]) for contrast in energy["contrasts"]
    ]
    assert [finding["party"] for finding in energy["findings"] if finding["kind"] == "proposals"] == ["putin"]


def test_records_are_those_of_the_account(fetch: Fetch) -> None:
    comparison = fetch(f"/compare?accounts={TWO}")
    assert [account["name"] for account in comparison["accounts"]] == ["Kremlin", "White House"]
    for issue in comparison["issues"]:
        assert [column["account"] for column in issue["accounts"]] == TWO.split(",")
        for column in issue["accounts"]:
            assert all(column["account"] in entry["accounts"] for entry in column["records"])
            assert (column["silent"] or bool(column["only_on"])) == (not column["records"])


@pytest.mark.parametrize(
    "query", ["paragraph=11", "q=ceasefire", "as_of=2025-03-17", "source=trump-putin-call-article"]
)
def test_filters_narrow_without_inventing_silence(fetch: Fetch, query: str) -> None:
    whole = {issue["issue"]: issue for issue in fetch(f"/compare?accounts={TWO}")["issues"]}
    for issue in fetch(f"/compare?accounts={TWO}&{query}")["issues"]:
        for column, full in zip(issue["accounts"], whole[issue["issue"]]["accounts"], strict=True):
            assert column["silent"] == full["silent"]
            assert [entry for entry in full["records"] if entry in column["records"]] == column["records"]


def test_what_one_account_alone_says_is_marked(tmp_path: Path) -> None:
    records = [{"id": "common", **on_account("kremlin", "white-house")}, {"id": "own", **KREMLIN, "proposal": "summit"}]
    client = load_bundles(tmp_path / "readout.db", base(proposals=PROPOSALS, positions=records))
    path = f"?accounts={TWO}"
    rows = read_csv(client, f"/compare.csv{path}")
    assert [(row["account"], row["id"], row["findings"]) for row in rows if row["type"] == "positions"] == [
        ("kremlin", "common", "same"),
        ("kremlin", "own", "alone"),
        ("white-house", "common", "same"),
    ]
    marked = re.compile(r"\(Kremlin, 18 Mar 2025, ¶1\) \[not on the other accounts\]")
    text = client.get(f"/compare.txt{path}").text
    assert len(marked.findall(" ".join(text.split()))) == 1
    assert "The others need not deny it" in " ".join(text.split())
    html = client.get(f"/compare.html{path}").text
    assert html.count(">not on the other accounts</span>") == 1
    filtered = client.get(f"/compare{path}&q=stance").get_json()["issues"][0]
    assert (filtered["result"], [finding["kind"] for finding in filtered["findings"]]) == ("same", ["same"])


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_conditions_stand_with_the_stance(tmp_path: Path, suffix: str) -> None:
    """In `/compare`, the accounts, the matrix, the standing, the timeline and the list."""
    records = [{"id": "one", **IF_SUMMIT}, {"id": "other", **IF_SUMMIT, **WHITE_HOUSE, "conditions": ["talk"]}]
    titles = {"summit": "A meeting of the two", "talk": "A talk first"}
    proposals = [{**proposal, "title": titles.get(proposal["id"], "A truce")} for proposal in PROPOSALS]
    client = load_bundles(tmp_path / "readout.db", base(proposals=proposals, positions=records))
    for path in (f"/compare{suffix}?accounts={TWO}", *(f"{view}{suffix}" for view in VIEWS_OF_STANCES)):
        text = " ".join(re.sub(r"<[^>]+>", " ", client.get(path).text).split())
        assert all(text.count(f"condition: “{title}”") for title in titles.values()), path
    (issue,) = client.get(f"/compare?accounts={TWO}").get_json()["issues"]
    assert [entry["condition_titles"] for entry in issue["accounts"][1]["records"]] == [["A talk first"]]


VIEWS_OF_STANCES = (
    *("/issues/matter/accounts", "/matrix", "/issues/matter/standing", "/proposals/truce/standing", "/timeline"),
)


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("", "accounts", "2 to 6 different accounts"),
        ("accounts=", "accounts", "2 to 6 different accounts"),
        ("accounts=kremlin", "accounts", "2 to 6 different accounts"),
        ("accounts=kremlin,kremlin", "accounts", "2 to 6 different accounts"),
        ("accounts=kremlin,white-house,kremlin", "accounts", "2 to 6 different accounts"),
        ("accounts=kremlin,white-house,witkoff,putin,trump,zelenskyy,ukraine", "accounts", "2 to 6 different"),
        ("accounts=kremlin,white-hose", "accounts", "There is no account 'white-hose'."),
        ("accounts=kremlin,Putin!", "accounts", "There is no account"),
        (f"accounts={TWO}&issue=energy", "issue", "There is no issue 'energy'."),
        (f"accounts={TWO}&account=kremlin", "account", "Unknown parameter"),
    ],
)
def test_wrong_query_is_rejected(client: FlaskClient, query: str, parameter: str, detail: str) -> None:
    response = client.get(f"/compare?{query}")
    assert response.status_code == 400
    (error,) = response.get_json(force=True)["errors"]
    assert error["parameter"] == parameter
    assert detail in error["detail"]


@pytest.mark.parametrize("query", ["", "accounts=kremlin"])
def test_error_lists_the_accounts_of_the_data(client: FlaskClient, fetch: Fetch, query: str) -> None:
    (error,) = client.get(f"/compare?{query}").get_json(force=True)["errors"]
    records = [record for type in TYPES for record in fetch(f"/{type}?limit=500")["data"]]
    assert error["allowed"] == sorted({account for record in records for account in record["accounts"]})
    assert "white-house" in error["allowed"]


def test_six_accounts_and_a_source_are_compared(fetch: Fetch) -> None:
    accounts = "kremlin,white-house,witkoff,zelenskyy,trump,trump-putin-call-article"
    comparison = fetch(f"/compare?accounts={accounts}")
    assert ",".join(account["account"] for account in comparison["accounts"]) == accounts


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_fits_the_width(client: FlaskClient, width: int) -> None:
    text = client.get(f"/compare.txt?accounts={TWO}&width={width}").text
    assert max(map(len, text.splitlines())) <= width
    assert "STRIKES ON ENERGY: accounts differ" in text


def test_agreement_that_rests_on_an_inference_says_so(fetch: Fetch, client: FlaskClient) -> None:
    path = "accounts=white-house,witkoff&issue=energy-strikes"
    (issue,) = fetch(f"/compare?{path}")["issues"]
    assert (issue["result"], issue["explicit"]) == ("same", False)
    assert "STRIKES ON ENERGY: same (inferred)" in client.get(f"/compare.txt?{path}").text
    assert ">same (inferred)</span>" in client.get(f"/compare.html?{path}").text


def test_words_on_no_stated_account_make_nobody_silent(tmp_path: Path) -> None:
    """The source quotes Putin and does not say who reports his words: the Kremlin may."""
    records = [{"id": "words", "voice": "unattributed"}, {"id": "own", **WHITE_HOUSE}]
    client = load_bundles(tmp_path / "readout.db", base(statements=records))
    path = "?accounts=kremlin,white-house"
    (issue,) = client.get(f"/compare{path}").get_json()["issues"]
    kremlin, white_house = issue["accounts"]
    reported = "Putin, reported by the article"
    words = f"{reported}; account not stated"
    assert (issue["result"], kremlin["unplaced"]) == ("undetermined", [{"statement": "words", "attribution": words}])
    assert white_house["unplaced"] == []
    for suffix in (".txt", ".html"):
        shown = " ".join(client.get(f"/compare{suffix}{path}").text.split())
        assert (
            f"Kremlin: no record; they may have reported these words, as nobody is named who did: {reported}" in shown
        )
        assert "cannot be compared" in shown
    accounts = client.get("/issues/matter/accounts.txt").text
    assert "No record on the account of" not in accounts


def test_contrast_on_two_issues_stands_where_both_speak(fetch: Fetch) -> None:
    issues = {issue["issue"]: issue["contrasts"] for issue in fetch(f"/compare?accounts={TWO}")["issues"]}
    assert issues["causes-and-security-interests"] == []
    assert len(issues["war-settlement"]) == 2


def test_common_ground_is_stated_where_accounts_differ(fetch: Fetch, client: FlaskClient) -> None:
    path = f"accounts={TWO}&issue=energy-strikes"
    (energy,) = fetch(f"/compare?{path}")["issues"]
    assert [finding["name"] for finding in energy["findings"] if finding["side"] == "for"] == [
        "Donald Trump",
        "Vladimir Putin",
    ]
    for suffix in (".txt", ".html"):
        text = " ".join(re.sub(r"<[^>]+>", "", client.get(f"/compare{suffix}?{path}").text).split())
        assert "Same side, different stances on similar proposals: Vladimir Putin, in favour:" in text
    text = client.get("/compare.txt?accounts=kremlin,trump-putin-call-article&issue=energy-strikes").text
    assert "Same side on similar proposals: Vladimir Putin, in favour: orders (" in text


@pytest.mark.parametrize("suffix", [".txt", ".html"])
def test_account_that_another_one_quotes_is_not_called_silent(fetch: Fetch, client: FlaskClient, suffix: str) -> None:
    issues = {issue["issue"]: issue for issue in fetch("/compare?accounts=kremlin,putin")["issues"]}
    (_, putin) = issues["war-settlement"]["accounts"]
    assert (putin["silent"], putin["quoted_by"]) == (
        True,
        [{"account": "kremlin", "name": "Kremlin"}, {"account": "white-house", "name": "White House"}],
    )
    (_, putin) = issues["sport"]["accounts"]
    assert putin["quoted_by"] == [{"account": "kremlin", "name": "Kremlin"}]  # which reports that he proposed it
    assert {issues[issue]["result"] for issue in ("war-settlement", "sport")} == {"undetermined"}
    shown = client.get(f"/compare{suffix}?accounts=kremlin,putin&issue=war-settlement").text
    assert "only as reported by others (Kremlin, White House)" in shown
    assert "No record on the account of" not in shown
