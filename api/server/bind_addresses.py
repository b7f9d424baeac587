"""Addresses of gunicorn's `--bind`; whether there is a rate limit follows from READOUT_BIND alone."""

import os
from collections.abc import Iterable

from gunicorn.util import parse_address

from seed.settings import InvalidSettings, is_loopback

ANY_HOST = "0.0.0.0"  # noqa: S104 - what gunicorn listens on without a host  # nosec B104


def require_rate_limit(addresses: Iterable[str], setting: str) -> None:
    """Raise InvalidSettings if others can reach one of the addresses, and READOUT_BIND turns off the rate limit."""
    reachable = [address for address in addresses if not is_loopback(address)]
    if reachable and is_loopback(setting) and "READOUT_RATE_LIMIT" not in os.environ:
        raise InvalidSettings(
            f"--bind {reachable[0]} would have no rate limit, since READOUT_BIND is {setting}. "
            f"{rate_limit_advice(reachable[0])}"
        )


def rate_limit_advice(address: str) -> str:
    """Return how to get a rate limit with an address of `--bind`, which may have forms that READOUT_BIND has not."""
    parsed = parse_address(address)
    if not isinstance(parsed, tuple):  # a file descriptor
        return "Set READOUT_RATE_LIMIT."
    host, port = parsed
    host = f"[{host}]" if ":" in host else host or ANY_HOST
    return f"Set READOUT_BIND={host}:{port} instead, or set READOUT_RATE_LIMIT."
