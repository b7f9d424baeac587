"""Entries: what each account says on an issue, whatever the type of the record that holds it."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from marshmallow import fields

from api.database import cached_rows, select
from api.http.problems import InvalidQuery
from api.http.serialization import parse_record
from api.lists.conditions import CONDITIONS, parse_with_conditions, titles_sql
from api.lists.filters import filters
from api.lists.formats import as_of_day
from api.lists.qualifiers import ACTING
from api.lists.readable_date import Translate
from api.lists.record_nouns import record_noun
from api.openapi.json_schema import BOOLEAN, ID, TEXT, Json, array_of, nullable, object_of
from api.openapi.view_schemas import ACCOUNT_ID, DATE, DATE_BASIS, PARTY_ID, PROPOSAL_ID, STANCE, STATEMENT_ID
from api.source_labels import source_label
from api.views.as_of import published_by
from api.views.bounds import Bound
from api.views.issue_tree import ISSUE_TITLE, TREE
from api.views.selection import selection
from schemas import RECORDS
from schemas.errors import FieldError
from schemas.fields import UNATTRIBUTED, UNATTRIBUTED_NAME
from schemas.issue_links import ISSUE_LINKS
from schemas.vocabularies import EVENT_STATUSES, PROPOSAL_STAGES, SOURCE_KINDS, STANCES

MAX_ENTRIES = Bound(data=2000, page=250)
"""Maximum number of records that one view puts together."""
STATEMENTS_ABOUT = "select id from statements where about = :event or event = :event"
EVENT_LINKS = {
    "statements": STATEMENTS_ABOUT,
    "positions": "select id from positions where event = :event",
    "proposals": "select id from proposals where event = :event",
    "events": "select id from events where id = :event",
}
"""For each of these types, a SELECT of the records that are about an event or were made at it."""
WORDS = (
    f"{STATEMENTS_ABOUT} union select s.statement from positions p join positions_statements s on s.id = p.id"
    " where p.event = :event"
)
"""SELECT of the statements that are about an event, were made at it, or show a position that was taken at it."""
WORD_LINKS = {
    "statements": WORDS,
    "positions": f"select id from positions_statements where statement in ({WORDS})",
    "proposals": f"select m.proposal id from ({WORDS}) s join statements_proposals m on m.id = s.id"
    " join statements_accounts a on a.id = s.id join proposals_accounts b on b.id = m.proposal"
    " and b.account = a.account",
}
"""SELECTs of the words about an event, of the positions that they show, and of the proposals in them.

Of a proposal, whoever speaks also has to be the one who gives its account.
"""
SPEAKING = " union ".join(
    "select tree.root whole, a.account, link.issue, i.title from tree join issues i on i.id = tree.id"
    f" join ({links}) link on link.issue = tree.id join {accounts}"
    " where +a.account in (select value from json_each(:accounts))"
    for plural, links in ISSUE_LINKS.items()
    for accounts in (
        f"{plural}_accounts a on a.id = link.id",
        f"{plural}_additions l on l.id = link.id join additions_accounts a on a.id = l.addition",
    )
)
"""SELECT of each issue, the issue that a record is about (the issue or a part of it), and some accounts of the record.

An addition to a record of another source counts for the account of the addition. `+` keeps SQLite from reading all
records of thousands of accounts to find those on one issue.
"""
Speaking = Mapping[tuple[str, str], list[dict[str, str]]]
"""By issue and account, id and title of that issue and of its parts on which the account says anything."""
ACTORS = {
    "statements": "select id, party from statements_speakers",
    "positions": "select id, party from positions",
    "proposals": "select id, party from proposals_proposed_by",
}
"""SELECTs of the parties that speak, take a position or make a proposal."""
REPORTS = {
    plural: f"({actors}) l join ({ISSUE_LINKS[plural]}) link on link.id = l.id join {plural}_accounts a on a.id = l.id"
    " where link.issue in (select value from json_each(:issues))"
    for plural, actors in ACTORS.items()
}
"""For each of these types, SQL of the parties `l`, the issues `link` and the accounts `a` of records on some issues."""
QUOTING = " union ".join(
    f"select link.issue, l.party, a.account from {reports} and l.party in (select value from json_each(:parties))"
    for reports in REPORTS.values()
)
"""SELECT of the accounts that report what some parties said or did on some issues."""
REPORTING_SOURCES = (
    "select s.id from sources s where "
    + " or ".join(f"exists (select 1 from {reports} and a.account = s.id)" for reports in REPORTS.values())
    + " limit 2"
)
"""SELECT of two of the sources that report what anyone said or did on some issues."""
Quoting = Mapping[tuple[str, str], list[dict[str, str]]]
"""By issue and party, the accounts that report what it said or did, with their names."""
NEGOTIATED = {
    **{plural: f"{plural}_negotiations n join {plural} r on r.id = n.id" for plural in ISSUE_LINKS},
    "positions": "proposals_negotiations n join positions r on r.proposal = n.id",
}
"""For each type that says something on issues, SQL of its records `r` with their negotiations `n`."""
UNPLACED = f"""
select tree.root issue, s.id, s.attribution from tree join ({ISSUE_LINKS["statements"]}) link on link.issue = tree.id
    join statements s on s.id = link.id where s.voice = '{UNATTRIBUTED}' order by 1, s.key
