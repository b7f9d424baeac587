"""Markdown of a bounded length, for language models: an outline of items with their citations, then the sources."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response, request

from api.database import current_revision, data_through, select
from api.http.urls import base_url, data_url
from api.lists.readable_date import MARK_NOTE, has_marks
from api.lists.text_table import safe_text
from api.pages.links import with_query
from api.source_labels import cited_sources, source_label

MARKDOWN = "text/markdown; charset=utf-8"
SUFFIX = ".md"
PURPOSE = "as Markdown with citations for language models, at most 7,000 characters"
MAX_CHARACTERS = 7000
"""Fewer than 2,000 tokens: 27 for 100 characters, as measured with the tokens of GPT-4o."""
MAX_SOURCES_CHARACTERS = 1500
MAX_TITLE_CHARACTERS = 300
MAX_URL_CHARACTERS = 1000
ONE_LINE = 1_000_000
"""A width in which the text of every item is one line."""
MARKUP = re.compile(r"[\\`*_\[\]<>&|~$#@]|(?:(?<=http)|(?<=https)|(?<=ftp)):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""What is or starts markup anywhere in a line, with what GitHub's Markdown takes as a URL or a mail address."""
AT_START = re.compile(r"^([+\-=]|\d+(?=[.)]))")
"""What starts a list or a heading at the start of a line."""
URL_SAFE = "/:?#[]@!$&'*+,;=%~"
"""What a link keeps of an address; anything else is percent-encoded."""


class Item(NamedTuple):
    """A line of an outline: how deep it is nested, and its text."""

    depth: int
    text: str


def escape(text: str) -> str:
    """Return a text on one line that no Markdown takes as a link, heading, list, table, code or HTML."""
    line = MARKUP.sub(r"\\\g<0>", " ".join(safe_text(text).split()))
    return AT_START.sub(lambda match: match[1] + "\\" if match[1].isdigit() else "\\" + match[1], line)


def markdown_response(title: str, outline: str, data: Any, notes: Iterable[str] = ()) -> Response:
    """Respond with an outline, the sources that its data cite, and the revision.

    `outline` has an item on each line, nested by its indentation. If it is too long, the last items are left out, and
    a line says how many, and where all of them are. `notes` are always shown.
    """
    items = parse_outline(outline)
    notes = [*notes, *([MARK_NOTE] if has_marks(outline) else [])]
    head = f"# {escape(shorten(title, MAX_TITLE_CHARACTERS, placeholder=' …'))}\n"
    end = "\n".join(["", *(f"{escape(note)}\n" for note in notes), *_sources(data), _state()])
    lines, left_out = fit(
        items, MAX_CHARACTERS - len(head) - len(end) - len(_truncation_note(len(items))) - len("\n\n")
    )
    cut = [_truncation_note(left_out)] if left_out else []
    return Response("\n".join([head, *lines, *cut, end]) + "\n", content_type=MARKDOWN)


def parse_outline(outline: str) -> list[Item]:
    """Return the items of an outline. An item is nested in the last one before it that is indented less."""
    items, indents = list[Item](), list[int]()
    for line in filter(str.strip, outline.split("\n")):
        if line == MARK_NOTE:
            continue
        indent = len(line) - len(line.lstrip(" "))
        indents = [*(outer for outer in indents if outer < indent), indent]
        items.append(Item(len(indents) - 1, line.strip()))
    return items


def fit(items: Sequence[Item], most: int) -> tuple[list[str], int]:
    """Return the first items as lines of at most so many characters, and the number of those left out.

    An item that only heads others is not counted, and is left out if all of them are.
    """
    lines = [f"{'  ' * item.depth}- {escape(item.text)}" for item in items]
    end = total = 0
    while end < len(lines) and (total := total + len(lines[end]) + 1) <= most:
        end += 1
    while 0 < end < len(items) and _heads(items, end - 1):
        end -= 1
    return lines[:end], sum(not _heads(items, index) for index in range(end, len(items)))


def _heads(items: Sequence[Item], index: int) -> bool:
    """Return whether other items are nested in an item."""
    return index + 1 < len(items) and items[index + 1].depth > items[index].depth


def _truncation_note(number: int) -> str:
    """Return the line that says how many items are left out, and links to all."""
    path = request.path.removesuffix(SUFFIX)
    url = with_query(f"{base_url()}{quote(path)}.json", request.args.items(multi=True))
    link = f"[the JSON]({_link(url)})"
    short = link if len(link) <= MAX_URL_CHARACTERS else f"the JSON of {escape(path[:MAX_TITLE_CHARACTERS])}"
    return f"\n{number} more left out here for length: see {short}, or narrow the query."


def _sources(data: Any) -> Iterator[str]:
    """Yield a heading and a line for each source that data cite, as many as there is room for."""
    rows = select(
        "select id, title, publisher, coalesce(text_url, archive_url) as url from sources"
        " where id in (select value from json_each(:ids)) order by id",
        {"ids": json.dumps(cited_sources(data))},
    )
    if not rows:
        return
    yield "## Sources\n"
    room = MAX_SOURCES_CHARACTERS
    for number, row in enumerate(rows):
        url = row["url"] or data_url(f"/sources/{row['id']}")
        label = shorten(": ".join(filter(None, (row["publisher"], row["title"]))), MAX_TITLE_CHARACTERS)
        name = f"{source_label(row['id'])} ({row['id']})" if len(rows) > 1 else row["id"]
        line = f"- {escape(name)}: [{escape(label)}]({_link(url)})"
        room -= len(line)
        if room < 0:
            yield f"- {len(rows) - number} more in [all sources]({data_url('/sources')})"
            break
        yield line
    yield ""


def _state() -> str:
    through = data_through()
    return f"Readout, revision {current_revision().number}{f', data through {through}' if through else ''}."


def _link(url: str) -> str:
    """Return a URL that cannot end a link or its line."""
    return quote(url, safe=URL_SAFE).replace("[", "%5B").replace("]", "%5D").replace("*", "%2A").replace("_", "%5F")
