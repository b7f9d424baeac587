"""The `readout` command of an installation: the commands of `python -m seed`, and the server."""

import sys
from pathlib import Path

import click

from seed.cli import ErrorReportingGroup, cli
from seed.command_arguments import FILE
from seed.draft.preview import copy_with_drafts
from seed.storage.temporary_folder import TemporaryFolder

GUNICORN_ARGUMENTS = ("--config", "python:api.server.gunicorn_conf")


@click.command(
    "serve",
    short_help="Serve the database, and build it if needed.",
    context_settings={"ignore_unknown_options": True},
)
@click.option("--with", "drafts", multiple=True, type=FILE, help="Show a draft in a private copy; may be repeated.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[GUNICORN OPTIONS]...")
@click.pass_obj
def serve_command(database: Path, /, drafts: tuple[Path, ...], options: tuple[str, ...]) -> None:
    """Serve the database at http://127.0.0.1:8000, after building it if it does not exist.

    The server is gunicorn. READOUT_BIND sets the address, as in READOUT_BIND=0.0.0.0:8000.

    With a draft, a private copy of the database is served with it: every page says so, nobody can write, and the copy
    is gone when the server stops. A draft that is not valid but for its mark `draft: true` is not served.
    """
    from gunicorn.app.wsgiapp import run  # only this command needs the server

    application = "api.asgi:create_asgi_app()"
    if drafts:
        folder = TemporaryFolder("draft")
        copy = folder.path / "readout.db"
        copy_with_drafts(drafts, database, copy)
        click.echo(f"Serving {', '.join(map(str, drafts))} in a private copy of {database}", err=True)
        application = f"api.asgi:create_draft_app({str(copy)!r})"
    sys.argv[1:] = [*options, *GUNICORN_ARGUMENTS, application]  # where gunicorn expects its arguments
    run(prog="readout serve")


@click.command("mcp", short_help="Serve the database to language models, by MCP.")
def mcp_command() -> None:
    """Serve the database to language models at standard input and output, by the Model Context Protocol.

    It needs the extra `mcp`: pip install '.[mcp]'.
    """
    try:
        from api.mcp_server import run  # only this command needs the extra
    except ImportError as error:
        raise click.ClickException(f"{error}. Install the extra: pip install '.[mcp]'") from error
    run()


readout = ErrorReportingGroup(
    "readout",
    commands={**cli.commands, "serve": serve_command, "mcp": mcp_command},
    callback=cli.callback,
    params=cli.params,
    help="Serve negotiations as data from the SQLite database that READOUT_DATABASE names, and manage it.",
    epilog='Completion in bash: eval "$(_READOUT_COMPLETE=bash_source readout)"; zsh_source, fish_source too.',
)
