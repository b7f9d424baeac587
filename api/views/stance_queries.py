"""Positions read from the database for the stance rules, and standings as JSON."""

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields

from api.database import select
from api.http.problems import InvalidQuery
from api.lists.column_values import select_labels
from api.lists.conditions import CONDITIONS, POSITIONS, parse_with_conditions, titles_sql
from api.lists.filters import filters
from api.lists.qualifiers import ACTING
from api.openapi.json_schema import BOOLEAN, ID, SIDE, TEXT, Json, array_of, nullable, object_of
from api.openapi.view_schemas import ACCOUNT_ID, DATE, DATE_BASIS, PARTY_ID, POSITION_ID, PROPOSAL_ID, STANCE
from api.views.bounds import Bound
from api.views.issue_tree import with_parts
from api.views.position import JOURNALISTS, Position, Standing, Variants
from api.views.selection import selection
from api.views.stance_rules import current_positions
from schemas import Position as PositionRecord
from schemas.errors import FieldError
from schemas.filters import stands_from
from schemas.part_of import PART_OF
from schemas.vocabularies import STANCES
from seed.storage.collation import sort_key

SELECTION = (
    "party",
    "principal",
    "account",
    "negotiation",
    "issue",
    "proposal",
    "stance",
    "explicit",
    "source",
    "paragraph",
    "q",
    "since",
    "until",
    "on",
    "as_of",
)
"""The filters of /positions that views take."""
AMONG_CURRENT = ("stance", "explicit", "paragraph", "q")
"""The filters that select among current positions: what one of them leaves out may have replaced what it selects.

The others say whose positions count, on what, on whose word and at what time, and a position is current among those.
"""
DATES = ("since", "until", "on", "as_of")
"""The filters of positions by date."""
MAX_DAYS = 8
"""Maximum number of days with new positions that a page offers."""
MAX_POSITIONS = Bound(data=5000, page=600)
"""Maximum number of positions that one view puts together; 5000 take about a second."""
PAIR = 2
"""The number of names that “and” joins in an attribution."""
CITATIONS: Json = array_of({"$ref": "#/components/schemas/Citation"})
POSITION: Json = object_of(
    {
        "position": POSITION_ID,
        "party": PARTY_ID | {"description": "The party that holds it."},
        "party_name": TEXT,
        "proposal": PROPOSAL_ID,
        "title": TEXT | {"description": "The title of the proposal."},
        "stance": STANCE,
        "label": TEXT | {"description": "The stance in words."},
        "side": SIDE,
        **ACTING,
        "on_behalf_of_names": array_of(TEXT),
        **CONDITIONS,
        "summary": TEXT,
        "date": nullable(DATE),
        "date_basis": nullable(DATE_BASIS),
        "date_earliest": nullable(ID),
        "date_latest": nullable(ID),
        "accounts": array_of(ACCOUNT_ID)
        | {"description": "Without those that `account` leaves out or, except in `history`, that have replaced it."},
        "attribution": TEXT | {"description": "These accounts in words."},
        "explicit": {**BOOLEAN, "description": "False if the party, the stance or the proposal is inferred."},
        "inference": nullable(TEXT),
        "citations": CITATIONS,
    },
    "PositionHeld",
)
STANDING_SCHEMA: Json = {
    "stances": array_of(ID) | {"description": "The current stances, or only `not_recorded`."},
    "differs": array_of({"type": "string", "enum": ["stance", "conditions", "proposals"]})
    | {"description": "In what the accounts of the same party differ; empty if they agree."},
    "divided": {
        **BOOLEAN,
        "description": "Whether parties that act for one principal disagree; false where each is by itself.",
    },
    "positions": array_of(POSITION) | {"description": "The current positions, in the order of their dates."},
}


def position_filters() -> dict[str, fields.Field[Any]]:
    """Return the filters of /positions that views take, by name."""
    return {name: filters(PositionRecord)[name] for name in SELECTION}


