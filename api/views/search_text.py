"""Hits of a search as CSV rows, and as text for a terminal."""

from collections.abc import Iterator

from api.http.urls import with_known_at
from api.lists.readable_date import marked_date
from api.lists.text_table import safe_text
from api.views import Data, Query, Rows
from api.views.snippets import MARK
from api.views.text import hanging, place_in_words
from schemas import RECORDS
from seed.storage.mapping import singular

FIELDS = ("type", "id", "label", "snippet", "attribution", "inference", "accounts", "date")
INDENT = "  "


def csv_rows(found: Data, query: Query) -> Rows:
    """Return a row for each hit."""
    return [[*FIELDS, "source", "paragraph", "url"], *([*_cells(hit), hit["url"]] for hit in found["data"])]


def _cells(hit: Data) -> list[object]:
    citations = ([citation[name] for citation in hit["citations"]] for name in ("source", "paragraph"))
    return [*(hit[name] for name in FIELDS), *citations]


def search_text(found: Data, query: Query) -> str:
    """Return a paragraph for each hit, or what to try if nothing was found."""
    width = query["width"]
    parts = [hanging(line, width) for line in _head(found)]
    parts += [_hit_text(hit, width) for hit in found["data"]]
    if found["suggestions"]:
        parts.append("\n".join(["What to try:", *(_suggestion_text(one, width) for one in found["suggestions"])]))
    return "\n\n".join(parts)


def hits_outline(found: Data, query: Query) -> str:
    """Return a line for each hit with its snippet, attribution and path, or lines on what to try."""
    lines = [*_head(found), *(_hit_line(hit) for hit in found["data"])]
    lines += [f"What to try: {one['text']} {one['url']}" for one in found["suggestions"]]
    return "\n".join(map(safe_text, lines))


def _hit_line(hit: Data) -> str:
    snippet = hit["snippet"].replace(MARK, "")
    found = "" if snippet.strip("…") in hit["label"] else f" — {snippet}"
    provenance = _provenance(hit)
    path = with_known_at(f"/{hit['type']}/{hit['id']}")
    return f"{singular(hit['type'])}: {hit['label']}{found} ({provenance}) {path}"


def _head(found: Data) -> Iterator[str]:
    total, shown = found["page"]["total"], len(found["data"])
    yield f"{shown} of {_records(total)}" if total else "Nothing was found."
    for widened in found["also_searched"]:
        yield f"Also searched for {widened['typed']}: {', '.join(widened['others'])}"


def _hit_text(hit: Data, width: int) -> str:
    kind = f"{singular(hit['type'])}: "
    plain = hit["snippet"].replace(MARK, "").strip("…")
    if plain in hit["label"]:
        lines = [hanging(hit["label"].replace(plain, hit["snippet"].strip("…"), 1), width, kind, len(INDENT))]
    else:
        lines = [hanging(hit["label"], width, kind, len(INDENT)), hanging(hit["snippet"], width, INDENT)]
    return "\n".join([*lines, hanging(_provenance(hit), width, INDENT), f"{INDENT}{hit['url']}"])


def _provenance(hit: Data) -> str:
    """Return attribution, date and paragraphs, as far as the type has them."""
    if not hit["citations"]:
        return str(hit["attribution"])
    dates = [marked_date(hit)] if "date" in RECORDS[hit["type"]].declared() else []
    return place_in_words(hit, dates)


def _suggestion_text(suggestion: Data, width: int) -> str:
    total = "" if suggestion["total"] is None else f" ({_records(suggestion['total'])})"
    return f"{hanging(suggestion['text'] + total, width, INDENT)}\n{INDENT * 2}{suggestion['url']}"


def _records(number: int) -> str:
    return f"{number} record{'' if number == 1 else 's'}"
