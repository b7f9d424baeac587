"""The commands that change single records: withdraw, rename, merge, purge and undo."""

from pathlib import Path

import click

from seed.command_arguments import RECORD, IdType, author_option, json_option, reason_option
from seed.command_output import format_changes, revision_json, to_line
from seed.life import Revision, merge, rename, withdraw
from seed.purge import purge
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from seed.undo import undo


@click.command("withdraw", short_help="Withdraw a record, or a whole source.")
@click.argument("record", type=RECORD)
@author_option(required=True)
@reason_option(required=True)
@json_option
@click.pass_obj
def withdraw_command(database: Path, record: RecordRef, author: str, reason: str, is_json: bool) -> None:
    """Delete RECORD, written as proposals/ID, or a source with all records of its bundle, as sources/ID.

    Its id answers 410 from then on, and no other record may use it. It is an error if other records refer to it.
    """
    report_change(database, withdraw(database, record, Authorship(author, reason)), is_json)


@click.command("rename", short_help="Give a record another id.")
@click.argument("record", type=RECORD)
@click.argument("new", type=IdType())
@author_option(required=True)
@reason_option(required=True)
@json_option
@click.pass_obj
def rename_command(database: Path, record: RecordRef, new: str, author: str, reason: str, is_json: bool) -> None:
    """Give RECORD, written as proposals/ID, the id NEW.

    References follow. The old id answers 410 and names the new one.
    """
    report_change(database, rename(database, record, new, Authorship(author, reason)), is_json)


@click.command("merge", short_help="Merge a record into another.")
@click.argument("record", type=RECORD)
@click.argument("into", type=IdType())
@author_option(required=True)
@reason_option(required=True)
@json_option
@click.pass_obj
def merge_command(database: Path, record: RecordRef, into: str, author: str, reason: str, is_json: bool) -> None:
    """Delete RECORD, written as parties/ID, because it is the same as INTO, the id of another of its type.

    References follow; the old id answers 410 and names the other. INTO is not changed: first write what it should take
    over from RECORD into its bundle.
    """
    report_change(database, merge(database, record, into, Authorship(author, reason)), is_json)


@click.command("purge", short_help="Remove a record for good, with its history.")
@click.argument("record", type=RECORD)
@author_option(required=True)
@reason_option(required=True)
@json_option
@click.pass_obj
def purge_command(database: Path, record: RecordRef, author: str, reason: str, is_json: bool) -> None:
    """Remove RECORD, written as statements/ID, or a source with all of its bundle, as sources/ID, for good.

    It may have been withdrawn or merged before. Its content is removed from the history, too, and from the file, which
    is rewritten. Its id answers 410 with the reason. It cannot be undone; only an earlier backup still has the record.
    """
    report_change(database, purge(database, record, Authorship(author, reason)), is_json)
    click.echo("Backups, replicas and copies that others made still have it: see docs/operations.md, Purge.", err=True)


@click.command("undo", short_help="Undo a revision.")
@click.argument("revision", type=click.IntRange(min=1))
@author_option(required=True)
@reason_option(required=True)
@json_option
@click.pass_obj
def undo_command(database: Path, revision: int, author: str, reason: str, is_json: bool) -> None:
    """Bring the records that REVISION changed back to what they were before it.

    That is a new revision. It is an error if the records were changed later: undo that first. What REVISION created is
    withdrawn; what it withdrew, renamed or merged is back under its old id.
    """
    report_change(database, undo(database, revision, Authorship(author, reason)), is_json)


def report_change(database: Path, result: Revision, is_json: bool) -> None:
    """Print the changes, and the files that need the same change."""
    text = f"{database}: revision {result.number}, {format_changes(result.changes)}"
    click.echo(to_line(revision_json(database, result)) if is_json else text)
    click.echo(
        f"Change these bundles in their files, too, or load refuses them: {', '.join(result.bundles)}."
        " python -m seed export writes every bundle that is left.",
        err=True,
    )


COMMANDS = (withdraw_command, rename_command, merge_command, purge_command, undo_command)