"""
"""SELECT of the unattributed statements on each issue and its parts: the source does not say who reports them."""
Unplaced = Mapping[str, list[dict[str, str]]]
"""By issue, the statements of `UNPLACED`."""
Keys = set[tuple[str, str]]
"""Types and ids of records."""
SELECTION = ("account", "party", "source", "paragraph", "q", "as_of")
"""The filters of entries. One that a type does not have, except `as_of`, leaves its records unfiltered."""
NARROWING = set(SELECTION) - {"as_of"}
"""The filters that leave out records whatever their date: with them, an account without records may not be silent."""
ACCOUNT: Json = object_of({"account": ACCOUNT_ID, "name": TEXT}, "Account")
ENTRY: Json = object_of(
    {
        "type": ID,
        "id": ID,
        "text": TEXT | {"description": "The summary, or the title of a proposal or an event."},
        "quote": nullable(TEXT),
        "kind": nullable(ID),
        "parties": array_of(PARTY_ID) | {"description": "The speakers, the holder of the position, or the proposers."},
        "stance": nullable(STANCE),
        "status": nullable(ID) | {"description": "Whether an event has happened, is to come, or is only alleged."},
        "stage": nullable(ID)
        | {"description": "The stage of a proposal; null if not stated, or if `as_of` is before the source."},
        "proposal": nullable(PROPOSAL_ID) | {"description": "The proposal of a position."},
        **ACTING,
        **CONDITIONS,
        "explicit": {**BOOLEAN, "description": "False if the party, the stance or the proposal is inferred."},
        "inference": nullable(TEXT),
        "date": nullable(DATE),
        "date_basis": nullable(DATE_BASIS),
        "date_earliest": nullable(ID),
        "date_latest": nullable(ID),
        "accounts": array_of(ACCOUNT_ID),
        "attribution": TEXT,
        "citations": array_of({"$ref": "#/components/schemas/Citation"}),
    },
    "Entry",
)
SILENCE_SCHEMA: Json = {
    "silent": BOOLEAN | {"description": "Whether no record of any type gives the account on the issue or its parts."},
    "only_on": array_of(ISSUE_TITLE)
    | {"description": "The parts of the issue on which the account speaks, if it does not speak on the issue itself."},
    "quoted_by": array_of(ACCOUNT)
    | {"description": "If it is silent: the accounts that report its words, positions or proposals."},
    "unplaced": array_of(object_of({"statement": STATEMENT_ID, "attribution": TEXT}, "UnplacedStatement"))
    | {"description": "If it is silent: unattributed statements on the issue, which may be its own."},
}


class Voices(NamedTuple):
    """The accounts that speak on some issues or are quoted there, and the unattributed statements."""

    speaking: Speaking
    quoting: Quoting
    unplaced: Unplaced


class Entry(NamedTuple):
    """A record on an issue."""

    issue: str
    plural: str
    bundle: str
    record: Mapping[str, Any]
    is_published: bool
    """Whether its source existed on the day requested."""

    @property
    def key(self) -> tuple[str, str]:
        """Type and id."""
        return self.plural, self.record["id"]


def entry_filters() -> dict[str, fields.Field[Any]]:
    """Return the filters that views of entries take, by name."""
    return {name: filters(RECORDS["positions"])[name] for name in SELECTION}


def select_statements(query: Mapping[str, Any], linked: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the statements whose ids a SELECT gives and that match the named filters, as they are served.

    `linked` takes what it binds from the query. Raise InvalidQuery if there are too many.
    """
    (condition, bound), most = selection("statements", query, names), MAX_ENTRIES.now()
    rows = select(
        f"select r.bundle, r.record, r.derived from statements r where r.id in ({linked}) and {condition}"
        f" order by r.day is null, r.day, r.key limit {most + 1}",
        {**query, **bound},
    )
    if len(rows) > most:
        raise InvalidQuery([FieldError("/account", f"More than {most} records. Filter by `account` or `q`.")])
    return [entry_json(Entry("", "statements", row["bundle"], parse_record(row), True)) for row in rows]


