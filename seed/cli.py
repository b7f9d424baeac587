"""The command line: build and check the database, and write bundles; see `life_commands` for single records."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from schemas.bundle import Records
from schemas.errors import FieldError
from schemas.named_ids import as_id
from schemas.version import VERSION
from schemas.vocabularies import SOURCE_KINDS
from seed.bundle_files import Document, read_bundles
from seed.bundle_schema import bundle_schema
from seed.bundles import check, context_bundles, default_bundles, known_records, load
from seed.command_arguments import (
    DAY,
    FILE,
    FOLDER,
    IdType,
    LineType,
    author_option,
    json_option,
    reason_option,
    to_date,
)
from seed.command_output import (
    checks_json,
    format_changes,
    load_json,
    not_loaded_text,
    suggestion_json,
    to_line,
    valid_text,
    validity_json,
)
from seed.consistency import inconsistencies
from seed.digest_writer import write_digests
from seed.doctor import run_checks
from seed.draft.acceptance import accept
from seed.draft.analysis import Origin
from seed.draft.bundle import MAX_DRAFT_LENGTH, draft_bundle
from seed.draft.known import Known, read_known
from seed.draft.similar_records import find_similar
from seed.errors import BundleError, InvalidBundles
from seed.export import export_bundles
from seed.file_polling import poll_changes
from seed.file_writer import create_file, replace_file, write_file
from seed.known_records import KnownRecords
from seed.life import InvalidChange
from seed.life_commands import COMMANDS
from seed.ndjson import is_stream
from seed.progress import NO_PROGRESS, Progress
from seed.settings import InvalidSettings, load_settings
from seed.short_codebook import short_codebook
from seed.storage.errors import DatabaseUnavailable
from seed.storage.sqlite_file import is_built, open_readonly, require_built
from seed.storage.temporary_folder import TemporaryFolderMissing
from seed.storage.writer import Authorship
from seed.tokens import SCOPES, create_token
from seed.verify import lines, verify, verify_comments, verify_marks, verify_support
from seed.word_keys import Names
from seed.yaml_document import CONTROL, YamlDocument

MAX_SOURCE_ID_LENGTH = 80
"""Maximum length of the id that the name of a text gives: ids may have 100, and those of its events are longer."""
SERVE = "serve"
"""The command that the group of an installation adds (`api.cli`)."""


class ErrorReportingGroup(click.Group):
    """Command group that reports expected errors without a traceback, with exit status 1."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line with UTF-8 as output: bundles are UTF-8, and a locale may not have their characters."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return super().main(*args, **kwargs)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command of an argument. One that only an installation has leads to it, not to a similar name."""
        if args[0] == SERVE and SERVE not in self.commands:
            ctx.fail("This command line does not serve. Use make serve, or readout serve in an installation.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (InvalidSettings, InvalidBundles, InvalidChange, DatabaseUnavailable, TemporaryFolderMissing) as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:  # click ends without a message if nobody reads the output
            raise
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}." if error.filename and error.strerror else str(error)
            raise click.ClickException(reason) from error


@click.group(cls=ErrorReportingGroup, commands=COMMANDS, help="Manage the SQLite database that READOUT_DATABASE names.")
@click.version_option(VERSION)
@click.pass_context
def cli(context: click.Context) -> None:
    """Set the path of the database."""
    context.obj = Path(load_settings().database)


@cli.command("draft", short_help="Write a bundle to fill in for a text.")
@click.argument("text", type=FILE)
@click.option("--id", type=IdType(), help="The id of the source; by default the name of the file.")
@click.option("--url", type=LineType(), help="Where the text can be read.")
@click.option(
    "--date", "day", type=DAY, callback=to_date, help="The date of the text; by default the first that it gives."
)
@click.option("--kind", type=click.Choice(list(SOURCE_KINDS)), help="What sort of text it is.")
@click.option(
    "--issued-by", multiple=True, type=IdType(), help="The id of a party whose own text it is; may be repeated."
)
@click.option("--negotiation", type=IdType(), help="The id of the negotiation that it is about.")
@click.option("--database", "known", type=FILE, help="The database of known records; by default READOUT_DATABASE.")
@click.option("--output", type=FILE, help="The file to write, which must not exist; by default standard output.")
@click.pass_obj
def draft_command(
    database: Path, /, text: Path, id: str | None, known: Path | None, output: Path | None, **origin: Any
) -> None:
    """Write a bundle to fill in for TEXT: quotations, speakers, parties, dates and candidate positions.

    Plain rules find them. A value that begins with `?` is a guess, an id with `?` makes the whole record one. check
    rejects guesses until they are decided; see accept.
    """
    content = read_text(text)
    if not content.strip():
        raise click.ClickException(f"{text} is empty. Save the text in it, one paragraph per line.")
    if len(content) > MAX_DRAFT_LENGTH:
        raise click.ClickException(
            f"{text} has {len(content):,} characters; the limit for a draft is {MAX_DRAFT_LENGTH:,}. Split the text."
        )
    for number, line in enumerate(lines(content), 1):
        if control := CONTROL.search(line):
            raise click.ClickException(
                f"{text} has the control character U+{ord(control[0]):04X} in paragraph {number}. Remove it: a bundle"
                " must not have one."
            )
    bundle = draft_bundle(content, Origin(id or source_id(text), **origin), read_database(known or database))
    if output is None:
        click.echo(bundle, nl=False)
        return
    create_file(output, bundle)


@cli.command("accept", short_help="Decide the guesses in the records of a draft whose texts are written.")
@click.argument("bundle", type=FILE)
@json_option
def accept_command(bundle: Path, is_json: bool) -> None:
    """Remove the mark `?` from the id of each record of the draft BUNDLE whose title and summary are written.

    A party is accepted if such a record refers to it. Other guesses are left to decide. Once nothing is left, the
    comments that repeat the text and `draft: true` are removed. Nothing else is changed.
    """
    with errors_as_json(is_json):
        data = read_document(bundle).data
        if not isinstance(data, dict) or data.get("draft") is not True:
            raise click.ClickException(f"{bundle} is no draft: it has no line `draft: true`. Nothing was changed.")
        content = bundle.read_bytes()
        result = accept(content.decode("utf-8-sig"))
        if bundle.read_bytes() != content:
            raise click.ClickException(f"{bundle} was saved meanwhile. Nothing was changed; repeat the command.")
    replace_file(bundle, result.text)
    if is_json:
        click.echo(to_line({"bundle": str(bundle), "accepted": result.accepted, "left": result.left}))
        return
    left = f"left to decide or to write: {result.left}" if result.left else "finished"
    click.echo(f"{bundle}: {result.accepted} records accepted, {left}")


@cli.command("suggest", short_help="List existing records that look like the new ones of a bundle.")
@click.argument("bundle", type=FILE)
@json_option
@click.pass_obj
def suggest_command(database: Path, bundle: Path, is_json: bool) -> None:
    """List the stored proposals and parties that may be the same as new ones of BUNDLE, which may be a draft."""
    with errors_as_json(is_json):
        document = read_document(bundle)
    with closing(open_readonly(database)) as connection:
        suggestions = [(document.line(found.pointer), found) for found in find_similar(document.data, connection)]
    if is_json:
        click.echo(to_line({"suggestions": [suggestion_json(bundle, line, found) for line, found in suggestions]}))
        return
    for line, found in suggestions:
        click.echo(f"{bundle}:{line}: {found.id!r} is like {found.existing!r}: {found.reasons}")


@cli.command("load", short_help="Build or update the database.")
@click.argument("bundles", nargs=-1, type=FILE)
@author_option()
@reason_option()
@json_option
@click.pass_obj
def load_command(
    database: Path, bundles: tuple[Path, ...], author: str | None, reason: str | None, is_json: bool
) -> None:
    """Build or update the database from BUNDLES, by default every bundle under seed/, in one transaction.

    A bundle is a YAML file. A file that ends in .ndjson or .jsonl may contain any number of bundles, with one
    record per line: {"type": …, "record": {…}}. Each source starts its bundle.
    """
    paths = bundles or default_bundles()
    click.echo(f"Loading {', '.join(map(str, paths))} into {database}", err=True)
    with errors_as_json(is_json), stream_progress(paths) as progress:
        result = load(paths, database, progress, Authorship(author, reason))
    text = f"{database}: revision {result.revision}, {format_changes(result.changes)}"
    click.echo(to_line(load_json(database, result)) if is_json else text)
    if not bundles and result.not_loaded:
        click.echo(not_loaded_text(result.not_loaded), err=True)


@cli.group("token", short_help="Manage the tokens for writing over HTTP.")
def token_group() -> None:
    """Manage the tokens for writing over HTTP, in the file that READOUT_TOKENS names."""


@token_group.command("create", short_help="Create a token and print it once.")
@click.argument("name", type=LineType())
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated.")
@click.option("--expires", required=True, type=DAY, callback=to_date, help="The last day on which it is valid (UTC).")
def token_create_command(name: str, scopes: tuple[str, ...], expires: date) -> None:
    """Create a token for NAME, the author of the changes made with it, and print it.

    The file has only its hash. To revoke a token, delete its line. The server reads the file at every write.
    """
    if expires < datetime.now(UTC).date():
        raise click.BadParameter(f"{expires} is past. Write a later day.", param_hint="--expires")
    if (tokens := load_settings().tokens) is None:
        raise click.ClickException("Set READOUT_TOKENS to the path of the file of tokens, here and for the server.")
    click.echo(create_token(Path(tokens), name, scopes, expires))


@cli.command("check", short_help="Validate bundles without changing anything.")
@click.argument("bundles", nargs=-1, type=FILE)
@json_option
@click.option("--watch", "watches", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.pass_obj
def check_command(database: Path, bundles: tuple[Path, ...], is_json: bool, watches: bool) -> None:
    """Validate BUNDLES as load would, by default every bundle under seed/, without changing anything.

    References may lead to records of the database. Without a database, they may lead to records of the bundles in
    the folder of the first one. The exit status is 0 if they are valid, 1 if not or if they cannot be checked, and 2 if
    the command is used wrongly. With --watch and --json, each check is a line of JSON.
    """
    paths = list(bundles or default_bundles())
    report_context(paths, database)
    if watches:
        watch_bundles(paths, database, is_json)
        return
    with errors_as_json(is_json):
        counts = check_bundles(paths, database)
    click.echo(to_line(validity_json(counts)) if is_json else valid_text(paths, counts))


@cli.command("codebook", short_help="Write the codebook in short.")
def codebook_command() -> None:
    """Write a short codebook to standard output: the fields with their terms, and the decision tables."""
    click.echo(short_codebook(), nl=False)


@cli.command("schema", short_help="Write the JSON Schema of bundles, for editors.")
def schema_command() -> None:
    """Write the JSON Schema of bundles to standard output, for editors that complete and check YAML."""
    click.echo(json.dumps(bundle_schema(), ensure_ascii=False, indent=2))


@cli.command("verify", short_help="Compare a bundle with its article.")
@click.argument("bundle", type=FILE)
@click.argument("others", nargs=-1, type=FILE)
@click.argument("article", type=FILE)
@click.option("--write-digests", "writes", is_flag=True, help="First write the digests of ARTICLE into BUNDLE.")
@json_option
@click.pass_obj
def verify_command(
    database: Path, bundle: Path, others: tuple[Path, ...], article: Path, writes: bool, is_json: bool
) -> None:
    """Compare every quote, paragraph number and digest of BUNDLE with the text in ARTICLE.

    References may lead to the records of OTHERS, further bundles, and to those that check takes.
    """
    text = read_text(article)
    bundles = [bundle, *others]
    report_context(bundles, database)
    with errors_as_json(is_json):
        document = read_document(bundle)
        if writes and write_digests(bundle, text):
            click.echo(f"Wrote the digests of {article} into {bundle}", err=True)
            document = read_document(bundle)
        counts = check(bundles, database)
    with known_records(bundles, database) as known:
        found = find_warnings(document.data, text, known)
    warnings = locate(bundle, document, found)
    for warning in warnings:
        click.echo(f"Warning: {warning}", err=True)
    with errors_as_json(is_json, warnings):
        if errors := find_errors(bundle, document, text):
            raise InvalidBundles(errors)
    agrees = f"{bundle}: agrees with {article}"
    click.echo(to_line(validity_json(counts, warnings=warnings)) if is_json else agrees)


@cli.command("export", short_help="Write the bundles of the database as YAML.")
@click.argument("folder", type=FOLDER, default=Path("export"))
@json_option
@click.pass_obj
def export_command(database: Path, folder: Path, is_json: bool) -> None:
    """Write every bundle in the database into FOLDER (by default export/), one YAML file per source.

    Other files stay as they are. Those that end in .yaml are named, since a source may have had another id before.
    """
    require_built(database)
    folder.mkdir(parents=True, exist_ok=True)
    files: list[str] = []
    with closing(open_readonly(database)) as connection:
        for source, text in export_bundles(connection):
            path = folder / f"{source}.yaml"
            write_file(path, text)
            files.append(str(path))
            if not is_json:
                click.echo(str(path))
    if is_json:
        click.echo(to_line({"database": str(database), "files": files}))
    if others := sorted({str(path) for path in folder.glob("*.yaml")} - set(files)):
        click.echo(f"Not written, since no source has these ids: {', '.join(others)}", err=True)


@cli.command("doctor", short_help="Check whether the database is intact.")
@json_option
@click.pass_context
def doctor_command(context: click.Context, is_json: bool) -> None:
    """Check whether the database is intact; exit with 1 if not.

    Nothing is changed, and the database may be served and loaded meanwhile. The records are written again into a
    temporary file, as large as the database without its indexes; TMPDIR sets the folder.
    """
    database: Path = context.obj
    click.echo(f"Checking {database}", err=True)
    results = run_checks(database, partial(show_progress, "Checking the file"))
    lines = [f"{result.check:<10}  {result.state:<11}  {result.detail}".rstrip() for result in results]
    click.echo(to_line(checks_json(database, results)) if is_json else "\n".join(lines))
    context.exit(0 if all(result.passed for result in results) else 1)


def report_context(paths: Sequence[Path], database: Path) -> None:
    """Without a database, print which files references may lead to, and which are not used."""
    if is_built(database) or not all(path.is_file() for path in paths):
        return
    with suppress(InvalidBundles):
        used, left_aside = (", ".join(path.name for path in found) for found in context_bundles(paths))
        click.echo(f"No database at {database}. Bundles to which references may lead: {used or 'none'}", err=True)
        if left_aside:
            click.echo(
                f"Not used, because they are no bundles or are other versions of a named one: {left_aside}", err=True
            )


def check_bundles(paths: Sequence[Path], database: Path) -> Counter[str]:
    """Validate bundles with a progress bar if they are streams. Raises InvalidBundles."""
    with stream_progress(paths) as progress:
        return check(paths, database, progress)


def watch_bundles(paths: Sequence[Path], database: Path, is_json: bool) -> None:
    """Check bundles, and again after each change, until Ctrl-C."""
    click.echo(f"Watching {', '.join(map(str, paths))}; Ctrl-C stops", err=True)
    with suppress(KeyboardInterrupt):
        for _ in poll_changes(paths, database):
            try:
                counts = check_bundles(paths, database)
            except (InvalidBundles, DatabaseUnavailable, OSError) as error:
                invalid = as_invalid(paths[0], error)
                number = f"{'at least ' if invalid.is_truncated else ''}{len(invalid.errors)} to correct"
                text = f"{invalid}\n{time.strftime('%X')} {number}"
                click.echo(to_line(validity_json({}, invalid)) if is_json else text)
            else:
                text = f"{time.strftime('%X')} {valid_text(paths, counts)}"
                click.echo(to_line(validity_json(counts)) if is_json else text)


def as_invalid(path: Path, error: Exception) -> InvalidBundles:
    """Return errors in bundles, or an error by which they could not be checked, as errors in bundles."""
    return (
        error
        if isinstance(error, InvalidBundles)
        else InvalidBundles([BundleError(path, 0, FieldError("", str(error)))])
    )


def find_errors(path: Path, document: YamlDocument, text: str) -> list[BundleError]:
    """Return what the records and the comments of a bundle have that the text does not."""
    comments = verify_comments(path.read_text(encoding="utf-8-sig"), document.data, text)
    return [
        *locate(path, document, verify(document.data, text)),
        *(BundleError(path, line, error) for line, error in comments),
    ]


def find_warnings(records: Records, text: str, known: KnownRecords) -> list[FieldError]:
    """Return warnings about a valid bundle: what to compare with the text again."""
    names = Names([party["name"], *party.get("aliases", [])] for party in known.parties())
    return [*inconsistencies(records, known), *verify_support(records, text, names), *verify_marks(records, text)]


@contextmanager
def errors_as_json(is_json: bool, warnings: Iterable[BundleError] = ()) -> Iterator[None]:
    """With `--json`, print the errors in bundles as JSON and exit with 1; otherwise they are reported as text."""
    try:
        yield
    except InvalidBundles as error:
        if not is_json:
            raise
        click.echo(to_line(validity_json({}, error, warnings)))
        click.get_current_context().exit(1)


@contextmanager
def stream_progress(paths: Iterable[Path]) -> Iterator[Progress]:
    """Show a progress bar for the streams among some files."""
    size = sum(path.stat().st_size for path in paths if is_stream(path) and path.is_file())
    if not size:
        yield NO_PROGRESS
        return
    with show_progress("Reading", size) as progress:
        yield progress


@contextmanager
def show_progress(label: str, size: int) -> Iterator[Progress]:
    """Show a progress bar for a number of bytes or rows."""
    with click.progressbar(length=size, label=label, file=sys.stderr, update_min_steps=1 + size // 1000) as bar:

        def step(name: str) -> None:
            bar.label = name
            bar.render_progress()

        yield Progress(bar.update, step)


def read_document(path: Path) -> YamlDocument:
    """Return a YAML bundle. Raises ClickException if it is a stream."""
    (bundle,) = read_bundles([path])
    if not isinstance(bundle, Document):
        raise click.ClickException(f"{path} may contain many sources, but an article is one. Write a YAML bundle.")
    return bundle.document


def locate(path: Path, document: YamlDocument, errors: Iterable[FieldError]) -> list[BundleError]:
    """Return errors with the file and the line in which they are."""
    return [BundleError(path, document.line(error.pointer), error) for error in errors]


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file. Raises ClickException if it cannot be read or is not one."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not UTF-8 text. Save it as UTF-8. ({error})") from error


def source_id(text: Path) -> str:
    """Return the id that the name of a text gives. Raise ClickException if it gives none."""
    try:
        return str(IdType.field.deserialize(as_id(text.stem)[:MAX_SOURCE_ID_LENGTH].rstrip("-")))
    except ValidationError:
        raise click.ClickException(f"The name of {text} gives no id. Choose one: --id lake-vey-article") from None


def read_database(path: Path) -> Known:
    """Return the known records of a database. If it does not exist, print a message and return nothing known."""
    if not is_built(path):
        click.echo(f"No database at {path}: every name is new", err=True)
        return read_known(None)
    with closing(open_readonly(path)) as connection:
        return read_known(connection)
