"""How much one view puts together: less for a person, who reads and waits for it, than for a program.

What is laid out as text takes longer than the same data.
"""

from typing import NamedTuple

from flask import g

from api.http.media_types import HTML, TEXT
from api.lists.markdown import MARKDOWN


class Bound(NamedTuple):
    """Maximum number of items in a view, in the formats for programs, on a page, and as text or Markdown."""

    data: int
    page: int
    text: int | None = None
    """None if it is that of data."""

    def now(self) -> int:
        """Return the bound of the response that is being made."""
        if g.get("format") == HTML:
            return self.page
        return self.data if self.text is None or g.get("format") not in (TEXT, MARKDOWN) else self.text


def bound_as(mimetype: str) -> None:
    """Bound what views put together during this request as in a format."""
    g.format = mimetype
