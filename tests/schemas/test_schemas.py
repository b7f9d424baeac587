"""Rules of records: each once, for every type that it applies to."""

import copy
import time
import unicodedata
from random import Random
from typing import Any

import pytest
from edtf import parse_edtf
from marshmallow import ValidationError

from schemas import RECORDS, Party
from schemas.dates import date_span
from schemas.errors import FieldError, errors_from_marshmallow, nearest
from schemas.fields import UniqueList
from seed.bundles import SEED
from seed.storage.mapping import columns
from seed.yaml_document import parse_yaml

DOCUMENT = parse_yaml((SEED / "trump-putin-call.yaml").read_bytes()).data
SAMPLES = [(plural, DOCUMENT[plural][0]) for plural in RECORDS if DOCUMENT.get(plural)]
CITATION = {"source": "trump-putin-call-article", "paragraph": 1}
Sample = tuple[str, dict[str, Any]]


@pytest.fixture(params=SAMPLES, ids=[plural for plural, _ in SAMPLES])
def sample(request: pytest.FixtureRequest) -> Sample:
    plural, record = request.param
    return plural, copy.deepcopy(record)


def errors_in(plural: str, record: Any) -> list[FieldError]:
    try:
        RECORDS[plural]().load(record)
    except ValidationError as error:
        return list(errors_from_marshmallow(error.messages))
    return []


def test_valid_record_has_no_error(sample: Sample) -> None:
    assert errors_in(*sample) == []


def test_unknown_field_suggests_the_nearest(sample: Sample) -> None:
    plural, record = sample
    (error,) = errors_in(plural, {**record, "noet": "x"})
    assert (error.pointer, error.did_you_mean) == ("/noet", "note")


def test_unknown_field_called_schema_is_named(sample: Sample) -> None:
    """Marshmallow has the errors of an object as a whole under `_schema`."""
    plural, record = sample
    (error,) = errors_in(plural, {**record, "_schema": 1})
    assert error.pointer == "/_schema"


def test_every_required_field_is_required(sample: Sample) -> None:
    plural, record = sample
    for name, field in RECORDS[plural].declared().items():
        if field.required:
            (error,) = errors_in(plural, {key: value for key, value in record.items() if key != name})
            assert error.pointer == f"/{name}"


@pytest.mark.parametrize(
    "text", ["", " ", " x", "x ", "a\nb", "a\x00b", "\u2028", "x" * 2001, "\ud800", 1, None, [], {}]
)
def test_text_is_one_line_and_never_empty(sample: Sample, text: object) -> None:
    plural, record = sample
    (error,) = errors_in(plural, {**record, RECORDS[plural].label: text})
    assert error.pointer == f"/{RECORDS[plural].label}"


@pytest.mark.parametrize("id", ["", "A", "a b", "a--b", "-a", "a-", "ä", "a/b", "a" * 101, "a\n", None, 1])
def test_id_must_be_a_slug(sample: Sample, id: object) -> None:
    plural, record = sample
    assert {error.pointer for error in errors_in(plural, {**record, "id": id})} == {"/id"}


def test_record_without_citation_is_rejected(sample: Sample) -> None:
    plural, record = sample
    if "citations" in RECORDS[plural].declared():
        assert [error.pointer for error in errors_in(plural, {**record, "citations": []})] == ["/citations"]


def test_duplicate_citation_is_rejected(sample: Sample) -> None:
    plural, record = sample
    if "citations" in RECORDS[plural].declared():
        assert errors_in(plural, {**record, "citations": record["citations"][:1] * 2})[0].pointer == "/citations"


def test_source_may_repeat_a_paragraph() -> None:
    source = {**DOCUMENT["sources"][0], "paragraphs": 2}
    assert errors_in("sources", {**source, "paragraph_sha256": source["paragraph_sha256"][:1] * 2}) == []


def test_scalar_in_place_of_a_list_is_rejected(sample: Sample) -> None:
    plural, record = sample
    for name, field in RECORDS[plural].declared().items():
        if isinstance(field, UniqueList):
            (error,) = errors_in(plural, {**record, name: "one"})
            assert "[one, other]" in error.detail


def test_according_to_requires_voice_party(sample: Sample) -> None:
    plural, record = sample
    if "voice" in RECORDS[plural].declared():
        for voice, according_to in (("party", []), ("source", ["kremlin"]), ("unattributed", ["kremlin"])):
            (error,) = errors_in(plural, {**record, "voice": voice, "according_to": according_to})
            assert error.pointer == "/according_to"
        assert errors_in(plural, {**record, "voice": "party", "according_to": ["kremlin"]}) == []


