"""Rules of single records that follow from the definitions of their vocabularies, and advice in messages."""

import copy
from typing import Any

import pytest

from schemas import RECORDS
from schemas.addition import DATED_TARGETS, TARGETS
from schemas.errors import FieldError
from schemas.plover import MODES_BY_EVENT, PLOVER_EVENTS, PLOVER_MODES
from schemas.vocabularies import EVENT_PROPOSAL_RELATIONS
from seed.validation import validate_record
from tests.support.bundle_files import ARTICLE, read_document
from tests.support.small_bundles import ADDING

DOCUMENT = read_document(ARTICLE) | {"additions": ADDING["additions"]}
CODES = {"cameo": "041", "plover": {"event": "CONSULT", "mode": "phone", "context": ["diplomatic"]}}
PLACE = {"name": "Jeddah", "country": "SA"}
DAY = {"date": "2025-03-23", "date_basis": "stated"}
NO_DATE = {"date": None, "date_basis": None, "date_wording": None}


def errors_in(plural: str, **changes: Any) -> list[FieldError]:
    """Return the errors of the first record of a type with some fields changed."""
    return validate_record(plural, copy.deepcopy(DOCUMENT[plural][0]) | changes)[1]


def relations(*names: str) -> list[dict[str, str]]:
    """Return relations to one proposal."""
    return [{"proposal": "a", "relation": name} for name in names]


