"""How stands are derived from positions: the latest, who disagrees, and what a principal holds.

Plain rules over plain rows, each with a name by which an answer says that it was used.

The rows are positions that count at the day that is asked for. A position counts from the last day its date may mean,
from the first where the last is open, and from the date of its source where it has none (`stands_from`). Where that has
none either, nobody knows since when, and whatever has a date is taken to be later.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

NOT_RECORDED = "not_recorded"
SOURCE = "source"
UNATTRIBUTED = "unattributed"

RULES = {
    "latest": "Of a party's positions on a proposal each account's latest stands; those of one day stand together."
    " What sources say in their own voice is one account, but for what several say of one day.",
    "conflict": "Two accounts conflict where what they report of one party has no side in common.",
    "divided": "A principal is divided where two who act for it have no side in common on an account of both.",
    "roll_up": "A party's positions count for the principal on whose behalf it acts, or for itself where it has none.",
    NOT_RECORDED: "Nothing is recorded by that day, which is neither assent nor neutrality.",
}
"""The rules by name, as they are told to a reader."""

SIDES = {
    "for": {
        "proposes", "floats", "accepts", "offers", "undertakes", "orders", "supports", "welcomes", "calls_for",
        "pursues", "demands", "threatens", "agrees_to_negotiate",
    },
    "qualified": {"accepts_in_part", "accepts_conditionally", "sets_conditions"},
    "open": {"withholds", "raises_concerns"},
    "against": {"rejects", "criticises", "withdraws"},
}  # fmt: skip
"""The side that each stance is on: what an account must share with another not to conflict with it."""
SIDE_BY_STANCE = {stance: side for side, stances in SIDES.items() for stance in stances}

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Position:
    """A position as the rules see it."""

    id: str
    party: str
    proposal: str
    stance: str
    stands_from: str | None
    accounts: tuple[str, ...]
    """Whose word it is: parties, or the source in its own voice, or nobody named."""
    source: str = ""
    """The source that it is read from."""
    principal: str | None = None
    explicit: bool = True
    conditions: tuple[str, ...] = ()

    @property
    def holder(self) -> str:
        """Who the position counts for when positions are rolled up."""
        return self.principal or self.party


@dataclass(frozen=True)
class Account:
    """What one account says of a stand: the positions of its latest day."""

    account: str
    since: str | None
    positions: tuple[Position, ...]

    @property
    def stances(self) -> list[str]:
        """The stances, each once."""
        return list(dict.fromkeys(position.stance for position in self.positions))


@dataclass(frozen=True)
class Stand:
    """Where a party, or a principal, stands on a proposal: every account's latest, and who disagrees."""

    accounts: tuple[Account, ...]
    conflict: bool
    divided: bool

    @property
    def positions(self) -> list[Position]:
        """The positions it is derived from, each once."""
        return list({position.id: position for account in self.accounts for position in account.positions}.values())

    @property
    def stances(self) -> list[str]:
        """Every stance, or that nothing is recorded."""
        return list(dict.fromkeys(position.stance for position in self.positions)) or [NOT_RECORDED]

    @property
    def since(self) -> str | None:
        """The day from which the oldest of what stands has stood, None where nothing does or nobody knows."""
        return min((account.since for account in self.accounts), key=_in_order, default=None)

    @property
    def conditions(self) -> list[str]:
        """The proposals that what stands is conditional on, each once."""
        return list(dict.fromkeys(id for position in self.positions for id in position.conditions))


def derive_stand(positions: Iterable[Position]) -> Stand:
    """Where those stand whose positions these are, on one proposal.

    Each party's latest is taken by itself before they are put together, so that no party speaks over another.
    """
    by_party = group_by(positions, lambda position: position.party)
    latest = [account for held in by_party.values() for account in latest_by_account(held)]
    accounts = tuple(
        Account(
            name,
            min((one.since for one in held), key=_in_order),
            tuple(position for one in held for position in one.positions),
        )
        for name, held in group_by(latest, lambda account: account.account).items()
    )
    return Stand(
        accounts, conflict=any(map(accounts_conflict, by_party.values())), divided=parties_divided(by_party.values())
    )


def latest_by_account(positions: Iterable[Position]) -> list[Account]:
    """Rule `latest`, for the positions of one party on one proposal."""
    by_account: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        for account in position.accounts:
            by_account[account].append(position)
    found = []
    for account, held in by_account.items():
        since = max((position.stands_from for position in held), key=_in_order)
        latest = [position for position in held if position.stands_from == since]
        found += [Account(name, since, tuple(told)) for name, told in _split_by_source(account, latest).items()]
    return found


def _split_by_source(account: str, latest: list[Position]) -> dict[str, list[Position]]:
    """What is told on one account; where several sources tell it in their own voice, each is an account."""
    by_source = group_by(latest, lambda position: position.source)
    return by_source if account == SOURCE and len(by_source) > 1 else {account: latest}


def accounts_conflict(positions: Iterable[Position]) -> bool:
    """Rule `conflict`, for the positions of one party on one proposal."""
    sides = [_sides(account.positions) for account in latest_by_account(positions)]
    return any(one.isdisjoint(other) for one, other in combinations(sides, 2))


def parties_divided(by_party: Iterable[Iterable[Position]]) -> bool:
    """Rule `divided`, for the positions of each party that acts for one principal, on one proposal."""
    latest = [{one.account: _sides(one.positions) for one in latest_by_account(held)} for held in by_party]
    return any(_disjoint(one, other) for one, other in combinations(latest, 2))


def group_by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """The items by a key, in the order in which they come."""
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _in_order(day: str | None) -> str:
    return day or ""


def _disjoint(one: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> bool:
    """Whether two parties have no side in common: on an account that tells of both, or else on all together."""
    shared = one.keys() & other.keys()
    if shared:
        return any(one[account].isdisjoint(other[account]) for account in shared)
    return set().union(*one.values()).isdisjoint(set().union(*other.values()))


def _sides(positions: Iterable[Position]) -> set[str]:
    return {SIDE_BY_STANCE[position.stance] for position in positions}
