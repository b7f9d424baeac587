"""Rules that derive a standing from positions: which are current, where accounts differ, who is divided."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, chain, combinations, product
from typing import NamedTuple, TypeVar

from api.views.position import NOT_RECORDED, Difference, Position, Standing, Variants
from schemas.dates import FIRST_DAY, LAST_DAY
from schemas.fields import UNATTRIBUTED

RULES = {
    "latest": "A position of a party on a proposal is current until the same account reports another that is certainly"
    " later: its first possible day is after the last possible day of the other. Articles in their own voice count as"
    " one account. Unattributed reports may be anybody’s and do not replace each other. What a party does for one"
    " principal does not replace what it does for another, or for itself. What only one of several accounts has"
    " replaced is shown on the others.",
    "differs": "Accounts differ in `stance` if two of them report one party on one proposal with no stance in"
    " common. They differ in `conditions` if they report one stance, and the conditions recorded for it are not the"
    " same, or only one account gives conditions. They differ in `proposals` if two of them report one party with no"
    " stance in common, and only on different proposals that may be the same thing (`variant_of`); to propose the one"
    " and to be for the other is no difference. A party and the principal for which it acts count as one: one account"
    " may name the state, another its president. But a standing, and the matrix with `level=party`, has each party by"
    " itself, and compares only what is reported of that party. What a party does for itself, as a candidate does, and"
    " what it does for its principal are not compared. Positions do not differ if one is"
    " certainly later: the party may have moved. What a source quotes a party as saying of itself is on the account of"
    " both.",
    "divided": "A principal is divided on a proposal if two parties that act for it have no side in common on an"
    " account that reports both, or, without such an account, on all accounts together. Positions do not divide if one"
    " is certainly later: the principal may have moved. It is not derived where each party is by itself, as in a"
    " standing and in the matrix with `level=party`.",
    "roll_up": "A position counts for those on whose behalf the party acts, or for the party itself.",
    NOT_RECORDED: "No position is recorded by that day, or none that matches the filters. This means neither assent nor"
    " neutrality.",
}
"""The rules by name, as served to readers."""

PROPOSES = "proposes"
"""A stance that includes agreement to the proposal."""
Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
ByAccount = Mapping[str, Sequence[Position]]
ByProposal = Mapping[str, Sequence[Position]]
NO_VARIANTS: Variants = {}
VariantPair = tuple[Sequence[Position], Sequence[Position]]


class Report(NamedTuple):
    """Whose stance on what an account reports, and for whom it is taken: a later report replaces an earlier one."""

    party: str
    proposal: str
    voice: str
    principal: str


def derive_standing(positions: Sequence[Position], variants: Variants = NO_VARIANTS) -> Standing:
    """Return the standing that results from positions in the order of their dates."""
    by_party = group_by(current_positions(positions), lambda one: one.party)
    current = {position.id: position for own in by_party.values() for position in own}
    differences = {
        difference
        for own in by_party.values()
        for acting, theirs in by_principal(own, by_party)
        for compared in ([acting, [*acting, *theirs]] if theirs else [acting])
        for difference in find_differences(compared, variants)
    }
    return Standing(
        tuple(current[position.id] for position in positions if position.id in current),
        tuple(sorted(differences)),
        divided=_is_divided(by_party.values()),
    )


def current_positions(positions: Sequence[Position]) -> list[Position]:
    """Apply rule `latest` to the positions of any parties.

    A position keeps the accounts on which no later position replaced it, and the principals for which none did.
    """
    newest: dict[Report, str] = {}
    for position in positions:
        for report in _reports(position):
            newest[report] = max(newest.get(report, ""), position.earliest or "")
    current = []
    for position in positions:
        latest = position.latest or LAST_DAY
        reports = _reports(position)
        lasting = [one for one in reports if one.voice == UNATTRIBUTED or newest[one] <= latest]
        if lasting:
            current.append(position if lasting == reports else _narrow(position, lasting))
    return current


def _reports(position: Position) -> list[Report]:
    pairs = product(position.voices, position.principals)
    return [Report(position.party, position.proposal, voice, principal) for voice, principal in pairs]


def _narrow(position: Position, lasting: Iterable[Report]) -> Position:
    """Return a position with the accounts and the principals of the reports that no later one has replaced."""
    voices, principals = map(set, zip(*((one.voice, one.principal) for one in lasting), strict=True))
    accounts = dict(zip(position.accounts, position.voices, strict=True))
    return replace(
        position,
        accounts=tuple(account for account, voice in accounts.items() if voice in voices),
        replaced_by=tuple(account for account, voice in accounts.items() if voice not in voices),
        voices=tuple(voice for voice in accounts.values() if voice in voices),
        principals=tuple(one for one in position.principals if one in principals),
    )


def by_principal(
    own: Iterable[Position], by_party: Mapping[str, Sequence[Position]]
) -> Iterator[tuple[list[Position], list[Position]]]:
    """Yield the positions that a party takes for each of its principals or for itself, and those of that principal.

    One account names the state, another its president. What a party does for itself is not what its principal does.
    """
    for principal in sorted({principal for position in own for principal in position.principals}):
        acting = [for_principal(position, principal) for position in own if principal in position.principals]
        theirs = () if acting[0].party == principal else by_party.get(principal, ())
        yield acting, [position for position in theirs if principal in position.principals]


def for_principal(position: Position, principal: str) -> Position:
    """Return a position as it counts for one of its principals."""
    return position if position.principals == (principal,) else replace(position, principals=(principal,))


def find_differences(positions: Iterable[Position], variants: Variants) -> set[Difference]:
    """Apply rule `differs` to the current positions of one party and of its principal."""
    by_account: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        for account in {*position.accounts, position.reported_by} - {None}:
            by_account[str(account)].append(position)
    by_proposal = [group_by(own, lambda position: position.proposal) for own in by_account.values()]
    near = [set[str]().union(*(variants.get(proposal, ()) for proposal in own)) for own in by_proposal]
    differences: set[Difference] = set()
    for (one, near_one), (other, _) in combinations(zip(by_proposal, near, strict=True), 2):
        shared = one.keys() & other.keys()
        if not shared and "proposals" not in differences and not near_one.isdisjoint(other):
            pairs = variant_pairs(one, other, variants)
            if differ_on_proposals(pairs):
                differences.add("proposals")
        on_shared = [(one[proposal], other[proposal]) for proposal in shared]
        if "stance" not in differences and any(have_none_in_common(*pair, stance_of) for pair in on_shared):
            differences.add("stance")
        if "conditions" not in differences and any(differ_in_conditions(*pair) for pair in on_shared):
            differences.add("conditions")
    return differences


def differ_in_conditions(one: Iterable[Position], other: Iterable[Position]) -> bool:
    """Return whether positions on one proposal that may be of one time share a stance, but not its conditions."""
    by_stance, others = group_by(one, stance_of), group_by(other, stance_of)
    shared = by_stance.keys() & others.keys()
    return bool(shared) and have_none_in_common(
        chain(*(by_stance[stance] for stance in shared)),
        chain(*(others[stance] for stance in shared)),
        lambda position: (position.stance, frozenset(position.conditions)),
    )


def have_none_in_common(
    one: Iterable[Position], other: Iterable[Position], value: Callable[[Position], Hashable]
) -> bool:
    """Return whether positions on one proposal that may be of one time share no stance, or other value."""
    values, others = group_by(one, value), group_by(other, value)
    shared = values.keys() & others.keys()
    if any(_may_be_simultaneous(values[each], others[each]) for each in shared):
        return False
    return _may_be_simultaneous(chain(*values.values()), chain(*others.values()))


def variant_pairs(one: ByProposal, other: ByProposal, variants: Variants) -> list[VariantPair]:
    """Return the positions of two accounts on each pair of variants, if they may be of one time."""
    related = ((own, theirs) for own in one.keys() & variants.keys() for theirs in variants[own] & other.keys())
    pairs = ((one[own], other[theirs]) for own, theirs in related)
    return [pair for pair in pairs if _may_be_simultaneous(*pair)]


def have_common_stance(pairs: Iterable[VariantPair]) -> bool:
    """Return whether two accounts report one stance on two proposals that may be the same thing."""
    return any(not {*map(stance_of, one)}.isdisjoint(map(stance_of, other)) for one, other in pairs)


def differ_on_proposals(pairs: Sequence[VariantPair]) -> bool:
    """Return whether two accounts report no common stance on any two proposals that may be the same thing.

    To propose the one and to be for the other is no difference: who proposes a thing also agrees to it.
    """
    return bool(pairs) and not have_common_stance(pairs) and not _is_proposed_and_supported(pairs)


def _is_proposed_and_supported(pairs: Iterable[VariantPair]) -> bool:
    return any(
        PROPOSES in map(stance_of, own) and "for" in map(_side, theirs)
        for one, other in pairs
        for own, theirs in ((one, other), (other, one))
    )


def _may_be_simultaneous(one: Iterable[Position], other: Iterable[Position]) -> bool:
    """Return whether some position of one and some position of the other may be of the same time."""
    spans = sorted(map(_span, other))
    starts, latest_ends = [start for start, _ in spans], list(accumulate((end for _, end in spans), max))
    begun = ((start, bisect_right(starts, end)) for start, end in map(_span, one))
    return any(count and latest_ends[count - 1] >= start for start, count in begun)


def _span(position: Position) -> tuple[str, str]:
    return position.earliest or FIRST_DAY, position.latest or LAST_DAY


def group_by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Group items by a key, in the order of their first occurrence."""
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _is_divided(by_party: Iterable[Sequence[Position]]) -> bool:
    """Apply rule `divided` to the current positions of each party that acts for one principal."""
    by_proposal: dict[str, list[ByAccount]] = defaultdict(list)
    for own in by_party:
        for proposal, positions in group_by(own, lambda position: position.proposal).items():
            by_proposal[proposal].append(_by_account(positions))
    return any(_are_opposed(one, other) for parties in by_proposal.values() for one, other in combinations(parties, 2))


def _by_account(positions: Iterable[Position]) -> ByAccount:
    by_account: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        for account in position.accounts:
            by_account[account].append(position)
    return by_account


def _are_opposed(one: ByAccount, other: ByAccount) -> bool:
    """Return whether two parties share no side on an account that reports both, or else on all accounts together."""
    shared = one.keys() & other.keys()
    if shared:
        return any(have_none_in_common(one[account], other[account], _side) for account in shared)
    return have_none_in_common(chain(*one.values()), chain(*other.values()), _side)


def stance_of(position: Position) -> str:
    """Return the stance, as a key to group by."""
    return position.stance


def _side(position: Position) -> str:
    return position.side
