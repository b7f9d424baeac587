"""Quotation marks of many languages: which parts of a paragraph are quoted.

Why no library: those that know typographic marks replace or count them; none pairs them.
"""

from collections.abc import Iterator

CLOSING = {
    "“": "”",
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "›": "‹",
    "‘": "’",
    "‚": "‘’",
    "「": "」",
    "『": "』",
    '"': '"',
    "'": "'",
}
"""Marks that open a quotation, with those that may close it: “…” „…“ „…” ”…” «…» »…« ‘…’ ‚…‘ 「…」 『…』 "…" '…'."""
POSITIONAL = set("“”‘’\"'")
"""Marks that mean something else in another language or as an apostrophe, so that their position decides."""
BRACKETS = set("([{—–-/")
STOPS = set(",.;:!?…")
ELISIONS = ("'tis", "'twas", "'em", "'til", "'cause", "'n'")
"""English words that begin with an apostrophe, as do years such as '90s."""

Span = tuple[int, int]


def quoted_spans(line: str) -> list[Span]:
    """Return start and end of each quotation in a paragraph, without its marks, in linear time.

    A mark that is never closed quotes up to the first punctuation mark after it, or not at all if it may be an
    apostrophe, so that no prose is taken for a quotation.
    """
    spans: list[Span] = []
    opened: int | None = None
    for place, mark in enumerate(line):
        if opened is not None and _closes(line, place, line[opened]):
            spans.append((opened + 1, place))
            opened = None
        elif mark in CLOSING and _opens(line, place) and (opened is None or line[opened] == mark):
            spans += _unclosed(line, opened, place)
            opened = place
    spans += _unclosed(line, opened, len(line))
    return [span for span in spans if span[0] < span[1] and not _is_ambiguous(line, span)]


def quotations(line: str) -> Iterator[str]:
    """Yield the text of each quotation in a paragraph."""
    return (line[start:end] for start, end in quoted_spans(line))


def without_quotations(line: str, filler: str = " | ") -> str:
    """Return a paragraph with its quotations replaced."""
    parts, last = [], 0
    for start, end in quoted_spans(line):
        parts.append(line[last:start])
        last = end
    return filler.join([*parts, line[last:]])


def _opens(line: str, place: int) -> bool:
    if line[place] not in POSITIONAL:
        return True
    before, after = line[place - 1 : place] if place else "", line[place + 1 : place + 2]
    if line[place] == "'" and (after.isdigit() or line[place : place + 7].lower().startswith(ELISIONS)):
        return False
    is_free = not before or before.isspace() or before in BRACKETS or before in CLOSING
    return is_free and bool(after) and not after.isspace() and after not in STOPS


def _closes(line: str, place: int, opening: str) -> bool:
    mark = line[place]
    if mark not in CLOSING[opening]:
        return mark == opening == "“" and _is_closing_position(line, place)
    return mark not in POSITIONAL or _is_closing_position(line, place)


def _is_closing_position(line: str, place: int) -> bool:
    before, after = line[place - 1 : place], line[place + 1 : place + 2]
    return not before.isspace() and not (after.isalnum() or after == "_")


def _unclosed(line: str, opened: int | None, end: int) -> Iterator[Span]:
    """Yield what an unclosed mark surely quotes: up to the first punctuation mark, which belongs to it."""
    if opened is None or line[opened] not in '“„"':
        return
    stop = next((place for place in range(opened + 1, end) if line[place] in STOPS), None)
    if stop is not None:
        yield opened + 1, stop + 1


def _is_ambiguous(line: str, span: Span) -> bool:
    """Return whether the quotation may begin or end with an apostrophe: '…' after a plural such as "the boys'"."""
    start, end = span
    if line[start - 1] not in "'‘" or end >= len(line):
        return False
    following = line.find(line[end], end + 1)
    return line[end - 1] == "s" and following >= 0 and _is_closing_position(line, following)
