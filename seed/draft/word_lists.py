"""The word lists of `words.yaml`, and patterns made of them."""

import re
from calendar import day_name, month_name
from pathlib import Path

import yaml

_LISTS: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


def word_list(name: str) -> list[str]:
    """Return the words of a list, in order."""
    return _LISTS[name]


def any_of(name: str) -> str:
    """Return the pattern for any word of a list."""
    return "(?:" + "|".join(map(re.escape, _LISTS[name])) + ")"


TITLES, STARTERS, PLACES, OFFICES = (frozenset(_LISTS[name]) for name in ("titles", "starters", "places", "offices"))
VERBS = frozenset(_LISTS["reporting"] + _LISTS["auxiliary"])
CALENDAR_WORDS = frozenset([*day_name, *month_name[1:]])
