"""Clients generated from the OpenAPI document, used against a live server."""

import shutil
import sys
from pathlib import Path

from tests.conformance.conftest import HERE, Run


def test_generated_python_client_works(server: str, document: Path, run: Run, tmp_path: Path) -> None:
    config, folder = HERE / "openapi-python-client.yaml", tmp_path / "readout_client"
    options = ("--meta", "none", "--config", config, "--fail-on-warning", "--output-path", folder)
    result = run("openapi-python-client", "generate", "--path", document, *options)
    assert result.code == 0, result.text[-5000:]
    result = run(sys.executable, HERE / "client.py", tmp_path, server)
    assert result.code == 0, result.text


def test_generated_typescript_client_works(server: str, document: Path, run: Run, tmp_path: Path) -> None:
    for name in ("client.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    result = run("openapi-typescript", document, "--output", tmp_path / "schema.d.ts", cwd=tmp_path)
    assert result.code == 0, result.text
    result = run("tsc", "--project", tmp_path, cwd=tmp_path)
    assert result.code == 0, result.text
    result = run("node", tmp_path / "client.js", server, cwd=tmp_path)
    assert result.code == 0, result.text
