"""The parallel map over processes."""

import os
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
