"""The parallel map over processes."""

import os
from collections.abc import Iterator
from multiprocessing import active_children

import pytest

from seed.parallel import process_map


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux has CPU affinity")
def test_number_of_processes_follows_the_affinity() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        results = process_map(abs, iter([-1, -2, -3]))
        assert next(results) == 1
        assert len(active_children()) == 1
        assert list(results) == [2, 3]
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("chunks_before", [0, 1])
def test_killed_worker_is_an_error(chunks_before: int) -> None:
    """It may be waiting for a chunk, or working on one."""

    def chunks() -> Iterator[int]:
        yield from range(chunks_before)
        for process in active_children():
            process.kill()
            process.join()
        yield 1

    with pytest.raises(OSError, match="A worker process was killed") as raised:
        list(process_map(abs, chunks()))
    assert not isinstance(raised.value, BrokenPipeError)
