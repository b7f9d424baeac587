"""A bundle's YAML is read as people mean it, and refused by line where it means nothing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bundle import validate_bundle
from seed.validation import check_documents
from seed.yaml_document import YamlError, parse_yaml


def test_dates_countries_and_codes_stay_text() -> None:
    document = parse_yaml("{date: 2025-03-18, country: NO, answer: yes, cameo: 041, time: 12:30, hex: 0x1f, id: 1e3}")
    assert set(map(type, document.data.values())) == {str}


def test_numbers_truths_and_nothing_are_what_they_look_like() -> None:
    assert parse_yaml("[1, -20, 1.5, true, False, null, ~, '1', \"true\"]").data == [
        1,
        -20,
        1.5,
        True,
        False,
        None,
        None,
        "1",
        "true",
    ]


def test_everything_has_its_line() -> None:
    document = parse_yaml("a:\n  - b: 1\n    c:\n      d: 2\n  - e\n")
    assert [document.line(pointer) for pointer in ("/a", "/a/0/b", "/a/0/c/d", "/a/1")] == [1, 2, 4, 5]
    assert document.line("/a/0/c/nothing/at/all") == 3


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\nb: [1\n", 3, "Not YAML"),
        ("a: 1\n\tb: 2\n", 2, "Not YAML"),
        (b"a: \xff\n", 1, "Not YAML"),
        ("a: \x00", 1, "Not YAML"),
        ("a: 1\na: 2\n", 2, "Stands in the same place twice"),
        ("a: &x [1]\nb: *x\n", 1, "anchors and aliases"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("? [a]\n: 1\n", 1, "keys that are not text"),
        ("[" * 900, 1, "levels"),
        ("[" * 5000, 1, "nesting depth"),
        ("a: " * 3, 1, "Not YAML"),
    ],
)
def test_what_bundles_do_not_use_is_refused_with_its_line(text: str | bytes, line: int, told: str) -> None:
    with pytest.raises(YamlError) as refused:
        parse_yaml(text)
    assert refused.value.line == line
    assert told in str(refused.value)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(text: bytes) -> None:
    with suppress(YamlError):
        parse_yaml(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sources", "parties", "id", "citations", "source", "paragraph", "date"]), inner
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_no_document_breaks_the_checks(document: object) -> None:
    ((records, faults),) = check_documents([document], None)
    assert (records is None) == bool(faults)


@pytest.mark.parametrize(
    "document", [None, [], "text", 1, {}, {"sources": None}, {"sources": [None]}, {"sources": [1, {}]}]
)
def test_what_is_no_bundle_at_all_is_a_fault(document: object) -> None:
    records, faults = validate_bundle(document)
    assert records is None
    assert faults
