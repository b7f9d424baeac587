"""The limit of open files of the server."""

import resource
import sys
from contextlib import suppress

SOFT_LIMITS = (65_536, 10_240)
"""Soft limits to try, the second for macOS: it reports no hard limit, and may refuse more than that."""


def raise_file_limit() -> int:
    """Raise the soft limit of open files, which exists for programs that use select(); return the one in force."""
    for wanted in SOFT_LIMITS:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = min(wanted, _as_number(hard))
        if _as_number(soft) < limit:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _as_number(soft)


def _as_number(limit: int) -> int:
    """Return a limit as a number that can be compared; RLIM_INFINITY may be -1."""
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit
