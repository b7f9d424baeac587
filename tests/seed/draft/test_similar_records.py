"""Stored records that look like new ones of a bundle."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from seed.bundles import load
from seed.cli import cli
from seed.draft.known import Titles
from seed.draft.similar_records import MAX_SUGGESTIONS, find_similar
from seed.storage.sqlite_file import open_readonly
from tests.support.bundle_files import SOURCES, read_document


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alike") / "readout.db"
    load(SOURCES, path)
    return path


def find(database: Path, plural: str, **record: Any) -> dict[str, str]:
    bundle = {"sources": [{"id": "new"}], plural: [{"id": "new-one", **record}]}
    return {found.existing: found.reasons for found in find_similar(bundle, open_readonly(database))}


def test_proposal_on_the_same_issue_of_the_same_kind(database: Path) -> None:
    found = find(database, "proposals", issues=["sovran-dam-shelling"], kind="ceasefire_limited", duration="P30D")
    assert len(found) == 3
    assert set(found.values()) == {"same issue, kind, duration"}


def test_guesses_count_as_decided(database: Path) -> None:
    found = find(database, "proposals", issues=["?halt-monitoring"], kind="?mechanism", addressed_to=["?aldan-reshk"])
    assert found["ildra-commission-observers"] == "same issue, kind, parties"


def test_proposal_with_a_similar_title(database: Path) -> None:
    found = find(database, "proposals", title="Return of the fourteen river pilots", issues=[])
    assert "similar title" in found["river-pilots-return"]


def test_proposal_that_has_little_in_common_is_not_listed(database: Path) -> None:
    assert find(database, "proposals", title="Free trade in cheese", kind="ceasefire_limited", issues=[]) == {}


@pytest.mark.parametrize(
    ("record", "existing", "reason"),
    [
        ({"name": "Mira Tolvan", "kind": "person"}, "mira-tolvan", "same name"),
        ({"name": "The Lesovian delegation"}, "lesovian-delegation", "same name"),
        ({"name": "Kardanja"}, "kardania", "similar name 'kardania'"),
        ({"name": "A. Reshk", "kind": "person"}, "aldan-reshk", "same name"),
        ({"name": "Bank", "aliases": ["the Ferryman"]}, "iven-dorsk", "same name"),
    ],
)
def test_party_with_a_similar_name(database: Path, record: dict[str, Any], existing: str, reason: str) -> None:
    assert find(database, "parties", **record)[existing] == reason


def test_short_name_is_no_misspelling(database: Path) -> None:
    assert find(database, "parties", name="Rashk") == {}


def test_the_best_are_first_and_limited(database: Path) -> None:
    weak = {"id": "weak", "issues": ["halt-monitoring"], "kind": "mechanism", "addressed_to": ["aldan-reshk"]}
    strong = weak | {"id": "strong", "title": "Observers of the Ildra Commission at the dam"}
    bundle = {"sources": [{"id": "new"}], "proposals": [weak, strong], "parties": [{"name": "Mira Tolvan"}] * 30}
    found = find_similar(bundle, open_readonly(database))
    assert len(found) == MAX_SUGGESTIONS
    assert found[0].existing == "mira-tolvan"
    ids = [one.id for one in find_similar(bundle | {"parties": []}, open_readonly(database))]
    assert ids.index("strong") < ids.index("weak")


def test_generic_words_make_no_similar_title() -> None:
    titles = [(f"peace-{number}", f"End of the {word} for peace") for number, word in enumerate(["war"] * 40)]
    index = Titles.of([*titles, ("harbour-dredging", "Dredging of the harbour for peace")])
    assert index.like("An end to the war, and peace.", 3) == []
    assert [match.id for match in index.like("Peace needs dredging in every harbour.", 3)] == ["harbour-dredging"]


def test_records_of_the_same_bundle_are_not_listed(database: Path) -> None:
    report = read_document(SOURCES[-1])
    own = {record["id"] for plural in ("parties", "proposals") for record in report[plural]}
    assert not own & {found.existing for found in find_similar(report, open_readonly(database))}


def test_command_names_the_line(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    party = {"id": "reshk", "name": "Aldan Reshk"}
    path.write_text(yaml.safe_dump({"sources": [{"id": "new"}], "parties": [party]}, sort_keys=False))
    result = CliRunner().invoke(cli, ["suggest", str(path)], env={"READOUT_DATABASE": str(database)})
    assert result.stdout == f"{path}:4: 'reshk' is like 'aldan-reshk': same name\n"
