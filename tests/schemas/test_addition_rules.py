"""What additions may say of a record: the dates that agree, the names and identifiers that are new."""

from typing import Any

import pytest

from schemas.addition_rules import MAX_ADDITIONS, find_conflicts, read_addition, read_target
from schemas.party import MAX_ALIASES
from schemas.record import MAX_CITATIONS

PARTY = {
    "id": "adviser",
    "name": "An adviser",
    "aliases": ["Élysée"],
    "identifiers": [{"scheme": "s", "identifier": "1"}],
}


def conflicts(record: dict[str, Any], *additions: dict[str, Any]) -> list[tuple[str, str]]:
    """Return id and pointer of each conflict."""
    read = [read_addition({"id": f"a{place}", **one}, "later") for place, one in enumerate(additions)]
    found = find_conflicts(read_target(record, "earlier", "name"), filter(None, read))
    return sorted((conflict.addition.id, conflict.pointer) for conflict in found)


@pytest.mark.parametrize(
    ("date", "added"),
    [
        (None, "2025"),
        (None, "../2025-03-18"),
        ("2025-03", "2025-03-11"),
        ("2025-03", "2025-03-10/2025-03-16"),
        ("2025-03", "2025-03-11~"),
        ("202X", "2025"),
        ("2025-03-11~", "2025-03-11"),
        ("../2025-03-18", "2025-03-18"),
        ("../2025-03-18", "../2025-02-01"),
        ("2025-02/..", "2025-03/.."),
        ("2025-02/..", "2025-02-01/2025-03"),
    ],
)
def test_sharper_date_is_accepted(date: str | None, added: str) -> None:
    assert conflicts({"date": date}, {"event": "e", "date": added}) == []


@pytest.mark.parametrize(
    ("date", "added"),
    [
        ("2025-03", "2025-04-01"),
        ("2025-03", "2025-03"),
        ("2025-03", "2025-03-XX"),
        ("2025-03", "2025-03~"),
        ("2025-03", "2025"),
        ("2025-03", "2025-03-31/2025-04-01"),
        ("2025-03-11", "2025-03-11"),
        ("2025-03-11~", "2025-03-11?"),
        ("../2025-03-18", "2025-03-18/.."),
        ("2025-02/..", "../2025-03"),
    ],
)
def test_other_date_is_rejected(date: str, added: str) -> None:
    assert conflicts({"date": date}, {"event": "e", "date": added}) == [("a0", "/date")]


@pytest.mark.parametrize(
    ("dates", "contradicting"),
    [
        (["2025-03-11", "2025-03-11"], []),
        (["2025-03-11", "2025-03-11~", "2025-03", "2025-03-10/2025-03-12"], []),
        (["2025-03-11", "2025-03-12"], ["a0", "a1"]),
        (["2025-03-10/2025-03-12", "2025-03-11/2025-03-13"], ["a0", "a1"]),
        (["2025-03-11", "2025-03", "2025-04"], ["a0", "a2"]),
        (["2025-03-11", "2025-03", None], []),
    ],
)
def test_dates_of_several_additions_lie_within_each_other(dates: list[str | None], contradicting: list[str]) -> None:
    found = conflicts({"date": None}, *({"event": "e", "date": date} for date in dates))
    assert found == [(id, "/date") for id in contradicting]


def test_additions_to_one_record_are_limited() -> None:
    """Every response with the record contains them."""
    additions = [{"party": "adviser"}] * MAX_ADDITIONS
    assert conflicts(PARTY, *additions) == []
    assert len(conflicts(PARTY, *additions, {"party": "adviser"})) == MAX_ADDITIONS + 1


