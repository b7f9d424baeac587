"""Two or more accounts side by side: what they report alike, what differently, and what only one reports."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations, product
from typing import Any

from flask import Flask
from marshmallow import ValidationError

from api.database import select
from api.lists.formats import meta
from api.openapi.json_schema import BOOLEAN, ID, META, SIDE, TEXT, array_of, nullable, object_of
from api.pages.links import with_query
from api.pages.view_page import ViewPage
from api.views import Data, Query, Rows, View, add_view
from api.views.accounts_table import (
    FINDING_KINDS,
    HEADER,
    RESULT_LABELS,
    absence,
    basis,
    column_rows,
    common_ground,
    contrast_sides,
    contrast_text,
    entry_text,
    result_in_words,
)
from api.views.contrasts import CONTRAST, accounts_differ, contrasts_by_issue, have_common_issue
from api.views.entries import (
    ACCOUNT,
    ENTRY,
    SILENCE_SCHEMA,
    Entry,
    account_names,
    accounts_in_data,
    entry_filters,
    entry_json,
    is_certainly_silent,
    read_voices,
    select_entries,
    silence_json,
    stance_label,
)
from api.views.issue_tree import issue_rows, with_parts
from api.views.position import Position, Variants
from api.views.stance_queries import CITATIONS, party_names, proposal_titles, select_variants, to_position
from api.views.stance_rules import have_common_stance, have_none_in_common, stance_of, variant_pairs
from api.views.text import WidthQuery, hanging, has_several_sources
from schemas.errors import FieldMessage
from schemas.fields import AccountId, Reference
from schemas.filters import AnyOf

MIN_ACCOUNTS = 2
MAX_ACCOUNTS = 6
MAX_LISTED = 100
"""The most accounts that an error lists."""
RULES = {
    "same": "At least two of the accounts report a party on one proposal with a common stance, and nothing differs. A"
    " party and the principal for which it acts count as one: one account may name the state, another its president.",
    "different": "The editors recorded a contrast between their statements on it, or they report a party with no stance"
    " in common on one proposal, or only on different proposals that may be the same thing (`variant_of`): as in the"
    " matrix, they differ in `stance` or in `wording`. What a source quotes a party as saying of itself does not differ"
    " from what that source reports, and of two positions neither is certainly later.",
    "only_one": "One of the accounts says something on the issue; the others are silent, and no words are reported that"
    " may be theirs.",
    "undetermined": "Several speak, but of different parties, without a stance, with one stance on different proposals"
    " that may be the same thing, or one of them only as quoted by the other, on a part of the issue, or on different"
    " matters; or a source reports words and does not say on whose account. Nothing says whether they agree.",
}
FINDING = object_of(
    {
        "kind": {"type": "string", "enum": list(FINDING_KINDS)},
        "party": ID,
        "name": TEXT,
        "proposal": nullable(ID) | {"description": "The proposal on which both report the party; null if none."},
        "side": nullable(SIDE)
        | {"description": "If `kind` is `side`: the side that the party is on in both accounts, in other stances."},
        "title": nullable(TEXT),
        "accounts": array_of(
            object_of(
                {
                    "account": ID,
                    "parties": array_of(ID) | {"description": "The party, or the principal for which it acts."},
                    "stances": array_of(ID),
                    "explicit": {**BOOLEAN, "description": "False if any of the positions is inferred."},
                    "positions": array_of(ID),
                    "proposals": array_of(ID),
                    "citations": CITATIONS,
                },
                "AccountFinding",
            )
        ),
    },
    "Finding",
)
ISSUE = object_of(
    {
        "issue": ID,
        "title": TEXT,
        "part_of": nullable(ID),
        "result": {"type": "string", "enum": list(RESULT_LABELS)},
        "explicit": {**BOOLEAN, "description": "False if the result is `same` only with a position that is inferred."},
        "accounts": array_of(
            object_of({"account": ID, **SILENCE_SCHEMA, "records": array_of(ENTRY)}, "ComparedAccount")
        ),
        "findings": array_of(FINDING),
        "contrasts": array_of(CONTRAST),
    },
    "ComparedIssue",
)
SCHEMA = object_of(
    {
        "accounts": array_of(ACCOUNT),
        "issues": array_of(ISSUE),
        "rules": {"type": "object", "additionalProperties": TEXT},
        "meta": META,
    },
    "Comparison",
)
DIFFERENCES = ("stance", "wording")
"""The kinds of findings in which accounts may differ."""
ByProposal = dict[str, list[Entry]]
"""The positions of one party on one account, by proposal."""
Pair = tuple[tuple[str, ByProposal], tuple[str, ByProposal]]
"""Two accounts, each with what it reports of one party."""


class AccountList(AnyOf):
    """Two to six different accounts."""

    least, most = MIN_ACCOUNTS, MAX_ACCOUNTS

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        accounts = json.loads(super()._deserialize(value, *args, **kwargs)) if value else []
        if not MIN_ACCOUNTS <= len(set(accounts)) == len(accounts) <= MAX_ACCOUNTS:
            raise self.make_error("required")
        return json.dumps(accounts)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """Return the error of a kind; if accounts are missing, with those that the data has."""
        if key != "required":
            return super().make_error(key, **kwargs)
        detail = f"Write {MIN_ACCOUNTS} to {MAX_ACCOUNTS} different accounts, separated by commas."
        return ValidationError([FieldMessage(detail, allowed=accounts_in_data(MAX_LISTED))])


CompareQuery = WidthQuery.from_dict(
    {
        "accounts": AccountList(
            AccountId("An account.", example="kremlin"),
            description="The accounts to compare: two to six ids of parties or sources.",
            to="accounts",
            example=["kremlin", "white-house"],
            required=True,
        ),
        "issue": AnyOf(
            Reference("issues", "An issue.", example="energy-strikes"), description="Only these issues and their parts."
        ),
        **{name: filter for name, filter in entry_filters().items() if name != "account"},
    },
    name="CompareQuery",
)


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/compare",
        purpose="Accounts side by side, issue by issue: what is the same, what differs, what one alone says.",
        operation="compareAccounts",
        page=ViewPage(
            "Accounts side by side",
            "What these accounts say alike, where they differ, and what one alone says.",
            "parts/accounts.html",
            _preview,
        ),
        build=build,
        schema=SCHEMA,
        query=CompareQuery(),
        rows=csv_rows,
        text=table_text,
    )
    add_view(app, view)


def _preview(query: Query, data: Mapping[str, Any]) -> str:
    """Return the path of a picture of the same: the positions on these accounts."""
    named = {"account": query["accounts"], **{name: query[name] for name in ("issue",) if name in query}}
    return with_query("/matrix.png", [(name, ",".join(json.loads(ids))) for name, ids in named.items()])


def build(query: Query) -> Data:
    """Return the comparison of some accounts."""
    accounts: list[str] = json.loads(query["accounts"])
    issues = (
        with_parts(json.loads(query["issue"]))
        if "issue" in query
        else [row["id"] for row in select("select id from issues", {})]
    )
    entries = select_entries({**query, "account": query["accounts"]}, issues, narrower="issue")
    spoken = [row for row in issue_rows(issues) if any(entry.issue == row["issue"] for entry in entries)]
    contrasts = contrasts_by_issue(query, (row["issue"] for row in spoken))
    names, voices = account_names(accounts), read_voices(row["issue"] for row in spoken)
    positions = [entry for entry in entries if entry.plural == "positions"]
    parties = party_names(entry.record["party"] for entry in positions)
    proposals = {entry.record["proposal"] for entry in positions}
    titles, variants = proposal_titles(proposals), select_variants(proposals)
    return {
        "accounts": [{"account": account, "name": names[account]} for account in accounts],
        "issues": [
            _compare(
                row,
                [entry for entry in entries if entry.issue == row["issue"]],
                {account: silence_json(row["issue"], account, voices) for account in accounts},
                contrasts[row["issue"]],
                parties,
                titles,
                variants,
            )
            for row in spoken
        ],
        "rules": RULES,
        "meta": meta(query),
    }


def _compare(
    row: Data,
    entries: list[Entry],
    silences: Mapping[str, Data],
    contrasts: list[Data],
    parties: Mapping[str, str],
    titles: Mapping[str, str],
    variants: Variants,
) -> Data:
    """Return what some accounts say on one issue, and the result of comparing them."""
    columns = [
        {
            "account": account,
            **silence,
            "records": [entry_json(entry) for entry in entries if account in entry.record["accounts"]],
        }
        for account, silence in silences.items()
    ]
    spoken = {column["account"] for column in columns if column["records"]}
    between = [contrast for contrast in contrasts if _is_between(contrast, set(silences), spoken)]
    findings = [
        {"side": None, **finding, "name": _names(finding, parties), "title": titles.get(finding["proposal"])}
        for finding in _findings(list(silences), entries, parties, variants)
    ]
    findings.sort(key=lambda finding: finding["kind"] in DIFFERENCES)
    alike = [finding for finding in findings if finding["kind"] == "same"]
    silent = [column for column in columns if column["silent"]]
    if len(silent) == len(silences) - 1 and all(map(is_certainly_silent, silent)):
        result = "only_one"
    elif accounts_differ(between) or any(finding["kind"] in DIFFERENCES for finding in findings):
        result = "different"
    else:
        result = "same" if alike else "undetermined"
    explicit = result != "same" or any(all(side["explicit"] for side in finding["accounts"]) for finding in alike)
    return {
        **row,
        "result": result,
        "explicit": explicit,
        "accounts": columns,
        "findings": findings,
        "contrasts": between,
    }


def _is_between(contrast: Data, accounts: set[str], spoken: set[str]) -> bool:
    """Return whether a contrast is between statements of two different accounts of those compared.

    If the two are not about one issue, both accounts have to speak on the issue at hand.
    """
    among = accounts if have_common_issue(contrast) else spoken
    one, other = (among.intersection(of_statement) for of_statement in contrast["accounts"])
    return bool(one and other and one != other)


def _findings(accounts: list[str], entries: list[Entry], parties: Iterable[str], variants: Variants) -> Iterable[Data]:
    """Yield for each party, in the order of `parties`, what two accounts report alike and what differently."""
    by_party: dict[str, dict[str, ByProposal]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for entry in entries:
        for account in entry.record["accounts"] if entry.plural == "positions" else ():
            if account in accounts:
                by_party[entry.record["party"]][account][entry.record["proposal"]].append(entry)
    for party in parties:
        pairs = (*combinations(by_party[party].items(), 2), *_pairs_with_principals(party, by_party))
        for one, other in pairs:
            for finding in _compare_two(one, other, variants):
                yield {**finding, "party": party}


def _pairs_with_principals(party: str, by_party: Mapping[str, Mapping[str, ByProposal]]) -> Iterator[Pair]:
    """Yield each account of a party with each account of its principal, if neither account names both."""
    own = by_party[party]
    entries = chain.from_iterable(chain.from_iterable(each.values()) for each in own.values())
    principals = {principal for entry in entries for principal in entry.record["principals"]} - {party}
    for principal in sorted(principals & by_party.keys()):
        others = by_party[principal]
        for one, other in product(own.items(), others.items()):
            if one[0] not in others and other[0] not in own:
                yield one, other


def _names(finding: Data, parties: Mapping[str, str]) -> str:
    return " / ".join(dict.fromkeys(parties[party] for side in finding["accounts"] for party in side["parties"]))


def _compare_two(one: tuple[str, ByProposal], other: tuple[str, ByProposal], variants: Variants) -> Iterable[Data]:
    own, others = _positions(one[1]), _positions(other[1])
    shared = [proposal for proposal in one[1] if proposal in other[1]]
    for proposal in shared:
        sides = [(account, entries[proposal]) for account, entries in (one, other)]
        stances = [{entry.record["stance"] for entry in entries} for _, entries in sides]
        if not stances[0].isdisjoint(stances[1]):
            yield {"kind": "same", "proposal": proposal, "accounts": [_side(*side) for side in sides]}
        elif have_none_in_common(own[proposal], others[proposal], stance_of) and not _is_quotation(*sides):
            yield from _in_common(own[proposal], others[proposal], sides, proposal)
            yield {"kind": "stance", "proposal": proposal, "accounts": [_side(*side) for side in sides]}
    pairs = [] if shared else variant_pairs(own, others, variants)
    if pairs:
        kind = "variants" if have_common_stance(pairs) else "wording"
        sides = [(account, list(chain(*entries.values()))) for account, entries in (one, other)]
        if not _is_quotation(*sides):
            yield from _in_common(chain(*own.values()), chain(*others.values()), sides)
            yield {"kind": kind, "proposal": None, "accounts": [_side(*side) for side in sides]}


def _in_common(
    one: Iterable[Position],
    other: Iterable[Position],
    sides: list[tuple[str, list[Entry]]],
    proposal: str | None = None,
) -> Iterator[Data]:
    """Yield the finding that a party is on one side only, the same in both accounts, whatever its stances."""
    common = {position.side for position in chain(one, other)}
    if len(common) == 1:
        yield {"kind": "side", "proposal": proposal, "side": common.pop(), "accounts": [_side(*side) for side in sides]}


def _positions(by_proposal: ByProposal) -> dict[str, list[Position]]:
    return {
        proposal: [to_position(entry.record, entry.bundle) for entry in entries]
        for proposal, entries in by_proposal.items()
    }


def _is_quotation(one: tuple[str, list[Entry]], other: tuple[str, list[Entry]]) -> bool:
    """Return whether one account is a source that quotes what the other says."""
    pairs = ((one[0], other[1]), (other[0], one[1]))
    return any(entry.is_quoted_by(account) for account, entries in pairs for entry in entries)


def _side(account: str, entries: list[Entry]) -> Data:
    return {
        "account": account,
        "parties": list(dict.fromkeys(entry.record["party"] for entry in entries)),
        "stances": list(dict.fromkeys(entry.record["stance"] for entry in entries)),
        "explicit": all(entry.record["explicit"] for entry in entries),
        "positions": [entry.record["id"] for entry in entries],
        "proposals": list(dict.fromkeys(entry.record["proposal"] for entry in entries)),
        "citations": distinct_citations(citation for entry in entries for citation in entry.record["citations"]),
    }


def distinct_citations(citations: Iterable[Data]) -> list[Data]:
    """Return each of some citations once, in their order."""
    return list({(citation["source"], citation["paragraph"]): citation for citation in citations}.values())


def csv_rows(comparison: Data, query: Query) -> Rows:
    """Return a row for each record and each silence, with the result of its issue."""
    return [
        ["result", *HEADER],
        *(
            [issue["result"], *row]
            for issue in comparison["issues"]
            for column in issue["accounts"]
            for row in column_rows(issue, {**column, "elsewhere": []})
        ),
    ]


def table_text(comparison: Data, query: Query) -> str:
    """Return the comparison as text: a section for each issue with the result, the accounts and the differences."""
    names = {account["account"]: account["name"] for account in comparison["accounts"]}
    issues = comparison["issues"]
    entries = (entry for issue in issues for column in issue["accounts"] for entry in column["records"])
    sides = contrast_sides(chain.from_iterable(issue["contrasts"] for issue in issues))
    with_source = has_several_sources(chain(entries, sides))
    sections = [_section(issue, names, query["width"], with_source) for issue in comparison["issues"]]
    legend = [hanging(rule, query["width"], f"{RESULT_LABELS[name]}: ", 4) for name, rule in RULES.items()]
    return "\n\n".join([hanging(" / ".join(names.values()), query["width"]), *sections, "\n".join(legend)])


def _section(issue: Data, names: dict[str, str], width: int, with_source: bool) -> str:
    lines = [hanging(f"{issue['title'].upper()}: {result_in_words(issue)}", width)]
    for column in issue["accounts"]:
        reason = "" if column["records"] else f": {absence(column)}"
        lines.append(hanging(names[column["account"]] + reason, width, "  ", 4))
        lines += [entry_text(entry, width, with_source) for entry in column["records"]]
    for finding in issue["findings"]:
        lines.append(hanging(_finding_text(finding, names, with_source), width, "  ", 4))
    lines += [
        hanging(contrast_text(contrast, with_source=with_source), width, "  Difference: ", 4)
        for contrast in issue["contrasts"]
    ]
    return "\n".join(lines)


def _finding_text(finding: Data, names: dict[str, str], with_source: bool) -> str:
    """Return a finding in words."""
    kind = FINDING_KINDS[finding["kind"]]
    if finding["side"]:
        return f"{kind}: {finding['name']}, {common_ground(finding, names, with_source=with_source)}"
    sides = [
        f"{names[side['account']]}: {', '.join(map(stance_label, side['stances']))}"
        f" ({', '.join(basis(side, with_source=with_source))})"
        for side in finding["accounts"]
    ]
    on = f", on the proposal “{finding['title']}”" if finding["title"] else ""
    return f"{kind}: {finding['name']}{on}: {'; '.join(sides)}"
