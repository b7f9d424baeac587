"""The forms of words that search treats alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.word_forms import MAY_CHANGE, SEPARATOR, fold, pieces, search_forms, search_key, texts_with_forms

TEXTS = st.text(st.sampled_from("aZéß’'-‑. U.S0зЇ北\u0301_"), max_size=12)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("The U.S. cease-fire of 30 days", "The US ceasefire of 30 days"),
        ("J. D. Vance’s all-for-all", "JD Vance s allforall"),
        ("Зеленський said", "Zelenskiy said"),
        ("Zelens'kyi, O’Brien", "Zelenskyi OBrien"),
        ("in Łódź", "in Lodz"),
        ("Türkiye, Trump–Putin: “it’s” we'll", None),
        ("Plan B. A truce", None),
        ("", None),
    ],
)
def test_forms_of_a_text(text: str, forms: str | None) -> None:
    assert search_forms([text]) == forms


def test_only_texts_with_other_forms_are_indexed_again() -> None:
    """They are separated, so that no phrase reaches from one into the next."""
    assert search_forms(["a-b", "plain", "c-d"]) == f"ab {SEPARATOR} cd"
    assert list(texts_with_forms(["a-b", "plain", "c-d"])) == ["a-b", "c-d"]


def test_key_ignores_case_accents_hyphens_and_dots() -> None:
    assert search_key("Türkiye") == search_key("TURKIYE") == "turkiye"
    assert search_key("U. S.") == search_key("u.s.") == search_key("US") == "us"


@settings(deadline=None)
@given(TEXTS)
def test_no_form_is_missed(text: str) -> None:
    """The quick test of a text leaves out none that has another form."""
    differs = any(fold(piece.form) != fold(piece.text) for piece in pieces(text))
    assert not differs or MAY_CHANGE.search(text)


@given(TEXTS)
def test_every_piece_has_one_form(text: str) -> None:
    """Marks in the forms are transferred to the pieces of the text, which needs one form for each."""
    forms = search_forms([text])
    assert forms is None or len(forms.split(" ")) == len(list(pieces(text)))
