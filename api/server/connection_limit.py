"""Limit of the connections of a worker."""

from typing import Protocol


class AbortableConnection(Protocol):
    """Connection that can be closed at once."""

    def abort(self) -> None:
        """Close the connection at once."""


class ConnectionLimit:
    """Maximum number of connections, and those that wait for their clients, longest wait first.

    They make room for new ones. Otherwise clients that send and read nothing would keep all connections of a worker.
    Why not uvicorn's limit_concurrency: it rejects requests, and leaves idle connections alone.
    """

    def __init__(self, max_connections: int) -> None:
        self.max_connections = max_connections
        self._waiting: dict[AbortableConnection, None] = {}

    def add_waiting(self, connection: AbortableConnection) -> None:
        """Note that a connection begins to wait for its client."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None

    def remove_waiting(self, connection: AbortableConnection) -> None:
        """Note that a connection no longer waits: its client waits for a response, or it is closed."""
        self._waiting.pop(connection, None)

    def make_room(self) -> bool:
        """Abort the connection that has waited longest for its client. Return whether there was one."""
        longest = next(iter(self._waiting), None)
        if longest is None:
            return False
        del self._waiting[longest]
        longest.abort()
        return True