ANSWER, OTHER_ANSWER = {"statement": "a"}, {"event": "b"}
OWN_TEXT = {"kind": "readout", "issued_by": ["kremlin"]}
ORIGINAL = {"text": "отреагировал положительно", "language": "ru"}
VALID: list[tuple[str, dict[str, Any]]] = [
    ("positions", {"stance": "accepts_conditionally", "conditions": ["end-of-foreign-support"]}),
    ("positions", {"stance": "accepts", "conditions": []}),
    ("positions", {"stance": "offers", "conditions": ["end-of-foreign-support"]}),
    ("events", {"status": "scheduled", "place": PLACE, **NO_DATE}),
    ("events", {"status": "scheduled", "place": None, **DAY}),
    ("events", {"status": "scheduled", "place": None, **DAY, "date": "2025-03-23/2025-03-24"}),
    ("events", {"status": "scheduled", "place": PLACE, **DAY, "date": "2025-03"}),
    ("events", {"status": "planned", "place": None, **NO_DATE}),
    ("events", {"status": "planned", "place": None, **DAY, "date": "2025-03"}),
    ("events", {"status": "alleged", "voice": "party", "according_to": ["kremlin"]}),
    ("events", {"place": PLACE | {"lat": 21.5, "lon": 39.2}}),
    ("sources", {"text_url": "https://example.org?by=@kremlin"}),
    ("sources", {"text_url": "https://example.org#@kremlin"}),
    ("sources", {"text_url": "https://example.org/@kremlin"}),
    ("sources", {"text_url": "https://[1:2:3]/"}),
    ("events", {"codes": CODES}),
    ("events", {"codes": CODES | {"plover": {"event": "ASSAULT"}}}),
    ("parties", {"named": False, "identifiers": []}),
    ("parties", {"name": "Élysée", "aliases": ["Elysée", "the Élysée"]}),
    *(("sources", {"language": tag}) for tag in ("uk", "pt-BR", "zh-Hant", "sr-latn-rs", "yue", "es-419", "de-1996")),
    ("parties", {"identifiers": [{"scheme": "wikidata", "identifier": "Q159"}]}),
    ("issues", {"part_of": None}),
    ("issues", {"part_of": "general-ceasefire"}),
    ("questions", {"status": "open", "answered_by": []}),
    ("questions", {"status": "answered", "answered_by": [ANSWER]}),
    ("questions", {"status": "answered", "answered_by": [ANSWER, OTHER_ANSWER, {"position": "c"}]}),
    ("questions", {"status": "contradictory", "answered_by": [ANSWER, OTHER_ANSWER]}),
    ("questions", {"status": "answered", "answered_by": [ANSWER | {"event": None, "position": None}]}),
    ("questions", {"issues": [], "events": [], "proposals": [], "parties": []}),
    ("sources", {"kind": "news_article", "issued_by": []}),
    ("sources", OWN_TEXT),
    ("sources", {"kind": "official_statement", "issued_by": ["kremlin", "white-house"]}),
    ("sources", {"kind": "joint_statement", "issued_by": ["ukraine", "united-states"]}),
    ("sources", {"text_url": "https://example.org/readout", "retrieved_at": "2025-03-18T21:40:00Z"}),
    ("sources", {"id": "a", "supersedes": "b"}),
    ("positions", {"on_behalf_of": None}),
    ("positions", {"on_behalf_of": []}),
    ("positions", {"on_behalf_of": ["russia", "kremlin"]}),
    ("events", {"time": None, **DAY}),
    *(("events", {"time": time, **DAY}) for time in ("15:30+03:00", "00:00Z", "23:59:59-11:30")),
    ("events", {"proposals": []}),
    *(("events", {"proposals": [{"proposal": "a", "relation": name}]}) for name in EVENT_PROPOSAL_RELATIONS),
    ("events", {"proposals": [{"proposal": "a", "relation": "agrees"}, {"proposal": "a", "relation": "orders"}]}),
    ("statements", {"speakers": ["putin", "trump"]}),
    ("statements", {"form": "quotation", "quote": "reacted positively", "quote_original": ORIGINAL}),
    ("statements", {"form": "quotation", "quote": "reacted positively", "quote_original": None}),
    ("statements", {"form": "paraphrase", "quote": None, "quote_original": None}),
    ("statements", {"issues": ["energy-strikes", "black-sea"]}),
    ("additions", {"identifiers": [{"scheme": "wikidata", "identifier": "Q1"}]}),
    *(("additions", {"party": None, "aliases": [], name: "a"}) for name in TARGETS),
    *(("additions", {"party": None, "aliases": [], name: "a", **DAY}) for name in DATED_TARGETS),
]
INVALID: list[tuple[str, dict[str, Any], str, str]] = [
    ("positions", {"stance": "accepts_conditionally", "conditions": []}, "/conditions", "Required if `stance`"),
    ("positions", {"stance": "sets_conditions", "conditions": []}, "/conditions", "Required if `stance`"),
    ("positions", {"stance": "accepts", "conditions": ["a"]}, "/conditions", "Must be empty"),
    ("positions", {"stance": "calls_for", "conditions": ["a"]}, "/conditions", "Must be empty"),
    ("positions", {"stance": "offers", "proposal": "a", "conditions": ["a"]}, "/conditions", "Must not contain"),
    ("events", {"status": "scheduled", "place": None, **NO_DATE}, "/status", "otherwise write `planned`"),
    ("events", {"status": "scheduled", "place": None, **DAY, "date": "2025-03"}, "/status", "Needs a day or a place"),
    ("events", {"status": "planned", "place": PLACE, **NO_DATE}, "/status", "Must be `scheduled`"),
    ("events", {"status": "planned", "place": None, **DAY}, "/status", "Must be `scheduled`"),
    ("events", {"status": "alleged", "voice": "source", "according_to": []}, "/voice", "name the party"),
    ("events", {"place": PLACE | {"lat": 21.5}}, "/place/lon", "Write both latitude and longitude"),
    ("events", {"place": PLACE | {"lat": "1_0", "lon": 39.2}}, "/place/lat", "Must be a number, as in 21.54."),
    ("events", {"place": PLACE | {"lat": 21.5, "lon": "\u0663"}}, "/place/lon", "Must be a number"),
    ("events", {"codes": {"plover": {"event": "ASSAULT", "mode": "phone"}}}, "/codes/plover/mode", "Write null"),
    ("events", {"date": "2025-03-18", "date_basis": "resolved", "date_wording": None}, "/date_wording", "Required"),
    ("parties", {"named": False, "identifiers": [{"scheme": "wikidata", "identifier": "Q1"}]}, "/identifiers", "empty"),
    ("parties", {"identifiers": [{"scheme": "wikidata", "identifier": "159"}]}, "/identifiers/0/identifier", "Q7747"),
    ("parties", {"name": "NATO", "aliases": ["the alliance", "Nato"]}, "/aliases/1", "the same name as 'NATO'"),
    ("parties", {"name": "A", "aliases": ["A"]}, "/aliases/0", "the same name as 'A'"),
    ("parties", {"name": "A  B", "aliases": ["a\u00a0b"]}, "/aliases/0", "the same name as 'A  B'"),
    ("parties", {"identifiers": [{"scheme": "wikidata", "identifier": f"Q{place}"} for place in (1, 2)]},
     "/identifiers/1", "a second identifier in wikidata"),
    ("parties", {"aliases": ["Straße", "STRASSE"]}, "/aliases/1", "the same name as 'Straße'"),
    ("parties", {"aliases": ["Élysée", "E\u0301LYSE\u0301E"]}, "/aliases/1", "the same name as"),
    ("sources", {"language": "xx"}, "/language", "'xx' is not a BCP 47 code of a language. Write one, as in 'en'."),
    ("sources", {"language": "und"}, "/language", "'und' is not"),
    ("sources", {"language": "english"}, "/language", "Must be a BCP 47 language tag, as in 'en'."),
    ("sources", {"language": "en-QQ"}, "/language", "'QQ' is neither a script nor a country"),
    ("sources", {"language": "en-Abcd"}, "/language", "'Abcd' is neither"),
    ("proposals", {"relations": relations("narrower_than", "variant_of")}, "/relations", "cannot be both"),
    ("proposals", {"addressed_to": ["putin"], "addressed_to_basis": None}, "/addressed_to_basis",
     "Required if `addressed_to` is not empty"),
    ("proposals", {"addressed_to": [], "addressed_to_basis": "stated"}, "/addressed_to_basis",
     "must be null otherwise"),
    ("positions", {"explicit": False}, "/inference", "Required if `explicit` is false"),
    ("positions", {"inference": "that they mean it"}, "/inference", "must be null otherwise"),
    ("parties", {"id": "russia", "principal": "russia", "principal_basis": "stated"}, "/principal", "itself"),
    ("events", {"id": "a", "relations": [{"event": "a", "relation": "follows"}]}, "/relations/0/event", "itself"),
    ("proposals", {"id": "a", "relations": relations("part_of")}, "/relations/0/proposal", "itself"),
    ("statements", {"id": "a", "contrasts_with": [{"statement": "a", "note": "N"}]}, "/contrasts_with/0/statement",
     "itself"),
    ("issues", {"negotiations": "talks"}, "/negotiations", "list"),
    ("issues", {"citations": []}, "/citations", "between 1 and"),
    ("issues", {"id": "a", "part_of": "a"}, "/part_of", "itself"),
    ("questions", {"status": "open", "answered_by": [ANSWER]}, "/answered_by", "Must be empty if `status` is `open`"),
    ("questions", {"status": "answered", "answered_by": []}, "/answered_by", "Required if `status` is `answered`"),
    ("questions", {"status": "contradictory", "answered_by": []}, "/answered_by", "two records or more"),
    ("questions", {"status": "contradictory", "answered_by": [ANSWER]}, "/answered_by", "two records or more"),
    ("questions", {"status": "contradictory", "answered_by": [ANSWER, ANSWER]}, "/answered_by", "twice"),
    ("questions", {"status": "answered", "answered_by": [{}]}, "/answered_by/0/event", "Write one of `event`"),
    ("questions", {"status": "answered", "answered_by": [ANSWER | OTHER_ANSWER]}, "/answered_by/0/event", "Write one"),
    ("questions", {"status": "answered", "answered_by": [{"proposal": "a"}]}, "/answered_by/0/proposal", "no such"),
    ("questions", {"status": "closed"}, "/status", "not a term"),
    ("sources", {"kind": "news_article", "issued_by": ["kremlin"]}, "/issued_by", "a journalist wrote it"),
    ("sources", OWN_TEXT | {"issued_by": []}, "/issued_by", "Required if `kind` is `readout`"),
    ("sources", {"kind": "agreement_text", "issued_by": []}, "/issued_by", "Required if `kind` is `agreement_text`"),
    ("sources", {"kind": "joint_statement", "issued_by": ["kremlin"]}, "/issued_by", "two parties or more"),
    ("sources", {"kind": "joint_statement", "issued_by": ["kremlin", "kremlin"]}, "/issued_by", "twice"),
    ("sources", {"text_url": "example.org"}, "/text_url", "Must be a full URL"),
    ("sources", {"text_url": "https://user:word@example.org/"}, "/text_url", "user name or a password"),
    ("sources", {"text_url": "https://user@example.org?by=a"}, "/text_url", "user name or a password"),
    ("sources", {"retrieved_at": "2025-02-30T00:00:00Z"}, "/retrieved_at", "not in the calendar"),
    ("sources", {"retrieved_at": "2025-03-18"}, "/retrieved_at", "with an offset"),
    ("sources", {"id": "a", "supersedes": "a"}, "/supersedes", "itself"),
    ("positions", {"on_behalf_of": "russia"}, "/on_behalf_of", "list"),
    ("positions", {"on_behalf_of": ["russia", "russia"]}, "/on_behalf_of", "twice"),
    ("events", {"time": "15:30+03:00", **NO_DATE}, "/time", "Needs a date that is one day"),
    ("events", {"time": "15:30+03:00", **DAY, "date": "2025-03"}, "/time", "Needs a date that is one day"),
    ("events", {"time": "15:30+03:00", **DAY, "date": "2025-03-18/2025-03-19"}, "/time", "one day"),
    ("events", {"time": "15:30", **DAY}, "/time", "with an offset"),
    ("events", {"time": "24:00Z", **DAY}, "/time", "with an offset"),
    ("events", {"time": "12:00+15:00", **DAY}, "/time", "with an offset"),
    ("events", {"proposals": ["a"]}, "/proposals/0", "Must be an object with fields"),
    ("events", {"proposals": [{"proposal": "a"}]}, "/proposals/0/relation", "required"),
    ("events", {"proposals": [{"proposal": "a", "relation": "rejects"}]}, "/proposals/0/relation", "not a term"),
    ("statements", {"speakers": []}, "/speakers", "between 1 and"),
    ("statements", {"speakers": ["putin", "putin"]}, "/speakers", "twice"),
    ("statements", {"contrasts_with": [{"statement": "kremlin-reacted-positively", "note": note} for note in "NM"]},
     "/contrasts_with", "one statement twice"),
    ("statements", {"speaker": "putin"}, "/speaker", "no such field"),
    ("statements", {"issues": []}, "/issues", "between 1 and"),
    ("statements", {"form": "quotation", "quote": None}, "/quote", "Required if `form` is `quotation`"),
    ("statements", {"form": "paraphrase", "quote": "a"}, "/quote", "must be null otherwise"),
    ("statements", {"form": "paraphrase", "quote": None, "quote_original": ORIGINAL}, "/quote_original", "Needs a"),
    ("statements", {"quote_original": {"text": "слово"}}, "/quote_original/language", "required"),
    ("statements", {"quote_original": {"text": "слово", "language": "russian"}}, "/quote_original/language", "BCP 47"),
    ("proposals", {"issues": []}, "/issues", "between 1 and"),
    ("events", {"date": 2025}, "/date", 'Put it in quotes: "2025".'),
    ("events", {"title": True}, "/title", 'Put it in quotes: "true".'),
    ("events", {"title": ["Talks"]}, "/title", "not a list or an object"),
    ("events", {"participants": ["putin"]}, "/participants/0", "Must be an object with fields"),
    ("events", {"codes": {"cameo": "9999"}}, "/codes/cameo", "'01' to '20' with up to two more digits"),
    ("events", {"codes": {"cameo": 41}}, "/codes/cameo", 'Put it in quotes: "41".'),
    ("additions", {"party": None, "aliases": []}, "", "Refers to no record. Write one of `negotiation`, `party`,"),
    ("additions", {"event": "a", "aliases": []}, "/event", "Refers to a second record besides `party`"),
    *(
        ("additions", {"party": None, "aliases": [], "event": "a", name: value}, f"/{name}", "Must be empty unless")
        for name, value in (("aliases", ["A"]), ("identifiers", [{"scheme": "wikidata", "identifier": "Q1"}]))
    ),
    ("additions", DAY, "/date", "Must be null unless the addition is to one of `event`, `proposal`,"),
    ("additions", {"citations": []}, "/citations", "between 1 and"),
    ("proposals", {"duration": "P\u0661D"}, "/duration", "ISO 8601 duration"),
]  # fmt: skip


