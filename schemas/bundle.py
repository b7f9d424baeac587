"""A bundle: one source and the records read from it, as lists of records by type."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError, fields, validates, validates_schema

from schemas import RECORDS
from schemas.errors import FieldError, errors_from_marshmallow
from schemas.fields import MAX_LIST_LENGTH, StrictBoolean, UniqueList
from schemas.record import Strict

Records = dict[str, list[dict[str, Any]]]
"""Records by the plural of their type; valid ones have every key."""
NOT_A_RECORD: dict[str, Any] = {"invalid": "Must be a record: an object with fields."}
SHAPE = "A bundle is lists of records by type: `sources:` with one source, then `parties:`, `events:` and so on."


class BundleRules(Strict):
    """The rules of a bundle: it has one source, after which it is named, and it is no draft."""

    draft = StrictBoolean("Whether the bundle is unfinished; such a bundle is not valid.", default=False)

    @validates("draft")
    def is_no_draft(self, draft: bool, **kwargs: Any) -> None:
        """A draft is not valid, even if all that is written in it is."""
        if draft:
            raise ValidationError(
                "Is a draft. Decide every value that begins with `?`, write what is missing, then remove this line."
            )

    @validates_schema
    def has_one_source(self, data: Records, **kwargs: Any) -> None:
        """A bundle is what was read from one source."""
        if len(data["sources"]) != 1:
            raise ValidationError(f"A bundle has exactly one source; this has {len(data['sources'])}.", "sources")


Outline = BundleRules.from_dict(
    {
        plural: UniqueList(fields.Dict(error_messages=NOT_A_RECORD), record.__doc__ or "", distinct=False)
        for plural, record in RECORDS.items()
    },
    name="Outline",
)
"""The shape of a bundle, whatever its records contain."""


def outline_errors(document: Any) -> Iterator[FieldError]:
    """Yield what keeps a document from being a bundle, whatever its records contain."""
    if not document:
        yield FieldError("", f"Is empty. {SHAPE}")
    elif not isinstance(document, dict):
        yield FieldError("", f"Is not a bundle. {SHAPE}")
    else:
        yield from errors_from_marshmallow(Outline().validate(document))


def entries(document: Any) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield every record in a document that may be invalid: type, position and data.

    The end of a list that exceeds the maximum length is left out; the list is invalid as a whole.
    """
    for plural in RECORDS:
        items = document.get(plural) if isinstance(document, dict) else None
        for place, item in enumerate(items[:MAX_LIST_LENGTH] if isinstance(items, list) else []):
            if isinstance(item, dict):
                yield plural, place, item
