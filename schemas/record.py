"""Base class of all records, and the groups of fields that several record types share."""

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas import vocabularies
from schemas.dates import date_span
from schemas.errors import FieldMessage, UnknownField
from schemas.fields import (
    MAX_CODE_LENGTH,
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

MAX_CITATIONS = 1000
EXTERNAL = "external"
OTHER_BASES = [basis for basis in vocabularies.DATE_BASES if basis != EXTERNAL]
NOT_EXTERNAL = (
    "Must not be `external`: only the date of the source, and of the event on which other dates depend, may be known"
    " from elsewhere. A date taken from that event is `inferred`, or `resolved` if the source has words for it."
)
DAY = validate.Length(equal=len("2025-03-18"))


class Strict(Schema):
    """A schema that rejects unknown fields and suggests the known field with the nearest name."""

    error_messages = {
        "unknown": "There is no such field.",
        "type": "Must be an object with fields, not a text, a number or a list.",
    }

    def handle_error(self, error: ValidationError, data: Any, **kwargs: Any) -> None:
        """Add the known names to the errors about unknown fields, and leave out all but the first 100 of these."""
        unknown = self.error_messages["unknown"]
        messages = error.messages if isinstance(error.messages, dict) else {}
        known = [field.data_key or name for name, field in self.load_fields.items()]
        for number, name in enumerate([name for name, message in messages.items() if message == [unknown]]):
            del messages[name]
            if number < MAX_INVALID_ITEMS:
                messages[name[:MAX_CODE_LENGTH]] = [UnknownField(unknown, name, known)]


class Record(Strict):
    """A record: an id, the fields of its type, and an editor's note."""

    plural: ClassVar[str]
    """The name of the record type in URLs, tables and bundles."""
    label: ClassVar[str]
    """The field whose text names the record for people."""
    path: ClassVar[str] = "/{plural}/{id}"
    """The path at which a record is served."""
    stored: ClassVar[bool] = True
    """Whether bundles contain records of this type; if not, they are derived from other records."""
    state_column: ClassVar[str | None] = None
    """The column that says how a record stands, which the timeline shows as `state`."""
    example: ClassVar[str]
    """The id of a record, as an example in the OpenAPI document."""
    brief: ClassVar[tuple[str, ...]]
    """The columns of the text format, which has to fit a terminal."""
    has_long_texts: ClassVar[bool] = False
    """Whether the text format has a block for each record, since columns would be too narrow for its texts."""
    filters: ClassVar[dict[str, Filter]] = {}
    """Query parameters in addition to those derived from the fields."""

    id: fields.Field[Any] = Slug("A readable id, unique in its type and never reused.", example="energy-strikes-halt")
    note: fields.Field[Any] = Text(
        "What the editor resolved, inferred or left open, and why.",
        example="The weekday is resolved from the date of the call.",
        nullable=True,
        search=True,
    )

    @classmethod
    def declared(cls) -> dict[str, fields.Field[Any]]:
        """Return the fields in the order in which they are served: id, fields of the type, shared groups, note."""
        inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "_declared_fields", {})}
        own = [name for name in cls._declared_fields if name not in inherited]
        shared = [name for name in cls._declared_fields if name in inherited and name not in ("id", "note")]
        return {name: cls._declared_fields[name] for name in ("id", *own, *shared, "note")}

    @classmethod
    def written(cls) -> dict[str, fields.Field[Any]]:
        """Return the fields that people write: all that are declared, except those that are derived from others."""
        return {name: field for name, field in cls.declared().items() if not field.dump_only}

    @classmethod
    def is_searchable(cls) -> bool:
        """Return whether any field is part of the full-text index."""
        return any(field.metadata.get("search") for field in cls.declared().values())


class Citation(Strict):
    """The paragraph of a source on which a record rests."""

    source = Reference("sources", "The source.", example="trump-putin-call-article", filter="source")
    paragraph = PositiveInteger(
        "The number of the paragraph: non-empty lines, counted from 1.", example=2, filter="paragraph"
    )


class Cited(Strict):
    """Fields of a record that rests on paragraphs of sources."""

    citations = UniqueList(
        fields.Nested(Citation),
        "The paragraphs on which the record rests, the most important first.",
        least=1,
        most=MAX_CITATIONS,
    )


class Negotiated(Strict):
    """Fields of a record that belongs to negotiations."""

    negotiations = UniqueList(
        Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
        "The negotiations it belongs to.",
        filter="negotiation",
    )


class OnIssues(Strict):
    """Fields of a record that belongs to issues."""

    issues = UniqueList(
        Reference("issues", "An issue.", example="energy-strikes"),
        "The issues it belongs to, the most specific first.",
        least=1,
        filter="issue",
    )


class Dated(Strict):
    """Fields of a record with a date: EDTF, the first and last day it may mean, wording and basis."""

    date = EdtfDate(
        "The date in EDTF (levels 0 and 1 without seasons, unknown ends and times of day); null if the source has none."
    )
    date_earliest = fields.String(
        dump_only=True,
        allow_none=True,
        validate=DAY,
        metadata={"description": "The first day that `date` may mean; null if open.", "example": "2025-03-18"},
    )
    date_latest = fields.String(
        dump_only=True,
        allow_none=True,
        validate=DAY,
        metadata={"description": "The last day that `date` may mean; null if open.", "example": "2025-03-18"},
    )
    date_wording = Text("The words of the source for the date.", example="last week", nullable=True)
    date_basis = VocabularyTerm(
        vocabularies.DATE_BASES, "How `date` was determined; null if `date` is null.", nullable=True
    )

    @validates_schema
    def check_date_basis(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require a basis with a date, and forbid it without one."""
        if (data["date"] is None) != (data["date_basis"] is None):
            raise ValidationError("Required if `date` is given; must be null otherwise.", "date_basis")
        if data["date_basis"] == "resolved" and data["date_wording"] is None:
            raise ValidationError("Required if `date_basis` is `resolved`: the source's words.", "date_wording")
        if data["date_basis"] == EXTERNAL and not self.may_date_others(data):
            raise ValidationError(FieldMessage(NOT_EXTERNAL, allowed=OTHER_BASES), "date_basis")

    @classmethod
    def may_date_others(cls, data: dict[str, Any]) -> bool:
        """Return whether dates of other records depend on that of a record, which may then be known from elsewhere."""
        return False

    @post_load
    def derive_days(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add the first and the last day that the date may mean."""
        earliest, latest = date_span(data["date"]) if data["date"] else (None, None)
        return {**data, "date_earliest": earliest, "date_latest": latest}


DATE_FIELDS = tuple(Dated._declared_fields)
DAY_FIELDS = ("date_earliest", "date_latest")
"""The fields that are derived from `date`: whole days."""


class Accounted(Strict):
    """Fields for the account that a record rests on: the source's own, or that of parties it reports."""

    voice = VocabularyTerm(vocabularies.VOICES, "Who gives the account that the record rests on.")
    according_to = UniqueList(
        Reference("parties", "A party.", example="kremlin"),
        "The parties that give the account; `[]` unless `voice` is `party`.",
    )

    @validates_schema
    def check_according_to(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require parties if `voice` is `party`, and forbid them otherwise."""
        if (data["voice"] == "party") != bool(data["according_to"]):
            raise ValidationError("Required if `voice` is `party`; must be empty otherwise.", "according_to")
