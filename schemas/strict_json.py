"""JSON as the standard has it, read strictly: what Python's reader also takes would mean something else elsewhere."""

import json
import re
from typing import Any

HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""Where half a surrogate pair may be written, which is no text."""


def read_json(text: str) -> Any:
    """The value that the text holds; ValueError where it is not JSON, has a key twice, or a number that is none."""
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise ValueError("too many levels") from None
    if HALF.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a key stands in one object twice")
    return held


DECODER = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_each_once)
