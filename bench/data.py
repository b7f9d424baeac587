"""The files that are measured, each kept under bench/data/ for as long as what it is made with stays the same."""

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
    """Where the files are: the shipped bundles, and the invented ones as NDJSON and as loaded."""

    article: Path
    lines: Path
    big: Path
    events: int


def build_files(events: int) -> Files:
    """The files, those that are missing or out of date built anew."""
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
    """What stands for the contents of some files."""
    found = hashlib.sha256()
    for path in sorted(path for group in groups for path in group):
        found.update(path.read_bytes())
    return found.hexdigest()[:8]


def delete_files(pattern: str) -> None:
    """Remove what was built for something else."""
    for path in DATA.glob(pattern):
        path.unlink()


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """A place to write a file, which is there under its own name only when it is whole."""
    part = path.with_name(f"part-{path.name}")
    part.unlink(missing_ok=True)
    yield part
    part.rename(path)


def run_command(module: str, *arguments: str, **environment: str) -> None:
    """Run one of the project's commands, with all that it tells on the side; Failed where it fails."""
    click.echo(f"python -m {module} {' '.join(arguments)}", err=True)
    command = [*PRODUCT, module, *arguments]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdout=2, check=False).returncode:
        raise MeasurementFailed(f"python -m {module} failed")


def query(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement over a file."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()
