"""What must hold of a soak, and whether it does."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from bench.client import high
from bench.soak import PARTS, Soak
from bench.soak.traffic import KINDS
from bench.soak.watching import Sample

START, END = 1, PARTS - 1
"""The parts that are compared."""
LONG = 600
"""Seconds of a run of which more is expected than of a shorter one, whose parts are too short for it."""
GROWTH, FILLING = 8, 16
"""MB by which a worker may have grown, and how many more in a short run, in which it still fills what it holds."""
DESCRIPTORS = 24
"""How many more there may be at once: the three that SQLite takes for each thread that reads."""
SLOWER, NOISE, MORE_NOISE = 1.5, 25, 250
"""How many times as slow it may become, and the milliseconds below which that is noise, in a long run and a short."""
SLOWEST = 2000
"""Milliseconds beyond which it is too slow however slow it was before: what is overloaded cannot be compared."""
MANY, FEW = 1000, 20
"""Answers of which one can tell the slowest hundredth, and the middle."""


class Verdict(NamedTuple):
    """Whether something holds: what was wanted, and what was found."""

    what: str
    wanted: str
    found: str
    holds: bool


def verdicts(soak: Soak) -> list[Verdict]:
    """A verdict on everything that must hold; of a run that broke off, on how far it came."""
    compared = [*memory(soak), descriptors(soak), *slowness(soak)] if seen(soak, END) else []
    return [errors(soak), whole(soak), *compared]


def errors(soak: Soak) -> Verdict:
    """Whether nothing went wrong."""
    return Verdict("Errors", "0", f"{len(soak.wrong):,}", not soak.wrong)


def whole(soak: Soak) -> Verdict:
    """Whether all was asked that was to be asked."""
    due = sum(int(soak.plan.time * kind.rate) for kind in KINDS)
    sound = len(answered(soak, "all", range(soak.plan.whole)))
    return Verdict("Sound answers", f"≥ {due:,}", f"{sound:,}", sound >= due)


def memory(soak: Soak) -> Iterator[Verdict]:
    """Whether every worker has as much memory to itself in the end as in the beginning."""
    growth = GROWTH if soak.plan.time >= LONG else GROWTH + FILLING
    for number, pid in enumerate(sorted(soak.watching.workers), 1):
        before, after = (
            median([sample.workers[pid].uss for sample in seen(soak, part) if pid in sample.workers] or [0])
            for part in (START, END)
        )
        found = f"{before:.1f} MB, then {after:.1f} MB"
        yield Verdict(f"Memory of worker {number}, median", f"≤ {growth} MB more", found, after <= before + growth)


def descriptors(soak: Soak) -> Verdict:
    """Whether as many descriptors are enough."""
    before, after = (max((sample.descriptors() for sample in seen(soak, part)), default=0) for part in (START, END))
    wanted, found = f"≤ {DESCRIPTORS} more", f"{before}, then {after}"
    return Verdict("Descriptors, most at once", wanted, found, after <= before + DESCRIPTORS)


def slowness(soak: Soak) -> Iterator[Verdict]:
    """Whether answers are as quick in the end as in the beginning, those of every kind and all."""
    noise = NOISE if soak.plan.time >= LONG else MORE_NOISE
    for kind in (*soak.times, "all"):
        before, after = (answered(soak, kind, soak.plan.part(part)) for part in (START, END))
        fewest = min(len(before), len(after))
        if fewest >= FEW:
            name, figure = ("p99", high) if fewest >= MANY else ("median", median)
            most = min(max(figure(before) * SLOWER, noise), SLOWEST)
            found = f"{figure(before):.1f} ms, then {figure(after):.1f} ms"
            yield Verdict(f"{name}, {kind}", f"≤ {most:.1f} ms", found, figure(after) <= most)


def answered(soak: Soak, kind: str, rounds: Iterable[int]) -> list[float]:
    """The milliseconds of a kind of answers, or of all, in some rounds."""
    kinds = soak.times.values() if kind == "all" else [soak.times[kind]]
    return [took for each in kinds for number in rounds for took in each[number]]


def seen(soak: Soak, part: int) -> Sequence[Sample]:
    """What was seen in a part."""
    rounds, seconds = soak.plan.part(part), soak.plan.seconds
    return soak.watching.between(rounds.start * seconds, rounds.stop * seconds)
