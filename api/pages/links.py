"""URLs with a query."""

from typing import Any
from urllib.parse import urlencode


def with_query(url: str, parameters: Any) -> str:
    """Return a URL with a query, if there is any parameter. Parameters are sorted, so that their order is no matter."""
    query = urlencode(sorted(parameters), safe=",/:")
    return f"{url}?{query}" if query else url
