"""What a record may hold: each rule once, for every type that has it."""

import copy
import time
from typing import Any

import pytest
from edtf import parse_edtf
from marshmallow import ValidationError

from schemas import RECORDS
from schemas.dates import date_span
from schemas.errors import FieldError, errors_from_marshmallow
from schemas.fields import UniqueList
from seed.bundles import SEED
from seed.storage.mapping import columns
from seed.yaml_document import parse_yaml

SHIPPED = parse_yaml((SEED / "trump-putin-call.yaml").read_bytes()).data
SAMPLES = [(plural, SHIPPED[plural][0]) for plural in RECORDS if SHIPPED.get(plural)]
Sample = tuple[str, dict[str, Any]]


@pytest.fixture(params=SAMPLES, ids=[plural for plural, _ in SAMPLES])
def sample(request: pytest.FixtureRequest) -> Sample:
    plural, record = request.param
    return plural, copy.deepcopy(record)


def faults(plural: str, record: Any) -> list[FieldError]:
    try:
        RECORDS[plural]().load(record)
    except ValidationError as error:
        return list(errors_from_marshmallow(error.messages))
    return []


def test_a_sound_record_has_no_fault(sample: Sample) -> None:
    assert faults(*sample) == []


def test_an_unknown_field_is_refused_with_the_nearest(sample: Sample) -> None:
    plural, record = sample
    (fault,) = faults(plural, {**record, "noet": "x"})
    assert (fault.pointer, fault.did_you_mean) == ("/noet", "note")


def test_every_required_field_is_required(sample: Sample) -> None:
    plural, record = sample
    for name, field in RECORDS[plural].declared().items():
        if field.required:
            (fault,) = faults(plural, {key: value for key, value in record.items() if key != name})
            assert fault.pointer == f"/{name}"


@pytest.mark.parametrize(
    "text", ["", " ", " x", "x ", "a\nb", "a\x00b", "\u2028", "x" * 2001, "\ud800", 1, None, [], {}]
)
def test_text_is_one_line_and_never_empty(sample: Sample, text: object) -> None:
    plural, record = sample
    (fault,) = faults(plural, {**record, RECORDS[plural].label: text})
    assert fault.pointer == f"/{RECORDS[plural].label}"


@pytest.mark.parametrize("id", ["", "A", "a b", "a--b", "-a", "a-", "ä", "a/b", "a" * 101, "a\n", None, 1])
def test_an_id_is_a_slug(sample: Sample, id: object) -> None:
    plural, record = sample
    assert {fault.pointer for fault in faults(plural, {**record, "id": id})} == {"/id"}


def test_a_record_without_a_citation_is_refused(sample: Sample) -> None:
    plural, record = sample
    if "citations" in RECORDS[plural].declared():
        assert [fault.pointer for fault in faults(plural, {**record, "citations": []})] == ["/citations"]


def test_a_citation_that_stands_twice_is_refused(sample: Sample) -> None:
    plural, record = sample
    if "citations" in RECORDS[plural].declared():
        assert faults(plural, {**record, "citations": record["citations"][:1] * 2})[0].pointer == "/citations"


def test_a_paragraph_may_stand_twice_in_a_source() -> None:
    source = {**SHIPPED["sources"][0], "paragraphs": 2}
    assert faults("sources", {**source, "paragraph_sha256": source["paragraph_sha256"][:1] * 2}) == []


def test_what_is_no_list_is_told_how_to_be_one(sample: Sample) -> None:
    plural, record = sample
    for name, field in RECORDS[plural].declared().items():
        if isinstance(field, UniqueList):
            (fault,) = faults(plural, {**record, name: "one"})
            assert "[one, other]" in fault.detail


def test_a_party_is_named_when_and_only_when_it_is_its_word(sample: Sample) -> None:
    plural, record = sample
    if "voice" in RECORDS[plural].declared():
        for voice, according_to in (("party", []), ("source", ["kremlin"]), ("unattributed", ["kremlin"])):
            (fault,) = faults(plural, {**record, "voice": voice, "according_to": according_to})
            assert fault.pointer == "/according_to"
        assert faults(plural, {**record, "voice": "party", "according_to": ["kremlin"]}) == []


