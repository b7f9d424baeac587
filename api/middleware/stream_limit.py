"""Limit of the open streams per client. Each holds a database connection with its cache, a megabyte or more."""

from collections import Counter

from werkzeug.exceptions import TooManyRequests

MAX_STREAMS = 50
"""Maximum number of open streams of a client in a worker."""
RETRY_AFTER_SECONDS = 30


class TooManyStreams(TooManyRequests):
    """The client has as many open streams as it may have."""

    description = f"{MAX_STREAMS} responses to this client are still open. Read them to the end, or close them."


class StreamLimit:
    """The number of open streams by client address."""

    def __init__(self) -> None:
        self._open = Counter[str]()

    def add(self, address: str) -> None:
        """Count a stream that begins. Raise TooManyStreams if the client may not have another."""
        if self._open[address] >= MAX_STREAMS:
            raise TooManyStreams(retry_after=RETRY_AFTER_SECONDS)
        self._open[address] += 1

    def remove(self, address: str) -> None:
        """Count a stream that ended."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]
