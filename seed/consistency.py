"""Warnings about records that contradict the records they refer to, although each reference is valid."""

from collections.abc import Iterator
from itertools import chain, product

from schemas.bundle import Records, entries
from schemas.dates import FIRST_DAY, LAST_DAY, date_span
from schemas.errors import FieldError, json_pointer
from schemas.event import HAPPENED, TO_COME
from schemas.language import primary_language
from seed.cycles import ORDERED_RELATIONS, relations_to_itself
from seed.known_records import KnownRecords, Record

PAST_TYPES = ("positions", "statements")
"""The types of what a party held or said by the time of the source."""
ENGLISH = "en"
"""The language of quotes, summaries and notes, whatever that of the source."""
MAX_ANCESTORS = 20
"""Maximum number of ancestors that are read for an issue."""


def inconsistencies(records: Records, known: KnownRecords) -> Iterator[FieldError]:
    """Yield a warning for each record of a valid bundle that does not fit what it refers to."""
    source = records["sources"][0]
    issuers = source.get("issued_by") or []
    for plural, place, record in entries(records):
        found = chain(
            _warnings(plural, record, known),
            _contrasts_within_an_account(record, source, known),
            relations_to_itself(plural, record, known),
            _lost_issuers(record, issuers),
            _original_that_is_no_original(record),
            _other_side_of_the_source(plural, record, source.get("date")),
        )
        for name, detail in found:
            yield FieldError(json_pointer(plural, place, name), detail)


