"""Matches of a search with bitmaps of common words: the same as those of FTS5."""

import re
import sqlite3
from collections import Counter
from contextlib import closing
from itertools import chain, product
from pathlib import Path
from random import Random

import pytest

from api import create_app
from api.lists import matches
from api.lists.corrections import SEARCHED
from schemas import RECORDS
from schemas.full_text import fts_query
from seed.storage.mapping import fts_columns
from seed.storage.sqlite_file import open_readonly

WORDS = ("the", "for", "ceasefire", "russia", "energy", "Putin", "strikes", "days", "agrees", "Kyiv", "unknownword")
SHAPES = ("{}", "{} {}", "{} {} {}", "{} OR {}", "{} -{}", '"{} {}"', '{} "{} {}"', "{}* {}", "{} {} -{} -{}")
QUERIES = 300
BEGINNINGS = ("str*", "cea* OR ene*", "rus* -uni*", "pro* the", "propose*", "tru* neg*", "qqq*")


def queries() -> list[str]:
    draw = Random(1)  # noqa: S311 - a sample, not a secret
    return [*BEGINNINGS, *(shape.format(*draw.choices(WORDS, k=4)) for shape in draw.choices(SHAPES, k=QUERIES))]


@pytest.mark.parametrize("max_listed", [0, 3, matches.MAX_LISTED])
def test_matches_are_counted_as_fts5_does(with_bitmaps: Path, monkeypatch: pytest.MonkeyPatch, max_listed: int) -> None:
    """With a low limit, FTS5 counts phrases, prefixes and rare words instead of listing them."""
    monkeypatch.setattr(matches, "MAX_LISTED", max_listed)
    matches._count.cache_clear()
    with create_app(database=str(with_bitmaps)).test_request_context(), closing(open_readonly(with_bitmaps)) as file:
        for fts in map(fts_query, queries()):
            for plural in SEARCHED:
                count = f"select count(*) from {plural}_fts where {plural}_fts match ?"
                assert matches.count_matches(plural, fts) == file.execute(count, [fts]).fetchone()[0], (plural, fts)


def test_phrases_are_counted_as_fts5_does(with_bitmaps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among them are some from one column into the next, which are no phrases."""
    by_fts5: list[tuple[str, str]] = []
    monkeypatch.setattr(matches, "_listed_bitmap", lambda *phrase: by_fts5.append(phrase))
    total = 0
    with create_app(database=str(with_bitmaps)).test_request_context(), closing(open_readonly(with_bitmaps)) as file:
        for plural in SEARCHED:
            for fts in phrases(file, plural):
                count = f"select count(*) from {plural}_fts where {plural}_fts match ?"
                assert matches.count_matches(plural, fts) == file.execute(count, [fts]).fetchone()[0], (plural, fts)
                total += 1
    assert total > 3000
    assert total - len(by_fts5) > 1000, "phrases with bitmaps"


def phrases(file: sqlite3.Connection, plural: str) -> list[str]:
    """Return phrases of two to four words from the texts of a type, and those that its most common words make."""
    columns = ", ".join(fts_columns(RECORDS[plural]))
    texts = [re.findall(r"\w+", " ".join(filter(None, row))) for row in file.execute(f"select {columns} from {plural}")]
    runs = [words[start : start + length] for words in texts for length in (2, 3, 4) for start in range(len(words) - 1)]
    common = [word for word, _ in Counter(chain.from_iterable(texts)).most_common(20)]
    drawn = Random(1).sample(runs, min(len(runs), 100))  # noqa: S311 - a sample, not a secret
    return [f'"{" ".join(words)}"' for words in (*drawn, *product(common, repeat=2), *product(common[:5], repeat=3))]


@pytest.mark.parametrize("max_read", [0, 50, 200])
def test_hits_ranked_by_rarer_words_are_the_matches(
    with_bitmaps: Path, monkeypatch: pytest.MonkeyPatch, max_read: int
) -> None:
    client = create_app(database=str(with_bitmaps)).test_client()
    texts = queries()[:40]
    as_fts5_ranks = [client.get("/search", query_string={"q": text, "limit": 100}).get_json() for text in texts]
    monkeypatch.setattr(matches, "MAX_READ", max_read)
    for text, expected in zip(texts, as_fts5_ranks, strict=True):
        found = client.get("/search", query_string={"q": text, "limit": 100}).get_json()
        assert found["page"] == expected["page"]
        if found["page"]["total"] <= 100:
            assert {hit["url"] for hit in found["data"]} == {hit["url"] for hit in expected["data"]}, text


@pytest.mark.parametrize("text", ["unknownword/str* OR Putin", "Putin OR unknownword/str*"])
def test_prefix_of_too_many_records_beside_a_word_without_any(
    with_bitmaps: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(matches, "MAX_LISTED", 0)
    client = create_app(database=str(with_bitmaps)).test_client()
    found, expected = (client.get("/search", query_string={"q": q, "limit": 100}) for q in (text, "Putin"))
    assert found.status_code == 200
    assert found.get_json()["page"] == expected.get_json()["page"]
    assert {hit["url"] for hit in found.get_json()["data"]} == {hit["url"] for hit in expected.get_json()["data"]}


def test_rarer_word_decides_the_rank(with_bitmaps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_app(database=str(with_bitmaps)).test_request_context():
        rarer, common = (fts_query(word) for word in ("ceasefire", "Russia"))
        entries = sorted(matches.count_matches("events", fts) for fts in (rarer, common))
        assert 0 < entries[0] < entries[1]
        both = fts_query("Russia ceasefire -energy")
        monkeypatch.setattr(matches, "MAX_READ", entries[0])
        by = matches.ranking("events", both, 0b1010)
        assert ('"ceasefire"' in by.fts) != ('"Russia"' in by.fts)
        assert by.keys == "[1, 3]"
        monkeypatch.setattr(matches, "MAX_READ", sum(entries))
        by = matches.ranking("events", both, matches.match_bitmap("events", fts_query("Russia ceasefire")) or 0)
        assert by.keys is None
        assert '"ceasefire"' in by.fts
        assert '"Russia"' in by.fts
        assert "energy" not in by.fts


def test_prefix_is_replaced_by_its_words(with_bitmaps: Path) -> None:
    with create_app(database=str(with_bitmaps)).test_request_context():
        found = matches.without_prefixes("events", fts_query("ceasef* -tru*"))
        assert "*" not in found
        assert '"ceasefir' in found


def test_prefix_of_a_stem_is_replaced(with_bitmaps: Path) -> None:
    """`propos` is the stem of `proposed`, but FTS5 would look for its own stem, `propo`."""
    with create_app(database=str(with_bitmaps)).test_request_context():
        assert "*" not in matches.without_prefixes("proposals", fts_query("propos*"))


def test_long_phrase_without_a_pair_is_not_searched(with_bitmaps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matches, "_listed_bitmap", lambda plural, phrase: None)
    with create_app(database=str(with_bitmaps)).test_request_context():
        assert matches.match_bitmap("events", '"the the ceasefire unknownword"') == 0
        assert matches.match_bitmap("events", '"of the ceasefire unknownword"') is None


def test_hits_of_a_prefix_are_marked(with_bitmaps: Path) -> None:
    client = create_app(database=str(with_bitmaps)).test_client()
    (hit, *_) = client.get("/search?q=ceasef*&type=events").get_json()["data"]
    assert "**ceasefire" in hit["snippet"].lower()
