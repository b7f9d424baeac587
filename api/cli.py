"""The `readout` command of an installation: the commands of `python -m seed`, and the server."""

import sys

import click

from schemas.version import VERSION
from seed.cli import ErrorReportingGroup, cli

GUNICORN_ARGUMENTS = ("--config", "python:api.server.gunicorn_conf", "api.asgi:create_asgi_app()")


@click.command(
    "serve",
    short_help="Serve the database, and build it if needed.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[GUNICORN OPTIONS]...")
def serve_command(options: tuple[str, ...]) -> None:
    """Serve the database at http://127.0.0.1:8000, after building it if it does not exist.

    The server is gunicorn. READOUT_BIND sets the address.
    """
    from gunicorn.app.wsgiapp import run  # only this command needs the server

    sys.argv[1:] = [*options, *GUNICORN_ARGUMENTS]  # where gunicorn expects its arguments
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
)
click.version_option(VERSION, prog_name="readout")(readout)
