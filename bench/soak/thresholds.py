"""Thresholds of the soak test."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from bench.client import p99
from bench.soak import PARTS, Soak
from bench.soak.monitor import Sample
from bench.soak.traffic import TRAFFIC

FIRST_PART, LAST_PART = 1, PARTS - 1
"""Parts that are compared."""
LONG_RUN_SECONDS = 600
"""Seconds from which a run counts as long; shorter runs have weaker thresholds."""
MAX_GROWTH_MB, WARMUP_GROWTH_MB = 8, 16
"""MB by which a worker may grow, and how many more in a short run, while its cache still fills."""
MAX_MORE_DESCRIPTORS = 24
"""Additional descriptors allowed: SQLite uses three for each reading thread."""
MAX_SLOWDOWN, NOISE_MS, SHORT_RUN_NOISE_MS = 1.5, 25, 250
"""Allowed slowdown, and the durations in milliseconds below which it is noise, in long and short runs."""
MAX_LATENCY_MS = 2000
"""Milliseconds that are always too slow; an overloaded server cannot be compared."""
MIN_FOR_P99, MIN_FOR_MEDIAN = 1000, 20
"""Minimum number of responses to compare p99 and the median."""


class Check(NamedTuple):
    """Result of a check: subject, threshold, value, and whether it holds."""

    what: str
    threshold: str
    value: str
    holds: bool


def run_checks(soak: Soak) -> list[Check]:
    """Run all checks; if the run was aborted, only those on errors and count."""
    compared = (
        [*check_memory(soak), check_descriptors(soak), *check_latency(soak)] if samples_in(soak, LAST_PART) else []
    )
    return [check_errors(soak), check_count(soak), *compared]


def check_errors(soak: Soak) -> Check:
    """Check that there were no errors."""
    return Check("Errors", "0", f"{len(soak.wrong):,}", not soak.wrong)


def check_count(soak: Soak) -> Check:
    """Check that all requests were sent and answered."""
    due = sum(int(soak.plan.time * kind.rate) for kind in TRAFFIC)
    sound = len(durations_of(soak, "all", range(soak.plan.whole)))
    return Check("Sound responses", f"≥ {due:,}", f"{sound:,}", sound >= due)


def check_memory(soak: Soak) -> Iterator[Check]:
    """Check that no worker has grown."""
    growth = MAX_GROWTH_MB if soak.plan.time >= LONG_RUN_SECONDS else MAX_GROWTH_MB + WARMUP_GROWTH_MB
    for number, pid in enumerate(sorted(soak.monitor.workers), 1):
        before, after = (
            median([sample.workers[pid].uss for sample in samples_in(soak, part) if pid in sample.workers] or [0])
            for part in (FIRST_PART, LAST_PART)
        )
        value = f"{before:.1f} MB, then {after:.1f} MB"
        yield Check(f"Memory of worker {number}, median", f"≤ {growth} MB more", value, after <= before + growth)


def check_descriptors(soak: Soak) -> Check:
    """Check that no more descriptors are open."""
    before, after = (
        max((sample.descriptors() for sample in samples_in(soak, part)), default=0) for part in (FIRST_PART, LAST_PART)
    )
    threshold, value = f"≤ {MAX_MORE_DESCRIPTORS} more", f"{before}, then {after}"
    return Check("Descriptors, most at once", threshold, value, after <= before + MAX_MORE_DESCRIPTORS)


def check_latency(soak: Soak) -> Iterator[Check]:
    """Check that responses have not become slower."""
    noise = NOISE_MS if soak.plan.time >= LONG_RUN_SECONDS else SHORT_RUN_NOISE_MS
    for kind in (*soak.times, "all"):
        before, after = (durations_of(soak, kind, soak.plan.part(part)) for part in (FIRST_PART, LAST_PART))
        fewest = min(len(before), len(after))
        if fewest >= MIN_FOR_MEDIAN:
            name, figure = ("p99", p99) if fewest >= MIN_FOR_P99 else ("median", median)
            most = min(max(figure(before) * MAX_SLOWDOWN, noise), MAX_LATENCY_MS)
            value = f"{figure(before):.1f} ms, then {figure(after):.1f} ms"
            yield Check(f"{name}, {kind}", f"≤ {most:.1f} ms", value, figure(after) <= most)


def durations_of(soak: Soak, kind: str, rounds: Iterable[int]) -> list[float]:
    """Return the durations of a kind of request, or of all, in some rounds."""
    kinds = soak.times.values() if kind == "all" else [soak.times[kind]]
    return [took for each in kinds for number in rounds for took in each[number]]


def samples_in(soak: Soak, part: int) -> Sequence[Sample]:
    """Return the samples of a part."""
    rounds, seconds = soak.plan.part(part), soak.plan.seconds
    return soak.monitor.between(rounds.start * seconds, rounds.stop * seconds)
