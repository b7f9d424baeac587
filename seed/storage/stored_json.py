"""The JSON that is stored, and from which responses are made."""

from typing import Any

import msgspec.json


def to_json(data: Any) -> str:
    """Serialize without white space or escapes."""
    return msgspec.json.encode(data).decode()
