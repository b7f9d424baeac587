"""What the conformance tests share: a running server, and the tools as commands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLACES = [Path(sys.executable).parent, HERE / "node_modules" / ".bin", *os.environ["PATH"].split(":"), "/usr/sbin"]
PATH = os.pathsep.join(map(str, PLACES))
"""Search path that includes the installed tools."""


class CommandResult(NamedTuple):
    """Output of a command, with its line ends, and its exit status."""

    text: str
    code: int


Run = Callable[..., CommandResult]


def program(command: str) -> str:
    """Return the path of a program."""
    path = shutil.which(command, path=PATH)
    assert path, f"{command} is not installed; `make conformance` installs it"
    return path


@pytest.fixture(scope="session")
def run() -> Run:
    """Return a function that runs a command and returns its output and status."""
    environment = {**os.environ, "PATH": PATH, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}

    def run_command(
        command: str, *arguments: str | Path, cwd: Path = ROOT, seconds: int = 120, stdin: str = ""
    ) -> CommandResult:
        ended = subprocess.run(
            [program(command), *map(str, arguments)],
            check=False,
            cwd=cwd,
            env=environment,
            input=stdin.encode(),
            timeout=seconds,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return CommandResult(ended.stdout.decode(), ended.returncode)

    return run_command


@pytest.fixture(scope="session")
def document(server: str, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the OpenAPI document as served."""
    path = tmp_path_factory.mktemp("described") / "openapi.json"
    result = run("curl", "--silent", "--fail", "--output", path, f"{server}/openapi.json")
    assert result.code == 0, result.text
    return path
