"""Quotation marks of several languages: real quotes are found, prose is never taken for one."""

import time

import pytest

from seed.quotations import quotations, without_quotations


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("„Wir sind bereit“, sagte der Minister und kritisierte danach den Rat.", ["Wir sind bereit"]),
        ("”Vi är redo”, sade hon och ”gick hem”.", ["Vi är redo", "gick hem"]),
        ("« Nous sommes prêts », dit-il, « et forts »", [" Nous sommes prêts ", " et forts "]),
        ("»Wir gehen«, sagte er, »bald«.", ["Wir gehen", "bald"]),
        ("„Tak”, powiedział i „nie”.", ["Tak", "nie"]),
        ("‚Ja‘, sagte er, ‚nein‘", ["Ja", "nein"]),
        ("彼は「準備はできた」と言った", ["準備はできた"]),
        ("He said: “We are ready” and “go”.", ["We are ready", "go"]),
        ("“We’re here” said the boys’ coach", ["We’re here"]),
        ("the boys’ team said ‘it’s over’ and left", ["it’s over"]),
        ("O'Neil's 'great' idea", ["great"]),
        ("“A ‘b’ c” d", ["A ‘b’ c"]),
    ],
)
def test_quotations_of_each_kind_are_found(line: str, quoted: list[str]) -> None:
    assert list(quotations(line)) == quoted


@pytest.mark.parametrize(
    "line",
    [
        "the '90s and the leaders' talks",
        "she said 'I'm going to the boys' house' and left",
        "get 'em, the leaders' men said",
        "prose ‘said prose",
        'a pipe of 5" and one of 6"',
    ],
)
def test_ambiguous_marks_quote_nothing(line: str) -> None:
    assert list(quotations(line)) == []


def test_closing_mark_of_another_language_lets_no_prose_through() -> None:
    """U+201C opens in English and closes in German."""
    assert list(quotations("“foo“ prose “bar“ more")) == ["foo", "bar"]


def test_quotations_are_cut_out_of_the_prose() -> None:
    assert without_quotations("He said “yes” and „no“.") == "He said “ | ” and „ | “."


@pytest.mark.parametrize("text", ["‘said ", "“a", "„a ", "'a ", '"a '])
def test_time_is_linear(text: str) -> None:
    began = time.perf_counter()
    list(quotations(text * 20_000))
    assert time.perf_counter() - began < 2
