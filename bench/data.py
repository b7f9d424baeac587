"""Databases to measure, kept under bench/data/ until the code they depend on changes."""

import hashlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from bench.servers import PRODUCT, ROOT, MeasurementFailed

DATA = ROOT / "bench" / "data"
GENERATOR = [ROOT / "bench" / "synthetic.py", ROOT / "bench" / "word_lists.py"]
SEED = 1


class Files(NamedTuple):
    """Paths of the article database, the synthetic NDJSON and the synthetic database."""

    article: Path
    lines: Path
    big: Path
    events: int


def build_files(events: int) -> Files:
    """Return the files, building those that are missing or outdated."""
    DATA.mkdir(exist_ok=True)
    declared = files_digest(ROOT.glob("schemas/*.py"), GENERATOR)
    loaded = files_digest(ROOT.glob("schemas/*.py"), ROOT.glob("seed/*.*"), GENERATOR)
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
    for database, bundles in ((files.article, []), (files.big, [str(files.lines)])):
        if not database.exists():
            delete_files(f"{database.name.rpartition('-')[0]}-*.db*")
            with write_atomically(database) as part:
                run_command("seed", "load", *bundles, READOUT_DATABASE=str(part))
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


def run_command(module: str, *arguments: str, **environment: str) -> None:
    """Run one of the project's commands, with its output on stderr. Raises MeasurementFailed if it fails."""
    click.echo(f"python -m {module} {' '.join(arguments)}", err=True)
    command = [*PRODUCT, module, *arguments]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdout=2, check=False).returncode:
        raise MeasurementFailed(f"python -m {module} failed")


def query(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on a database."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()
