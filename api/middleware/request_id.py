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
        """Handle a request. An invalid id is ignored."""
        request_id = request_headers(scope).get(HEADER)
        if request_id is not None and VALID_REQUEST_ID.fullmatch(request_id):
            scope["state"]["request_id"] = request_id.decode()
            send = add_headers(send, [(HEADER, request_id)])
        await self._app(scope, receive, send)
