"""What a party does for itself is shown as such in every view, with the capacity that the record gives."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.lists import read_csv
from tests.support.matrix import plain
from tests.support.small_bundles import PARTIES, base, bundle, load_bundles, on_account

Records = list[dict[str, Any]]
KREMLIN = on_account("kremlin")
CANDIDATE = {"on_behalf_of": [], "capacity": "candidate"}
PLEDGES: Records = [{"id": name, "party": "trump", "stance": "pledges", **KREMLIN} for name in ("official", "own")]


@pytest.fixture
def pledges(tmp_path: Path) -> FlaskClient:
    """Return a client of two pledges of one day, the second as a candidate, in articles of their own."""
    official, own = PLEDGES
    later = bundle("later", {"title": "Second"}, positions=[own | CANDIDATE])
    return load_bundles(tmp_path / "readout.db", base("truce", positions=[official]), later)


TEXTS = [
    "/issues/matter/standing.txt?width=200",
    "/issues/matter/standing.html",
    "/proposals/truce/standing.md",
    "/timeline.txt?width=200",
    "/timeline.html",
    "/timeline.md",
    "/matrix.csv?level=party",
    "/matrix.txt?level=party&width=200",
    "/matrix.html?level=party",
    "/matrix.md?level=party",
    "/matrix.svg?level=party&width=300",
    "/issues/matter/accounts.txt?width=200",
]


@pytest.mark.parametrize("path", TEXTS)
def test_pledge_of_a_candidate_is_shown_as_such(pledges: FlaskClient, path: str) -> None:
    text = plain(pledges.get(path).text)
    assert "as a candidate" in text
    assert text.count("pledges") > 1


@pytest.mark.parametrize("path", ["/issues/matter/standing.csv", "/matrix.csv?layout=long&level=party"])
def test_rows_have_the_capacity(pledges: FlaskClient, path: str) -> None:
    rows = [row for row in read_csv(pledges, path) if row["stance"] == "pledges"]
    assert sorted(row["capacity"] for row in rows) == ["", "as a candidate"]


def test_json_has_for_whom_and_in_which_capacity(pledges: FlaskClient) -> None:
    (party,) = pledges.get("/issues/matter/standing").get_json()["parties"]
    acting = {one["position"]: (one["on_behalf_of"], one["capacity"]) for one in party["history"]}
    assert acting == {"official": (None, None), "own": ([], "candidate")}


def test_column_of_one_capacity_names_it_once(pledges: FlaskClient) -> None:
    """At the level of principals, the heading of the column has it."""
    row = pledges.get("/matrix.csv").text.splitlines()
    assert "trump (as a candidate)" in row[0]
    assert "as a candidate" not in row[1]


@pytest.mark.parametrize("path", ["/issues/matter/standing", "/matrix"])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".csv", ".html"])
def test_stance_for_another_than_the_principal_says_for_whom(tmp_path: Path, path: str, suffix: str) -> None:
    cis = {"id": "cis", "name": "CIS", "kind": "organisation"}
    positions: Records = [{"id": "one"}, {"id": "other", "stance": "rejects", "on_behalf_of": ["cis"]}]
    client = load_bundles(tmp_path / "readout.db", base("truce", parties=[*PARTIES, cis], positions=positions))
    text = plain(client.get(f"{path}{suffix}?level=party" if path == "/matrix" else f"{path}{suffix}").text)
    assert "for CIS" in text
    assert "for Russia" not in text


@pytest.mark.parametrize("party", ["russia", "kremlin", "putin"])
@pytest.mark.parametrize("suffix", [".txt?width=200", ".md", ".csv", ".html", ".svg?width=200", ".csv?layout=long"])
def test_no_capacity_is_added_to_what_a_party_does_for_itself(tmp_path: Path, party: str, suffix: str) -> None:
    position = {"id": "one", "party": party, "on_behalf_of": [], **KREMLIN}
    text = plain(
        load_bundles(tmp_path / "readout.db", base("truce", positions=[position])).get(f"/matrix{suffix}").text
    )
    assert "for itself" in text
    assert "private" not in text
