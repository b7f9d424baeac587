"""Search queries in the language of FTS5, built from what a client types."""

import re

from marshmallow import ValidationError

MAX_QUERY_LENGTH = 200


def fts_query(text: str) -> str:
    """Return the FTS5 query for records that contain every word of a text."""
    # FTS5 takes a quoted word as a word, never as an operator or a column name.
    words = re.findall(r"\w+", text)
    if not words:
        raise ValidationError("Must contain a word to search for.")
    return " ".join(f'"{word}"' for word in words)
