"""The rules by which stands are derived, as a table of cases."""

from itertools import count

import pytest

from api.views.stance_rules import SIDE_BY_STANCE, derive_stand
from api.views.stand import NOT_RECORDED, SOURCE, UNATTRIBUTED, Position, Stand
from schemas.vocabularies import STANCES

NUMBERS = count()


def position(
    stance: str,
    day: str = "2025-03-18",
    *accounts: str,
    party: str = "putin",
    source: str = "article",
    principal: str | None = "russia",
    explicit: bool = True,
    conditions: tuple[str, ...] = (),
) -> Position:
    """A position that differs from the others only in what a case is about."""
    return Position(
        id=f"position-{next(NUMBERS)}",
        party=party,
        proposal="truce",
        stance=stance,
        stands_from=day,
        accounts=accounts or (SOURCE,),
        source=source,
        principal=principal,
        explicit=explicit,
        conditions=conditions,
    )


CASES: dict[str, tuple[list[Position], list[str], bool, bool]] = {
    "nothing is recorded": ([], [NOT_RECORDED], False, False),
    "one position": ([position("accepts")], ["accepts"], False, False),
    "a later position replaces an earlier one": (
        [position("rejects", "2025-03-01"), position("accepts", "2025-03-18")],
        ["accepts"],
        False,
        False,
    ),
    "the order of positions does not matter": (
        [position("accepts", "2025-03-18"), position("rejects", "2025-03-01")],
        ["accepts"],
        False,
        False,
    ),
    "two positions of one day are current together": (
        [position("noncommittal"), position("raises_concerns")],
        ["noncommittal", "raises_concerns"],
        False,
        False,
    ),
    "two accounts of the same day that agree": (
        [position("accepts", "2025-03-18", "kremlin"), position("welcomes", "2025-03-18", "white-house")],
        ["accepts", "welcomes"],
        False,
        False,
    ),
    "two accounts of the same day that disagree are both current": (
        [position("accepts", "2025-03-18", "white-house"), position("rejects", "2025-03-18", "kremlin")],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "one account does not replace another": (
        [position("accepts", "2025-03-01", "white-house"), position("rejects", "2025-03-18", "kremlin")],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "acceptance and conditional acceptance conflict": (
        [position("accepts", "2025-03-18", "white-house"), position("accepts_conditionally", "2025-03-18", "kremlin")],
        ["accepts", "accepts_conditionally"],
        True,
        False,
    ),
    "a withdrawn proposal is no longer current": (
        [position("floats", "2025-03-01"), position("withdraws", "2025-03-18")],
        ["withdraws"],
        False,
        False,
    ),
    "accounts may disagree on a withdrawal": (
        [position("proposes", "2025-03-18", "kremlin"), position("withdraws", "2025-03-18", "white-house")],
        ["proposes", "withdraws"],
        True,
        False,
    ),
    "two sources of one day are two accounts": (
        [position("accepts"), position("rejects", source="another article")],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "of two sources the later is current": (
        [position("noncommittal", "2025-03-18"), position("rejects", "2025-03-24", source="another article")],
        ["rejects"],
        False,
        False,
    ),
    "unattributed is an account": (
        [position("accepts"), position("rejects", "2025-03-18", UNATTRIBUTED)],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "a position on two accounts counts on both": (
        [position("accepts", "2025-03-18", "kremlin", "white-house")],
        ["accepts"],
        False,
        False,
    ),
    "an undated position stands from the day of its source": (
        [position("pursues", "2025-03-18"), position("accepts", "2025-03-10")],
        ["pursues"],
        False,
        False,
    ),
    "an inferred position counts": ([position("pursues", explicit=False)], ["pursues"], False, False),
    "two who act for one principal and agree": (
        [position("accepts"), position("supports", party="lavrov")],
        ["accepts", "supports"],
        False,
        False,
    ),
    "two who act for one principal and disagree": (
        [position("accepts"), position("rejects", party="lavrov")],
        ["accepts", "rejects"],
        False,
        True,
    ),
    "they may disagree on different accounts": (
        [
            position("accepts", "2025-03-18", "kremlin"),
            position("rejects", "2025-03-18", "white-house", party="lavrov"),
        ],
        ["accepts", "rejects"],
        False,
        True,
    ),
    "an account that reports both is compared alone": (
        [
            position("accepts", "2025-03-18", "kremlin"),
            position("rejects", party="putin"),
            position("accepts", party="lavrov"),
        ],
        ["accepts", "rejects"],
        True,
        True,
    ),
    "a later position of one party does not replace another's": (
        [position("rejects", "2025-03-01"), position("accepts", "2025-03-18", party="lavrov")],
        ["rejects", "accepts"],
        False,
        True,
    ),
}


@pytest.mark.parametrize(("positions", "stances", "conflict", "divided"), CASES.values(), ids=CASES)
def test_rules(positions: list[Position], stances: list[str], conflict: bool, divided: bool) -> None:
    derived = derive_stand(positions)
    assert (derived.stances, derived.conflict, derived.divided) == (stances, conflict, divided)


def test_party_without_principal_has_its_own_stand() -> None:
    ours, theirs = (
        position("accepts", party="united-states", principal=None),
        position("accepts", party="russia", principal=None),
    )
    assert (ours.holder, theirs.holder) == ("united-states", "russia")
    assert derive_stand([ours]).positions == [ours]


def test_holder_is_the_party_without_a_principal() -> None:
    assert position("accepts", party="critics", principal=None).holder == "critics"


def test_stand_has_day_conditions_and_positions() -> None:
    early = position("accepts_conditionally", "2025-03-10", "kremlin", conditions=("no-arms", "no-arms-at-all"))
    late = position("sets_conditions", "2025-03-18", "white-house", conditions=("no-arms",), explicit=False)
    derived = derive_stand([early, late])
    assert derived.since == "2025-03-10"
    assert derived.conditions == ["no-arms", "no-arms-at-all"]
    assert derived.positions == [early, late]
    assert [account.account for account in derived.accounts] == ["kremlin", "white-house"]


def test_stand_without_positions() -> None:
    assert derive_stand([]) == Stand((), conflict=False, divided=False)
    assert derive_stand([]).since is None


def test_every_stance_has_a_side() -> None:
    assert set(SIDE_BY_STANCE) == set(STANCES)
