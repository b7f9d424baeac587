"""Findings of a comparison: where accounts agree or differ on one party, and what one account alone reports."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, combinations, product

from api.views import Data
from api.views.entries import Entry
from api.views.position import Position, Variants
from api.views.stance_queries import to_position
from api.views.stance_rules import (
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
ByProposal = dict[str, list[Entry]]
"""The positions of one party on one account, by proposal."""
ByParty = dict[str, dict[str, ByProposal]]
"""The positions by party and account."""
Pair = tuple[tuple[str, ByProposal], tuple[str, ByProposal]]
"""Two accounts, each with what it reports of one party."""


def positions_by_party(accounts: Collection[str], entries: Iterable[Entry]) -> ByParty:
    """Return the positions on some accounts by party, account and proposal."""
    by_party: ByParty = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for entry in entries:
        for account in entry.record["accounts"] if entry.plural == "positions" else ():
            if account in accounts:
                by_party[entry.record["party"]][account][entry.record["proposal"]].append(entry)
    return by_party


def findings_alone(by_party: ByParty, parties: Iterable[str], variants: Variants) -> Iterator[Data]:
    """Yield a finding for each proposal on which one account alone has a party, in the order of `parties`."""
    accounts = {account for of_party in by_party.values() for account in of_party}
    related = _related_parties(by_party)
    for party in parties:
        for account, by_proposal in by_party.get(party, {}).items():
            others = accounts - {account}
            elsewhere = {each for one in related[party] for other in others for each in by_party[one].get(other, ())}
            for proposal, entries in by_proposal.items():
                is_quoted = any(entry.is_quoted_by(other) for other in others for entry in entries)
                if not is_quoted and elsewhere.isdisjoint({proposal} | variants.get(proposal, frozenset())):
                    yield {"kind": ALONE, "party": party, "proposal": proposal, "accounts": [_side(account, entries)]}


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
    entries = chain.from_iterable(chain.from_iterable(each.values()) for each in by_party[party].values())
    return {principal for entry in entries for principal in entry.record["principals"]} - {party}


def findings_of_two(by_party: ByParty, parties: Iterable[str], variants: Variants) -> Iterator[Data]:
    """Yield the findings on each party, in the order of `parties`, where two accounts agree or differ."""
    for party in parties:
        if party not in by_party:
            continue
        pairs = (*combinations(by_party[party].items(), 2), *_pairs_with_principals(party, by_party, variants))
        for one, other in pairs:
            for finding in _compare_two(one, other, variants):
                yield {**finding, "party": party}


def _pairs_with_principals(party: str, by_party: ByParty, variants: Variants) -> Iterator[Pair]:
    """Yield each account of a party with each account of its principal.

    If an account names both, its positions of both count. Two accounts are left out if each names both, or if comparing
    them on a party that both name yields a finding.
    """
    own = by_party[party]
    for principal in sorted(_principals(party, by_party) & by_party.keys()):
        others = by_party[principal]
        for one, other in product(own, others):
            named = [each for each in (own, others) if one in each and other in each]
            direct = (_compare_two((one, each[one]), (other, each[other]), variants) for each in named)
            name_both = one in others and other in own
            if one != other and not name_both and not any(map(list, direct)):
                yield (one, _joined(own, others, one)), (other, _joined(own, others, other))


def _joined(own: dict[str, ByProposal], others: dict[str, ByProposal], account: str) -> ByProposal:
    """Return the positions of a party and of its principal on an account."""
    named = (own.get(account, {}), others.get(account, {}))
    proposals = dict.fromkeys(chain(*named))
    return {proposal: [entry for each in named for entry in each.get(proposal, ())] for proposal in proposals}


def _compare_two(one: tuple[str, ByProposal], other: tuple[str, ByProposal], variants: Variants) -> Iterable[Data]:
    own, others = _positions(one[1]), _positions(other[1])
    shared = [proposal for proposal in one[1] if proposal in other[1]]
    for proposal in shared:
        sides = [(account, entries[proposal]) for account, entries in (one, other)]
        stances = [{entry.record["stance"] for entry in entries} for _, entries in sides]
        if not stances[0].isdisjoint(stances[1]):
            is_same = not differ_in_conditions(own[proposal], others[proposal]) or _is_quotation(*sides)
            kind = "same" if is_same else "conditions"
            yield {"kind": kind, "proposal": proposal, "accounts": [_side(*side) for side in sides]}
        elif have_none_in_common(own[proposal], others[proposal], stance_of) and not _is_quotation(*sides):
            yield from _in_common(own[proposal], others[proposal], sides, proposal)
            yield {"kind": "stance", "proposal": proposal, "accounts": [_side(*side) for side in sides]}
    pairs = [] if shared else variant_pairs(own, others, variants)
    if pairs:
        sides = [(account, list(chain(*entries.values()))) for account, entries in (one, other)]
        if not _is_quotation(*sides):
            yield from _in_common(chain(*own.values()), chain(*others.values()), sides)
            kinds = ["variants"] * have_common_stance(pairs) + ["proposals"] * differ_on_proposals(pairs)
            for kind in kinds:
                yield {"kind": kind, "proposal": None, "accounts": [_side(*side) for side in sides]}


def _in_common(
    one: Iterable[Position],
    other: Iterable[Position],
    sides: list[tuple[str, list[Entry]]],
    proposal: str | None = None,
) -> Iterator[Data]:
    """Yield a finding if both accounts have a party on the same side and on no other, whatever its stances."""
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
        **_conditions(entries),
        "explicit": all(entry.record["explicit"] for entry in entries),
        "positions": [entry.record["id"] for entry in entries],
        "proposals": list(dict.fromkeys(entry.record["proposal"] for entry in entries)),
        "citations": distinct_citations(citation for entry in entries for citation in entry.record["citations"]),
    }


def _conditions(entries: Iterable[Entry]) -> Data:
    """Return the conditions of some positions with their titles, each once."""
    titles = {
        condition: title
        for entry in entries
        for condition, title in zip(entry.record["conditions"], entry.record["condition_titles"], strict=True)
    }
    return {"conditions": list(titles), "condition_titles": list(titles.values())}


def distinct_citations(citations: Iterable[Data]) -> list[Data]:
    """Return each of some citations once, in their order."""
    return list({(citation["source"], citation["paragraph"]): citation for citation in citations}.values())