def select_entries(query: Mapping[str, Any], issues: Iterable[str], narrower: str = "account") -> list[Entry]:
    """Return every record on some issues that matches the filters.

    If there are too many, raise InvalidQuery, which names the parameter that narrows the view.
    """
    rows, day, most = list[tuple[str, sqlite3.Row]](), as_of_day(query), MAX_ENTRIES.now()
    for plural, links in ISSUE_LINKS.items():
        condition, bound = selection(plural, query, SELECTION)
        statement = (
            f"select link.issue, r.bundle, r.record, r.derived, {titles_sql(plural)} titles,"
            f" {published_by('s')} published"
            f' from ({links}) link join "{plural}" r on r.id = link.id join sources s on s.id = r.bundle'
            f" where link.issue in (select value from json_each(:issues)) and {condition}"
            f" order by r.key limit {most + 1 - len(rows)}"
        )
        rows += [(plural, row) for row in select(statement, {**bound, "issues": json.dumps(list(issues))})]
        if len(rows) > most:
            detail = f"More than {most} records. Filter by `{narrower}`, `party`, `source` or `q`."
            raise InvalidQuery([FieldError(f"/{narrower}", detail)])
    return [
        Entry(
            row["issue"],
            plural,
            row["bundle"],
            parse_with_conditions(row),
            day is None or row["published"] <= day,
        )
        for plural, row in rows
    ]


def keys_about_event(event: str) -> Keys:
    """Return type and id of the records that are about an event or were made at it."""
    return _linked_records(EVENT_LINKS, event)


def keys_in_words_about(event: str) -> Keys:
    """Return type and id of the words about an event and of the positions and proposals in them, wherever made."""
    return _linked_records(WORD_LINKS, event)


def _linked_records(links: Mapping[str, str], event: str) -> Keys:
    return {
        (plural, row["id"])
        for plural, statement in links.items()
        for row in select(f"{statement} limit {MAX_ENTRIES.data}", {"event": event})
    }


def issues_of(keys: Keys) -> list[str]:
    """Return the issues of some records."""
    issues = set()
    for plural, links in ISSUE_LINKS.items():
        ids = json.dumps([id for type, id in keys if type == plural])
        statement = f"select distinct issue from ({links}) where id in (select value from json_each(:ids))"
        issues |= {row["issue"] for row in select(statement, {"ids": ids})}
    return sorted(issues)


def read_voices(issues: Iterable[str], accounts: Iterable[str]) -> Voices:
    """Return which of some accounts speak on some issues, who quotes the accounts, and the unattributed statements."""
    listed, parties = list(issues), list(accounts)
    return Voices(speaking_accounts(listed, parties), quoting_accounts(listed, parties), unplaced_statements(listed))


def speaking_accounts(issues: Iterable[str], accounts: Iterable[str]) -> Speaking:
    """Return on which of some issues and of their parts each account says anything, in a record of any type."""
    bound = {"issues": json.dumps(list(issues)), "accounts": json.dumps(list(accounts))}
    speaking = defaultdict[tuple[str, str], list[Any]](list)
    for row in select(f"{TREE} {SPEAKING} order by whole, issue", bound):
        speaking[row["whole"], row["account"]].append({"issue": row["issue"], "title": row["title"]})
    return speaking


def quoting_accounts(issues: Iterable[str], parties: Iterable[str]) -> Quoting:
    """Return the accounts that report what some parties said, proposed or took a position on, by issue and party."""
    bound = {"issues": json.dumps(list(issues)), "parties": json.dumps(list(parties))}
    rows = select(f"{QUOTING} order by 3", bound)
    names = account_names({row["account"] for row in rows}.union(_reporting_sources(bound)))
    quoting = defaultdict[tuple[str, str], list[dict[str, str]]](list)
    for row in rows:
        quoting[row["issue"], row["party"]].append({"account": row["account"], "name": names[row["account"]]})
    return quoting


def _reporting_sources(bound: Mapping[str, Any]) -> list[str]:
    """Return up to two of the sources that report what anyone said or did on some issues.

    If there are several, each is named by its label, even if only one of them quotes the parties of a query.
    """
    return [row["id"] for row in select(REPORTING_SOURCES, dict(bound))]


