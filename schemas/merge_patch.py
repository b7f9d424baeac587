"""JSON Merge Patch (RFC 7396). Its algorithm is shorter than the use of a library."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields


def merge_patch(target: Any, patch: Any, schema: Schema | None = None) -> Any:
    """Return the target after a patch: null removes a member, an object is merged, anything else replaces.

    With the schema of the target, a null for a field that it does not have remains, so that validation reports it.
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        field = schema.load_fields.get(name) if schema else None
        if value is None and (field or not schema):
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(
                merged.get(name), value, field.schema if isinstance(field, fields.Nested) else None
            )
    return merged
