"""References of drafts: each leads to a record of the draft or of the database, or is a guess."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from schemas import RECORDS
from schemas.bundle import entries
from schemas.references import RecordReference, references
from seed.bundles import load
from seed.draft.analysis import Origin
from seed.draft.bundle import draft_bundle
from seed.draft.guesses import MARK
from seed.draft.known import read_known
from seed.storage.sqlite_file import open_readonly
from seed.yaml_document import parse_yaml
from tests.support.bundle_files import SOURCES, read_document
from tests.support.draft_texts import CONDITION, DRAFT_TEXTS

EMPTY = "no bundle"
ALL = "all bundles"
SOURCE_IDS = [read_document(path)["sources"][0]["id"] for path in SOURCES]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    database = tmp_path_factory.mktemp("known") / "readout.db"
    load(SOURCES, database)
    return open_readonly(database)


@pytest.fixture(params=[EMPTY, ALL, *SOURCE_IDS])
def stored(request: pytest.FixtureRequest, loaded: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Yield a copy of the database without the bundle of a source, with all bundles, or without any."""
    copy = sqlite3.connect(":memory:")
    loaded.backup(copy)
    for plural in RECORDS:
        copy.execute(f"delete from {plural} where :gone = '{EMPTY}' or bundle = :gone", {"gone": request.param})
    yield copy
    copy.close()


def draft(text: str, issuers: tuple[str, ...], database: sqlite3.Connection) -> dict[str, Any]:
    origin = Origin("draft", issued_by=issuers)
    data: dict[str, Any] = parse_yaml(draft_bundle(text, origin, read_known(database))).data
    return data


def dangling_references(bundle: dict[str, Any], database: sqlite3.Connection) -> list[RecordReference]:
    """Return the references to records that neither the bundle nor the database has. Guesses are no references."""
    found = {(plural, id) for plural in RECORDS for (id,) in database.execute(f"select id from {plural}")}
    found |= {(plural, record["id"].removeprefix(MARK)) for plural, _, record in entries(bundle)}
    used = [one for plural, _, record in entries(bundle) for one in references(plural, record)]
    return [one for one in used if (one.plural, one.id) not in found]


@pytest.mark.parametrize(("text", "issuers"), DRAFT_TEXTS, ids=range(len(DRAFT_TEXTS)))
def test_references_lead_to_records(text: str, issuers: tuple[str, ...], stored: sqlite3.Connection) -> None:
    assert dangling_references(draft(text, issuers, stored), stored) == []


def test_condition_and_issues_are_the_stored_ones(loaded: sqlite3.Connection) -> None:
    """The proposal is not its own condition, and the issues are those of both."""
    bundle = draft(CONDITION, ("lesovia",), loaded)
    (position,), (statement,) = bundle["positions"], bundle["statements"]
    assert position["proposal"] == "?wall-and-turbine-hall-halt"
    assert position["conditions"] == ["?guns-withdrawal-from-crest"]
    assert statement["issues"] == ["?sovran-dam-shelling", "?guns-on-the-dam"]


def test_condition_without_a_stored_proposal_is_marked(loaded: sqlite3.Connection) -> None:
    """The only one that its sentence may be about is the proposal of the position."""
    text = CONDITION.replace("withdraws its guns from the crest of the dam", "apologizes for the spring floods")
    (position,) = draft(text, ("lesovia",), loaded)["positions"]
    assert (position["proposal"], position["conditions"]) == ("?wall-and-turbine-hall-halt", ["?"])
