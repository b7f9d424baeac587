"""What tests read from the matrix."""

import re
from typing import Any


def cell(matrix: Any, party: str, row: str) -> Any:
    (found,) = [one for one in matrix["cells"] if (one["party"], one["row"]) == (party, row)]
    return found


def plain(text: str) -> str:
    """Return a page, a picture or a text without markup and line breaks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
