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
MAX_ERRORS_SHOWN = 20
"""Number of different errors listed."""
TEXT = """\
# Soak test

{date}: {minutes:g} minutes on {machine}, load {busy:.1f} before, Python {python}, gunicorn {gunicorn}, {workers}
workers; {events:,} synthetic events next to the article; a new version of the article's bundle is loaded every
{seconds:g} s. `make soak` writes this file.

{verdicts}

The run has {parts} parts: the first is warm-up, and the second is compared with the last.

- Durations start when a request was due, so that waiting for the previous one counts, and end with the response, or
  with the first byte of a stream. Below {noise} ms nothing counts as slow ({more_noise} ms in a run of less than
  ten minutes), and above {slowest:,} ms everything does. With less than {many:,} responses per part, medians are
  compared instead of p99.
- A worker may grow by {growth} MB; its cache is full after the first part, and a leak of 50 bytes per request
  exceeds that in half an hour. In less than ten minutes the cache may not be full yet, and {filling} MB more are
  allowed.
- {descriptors} more file descriptors are allowed, three for each thread that reads the database.

## Traffic

{kinds}

{open} more connections are open that send nothing or half a request. Every response is checked: its status, its
end, the problem document, and the version it shows, which must be exactly one and no older than what was known
before the request.

{counts}

## Rounds

Responses with median / p99 in ms; private / resident MB of each worker; the maximum of file descriptors, MB of the
WAL, and temporary files.

{rounds}
"""


def report(soak: Soak, busy: float) -> str:
    """Return the whole report."""
    return TEXT.format(
        date=datetime.now(UTC).date(),
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
        kinds=markdown(("kind", "per second", "clients", ""), [kind.row() for kind in TRAFFIC]),
        open=MAX_STALLED,
        counts=error_lines(soak),
        rounds=markdown(
            ("minute", "revision", *soak.times, "errors", "memory", "descriptors", "WAL", "files"), round_rows(soak)
        ),
    )


def summary(soak: Soak) -> str:
    """Return the checks and the errors."""
    return f"{verdict_table(run_checks(soak))}\n\n{error_lines(soak)}"


def verdict_table(value: Iterable[Check]) -> str:
    """Return the checks as a Markdown table."""
    rows = [(one.what, one.threshold, one.value, "holds" if one.holds else "does not hold") for one in value]
    return markdown(("check", "threshold", "value", ""), rows)


def error_lines(soak: Soak) -> str:
    """Return the errors, and the counts of what servers are allowed to do."""
    wrong = Counter(f"{one.kind}: {one.what}" for one in soak.wrong)
    counted = [f"{count} {what}." for what, count in soak.counts.items()]
    errors = [f"Error ({count}): {what}" for what, count in wrong.most_common(MAX_ERRORS_SHOWN)]
    more = [f"Other errors: {len(wrong) - MAX_ERRORS_SHOWN}"] if len(wrong) > MAX_ERRORS_SHOWN else []
    return "\n".join(f"- {line}" for line in (*counted, *errors, *more))


def round_rows(soak: Soak) -> Iterator[Sequence[object]]:
    """Yield a row per round: responses and samples."""
    for number in range(soak.plan.whole):
        begin = number * soak.plan.seconds
        samples = soak.monitor.between(begin, begin + soak.plan.seconds)
        yield (
            f"{begin / 60:.4g}",
            soak.revisions.get(number, ""),
            *(times(durations_of(soak, kind, [number])) for kind in soak.times),
            sum(one.round == number for one in soak.wrong),
            "; ".join(sizes(samples, pid) for pid in sorted(soak.monitor.workers)),
            max((sample.descriptors() for sample in samples), default=0),
            f"{max((sample.log for sample in samples), default=0):.1f}",
            max((sample.files for sample in samples), default=0),
        )


def times(durations: Sequence[float]) -> str:
    """Describe durations: count, median and 99th percentile."""
    return f"{len(durations):,}: {median(durations):.1f} / {p99(list(durations)):.1f}" if durations else "0"


def sizes(samples: Iterable[Sample], pid: int) -> str:
    """Describe the memory of a worker."""
    usage = [sample.workers[pid] for sample in samples if pid in sample.workers]
    return f"{median(each.uss for each in usage):.0f} / {median(each.rss for each in usage):.0f}" if usage else ""
