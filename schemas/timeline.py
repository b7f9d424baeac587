"""The timeline: an entry for every fact, derived from the records whenever they change."""

from dataclasses import replace

from marshmallow import fields

from schemas import RECORDS, vocabularies
from schemas.fields import SLUG, AccountId, Code, EdtfDate, Reference, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf, FullText
from schemas.issue_links import ISSUE_LINKS
from schemas.position import INFERENCE
from schemas.record import Accounted, Citation, Cited, Dated, Negotiated, Record, Strict
from schemas.record_types import type_vocabulary

DATED: dict[str, type[Record]] = {
    plural: record for plural, record in RECORDS.items() if issubclass(record, Dated) and issubclass(record, Accounted)
}
"""The record types that have a date and an account; these make up the timeline."""
TYPES = type_vocabulary("timeline-types", DATED)


def _match_record(context: FilterContext) -> str:
    """Return the SQL for "the full text of the record behind the entry matches"."""
    matches = (
        f'select {_entry_of(record)} from "{plural}_fts" join "{plural}" hit on hit.key = "{plural}_fts".rowid'
        f' where "{plural}_fts" match :{context.parameter}'
        for plural, record in DATED.items()
        if record.is_searchable()
    )
    return f"{context.record}.id in ({' union all '.join(matches)})"


def _on_issue(context: FilterContext) -> str:
    """Return the SQL for "the record, or one of those under it, is on one of the issues"."""
    on_issue = (
        f'select {_entry_of(record)} from "{plural}" hit where {_is_on_issue(record, context)}'
        for plural, record in DATED.items()
        if "issue" in record.filters or plural in ISSUE_LINKS
    )
    return f"{context.record}.id in ({' union all '.join(on_issue)})"


def _is_on_issue(record: type[Record], context: FilterContext) -> str:
    """Return the SQL for "a record `hit` is on one of the issues": the type's own filter if it declares one."""
    if own := record.filters.get("issue"):
        return own.condition(replace(context, record="hit"))
    links = f"select id from ({ISSUE_LINKS[record.plural]}) where {context.equals_any('issue')}"
    return f"hit.id in ({links})"


def _entry_of(record: type[Record]) -> str:
    """Return SQL for the id of the entry that contains a record `hit`."""
    own = f"'{record.plural}/' || hit.id"
    return f"iif(hit.event is null, {own}, 'events/' || hit.event)" if "event" in record.declared() else own


class TimelineRecord(Strict):
    """A record that was made at the event: a proposal, a position or a statement, with its own account."""

    type = VocabularyTerm(TYPES, "The type of the record.")
    record = Code("The id of the record.", pattern=SLUG, form="an id", example="kremlin-reacted-positively")
    title = Text("The title of the record, or its summary.", example="Putin reacted positively to it.")
    state = Text("Its stage, stance or form.", example="quotation", nullable=True)
    date = EdtfDate("Its own date, which may be wider than that of the event; null if the source gives none.")
    date_basis = VocabularyTerm(vocabularies.DATE_BASES, "How `date` was determined.", nullable=True)
    accounts = UniqueList(AccountId("Who gives an account.", example="kremlin"), "According to whom.")
    attribution = Text("`accounts` in words that can be printed.", example="Kremlin")
    inference = INFERENCE
    citations = UniqueList(fields.Nested(Citation), "The paragraphs on which it rests.")


class EarlierEvent(Strict):
    """An event that the event came after, by a relation that is recorded."""

    event = Code("The id of the event.", pattern=SLUG, form="an id", example="trump-putin-call")
    title = Text("The title of the event.", example="Trump and Putin hold a call")


class Timeline(Cited, Accounted, Dated, Negotiated, Record):
    """What the sources report, by date: events with the records made at them, and records without an event.

    Undated ones come last. What is alleged is not confirmed. Date, account and citations are those of the event;
    each record under it has its own. A filter finds an entry by the event or by any record under it, and another
    filter may find it by another record, so the tables of its lists hold what is true of one of them.
    """

    plural = "timeline"
    label = "title"
    example = "events/trump-putin-call"
    path = "/{id}"
    stored = False
    brief = ("date", "type", "title", "state", "attribution", "citations_paragraph")
    filters = {
        "q": FullText("Full text of the record, in the syntax of `q` in lists.", _match_record),
        "issue": AnyOf(
            Reference("issues", "An issue.", example="energy-strikes"),
            _on_issue,
            description="On any of these issues: the record itself, or one of those under it. Another filter may be met"
            " by another of them.",
        ),
    }

    id = Code(
        "The type and the id of the record.",
        pattern=f"[a-z]+/{SLUG}",
        form="a type and an id, as in 'events/trump-putin-call'",
        example="events/trump-putin-call",
    )
    type = VocabularyTerm(TYPES, "The type of the record.")
    title = Text("The title of the record, or its summary if it has no title.", example="Trump and Putin hold a call")
    state = Text(
        "The status of an event, stage of a proposal, stance of a position or form of a statement.",
        example="occurred",
        nullable=True,
    )
    inference = INFERENCE
    after = UniqueList(
        fields.Nested(EarlierEvent),
        "For an event: the events that it came after, as far as that is known. Nothing else orders those of one day.",
    )
    records = UniqueList(fields.Nested(TimelineRecord), "For an event: the records that were made at it.")
    parties = UniqueList(
        Reference("parties", "A party.", example="putin", is_actor=True),
        "Every party that the record names, or one of those under it.",
        filter="party",
    )
    note = Text("The editor’s note.", example="The weekday is resolved from the date of the call.", nullable=True)
