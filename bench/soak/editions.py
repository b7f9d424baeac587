"""The bundle that is loaded again and again, each time as another edition, and what answers may say of it."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from bench.servers import PRODUCT, ROOT, MeasurementFailed, readout

BUNDLE = ROOT / "seed" / "trump-putin-call.yaml"
MARKED = {"putin", "trump", "zelenskyy"}
"""The parties of which every edition says anew what they are."""
MARK = re.compile(rb"as of edition (\d+)")
OWN, OVERALL = (re.compile(rb'^ {%d}"revision": (\d+)' % deep, re.MULTILINE) for deep in (2, 4))
"""The revision of a record that stands alone, and that of a list or view as a whole, by how deep they stand."""
FIRST = 2
"""The revision of edition 0, which is loaded after what is invented."""
PATIENCE = 120
"""Seconds within which a load must have ended."""


class WrongResponse(Exception):
    """An answer that must not be."""


class BundleVersions:
    """The editions of a file: which is in it for certain, and which may be."""

    def __init__(self, folder: Path, temporary: str) -> None:
        self.database, self.bundle = folder / "readout.db", folder / "edition.yaml"
        self.environment = {**readout(self.database).environment, "TMPDIR": temporary}
        """What the server and the loads are told."""
        self.read = yaml.safe_load(BUNDLE.read_text(encoding="utf-8"))
        self.begun = self.there = -1

    @property
    def revision(self) -> int:
        """The revision that is there for certain."""
        return self.there + FIRST

    def found(self, invented: Path) -> None:
        """Build the file from what is invented and edition 0."""
        self._load(invented)
        self.bring()

    def bring(self) -> None:
        """Load the next edition, as anybody would: by the command, into the file that is served."""
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
        """The edition that an answer is of, None where it does not say.

        Unsound if it is of two, of none though it tells of the marked parties, of one that was overtaken before it was
        asked for, or of one that is not loaded yet.
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
        """Refuse an edition that may not be told of."""
        if not least <= edition <= self.begun:
            raise WrongResponse(f"is of edition {edition}, where {least} was known and {self.begun} is the last")

    def _load(self, bundle: Path) -> str:
        command = [*PRODUCT, "seed", "load", str(bundle)]
        how: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **self.environment}, "start_new_session": True}
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, **how)
        if done.returncode:
            raise MeasurementFailed(f"python -m seed load {bundle.name} failed: {done.stderr}")
        return str(done.stdout)
