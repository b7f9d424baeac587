"""Databases to measure, kept under bench/data/ until the code they depend on changes."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.loading import LoadResult, measure_load, run_command
from bench.servers import ROOT

DATA = ROOT / "bench" / "data"
GENERATOR = [ROOT / "bench" / "synthetic.py", ROOT / "bench" / "word_lists.py"]
SEED = 1


class Files(NamedTuple):
    """Paths of the article database, the synthetic NDJSON and the synthetic database."""

    article: Path
    lines: Path
    big: Path
    events: int
    loaded: LoadResult | None = None
    """The load that made the synthetic database, if it was made in this run."""


def build_files(events: int) -> Files:
    """Return the files, building those that are missing or outdated."""
    DATA.mkdir(exist_ok=True)
    declared = files_digest(ROOT.glob("schemas/*.py"), GENERATOR)
    loaded = files_digest(ROOT.glob("schemas/*.*"), ROOT.glob("seed/*.*"), ROOT.glob("seed/storage/*.*"), GENERATOR)
    files = Files(
        DATA / f"article-{loaded}.db",
        DATA / f"events-{events}-{declared}.ndjson",
        DATA / f"events-{events}-{loaded}.db",
        events,
    )
    if not files.lines.exists():
        delete_files(f"events-{events}-*.ndjson")
        with write_atomically(files.lines) as part:
            run_command("bench.synthetic", "--events", str(events), "--seed", str(SEED), str(part))
    if not files.article.exists():
        delete_files("article-*.db*")
        with write_atomically(files.article) as part:
            run_command("seed", "load", READOUT_DATABASE=str(part))
    if not files.big.exists():
        delete_files(f"events-{events}-*.db*")
        with write_atomically(files.big) as part:
            files = files._replace(loaded=measure_load(files.lines, part))
    return files


def files_digest(*groups: Iterator[Path] | list[Path]) -> str:
    """Return a digest of the contents of files."""
    digest = hashlib.sha256()
    for path in sorted(path for group in groups for path in group):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def delete_files(pattern: str) -> None:
    """Delete outdated files."""
    for path in DATA.glob(pattern):
        path.unlink()


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary path and rename it to `path` on success."""
    part = path.with_name(f"part-{path.name}")
    part.unlink(missing_ok=True)
    yield part
    part.rename(path)


def query(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on a database."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()