def test_date_and_basis_require_each_other(sample: Sample) -> None:
    plural, record = sample
    if "date" in RECORDS[plural].declared():
        for date, basis in (("2025-03-18", None), (None, "stated")):
            assert errors_in(plural, {**record, "date": date, "date_basis": basis})[0].pointer == "/date_basis"


def test_date_known_from_elsewhere_is_one_on_which_others_depend(sample: Sample) -> None:
    plural, record = sample
    if "date" in RECORDS[plural].declared():
        errors = errors_in(plural, {**record, "date": "2025-03-18", "date_basis": "external"})
        assert [error.pointer for error in errors] == ([] if plural in ("sources", "events") else ["/date_basis"])
        assert all(error.allowed == ("stated", "resolved", "inferred") for error in errors)


@pytest.mark.parametrize(("target", "fits"), [("event", True), ("proposal", False), ("statement", False)])
def test_addition_of_a_date_known_from_elsewhere_is_to_an_event(target: str, fits: bool) -> None:
    addition = {"id": "day", target: "one", "summary": "A day.", "date": "2025-03-18", "date_basis": "external"}
    cited = {"citations": [{"source": "article", "paragraph": 1}]}
    pointers = [error.pointer for error in errors_in("additions", addition | cited)]
    assert pointers == ([] if fits else ["/date_basis"])


def test_derived_days_are_rejected(sample: Sample) -> None:
    plural, record = sample
    if "date" in RECORDS[plural].declared():
        assert errors_in(plural, {**record, "date_earliest": "2025-03-18"})[0].pointer == "/date_earliest"


def test_unknown_term_lists_the_allowed_ones(sample: Sample) -> None:
    plural, record = sample
    for column in columns(RECORDS[plural]):
        vocabulary = getattr(column.field, "vocabulary", None)
        if vocabulary and len(column.path) == 1:
            (error,) = (error for error in errors_in(plural, {**record, column.name: "purple"}) if error.allowed)
            assert error.pointer == f"/{column.name}"
            assert error.allowed == tuple(vocabulary)


@pytest.mark.parametrize(
    ("form", "quote", "is_valid"),
    [
        ("quotation", "words", True),
        ("quotation", None, False),
        ("paraphrase", None, True),
        ("paraphrase", "words", False),
    ],
)
def test_quotation_requires_a_quote(form: str, quote: str | None, is_valid: bool) -> None:
    record = {**DOCUMENT["statements"][0], "form": form, "quote": quote}
    assert [error.pointer for error in errors_in("statements", record)] == ([] if is_valid else ["/quote"])


@pytest.mark.parametrize("duration", ["P30D", "P1Y", "P2W", "P1Y2M3D"])
def test_duration_is_iso_8601(duration: str) -> None:
    assert errors_in("proposals", {**DOCUMENT["proposals"][0], "duration": duration}) == []


@pytest.mark.parametrize("duration", ["P", "30D", "P30", "PT1H", "P0D", "P1W2D", "p30d", "P30D "])
def test_invalid_duration_is_rejected(duration: str) -> None:
    assert errors_in("proposals", {**DOCUMENT["proposals"][0], "duration": duration})[0].pointer == "/duration"


