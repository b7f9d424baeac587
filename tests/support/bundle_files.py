"""Helpers of tests that write bundles, load them and read the database."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from schemas import RECORDS
from seed.yaml_document import parse_yaml
from tests.support import ROOT

ARTICLE = ROOT / "seed" / "trump-putin-call.yaml"
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"
SOURCES = [
    ROOT / "tests" / "sources" / f"{name}.yaml" for name in ("joint-statement", "readout-z", "readout-x", "report")
]
"""Four invented sources, each next to its text, in the order of their dates."""
Line = dict[str, Any]
Rename = Callable[[str], Path]
"""Writes the default bundle with another name for Putin."""


def read_document(path: Path) -> dict[str, Any]:
    """Return the data of a YAML bundle."""
    data: dict[str, Any] = parse_yaml(path.read_bytes()).data
    return data


def stream_lines(*documents: dict[str, Any]) -> list[Line]:
    """Return the records of documents as the lines of a stream."""
    return [
        {"type": plural, "record": record}
        for document in documents
        for plural in RECORDS
        for record in document.get(plural, [])
    ]


def write_stream(path: Path, lines: Iterable[Line | str | bytes]) -> Path:
    """Write lines as NDJSON; text and bytes are written as they are."""
    texts = [json.dumps(line, ensure_ascii=False) if isinstance(line, dict) else line for line in lines]
    path.write_bytes(b"".join((text.encode() if isinstance(text, str) else text) + b"\n" for text in texts))
    return path


def edit_record(lines: list[Line], id: str, **changes: Any) -> list[Line]:
    """Return the lines with some fields of one record changed."""
    assert any(line["record"]["id"] == id for line in lines)
    return [{**line, "record": line["record"] | (changes if line["record"]["id"] == id else {})} for line in lines]


def select(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def run_module(module: str, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run python -m MODULE in the root of the project."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )
