"""Headers of a response that is sent many times, serialized once."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE

CONTENT_LENGTH = b"content-length"


class SerializedHeaders(list[tuple[bytes, bytes]]):
    """Headers of a complete response, and their lines in HTTP/1.1.

    uvicorn checks and joins the headers of each response again, which takes as long as all middleware of a cache hit.
    """

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raise ValueError for a header that uvicorn would refuse to send."""
        super().__init__(headers)
        if any(HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) for name, value in self):
            raise ValueError("A header has characters that are not allowed.")
        self.lines = b"".join(b"%b: %b\r\n" % header for header in self)
        self.content_length = int(dict(self).get(CONTENT_LENGTH, b"0"))
