"""MCP server: tools that read the API in process and return its Markdown, for language models.

It needs the extra `mcp`. See https://modelcontextprotocol.io.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from flask import Flask
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from api import create_app
from api.lists.markdown import SUFFIX
from api.service.index import ABOUT
from api.service.llms_txt import HOW_TO_CITE
from schemas import RECORDS
from schemas.errors import nearest
from schemas.version import VERSION

MAX_ARGUMENT_LENGTH = 500
MAX_ALLOWED = 50
"""Maximum number of allowed values that an error lists."""
LOCAL = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def _text(description: str) -> Any:
    return Field(description=description, min_length=1, max_length=MAX_ARGUMENT_LENGTH)


Text = Annotated[str, _text("Words to search for; names in other spellings are found, too.")]
Type = Annotated[str, _text(f"A record type: {', '.join(RECORDS)}.")]
Id = Annotated[str, _text("The id of a record, the last part of its path.")]
Accounts = Annotated[str, _text("At least two ids of parties or sources, joined by commas: kremlin,white-house")]
Account = Annotated[str | None, _text("Only what is on this account, the id of a party or a source.")]
Issue = Annotated[str | None, _text("The id of an issue, such as energy-strikes.")]
Party = Annotated[str | None, _text("The id of a party, such as ukraine.")]
Negotiation = Annotated[str | None, _text("The id of a negotiation.")]
Day = Annotated[str | None, _text("A date, such as 2025-03-18 or 2025-03.")]


class Tools:
    """The tools. Each is a method whose docstring and parameters a client reads."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def search(self, q: Text, type: Type | None = None, account: Account = None, issue: Issue = None) -> str:
        """Search all records. A hit has its path, attribution and paragraphs."""
        return self._read("/search", q=q, type=type, account=account, issue=issue)

    def compare_accounts(self, accounts: Accounts, issue: Issue = None) -> str:
        """Set what accounts say side by side, by issue: where they agree, differ, or one says nothing."""
        return self._read("/compare", accounts=accounts, issue=issue)

    def where_they_stand(
        self,
        issue: Issue = None,
        party: Party = None,
        account: Account = None,
        negotiation: Negotiation = None,
        as_of: Day = None,
    ) -> str:
        """Return the current position of each party on each issue, by account. Narrow it to see all positions."""
        return self._read("/matrix", issue=issue, party=party, account=account, negotiation=negotiation, as_of=as_of)

    def timeline(
        self, since: Day = None, until: Day = None, party: Party = None, issue: Issue = None, account: Account = None
    ) -> str:
        """Return what happened, and what was said, in the order of dates.

        An event has the records made at it, and different ones may meet `party`, `issue` and `account`.
        """
        return self._read("/timeline", since=since, until=until, party=party, issue=issue, account=account)

    def record(self, type: Type, id: Id) -> str:
        """Return one record with all its fields. In a path such as /positions/x, the type is first and the id last."""
        if type not in RECORDS:
            near = nearest(type, RECORDS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ToolError(f"There is no record type {type!r}.{hint} There are: {', '.join(RECORDS)}.")
        return self._read(f"/{type}/{quote(id, safe='')}")

    def open_questions(self, issue: Issue = None, q: Text | None = None) -> str:
        """Return what the sources leave open or answer differently."""
        return self._read("/questions", status="open,contradictory", issue=issue, q=q)

    def _read(self, path: str, **parameters: str | None) -> str:
        """Return the Markdown at a path. Raise ToolError with what is wrong and the nearest valid value."""
        query = {name: value for name, value in parameters.items() if value is not None}
        response = self._app.test_client().get(path + SUFFIX, query_string=query)
        if response.status_code != HTTPStatus.OK:
            raise ToolError("\n".join(_error_lines(response.get_json())))
        return response.text


def _error_lines(problem: dict[str, Any]) -> Iterator[str]:
    """Yield the text of a problem document."""
    if not problem["errors"]:
        yield problem["detail"]
    for error in problem["errors"]:
        near = f" Did you mean {error['did_you_mean']!r}?" if error["did_you_mean"] else ""
        allowed = f" Allowed: {', '.join(error['allowed'][:MAX_ALLOWED])}." if error["allowed"] else ""
        yield f"{error['parameter']}: {error['detail']}{near}{allowed}"


def create_server(app: Flask) -> MCPServer[Any]:
    """Return the server of an application."""
    server = MCPServer("readout", version=VERSION, instructions=f"{ABOUT}\n\n{HOW_TO_CITE}", log_level="WARNING")
    tools = Tools(app)
    for tool in (
        tools.search,
        tools.compare_accounts,
        tools.where_they_stand,
        tools.timeline,
        tools.record,
        tools.open_questions,
    ):
        server.add_tool(tool, annotations=LOCAL, structured_output=False)
    return server


def run() -> None:
    """Serve the database at standard input and output until the client closes them."""
    create_server(create_app()).run()
