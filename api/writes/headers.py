"""The request headers of writes, for the OpenAPI document."""

from api.openapi.json_schema import TEXT, Json
from api.writes.idempotency import HEADER
from api.writes.parameters import MINIMAL

IDEMPOTENCY_KEY: Json = {
    "name": HEADER,
    "in": "header",
    "description": "A text of your own, such as a UUID. The same request with the same key is made once, for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "2b4c1f0e-5d0b-4f5c-9f4e-3b8f1f6a7c11",
}
PREFER: Json = {
    "name": "Prefer",
    "in": "header",
    "description": f"`{MINIMAL}` for a response without a body.",
    "schema": TEXT,
    "example": MINIMAL,
}
IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what is changed, as of a GET as JSON; required if it exists.",
    "schema": TEXT,
    "example": '"6651e71f036d8a2c18074296c316f02d"',
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`*` to create only what does not exist.",
    "schema": TEXT,
    "example": "*",
}
COMMON_HEADERS = (IDEMPOTENCY_KEY, PREFER)
"""The headers of every write."""


def require(header: Json) -> Json:
    """Return a header that is required."""
    return header | {"required": True}
