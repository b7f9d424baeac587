"""How a CSV is written: with which separator, and whether a byte order mark precedes it."""

import csv
import io
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError, fields

from schemas.errors import FieldMessage
from schemas.query_schema import BooleanParameter

COMMA = ","
SEPARATORS = {COMMA: COMMA, ";": ";", "tab": "\t"}
"""The characters between cells by the values of `sep`."""
MEANT = {"comma": COMMA, "semicolon": ";", "\t": "tab", r"\t": "tab"}
"""The valid value that another one means."""
BOM = "\ufeff"
"""The byte order mark (Unicode Standard, 23.8), by which Excel knows UTF-8."""


def dialect_parameters() -> dict[str, fields.Field[Any]]:
    """Return the parameters of every CSV: `bom`, a boolean, and `sep`, a key of `SEPARATORS`."""
    bom = BooleanParameter("Whether a byte order mark comes first, by which Excel knows UTF-8.")
    sep = fields.String(
        load_default=COMMA,
        validate=_check_separator,
        metadata={"description": "What separates the cells.", "example": ";"},
    )
    return {"bom": bom, "sep": sep}


def _check_separator(value: str) -> None:
    if value not in SEPARATORS:
        detail = "Must be `,`, `;` or `tab`."
        raise ValidationError(FieldMessage(detail, allowed=SEPARATORS, did_you_mean=MEANT.get(value)))


@cache
def with_dialect(schema: Schema) -> Schema:
    """Return the query schema of a view with the parameters of its CSV."""
    return type(schema).from_dict(dialect_parameters(), name=f"{type(schema).__name__}Csv")()


def byte_order_mark(query: Mapping[str, Any]) -> str:
    """Return what comes before the header: the byte order mark, or nothing."""
    return BOM if query["bom"] else ""


def write_rows(rows: Iterable[Iterable[str]], separator: str = COMMA) -> str:
    """Return rows as lines of CSV (RFC 4180)."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
