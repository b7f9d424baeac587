"""Commands: python -m seed load, check, verify, export, doctor."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from seed.bundles import default_bundles, dry_run, load, read_documents, validate_files
from seed.doctor import run_checks
from seed.errors import BundleError, InvalidBundles
from seed.export import export_bundles
from seed.loader import NO_PROGRESS, Progress, RecordStillReferenced
from seed.ndjson import is_stream
from seed.settings import InvalidSettings, load_settings
from seed.storage.errors import DatabaseUnavailable
from seed.storage.sqlite_file import is_built, open_readonly
from seed.storage.writer import Action, LoadResult
from seed.verify import verify

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class Plainly(click.Group):
    """Command group that reports expected errors as one line, with exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (InvalidSettings, InvalidBundles, OSError, RecordStillReferenced, DatabaseUnavailable) as error:
            raise click.ClickException(str(error)) from error


@contextmanager
def shown(paths: Iterable[Path]) -> Iterator[Progress]:
    """Show a progress bar for the streams among these files."""
    size = sum(path.stat().st_size for path in paths if is_stream(path))
    if not size:
        yield NO_PROGRESS
        return
    with shown_of("Reading", size) as progress:
        yield progress


@contextmanager
def shown_of(label: str, size: int) -> Iterator[Progress]:
    """Show a progress bar for a number of bytes or rows."""
    with click.progressbar(length=size, label=label, file=sys.stderr, update_min_steps=1 + size // 1000) as bar:

        def step(what: str) -> None:
            bar.label = what
            bar.render_progress()

        yield Progress(bar.update, step)


def changes_of(applied: LoadResult) -> str:
    """Describe how many records were created, updated and deleted."""
    counted = [(action, applied.changes.get(action)) for action in get_args(Action)]
    return ", ".join(f"{count} {action}d" for action, count in counted if count) or "nothing to change"


@click.group(
    cls=Plainly, help="Bring bundles into the SQLite file that READOUT_DATABASE names, and get them out again."
)
@click.pass_context
def seed(context: click.Context) -> None:
    """Find the database."""
    context.obj = Path(load_settings().database)


@seed.command("load")
@click.argument("bundles", nargs=-1, type=FILE)
@click.pass_obj
def load_command(database: Path, bundles: tuple[Path, ...]) -> None:
    """Build or update the database from BUNDLES, by default every bundle under seed/, in one transaction.

    A bundle is a YAML file. A file that ends in .ndjson is a stream of bundles, {"type": …, "record": {…}} per line,
    where each source starts its bundle.
    """
    paths = bundles or default_bundles()
    click.echo(f"Loading {', '.join(map(str, paths))} into {database}", err=True)
    with shown(paths) as progress:
        applied = load(paths, database, progress)
    click.echo(f"{database}: revision {applied.revision}, {changes_of(applied)}")


@seed.command("check")
@click.argument("bundle", type=FILE)
@click.pass_obj
def check_command(database: Path, bundle: Path) -> None:
    """Validate BUNDLE as load would, and change nothing."""
    if is_stream(bundle):
        with shown([bundle]) as progress:
            applied = dry_run([bundle], database, progress)
        click.echo(f"{bundle}: sound, {changes_of(applied)} by loading it")
        return
    (records,) = validate_files([bundle], database).values()
    click.echo(f"{bundle}: sound, " + ", ".join(f"{len(items)} {plural}" for plural, items in records.items() if items))


@seed.command("verify")
@click.argument("bundle", type=FILE)
@click.argument("article", type=FILE)
@click.pass_obj
def verify_command(database: Path, bundle: Path, article: Path) -> None:
    """Compare every quote, paragraph number and digest of BUNDLE with the text in ARTICLE."""
    if is_stream(bundle):
        raise click.ClickException(f"{bundle} may hold many sources, and an article is one: give its bundle as YAML.")
    document = read_documents([bundle])[bundle]
    (records,) = validate_files([bundle], database).values()
    try:
        text = article.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{article} is not UTF-8 text: {error}.") from error
    flaws = [BundleError(bundle, document.line(fault.pointer), fault) for fault in verify(records, text)]
    if flaws:
        raise InvalidBundles(flaws)
    click.echo(f"{bundle}: agrees with {article}")


@seed.command("export")
@click.argument("folder", type=FOLDER, default=Path("export"))
@click.pass_obj
def export_command(database: Path, folder: Path) -> None:
    """Write every bundle in the database into FOLDER (by default export/), one YAML file per source."""
    if not is_built(database):
        raise DatabaseUnavailable(f"{database} does not exist or is empty; build it with: python -m seed load")
    folder.mkdir(parents=True, exist_ok=True)
    with closing(open_readonly(database)) as connection:
        for source, text in export_bundles(connection):
            path = folder / f"{source}.yaml"
            part = path.with_suffix(".part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)  # a file is never half-written
            click.echo(str(path))


@seed.command("doctor")
@click.pass_context
def doctor_command(context: click.Context) -> None:
    """Check whether the database is intact; exit with 1 if not.

    Nothing is changed, and the database may be served and loaded meanwhile. The records are written again into a
    temporary file, as large as the database without its indexes; TMPDIR sets the folder.
    """
    database: Path = context.obj
    click.echo(f"Checking {database}", err=True)
    results = run_checks(database, partial(shown_of, "Checking the file"))
    for result in results:
        click.echo(f"{result.check:<10}  {result.state:<11}  {result.detail}".rstrip())
    context.exit(0 if all(result.passed for result in results) else 1)


if __name__ == "__main__":
    seed(prog_name="python -m seed")
