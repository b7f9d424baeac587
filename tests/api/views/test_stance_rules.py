"""The rules by which stands are derived, as tables of cases."""

import pytest

from api.views.stance_rules import NOT_RECORDED, SIDE_BY_STANCE, SOURCE, UNATTRIBUTED, Position, Stand, derive_stand
from schemas.vocabularies import STANCES

NUMBER = iter(range(10**6))


def took(
    stance: str,
    day: str = "2025-03-18",
    *accounts: str,
    party: str = "putin",
    source: str = "article",
    principal: str | None = "russia",
    explicit: bool = True,
    conditions: tuple[str, ...] = (),
) -> Position:
    """A position, by itself: everything that a case does not speak of is alike."""
    return Position(
        id=f"position-{next(NUMBER)}",
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
    "one stand": ([took("accepts")], ["accepts"], False, False),
    "a later stand takes the place of an earlier one": (
        [took("rejects", "2025-03-01"), took("accepts", "2025-03-18")],
        ["accepts"],
        False,
        False,
    ),
    "the order in which they come does not matter": (
        [took("accepts", "2025-03-18"), took("rejects", "2025-03-01")],
        ["accepts"],
        False,
        False,
    ),
    "two stands of one day stand together": (
        [took("withholds"), took("raises_concerns")],
        ["withholds", "raises_concerns"],
        False,
        False,
    ),
    "two accounts of the same day that agree": (
        [took("accepts", "2025-03-18", "kremlin"), took("welcomes", "2025-03-18", "white-house")],
        ["accepts", "welcomes"],
        False,
        False,
    ),
    "two accounts of the same day that disagree both stand": (
        [took("accepts", "2025-03-18", "white-house"), took("rejects", "2025-03-18", "kremlin")],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "one account does not take the place of another's": (
        [took("accepts", "2025-03-01", "white-house"), took("rejects", "2025-03-18", "kremlin")],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "accepting and accepting on conditions are not the same": (
        [took("accepts", "2025-03-18", "white-house"), took("accepts_conditionally", "2025-03-18", "kremlin")],
        ["accepts", "accepts_conditionally"],
        True,
        False,
    ),
    "what is taken back no longer stands": (
        [took("floats", "2025-03-01"), took("withdraws", "2025-03-18")],
        ["withdraws"],
        False,
        False,
    ),
    "whether it was taken back is what accounts may disagree on": (
        [took("proposes", "2025-03-18", "kremlin"), took("withdraws", "2025-03-18", "white-house")],
        ["proposes", "withdraws"],
        True,
        False,
    ),
    "two sources that contradict each other of one day are two accounts": (
        [took("accepts"), took("rejects", source="another article")],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "of two sources the later word stands": (
        [took("withholds", "2025-03-18"), took("rejects", "2025-03-24", source="another article")],
        ["rejects"],
        False,
        False,
    ),
    "what is told in nobody's name is an account": (
        [took("accepts"), took("rejects", "2025-03-18", UNATTRIBUTED)],
        ["accepts", "rejects"],
        True,
        False,
    ),
    "a position on two accounts counts on both": (
        [took("accepts", "2025-03-18", "kremlin", "white-house")],
        ["accepts"],
        False,
        False,
    ),
    "an undated position stands from the day of its source": (
        [took("pursues", "2025-03-18"), took("accepts", "2025-03-10")],
        ["pursues"],
        False,
        False,
    ),
    "an inferred position counts, and says that it is": ([took("pursues", explicit=False)], ["pursues"], False, False),
    "two who act for one principal and agree": (
        [took("accepts"), took("supports", party="lavrov")],
        ["accepts", "supports"],
        False,
        False,
    ),
    "two who act for one principal and disagree are not hidden": (
        [took("accepts"), took("rejects", party="lavrov")],
        ["accepts", "rejects"],
        False,
        True,
    ),
    "that they disagree is no matter of whose word it is": (
        [took("accepts", "2025-03-18", "kremlin"), took("rejects", "2025-03-18", "white-house", party="lavrov")],
        ["accepts", "rejects"],
        False,
        True,
    ),
    "an account that tells of both tells them apart": (
        [
            took("accepts", "2025-03-18", "kremlin"),
            took("rejects", party="putin"),
            took("accepts", party="lavrov"),
        ],
        ["accepts", "rejects"],
        True,
        True,
    ),
    "a later stand of one does not take the place of another's": (
        [took("rejects", "2025-03-01"), took("accepts", "2025-03-18", party="lavrov")],
        ["rejects", "accepts"],
        False,
        True,
    ),
}


@pytest.mark.parametrize(("positions", "stances", "conflict", "divided"), CASES.values(), ids=CASES)
def test_the_rules(positions: list[Position], stances: list[str], conflict: bool, divided: bool) -> None:
    derived = derive_stand(positions)
    assert (derived.stances, derived.conflict, derived.divided) == (stances, conflict, divided)


def test_one_who_speaks_for_two_principals_stands_with_each() -> None:
    ours, theirs = (
        took("accepts", party="united-states", principal=None),
        took("accepts", party="russia", principal=None),
    )
    assert (ours.holder, theirs.holder) == ("united-states", "russia")
    assert derive_stand([ours]).positions == [ours]


def test_a_party_without_a_principal_stands_for_itself() -> None:
    assert took("accepts", party="critics", principal=None).holder == "critics"


def test_a_stand_names_the_day_the_conditions_and_the_positions_it_comes_from() -> None:
    early = took("accepts_conditionally", "2025-03-10", "kremlin", conditions=("no-arms", "no-arms-at-all"))
    late = took("sets_conditions", "2025-03-18", "white-house", conditions=("no-arms",), explicit=False)
    derived = derive_stand([early, late])
    assert derived.since == "2025-03-10"
    assert derived.conditions == ["no-arms", "no-arms-at-all"]
    assert derived.positions == [early, late]
    assert [account.account for account in derived.accounts] == ["kremlin", "white-house"]


def test_nothing_recorded_stands_since_never() -> None:
    assert derive_stand([]) == Stand((), conflict=False, divided=False)
    assert derive_stand([]).since is None


def test_every_stance_has_a_side() -> None:
    assert set(SIDE_BY_STANCE) == set(STANCES)
