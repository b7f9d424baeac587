"""What every record has, and the groups of fields that several types share."""

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas import vocabularies
from schemas.dates import date_span
from schemas.errors import FieldMessage
from schemas.fields import (
    MAX_INVALID_ITEMS,
    EdtfDate,
    PositiveInteger,
    Reference,
    Slug,
    Text,
    UniqueList,
    VocabularyTerm,
)
from schemas.filters import Filter

DAY = validate.Length(equal=len("2025-03-18"))


class Strict(Schema):
    """A schema that refuses what it does not know, and names the nearest thing it does."""

    error_messages = {"unknown": "There is no such field."}

    def handle_error(self, error: ValidationError, data: Any, **kwargs: Any) -> None:
        """Say of everything unknown what is known, up to where nobody would read on."""
        unknown = self.error_messages["unknown"]
        messages = error.messages if isinstance(error.messages, dict) else {}
        known = [field.data_key or name for name, field in self.load_fields.items()]
        for name in [name for name, message in messages.items() if message == [unknown]][:MAX_INVALID_ITEMS]:
            messages[name] = [FieldMessage(unknown, name, known)]


class Record(Strict):
    """One record: an id, what its type adds, and an editor's note."""

    plural: ClassVar[str]
    """The name of the type in addresses, tables and bundles."""
    label: ClassVar[str]
    """The field that a person would call the record by."""
    path: ClassVar[str] = "/{plural}/{id}"
    """Where a record is served."""
    stored: ClassVar[bool] = True
    """Whether it has a table of its own; otherwise it is a view, put together from others."""
    state_column: ClassVar[str | None] = None
    """The column that tells how far it is, for the timeline."""
    example: ClassVar[str]
    """The id of a record, to show in the description."""
    brief: ClassVar[tuple[str, ...]]
    """The columns that tell most, for a table that is to fit a terminal."""
    filters: ClassVar[dict[str, Filter]] = {}
    """Query parameters beyond those that the fields themselves give."""

    id: fields.Field[Any] = Slug(
        "Readable, unique among records of its type, and never given to another.", example="energy-strikes-halt"
    )
    note: fields.Field[Any] = Text(
        "What the editor resolved, inferred or left open, and on what basis.",
        example="The weekday is resolved from the date of the call.",
        nullable=True,
        search=True,
    )

    @classmethod
    def declared(cls) -> dict[str, fields.Field[Any]]:
        """The fields in the order in which they are served: the id, the type's own, then the shared groups."""
        inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "_declared_fields", {})}
        own = [name for name in cls._declared_fields if name not in inherited]
        shared = [name for name in cls._declared_fields if name in inherited and name not in ("id", "note")]
        return {name: cls._declared_fields[name] for name in ("id", *own, *shared, "note")}

    @classmethod
    def is_searchable(cls) -> bool:
        """Return whether any field is part of the full-text index."""
        return any(field.metadata.get("search") for field in cls.declared().values())


class Citation(Strict):
    """Where a record is written."""

    source = Reference("sources", "The source.", example="trump-putin-call-article", filter="source")
    paragraph = PositiveInteger(
        "Its paragraph: the source's non-empty lines, counted from 1.", example=2, filter="paragraph"
    )


class Cited(Strict):
    """Of a record that rests on what a source says."""

    citations = UniqueList(
        fields.Nested(Citation), "The paragraphs the record rests on, the most telling first.", least=1
    )


class Negotiated(Strict):
    """Of a record that belongs to negotiations."""

    negotiations = UniqueList(
        Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
        "The negotiations it belongs to.",
        filter="negotiation",
    )


class Dated(Strict):
    """Of a record that has a time: the date in EDTF, the days it may mean, and how the source words it."""

    date = EdtfDate("When, as an EDTF date (levels 0 and 1); null where the source gives no clue.")
    date_earliest = fields.String(
        dump_only=True,
        allow_none=True,
        validate=DAY,
        metadata={"description": "The first day `date` may mean; null where that is open.", "example": "2025-03-18"},
    )
    date_latest = fields.String(
        dump_only=True,
        allow_none=True,
        validate=DAY,
        metadata={"description": "The last day `date` may mean; null where that is open.", "example": "2025-03-18"},
    )
    date_wording = Text("The source's own words for the time.", example="last week", nullable=True)
    date_basis = VocabularyTerm(
        vocabularies.DATE_BASES, "How `date` was arrived at; null when `date` is.", nullable=True
    )

    @validates_schema
    def has_a_basis(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A date says how it was arrived at."""
        if (data["date"] is None) != (data["date_basis"] is None):
            raise ValidationError("A date has a basis, and a basis has a date.", "date_basis")

    @post_load
    def derive_days(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add the first and last day that the date may mean."""
        earliest, latest = date_span(data["date"]) if data["date"] else (None, None)
        return {**data, "date_earliest": earliest, "date_latest": latest}


class Accounted(Strict):
    """Of a record that is somebody's word: the source's own, or a party's that it reports."""

    voice = VocabularyTerm(vocabularies.VOICES, "Whose word the record is.")
    according_to = UniqueList(
        Reference("parties", "A party.", example="kremlin"),
        "The parties whose word it is; empty unless `voice` is `party`.",
    )

    @validates_schema
    def names_the_voice(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A party's word names the party; nobody else's does."""
        if (data["voice"] == "party") != bool(data["according_to"]):
            raise ValidationError(
                "Names the party whose word it is when `voice` is `party`, and nobody otherwise.", "according_to"
            )
