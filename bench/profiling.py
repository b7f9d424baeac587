"""CPU profiles: functions by their own share of samples, taken with py-spy."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from bench.data import DATA, Files
from bench.load import WARMUP_SECONDS, run_round
from bench.pages import readout_page, spread_places
from bench.servers import PRODUCT, ROOT, Server, readout

SECONDS = 10
TOP = 40
WAITING = ("_worker ", "ASGIWorker.run ", "Condition.wait ", "EpollSelector.select ", "Connection._recv ")
"""Functions that wait, which py-spy cannot always distinguish from working."""
SPY = (str(Path(sys.executable).with_name("py-spy")), "record", "--rate", "500", "--format", "raw", "--function")


def profile(files: Files) -> Iterator[Path]:
    """Write the profiles of a cached response, an uncached response and a load; yield their paths."""
    with Server(readout(files.article)) as server:
        yield serving("hit", server, ["/events"], None)
    with Server(readout(files.big)) as server:
        pages = [readout_page(place) for place in spread_places(server, files.events)]
        yield serving("miss", server, pages, "profile")
    with TemporaryDirectory() as folder, NamedTemporaryFile() as stacks:
        load = (*PRODUCT, "seed", "load", str(files.lines))
        environment = {**os.environ, "READOUT_DATABASE": f"{folder}/readout.db"}
        subprocess.run([*SPY, "--output", stacks.name, "--", *load], cwd=ROOT, env=environment, check=True)
        yield write_summary("load", Path(stacks.name))


def serving(name: str, server: Server, pages: Sequence[str], mark: str | None) -> Path:
    """Write the profile of a server's workers under load."""
    run_round(server, pages, WARMUP_SECONDS, mark and f"{mark}-warm")
    with NamedTemporaryFile() as stacks:
        watch = ["--duration", str(SECONDS), "--subprocesses", "--pid", str(server.process.pid)]
        spy = subprocess.Popen([*SPY, *watch, "--output", stacks.name], stdout=subprocess.DEVNULL)
        run_round(server, pages, SECONDS + 1, mark)
        spy.wait()
        return write_summary(name, Path(stacks.name))


def write_summary(name: str, stacks: Path) -> Path:
    """Write the functions in sampled stacks, those with the largest own share first."""
    own: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, times = line.rpartition(" ")
        function = stack.rpartition(";")[2]
        if not function.startswith(WAITING):
            own[function] += int(times)
    path = DATA / f"profile-{name}.txt"
    rows = (f"{times / own.total():7.1%}  {function}\n" for function, times in own.most_common(TOP))
    path.write_text("".join(rows))
    return path
