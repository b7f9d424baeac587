"""What the judges share: a real server to look at, and the commands they are."""

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
"""Where the judges that are commands have been installed."""


class Told(NamedTuple):
    """What a command said, with its line ends as they were, and the code it ended with."""

    text: str
    code: int


Run = Callable[..., Told]


def program(command: str) -> str:
    """Where a command is."""
    found = shutil.which(command, path=PATH)
    assert found, f"{command} is not installed; `make conformance` installs it"
    return found


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command with its arguments: what it said, and how it ended."""
    environment = {**os.environ, "PATH": PATH, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}

    def finished(command: str, *arguments: str | Path, cwd: Path = ROOT, seconds: int = 120, given: str = "") -> Told:
        ended = subprocess.run(
            [program(command), *map(str, arguments)],
            check=False,
            cwd=cwd,
            env=environment,
            input=given.encode(),
            timeout=seconds,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return Told(ended.stdout.decode(), ended.returncode)

    return finished


@pytest.fixture(scope="session")
def document(server: str, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The description, as it is served."""
    path = tmp_path_factory.mktemp("described") / "openapi.json"
    told = run("curl", "--silent", "--fail", "--output", path, f"{server}/openapi.json")
    assert told.code == 0, told.text
    return path