def test_a_date_has_a_basis_and_a_basis_a_date(sample: Sample) -> None:
    plural, record = sample
    if "date" in RECORDS[plural].declared():
        for date, basis in (("2025-03-18", None), (None, "stated")):
            assert faults(plural, {**record, "date": date, "date_basis": basis})[0].pointer == "/date_basis"


def test_derived_days_cannot_be_written(sample: Sample) -> None:
    plural, record = sample
    if "date" in RECORDS[plural].declared():
        assert faults(plural, {**record, "date_earliest": "2025-03-18"})[0].pointer == "/date_earliest"


def test_a_term_outside_its_vocabulary_is_refused_with_those_inside(sample: Sample) -> None:
    plural, record = sample
    for column in columns(RECORDS[plural]):
        vocabulary = getattr(column.field, "vocabulary", None)
        if vocabulary and len(column.path) == 1:
            (fault,) = (fault for fault in faults(plural, {**record, column.name: "purple"}) if fault.allowed)
            assert fault.pointer == f"/{column.name}"
            assert fault.allowed == tuple(vocabulary)


@pytest.mark.parametrize(
    ("form", "quote", "sound"),
    [
        ("quotation", "words", True),
        ("quotation", None, False),
        ("paraphrase", None, True),
        ("paraphrase", "words", False),
    ],
)
def test_a_quotation_has_a_quote_and_a_paraphrase_none(form: str, quote: str | None, sound: bool) -> None:
    record = {**SHIPPED["statements"][0], "form": form, "quote": quote}
    assert [fault.pointer for fault in faults("statements", record)] == ([] if sound else ["/quote"])


@pytest.mark.parametrize("duration", ["P30D", "P1Y", "P2W", "P1Y2M3D"])
def test_a_duration_is_iso_8601(duration: str) -> None:
    assert faults("proposals", {**SHIPPED["proposals"][0], "duration": duration}) == []


@pytest.mark.parametrize("duration", ["P", "30D", "P30", "PT1H", "P0D", "P1W2D", "p30d", "P30D "])
def test_what_is_no_duration_is_refused(duration: str) -> None:
    assert faults("proposals", {**SHIPPED["proposals"][0], "duration": duration})[0].pointer == "/duration"


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
def test_a_date_spans_the_days_it_may_mean(date: str, earliest: str | None, latest: str | None) -> None:
    assert date_span(date) == (earliest, latest)


@pytest.mark.parametrize(
    "date",
    [
        "", "yesterday", "2025-13", "2025-02-30", "18-03-2025", "20250318", "2025-3-18", "2025-03-18T10:00:00Z",
        "2025-03-16/2025-03-10", "/2025-03-16", "2025-03-16/", "[2025-03-10..2025-03-16]", "Y17000", "2025-21",
        "-0044", "../-0100", "0000", "0XXX", "0000-12-31/2025", "2025-03-18\n", "٢٠٢٥", "9" * 1000,
        "2025-02-29", "1900-02-29~", "2025-02-29/2025-03", "2024-XX/2025", "/..%",
    ],
)  # fmt: skip
def test_what_is_no_edtf_date_of_level_0_or_1_is_refused(date: str) -> None:
    with pytest.raises(ValueError, match=r"EDTF|begins"):
        date_span(date)


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
    began = time.perf_counter()
    for number in range(2000):
        with pytest.raises(ValueError, match="EDTF"):
            date_span("{" + ",".join(["2025"] * 19) + f",{number}}}")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("id", ["null", "source", "unattributed"])
def test_no_record_is_called_what_means_something_else(sample: Sample, id: str) -> None:
    plural, record = sample
    assert [fault.pointer for fault in faults(plural, {**record, "id": id})] == ["/id"]
