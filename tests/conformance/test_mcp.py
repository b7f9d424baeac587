"""The MCP server with the client of the official SDK, over stdio."""

import asyncio
import os
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent, Tool

from api.lists.markdown import MAX_CHARACTERS
from schemas import RECORDS
from tests.support import ROOT

COMMAND = ["-c", "from api.cli import readout; readout()", "mcp"]
CALLS: dict[str, dict[str, str]] = {
    "search": {"q": "Kiev truce"},
    "compare_accounts": {"accounts": "kremlin,white-house", "issue": "black-sea"},
    "where_they_stand": {"issue": "energy-strikes", "as_of": "2025-03-18"},
    "timeline": {"since": "2025-03-18", "party": "trump"},
    "record": {"type": "proposals", "id": "energy-strikes-halt"},
    "open_questions": {"issue": "energy-strikes"},
}
ERRORS: list[tuple[str, dict[str, str], str]] = [
    ("compare_accounts", {"accounts": "kremln,white-house"}, "Did you mean 'kremlin'?"),
    ("where_they_stand", {"issue": "energy-strike"}, "Did you mean 'energy-strikes'?"),
    ("record", {"type": "position", "id": "x"}, "Did you mean 'positions'?"),
    ("record", {"type": "proposals", "id": "energy-strikes-hal"}, "Did you mean 'energy-strikes-halt'?"),
    ("record", {"type": "proposals", "id": ""}, "at least 1 character"),
    ("record", {"type": "proposals", "id": "../../metrics"}, "There is nothing at /proposals/"),
    ("search", {"q": "truce", "type": "event"}, "Did you mean 'events'?"),
    ("timeline", {"since": "yesterday"}, "since: "),
    ("search", {"q": "x" * 100_000}, "at most 500 characters"),
]


async def talk(database: Path) -> tuple[list[Tool], dict[str, CallToolResult], list[CallToolResult]]:
    """Return the tools of a server, the results of `CALLS` by tool, and those of `ERRORS`."""
    environment = {**os.environ, "READOUT_DATABASE": str(database)}
    server = StdioServerParameters(command=sys.executable, args=COMMAND, cwd=ROOT, env=environment)
    async with Client(server) as client:
        tools = await client.list_tools()
        results = {name: await client.call_tool(name, dict(arguments)) for name, arguments in CALLS.items()}
        errors = [await client.call_tool(name, dict(arguments)) for name, arguments, _ in ERRORS]
        return tools.tools, results, errors


def text_of(result: CallToolResult) -> str:
    """Return the text of a result, which is all of it."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return str(content.text)


def test_tools_answer_and_explain_errors(tmp_path: Path) -> None:
    tools, results, errors = asyncio.run(talk(tmp_path / "readout.db"))
    assert {tool.name for tool in tools} == CALLS.keys()
    assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in tools)
    for name, result in results.items():
        text = text_of(result)
        assert not result.is_error, text
        assert text.startswith("# "), name
        assert len(text) <= MAX_CHARACTERS
        assert "trump-putin-call-article: [" in text
        assert "¶" in text
    for (name, _, expected), result in zip(ERRORS, errors, strict=True):
        assert result.is_error, name
        assert expected in text_of(result)
    assert all(plural in text_of(errors[2]) for plural in RECORDS)
