"""Report of a soak test: checks, traffic, and every round."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from platform import python_version
from statistics import median

from bench.client import p99
from bench.load import describe_machine
from bench.report import markdown
from bench.servers import ROOT, WORKERS
from bench.soak import MAX_STALLED, PARTS, Soak
from bench.soak.monitor import Sample
from bench.soak.thresholds import (
    MAX_GROWTH_MB,
    MAX_LATENCY_MS,
    MAX_MORE_DESCRIPTORS,
    MIN_FOR_P99,
    NOISE_MS,
    SHORT_RUN_NOISE_MS,
    WARMUP_GROWTH_MB,
    Check,
    durations_of,
    run_checks,
)
from bench.soak.traffic import EVENTS, TRAFFIC

FILE = ROOT / "bench" / "SOAK.md"
TOLD = 20
"""Number of different errors listed."""
TEXT = """\
# A long run

{taken}: {minutes:g} minutes on {machine}, load {busy:.1f} before, Python {python}, gunicorn {gunicorn}, {workers}
workers; {events:,} invented events beside the article, of whose bundle another edition is loaded every {seconds:g} s.
`make soak` writes this file.

{verdicts}

Of {parts} parts of the time, the first is to warm up, and the second is compared with the last.

- A time runs from the moment at which a client was to ask, so that a wait for the one before counts, to the end of the
  answer, or to the beginning of a stream. Up to {noise} ms nothing is called slow ({more_noise} ms in a run of less
  than ten minutes), and beyond {slowest:,} ms everything is. Of less than {many:,} answers a part, the median is
  compared: their p99 is chance.
- A worker may grow by {growth} MB: what it holds is full after the first part, and what leaks 50 bytes a request is
  above that in half an hour. In less than ten minutes, it may not be full yet, and {filling} MB more are let pass.
- The descriptors may be {descriptors} more, three for each thread that reads the file.

## What is asked

{kinds}

{open} more connections are open that send nothing, or half a request. Of every answer the status is looked at, the
end, the problem document, and the edition: it must be one, and none that was overtaken before the client asked.

{counts}

## Round by round

How many were answered, with the median / p99 in ms; of each worker MB to itself / in all; the most descriptors, MB of
the file's log, and temporary files that were seen at once.

{rounds}
"""


def report(soak: Soak, busy: float) -> str:
    """Return the whole report."""
    return TEXT.format(
        taken=datetime.now(UTC).date(),
        minutes=soak.plan.time / 60,
        machine=describe_machine(),
        busy=busy,
        python=python_version(),
        gunicorn=version("gunicorn"),
        workers=WORKERS,
        events=EVENTS,
        seconds=soak.plan.seconds,
        verdicts=verdict_table(run_checks(soak)),
        parts=PARTS,
        many=MIN_FOR_P99,
        growth=MAX_GROWTH_MB,
        filling=WARMUP_GROWTH_MB,
        descriptors=MAX_MORE_DESCRIPTORS,
        noise=NOISE_MS,
        more_noise=SHORT_RUN_NOISE_MS,
        slowest=MAX_LATENCY_MS,
        kinds=markdown(("kind", "a second", "clients", ""), [kind.row() for kind in TRAFFIC]),
        open=MAX_STALLED,
        counts=told(soak),
        rounds=markdown(
            ("minute", "revision", *soak.times, "errors", "memory", "descriptors", "log", "files"), round_rows(soak)
        ),
    )


def summary(soak: Soak) -> str:
    """Return the checks and the errors."""
    return f"{verdict_table(run_checks(soak))}\n\n{told(soak)}"


def verdict_table(found: Iterable[Check]) -> str:
    """Return the checks as a Markdown table."""
    rows = [(one.what, one.wanted, one.found, "holds" if one.holds else "does not hold") for one in found]
    return markdown(("what", "wanted", "found", ""), rows)


def told(soak: Soak) -> str:
    """Return the errors, and the counts of what servers are allowed to do."""
    wrong = Counter(f"{one.kind}: {one.what}" for one in soak.wrong)
    counted = [f"{count} {what}." for what, count in soak.counts.items()]
    errors = [f"Error ({count}): {what}" for what, count in wrong.most_common(TOLD)]
    more = [f"Other errors: {len(wrong) - TOLD}"] if len(wrong) > TOLD else []
    return "\n".join(f"- {line}" for line in (*counted, *errors, *more))


def round_rows(soak: Soak) -> Iterator[Sequence[object]]:
    """Yield a row per round: responses and samples."""
    for number in range(soak.plan.whole):
        begin = number * soak.plan.seconds
        samples = soak.watching.between(begin, begin + soak.plan.seconds)
        yield (
            f"{begin / 60:.4g}",
            soak.revisions.get(number, ""),
            *(times(durations_of(soak, kind, [number])) for kind in soak.times),
            sum(one.round == number for one in soak.wrong),
            "; ".join(sizes(samples, pid) for pid in sorted(soak.watching.workers)),
            max((sample.descriptors() for sample in samples), default=0),
            f"{max((sample.log for sample in samples), default=0):.1f}",
            max((sample.files for sample in samples), default=0),
        )


def times(taken: Sequence[float]) -> str:
    """Describe durations: count, median and 99th percentile."""
    return f"{len(taken):,}: {median(taken):.1f} / {p99(list(taken)):.1f}" if taken else "0"


def sizes(samples: Iterable[Sample], pid: int) -> str:
    """Describe the memory of a worker."""
    seen = [sample.workers[pid] for sample in samples if pid in sample.workers]
    return f"{median(each.uss for each in seen):.0f} / {median(each.rss for each in seen):.0f}" if seen else ""
