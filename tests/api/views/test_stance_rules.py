"""The rules by which a standing is derived from positions, as tables of cases."""

from itertools import count
from typing import NamedTuple

import pytest

from api.views.position import JOURNALISTS, NOT_RECORDED, Position, Standing
from api.views.stance_rules import RULES, current_positions, derive_standing, find_differences, group_by
from schemas.terms import SIDES
from schemas.vocabularies import STANCES

NUMBERS = count()
ARTICLE, OTHER_ARTICLE = "article", "other-article"
DAY = "2025-03-18"
VARIANTS = {"truce": frozenset({"halt"}), "halt": frozenset({"truce"})}
OPEN: tuple[str | None, str | None] = (None, None)


def position(
    stance: str,
    *accounts: str,
    dates: str | tuple[str | None, str | None] = DAY,
    party: str = "putin",
    proposal: str = "truce",
    source: str | None = None,
    acts_for: tuple[str, ...] = (),
    conditions: tuple[str, ...] = (),
) -> Position:
    """A position that differs from the others only in what a case is about.

    `dates` is a day, or the first and the last day. `source` is the article if it reports the party's own words.
    """
    accounts = accounts or (ARTICLE,)
    articles = {ARTICLE, OTHER_ARTICLE}
    earliest, latest = (dates, dates) if isinstance(dates, str) else dates
    return Position(
        id=f"position-{next(NUMBERS)}",
        party=party,
        proposal=proposal,
        stance=stance,
        accounts=accounts,
        voices=tuple(JOURNALISTS if account in articles else account for account in accounts),
        principals=acts_for or (party,),
        reported_by=source or next((account for account in accounts if account in articles), None),
        earliest=earliest,
        latest=latest,
        conditions=conditions,
    )


IF_TALK = position("accepts_conditionally", conditions=("talk",))
CURRENT: dict[str, tuple[list[Position], list[str]]] = {
    "none": ([], []),
    "one": ([position("accepts")], ["accepts"]),
    "a later one of the same account": (
        [position("rejects", dates="2025-03-17"), position("accepts")],
        ["accepts"],
    ),
    "the order in which they come does not matter": (
        [position("accepts"), position("rejects", dates="2025-03-17")],
        ["accepts"],
    ),
    "two of one day": ([position("noncommittal"), position("raises_concerns")], ["noncommittal", "raises_concerns"]),
    "a withdrawal": ([position("floats", dates="2025-03-01"), position("withdraws")], ["withdraws"]),
    "one account does not replace another": (
        [position("accepts", "white-house", dates="2025-03-01"), position("rejects", "kremlin")],
        ["accepts", "rejects"],
    ),
    "a later article replaces an earlier one": (
        [position("noncommittal"), position("rejects", OTHER_ARTICLE, dates="2025-03-24")],
        ["rejects"],
    ),
    "an earlier article does not replace a later one": (
        [position("noncommittal"), position("rejects", OTHER_ARTICLE, dates="2025-03-11")],
        ["noncommittal"],
    ),
    "an article does not replace a party's account": (
        [position("accepts", "kremlin"), position("rejects", dates="2025-03-24")],
        ["accepts", "rejects"],
    ),
    "another proposal": (
        [position("accepts", dates="2025-03-01", proposal="halt"), position("rejects")],
        ["accepts", "rejects"],
    ),
    "a vague later report does not replace a dated one": (
        [
            position("accepts", dates="2025-03-11"),
            position("rejects", OTHER_ARTICLE, dates=("2025-03-10", "2025-03-16")),
        ],
        ["accepts", "rejects"],
    ),
    "a range that begins on the last day of another is not certainly later": (
        [position("accepts", dates=("2025-03-10", "2025-03-16")), position("rejects", dates=("2025-03-16", DAY))],
        ["accepts", "rejects"],
    ),
    "a range that begins the day after is certainly later": (
        [position("accepts", dates=("2025-03-10", "2025-03-16")), position("rejects", dates=("2025-03-17", DAY))],
        ["rejects"],
    ),
    "a start that is open may be earlier": (
        [position("accepts", dates="2025-03-01"), position("rejects", dates=(None, DAY))],
        ["accepts", "rejects"],
    ),
    "a start that is open is replaced after its last day": (
        [position("rejects", dates=(None, "2025-03-16")), position("accepts")],
        ["accepts"],
    ),
    "an end that is open may still last": (
        [position("pursues", dates=("2025-02-01", None)), position("rejects")],
        ["pursues", "rejects"],
    ),
    "an end that is open replaces what was before it": (
        [position("rejects", dates="2025-01-31"), position("pursues", dates=("2025-02-01", None))],
        ["pursues"],
    ),
    "an undated one is neither replaced nor replaces": (
        [position("threatens", dates=OPEN), position("rejects", dates="2025-03-01"), position("accepts")],
        ["threatens", "accepts"],
    ),
    "for another principal": (
        [position("accepts", dates="2025-03-01", acts_for=("russia",)), position("rejects", acts_for=("cis",))],
        ["accepts", "rejects"],
    ),
    "for one of two principals": (
        [position("accepts", dates="2025-03-01", acts_for=("russia", "cis")), position("rejects", acts_for=("cis",))],
        ["accepts", "rejects"],
    ),
    "for two principals, then for one after the other": (
        [
            position("accepts", dates="2025-03-01", acts_for=("russia", "cis")),
            position("rejects", acts_for=("cis",)),
            position("demands", acts_for=("russia",)),
        ],
        ["rejects", "demands"],
    ),
    "unattributed reports may be anybody's": (
        [position("accepts", "unattributed", dates="2025-03-01"), position("rejects", "unattributed")],
        ["accepts", "rejects"],
    ),
    "one on two accounts lasts as long as either": (
        [position("accepts", "kremlin", "white-house", dates="2025-03-17"), position("rejects", "kremlin")],
        ["accepts", "rejects"],
    ),
    "one on two accounts is replaced on both": (
        [
            position("accepts", "kremlin", "white-house", dates="2025-03-17"),
            position("rejects", "kremlin"),
            position("demands", "white-house"),
        ],
        ["rejects", "demands"],
    ),
}


