"""Wrapper of `send` for middleware that reports on responses."""

from api.middleware.types import Message, Send

CLIENT_CLOSED_REQUEST = 499
"""Status recorded if the client disconnected before a response was sent, as nginx does."""


class ResponseRecorder:
    """A `send` that records status and size of a response."""

    __slots__ = ("_send", "size", "status")

    def __init__(self, send: Send) -> None:
        self._send, self.status, self.size = send, CLIENT_CLOSED_REQUEST, 0

    async def __call__(self, message: Message) -> None:
        """Send a message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)
