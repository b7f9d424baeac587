"""Reading lists and values in tests."""

import csv
import io
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from schemas import RECORDS
from seed.storage.mapping import columns, list_tables

Fetch = Callable[..., Any]
Records = list[dict[str, Any]]


def contrast_words(contrast: Any) -> str:
    """Return a contrast as texts show it, up to the issues of its sides."""
    sides = [
        f"{attribution} (¶{', '.join(str(citation['paragraph']) for citation in citations)})"
        for attribution, citations in zip(contrast["attributions"], contrast["citations"], strict=True)
    ]
    return f"{' / '.join(sides)}: {contrast['note']}"


def ids(response: dict[str, Any]) -> list[str]:
    """Return the ids of a list in its order."""
    return [record["id"] for record in response["data"]]


def ids_by_page(fetch: Fetch, path: str) -> list[str]:
    """Return the ids of all pages, following `next` from the first page on."""
    page = fetch(path)
    collected = ids(page)
    while page["page"]["next"]:
        page = fetch(page["page"]["next"])
        collected += ids(page)
    return collected


def read_csv(client: FlaskClient, path: str) -> Records:
    """Return the rows of a CSV by column name."""
    response = client.get(path)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def filter_values(plural: str, name: str, record: dict[str, Any]) -> set[Any]:
    """Return every value that a record has for a filter, from its JSON."""
    values = {column.of(record) for column in columns(RECORDS[plural]) if column.filter == name}
    for link in list_tables(RECORDS[plural]):
        values |= {
            column.of(item) for column in link.columns if column.filter == name for item in record[link.name] or ()
        }
    return values - {None}


def query_text(value: Any) -> str:
    """Return a value as it is written in a query string."""
    return str(value).lower() if isinstance(value, bool) else str(value)
