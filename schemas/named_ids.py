"""Ids by the names of their records, to suggest `ukraine` for `kyiv`."""

import re
from collections.abc import Iterable

from anyascii import anyascii

ARTICLE = "the-"
POSSESSIVE = re.compile(r"[’']s?(?= |$)")
NOT_IN_AN_ID = re.compile("[^a-z0-9]+")


def ids_by_name(records: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Return the ids of records by each of their names in the form of an id; the first of equal names."""
    ids: dict[str, str] = {}
    for id, names in records:
        for name in names:
            ids.setdefault(without_article(as_id(name)), id)
    return ids


def without_article(id: str) -> str:
    """Return an id without the article that names may have: the-kremlin becomes kremlin."""
    return id.removeprefix(ARTICLE)


def as_id(name: str) -> str:
    """Return a name in the form of an id, in Latin letters: Łódź becomes lodz, and Одеса odesa."""
    return NOT_IN_AN_ID.sub("-", anyascii(POSSESSIVE.sub("", name)).lower()).strip("-")
