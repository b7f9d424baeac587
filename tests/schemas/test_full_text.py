"""Search queries as FTS5 runs them over a few texts: which of them each query finds."""

import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from marshmallow import ValidationError

from schemas.full_text import MAX_QUERY_LENGTH, Names, fts_query
from schemas.word_forms import search_forms
from seed.storage.mapping import TOKENIZER

TEXTS = {
    "hyphen": "A cease-fire of 30 days on the black sea",
    "joined": "A ceasefire",
    "split": "They cease fire at sea",
    "dotted": "The U.S. and J. D. Vance speak of energy",
    "initials": "The US and JD Vance",
    "long": "The United States",
    "kyiv": "Kyiv talks about grain",
    "kiev": "Kiev and energy talks",
    "cyrillic": "Київ і Зеленський",
    "zelenskyy": "Zelenskyy’s truce",
    "zelensky": "Zelensky on the truce and energy",
    "turkey": "Talks in Turkey",
    "turkiye": "Talks in Türkiye",
    "apostrophe": "Zelens'kyi and O’Brien",
    "russia": "Russia",
}
ALL_ZELENSKYY = {"cyrillic", "zelenskyy", "zelensky", "apostrophe"}
ALL_KYIV = {"kyiv", "kiev", "cyrillic"}
NAMES: Names = {"moscow": ["Russia"], "kyiv": ["Ukraine"]}


@pytest.fixture(scope="module")
def texts() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create virtual table texts using fts5(id unindexed, text, forms, tokenize='{TOKENIZER}')")
    rows = [(id, text, search_forms([text])) for id, text in TEXTS.items()]
    connection.executemany("insert into texts values (?, ?, ?)", rows)
    yield connection
    connection.close()


def find(texts: sqlite3.Connection, text: str, names: Names = NAMES) -> set[str]:
    return {id for (id,) in texts.execute("select id from texts where texts match ?", [fts_query(text, names)])}


@pytest.mark.parametrize(
    ("alike", "ids"),
    [
        (["cease-fire", "ceasefire", "cease fire", '"cease fire"', "Cease‑Fire"], {"hyphen", "joined", "split"}),
        (["U.S.", "US", "U. S.", "us", "U.S", "United States", "usa"], {"dotted", "initials", "long"}),
        (["J.D. Vance", "JD Vance", "J. D. Vance", '"J. D. Vance"', '"JD Vance"'], {"dotted", "initials"}),
        (["Kyiv", "Kiev", "Київ", '"Kiev"', "kYIV"], ALL_KYIV),
        (["Zelensky", "Zelenskyy", "Zelenskiy", "Зеленський", "Зеленский", "Zelenskyy’s"], ALL_ZELENSKYY),
        ([unicodedata.normalize("NFD", "Зеленський")], ALL_ZELENSKYY),
        (["Turkey", "Türkiye", "turkiye"], {"turkey", "turkiye"}),
        (["O'Brien", "OBrien", "O’Brien"], {"apostrophe"}),
        (["Moscow"], {"russia"}),
    ],
)
def test_spellings_find_the_same(texts: sqlite3.Connection, alike: list[str], ids: set[str]) -> None:
    assert {one: find(texts, one) for one in alike} == dict.fromkeys(alike, ids)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("sea black", {"hyphen"}),
        ('"sea black"', set()),
        ('"black sea"', {"hyphen"}),
        ("“black sea” days", {"hyphen"}),
        ('he said "black sea', set()),
        ("energ*", {"dotted", "kiev", "zelensky"}),
        ('"energy tal"*', {"kiev"}),
        ("grain OR russia", {"kyiv", "russia"}),
        ("grain | russia", {"kyiv", "russia"}),
        ("(grain OR energy) talks", {"kyiv", "kiev"}),
        ("talks AND energy", {"kiev"}),
        ("talks and energy", {"kiev"}),
        ("talks -energy", {"kyiv", "turkey", "turkiye"}),
        ("talks NOT energy", {"kyiv", "turkey", "turkiye"}),
        ('talks -"energy talks" -Türkiye', {"kyiv"}),
        ("talks -Kiev", {"turkey", "turkiye"}),
        ('"Kiev talks"', {"kyiv"}),
        ('"Kyiv and energy"', {"kiev"}),
        ('"U.S. and JD"', {"dotted", "initials"}),
        ('"Moscow"', set()),
        ("and energy -Moscow", {"dotted", "kiev", "zelensky"}),
        ("Зелен*", ALL_ZELENSKYY),
        ('"near" talks', set()),
        ("17:30 https://example.org", set()),
    ],
)
def test_query_finds(texts: sqlite3.Connection, text: str, ids: set[str]) -> None:
    assert find(texts, text) == ids


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        *((text, "a word to search for") for text in ("-energy", "***", '""')),
        *(
            (text, "both sides")
            for text in ("OR", "truce OR", "OR truce", "a OR OR b", "truce OR -x", "a NOT OR b", "a OR NOT b")
        ),
        *((text, "before a word") for text in ("NOT", "truce NOT")),
        *((text, "asterisk") for text in ("a*", "ce*se")),
        *((text, '"black sea" for words next to each other') for text in ("NEAR(a b)", "a NEAR b", "a NEAR/3 b")),
        *((text, "as in party=putin") for text in ("title:truce", 'title:"black sea"')),
        *((text, "truce OR ceasefire kremlin") for text in ("(a b) OR c", "a OR (b c)", "a NOT (b c)", "a -(b c)")),
    ],
)
def test_query_without_meaning_is_rejected(text: str, hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        fts_query(text)


@pytest.mark.parametrize(
    "word", ["Kiev ", "a ", '"Kiev" ', "-Kiev a ", "a-", "U.S.", "(", "Kiev OR ", "b’", "Zelensky "]
)
def test_longest_query_is_bounded(texts: sqlite3.Connection, word: str) -> None:
    text = (word * MAX_QUERY_LENGTH)[: MAX_QUERY_LENGTH - 1] + "a"
    assert len(fts_query(text, NAMES)) < 15_000
    assert find(texts, text) <= set(TEXTS)
