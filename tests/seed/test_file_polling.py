"""`check --watch` checks again after each change, in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from seed.bundles import load
from tests.support import ROOT
from tests.support.bundle_files import SECOND

TIMEOUT_SECONDS = 60


@contextmanager
def run_check_watch(database: Path, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Run `check --watch`; at the end, Ctrl-C must stop it with exit status 0 and no output."""
    command = [sys.executable, "-m", "seed", "check", "--watch", *map(str, arguments)]
    environment = {**os.environ, "READOUT_DATABASE": str(database)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        timeout = Timer(TIMEOUT_SECONDS, process.kill)
        timeout.start()
        try:
            yield process
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=10) == ("", "")
            assert process.returncode == 0
        finally:
            timeout.cancel()
            process.kill()


def read_line(stream: Iterator[str] | None) -> str:
    assert stream is not None
    return next(stream)


def test_every_change_is_checked(own: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copy(SECOND, tmp_path / "second.yaml"))
    with run_check_watch(own, bundle) as process:
        assert read_line(process.stderr) == f"Watching {bundle}; Ctrl-C stops\n"
        assert f"{bundle}: valid, 1 source" in read_line(process.stdout)
        edited = tmp_path / "edited.yaml"
        edited.write_text(SECOND.read_text().replace("stance: rejects", "stance: refuses"))
        edited.replace(bundle)  # or half of it might be checked
        assert "/positions/0/stance" in read_line(process.stdout)
        assert read_line(process.stdout).endswith(" 1 to correct\n")
        bundle.unlink()
        assert "Cannot be read: No such file" in read_line(process.stdout)
        assert read_line(process.stdout).endswith(" 1 to correct\n")
        Path(shutil.copy(SECOND, edited)).replace(bundle)
        assert ": valid, " in read_line(process.stdout)


@pytest.mark.slow
def test_a_load_is_a_change_and_each_check_a_line_of_json(own: Path, tmp_path: Path) -> None:
    """The second bundle refers to records of the first, and another bundle in the database takes one of its ids."""
    bundle = Path(shutil.copy(SECOND, tmp_path / "second.yaml"))
    with run_check_watch(own, "--json", bundle) as process:
        read_line(process.stderr)
        assert json.loads(read_line(process.stdout))["valid"]
        other = tmp_path / "other.yaml"
        other.write_text(SECOND.read_text().replace("invented-article", "other-article"))
        load([other], own)
        result = json.loads(read_line(process.stdout))
        assert not result["valid"]
        assert "belongs to the bundle 'other-article'" in result["errors"][0]["message"]