@pytest.mark.parametrize(("name", "most"), [("aliases", MAX_ALIASES), ("citations", MAX_CITATIONS)])
def test_record_with_its_additions_keeps_the_limits_of_a_record(name: str, most: int) -> None:
    def some(start: int, count: int) -> list[Any]:
        numbers = map(str, range(start, start + count))
        return list(numbers) if name == "aliases" else [{"source": "s", "paragraph": number} for number in numbers]

    record = {**PARTY, name: some(0, most // 2)}
    fitting = {"party": "adviser", name: some(most // 2, most - most // 2)}
    assert conflicts(record, fitting) == []
    assert conflicts(record, fitting, {"party": "adviser", name: some(most, 1)}) == [
        ("a0", f"/{name}"),
        ("a1", f"/{name}"),
    ]


def test_planned_event_gets_no_day() -> None:
    planned = {"date": None, "status": "planned"}
    assert conflicts(planned, {"event": "e", "date": "2025-03"}) == []
    assert conflicts(planned, {"event": "e", "date": "2025-03-11"}) == [("a0", "/date")]
    assert conflicts({"date": None, "status": "occurred"}, {"event": "e", "date": "2025-03-11"}) == []


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"aliases": ["a new name"]}, []),
        ({"aliases": ["a new name", "an ADVISER"]}, ["/aliases/1"]),
        ({"aliases": ["e\u0301lyse\u0301e"]}, ["/aliases/0"]),
        ({"aliases": ["an\u00a0 adviser"]}, ["/aliases/0"]),
        ({"identifiers": [{"scheme": "other", "identifier": "1"}]}, []),
        ({"identifiers": [{"identifier": "1", "scheme": "s"}]}, ["/identifiers/0"]),
        ({"identifiers": [{"scheme": "s", "identifier": "2"}]}, ["/identifiers/0"]),
    ],
)
def test_name_or_identifier_of_the_party_is_not_added_again(changes: dict[str, Any], pointers: list[str]) -> None:
    assert [pointer for _, pointer in conflicts(PARTY, {"party": "adviser", **changes})] == pointers


@pytest.mark.parametrize(
    ("identifiers", "contradicting"),
    [
        ([["1"], ["1"]], []),
        ([["1", "2"]], [("a0", "/identifiers/0"), ("a0", "/identifiers/1")]),
        ([["1"], ["2"]], [("a0", "/identifiers/0"), ("a1", "/identifiers/0")]),
        ([["1"], ["1"], ["2"]], [(f"a{place}", "/identifiers/0") for place in range(3)]),
    ],
)
def test_additions_give_one_identifier_in_a_register(
    identifiers: list[list[str]], contradicting: list[tuple[str, str]]
) -> None:
    additions = (
        {"party": "adviser", "identifiers": [{"scheme": "other", "identifier": one} for one in some]}
        for some in identifiers
    )
    assert conflicts(PARTY, *additions) == contradicting


def test_unnamed_party_gets_no_identifier() -> None:
    added = {"party": "adviser", "identifiers": [{"scheme": "s", "identifier": "2"}]}
    assert conflicts(PARTY | {"named": False, "identifiers": []}, added) == [("a0", "/identifiers")]
    assert conflicts(PARTY | {"named": False}, {"party": "adviser", "aliases": ["A name"]}) == []


def test_record_of_the_same_bundle_is_not_added_to() -> None:
    target = read_target(PARTY, "later", "name")
    added = read_addition({"id": "a", "party": "adviser"}, "later")
    assert added
    assert [conflict.pointer for conflict in find_conflicts(target, [added])] == ["/party"]


@pytest.mark.parametrize(
    "addition",
    [
        {"id": "a"},
        {"id": "a", "party": "A B"},
        {"id": ["a"], "party": "b"},
        {"id": "a", "party": "b", "event": "c"},
    ],
)
def test_addition_without_a_record_is_not_read(addition: dict[str, Any]) -> None:
    assert read_addition(addition, "later") is None


def test_invalid_values_are_ignored() -> None:
    """The schema reports them."""
    added = {"party": "p", "date": "soon", "aliases": [1, None], "identifiers": ["x", {"scheme": 1}]}
    assert conflicts({"date": 5, "name": None, "aliases": "x", "identifiers": {}}, added) == []
