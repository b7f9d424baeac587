"""Clients generated from the OpenAPI document, used against a live server."""

import json
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


def test_python_client_of_openapi_generator_works(server: str, document: Path, run: Run, tmp_path: Path) -> None:
    result = run(*generate("python", document, tmp_path), "--package-name", "readout_client")
    assert result.code == 0, result.text[-5000:]
    result = run(sys.executable, HERE / "generator_client.py", tmp_path, server)
    assert result.code == 0, result.text


def test_typescript_client_of_openapi_generator_works(server: str, document: Path, run: Run, tmp_path: Path) -> None:
    for name in ("generator_client.ts", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    config = json.loads((HERE / "tsconfig.json").read_text())
    config["compilerOptions"]["noUncheckedIndexedAccess"] = False
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    properties = "--additional-properties=importFileExtension=.js"
    result = run(*generate("typescript-fetch", document, tmp_path / "generated"), properties)
    assert result.code == 0, result.text[-5000:]
    result = run("tsc", "--project", tmp_path, cwd=tmp_path)
    assert result.code == 0, result.text
    result = run("node", tmp_path / "generator_client.js", server, cwd=tmp_path)
    assert result.code == 0, result.text


def generate(generator: str, document: Path, folder: Path) -> tuple[str | Path, ...]:
    """Return the command that generates a client in a folder."""
    options = ("--input-spec", document, "--generator-name", generator, "--output", folder)
    return ("openapi-generator-cli", "generate", *options)
