"""The schema of how a record was removed, in a change and in a 410."""

from typing import get_args

from api.openapi.json_schema import ID, INTEGER, TEXT, Json, nullable, object_of, url_schema
from schemas.fields import MAX_CODE_LENGTH
from seed.storage.retired_ids import RemovalKind

REMOVAL_PROPERTIES: dict[str, Json] = {
    "source": ID | {"description": "The source whose bundle has the record, or had it."},
    "removal": {"title": "Removal", "type": "string", "enum": list(get_args(RemovalKind))}
    | {"description": "How it was removed: `dropped` if its bundle was loaded without it."},
    "successor": nullable(ID) | {"description": "The id that replaces that of a renamed or merged record."},
    "recorded_at": {"type": "string", "format": "date-time", "maxLength": MAX_CODE_LENGTH},
    "author": nullable(TEXT) | {"description": "Who made the change; null if not given."},
    "reason": nullable(TEXT) | {"description": "Why; null if not given."},
}
REMOVAL_COLUMNS = tuple(REMOVAL_PROPERTIES)
"""The members that are served as they are stored."""
RETIRED_PROPERTIES: dict[str, Json] = {
    "revision": INTEGER,
    **REMOVAL_PROPERTIES,
    "links": object_of(
        {"history": url_schema("The changes of the record."), "successor": nullable(url_schema("The successor."))},
        "RetiredLinks",
    ),
}
"""What the problem document of a 410 has in addition to others."""
REMOVAL_EXAMPLE: Json = {
    "source": "trump-putin-call-article",
    "removal": "merged",
    "successor": "putin",
    "recorded_at": "2025-03-20T09:00:00+00:00",
    "author": "A. Editor",
    "reason": "The same person.",
}
