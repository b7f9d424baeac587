"""Request ids: X-Request-ID.

Why not asgi-correlation-id: it is made for the log records of Python's logging, which the access log does not use.
"""

import re

from api.middleware.headers import add_headers, request_headers
from api.middleware.types import ASGIApp, Receive, Scope, Send

HEADER = b"x-request-id"
VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


class RequestIdMiddleware:
    """ASGI middleware that returns a client's X-Request-ID and passes it on in `scope["state"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if returned := request_id_headers(scope):
            send = add_headers(send, returned)
        await self._app(scope, receive, send)


def request_id_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the header that returns a client's X-Request-ID, and note the id in the state. Ignore an invalid one."""
    request_id = request_headers(scope).get(HEADER)
    if request_id is None or not VALID_REQUEST_ID.fullmatch(request_id):
        return []
    scope["state"]["request_id"] = request_id.decode()
    return [(HEADER, request_id)]