def select_positions(query: Mapping[str, Any]) -> list[Position]:
    """Return the positions that match a query of /positions, in the order of their dates.

    If the query selects among current positions, they have only the accounts on which they are current.
    Raise InvalidQuery if there are too many for one view.
    """
    matches, bound = selection("positions", query, SELECTION)
    if query.keys().isdisjoint(AMONG_CURRENT):
        return [position for _, position in _read_positions(query, matches, None, bound)]
    others, _ = selection("positions", query, [name for name in SELECTION if name not in AMONG_CURRENT])
    same = f"(r.party, r.proposal) in (select r.party, r.proposal from positions r where {matches})"
    rows = _read_positions(query, matches, f"{others} and {same}", bound)
    current = {position.id: position for position in current_positions([position for _, position in rows])}
    return [current.get(one.id, _replaced(one)) for is_selected, one in rows if is_selected]


def _replaced(position: Position) -> Position:
    return replace(position, accounts=(), voices=(), replaced_by=position.accounts)


def _read_positions(
    query: Mapping[str, Any], matches: str, among: str | None, bound: dict[str, Any]
) -> list[tuple[bool, Position]]:
    """Return the positions that meet a condition, or a wider one, each with whether it meets the first.

    They have only the accounts that the query asks for, so that what other accounts replaced them with does not count.
    """
    _reject_many(query, matches, bound, MAX_POSITIONS.now())
    if among:
        _reject_many(query, among, bound, MAX_POSITIONS.data)
    rows = select(
        f"select r.id, r.bundle, r.record, r.derived, {titles_sql(POSITIONS)} titles, {matches if among else 1} matches"
        f" from positions r where {among or matches} order by r.day is null, r.day, {stands_from()}, r.key",
        bound,
    )
    wanted = set(json.loads(query["account"])) if "account" in query else None
    positions = (to_position(parse_with_conditions(row), row["bundle"], wanted) for row in rows)
    return [(row["matches"], position) for row, position in zip(rows, positions, strict=True)]


def _reject_many(query: Mapping[str, Any], condition: str, bound: dict[str, Any], most: int) -> None:
    """Raise InvalidQuery if more positions meet a condition, before thousands are fetched, which takes seconds."""
    ((count,),) = select(f"select count(*) from (select 1 from positions r where {condition} limit {most + 1})", bound)
    if count > most:
        wider = () if "proposal" in query else ("negotiation", "issue")
        narrower = next((name for name in wider if name not in query), "party")
        detail = f"More than {most} positions. Filter by `{narrower}`, `account` or `q`."
        raise InvalidQuery([FieldError(f"/{narrower}", detail)])


def days_of_change(query: Mapping[str, Any]) -> list[str]:
    """Return the days at which `as_of` adds any of the selected positions, latest first.

    Date filters of the query are ignored.
    """
    if "issue" in query:
        query = {**query, "issue": json.dumps(with_parts(json.loads(query["issue"])))}
    matches, bound = selection("positions", query, [name for name in SELECTION if name not in DATES])
    statement = f"select distinct {stands_from()} day from positions r where {matches}"
    days = f"select day from ({statement}) where day is not null order by day desc limit {MAX_DAYS}"
    return [row["day"] for row in select(days, bound)]


def position_json(
    position: Position, titles: Mapping[str, str], names: Mapping[str, str], *, is_history: bool = False
) -> dict[str, Any]:
    """Return a position as served in a view. `titles` are those of the proposals, `names` those of `select_names`.

    In a history, it has the accounts that have replaced it, too.
    """
    record = position.record
    reporting = {*position.accounts, *(position.replaced_by if is_history else ())}
    reports = [account for account in record["accounts"] if account in reporting]
    said = (*ACTING, "conditions", "condition_titles", "summary")
    dates = ("date", "date_basis", "date_earliest", "date_latest")
    certainty = ("explicit", "inference")
    return {
        "position": position.id,
        "party": position.party,
        "party_name": names[position.party],
        "proposal": position.proposal,
        "title": titles[position.proposal],
        "stance": position.stance,
        "label": STANCES.terms[position.stance].label,
        "side": position.side,
        "on_behalf_of_names": [names[party] for party in record["on_behalf_of"] or ()],
        **{name: record[name] for name in (*said, *dates)},
        "accounts": reports,
        "attribution": _attribution(record, reports, names),
        **{name: record[name] for name in (*certainty, "citations")},
    }