@pytest.mark.parametrize(
    ("date", "earliest", "latest"),
    [
        ("2025-03-18", "2025-03-18", "2025-03-18"),
        ("2025-02", "2025-02-01", "2025-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024", "2024-01-01", "2024-12-31"),
        ("2025-03-10/2025-03-16", "2025-03-10", "2025-03-16"),
        ("2025-02/2025-03", "2025-02-01", "2025-03-31"),
        ("../2025-03-16", None, "2025-03-16"),
        ("2025-03-16/..", "2025-03-16", None),
        ("2025-03-11~", "2025-03-11", "2025-03-11"),
        ("2025-03-11?", "2025-03-11", "2025-03-11"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("2025-03-XX", "2025-03-01", "2025-03-31"),
    ],
)
def test_date_spans_the_days_it_may_mean(date: str, earliest: str | None, latest: str | None) -> None:
    assert date_span(date) == (earliest, latest)


@pytest.mark.parametrize(
    "date",
    [
        "", "yesterday", "2025-13", "2025-02-30", "18-03-2025", "20250318", "2025-3-18", "2025-03-18T10:00",
        "2025-03-16/2025-03-10", "[2025-03-10..2025-03-16]", "0XXX", "2025-03-18\n", "٢٠٢٥", "9" * 1000, "2025-25",
        "/", "2025-13/", "/2025-03-1", "Y", "Y2025-13-", "-44", "2025-21-01", "2025-02-30/", "X" * 1000,
        "2025-02-29", "1900-02-29~", "2025-02-29/2025-03", "2024-XX/2025", "/..%",
    ],
)  # fmt: skip
def test_invalid_edtf_is_rejected(date: str) -> None:
    with pytest.raises(ValueError, match=r"EDTF|begins|open at both"):
        date_span(date)


@pytest.mark.parametrize(
    ("date", "detail"),
    [
        (
            "2031-21",
            "a date with a season, which has no certain months. Write the months instead, as in 2031-03/2031-05.",
        ),
        ("2031-24~", "a date with a season"),
        ("2031-21/2031-23", "a date with a season"),
        ("2031-06/", "an interval with an unknown end. Write it as open: '2031-06/..'."),
        ("/2031-06-02?", "an interval with an unknown start. Write it as open: '../2031-06-02?'."),
        ("Y20310", "a date with a year outside those that are supported, 0001 to 9999. Write null."),
        ("Y-17", "a date with a year outside those that are supported"),
        ("-0044", "a date with a year outside those that are supported"),
        ("../-0100-03", "a date with a year outside those that are supported"),
        ("0000", "a date with a year outside those that are supported"),
        ("0000-12-31/2025", "a date with a year outside those that are supported"),
        ("00XX", "a date with a year outside those that are supported"),
        ("XXXX", "a date without a year, which may be any. Write null."),
        ("XXXX-12-XX", "a date without a year"),
        ("2031-06-02T10:00:00", "a day with a time of day, which no date has here. Write the day alone."),
        ("2031-06-02T10:00:00+03:00", "a day with a time of day"),
    ],
)
def test_other_forms_of_edtf_are_named(date: str, detail: str) -> None:
    """Their error says what they are, not that they are no EDTF."""
    (error,) = errors_in("events", {**DOCUMENT["events"][0], "date": date})
    assert error.pointer == "/date"
    assert error.detail.startswith(f"{date!r} is {detail}")
    assert "EDTF" not in error.detail


@pytest.mark.parametrize(
    ("date", "instead"),
    [
        ("2031-06/", "2031-06/.."),
        ("/2031-06", "../2031-06"),
        ("2031-06-02T10:00:00Z", "2031-06-02"),
        ("2031-6-2", "2031-06-02"),
        ("2031-21", None),
        ("-0044", None),
    ],
)
def test_nearest_date_is_suggested(date: str, instead: str | None) -> None:
    (error,) = errors_in("events", {**DOCUMENT["events"][0], "date": date})
    assert error.did_you_mean == instead


DATES = [
    f"{year}{rest}{mark}"
    for year in ("2024", "2025", "1900", "0001", "9999")
    for rest in ("", "-02", "-12", "-02-28", "-12-31")
    for mark in ("", "~", "?", "%")
]
INTERVALS = [f"{first}/{last}" for first, last in zip(sorted(DATES), sorted(DATES)[1:], strict=False)]


@pytest.mark.parametrize("text", [*DATES[::3], *INTERVALS[::7], "../2025-03", "2025-03~/..", "19XX", "202X", "2025-XX"])
def test_date_means_what_the_edtf_package_says(text: str) -> None:
    """The package is the reference for valid dates; `schemas/dates.py` says why it is not used."""
    parsed = parse_edtf(text)
    days = [
        None if isinstance(day, float) else "{:04d}-{:02d}-{:02d}".format(*day[:3])
        for day in (parsed.lower_strict(), parsed.upper_strict())
    ]
    assert list(date_span(text)) == days


def test_malformed_dates_cost_nothing() -> None:
    """Sets of EDTF level 2 cost the edtf package up to 0.8 s each."""
    start = time.perf_counter()
    for number in range(2000):
        with pytest.raises(ValueError, match="EDTF"):
            date_span("{" + ",".join(["2025"] * 19) + f",{number}}}")
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("id", ["null", "unattributed"])
def test_reserved_id_is_rejected(sample: Sample, id: str) -> None:
    plural, record = sample
    assert [error.pointer for error in errors_in(plural, {**record, "id": id})] == ["/id"]


@pytest.mark.parametrize(
    "character",
    ["\u200b", "\u200c", "\u200d", "\u202e", "\u2066", "\u2800", "\u00ad", "\ufeff", "\ufe0f", "\u3164", "\U0001d173",
     "\U0001bca0", "\U00013430"],
    ids=ascii,
)  # fmt: skip
def test_invisible_characters_are_rejected(character: str) -> None:
    party = {"id": "somebody", "name": f"Some{character}body", "kind": "person", "citations": [CITATION]}
    (error,) = errors_in("parties", party)
    assert error.pointer == "/name"
    assert f"U+{ord(character):04X}" in error.detail


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x9b", "\x85", "\u2028", " ", "\n"], ids=ascii)
@pytest.mark.parametrize("form", ["{}Some", "Some{}", "So{}me", "{}", "Élysée{}"])
def test_control_characters_and_spaces_around_a_text_are_rejected(character: str, form: str) -> None:
    party = {"id": "somebody", "name": form.format(character), "kind": "person", "citations": [CITATION]}
    expected = [] if (character, form) == (" ", "So{}me") else ["/name"]
    assert [error.pointer for error in errors_in("parties", party)] == expected


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("\u0301", "no visible character"),
        ("\u0301\u0600", "no visible character"),
        ("A\ue000", "private-use character U+E000"),
        ("A\U0010fffd", "private-use character U+10FFFD"),
        ("A\u0378", "unassigned character U+0378"),
        ("A\uffff", "unassigned character U+FFFF"),
        ("A" + "\u0335" * 9, "more than 8 combining marks in a row"),
        ("A" + "\u0335" * 1900 + "B", "more than 8 combining marks in a row"),
    ],
    ids=ascii,
)
def test_characters_that_say_nothing_are_rejected(text: str, detail: str) -> None:
    party = {"id": "somebody", "name": text, "kind": "person", "citations": [CITATION]}
    (error,) = errors_in("parties", party)
    assert error.pointer == "/name"
    assert detail in error.detail


