"""Readout installed by pip, outside the checkout: the wheel holds what it needs."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from schemas.version import VERSION
from tests.support import ROOT
from tests.support.server import START_TIMEOUT_SECONDS, free_address

SETTINGS = {"READOUT_DATABASE": "readout.db", "READOUT_WORKERS": "1"}
PACKAGES = ("api", "schemas", "seed")
NOT_INSTALLED = {"api/pages/translations/messages.pot"}
"""Files of the packages that only a checkout needs: the catalogue from which translators start."""


@pytest.fixture(scope="module")
def readout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the installed command."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"  # a copy, since pip leaves its build there
    subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = (folder / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run([*map(str, pip), "--require-hashes", "--requirement", source / "requirements.lock"], check=True)
    subprocess.run([*map(str, pip), "--no-deps", source], check=True)
    return folder / "venv/bin/readout"


def run_readout(readout: Path, folder: Path, *arguments: str) -> str:
    """Run the command in a folder and return its output."""
    command = [str(readout), *arguments]
    environment = {**os.environ, **SETTINGS}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.fixture
def address(readout: Path, tmp_path: Path) -> Iterator[str]:
    """Return the address of `readout serve` in an empty folder."""
    address = free_address()
    environment = {**os.environ, **SETTINGS, "READOUT_BIND": address}
    with subprocess.Popen([readout, "serve"], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_ready(address)
            yield address
        finally:
            process.terminate()


def wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            get(address, "/readyz")
        except URLError:
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.1)
        else:
            return


def get(address: str, path: str) -> str:
    with urlopen(f"http://{address}{path}", timeout=10) as response:
        text: bytes = response.read()
        return text.decode()


def test_every_file_of_the_packages_is_installed(readout: Path) -> None:
    (installed,) = readout.parent.parent.glob("lib/python*/site-packages")
    listing = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    missing = {name for name in listing.stdout.splitlines() if not (installed / name).is_file()}
    assert missing == NOT_INSTALLED


def test_version_and_commands(readout: Path, tmp_path: Path) -> None:
    assert VERSION in run_readout(readout, tmp_path, "--version")
    assert "revision 1, " in run_readout(readout, tmp_path, "load")
    assert "no changes" in run_readout(readout, tmp_path, "load")
    assert run_readout(readout, tmp_path, "doctor")


def test_pages_pictures_and_data_are_served(address: str) -> None:
    (stylesheet,) = re.findall('rel="stylesheet" href="(.*?)"', get(address, "/matrix.html"))
    assert "@media" in get(address, urljoin("/", stylesheet).removeprefix(f"http://{address}"))
    assert get(address, "/matrix.svg").startswith("<svg")
    assert '"Vladimir Putin"' in get(address, "/parties/putin")
    assert "<feed " in get(address, "/changes.atom")
