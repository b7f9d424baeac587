"""Ids by the names of their records, to suggest `ukraine` for `kyiv`."""

import re
import unicodedata
from collections.abc import Iterable

ARTICLE = "the-"


def ids_by_name(records: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Return the ids of records by each of their names in the form of an id; the first of equal names."""
    ids: dict[str, str] = {}
    for id, names in records:
        for name in names:
            ids.setdefault(_as_id(name), id)
    return ids


def without_article(id: str) -> str:
    """Return an id without the article that names may have: the-kremlin becomes kremlin."""
    return id.removeprefix(ARTICLE)


def _as_id(name: str) -> str:
    """Return a name in the form of an id: "the Black Sea" becomes black-sea."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return without_article(re.sub("[^a-z0-9]+", "-", ascii_name).strip("-"))
