"""Warnings about records that do not fit those they refer to, in bundles that are otherwise valid."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seed.bundle_files import Document
from seed.bundles import known_records, load
from seed.cli import cli
from seed.consistency import inconsistencies
from seed.known_records import KnownRecords
from seed.verify import digests
from seed.yaml_document import YamlDocument
from tests.support.bundle_files import ARTICLE, SOURCES, read_document
from tests.support.small_bundles import DAY, base, bundle, on_account

ISSUES: list[dict[str, Any]] = [
    {"id": "matter"},
    {"id": "part", "part_of": "matter"},
    {"id": "part-of-part", "part_of": "part"},
    {"id": "other"},
]
EVENT = {"id": "meeting", "date": DAY, "date_basis": "stated"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("known") / "readout.db"
    load([ARTICLE, *SOURCES], path)
    return path


def warnings(**lists: list[dict[str, Any]]) -> list[tuple[str, str]]:
    data = base("truce", **{"issues": ISSUES, "events": [EVENT], **lists})
    known = KnownRecords([Document(Path(), YamlDocument(data, {}))], None)
    return [(one.pointer, one.detail) for one in inconsistencies(data, known)]


@pytest.mark.parametrize("path", [ARTICLE, *SOURCES], ids=lambda path: path.stem)
def test_finished_bundles_have_no_warning(path: Path, database: Path) -> None:
    with known_records([path], database) as known:
        assert list(inconsistencies(read_document(path), known)) == []


def test_document_has_the_version_of_a_party_that_counts(database: Path) -> None:
    document = Document(Path(), YamlDocument({"parties": [{"id": "putin", "name": "Another name"}]}, {}))
    with known_records([ARTICLE], database) as known:
        names = [party["name"] for party in KnownRecords([document], known.database).parties()]
    assert names[0] == "Another name"
    assert "Vladimir Putin" not in names
    assert "Donald Trump" in names


ON_ONE_ACCOUNT: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "of one party": (on_account("kremlin"), on_account("kremlin"), True),
    "of two parties": (on_account("kremlin"), on_account("white-house"), False),
    "of one speaker": ({}, {}, True),
    "of two speakers": ({}, {"speakers": ["trump"]}, False),
    "of nobody who is named": ({"voice": "unattributed"}, {"voice": "unattributed"}, False),
}


@pytest.mark.parametrize(("one", "other", "is_one"), ON_ONE_ACCOUNT.values(), ids=ON_ONE_ACCOUNT)
def test_contrast_is_between_different_accounts(one: dict[str, Any], other: dict[str, Any], is_one: bool) -> None:
    contrast = {"contrasts_with": [{"statement": "other", "note": "They differ."}]}
    found = warnings(statements=[{"id": "one", **contrast, **one}, {"id": "other", **other}])
    assert [pointer for pointer, _ in found] == ["/statements/0/contrasts_with"] * is_one
    assert all("'other' is on the same account" in detail for _, detail in found)


def test_account_of_a_contrast_is_that_of_its_bundle() -> None:
    """Whichever source the other statement cites first."""
    issued = {"issued_by": ["white-house"]}
    cited = [{"source": "article", "paragraph": 1}, {"source": "readout", "paragraph": 1}]
    contrast = {"contrasts_with": [{"statement": "other", "note": "They differ."}]}
    one = base("truce", issues=ISSUES, events=[EVENT], statements=[{"id": "one", **contrast}])
    one["sources"][0]["issued_by"] = ["kremlin"]
    other = bundle("readout", issued, statements=[{"id": "other", "citations": cited}])
    known = KnownRecords([Document(Path(), YamlDocument(data, {})) for data in (one, other)], None)
    assert list(inconsistencies(one, known)) == []


@pytest.mark.parametrize("issue", ["matter", "part", "part-of-part"])
@pytest.mark.parametrize("plural", ["statements", "events"])
def test_issue_may_be_that_of_a_proposal_or_part_of_it(plural: str, issue: str) -> None:
    link = "truce" if plural == "statements" else {"proposal": "truce", "relation": "discusses"}
    record: dict[str, Any] = {"id": "one", "proposals": [link], "issues": ["other", issue]}
    assert warnings(**{plural: [record]}) == []
    found = warnings(**{plural: [record | {"issues": ["other"]}]})
    assert found == [
        (
            f"/{plural}/0/issues",
            "None is an issue of a proposal that the record names, or part of one. Theirs are 'matter'.",
        )
    ]


def test_statement_on_the_whole_may_speak_of_a_part() -> None:
    proposals = [{"id": "truce", "issues": ["part-of-part"]}]
    statement = {"id": "one", "proposals": ["truce"], "issues": ["matter"]}
    assert warnings(proposals=proposals, statements=[statement]) == []


def test_statement_that_shows_a_position_has_its_proposal() -> None:
    position = {"id": "yes", "statements": ["one"]}
    assert warnings(positions=[position], statements=[{"id": "one", "proposals": ["truce"]}]) == []
    ((pointer, detail),) = warnings(positions=[position], statements=[{"id": "one"}])
    assert pointer == "/positions/0/statements"
    assert detail == "It shows the position, but the statement 'one' does not have 'truce' among its proposals."


@pytest.mark.parametrize(("date", "fits"), [(DAY, True), ("2025-03", True), ("2025-03-17", False), ("../2024", False)])
def test_record_has_the_date_of_its_event(date: str, fits: bool) -> None:
    position = {"id": "yes", "event": "meeting", "date": date}
    assert [pointer for pointer, _ in warnings(positions=[position])] == ([] if fits else ["/positions/0/date"])


@pytest.mark.parametrize(("date", "fits"), [(DAY, True), ("2025-03", True), ("2025-03-17", False), (None, True)])
def test_position_is_not_older_than_its_proposal(date: str | None, fits: bool) -> None:
    found = warnings(proposals=[{"id": "truce", "date": DAY}], positions=[{"id": "yes", "date": date}])
    assert [pointer for pointer, _ in found] == ([] if fits else ["/positions/0/date"])


@pytest.mark.parametrize(("status", "fits"), [("occurred", True), ("cancelled", False)])
def test_nothing_comes_about_at_a_cancelled_event(status: str, fits: bool) -> None:
    position = {"id": "yes", "event": "meeting", "date": DAY}
    found = warnings(events=[{**EVENT, "status": status}], positions=[position])
    assert [pointer for pointer, _ in found] == ([] if fits else ["/positions/0/event"])


def test_proposal_is_addressed_to_others() -> None:
    proposal = {"id": "truce", "proposed_by": ["trump"], "addressed_to": ["putin", "trump"]}
    assert warnings(proposals=[proposal]) == [
        ("/proposals/0/addressed_to", "'trump' proposes it, too. Leave out whoever proposes it.")
    ]


@pytest.mark.parametrize("relation", ["follows", "readout_of"])
@pytest.mark.parametrize(("date", "fits"), [(DAY, True), ("2025-03", True), ("2025-03-17", False), (None, True)])
def test_event_follows_no_later_one(relation: str, date: str | None, fits: bool) -> None:
    event = {"id": "one", "date": date, "relations": [{"event": "meeting", "relation": relation}]}
    found = warnings(events=[EVENT, event])
    assert [pointer for pointer, _ in found] == ([] if fits else ["/events/1/relations"])


def test_event_may_be_part_of_a_later_one() -> None:
    event = {"id": "one", "date": "2025-03-17", "relations": [{"event": "meeting", "relation": "related_to"}]}
    assert warnings(events=[EVENT, event]) == []


def related(plural: str, names: str, relation: str) -> list[dict[str, Any]]:
    """Return records that each refer to the next; the last one refers to none."""
    key = plural.removesuffix("s")
    return [
        {"id": name, "issues": ["matter"], "relations": [{key: following, "relation": relation}]}
        for name, following in pairwise(names)
    ]


@pytest.mark.parametrize("names", ["abd", "abcd", "aba", "abca"])
@pytest.mark.parametrize(
    ("plural", "relation"),
    [("events", "follows"), ("proposals", "narrower_than"), ("proposals", "step_after"), ("proposals", "supersedes")],
)
def test_relation_leads_to_no_record_before_itself(plural: str, relation: str, names: str) -> None:
    found = warnings(**{plural: related(plural, names, relation)})
    assert [pointer for pointer, _ in found] == [
        f"/{plural}/{place}/relations" for place in range(len(names) - 1) if names[0] == names[-1]
    ]
    assert not found or " → ".join(names) in found[0][1]


@pytest.mark.parametrize("relation", ["condition_for", "variant_of", "related_to"])
def test_proposals_may_be_related_to_each_other(relation: str) -> None:
    assert warnings(proposals=related("proposals", "aba", relation)) == []


@pytest.mark.parametrize(
    ("language", "quote", "fits"),
    [("en", "Yes", False), ("en-GB", "Yes", False), ("uk", "Yes", True), ("uk", "Так.", False)],
)
def test_original_of_a_quote_is_in_another_language(language: str, quote: str, fits: bool) -> None:
    statement = {"id": "one", "quote": quote, "quote_original": {"text": "Так.", "language": language}}
    found = [pointer for pointer, _ in warnings(statements=[statement])]
    assert found == ([] if fits else ["/statements/0/quote_original"])


@pytest.mark.parametrize(
    ("plural", "status", "date", "pointer"),
    [
        ("events", "occurred", "2099-01-01", "date"),
        ("events", "ongoing", "2025-03-19/..", "date"),
        ("events", "scheduled", "2020", "status"),
        ("events", "scheduled", "2099-01-01", None),
        ("events", "occurred", "2020/..", None),
        ("events", "cancelled", "2099-01-01", None),
        ("events", "threatened", "2099-01-01", None),
        ("positions", None, "2099-01-01", "date"),
        ("statements", None, "2025-04", "date"),
        ("statements", None, DAY, None),
    ],
)
def test_date_fits_that_of_the_source(plural: str, status: str | None, date: str, pointer: str | None) -> None:
    record = {"id": "one", "date": date, "date_basis": "stated"} | ({"status": status} if status else {})
    found = [
        pointer
        for pointer, _ in warnings(**{plural: [record | ({"proposal": "truce"} if plural == "positions" else {})]})
    ]
    assert found == ([f"/{plural}/0/{pointer}"] if pointer else [])


def test_command_warns_by_records_of_other_bundles(tmp_path: Path) -> None:
    """Of the bundles next to the file, or of the database if there is one."""
    first, second, text = tmp_path / "first.yaml", tmp_path / "second.yaml", tmp_path / "text.txt"
    first.write_text(json.dumps(base("truce", issues=ISSUES)))
    statement = {"id": "one", "proposals": ["truce"], "issues": ["other"]}
    second.write_text(json.dumps(bundle("second", digests(["Yes."]), statements=[statement])))
    text.write_text("Yes.")
    arguments, environment = ["verify", str(second), str(text)], {"READOUT_DATABASE": str(tmp_path / "readout.db")}
    for step in ("without a database", "with one"):
        result = CliRunner().invoke(cli, arguments, env=environment)
        assert (result.exit_code, result.stderr.count("Warning")) == (0, 1), (step, result.output)
        if first.exists():
            load([first], tmp_path / "readout.db")
            first.unlink()


def test_record_of_an_own_text_is_on_the_account_of_its_issuers() -> None:
    event = EVENT | {"voice": "party", "according_to": ["arland"]}
    assert warnings(events=[event]) == []
    data = base("truce", issues=ISSUES, events=[event])
    known = KnownRecords([Document(Path(), YamlDocument(data, {}))], None)
    for issuer, expected in {"arland": [], "borland": ["/events/0/according_to"]}.items():
        data["sources"][0]["issued_by"] = [issuer]
        assert [one.pointer for one in inconsistencies(data, known)] == expected
