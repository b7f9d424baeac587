"""The standing of an issue or of a proposal: the variants, every party's positions, and what is open."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from flask import Flask

from api.database import select
from api.http.problems import InvalidQuery
from api.http.query_params import get_or_404
from api.http.serialization import parse_record
from api.lists.formats import as_of_day, meta
from api.lists.list_query import ListQuery
from api.openapi.json_schema import BOOLEAN, ID, META, TEXT, array_of, nullable, object_of
from api.openapi.parameters import id_in_path
from api.openapi.view_schemas import (
    ACCOUNT_ID,
    DATE,
    DATE_BASIS,
    EVENT_ID,
    EVENT_STATUS,
    PARTY_ID,
    POSITION_ID,
    PROPOSAL_ID,
    PROPOSAL_KIND,
    QUESTION_ID,
    QUESTION_STATUS,
)
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, add_view
from api.views.as_of import published_by
from api.views.bounds import Bound
from api.views.contrasts import CONTRAST, contrasts_by_issue
from api.views.discussed import select_speakers
from api.views.entries import ENTRY, select_statements
from api.views.issue_tree import nest_parts, with_parts
from api.views.position import Position
from api.views.selection import selection
from api.views.stance_queries import (
    CITATIONS,
    POSITION,
    SELECTION,
    STANDING_SCHEMA,
    event_json,
    known_proposals,
    part_of_proposal,
    position_filters,
    position_json,
    select_names,
    select_positions,
    select_proposal_titles,
    select_variants,
    standing_json,
)
from api.views.stance_rules import RULES, derive_standing, group_by
from api.views.standing_table import NARROWING, csv_rows, table_text
from api.views.text import WidthQuery
from schemas import RECORDS, Proposal
from schemas.errors import FieldError
from seed.storage.mapping import singular

MAX_RECORDS = Bound(data=20_000, page=400)
"""Maximum number of records that the standing of an issue or of a proposal puts together."""
VARIANT = "variant_of"
"""The relation between proposals that may be the same thing in the words of different accounts."""
PROPOSAL_FIELDS = (
    "title",
    "summary",
    "kind",
    "duration",
    "unconditional",
    "proposed_by",
    "date",
    "date_basis",
    "date_earliest",
    "date_latest",
    "accounts",
    "attribution",
    "citations",
)
PROPOSAL = object_of(
    {
        "proposal": PROPOSAL_ID,
        "relation": nullable(ID)
        | {
            "description": "How it relates to the requested proposal: `variant_of`; null if it is that one, and in the"
            " standing of an issue."
        },
        "title": TEXT,
        "summary": TEXT,
        "kind": PROPOSAL_KIND,
        "duration": nullable(ID),
        "unconditional": nullable(BOOLEAN),
        "proposed_by": array_of(PARTY_ID),
        "date": nullable(DATE),
        "date_basis": nullable(DATE_BASIS),
        "date_earliest": nullable(ID),
        "date_latest": nullable(ID),
        "accounts": array_of(ACCOUNT_ID),
        "attribution": TEXT | {"description": "The account of the proposal and of its stage."},
        "citations": CITATIONS,
        "stage": nullable(TEXT)
        | {"description": "The stage on that account; null if not stated, or if `as_of` is before the source."},
    },
    "ProposalStanding",
)
PARTY = object_of(
    {
        "party": PARTY_ID,
        "name": TEXT,
        **STANDING_SCHEMA,
        "history": array_of(POSITION) | {"description": "Every position of the party, in the order of the dates."},
    },
    "PartyHistory",
)
CONDITION = object_of(
    {
        "proposal": PROPOSAL_ID,
        "title": TEXT,
        "set_by": array_of(PARTY_ID) | {"description": "The parties whose positions name it as a condition."},
        "standing": array_of(object_of({"party": PARTY_ID, "name": TEXT, **STANDING_SCHEMA}, "PartyStanding")),
        "derived_from": array_of(POSITION_ID) | {"description": "The positions that name it as a condition."},
    },
    "Condition",
)
EVENT = object_of(
    {
        "event": EVENT_ID,
        "title": TEXT,
        "proposal": nullable(PROPOSAL_ID) | {"description": "The proposal that it concerns; null for the issue only."},
        "proposal_title": nullable(TEXT),
        "relation": nullable(ID)
        | {"description": "What it does to the proposal. Only an event that `occurred` or is `ongoing` has done it."},
        "date": nullable(DATE),
        "date_basis": nullable(DATE_BASIS),
        "status": EVENT_STATUS,
        "attribution": TEXT,
        "citations": CITATIONS,
    },
    "RelatedEvent",
)
QUESTION = object_of(
    {
        "id": QUESTION_ID,
        "question": TEXT,
        "status": QUESTION_STATUS,
        "note": nullable(TEXT),
        "attribution": TEXT,
        "citations": CITATIONS,
    },
    "OpenQuestion",
)
SCHEMA = object_of(
    {
        "type": ID,
        "id": ID,
        "title": TEXT,
        "proposals": array_of(PROPOSAL),
        "parties": array_of(PARTY),
        "conditions": array_of(CONDITION)
        | {"description": "What is demanded in return for one of the proposals, and where that stands."},
        "discussed": array_of(object_of({"party": PARTY_ID, "name": TEXT}, "Speaker"))
        | {"description": "Those who spoke of it and have no recorded position on it."},
        "statements": array_of(ENTRY) | {"description": "Other statements: evidence of none of these positions."},
        "events": array_of(EVENT) | {"description": "Events that carry out, breach or otherwise concern a proposal."},
        "contrasts": array_of(CONTRAST),
        "questions": array_of(QUESTION) | {"description": "What the sources leave open."},
        "rules": {"type": "object", "additionalProperties": TEXT},
        "meta": META,
    },
    "Standing",
)
FILTERS = tuple(name for name in SELECTION if name not in ("issue", "proposal", "negotiation"))
"""The filters of positions, except those replaced by the path. Each narrows every part whose records have it."""
FILTERS_WITHOUT_AS_OF = tuple(name for name in FILTERS if name != "as_of")


STATEMENTS_ON = "select id from statements_issues where issue in (select value from json_each(:issues))"
STATEMENTS_NAMING = "select id from statements_proposals where proposal in (select value from json_each(:ids))"
QUESTIONS_ON = "select id from questions_issues where issue in (select value from json_each(:issues))"
QUESTIONS_NAMING = (
    "select id from questions_proposals where proposal in (select value from json_each(:ids))"
    f" union select id from ({QUESTIONS_ON}) where id not in (select id from questions_proposals)"
)
"""The questions on a proposal: those that name it, and those on its issues that name no proposal."""


class Scope(NamedTuple):
    """What a standing covers."""

    proposals: dict[str, str | None]
    """The proposals, with how each relates to the requested one."""
    issues: list[str]
    """The issues of the contrasts and questions."""
    events_on: list[str] = []
    """The issues whose events are listed, in addition to those of the proposals."""
    subject: str | None = None
    """The requested proposal."""


StandingQuery = WidthQuery.from_dict({name: position_filters()[name] for name in FILTERS}, name="StandingQuery")


def init_app(app: Flask) -> None:
    """Register the endpoint of each type."""
    for plural, build in (("issues", of_issue), ("proposals", of_proposal)):
        name, record = singular(plural), RECORDS[plural]
        view = View(
            path=f"/{plural}/{{id}}/standing",
            purpose=f"Where one {name} stands: every party's positions and their history, the variants, what is open.",
            operation=f"get{name.title()}Standing",
            page=ViewPage(
                "Where it stands",
                "The proposals, every party’s positions on them in order of date, the conditions, and what is open.",
                "parts/standing.html",
                preview=lambda query, data: f"/matrix.png?{singular(data['type'])}={data['id']}",
            ),
            build=build,
            schema=SCHEMA,
            query=StandingQuery(),
            rows=csv_rows,
            text=table_text,
            path_values=id_in_path(record),
        )
        add_view(app, view)


def of_issue(query: Query, id: str) -> Data:
    """Return the standing of one issue, its parts included."""
    title = parse_record(get_or_404("issues", id))["title"]
    issues = with_parts([id])
    ids = [row["id"] for row in ListQuery(Proposal, {"issue": json.dumps(issues)}).stream()]
    named = {"type": "issues", "id": id, "title": title}
    return {**named, **standing(query, Scope(_known(query, dict.fromkeys(ids)), issues, issues))}


def of_proposal(query: Query, id: str) -> Data:
    """Return the standing of one proposal and of its variants."""
    proposal = parse_record(get_or_404("proposals", id))
    relations: dict[str, str | None] = {id: None}
    related = {"related_to": json.dumps([id])}
    for row in ListQuery(Proposal, related).stream():
        for relation in parse_record(row)["relations"]:
            if relation == {"proposal": id, "relation": VARIANT}:
                relations.setdefault(row["id"], VARIANT)
    for relation in proposal["relations"]:
        if relation["relation"] == VARIANT:
            relations.setdefault(relation["proposal"], VARIANT)
    named = {"type": "proposals", "id": id, "title": proposal["title"]}
    known = {id: None, **_known(query, relations)}
    scope = Scope(known, proposal["issues"], subject=id)
    return {**named, **_with_own_contrasts(standing(query, scope), list(known))}


def _with_own_contrasts(data: Data, ids: list[str]) -> Data:
    """Return a standing with the contrasts of statements that name one of some proposals."""
    statement = "select distinct id from statements_proposals where proposal in (select value from json_each(:ids))"
    naming = {row["id"] for row in select(statement, {"ids": json.dumps(ids)})}
    return {**data, "contrasts": [one for one in data["contrasts"] if naming.intersection(one["statements"])]}


def _known(query: Query, relations: dict[str, str | None]) -> dict[str, str | None]:
    """Return those of some proposals, given with their relations, that were known by the day requested."""
    known = known_proposals(query)
    return {id: relation for id, relation in relations.items() if known is None or id in known}


def standing(query: Query, scope: Scope) -> Data:
    """Return the standing of some proposals and issues."""
    ids = list(scope.proposals)
    positions = _positions_on(query, ids)
    titles, variants = select_proposal_titles(ids), select_variants(ids)
    names = select_names(positions)
    statements = other_statements(query, scope)
    conditions = open_conditions(query, ids, positions)
    found = {
        "proposals": select_proposals(query, scope, {position.proposal for position in positions}),
        "parties": [
            {
                "party": party,
                "name": names[party],
                **standing_json(derive_standing(own, variants), titles, names),
                "history": [position_json(position, titles, names, is_history=True) for position in own],
            }
            for party, own in group_by(positions, lambda position: position.party).items()
        ],
        "conditions": conditions,
        "discussed": speakers_without_position(query, positions, statements),
        "statements": statements,
        "events": select_events(query, ids, scope.events_on),
        "contrasts": list(_distinct(contrasts_by_issue(query, scope.issues).values())),
        "questions": select_questions(query, scope, [*ids, *(one["proposal"] for one in conditions)]),
    }
    _reject_large(len(positions) + sum(map(len, found.values())))
    return {**found, "rules": RULES, "meta": meta(query)}


def _reject_large(records: int) -> None:
    """Raise InvalidQuery if there are too many records for one answer."""
    most = MAX_RECORDS.now()
    if records > most:
        detail = f"More than {most} records. Filter by `party`, `account` or `q`."
        raise InvalidQuery([FieldError("/party", detail)])


def select_proposals(query: Query, scope: Scope, with_positions: Iterable[str]) -> list[Data]:
    """Return the proposals that match the filters, with the requested one and those in `with_positions`.

    Each has its stage if its source existed on the day requested.
    """
    matches, bound = selection("proposals", query, FILTERS_WITHOUT_AS_OF)
    rows = select(
        f"select r.id, r.record, r.derived, {published_by('s')} published from proposals r"
        " join sources s on s.id = r.bundle where r.id in (select value from json_each(:ids))"
        f" and (({matches}) or r.id in (select value from json_each(:listed))) order by r.day is null, r.day, r.id",
        {**bound, "ids": json.dumps(list(scope.proposals)), "listed": json.dumps([scope.subject, *with_positions])},
    )
    day = as_of_day(query)
    proposals = [{**parse_record(row), "is_published": day is None or row["published"] <= day} for row in rows]
    shown = {record["id"] for record in proposals}
    return [
        {
            "proposal": record["id"],
            "relation": scope.proposals[record["id"]],
            **{name: record[name] for name in PROPOSAL_FIELDS},
            "stage": record["stage"] if record["is_published"] else None,
        }
        for record in nest_parts([{**one, "part_of": part_of_proposal(one, shown)} for one in proposals])
    ]


def open_conditions(query: Query, ids: list[str], positions: list[Position]) -> list[Data]:
    """Return the conditions of some proposals, named by a position or by a relation, and where they stand.

    The number of SQL statements does not depend on the number of conditions.
    """
    naming = positions_by_condition(positions)
    conditions = sorted({*naming, *_related_conditions(query, ids)})
    titles = select_proposal_titles(conditions)
    on_conditions = _positions_on(query, conditions)
    names = select_names(on_conditions)
    by_proposal = group_by(on_conditions, lambda position: position.proposal)
    return [
        {
            "proposal": condition,
            "title": titles[condition],
            "set_by": sorted({position.party for position in naming.get(condition, [])}),
            "standing": [
                {"party": party, "name": names[party], **standing_json(derive_standing(own), titles, names)}
                for party, own in group_by(by_proposal.get(condition, []), lambda position: position.party).items()
            ],
            "derived_from": [position.id for position in naming.get(condition, [])],
        }
        for condition in conditions
    ]


def positions_by_condition(positions: list[Position]) -> dict[str, list[Position]]:
    """Return the positions that name each condition."""
    naming: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        for condition in position.conditions:
            naming[condition].append(position)
    return naming


def select_events(query: Query, ids: list[str], issues: list[str]) -> list[Data]:
    """Return the events that concern some proposals or issues and match the filters, in the order of the timeline."""
    matches, bound = selection("events", query, FILTERS)
    names = ("proposal", "proposal_title", "relation")
    on_proposals = (
        "select id, proposal, relation from events_proposals where proposal in (select value from json_each(:ids))"
    )
    on_issues = (
        "select distinct id, null, null from events_issues where issue in (select value from json_each(:issues))"
    )
    rows = select(
        f"with linked as ({on_proposals})"
        " select r.record, r.derived, l.proposal, p.title proposal_title, l.relation"
        f" from (select * from linked union all {on_issues} and id not in (select id from linked)) l"
        " join events r on r.id = l.id left join proposals p on p.id = l.proposal"
        " left join timeline t on t.id = 'events/' || r.id"
        f" where {matches} order by t.day is null, t.day, r.id",
        {**bound, "ids": json.dumps(ids), "issues": json.dumps(issues)},
    )
    return [event_json(parse_record(row)) | {name: row[name] for name in names} for row in rows]


def other_statements(query: Query, scope: Scope) -> list[Data]:
    """Return the statements on some issues, or naming some proposals, that show no position on these proposals."""
    linked = (
        f"{STATEMENTS_NAMING if scope.subject else STATEMENTS_ON} except select s.statement from positions_statements s"
        " join positions p on p.id = s.id where p.proposal in (select value from json_each(:ids))"
    )
    bound = {"ids": json.dumps(list(scope.proposals)), "issues": json.dumps(scope.issues)}
    return select_statements({**query, **bound}, linked, FILTERS)


def speakers_without_position(query: Query, positions: list[Position], statements: list[Data]) -> list[Data]:
    """Return the speakers of statements who have no position; empty if a filter may leave positions out."""
    if query.keys() & NARROWING:
        return []
    principals = {principal for position in positions for principal in (position.party, *position.principals)}
    return select_speakers((statement["id"] for statement in statements), principals)


def select_questions(query: Query, scope: Scope, proposals: list[str]) -> list[Data]:
    """Return the questions on some issues, or on some proposals and conditions, that match the filters.

    Their source existed on the day requested.
    """
    matches, bound = selection("questions", query, FILTERS_WITHOUT_AS_OF)
    linked = QUESTIONS_NAMING if scope.subject else QUESTIONS_ON
    rows = select(
        f"select r.id, r.record, r.derived, {published_by('s')} published from questions r"
        f" join sources s on s.id = r.bundle where r.id in ({linked}) and {matches} order by r.key",
        {**bound, "ids": json.dumps(proposals), "issues": json.dumps(scope.issues)},
    )
    day = as_of_day(query)
    records = [parse_record(row) for row in rows if day is None or row["published"] <= day]
    names = ("id", "question", "status", "note", "attribution", "citations")
    return [{name: record[name] for name in names} for record in records]


def _related_conditions(query: Query, ids: list[str]) -> list[str]:
    own = {name: query[name] for name in FILTERS_WITHOUT_AS_OF if name in query}
    related = ListQuery(Proposal, {**own, "related_to": json.dumps(ids)}).stream()
    conditions: dict[str, str | None] = {
        row["id"]: relation["relation"]
        for row in related
        for relation in parse_record(row)["relations"]
        if relation["relation"] == "condition_for" and relation["proposal"] in ids
    }
    return list(_known(query, conditions))


def _positions_on(query: Query, proposals: list[str]) -> list[Position]:
    return select_positions({**query, "proposal": json.dumps(proposals)}) if proposals else []


def _distinct(lists: Iterable[list[Data]]) -> Iterable[Data]:
    """Return the contrasts of several issues, each pair of statements once."""
    return {frozenset(one["statements"]): one for contrasts in lists for one in contrasts}.values()