def account_names(accounts: Iterable[str]) -> dict[str, str]:
    """Return the names of accounts by id: of parties, and of sources by their labels if there are several.

    An account that was purged, to which earlier revisions may refer, has its id.
    """
    ids = list(accounts)
    bound = {"ids": json.dumps(ids)}
    parties = select("select id, name from parties where id in (select value from json_each(:ids))", bound)
    sources = select("select id, publisher, kind from sources where id in (select value from json_each(:ids))", bound)
    short = {row["id"]: row["publisher"] or f"the {SOURCE_KINDS.terms[row['kind']].label}" for row in sources}
    return {
        **{id: id for id in ids},
        UNATTRIBUTED: UNATTRIBUTED_NAME,
        **{row["id"]: row["name"] for row in parties},
        **{id: name if len(short) == 1 else source_label(id) for id, name in short.items()},
    }


def unplaced_statements(issues: Iterable[str]) -> Unplaced:
    """Return the unattributed statements on some issues and their parts, by issue."""
    unplaced = defaultdict[str, list[dict[str, str]]](list)
    for row in select(f"{TREE} {UNPLACED}", {"issues": json.dumps(list(issues))}):
        unplaced[row["issue"]].append({"statement": row["id"], "attribution": row["attribution"]})
    return unplaced


def accounts_in_data(limit: int) -> list[str]:
    """Return the first accounts that any record on an issue gives, in the order of their ids."""
    given = " or ".join(f"exists (select 1 from {plural}_accounts where account = a.id)" for plural in ISSUE_LINKS)
    return [row["id"] for row in select(f"select id from accounts a where {given} order by id limit {limit}")]


def accounts_of_negotiations(negotiations: Iterable[str]) -> list[str]:
    """Return the named accounts that any dated record of some negotiations gives, in the order of their ids."""
    statement = " union ".join(
        f"select a.account from {of_negotiation} join {plural}_accounts a on a.id = r.id"
        " where n.negotiation in (select value from json_each(:negotiations)) and a.account <> :unattributed"
        for plural, of_negotiation in NEGOTIATED.items()
    )
    bound = {"negotiations": json.dumps(list(negotiations)), "unattributed": UNATTRIBUTED}
    return [row["account"] for row in cached_rows(f"{statement} order by 1", bound)]


def silence_json(issue: str, account: str, voices: Voices) -> dict[str, Any]:
    """Return whether an account is silent on an issue, on which parts alone it speaks, and what may be its word."""
    spoken = voices.speaking.get((issue, account), [])
    return {
        "silent": not spoken,
        "only_on": [] if any(one["issue"] == issue for one in spoken) else spoken,
        "quoted_by": [] if spoken else voices.quoting.get((issue, account), []),
        "unplaced": [] if spoken else voices.unplaced.get(issue, []),
    }


def is_certainly_silent(column: Mapping[str, Any]) -> bool:
    """Return whether somebody is named who has no record on an issue, and no words are reported that may be theirs."""
    is_named = column["account"] != UNATTRIBUTED
    return bool(is_named and column["silent"] and not column["quoted_by"] and not column["unplaced"])


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as served."""
    record = entry.record
    parties = record.get("speakers") or record.get("proposed_by") or ([record["party"]] if "party" in record else [])
    return {
        "type": entry.plural,
        "id": record["id"],
        "text": record["summary"] if entry.plural in ("statements", "positions") else record["title"],
        "quote": record.get("quote"),
        "kind": record.get("kind"),
        "parties": parties,
        "stance": record.get("stance"),
        "status": record.get("status"),
        "stage": record.get("stage") if entry.is_published else None,
        "proposal": record.get("proposal"),
        **{name: record.get(name) for name in ACTING},
        "conditions": record.get("conditions", []),
        "condition_titles": record.get("condition_titles", []),
        "explicit": record.get("explicit", True),
        "inference": record.get("inference"),
        **{name: record[name] for name in ("date", "date_basis", "date_earliest", "date_latest")},
        **{name: record[name] for name in ("accounts", "attribution")},
        "citations": record["citations"],
    }


def entry_kind(entry: Mapping[str, Any], translate: Translate = str) -> str:
    """Return the label of an entry: its stance, or the name of its type with its status or stage."""
    if entry["stance"]:
        return translate(stance_label(entry["stance"]))
    states = ((EVENT_STATUSES, entry["status"]), (PROPOSAL_STAGES, entry["stage"]))
    labels = [vocabulary.terms[state].label for vocabulary, state in states if state]
    return ", ".join(map(translate, [record_noun(entry), *labels]))


def stance_label(stance: str) -> str:
    """Return a stance in words."""
    return STANCES.terms[stance].label
