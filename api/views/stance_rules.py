"""Rules that derive a stand from positions: which are the latest, who disagrees, what a principal holds.

The input is the positions that count on a given day. A position counts from `stands_from`: the last day its date may
mean, or the first if the last is open, or the date of its source if it has no date. `stands_from` is None if the
source has no date either; such a position is treated as earlier than every dated one.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import combinations
from typing import TypeVar

from api.views.stand import NOT_RECORDED, SOURCE, Account, Position, Stand, day_key
from schemas.vocabularies import STANCES

RULES = {
    "latest": "On each account, the latest of a party's positions on a proposal is current; positions of the same day"
    " are current together. What sources say in their own voice is one account, unless several sources report on the"
    " latest day: then each is an account.",
    "conflict": "Two accounts conflict if the stances they report for one party have no side in common.",
    "divided": "A principal is divided if two parties that act for it have no side in common on an account that"
    " reports both, or, without such an account, on all accounts together.",
    "roll_up": "A party's positions count for the principal on whose behalf it acts, or for itself if it has none.",
    NOT_RECORDED: "No position is recorded by that day. This means neither assent nor neutrality.",
}
"""The rules by name, as served to readers."""

SIDE_BY_STANCE = {term.name: term.side for term in STANCES.terms.values() if term.side}
"""The side of each stance. Two accounts whose stances share no side conflict."""

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


def derive_stand(positions: Iterable[Position]) -> Stand:
    """Return the stand that results from positions on one proposal.

    The latest positions are selected for each party before they are merged, so that no party overrides another.
    """
    by_party = group_by(positions, lambda position: position.party).values()
    latest = [account for of_party in by_party for account in latest_by_account(of_party)]
    by_account = group_by(latest, lambda account: account.account)
    return Stand(
        tuple(_merge(name, accounts) for name, accounts in by_account.items()),
        conflict=any(map(accounts_conflict, by_party)),
        divided=parties_divided(by_party),
    )


def latest_by_account(positions: Iterable[Position]) -> list[Account]:
    """Apply rule `latest` to the positions of one party on one proposal."""
    by_account: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        for name in position.accounts:
            by_account[name].append(position)
    return [account for name, reported in by_account.items() for account in _latest(name, reported)]


def accounts_conflict(positions: Iterable[Position]) -> bool:
    """Apply rule `conflict` to the positions of one party on one proposal."""
    sides = [_sides(account.positions) for account in latest_by_account(positions)]
    return any(one.isdisjoint(other) for one, other in combinations(sides, 2))


def parties_divided(by_party: Iterable[Iterable[Position]]) -> bool:
    """Apply rule `divided` to the positions of each party that acts for one principal, on one proposal."""
    sides = [
        {account.account: _sides(account.positions) for account in latest_by_account(of_party)} for of_party in by_party
    ]
    return any(_disjoint(one, other) for one, other in combinations(sides, 2))


def group_by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Group items by a key, in the order of their first occurrence."""
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _latest(name: str, positions: list[Position]) -> list[Account]:
    """Return the positions of an account's latest day, as one account or as one for each source."""
    since = max((position.stands_from for position in positions), key=day_key)
    latest = [position for position in positions if position.stands_from == since]
    return [Account(split_name, since, tuple(split)) for split_name, split in _split_by_source(name, latest).items()]


def _split_by_source(account: str, latest: list[Position]) -> dict[str, list[Position]]:
    """Split the account `source` by source if several sources report on the same day."""
    by_source = group_by(latest, lambda position: position.source)
    return by_source if account == SOURCE and len(by_source) > 1 else {account: latest}


def _merge(name: str, accounts: list[Account]) -> Account:
    """Merge what one account reports of several parties."""
    since = min((account.since for account in accounts), key=day_key)
    return Account(name, since, tuple(position for account in accounts for position in account.positions))


def _disjoint(one: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> bool:
    """Whether two parties share no side on an account that reports both, or else on all accounts together."""
    shared = one.keys() & other.keys()
    if shared:
        return any(one[account].isdisjoint(other[account]) for account in shared)
    return set().union(*one.values()).isdisjoint(set().union(*other.values()))


def _sides(positions: Iterable[Position]) -> set[str]:
    return {SIDE_BY_STANCE[position.stance] for position in positions}
