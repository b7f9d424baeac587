"""httptools' parser, which hands over what follows the headers of a request with `Upgrade`."""

from collections.abc import Callable, Iterable
from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser

FRAMING = {b"content-length", b"transfer-encoding"}
"""The headers that say where the body ends (RFC 9112, section 6)."""


class RequestParser(HttpRequestParser):
    """Parser that calls `read_on` with what it leaves unread, because it takes that for another protocol."""

    def __init__(self, protocol: Any, read_on: Callable[[bytes], None]) -> None:
        super().__init__(protocol)
        self._read_on = read_on

    def feed_data(self, data: Any) -> None:
        """Parse bytes of a request, or of several."""
        try:
            super().feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._read_on(bytes(data)[upgrade.args[0] :])


def framing(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the lines of the headers that frame the body; without a body, b""."""
    return b"".join(b"%b: %b\r\n" % header for header in headers if header[0] in FRAMING)
