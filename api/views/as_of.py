"""`as_of` for records that views read without the filter of that name."""

from collections.abc import Mapping
from typing import Any

from schemas.filters import stands_from


def known_by(query: Mapping[str, Any], record: str = "r") -> str:
    """Return the SQL of "the record was certainly known at the end of `as_of`"; "true" without that parameter.

    It was known once it certainly stood, or once its source existed if that was earlier, as for talks to come.
    """
    if "as_of" not in query:
        return "true"
    published = f"select {published_by('sources')} from sources where id = {record}.bundle"
    return f"min(coalesce({stands_from(record)}, '~'), ({published})) <= :as_of ->> 1"


def published_by(source: str) -> str:
    """Return SQL for the day by which a source certainly existed: after every day if it has no date."""
    return f"coalesce({source}.date_latest, {source}.date_earliest, '~')"


def only_as_of(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return `as_of` of a query, if there is one."""
    return {"as_of": query["as_of"]} if "as_of" in query else {}
