"""A position as the rules of the views use it, and the standing that results from several."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.vocabularies import STANCES

NOT_RECORDED = "not_recorded"
JOURNALISTS = "journalists"
"""The common account of sources in their own voice: a later article replaces what an earlier one reported."""

Difference = Literal["conditions", "stance", "proposals"]
DIFFERENCES: dict[Difference, str] = {
    "stance": "in stance",
    "conditions": "in conditions",
    "proposals": "on similar proposals",
}
"""In what accounts differ, to follow “accounts differ”."""
DIFFER = (
    "Accounts of a party differ if two of them give it no stance in common on one proposal (in stance), one stance on"
    " other conditions (in conditions), or no stance in common on two proposals that may be the same thing (on similar"
    " proposals); to propose the one and to be for the other is no difference."
)
"""What these words mean, in short."""
Variants = Mapping[str, frozenset[str]]
"""The variants of each proposal: proposals that may be the same thing in the words of other accounts."""


@dataclass(frozen=True)
class Position:
    """A position, reduced to what the rules use; `record` is the whole record as it is served."""

    id: str
    party: str
    proposal: str
    stance: str
    accounts: tuple[str, ...]
    """The accounts that report it, without those in `replaced_by`."""
    voices: tuple[str, ...]
    """The accounts, with sources in their own voice as one."""
    principals: tuple[str, ...]
    """For whom it counts, without those for whom it is known to be replaced; the party itself if it acts for itself."""
    reported_by: str | None = None
    """The source if it reports the position as a fact, be it the party's own words; None if others say so."""
    earliest: str | None = None
    latest: str | None = None
    conditions: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    """The accounts that reported it and are known to have replaced it."""
    record: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def side(self) -> str:
        """The side of the proposal that the stance is on."""
        return str(STANCES.terms[self.stance].side)


@dataclass(frozen=True)
class Standing:
    """Where a party or a principal stands: its current positions, and whether accounts or parties differ."""

    positions: tuple[Position, ...] = ()
    differs: tuple[Difference, ...] = ()
    divided: bool = False

    @property
    def stances(self) -> list[str]:
        """The stances, each once, or `not_recorded` alone."""
        return list(dict.fromkeys(position.stance for position in self.positions)) or [NOT_RECORDED]
