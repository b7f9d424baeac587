"""What to try when a search finds nothing: another spelling, fewer words or filters, records with near names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import request

from api.database import select
from api.http.urls import base_url, data_url
from api.openapi.json_schema import INTEGER, TEXT, nullable, object_of, url_schema
from api.pages.links import with_query
from api.party_names import party_names
from api.views.shared_filters import NAMED
from schemas import RECORDS
from schemas.full_text import fts_query
from schemas.query_text import read_operands
from seed.storage.mapping import singular

FILTERS = ("type", *NAMED)
MAX_WORDS = 5
"""The number of words that are suggested alone, and of those that are suggested to be left out."""
MIN_WORDS_TO_LEAVE_ONE_OUT = 3
"""With two words, what is left is a single word, which is suggested anyway."""
MAX_RELATED = 2
"""The number of issues and of parties that are suggested."""
RELATED = ("issues", "parties")
SUGGESTION = object_of(
    {
        "text": TEXT | {"description": "What to do, in words."},
        "total": nullable(INTEGER) | {"description": "How many records that finds; null for a single record."},
        "url": url_schema("Where to find them."),
    },
    "Suggestion",
)
Query = Mapping[str, Any]
Count = Callable[[Query], int]


def suggestions(text: str, better: str | None, query: Query, count: Count) -> list[dict[str, Any]]:
    """Return what to try, best first. What finds nothing either is left out."""
    found = [one for one in (*_other_words(text, better, query, count), *_fewer_filters(query, count)) if one["total"]]
    return [*found, *_similar_names(better or text)] or list(_lists())


def _other_words(text: str, better: str | None, query: Query, count: Count) -> Iterator[dict[str, Any]]:
    if better:
        yield _search(f"Search for: {better}", better, query, count)
    required, excluded = read_operands(better or text)
    groups = [" OR ".join(operand.text for operand in group) for group in required]
    if excluded:
        words = ", ".join(operand.text for operand in excluded)
        yield _search(f"Do not exclude: {words}", " ".join(groups), query, count)
    if len(groups) >= MIN_WORDS_TO_LEAVE_ONE_OUT:
        yield from _one_word_less(groups, query, count)
    if len(groups) > 1:
        for group in groups[:MAX_WORDS]:
            yield _search(f"Search only for: {group}", group, query, count)


def _one_word_less(groups: list[str], query: Query, count: Count) -> list[dict[str, Any]]:
    """Return the searches without one of the words, those that find most first: their word is the rarest."""
    searches = [
        _search(f"Search without: {group}", " ".join(groups[:place] + groups[place + 1 :]), query, count)
        for place, group in enumerate(groups[:MAX_WORDS])
    ]
    return sorted(searches, key=lambda search: -search["total"])


def _search(advice: str, text: str, query: Query, count: Count) -> dict[str, Any]:
    total = count({**query, "q": fts_query(text, party_names())})
    return {"text": advice, "total": total, "url": _url({"q": text})}


def _fewer_filters(query: Query, count: Count) -> Iterator[dict[str, Any]]:
    for name in FILTERS:
        if name in query:
            total = count({other: value for other, value in query.items() if other != name})
            advice = f"Leave out the filter {name}={_requested()[name]}"
            yield {"text": advice, "total": total, "url": _url({name: None})}
    given = {name: None for name in FILTERS if name in query}
    if len(given) > 1:
        total = count({name: value for name, value in query.items() if name not in given})
        yield {"text": "Leave out all filters", "total": total, "url": _url(given)}


def _similar_names(text: str) -> Iterator[dict[str, Any]]:
    """Yield the issues and parties whose names contain any of the words, those with most of them first."""
    required, _ = read_operands(text)
    any_word = fts_query(" OR ".join(operand.text for group in required for operand in group), party_names())
    for plural in RELATED:
        rows = select(
            f'select r.id, r."{RECORDS[plural].label}" label from "{plural}_fts" join "{plural}" r'
            f' on r.key = "{plural}_fts".rowid where "{plural}_fts" match :q order by rank, r.id limit :limit',
            {"q": f"{RECORDS[plural].label} : ({any_word})", "limit": MAX_RELATED},
        )
        for row in rows:
            advice = f"Read about the {singular(plural)}: {row['label']}"
            yield {"text": advice, "total": None, "url": data_url(f"/{plural}/{row['id']}")}


def _lists() -> Iterator[dict[str, Any]]:
    """Yield the lists in which to look for other words."""
    for plural in RELATED:
        (row,) = select(f'select count(*) number from "{plural}"')
        yield {"text": f"Look through all {plural}", "total": row["number"], "url": data_url(f"/{plural}")}


def _url(changes: Mapping[str, str | None]) -> str:
    """Return the URL of the request with changed parameters; None removes one."""
    changed = {**_requested(), **changes}
    return with_query(base_url() + request.path, [(name, text) for name, text in changed.items() if text is not None])


def _requested() -> dict[str, str]:
    """Return the parameters of the request. One that is repeated has all its values."""
    return {name: ",".join(texts) for name, texts in request.args.lists()}
