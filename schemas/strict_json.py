"""Strict JSON (RFC 8259). Python's reader also accepts NaN, repeated keys and lone surrogates, which others do not."""

import json
import re
from typing import Any

MAX_DEPTH = 100
"""Levels of nesting; bundles need eight."""
MAX_DIGITS = 1000
"""Digits of an integer; Python reads longer ones slowly, and refuses those of more than 4,300."""
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(text: str) -> Any:
    """Parse a text. Raises ValueError if it is not JSON, repeats a key, or is nested too deeply."""
    if text.startswith("\ufeff"):
        raise ValueError("it begins with a byte order mark; send plain UTF-8")
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise ValueError(f"it has more than {MAX_DEPTH} levels") from None
    if _may_be_deep(text) and _depth(value) > MAX_DEPTH:
        raise ValueError(f"it has more than {MAX_DEPTH} levels")
    if SURROGATE.search(text):
        _reject_lone_surrogates(value)
    return value


def _may_be_deep(text: str) -> bool:
    """Return whether a text has enough brackets for more than MAX_DEPTH levels; much faster than counting levels."""
    return text.count("[") + text.count("{") > MAX_DEPTH


def _depth(value: Any) -> int:
    """Return the number of levels, without recursion."""
    depth, level = 0, [value]
    while level := [item for container in level for item in _items(container)]:
        depth += 1
        if depth > MAX_DEPTH:
            break
    return depth


def _items(container: Any) -> list[Any]:
    if isinstance(container, dict):
        return list(container.values())
    return container if isinstance(container, list) else []


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _reject_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        code = f"\\u{ord(error.object[error.start]):04x}"
        raise ValueError(f"{code} is half of a surrogate pair; write the character itself, or both halves") from None


def _parse_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits; the maximum is {MAX_DIGITS}")
    return int(digits)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an object has the same key twice")
    return value


DECODER = json.JSONDecoder(parse_constant=_reject_constant, parse_int=_parse_integer, object_pairs_hook=_unique_keys)