def _lost_issuers(record: Record, issuers: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a warning if a record of a party's own text is on the account of others, and of no issuer."""
    accounts = record.get("according_to") or []
    if issuers and record.get("voice") == "party" and not set(accounts) & set(issuers):
        theirs, own = " and ".join(map(repr, accounts)), ", ".join(issuers)
        yield (
            "according_to",
            f"It is on the account of {theirs} alone, although this is a text of {own}: write `voice: source`, or add"
            " who issued it.",
        )


def _original_that_is_no_original(record: Record) -> Iterator[tuple[str, str]]:
    """Yield a warning if the original of a quote is in English, as the quote is, or the quote itself."""
    original = record.get("quote_original")
    if original and primary_language(original["language"]) == ENGLISH:
        yield "quote_original", "It is in English, as `quote` is. Leave it out, or correct its language."
    elif original and original["text"] == record["quote"]:
        yield "quote_original", "It is the same as `quote`, which is a translation of it into English."


def _other_side_of_the_source(plural: str, record: Record, source_date: str | None) -> Iterator[tuple[str, str]]:
    """Yield a warning if a record has happened after the day of its source, or is to come before it."""
    day, status = record.get("date"), record.get("status")
    if (plural in PAST_TYPES or status in HAPPENED) and _is_before(source_date, day):
        to_come = f" What is to come is {' or '.join(f'`{one}`' for one in TO_COME)}." if status else ""
        yield "date", f"It is after the date of the source, {source_date}.{to_come}"
    if status in TO_COME and _is_before(day, source_date):
        yield "status", f"It is `{status}`, but its date {day} is before that of the source, {source_date}."


def _warnings(plural: str, record: Record, known: KnownRecords) -> Iterator[tuple[str, str]]:
    if plural == "statements":
        yield from _foreign_issues(record, record.get("proposals") or [], known)
    elif plural == "events":
        yield from _foreign_issues(record, [link["proposal"] for link in record.get("proposals") or []], known)
        yield from _later_events(record, known)
    elif plural == "positions":
        yield from _foreign_evidence(record, known)
        yield from _earlier_than_proposal(record, known)
    elif plural == "proposals":
        yield from _addressed_to_itself(record)
    if event := record.get("event"):
        yield from _other_date(record, known.get("events", event))
        yield from _at_cancelled_event(record, known.get("events", event))


def _foreign_issues(record: Record, proposals: list[str], known: KnownRecords) -> Iterator[tuple[str, str]]:
    """Yield a warning if no issue of a record is an issue of its proposals, or a part or an ancestor of one."""
    found = known.find("proposals", proposals)
    theirs = list(dict.fromkeys(issue for proposal in found for issue in proposal["issues"]))
    own = record.get("issues") or []
    if own and theirs and not any(_are_related(one, other, known) for one, other in product(own, theirs)):
        names = ", ".join(map(repr, theirs))
        yield "issues", f"None is an issue of a proposal that the record names, or part of one. Theirs are {names}."


def _foreign_evidence(position: Record, known: KnownRecords) -> Iterator[tuple[str, str]]:
    """Yield a warning for each statement that shows a position and does not mention its proposal."""
    for statement in known.find("statements", position.get("statements")):
        if position["proposal"] not in (statement.get("proposals") or []):
            lacking = f"the statement {statement['id']!r} does not have {position['proposal']!r} among its proposals"
            yield "statements", f"It shows the position, but {lacking}."


def _earlier_than_proposal(position: Record, known: KnownRecords) -> Iterator[tuple[str, str]]:
    """Yield a warning if a position is dated before its proposal."""
    proposal = known.get("proposals", position["proposal"])
    if _is_before(position.get("date"), proposal.get("date")):
        yield "date", f"It is before the date of the proposal {proposal['id']!r}, {proposal['date']}."


def _addressed_to_itself(proposal: Record) -> Iterator[tuple[str, str]]:
    """Yield a warning if a party addresses a proposal to itself."""
    for party in sorted(set(proposal.get("proposed_by") or []) & set(proposal.get("addressed_to") or [])):
        yield "addressed_to", f"{party!r} proposes it, too. Leave out whoever proposes it."


def _at_cancelled_event(record: Record, event: Record) -> Iterator[tuple[str, str]]:
    """Yield a warning if a record came about at an event that did not take place."""
    if event.get("status") == "cancelled":
        yield "event", f"The event {event['id']!r} is `cancelled`, so that nothing came about at it."


def _contrasts_within_an_account(record: Record, source: Record, known: KnownRecords) -> Iterator[tuple[str, str]]:
    """Yield a warning for each statement that a statement contrasts with and that is on the same account."""
    own = _accounts(record, source)
    for contrast in record.get("contrasts_with") or []:
        other = known.get("statements", contrast["statement"])
        if own and own == _accounts(other, known.source("statements", contrast["statement"])):
            names = " and ".join(map(repr, sorted(own)))
            yield "contrasts_with", f"The statement {other['id']!r} is on the same account, that of {names}."


def _accounts(statement: Record, source: Record) -> set[str]:
    """Return the accounts of a statement in the bundle of a source; none if the source does not name them."""
    by_voice = {
        "party": statement.get("according_to"),
        "source": source.get("issued_by") or statement.get("speakers"),
    }
    return set(by_voice.get(statement.get("voice", "")) or ())


def _later_events(event: Record, known: KnownRecords) -> Iterator[tuple[str, str]]:
    """Yield a warning for each event that this one follows although it has a later date."""
    for link in event.get("relations") or []:
        other = known.get("events", link["event"])
        if link["relation"] in ORDERED_RELATIONS and _is_before(event.get("date"), other.get("date")):
            yield "relations", f"`{link['relation']}` {other['id']!r}, which has a later date: {other['date']}."


def _is_before(one: str | None, other: str | None) -> bool:
    latest, earliest = date_span(one)[1] if one else None, date_span(other)[0] if other else None
    return latest is not None and earliest is not None and latest < earliest


def _other_date(record: Record, event: Record) -> Iterator[tuple[str, str]]:
    """Yield a warning if a record and the event at which it came about have no day in common."""
    if record.get("date") and event.get("date") and not _overlap(record["date"], event["date"]):
        yield "date", f"The event {event['id']!r} has the date {event['date']}, which has no day in common with this."


def _overlap(one: str, other: str) -> bool:
    (earliest, latest), (others_earliest, others_latest) = date_span(one), date_span(other)
    return (earliest or FIRST_DAY) <= (others_latest or LAST_DAY) and (others_earliest or FIRST_DAY) <= (
        latest or LAST_DAY
    )


def _are_related(one: str, other: str, known: KnownRecords) -> bool:
    return other in _with_ancestors(one, known) or one in _with_ancestors(other, known)


def _with_ancestors(issue: str, known: KnownRecords) -> list[str]:
    """Return an issue and its ancestors: the issue that it is `part_of`, and so on."""
    found: list[str] = []
    whole: str | None = issue
    while whole and whole not in found and len(found) < MAX_ANCESTORS:
        found.append(whole)
        whole = known.get("issues", whole).get("part_of")
    return found
