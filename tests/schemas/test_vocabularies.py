"""The vocabularies: what each term must have, and which term an unknown word suggests."""

import pytest
from flask.testing import FlaskClient

from schemas import plover, vocabularies
from schemas.terms import SIDES, Term, Vocabulary
from schemas.vocabularies import EVENT_STATUSES, PROPOSAL_STAGES, STANCES, VOCABULARIES

every_vocabulary = pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)


@every_vocabulary
def test_definitions_are_sentences_and_labels_are_words(vocabulary: Vocabulary) -> None:
    for text in (vocabulary.definition, *(term.definition for term in vocabulary.terms.values())):
        assert text[0].isupper()
        assert text.endswith(".")
    for term in vocabulary.terms.values():
        assert term.label
        assert "_" not in term.label


@every_vocabulary
def test_labels_are_unique(vocabulary: Vocabulary) -> None:
    assert len({term.label for term in vocabulary.terms.values()}) == len(vocabulary.terms)


@every_vocabulary
def test_synonyms_lead_to_their_own_term(vocabulary: Vocabulary) -> None:
    """A synonym that two terms claim, or that is a term itself, would suggest the wrong one."""
    for term in vocabulary.terms.values():
        for word in (term.name, term.label, *term.synonyms):
            assert vocabulary.nearest(word) == term.name


def test_every_vocabulary_is_served() -> None:
    declared = [*vars(vocabularies).values(), *vars(plover).values()]
    assert set(VOCABULARIES) == {one.name for one in declared if isinstance(one, Vocabulary)}


def test_stances_alone_have_a_side() -> None:
    for vocabulary in VOCABULARIES.values():
        for term in vocabulary.terms.values():
            assert (term.side in SIDES) == (vocabulary is STANCES)


@pytest.mark.parametrize(
    ("word", "stance"),
    [
        ("agrees", "accepts"),
        ("Agreed", "accepts"),
        ("yes", "accepts"),
        ("acepts", "accepts"),
        ("opposes", "rejects"),
        ("refused", "rejects"),
        ("no", "rejects"),
        ("reject", "rejects"),
        ("promises", "pledges"),
        ("calls-for", "calls_for"),
        ("accepts on conditions", "accepts_conditionally"),
        ("noncomittal", "noncommittal"),
    ],
)
def test_stance_is_suggested_by_meaning(word: str, stance: str) -> None:
    assert STANCES.nearest(word) == stance


@pytest.mark.parametrize("word", ["", "x", "hopes", "zzzzzzzz", "proposal of marriage"])
def test_unrelated_word_suggests_no_stance(word: str) -> None:
    assert STANCES.nearest(word) is None


@pytest.mark.parametrize(
    ("vocabulary", "word", "term"),
    [
        (EVENT_STATUSES, "agreed", None),
        (EVENT_STATUSES, "confirmed", None),
        (EVENT_STATUSES, "claimed", "alleged"),
        (EVENT_STATUSES, "canceled", "cancelled"),
        (PROPOSAL_STAGES, "accepted", "agreed"),
        (PROPOSAL_STAGES, "agred", "agreed"),
        (PROPOSAL_STAGES, "refused", "rejected"),
    ],
)
def test_term_is_never_suggested_for_its_opposite(vocabulary: Vocabulary, word: str, term: str | None) -> None:
    assert vocabulary.nearest(word) == term


def test_word_as_near_to_two_terms_suggests_neither() -> None:
    terms = Term("gains", "gains", "More."), Term("pains", "pains", "Less.")
    assert Vocabulary("pairs", "Opposites that look alike.", *terms).nearest("rains") is None


def test_term_is_served_with_label_and_side(client: FlaskClient) -> None:
    stances = {term["term"]: term for term in client.get("/vocabularies/stances").get_json()["terms"]}
    assert (stances["accepts_conditionally"]["label"], stances["accepts_conditionally"]["side"]) == (
        "accepts on conditions",
        "qualified",
    )
    kinds = client.get("/vocabularies/event-kinds").get_json()["terms"]
    assert {term["side"] for term in kinds} == {None}


def test_filter_suggests_the_term_by_meaning(client: FlaskClient) -> None:
    (error,) = client.get("/positions?stance=agrees").get_json(force=True)["errors"]
    assert error["did_you_mean"] == "accepts"
    (error,) = client.get("/events?status=agreed").get_json(force=True)["errors"]
    assert error["did_you_mean"] is None
