"""A source: the text that the other records cite."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas import vocabularies
from schemas.fields import (
    AccountId,
    Code,
    PositiveInteger,
    Reference,
    Text,
    Timestamp,
    UniqueList,
    VocabularyTerm,
    WebAddress,
)
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf
from schemas.issue_links import ISSUE_LINKS
from schemas.language import LanguageTag
from schemas.record import Cited, Dated, Negotiated, Record

JOURNALISM = "news_article"
JOINT = "joint_statement"
MIN_JOINT_ISSUERS = 2


def _cited_on_account(context: FilterContext) -> str:
    from schemas import RECORDS  # importing it above would be circular

    return _cited_by(
        context,
        {
            plural: f"select id from {plural}_accounts where {context.equals_any('account')}"
            for plural, record in RECORDS.items()
            if issubclass(record, Cited)
        },
    )


def _cited_on_issue(context: FilterContext) -> str:
    on_issue = f"where {context.equals_any('issue')}"
    return _cited_by(context, {plural: f"select id from ({links}) {on_issue}" for plural, links in ISSUE_LINKS.items()})


def _cited_in_negotiation(context: FilterContext) -> str:
    from schemas import RECORDS  # importing it above would be circular

    belonging = {
        plural: f"select id from {plural}_negotiations where {context.equals_any('negotiation')}"
        for plural, record in RECORDS.items()
        if issubclass(record, Negotiated)
    }
    on_proposals = f"select id from positions where proposal in ({belonging['proposals']})"
    return _cited_by(context, {**belonging, "positions": on_proposals})


def _cited_by(context: FilterContext, selects: Mapping[str, str]) -> str:
    """Return the SQL for "a record cites the source", for a SELECT of ids for each type."""
    citing = (f"select source from {plural}_citations where id in ({ids})" for plural, ids in selects.items())
    return f"{context.record}.id in ({' union '.join(citing)})"


def digest(description: str) -> Code:
    """Return a field for a SHA-256 digest."""
    return Code(
        description,
        pattern="[0-9a-f]{64}",
        form="a SHA-256 digest: 64 digits 0-9 and a-f",
        example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )


class Source(Dated, Record):
    """A text that records are read from. The text itself is not stored; its digests are."""

    plural = "sources"
    label = "title"
    example = "trump-putin-call-article"
    brief = ("id", "title", "kind", "issued_by_label", "date", "paragraphs")
    filters = {
        "account": AnyOf(
            AccountId("Who gives an account.", example="kremlin"),
            _cited_on_account,
            description="Cited by a record on the account of any of these.",
        ),
        "negotiation": AnyOf(
            Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
            _cited_in_negotiation,
            description="Cited by a record that belongs to any of these negotiations.",
        ),
        "issue": AnyOf(
            Reference("issues", "An issue.", example="energy-strikes"),
            _cited_on_issue,
            description="Cited by an event, a proposal, a position or a statement on any of these issues.",
        ),
    }

    title = Text(
        "What the source is, in the editors’ words.", example="News article on the Trump–Putin call", search=True
    )
    publisher = Text("Who published it; null if the text does not say.", example="A newspaper", nullable=True)
    kind = VocabularyTerm(vocabularies.SOURCE_KINDS, "What sort of text it is.")
    issued_by = UniqueList(
        Reference("parties", "A party.", example="kremlin"),
        "The parties whose own text it is; `[]` for journalism.",
        filter="issued_by",
    )
    text_url = WebAddress("Where it can be read; null if not known.", example="https://example.org/readout")
    archive_url = WebAddress(
        "Where a copy is archived.", example="https://web.archive.org/web/2025/https://example.org"
    )
    retrieved_at = Timestamp("When it was read.", example="2025-03-18T21:40:00Z")
    supersedes = Reference(
        "sources", "The earlier edition that it replaces.", example="trump-putin-call-article", nullable=True
    )
    language = LanguageTag("The language it is written in (BCP 47).", example="en")
    paragraphs = PositiveInteger("The number of its paragraphs (non-empty lines).", example=29)
    sha256 = digest("The SHA-256 digest of its normalised paragraphs, joined by line feeds.")
    paragraph_sha256 = UniqueList(
        digest("A SHA-256 digest."),
        "The SHA-256 digest of each paragraph in order, normalised: Unicode NFC, no invisible characters, straight "
        "quotation marks and apostrophes, hyphens for dashes, single spaces.",
        least=1,
        distinct=False,  # a separator such as "* * *" may occur several times
    )

    @classmethod
    def may_date_others(cls, data: dict[str, Any]) -> bool:
        """Return whether its date may be known from elsewhere: the wordings in it are counted from it."""
        return True

    @validates_schema
    def check_digest_count(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require one digest per paragraph."""
        if len(data["paragraph_sha256"]) != data["paragraphs"]:
            raise ValidationError(f"Must contain {data['paragraphs']} digests, one per paragraph.", "paragraph_sha256")

    @validates_schema
    def check_issuers(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require issuers for a party's own text, and forbid them for journalism."""
        kind, issuers = data["kind"], data["issued_by"]
        if kind == JOURNALISM and issuers:
            raise ValidationError(f"Must be empty if `kind` is `{JOURNALISM}`: a journalist wrote it.", "issued_by")
        if kind != JOURNALISM and not issuers:
            raise ValidationError(f"Required if `kind` is `{kind}`: the parties whose own text it is.", "issued_by")
        if kind == JOINT and len(issuers) < MIN_JOINT_ISSUERS:
            raise ValidationError(f"Must be two parties or more if `kind` is `{JOINT}`.", "issued_by")
