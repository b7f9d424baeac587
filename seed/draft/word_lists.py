"""The word lists of `words.yaml`, and patterns made of them."""

import re
from calendar import day_name, month_name
from pathlib import Path

import yaml
from marshmallow import fields

_FILE = Path(__file__).with_name("words.yaml")
_WORDS = fields.List(fields.String(required=True))
"""Rejects an unquoted word that YAML reads as true or false, such as No."""
_DATA: dict[str, object] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
_LISTS: dict[str, list[str]] = {
    name: [word for word in _WORDS.deserialize(words) or [] if word] for name, words in _DATA.items()
}


def word_list(name: str) -> list[str]:
    """Return the words of a list, in order."""
    return _LISTS[name]


def any_of(name: str) -> str:
    """Return the pattern for any word of a list."""
    return "(?:" + "|".join(map(re.escape, _LISTS[name])) + ")"


TITLES, STARTERS, PLACES, OFFICES = (frozenset(_LISTS[name]) for name in ("titles", "starters", "places", "offices"))
COLLECTIVES = frozenset(_LISTS["leaders"] + _LISTS["sides"])
STATES = frozenset(_LISTS["states"])
BODY_KINDS = {
    noun: kind
    for name, kind in {"armed_forces": "armed_force", "parliaments": "parliament", "groups": "group"}.items()
    for noun in _LISTS[name]
}
"""The kind of a body by its noun; a body with another noun is an office."""
NAME_KINDS = {
    noun: kind
    for name, kind in {
        "organisations": "organisation",
        "media": "media",
        "alliances": "alliance",
        "rebels": "armed_force",
    }.items()
    for noun in _LISTS[name]
}
"""The kind of party by a noun in its name."""
VERBS = frozenset(_LISTS["reporting"] + _LISTS["auxiliary"])
CALENDAR_WORDS = frozenset([*day_name, *month_name[1:]])
