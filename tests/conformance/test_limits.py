"""A real Redis, in which the workers of two servers count together how much a client asks for."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from seed.bundles import default_bundles, load
from tests.conformance.conftest import program
from tests.conftest import WHOLE, free_address, serving

RATE = 40


@pytest.fixture
def redis(tmp_path: Path) -> Iterator["tuple[str, subprocess.Popen[bytes]]"]:
    """The address of a Redis that keeps nothing, and its process."""
    host, port = free_address().split(":")
    options = ("--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", str(tmp_path))
    with subprocess.Popen([program("redis-server"), *options], stdout=subprocess.DEVNULL) as process:
        yield f"redis://{host}:{port}/0", process
        process.terminate()


def test_two_servers_count_together_and_go_on_without_the_redis(
    tmp_path: Path, redis: "tuple[str, subprocess.Popen[bytes]]"
) -> None:
    url, process = redis
    limits = {"READOUT_RATE_LIMIT": f"{RATE}/hour", "READOUT_REDIS_URL": url, "READOUT_WORKERS": "2"}
    with ExitStack() as stack:
        addresses = []
        for name in ("one.db", "other.db"):
            load(default_bundles(), tmp_path / name)
            addresses.append(stack.enter_context(serving(tmp_path / name, WHOLE, **limits))[0])
        time.sleep(1)  # until every worker has begun
        told = Counter(httpx.get(f"{addresses[number % 2]}/parties/putin").status_code for number in range(RATE + 20))
        # What serving() itself has asked of each counts, too.
        assert told[200] + told[429] == RATE + 20
        assert RATE - 10 <= told[200] <= RATE
        process.terminate()
        process.wait()
        after = Counter(httpx.get(f"{addresses[0]}/parties/putin").status_code for _ in range(5))
        assert after == {200: 5}
