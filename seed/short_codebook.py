"""The codebook in short: the fields of each type with their terms, and the decision tables."""

import re
from collections.abc import Iterator
from pathlib import Path

from marshmallow import Schema, fields

from schemas import RECORDS
from schemas.fields import UniqueList, VocabularyTerm
from schemas.record import Record
from schemas.vocabularies import STANCES

CODEBOOK = Path(__file__).with_name("CODEBOOK.md")
HEADING = re.compile(r"^(?=##+ )", re.MULTILINE)
INTRODUCTION = """\
# The codebook in short

The fields, and the decision tables of `seed/CODEBOOK.md`. Fields in **bold** are required; all others may be left out.
These sections have no table; read them there: {others}.
"""


def short_codebook() -> str:
    """Return the codebook in short, as Markdown."""
    types = "\n".join(f"- `{plural}`: {', '.join(_fields(record()))}" for plural, record in RECORDS.items())
    stances = "\n".join(f"- `{term.name}`: {term.definition}" for term in STANCES.terms.values())
    tables = dict(_tables(CODEBOOK.read_text(encoding="utf-8")))
    others = ", ".join(heading.lstrip("# ") for heading, table in tables.items() if not table)
    parts = "\n".join(f"{heading}\n\n{table}\n" for heading, table in tables.items() if table)
    introduction = INTRODUCTION.format(others=others)
    return f"{introduction}\n## Fields and terms\n\n{types}\n\n## Stances\n\n{stances}\n\n{parts}"


def _fields(schema: Schema) -> Iterator[str]:
    """Yield the fields that people write, in order, with the terms of a vocabulary and the fields of an object."""
    written = schema.written() if isinstance(schema, Record) else schema.fields
    for name, field in written.items():
        inner = field.inner if isinstance(field, UniqueList) else field
        yield (f"**{name}**" if field.required else name) + _content(inner)


def _content(field: fields.Field[object]) -> str:
    if isinstance(field, VocabularyTerm):
        return " (see below)" if field.vocabulary is STANCES else f" ({' | '.join(field.vocabulary)})"
    return f" {{{', '.join(_fields(field.schema))}}}" if isinstance(field, fields.Nested) else ""


def _tables(book: str) -> Iterator[tuple[str, str]]:
    """Yield the heading of each section and its tables, or "". The text before the first section is left out."""
    for section in HEADING.split(book)[1:]:
        heading, _, body = section.partition("\n")
        rows = [line.strip() if line.strip().startswith("|") else "" for line in body.splitlines()]
        yield heading, re.sub(r"\n{2,}", "\n\n", "\n".join(rows)).strip()
