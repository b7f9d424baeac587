"""A client of the soak: it puts questions on a connection that it keeps, and takes no answer unseen."""

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

from bench.soak.editions import BundleVersions, WrongResponse

TIMEOUT_SECONDS = 30
"""Seconds within which something of an answer must come."""
KEEP_ALIVE_SECONDS = 1.0
"""Seconds after a request that a server may close the connection if no other has come. They are counted from the moment
at which the one before was sent: no answer ended earlier, however late it was read here."""
SLOW_READ_BYTES, SLOW_READ_SECONDS, SLOW_BUFFER_BYTES = 32 * 1024, 0.05, 16 * 1024
"""How a slow client reads: so many bytes, so many seconds apart, with so little room for more."""
PARTIAL_BYTES = 20_000
"""Bytes after which a client leaves that does not stay to the end."""
BODY_ENDINGS = {
    "application/json": b"}\n",
    "application/x-ndjson": b"}\n",
    "text/csv": b"\r\n",
    "text/calendar": b"\r\n",
}
"""What a whole body ends in."""
PROBLEM = "application/problem+json"
ERROR, NOT_MODIFIED = 400, 304


class Request(NamedTuple):
    """What is asked, which statuses are right, and how the answer is read."""

    path: str
    headers: Mapping[str, str] = {}
    statuses: Collection[int] = (200,)
    method: str = "GET"
    body: bytes | None = None
    marked: bool = False
    """Whether the answer tells of the parties that every edition changes."""
    held: int | None = None
    """The edition of the answer that the client has, which a 304 says is still right."""
    read: Literal["whole", "slowly", "partly"] = "whole"

    def name(self) -> str:
        """What an error is told of."""
        return f"{self.method} {self.path}"


class RawRequest(NamedTuple):
    """Bytes that are no request, sent on a connection of their own, and the status that is right."""

    sent: bytes
    status: int

    def name(self) -> str:
        """What an error is told of."""
        return repr(self.sent[:60])


class Response(NamedTuple):
    """An answer, its edition if it tells one, and the moment that counts: its end, or of a stream its beginning."""

    status: int
    etag: str | None
    media: str
    body: bytes
    at: float
    edition: int | None = None


class SlowConnection(HTTPConnection):
    """A connection with little room for what is not read yet, so that the server has to wait."""

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER_BYTES)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect((self.host, self.port))


class Client:
    """One client, who remembers the newest edition that it was told of; what servers may do to it is counted."""

    def __init__(self, port: int, editions: BundleVersions, counts: Counter[str]) -> None:
        self.port, self.editions, self.counts = port, editions, counts
        self.connection = self._new(HTTPConnection)
        self.newest, self.sent = 0, 0.0

    def close(self) -> None:
        """Leave."""
        self.connection.close()

    def put(self, question: Request | RawRequest) -> Response:
        """The answer, looked at: Unsound, OSError or HTTPException where it is not as it should be."""
        if isinstance(question, RawRequest):
            return self._thrown(question)
        least = max(self.newest, self.editions.there)
        if question.read == "whole":
            told = read_response(question, self._kept(question))
        else:
            with closing(self._new(SlowConnection if question.read == "slowly" else HTTPConnection)) as connection:
                told = read_response(question, send_request(question, connection))
        edition = self._edition(question, told, least)
        self.newest = max(self.newest, edition or 0)
        return told._replace(edition=edition)

    def _new(self, kind: type[HTTPConnection]) -> HTTPConnection:
        return kind("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)

    def _kept(self, question: Request) -> HTTPResponse:
        """How the answer begins on the connection that is kept, which a server may have closed that was not asked."""
        idle = self.connection.sock is not None and time.monotonic() - self.sent > KEEP_ALIVE_SECONDS
        if idle and select.select([self.connection.sock], [], [], 0)[0]:
            self._reopen("idle connections that the server had closed")
        self.sent = time.monotonic()
        try:
            return send_request(question, self.connection)
        except ConnectionError:
            if not idle:
                raise
            self._reopen("idle connections that the server closed as a request came")
            return send_request(question, self.connection)

    def _reopen(self, why: str) -> None:
        self.connection.close()
        self.counts[why] += 1

    def _thrown(self, raw: RawRequest) -> Response:
        """What is answered to bytes that are no request; a server need not listen to all of them."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_SECONDS) as connection:
            response = HTTPResponse(connection)
            try:
                connection.sendall(raw.sent)
                response.begin()
                told = Response(response.status, None, media_type(response), response.read(), time.monotonic())
            except ConnectionError:
                self.counts["malformed requests that were cut off"] += 1
                return Response(raw.status, None, "", b"", time.monotonic())
        check_refusal(told, [raw.status])
        return told

    def _edition(self, question: Request, told: Response, least: int) -> int | None:
        """The edition of an answer that is as it should be."""
        if told.status >= ERROR or told.status not in question.statuses:
            check_refusal(told, question.statuses)
        elif told.status == NOT_MODIFIED:
            if question.held is not None:
                self.editions.demand(question.held, least)
            return question.held
        elif question.read != "partly" and question.method != "HEAD":
            if not told.body.endswith(BODY_ENDINGS.get(told.media, b"")):
                raise WrongResponse(f"does not end as {told.media} does")
            return self.editions.told_by(told.body, least, marked=question.marked)
        return None


def send_request(question: Request, connection: HTTPConnection) -> HTTPResponse:
    """How the answer to a question begins."""
    connection.request(question.method, question.path, question.body, dict(question.headers))
    return connection.getresponse()


def read_response(question: Request, response: HTTPResponse) -> Response:
    """An answer, read as the question says."""
    began = time.monotonic()
    body = b"".join(pieces(question, response))
    if response.length is None and not response.chunked and response.status != NOT_MODIFIED:
        raise WrongResponse("does not say how long it is")
    at = began if response.chunked or question.read != "whole" else time.monotonic()
    return Response(response.status, response.getheader("ETag"), media_type(response), plain(response, body), at)


def pieces(question: Request, response: HTTPResponse) -> Iterator[bytes]:
    """The body of an answer, as it comes."""
    if question.read == "whole":
        yield response.read()
    elif question.read == "partly":
        yield response.read(PARTIAL_BYTES)
    else:
        while piece := response.read(SLOW_READ_BYTES):
            yield piece
            time.sleep(SLOW_READ_SECONDS)
        if response.length:
            raise WrongResponse(f"ends {response.length} bytes early")


def plain(response: HTTPResponse, body: bytes) -> bytes:
    """A body without its coding."""
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
    """What kind of text an answer is."""
    return response.getheader("Content-Type", "").partition(";")[0]


def check_refusal(told: Response, statuses: Collection[int]) -> None:
    """Refuse an answer of another status, and an error that is no problem document of that status."""
    if told.status not in statuses:
        raise WrongResponse(f"{told.status} where {sorted(statuses)} was right: {told.body[:300]!r}")
    if told.media != PROBLEM or json.loads(told.body)["status"] != told.status:
        raise WrongResponse(f"{told.status} without a problem document: {told.body[:300]!r}")
