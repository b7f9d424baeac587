"""The bundle that is loaded repeatedly, each time as a new version, and which versions a response may show."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from bench.servers import PRODUCT, ROOT, MeasurementFailed, readout

BUNDLE = ROOT / "seed" / "trump-putin-call.yaml"
MARKED = {"putin", "trump", "zelenskyy"}
"""Parties that change with every version."""
MARK = re.compile(rb"as of version (\d+)")
OWN, OVERALL = (re.compile(rb'^ {%d}"revision": (\d+)' % deep, re.MULTILINE) for deep in (2, 4))
"""Revision of a single record and of a list or view, by indentation."""
FIRST = 2
"""Revision of version 0, which is loaded after the synthetic data."""
LOAD_TIMEOUT_SECONDS = 120
"""Seconds until a load must have finished."""


class WrongResponse(Exception):
    """A response that must not occur."""


class BundleVersions:
    """Versions of the bundle: the last one that is certainly loaded and the last one whose load has started."""

    def __init__(self, folder: Path, temporary: str) -> None:
        self.database, self.bundle = folder / "readout.db", folder / "version.yaml"
        self.environment = {**readout(self.database).environment, "TMPDIR": temporary}
        """Environment of the server and the loads."""
        self.read = yaml.safe_load(BUNDLE.read_text(encoding="utf-8"))
        self.started = self.loaded = -1

    @property
    def revision(self) -> int:
        """Return the latest revision known to be loaded."""
        return self.loaded + FIRST

    def build(self, synthetic: Path) -> None:
        """Build the database from synthetic data and version 0."""
        self._load(synthetic)
        self.load_next()

    def load_next(self) -> None:
        """Load the next version with the command, into the database that is being served."""
        for party in self.read["parties"]:
            if party["id"] in MARKED:
                party["role"] = f"as of version {self.started + 1}"
        self.bundle.write_text(yaml.safe_dump(self.read, allow_unicode=True), encoding="utf-8")
        self.started += 1
        output = self._load(self.bundle)
        if f"revision {self.started + FIRST}, " not in output:
            raise MeasurementFailed(f"Version {self.started} was loaded as another revision: {output}")
        self.loaded = self.started

    def version_of(self, body: bytes, least: int, *, versioned: bool) -> int | None:
        """Return the version that a response shows, or None.

        Raises WrongResponse if it mixes two versions, lacks one although it contains the changing parties, is older
        than what was known before the request, or has not been loaded yet.
        """
        shown = {int(number) for number in MARK.findall(body)}
        if versioned and not shown:
            raise WrongResponse("shows no version")
        shown |= {int(revision) - FIRST for revision in (OWN if shown else OVERALL).findall(body)}
        if shown and shown != {max(shown)}:
            raise WrongResponse(f"mixes versions {sorted(shown)}")
        if shown:
            self.demand(max(shown), least)
        return max(shown, default=None)

    def demand(self, version: int, least: int) -> None:
        """Raise WrongResponse unless a version may be shown."""
        if not least <= version <= self.started:
            raise WrongResponse(f"shows version {version}; {least} was known, {self.started} is the last")

    def _load(self, bundle: Path) -> str:
        command = [*PRODUCT, "seed", "load", str(bundle)]
        how: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **self.environment}, "start_new_session": True}
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_TIMEOUT_SECONDS, check=False, **how)
        if done.returncode:
            raise MeasurementFailed(f"python -m seed load {bundle.name} failed: {done.stderr}")
        return str(done.stdout)
