"""YAML bundles: how values are read, and errors with their line and what to do."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed.yaml_document import YamlError, parse_yaml


def test_dates_countries_and_codes_stay_text() -> None:
    document = parse_yaml("{date: 2025-03-18, country: NO, answer: yes, cameo: 041, time: 12:30, hex: 0x1f, id: 1e3}")
    assert set(map(type, document.data.values())) == {str}


def test_numbers_booleans_and_null_are_read_as_such() -> None:
    values = [1, -20, 1.5, 5.0e-05, True, False, None, None, "1", "true"]
    assert parse_yaml("[1, -20, 1.5, 5.0e-05, true, False, null, ~, '1', \"true\"]").data == values


def test_every_value_has_its_line() -> None:
    document = parse_yaml("a:\n  - b: 1\n    c:\n      d: 2\n  - e\n")
    assert [document.line(pointer) for pointer in ("/a", "/a/0/b", "/a/0/c/d", "/a/1")] == [1, 2, 4, 5]
    assert document.line("/a/0/c/nothing/at/all") == 3


def test_byte_order_mark_is_ignored() -> None:
    assert parse_yaml(b"\xef\xbb\xbfa: 1\n").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "detail"),
    [
        ("a: 1\nb: [1\n", 3, "commas between its items"),
        ("a: 1\n\tb: 2\n", 2, "Indent with spaces, not tabs"),
        ("a: 1\ntitle: Talks: developing\n", 2, "Put text that contains a colon and a space in quotes"),
        ('a: 1\ntitle: "No" he said\n', 2, "Put the whole text in quotes"),
        ("a: 'open\n", 2, "is not closed"),
        ("a: @reuters\n", 1, "in quotes"),
        (b"a: 1\nb: caf\xe9\n", 2, "Not UTF-8 text: byte 0xE9, in Latin-1 '\u00e9'. Save it as UTF-8."),
        ("a: b\n".encode("utf-16"), 1, "UTF-16"),
        ("a: 1\nb: \x00", 2, "control character U+0000"),
        ("a: \x9b", 1, "control character U+009B"),
        ("a: 1\na: 2\n", 2, "The same key occurs twice"),
        ("a: &x [1]\nb: *x\n", 1, "anchors and aliases"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("? [a]\n: 1\n", 1, "keys that are not text"),
        (f"a:\n  ? {'k' * 300}\n  : [1]\n", 2, "/a: Bundles must not use keys this long"),
        ("[" * 900, 1, "levels"),
        ("[" * 5000, 1, "nesting depth"),
        ("a: " * 3, 1, "Not YAML"),
    ],
)
def test_invalid_yaml_has_a_line_and_advice(text: str | bytes, line: int, detail: str) -> None:
    with pytest.raises(YamlError) as refusal:
        parse_yaml(text)
    assert refusal.value.line == line
    assert detail in str(refusal.value)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(content: bytes) -> None:
    with suppress(YamlError):
        parse_yaml(content)
