"""A stand: where a party or a principal stands on a proposal, and the positions from which it is derived."""

from dataclasses import dataclass

NOT_RECORDED = "not_recorded"
SOURCE = "source"
UNATTRIBUTED = "unattributed"


def day_key(day: str | None) -> str:
    """Sort an unknown day before every known one."""
    return day or ""


@dataclass(frozen=True)
class Position:
    """The attributes of a position that the rules use."""

    id: str
    party: str
    proposal: str
    stance: str
    stands_from: str | None
    accounts: tuple[str, ...]
    """Who reports it: parties, `source` or `unattributed`."""
    source: str = ""
    """The source that is cited first."""
    principal: str | None = None
    explicit: bool = True
    conditions: tuple[str, ...] = ()

    @property
    def holder(self) -> str:
        """The principal for which the position counts when positions are rolled up, or the party itself."""
        return self.principal or self.party


@dataclass(frozen=True)
class Account:
    """The positions that one account reports on its latest day."""

    account: str
    since: str | None
    positions: tuple[Position, ...]

    @property
    def stances(self) -> list[str]:
        """The stances, without duplicates."""
        return list(dict.fromkeys(position.stance for position in self.positions))


@dataclass(frozen=True)
class Stand:
    """Where a party or a principal stands on a proposal: the latest of every account, and who disagrees."""

    accounts: tuple[Account, ...]
    conflict: bool
    divided: bool

    @property
    def positions(self) -> list[Position]:
        """The positions from which it is derived, without duplicates."""
        return list({position.id: position for account in self.accounts for position in account.positions}.values())

    @property
    def stances(self) -> list[str]:
        """The stances, without duplicates, or `not_recorded` alone."""
        return list(dict.fromkeys(position.stance for position in self.positions)) or [NOT_RECORDED]

    @property
    def since(self) -> str | None:
        """The first day of the oldest current position; None without positions or if the day is unknown."""
        return min((account.since for account in self.accounts), key=day_key, default=None)

    @property
    def conditions(self) -> list[str]:
        """The proposals on which the current positions are conditional, without duplicates."""
        return list(dict.fromkeys(id for position in self.positions for id in position.conditions))
