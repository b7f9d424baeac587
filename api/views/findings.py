"""Findings of a comparison: where accounts agree or differ on one party, and what one account alone reports."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

from api.views import Data
from api.views.entries import Entry
from api.views.position import Position, Variants
from api.views.stance_queries import to_position
from api.views.stance_rules import (
    by_principal,
    current_positions,
    differ_in_conditions,
    differ_on_proposals,
    have_common_stance,
    have_none_in_common,
    stance_of,
    variant_pairs,
)

DIFFERENCES = ("stance", "conditions", "proposals")
"""The kinds of findings in which accounts may differ."""
AGREEMENTS = ("same", "conditions")
"""The kinds of findings in which accounts report a common stance on one proposal."""
ALONE = "alone"
"""The kind of a finding of one account only."""
ByParty = dict[str, list[Position]]
"""The positions of each party."""
ByProposal = dict[str, list[Position]]
"""The positions of one party on one account, by proposal."""
Report = tuple[str, ByProposal]
"""An account with what it reports of one party."""
Reports = dict[str, ByProposal]
"""What each account reports of one party."""
Side = tuple[str, list[Position]]
"""An account with positions on it."""


def positions_by_party(accounts: Collection[str], entries: Iterable[Entry]) -> ByParty:
    """Return the positions on some accounts by party, without their other accounts.

    Each source in its own voice is an account of its own here: a later article does not replace what an earlier one
    reports if the two are compared.
    """
    by_party: ByParty = defaultdict(list)
    for entry in entries:
        if entry.plural == "positions":
            position = to_position(entry.record, entry.bundle, accounts)
            by_party[position.party].append(replace(position, voices=position.accounts))
    return by_party


def _by_account(positions: Iterable[Position]) -> Reports:
    by_account: Reports = defaultdict(lambda: defaultdict(list))
    for position in positions:
        for account in position.accounts:
            by_account[account][position.proposal].append(position)
    return by_account


def findings_alone(by_party: ByParty, parties: Iterable[str], variants: Variants) -> Iterator[Data]:
    """Yield a finding for each proposal on which one account alone has a party, in the order of `parties`."""
    reports = {party: _by_account(positions) for party, positions in by_party.items()}
    accounts = set(chain.from_iterable(reports.values()))
    related = _related_parties(by_party)
    for party in parties:
        for account, by_proposal in reports.get(party, {}).items():
            others = accounts - {account}
            elsewhere = {each for one in related[party] for other in others for each in reports[one].get(other, ())}
            for proposal, positions in by_proposal.items():
                is_quoted = any(position.reported_by in others for position in positions)
                if not is_quoted and elsewhere.isdisjoint({proposal} | variants.get(proposal, frozenset())):
                    side = _side(account, positions)
                    yield {"kind": ALONE, "party": party, "proposal": proposal, "accounts": [side]}


def _related_parties(by_party: ByParty) -> dict[str, set[str]]:
    """Return each party with itself, those for which it acts, and all others that act for one of these."""
    groups = {party: {party, *_principals(party, by_party)} for party in by_party}
    acting: dict[str, set[str]] = defaultdict(set)
    for party, group in groups.items():
        for member in group:
            acting[member].add(party)
    return {party: set(chain.from_iterable(acting[member] for member in group)) for party, group in groups.items()}


def _principals(party: str, by_party: ByParty) -> set[str]:
    """Return the principals that a party acts for in its positions, without itself."""
    return {principal for position in by_party[party] for principal in position.principals} - {party}


def findings_of_two(by_party: ByParty, parties: Iterable[str], variants: Variants) -> Iterator[Data]:
    """Yield the findings on each party, in the order of `parties`, where two accounts agree or differ.

    Positions that the same account has replaced do not count.
    """
    for party in parties:
        if party not in by_party:
            continue
        found: list[Data] = []
        for own, others in by_principal(by_party[party], by_party):
            findings = chain(
                _findings_on(_current_reports(own), variants),
                _findings_on_both(own, others, variants),
            )
            found += [finding for finding in findings if finding not in found]
        yield from ({**finding, "party": party} for finding in found)


def _current_reports(positions: Sequence[Position]) -> Reports:
    return _by_account(current_positions(positions))


def _findings_on(reports: Reports, variants: Variants) -> Iterator[Data]:
    """Yield the findings of each two accounts."""
    for one, other in combinations(reports.items(), 2):
        yield from _compare_two(one, other, variants)


def _findings_on_both(own: Sequence[Position], others: Sequence[Position], variants: Variants) -> Iterator[Data]:
    """Yield the findings on a party and its principal together that two accounts do not have on one of them alone."""
    apart = _current_reports(own), _current_reports(others)
    joined = _by_account([*current_positions(own), *current_positions(others)])
    for one, other in combinations(joined, 2):
        named = [{one: each[one], other: each[other]} for each in apart if one in each and other in each]
        direct = list(chain.from_iterable(_findings_on(each, variants) for each in named))
        together = {account: joined[account] for account in (one, other)}
        yield from (finding for finding in _findings_on(together, variants) if _is_new(finding, direct))


def _is_new(finding: Data, others: Iterable[Data]) -> bool:
    """Return whether a finding is on a proposal that has none among others, or is a difference of another kind."""
    kinds = {other["kind"] for other in others if other["proposal"] == finding["proposal"]}
    return not kinds or (finding["kind"] in DIFFERENCES and finding["kind"] not in kinds)


def _compare_two(one: Report, other: Report, variants: Variants) -> Iterator[Data]:
    (account, own), (other_account, others) = one, other
    shared = [proposal for proposal in own if proposal in others]
    for proposal in shared:
        yield from _compare_on(proposal, (account, own[proposal]), (other_account, others[proposal]))
    if not shared:
        yield from _compare_on_variants(one, other, variants)


def _compare_on(proposal: str, *sides: Side) -> Iterator[Data]:
    """Yield the findings of two accounts that report a party on one proposal.

    As in the matrix, they differ if they share no stance at one time, even if they share one at different times.
    """
    (_, own), (_, others) = sides
    finding = {"proposal": proposal, "accounts": [_side(*side) for side in sides]}
    is_quotation = _is_quotation(*sides)
    if have_none_in_common(own, others, stance_of) and not is_quotation:
        yield from _in_common(chain(own, others), finding)
        yield {"kind": "stance", **finding}
    elif not {*map(stance_of, own)}.isdisjoint(map(stance_of, others)):
        is_same = is_quotation or not differ_in_conditions(own, others)
        yield {"kind": "same" if is_same else "conditions", **finding}


def _compare_on_variants(one: Report, other: Report, variants: Variants) -> Iterator[Data]:
    """Yield the findings of two accounts that report a party only on different proposals."""
    pairs = variant_pairs(one[1], other[1], variants)
    sides = [(account, list(chain(*by_proposal.values()))) for account, by_proposal in (one, other)]
    if pairs and not _is_quotation(*sides):
        finding = {"proposal": None, "accounts": [_side(*side) for side in sides]}
        yield from _in_common(chain(*(positions for _, positions in sides)), finding)
        kinds = ["variants"] * have_common_stance(pairs) + ["proposals"] * differ_on_proposals(pairs)
        yield from ({"kind": kind, **finding} for kind in kinds)


def _in_common(positions: Iterable[Position], finding: Data) -> Iterator[Data]:
    """Yield a finding if both accounts have a party on the same side and on no other, whatever its stances."""
    common = {position.side for position in positions}
    if len(common) == 1:
        yield {"kind": "side", "side": common.pop(), **finding}


def _is_quotation(one: Side, other: Side) -> bool:
    """Return whether one account is a source that quotes what the other says."""
    pairs = ((one[0], other[1]), (other[0], one[1]))
    return any(position.reported_by == account for account, positions in pairs for position in positions)


def _side(account: str, positions: list[Position]) -> Data:
    records = [position.record for position in positions]
    return {
        "account": account,
        "parties": list(dict.fromkeys(record["party"] for record in records)),
        "stances": list(dict.fromkeys(record["stance"] for record in records)),
        **_conditions(records),
        "explicit": all(record["explicit"] for record in records),
        "positions": [record["id"] for record in records],
        "proposals": list(dict.fromkeys(record["proposal"] for record in records)),
        "citations": distinct_citations(citation for record in records for citation in record["citations"]),
    }


def _conditions(records: Iterable[Mapping[str, Any]]) -> Data:
    """Return the conditions of some positions with their titles, each once."""
    titles = {
        condition: title
        for record in records
        for condition, title in zip(record["conditions"], record["condition_titles"], strict=True)
    }
    return {"conditions": list(titles), "condition_titles": list(titles.values())}


def distinct_citations(citations: Iterable[Data]) -> list[Data]:
    """Return each of some citations once, in their order."""
    return list({(citation["source"], citation["paragraph"]): citation for citation in citations}.values())
