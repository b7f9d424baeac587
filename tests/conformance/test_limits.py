"""Redis: the workers of two servers share the rate limit."""

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
from tests.support.server import READOUT, GunicornServer, free_address

RATE = 40


@pytest.fixture
def redis(tmp_path: Path) -> Iterator["tuple[str, subprocess.Popen[bytes]]"]:
    """Yield the URL of a Redis without persistence, and its process."""
    host, port = free_address().split(":")
    options = ("--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", str(tmp_path))
    with subprocess.Popen([program("redis-server"), *options], stdout=subprocess.DEVNULL) as process:
        yield f"redis://{host}:{port}/0", process
        process.terminate()


def test_servers_share_the_limit_and_survive_redis(
    tmp_path: Path, redis: "tuple[str, subprocess.Popen[bytes]]"
) -> None:
    url, process = redis
    limits = {"READOUT_RATE_LIMIT": f"{RATE}/hour", "READOUT_REDIS_URL": url, "READOUT_WORKERS": "2"}
    with ExitStack() as stack:
        addresses = []
        for name in ("one.db", "other.db"):
            load(default_bundles(), tmp_path / name)
            addresses.append(stack.enter_context(GunicornServer(tmp_path / name, READOUT, **limits))[0])
        time.sleep(1)  # until every worker is up
        result = Counter(httpx.get(f"{addresses[number % 2]}/parties/putin").status_code for number in range(RATE + 20))
        # Requests that GunicornServer() sends while it waits count, too.
        assert result[200] + result[429] == RATE + 20
        assert RATE - 10 <= result[200] <= RATE
        process.terminate()
        process.wait()
        after = Counter(httpx.get(f"{addresses[0]}/parties/putin").status_code for _ in range(5))
        assert after == {200: 5}