def _attribution(record: Mapping[str, Any], accounts: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the attribution of a position to some of its accounts, with what the record says after their names."""
    attribution: str = record["attribution"]
    if len(accounts) == len(record["accounts"]):
        return attribution
    every, some = (_join_names(names[each] for each in group) for group in (record["accounts"], accounts))
    return some + attribution.removeprefix(every)


def _join_names(names: Iterable[str]) -> str:
    listed = list(names)
    return (" and " if len(listed) == PAIR else ", ").join(listed)


def event_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as served in a view."""
    return {
        "event": record["id"],
        **{name: record[name] for name in ("title", "date", "date_basis", "status", "attribution", "citations")},
    }


def standing_json(standing: Standing, titles: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a standing as served. `titles` are those of the proposals, `names` those of `select_names`."""
    return {
        "stances": standing.stances,
        "differs": list(standing.differs),
        "divided": standing.divided,
        "positions": [position_json(position, titles, names) for position in standing.positions],
    }


def part_of_proposal(proposal: Mapping[str, Any], shown: Container[str]) -> str | None:
    """Return the first of the shown proposals that this one is part of, or None."""
    relations = ((each["relation"], each["proposal"]) for each in proposal["relations"])
    return next((whole for relation, whole in relations if relation == PART_OF and whole in shown), None)


def known_proposals(query: Mapping[str, Any]) -> set[str] | None:
    """Return the proposals that were known by the day requested, or None without one: all are known.

    A proposal was known once it certainly stood, or once a party certainly had a position on it.
    """
    if "as_of" not in query:
        return None
    proposals, bound = selection("proposals", query, ["as_of"])
    positions, _ = selection("positions", query, ["as_of"])
    known = f"select r.id from proposals r where {proposals} union select r.proposal from positions r where {positions}"
    return {row[0] for row in select(known, bound)}


def select_proposal_titles(ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of proposals by id."""
    return select_labels("proposals", sorted(set(ids)))


def select_variants(proposals: Iterable[str]) -> Variants:
    """Return the variants of each of some proposals among them."""
    statement = (
        "select id, proposal from proposals_relations where relation = 'variant_of'"
        " and id in (select value from json_each(:ids)) and proposal in (select value from json_each(:ids))"
    )
    variants = defaultdict[str, set[str]](set)
    for one, other in select(statement, {"ids": json.dumps(sorted(set(proposals)))}):
        variants[one].add(other)
        variants[other].add(one)
    return {proposal: frozenset(others) for proposal, others in variants.items()}


def select_names(positions: Iterable[Position]) -> dict[str, str]:
    """Return the names of the holders of positions, of whom they act for, and of the accounts of those with several."""
    names = set[str]()
    for position in positions:
        accounts = position.record["accounts"]
        acting_for = position.record["on_behalf_of"] or ()
        names |= {position.party, *acting_for, *(accounts if len(accounts) > 1 else ())}
    return select_party_names(names)


def select_party_names(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of parties by id, in the order of the names; those that were purged have their ids."""
    names = select_labels("parties", sorted(set(ids)))
    return dict(sorted(names.items(), key=lambda party: (sort_key(party[1]), party[0])))


def to_position(record: Mapping[str, Any], bundle: str, among: Container[str] | None = None) -> Position:
    """Return a position as the rules use it, with all of its accounts or only those among some."""
    accounts = tuple(account for account in record["accounts"] if among is None or account in among)
    return Position(
        id=record["id"],
        party=record["party"],
        proposal=record["proposal"],
        stance=record["stance"],
        accounts=accounts,
        voices=tuple(JOURNALISTS if account == bundle else account for account in accounts),
        reported_by=bundle if record["voice"] == "source" else None,
        principals=tuple(record["principals"]) or (record["party"],),
        earliest=record["date_earliest"],
        latest=record["date_latest"],
        conditions=tuple(record["conditions"]),
        record=record,
    )
