"""Number of CPUs that this process may use. Why not a library: Python counts them from 3.13 on, without quotas."""

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def available_cpus(cgroups: Path = CGROUPS) -> int:
    """Return the number of processors within CPU affinity and the quota of the container, at least 1."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(affinity, cpu_quota(cgroups))))


def cpu_quota(cgroups: Path) -> float:
    """Return the CPU quota in processors, infinity without a quota.

    Version 2 of control groups has it in `cpu.max` (docs.kernel.org/admin-guide/cgroup-v2.html), version 1 two files.
    """
    try:
        version_2 = cgroups / "cpu.max"
        names = ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")
        files = [version_2] if version_2.exists() else [cgroups / name for name in names]
        quota, period = (float(text) for text in " ".join(file.read_text() for file in files).split())
    except (OSError, ValueError):  # no control groups, or "max"
        return math.inf
    return quota / period if quota > 0 else math.inf