@pytest.mark.parametrize(("plural", "changes"), VALID)
def test_record_that_fits_the_definitions_is_valid(plural: str, changes: dict[str, Any]) -> None:
    assert errors_in(plural, **changes) == []


@pytest.mark.parametrize(("plural", "changes", "pointer", "detail"), INVALID)
def test_record_against_a_definition_is_rejected(
    plural: str, changes: dict[str, Any], pointer: str, detail: str
) -> None:
    (error,) = errors_in(plural, **changes)
    assert error.pointer == pointer
    assert detail in error.detail


@pytest.mark.parametrize(("tag", "hint"), [("english", "en"), ("Ukrainian", "uk"), ("rus", "ru"), ("xx", None)])
def test_language_by_name_or_longer_code_has_a_suggestion(tag: str, hint: str | None) -> None:
    (error,) = errors_in("sources", language=tag)
    assert error.did_you_mean == hint


def test_modes_are_those_of_their_definitions() -> None:
    assert MODES_BY_EVENT.keys() <= set(PLOVER_EVENTS)
    assert set().union(*MODES_BY_EVENT.values()) == set(PLOVER_MODES)
    for event, modes in MODES_BY_EVENT.items():
        assert modes == {mode.name for mode in PLOVER_MODES.terms.values() if event in mode.definition}


def test_long_value_is_not_repeated_in_the_message() -> None:
    (error,) = errors_in("events", kind="a" * 100_000)
    assert len(error.detail) < 200


def test_unknown_fields_are_reported_up_to_a_number() -> None:
    errors = errors_in("events", **{f"{'x' * 150}{number}": 1 for number in range(500)}, tite=1)
    assert len(errors) <= 100
    assert all(len(error.pointer) <= 101 for error in errors)


@pytest.mark.parametrize("plural", RECORDS)
def test_records_of_the_article_are_valid(plural: str) -> None:
    for record in DOCUMENT.get(plural, []):
        assert validate_record(plural, record)[1] == []
