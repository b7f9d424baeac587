"""Client of the soak test: keeps its connection and checks every response."""

import json
import select
import socket
import time
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import Literal, NamedTuple

import zstandard

from bench.soak.versions import BundleVersions, WrongResponse

TIMEOUT_SECONDS = 30
"""Seconds until some part of a response must arrive."""
KEEP_ALIVE_SECONDS = 1.0
"""Seconds after a request during which the server must keep an idle connection open, counted from when it was sent."""
SLOW_READ_BYTES, SLOW_READ_SECONDS, SLOW_BUFFER_BYTES = 32 * 1024, 0.05, 16 * 1024
"""How a slow client reads: chunk size, pause, and receive buffer."""
PARTIAL_BYTES = 20_000
"""Bytes after which a client leaves early."""
BODY_ENDINGS = {
    "application/json": b"}\n",
    "application/x-ndjson": b"}\n",
    "text/csv": b"\r\n",
    "text/calendar": b"\r\n",
    "image/svg+xml": b"</svg>",
}
"""How a complete body ends."""
PROBLEM = "application/problem+json"
ERROR, NOT_MODIFIED = 400, 304


class Request(NamedTuple):
    """Request, its expected statuses, and how the response is read."""

    path: str
    headers: Mapping[str, str] = {}
    statuses: Collection[int] = (200,)
    method: str = "GET"
    body: bytes | None = None
    versioned: bool = False
    """Whether the response contains the parties that change with every version."""
    cached_version: int | None = None
    """Version that the client has cached, which a 304 confirms."""
    read: Literal["whole", "slowly", "partly"] = "whole"

    def name(self) -> str:
        """Return a short description for error messages."""
        return f"{self.method} {self.path}"


class RawRequest(NamedTuple):
    """Malformed bytes, sent on their own connection, and the expected status."""

    sent: bytes
    status: int

    def name(self) -> str:
        """Return a short description for error messages."""
        return repr(self.sent[:60])


class Response(NamedTuple):
    """Response with its version, if it has one, and the moment that counts: the end, or for a stream the beginning."""

    status: int
    etag: str | None
    media: str
    body: bytes
    at: float
    version: int | None = None


class SlowConnection(HTTPConnection):
    """Connection with a small receive buffer, so that the server has to wait."""

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER_BYTES)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect((self.host, self.port))


class Client:
    """One client, which remembers the newest version it has seen and counts what servers are allowed to do."""

    def __init__(self, port: int, versions: BundleVersions, counts: Counter[str]) -> None:
        self.port, self.versions, self.counts = port, versions, counts
        self.connection = self._new(HTTPConnection)
        self.newest, self.sent = 0, 0.0

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def put(self, request: Request | RawRequest) -> Response:
        """Send a request and check the response. Raises WrongResponse, OSError or HTTPException."""
        if isinstance(request, RawRequest):
            return self._send_raw(request)
        least = max(self.newest, self.versions.loaded)
        if request.read == "whole":
            response = read_response(request, self._send_persistent(request))
        else:
            with closing(self._new(SlowConnection if request.read == "slowly" else HTTPConnection)) as connection:
                response = read_response(request, send_request(request, connection))
        version = self._check(request, response, least)
        self.newest = max(self.newest, version or 0)
        return response._replace(version=version)

    def _new(self, kind: type[HTTPConnection]) -> HTTPConnection:
        return kind("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)

    def _send_persistent(self, request: Request) -> HTTPResponse:
        """Send on the persistent connection, which the server may have closed while it was idle."""
        idle = self.connection.sock is not None and time.monotonic() - self.sent > KEEP_ALIVE_SECONDS
        if idle and select.select([self.connection.sock], [], [], 0)[0]:
            self._reopen("idle connections that the server had closed")
        self.sent = time.monotonic()
        try:
            return send_request(request, self.connection)
        except ConnectionError:
            if not idle:
                raise
            self._reopen("idle connections that the server closed as a request came")
            return send_request(request, self.connection)

    def _reopen(self, why: str) -> None:
        self.connection.close()
        self.counts[why] += 1

    def _send_raw(self, raw: RawRequest) -> Response:
        """Send malformed bytes; the server need not read all of them."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_SECONDS) as connection:
            reply = HTTPResponse(connection)
            try:
                connection.sendall(raw.sent)
                reply.begin()
                response = Response(reply.status, None, media_type(reply), reply.read(), time.monotonic())
            except ConnectionError:
                self.counts["malformed requests that were cut off"] += 1
                return Response(raw.status, None, "", b"", time.monotonic())
        check_refusal(response, [raw.status])
        return response

    def _check(self, request: Request, response: Response, least: int) -> int | None:
        """Check a response and return its version."""
        if response.status >= ERROR or response.status not in request.statuses:
            check_refusal(response, request.statuses)
        elif response.status == NOT_MODIFIED:
            if request.cached_version is not None:
                self.versions.demand(request.cached_version, least)
            return request.cached_version
        elif request.read != "partly" and request.method != "HEAD":
            if not response.body.endswith(BODY_ENDINGS.get(response.media, b"")):
                raise WrongResponse(f"does not end as {response.media} does")
            return self.versions.version_of(response.body, least, versioned=request.versioned)
        return None


def send_request(request: Request, connection: HTTPConnection) -> HTTPResponse:
    """Send a request and return the response before its body."""
    connection.request(request.method, request.path, request.body, dict(request.headers))
    return connection.getresponse()


def read_response(request: Request, response: HTTPResponse) -> Response:
    """Read a response in the way the request asks for."""
    began = time.monotonic()
    body = b"".join(pieces(request, response))
    if response.length is None and not response.chunked and response.status != NOT_MODIFIED:
        raise WrongResponse("does not say how long it is")
    at = began if response.chunked or request.read != "whole" else time.monotonic()
    return Response(response.status, response.getheader("ETag"), media_type(response), plain(response, body), at)


def pieces(request: Request, response: HTTPResponse) -> Iterator[bytes]:
    """Yield the body as it arrives."""
    if request.read == "whole":
        yield response.read()
    elif request.read == "partly":
        yield response.read(PARTIAL_BYTES)
    else:
        while piece := response.read(SLOW_READ_BYTES):
            yield piece
            time.sleep(SLOW_READ_SECONDS)
        if response.length:
            raise WrongResponse(f"ends {response.length} bytes early")


def plain(response: HTTPResponse, body: bytes) -> bytes:
    """Decompress a body."""
    coding = response.getheader("Content-Encoding")
    if not body or coding is None:
        return body
    try:
        if coding == "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
        return zlib.decompress(body, zlib.MAX_WBITS + 16)
    except (zlib.error, zstandard.ZstdError) as error:
        raise WrongResponse(f"is not {coding}: {error}") from error


def media_type(response: HTTPResponse) -> str:
    """Return the media type without parameters."""
    return response.getheader("Content-Type", "").partition(";")[0]


def check_refusal(response: Response, statuses: Collection[int]) -> None:
    """Raise WrongResponse on an unexpected status, or an error that is not a problem document."""
    if response.status not in statuses:
        raise WrongResponse(f"{response.status} where {sorted(statuses)} was right: {response.body[:300]!r}")
    if response.media != PROBLEM or json.loads(response.body)["status"] != response.status:
        raise WrongResponse(f"{response.status} without a problem document: {response.body[:300]!r}")
