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
MARK = re.compile(rb"as of edition (\d+)")
OWN, OVERALL = (re.compile(rb'^ {%d}"revision": (\d+)' % deep, re.MULTILINE) for deep in (2, 4))
"""Revision of a single record and of a list or view, by indentation."""
FIRST = 2
"""Revision of version 0, which is loaded after the synthetic data."""
PATIENCE = 120
"""Seconds until a load must have finished."""


class WrongResponse(Exception):
    """A response that must not occur."""


class BundleVersions:
    """Versions of the bundle: the last one that is certainly loaded and the last one whose load has begun."""

    def __init__(self, folder: Path, temporary: str) -> None:
        self.database, self.bundle = folder / "readout.db", folder / "edition.yaml"
        self.environment = {**readout(self.database).environment, "TMPDIR": temporary}
        """Environment of the server and the loads."""
        self.read = yaml.safe_load(BUNDLE.read_text(encoding="utf-8"))
        self.begun = self.there = -1

    @property
    def revision(self) -> int:
        """Return the revision that is certainly loaded."""
        return self.there + FIRST

    def found(self, invented: Path) -> None:
        """Build the database from synthetic data and version 0."""
        self._load(invented)
        self.bring()

    def bring(self) -> None:
        """Load the next version with the command, into the database that is being served."""
        for party in self.read["parties"]:
            if party["id"] in MARKED:
                party["role"] = f"as of edition {self.begun + 1}"
        self.bundle.write_text(yaml.safe_dump(self.read, allow_unicode=True), encoding="utf-8")
        self.begun += 1
        told = self._load(self.bundle)
        if f"revision {self.begun + FIRST}, " not in told:
            raise MeasurementFailed(f"Edition {self.begun} was loaded as another revision: {told}")
        self.there = self.begun

    def told_by(self, body: bytes, least: int, *, marked: bool) -> int | None:
        """Return the version a response shows, or None if it shows none.

        Raises WrongResponse if it mixes two versions, lacks one although it contains the changing parties, is older
        than what was known before the request, or has not been loaded yet.
        """
        told = {int(number) for number in MARK.findall(body)}
        if marked and not told:
            raise WrongResponse("tells of no edition")
        told |= {int(revision) - FIRST for revision in (OWN if told else OVERALL).findall(body)}
        if told and told != {max(told)}:
            raise WrongResponse(f"mixes editions {sorted(told)}")
        if told:
            self.demand(max(told), least)
        return max(told, default=None)

    def demand(self, edition: int, least: int) -> None:
        """Raise WrongResponse unless a version may be shown."""
        if not least <= edition <= self.begun:
            raise WrongResponse(f"is of edition {edition}, where {least} was known and {self.begun} is the last")

    def _load(self, bundle: Path) -> str:
        command = [*PRODUCT, "seed", "load", str(bundle)]
        how: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **self.environment}, "start_new_session": True}
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, **how)
        if done.returncode:
            raise MeasurementFailed(f"python -m seed load {bundle.name} failed: {done.stderr}")
        return str(done.stdout)
