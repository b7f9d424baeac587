"""The recipes of docs/querying.md, each run unchanged against a server."""

import contextlib
import io
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from api import create_app
from seed.bundles import load
from seed.life import rename, withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from tests.support.bundle_files import SECOND, SOURCES, select
from tests.support.doc_examples import BASE, code_blocks

MAX_LINES = 20
AUTHORSHIP = Authorship("A. Editor", "Clearer.")
DERIVED = {"accounts", "attribution", "principals", "additions", "links", "revision", "url"}
"""Fields that are served and not in a bundle."""
TEXT = SOURCES[0].with_suffix(".txt")
SOURCE = "port-ellim-joint-statement"


@pytest.fixture
def address(own: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(database=str(own)), threaded=True)
    with contextlib.closing(server.socket):
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


def run_recipe(heading: str, address: str, **replacements: str) -> str:
    """Run the recipe under a heading in the working directory and return what it prints."""
    (code,) = code_blocks("docs/querying.md", heading, "python")
    assert len([line for line in code.splitlines() if line]) <= MAX_LINES
    for old, new in {BASE: address, **replacements}.items():
        assert old in code
        code = code.replace(old, new)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(code, heading, "exec"), {})  # noqa: S102 - our own documentation
    return output.getvalue()


def test_every_page_of_a_list_is_read(address: str, own: Path) -> None:
    lines = run_recipe("### Every page of a list", address, **{"limit=20": "limit=7"}).splitlines()
    assert [(len(lines),)] == select(own, "select count(*) from positions where party = 'putin'")
    assert all(line.endswith(")") for line in lines)


def test_mirror_follows_every_change(address: str, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mirror = tmp_path / "mirror.json"

    def follow() -> dict[str, Any]:
        run_recipe("### Keeping a mirror", address)
        records = json.loads(mirror.read_text())["records"]
        return {ref: {name: record[name] for name in record.keys() - DERIVED} for ref, record in records.items()}

    assert follow() == export(own)
    load([SECOND], own)
    rename(own, RecordRef("proposals", "invented-pause"), "three-days", AUTHORSHIP)
    assert follow() == export(own)
    withdraw(own, RecordRef("sources", "invented-article"), AUTHORSHIP)
    assert follow() == export(own)
    mirror.unlink()
    assert follow() == export(own)


def export(database: Path) -> dict[str, Any]:
    """Return every record as its own bundle has it, by type and id."""
    lines = (
        create_app(database=str(database)).test_client().get("/export/readout.ndjson", buffered=True).text.splitlines()
    )
    return {f"{line['type']}/{line['record']['id']}": line["record"] for line in map(json.loads, lines)}


def test_quotes_are_checked_against_a_text(
    address: str, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(SOURCES, own)
    shutil.copy(TEXT, tmp_path / "article.txt")
    monkeypatch.chdir(tmp_path)
    check = partial(run_recipe, "### Checking quotes against a text", address, **{"trump-putin-call-article": SOURCE})
    assert check() == "same edition: True\n"
    (tmp_path / "article.txt").write_text(TEXT.read_text().replace("The pen now lies", "The pen lies"))
    first, *others = check().splitlines()
    assert first == "same edition: False"
    assert len(others) == 1
    assert "/statements/" in others[0]
