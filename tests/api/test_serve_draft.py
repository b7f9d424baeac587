"""`readout serve --with` shows a draft in a private copy, or says why it cannot."""

import re
import shutil
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from api import create_app
from api.cli import readout
from tests.support.bundle_files import SECOND
from tests.support.server import GunicornServer

PAGES = ("/index.html", "/matrix.html", "/embed/matrix", "/docs", "/parties/nobody.html", "/positions.html")
BANNER = "Draft: not published"
READOUT = (sys.executable, "-c", "from api.cli import readout; readout(prog_name='readout')")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.yaml"
    path.write_text(f"draft: true\n{SECOND.read_text()}")
    return path


def fetch(url: str, method: str = "GET") -> tuple[int, str]:
    """Return the status and the body of a response."""
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request(method, parts.path)
        response = connection.getresponse()
        return response.status, response.read().decode()


def refused(database: Path, *drafts: Path) -> Result:
    arguments = [part for path in drafts for part in ("--with", str(path))]
    result = CliRunner().invoke(readout, ["serve", *arguments], env={"READOUT_DATABASE": str(database)})
    assert (result.exit_code, result.stdout) == (1, "")
    return result


@pytest.mark.slow
def test_draft_is_served_in_a_private_copy(own: Path, draft: Path, tmp_path: Path) -> None:
    """Links stay within the copy, nobody can write, and nothing is left of it."""
    before, temporary, tokens = own.read_bytes(), tmp_path / "tmp", tmp_path / "tokens"
    temporary.mkdir()
    tokens.touch(0o600)
    settings = {"READOUT_TOKENS": str(tokens), "READOUT_BASE_URL": "https://example.org", "TMPDIR": str(temporary)}
    server = GunicornServer(own)
    server.environment |= settings
    server.command = [*READOUT, "serve", "--with", str(draft)]
    with server as (url, process):
        status, page = fetch(f"{url}/positions/ukraine-rejects-invented-pause.html")
        assert (status, BANNER in page, "https://example.org" in page) == (200, True, False)
        for path in PAGES:
            assert BANNER in fetch(url + path)[1], path
        assert fetch(f"{url}/positions/ukraine-rejects-invented-pause", "DELETE")[0] == 405
        assert process.poll() is None
    assert list(temporary.iterdir()) == []
    assert own.read_bytes() == before


def test_published_pages_have_no_banner(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    for path in ("/matrix.html", "/embed/matrix", "/docs"):
        assert BANNER not in client.get(path).text


def test_draft_with_errors_is_not_served(own: Path, draft: Path) -> None:
    """What is wrong comes first, then what is undecided, each with its line; the mark itself is no error."""
    text = draft.read_text().replace("stance: rejects", "stance: ?rejects")
    draft.write_text(text.replace("speakers: [zelenskyy]", "speakers: []"))
    lines = draft.read_text().splitlines()
    guess, empty = (next(n for n, line in enumerate(lines, 1) if part in line) for part in ("?rejects", "speakers: []"))
    message = refused(own, draft).stderr
    expected = rf"""Error: Not valid yet, so it is not served\.
To correct or to write \(1\):
\S+draft\.yaml:{empty}: /statements/0/speakers: Length must be .*
Still undecided \(1\):
\S+draft\.yaml:{guess}: /positions/0/stance: '\?rejects' is a guess\. If it is right, write 'rejects'.*
"""
    assert re.fullmatch(expected, message), message


def test_draft_that_is_no_bundle_is_not_served(own: Path, tmp_path: Path) -> None:
    assert "No such file" in refused(own, tmp_path / "none.yaml").stderr
    stream = Path(shutil.copy(SECOND, tmp_path / "draft.ndjson"))
    assert "draft.ndjson" in refused(own, stream).stderr
