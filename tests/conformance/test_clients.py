"""Clients that generators write from the description: they are made, and then used against the live server."""

import shutil
import sys
from pathlib import Path

from tests.conformance.conftest import HERE, Run


def test_a_generated_python_client_lists_filters_pages_and_reads_errors(
    server: str, document: Path, run: Run, tmp_path: Path
) -> None:
    config, made = HERE / "openapi-python-client.yaml", tmp_path / "readout_client"
    options = ("--meta", "none", "--config", config, "--fail-on-warning", "--output-path", made)
    told = run("openapi-python-client", "generate", "--path", document, *options)
    assert told.code == 0, told.text[-5000:]
    told = run(sys.executable, HERE / "client.py", tmp_path, server)
    assert told.code == 0, told.text


def test_a_generated_typescript_client_compiles_strictly_and_does_the_same(
    server: str, document: Path, run: Run, tmp_path: Path
) -> None:
    for name in ("client.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    told = run("openapi-typescript", document, "--output", tmp_path / "schema.d.ts", cwd=tmp_path)
    assert told.code == 0, told.text
    told = run("tsc", "--project", tmp_path, cwd=tmp_path)
    assert told.code == 0, told.text
    told = run("node", tmp_path / "client.js", server, cwd=tmp_path)
    assert told.code == 0, told.text