@pytest.mark.parametrize(("positions", "stances"), CURRENT.values(), ids=CURRENT)
def test_current_positions(positions: list[Position], stances: list[str]) -> None:
    assert [one.stance for one in current_positions(positions)] == stances


DIFFERENCES: dict[str, tuple[list[Position], set[str]]] = {
    "none": ([], set()),
    "one account with two stances": ([position("accepts"), position("rejects")], set()),
    "one account on two proposals": ([position("accepts"), position("accepts", proposal="halt")], set()),
    "the same stance": ([position("accepts", "kremlin"), position("accepts", "white-house")], set()),
    "another stance on the same side": (
        [position("welcomes", "kremlin"), position("accepts", "white-house")],
        {"stance"},
    ),
    "another side": ([position("rejects", "kremlin"), position("accepts", "white-house")], {"stance"}),
    "a stance in common among several": (
        [position("accepts", "kremlin"), position("welcomes", "kremlin"), position("accepts", "white-house")],
        set(),
    ),
    "one stance on the same conditions": (
        [IF_TALK, position("accepts_conditionally", "kremlin", conditions=("talk",))],
        set(),
    ),
    "one stance on other conditions": (
        [IF_TALK, position("accepts_conditionally", "kremlin", conditions=("talk", "summit"))],
        {"conditions"},
    ),
    "one stance on other conditions on a later day": (
        [IF_TALK, position("accepts_conditionally", "kremlin", conditions=("summit",), dates="2025-03-19")],
        set(),
    ),
    "one of two stances on other conditions": (
        [IF_TALK, position("demands"), position("demands", "kremlin", conditions=("summit",))],
        {"conditions"},
    ),
    "another stance on only different proposals": (
        [position("welcomes", "kremlin", proposal="halt"), position("accepts", "white-house")],
        {"proposals"},
    ),
    "to propose one of two variants and to accept the other": (
        [position("proposes", "kremlin", proposal="halt"), position("accepts", "white-house")],
        set(),
    ),
    "to propose one of two variants and to negotiate on the other": (
        [position("proposes", "kremlin", proposal="halt"), position("agrees_to_negotiate", "white-house")],
        {"proposals"},
    ),
    "the same stance on different proposals": (
        [
            *(position(stance, "kremlin", proposal="halt") for stance in ("welcomes", "accepts")),
            position("accepts", "white-house"),
        ],
        set(),
    ),
    "proposals that are no variants": (
        [position("accepts", "kremlin", proposal="summit"), position("accepts", "white-house")],
        set(),
    ),
    "one proposal in common and another not": (
        [
            position("accepts", "kremlin", proposal="halt"),
            position("accepts", "kremlin"),
            position("accepts", "white-house"),
        ],
        set(),
    ),
    "one proposal in common, on which the stances differ, and another not": (
        [
            position("accepts", "kremlin", proposal="halt"),
            position("rejects", "kremlin"),
            position("accepts", "white-house"),
        ],
        {"stance"},
    ),
    "stance between two, wording between others": (
        [
            position("rejects", "kremlin"),
            position("accepts", "white-house"),
            position("accepts", "witkoff", proposal="halt"),
        ],
        {"stance", "proposals"},
    ),
    "one position on two accounts": ([position("accepts", "kremlin", "white-house")], set()),
    "an article and an account": ([position("noncommittal"), position("accepts", "kremlin")], {"stance"}),
    "two articles": ([position("accepts"), position("rejects", OTHER_ARTICLE)], {"stance"}),
    "unattributed is an account": ([position("accepts"), position("rejects", "unattributed")], {"stance"}),
    "own words belong to the article that quotes them": (
        [position("noncommittal"), position("raises_concerns", "putin", source=ARTICLE)],
        set(),
    ),
    "own words on another proposal": (
        [position("noncommittal"), position("demands", "putin", proposal="halt", source=ARTICLE)],
        set(),
    ),
    "own words that another article quotes": (
        [position("noncommittal"), position("raises_concerns", "putin", source=OTHER_ARTICLE)],
        {"stance"},
    ),
    "own words against an account": (
        [position("rejects", "putin", source=ARTICLE), position("accepts", "white-house")],
        {"stance"},
    ),
    "another stance at a time that is certainly later": (
        [position("offers", "kremlin", dates="2025-03-17"), position("pledges", "white-house")],
        set(),
    ),
    "another stance at a time that may be later": (
        [position("offers", "kremlin", dates=("2025-03-17", "2025-03-18")), position("pledges", "white-house")],
        {"stance"},
    ),
    "another stance at a time that is not known": (
        [position("offers", "kremlin", dates=OPEN), position("pledges", "white-house")],
        {"stance"},
    ),
    "another stance on the day, and one in common before": (
        [
            *(position("offers", "kremlin", dates="2025-03-17"), position("pledges", "kremlin")),
            position("offers", "white-house"),
        ],
        {"stance"},
    ),
    "one of several at the same time": (
        [
            *(position("offers", "kremlin", dates=("2025-03-01", "2025-03-19")), position("offers", "kremlin")),
            *(position("accepts", "white-house", dates=day) for day in ("2025-02-01", "2025-03-19")),
        ],
        {"stance"},
    ),
    "another wording at a time that is certainly later": (
        [position("rejects", "kremlin", proposal="halt", dates="2025-03-17"), position("accepts", "white-house")],
        set(),
    ),
}


@pytest.mark.parametrize(("positions", "differences"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_differences(positions: list[Position], differences: set[str]) -> None:
    assert find_differences(positions, VARIANTS) == differences
    assert find_differences(positions[::-1], VARIANTS) == differences


class Case(NamedTuple):
    """Positions of parties that act for one principal, and what they result in."""

    positions: list[Position]
    stances: list[str]
    differs: tuple[str, ...] = ()
    divided: bool = False


STANDINGS = {
    "nothing is recorded": Case([], [NOT_RECORDED]),
    "a stance of two parties is listed once": Case(
        [position("accepts"), position("accepts", party="lavrov")], ["accepts"]
    ),
    "two stances on one side": Case(
        [position("accepts"), position("supports", party="lavrov")], ["accepts", "supports"]
    ),
    "two sides on one account": Case(
        [position("accepts"), position("rejects", party="lavrov")], ["accepts", "rejects"], divided=True
    ),
    "two sides on different proposals": Case(
        [position("accepts"), position("rejects", party="lavrov", proposal="halt")], ["accepts", "rejects"]
    ),
    "two sides on different accounts": Case(
        [position("accepts", "kremlin"), position("rejects", "white-house", party="lavrov")],
        ["accepts", "rejects"],
        divided=True,
    ),
    "an account that reports both shows the division": Case(
        [position("accepts", "kremlin"), position("rejects"), position("accepts", party="lavrov")],
        ["accepts", "rejects"],
        ("stance",),
        divided=True,
    ),
    "an account that reports both as agreed outweighs the others": Case(
        [position("accepts"), position("accepts", party="lavrov"), position("rejects", "kremlin", party="lavrov")],
        ["accepts", "rejects"],
        ("stance",),
    ),
    "one party is never divided": Case(
        [position("accepts", "white-house"), position("rejects", "kremlin")], ["accepts", "rejects"], ("stance",)
    ),
    "accounts of different parties do not differ": Case(
        [position("accepts", "white-house"), position("welcomes", "kremlin", party="lavrov")], ["accepts", "welcomes"]
    ),
    "a later position of one party does not replace another's, and may be a change of both": Case(
        [position("rejects", dates="2025-03-01"), position("accepts", party="lavrov")], ["rejects", "accepts"]
    ),
    "positions that may be of one time divide": Case(
        [position("rejects", dates=("2025-03-01", "2025-03-31")), position("accepts", party="lavrov")],
        ["rejects", "accepts"],
        divided=True,
    ),
    "a replaced position neither differs nor divides": Case(
        [
            position("rejects", "kremlin", dates="2025-03-01"),
            position("accepts", "kremlin"),
            position("accepts", "white-house"),
            position("accepts", "kremlin", party="lavrov"),
        ],
        ["accepts"],
    ),
    "what one of two accounts replaced is no longer its word": Case(
        [
            position("accepts", "kremlin", "white-house", dates="2025-03-17"),
            position("rejects", "kremlin"),
            position("accepts", "white-house", dates=("2025-03-17", DAY)),
        ],
        ["accepts", "rejects"],
        ("stance",),
    ),
    "one account names the state, another its president": Case(
        [position("accepts", "white-house", acts_for=("russia",)), position("rejects", "kremlin", party="russia")],
        ["accepts", "rejects"],
        ("stance",),
        divided=True,
    ),
    "one who acts for two states does not make them one": Case(
        [
            position("accepts", "witkoff", proposal="summit", acts_for=("russia", "ukraine")),
            position("accepts", "white-house", party="russia"),
            position("noncommittal", "kremlin", party="ukraine"),
        ],
        ["accepts", "noncommittal"],
        divided=True,
    ),
    "what one does for himself is not what the state does": Case(
        [
            position("accepts", "kremlin"),
            position("accepts", "kremlin", proposal="summit", acts_for=("russia",)),
            position("rejects", "white-house", party="russia"),
        ],
        ["accepts", "rejects"],
        divided=True,
    ),
    "what one does for himself and for the state are not compared": Case(
        [position("accepts", "kremlin"), position("rejects", "white-house", acts_for=("russia",))],
        ["accepts", "rejects"],
    ),
    "both differences are sorted": Case(
        [
            position("accepts", "witkoff", proposal="halt"),
            position("rejects", "kremlin"),
            position("accepts", "white-house"),
        ],
        ["accepts", "rejects"],
        ("proposals", "stance"),
    ),
}


@pytest.mark.parametrize("case", STANDINGS.values(), ids=STANDINGS)
def test_standing(case: Case) -> None:
    standing = derive_standing(case.positions, VARIANTS)
    assert (standing.stances, standing.differs, standing.divided) == (case.stances, case.differs, case.divided)


def test_standing_keeps_the_order_of_the_positions() -> None:
    positions = [position("accepts", "kremlin"), position("rejects", party="lavrov"), position("welcomes", "kremlin")]
    assert derive_standing(positions).positions == tuple(positions)


def test_standing_without_positions() -> None:
    assert derive_standing([]) == Standing((), (), divided=False)


def test_groups_keep_the_order_of_first_occurrence() -> None:
    assert group_by(["b1", "a1", "b2"], lambda text: text[0]) == {"b": ["b1", "b2"], "a": ["a1"]}
    assert list(group_by(["b1", "a1", "b2"], lambda text: text[0])) == ["b", "a"]


@pytest.mark.parametrize("stance", list(STANCES))
def test_every_stance_has_a_side(stance: str) -> None:
    assert position(stance).side in SIDES


def test_rules_are_served_by_name() -> None:
    assert RULES.keys() == {"latest", "differs", "divided", "roll_up", NOT_RECORDED}
