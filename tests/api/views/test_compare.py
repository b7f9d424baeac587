"""Accounts side by side: what is the same, what differs, what one alone says."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Fetch = Callable[..., Any]
TWO = "/compare?accounts=kremlin,white-house"


def results(comparison: Any) -> dict[str, str]:
    return {issue["issue"]: issue["result"] for issue in comparison["issues"]}


def test_wordings_on_energy_differ(fetch: Fetch) -> None:
    (energy,) = fetch(f"{TWO}&issue=energy-strikes")["issues"]
    assert energy["result"] == "different"
    assert {"kremlin-reacted-positively", "white-house-energy-ceasefire"} in [
        set(contrast["statements"]) for contrast in energy["contrasts"]
    ]
    assert {finding["party"] for finding in energy["findings"] if finding["kind"] == "wording"} >= {"putin", "trump"}


def test_what_one_alone_says(fetch: Fetch) -> None:
    comparison = fetch(TWO)
    alone = [issue for issue in comparison["issues"] if issue["result"] == "only_one"]
    assert "sport" in {issue["issue"] for issue in alone}
    for issue in alone:
        assert [column["silent"] for column in issue["accounts"]].count(False) == 1


def test_same_proposal_and_stance_is_the_same(fetch: Fetch) -> None:
    findings = fetch("/compare?accounts=putin,trump-putin-call-article")["issues"]
    assert all(issue["result"] in ("same", "different", "only_one", "undetermined") for issue in findings)


@pytest.mark.parametrize(
    ("accounts", "detail"),
    [
        ("kremlin", "2 to 6"),
        ("kremlin,kremlin", "2 to 6"),
        ("kremlin,white-hose", "There is no account 'white-hose'. See /parties and /sources for all of them."),
    ],
)
def test_wrong_accounts_are_an_error(client: FlaskClient, accounts: str, detail: str) -> None:
    response = client.get(f"/compare?accounts={accounts}")
    assert response.status_code == 400
    assert detail in response.get_json(force=True)["errors"][0]["detail"]


@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_every_format_has_result_and_account(client: FlaskClient, suffix: str) -> None:
    text = client.get(f"/compare{suffix}?accounts=kremlin,white-house").text
    assert "different" in text
    assert "Kremlin" in text


@pytest.mark.parametrize("width", [60, 100])
def test_text_fits_the_width(client: FlaskClient, width: int) -> None:
    text = client.get(f"/compare.txt?accounts=kremlin,white-house&width={width}").text
    assert max(map(len, text.splitlines())) <= width
