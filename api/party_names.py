"""The names of parties by which search finds them: `EU` and `European Union`, if one is an alias of the other."""

import json
from collections import defaultdict
from functools import lru_cache

from api.database import current_revision, select
from schemas.full_text import Names
from schemas.word_forms import search_key

MAX_PARTIES = 5000
"""The number of parties whose names are known to search."""
MAX_LETTERS = 500_000
"""The length of their names together: finding other spellings takes 0.35 µs per letter."""
MAX_NAMES = 10
"""The number of names of a party that are known to search."""


def party_names() -> Names:
    """Return the other names of parties, by the search key of each name that is no other party's."""
    return _party_names(current_revision().key)


@lru_cache(maxsize=2)
def _party_names(key: str) -> Names:
    """Return the other names of parties in the data with a cache key, that of the request's revision."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    letters = 0
    aliases = "json_extract(record, '$.aliases') aliases"
    for row in select(f"select name, {aliases} from parties where aliases <> '' order by key limit {MAX_PARTIES}"):
        letters += len(row["name"]) + len(row["aliases"])
        if letters > MAX_LETTERS:
            break
        names = [row["name"], *json.loads(row["aliases"])]
        by_key = {search_key(name): name for name in filter(is_proper_name, names[:MAX_NAMES])}
        for own in by_key:
            found[own].append([name for other, name in by_key.items() if other != own])
    return {name: parties[0] for name, parties in found.items() if len(parties) == 1}


def is_proper_name(name: str) -> bool:
    """Return whether a name begins and ends with capital letters, unlike a description such as `the president`."""
    words = name.split()
    return words[0][0].isupper() and words[-1][0].isupper()
