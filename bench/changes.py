"""What a change of the data costs: requests/s after a load and before it, and while there is a load each second."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from threading import Event, Thread

from bench.client import Client
from bench.load import run_round
from bench.servers import PYTHON, ROOT, MeasurementFailed, Server, readout
from bench.types import Bench, Measurement
from seed.bundles import load

SECONDS = 2
INTERVAL_SECONDS = 1
"""Time between two loads."""
PARTY = "/parties/putin"
PATHS = (
    PARTY,
    "/events?limit=50",
    "/matrix.json",
    "/matrix.html",
    "/proposals",
    "/positions",
    "/timeline",
    "/issues/energy-strikes/standing",
    "/compare?accounts=kremlin,white-house",
)
"""What is asked often: records, lists, views and a page."""
BUNDLE = ROOT / "seed" / "trump-putin-call.yaml"
NAME = "name: Vladimir Putin"


class ChangingBundle:
    """The article's bundle with another name for one party in each version, and a database it is loaded into."""

    def __init__(self, folder: Path) -> None:
        self.path, self.database = folder / BUNDLE.name, folder / "readout.db"
        self.versions = count()
        self.version = -1
        load([BUNDLE], self.database)

    def write_next(self) -> None:
        """Write the next version."""
        self.version = next(self.versions)
        self.path.write_text(BUNDLE.read_text().replace(NAME, f"{NAME} {self.version}"))

    def load_by_command(self) -> None:
        """Load the next version in a process of its own, as an operator does."""
        self.write_next()
        command = [str(PYTHON), "-m", "seed", "load", str(self.path)]
        environment = {**os.environ, "READOUT_DATABASE": str(self.database)}
        loaded = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if loaded.returncode:
            raise MeasurementFailed(loaded.stderr)

    def load(self) -> None:
        """Load the next version in this process, which takes a tenth of a second of CPU."""
        self.write_next()
        load([self.path], self.database)


def ratio_after_load(bench: Bench) -> Measurement:
    """Measure requests/s in the two seconds after a load ÷ in the two seconds before it."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, ratios = ChangingBundle(Path(folder)), []
        with Server(readout(bundle.database)) as server:
            run_round(server, PATHS, SECONDS)
            for _ in range(bench.load.rounds):
                before = run_round(server, PATHS, SECONDS).rate
                bundle.load_by_command()
                after = run_round(server, PATHS, SECONDS).rate
                ratios.append(after / before)
    return Measurement(median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}; last {before:,.0f}, then {after:,.0f}")


def ratio_while_loading(bench: Bench) -> Measurement:
    """Measure requests/s with a load each second ÷ with the same loads into a file that is not served."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as aside:
        served, other = ChangingBundle(Path(folder)), ChangingBundle(Path(aside))
        with Server(readout(served.database)) as server:
            run_round(server, PATHS, SECONDS)
            ratios = []
            for _ in range(bench.load.rounds):
                with load_repeatedly(other):
                    before = run_round(server, PATHS, bench.load.seconds).rate
                with load_repeatedly(served, server):
                    meanwhile = run_round(server, PATHS, bench.load.seconds).rate
                ratios.append(meanwhile / before)
    detail = f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds with {served.version + 1} loads in all"
    return Measurement(median(ratios), f"{detail}; each was served at once")


@contextmanager
def load_repeatedly(bundle: ChangingBundle, server: Server | None = None) -> Iterator[None]:
    """Load a version each second until the block ends. Raises MeasurementFailed if the server does not serve it."""
    ended, errors = Event(), list[Exception]()

    def run() -> None:
        started = time.monotonic()
        try:
            while not ended.wait(max(0.0, started - time.monotonic())):
                started += INTERVAL_SECONDS
                bundle.load()
                if server:
                    require_version(server, bundle.version)
        except Exception as error:  # raised below, in the other thread
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if errors:
        raise MeasurementFailed(f"While loading: {errors[0]}")


def require_version(server: Server, version: int) -> None:
    """Raise MeasurementFailed unless the server serves a version."""
    with Client(server) as client:
        name = client.get(PARTY).json()["name"]
    if name != f"Vladimir Putin {version}":
        raise MeasurementFailed(f"Version {version} was loaded, and {name!r} was served")