@pytest.mark.parametrize(
    "text",
    [
        *("A" + "\u0335" * 8, "בְּרֵאשִׁ֖ית", "ཧཱུྃ", "กี่", "e\u0301", "…", "☮"),
        "می\u200cخواهم",
        "न्\u200dय",
        "Love \u2764\ufe0f\u200d\U0001f525 wins",
        "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    ],
)  # fmt: skip
def test_marks_and_joiners_of_scripts_and_emoji_are_accepted(text: str) -> None:
    party = {"id": "somebody", "name": text, "kind": "person", "citations": [CITATION]}
    assert errors_in("parties", party) == []


def test_name_of_joiners_alone_is_rejected() -> None:
    party = {"id": "nobody", "name": "\u200d\u200c", "kind": "person", "citations": [CITATION]}
    assert [error.pointer for error in errors_in("parties", party)] == ["/name"]


def test_text_is_stored_in_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Зеленський")
    party = {"id": "zelenskyy", "name": decomposed, "kind": "person", "citations": [CITATION]}
    assert Party().load(party)["name"] == unicodedata.normalize("NFC", decomposed)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("UK", "GB"),
        ("ZZ", None),
        ("EL", "GR"),
        ("el", "GR"),
        ("uk", "GB"),
        ("ru", "RU"),
        ("USA", "US"),
        ("Russia", "RU"),
        ("x" * 5000, None),
    ],
)
def test_country_that_does_not_exist_is_rejected(code: str, hint: str | None) -> None:
    party = {"id": "a", "name": "A", "kind": "state", "country": code, "citations": [CITATION]}
    (error,) = errors_in("parties", party)
    assert (error.pointer, error.did_you_mean) == ("/country", hint)


OTHER_DATES = [
    ("2025-3-8", "2025-03-08"),
    ("2025/03/18", "2025-03-18"),
    ("2025.3", "2025-03"),
    ("20250318", "2025-03-18"),
    ("2025-03-18T10:00", "2025-03-18"),
    ("2025-02-30", None),
    ("03/08/2025", None),
    ("2025-3-8" + "T" * 5000, "2025-03-08"),
]


@pytest.mark.parametrize(("text", "hint"), OTHER_DATES)
def test_date_in_another_form_gets_a_suggestion(text: str, hint: str | None) -> None:
    question = {"id": "a", "question": "Is it so?", "status": "open", "citations": [CITATION]}
    events = {**question, "date": text, "date_basis": "stated"}
    assert [error.did_you_mean for error in errors_in("events", events) if error.pointer == "/date"] == [hint]


@pytest.mark.parametrize(
    ("word", "allowed", "suggestion"),
    [
        ("evnts", ["events", "parties"], "events"),
        ("tumpr", ["trump", "putin"], "trump"),
        ("energy-strike-halt", ["energy-strikes-halt"], "energy-strikes-halt"),
        ("opposes", ["proposes", "rejects"], None),
        ("agreed", ["alleged"], None),
        ("uk", ["us"], "us"),
        ("1", ["x", "1a"], None),
        ("X", ["x"], "x"),
        ("", ["x"], None),
        ("x" * 5000, ["x" * 90], None),
    ],
)
def test_only_misspellings_get_a_suggestion(word: str, allowed: list[str], suggestion: str | None) -> None:
    assert nearest(word, allowed) == suggestion


def test_suggestions_take_bounded_time() -> None:
    """5.5 ms a pair with difflib: 20 ids against 1,000 took minutes."""
    draw = Random(1)  # noqa: S311 - test data
    ids = ["".join(draw.choices("ab", k=100)) for _ in range(6000)]
    start = time.perf_counter()
    for text in ids[:20]:
        nearest(text[:-1] + "c", ids)
    assert time.perf_counter() - start < 10
