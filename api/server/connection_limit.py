"""Limit of the connections of a worker."""

from collections import defaultdict
from typing import Protocol


class LimitedConnection(Protocol):
    """Connection that can be closed at once."""

    client_address: str
    """The address of its client, or of the proxy in between."""

    def abort(self) -> None:
        """Close the connection at once."""


class ConnectionLimit:
    """Maximum number of connections, and those that wait for their clients, longest wait first.

    They make room for new ones. Otherwise clients that send and read nothing would keep all connections of a worker. If
    none waits, the address with most connections makes room for another one.
    Why not uvicorn's limit_concurrency: it rejects requests, and leaves idle connections alone.
    """

    def __init__(self, max_connections: int) -> None:
        self.max_connections = max_connections
        self._waiting: dict[LimitedConnection, None] = {}
        self._by_address: dict[str, dict[LimitedConnection, None]] = defaultdict(dict)
        self._count = 0

    def add(self, connection: LimitedConnection) -> bool:
        """Count a new connection. Return whether there is room for it."""
        self._by_address[connection.client_address][connection] = None
        self._count += 1
        return self._count <= self.max_connections or self._make_room(connection.client_address)

    def remove(self, connection: LimitedConnection) -> None:
        """Forget a connection that is closed, unless that was done when it was aborted."""
        self._waiting.pop(connection, None)
        own = self._by_address.get(connection.client_address, {})
        if connection in own:
            self._count -= 1
            del own[connection]
            if not own:
                del self._by_address[connection.client_address]

    def add_waiting(self, connection: LimitedConnection) -> None:
        """Note that a connection begins to wait for its client."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None

    def remove_waiting(self, connection: LimitedConnection) -> None:
        """Note that a connection no longer waits: its client waits for a response."""
        self._waiting.pop(connection, None)

    def _make_room(self, address: str) -> bool:
        """Abort the connection that has waited longest, or the last one of the address with most of them."""
        aborted = next(iter(self._waiting), None) or self._of_most_frequent(address)
        if aborted is None:
            return False
        self.remove(aborted)
        aborted.abort()
        return True

    def _of_most_frequent(self, address: str) -> LimitedConnection | None:
        """Return the last connection of the address with most, unless `address` has, with its new one, as many."""
        most = max(self._by_address.values(), key=len)
        return next(reversed(most)) if len(most) > len(self._by_address[address]) else None
