"""Traffic of the soak test: each kind is an endless stream of requests."""

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from itertools import count
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from bench import word_lists as words
from bench.servers import HOST
from bench.soak.client import NOT_MODIFIED, RawRequest, Request, Response

RequestStream = Generator[Request | RawRequest, Response | None, None]
"""Endless requests; each may depend on the last response, which is None after an error."""

EVENTS = 2000
"""Number of synthetic events next to the article."""
PARTY, VIEW = "/parties/putin", "/proposals/full-truce/standing"
POPULAR = {
    PARTY: 30,
    "/parties/trump?fields=id,role,revision": 10,
    "/events/trump-putin-call": 10,
    "/events": 10,
    "/parties?principal=russia": 10,
    "/positions?principal=ukraine&include=proposal": 5,
    VIEW: 10,
    "/matrix?negotiation=ukraine-war-settlement": 4,
    "/events/trump-putin-call/accounts": 4,
    "/search?q=hockey": 3,
    "/positions.csv?principal=ukraine": 3,
    "/openapi.json": 1,
}
"""Popular paths and their weights. CSV lists are streams, which are never cached."""
VERSIONED = {PARTY, "/parties/trump?fields=id,role,revision", "/parties?principal=russia"}
CODINGS = ("gzip", "gzip, zstd", "identity")
REVALIDATE_SHARE, HEAD_SHARE = 0.4, 0.05
"""Share of requests that revalidate, and share of HEAD requests."""
MAX_WALKED_PAGES = 6
"""Number of pages that a client walks."""
LONG_PATH, MANY_HEADERS, LARGE_HEADER = 9000, 200, 70_000
"""Longer path, more headers and larger header than accepted."""


def cached_requests(draw: Random, _bundle: bytes) -> RequestStream:
    """Repeat a few popular requests in every content coding, often with If-None-Match."""
    cached: dict[tuple[str, str], Response] = {}
    paths, weights = list(POPULAR), list(POPULAR.values())
    while True:
        (path,), coding = draw.choices(paths, weights), draw.choice(CODINGS)
        headers = {"Host": HOST, "Accept-Encoding": coding}
        has = cached.get((path, coding))
        if has and has.etag and draw.random() < REVALIDATE_SHARE:
            conditional = {**headers, "If-None-Match": has.etag}
            response = yield Request(
                path, conditional, (200, NOT_MODIFIED), versioned=path in VERSIONED, cached_version=has.version
            )
        elif draw.random() < HEAD_SHARE:
            yield Request(path, headers, method="HEAD")
            continue
        else:
            response = yield Request(path, headers, versioned=path in VERSIONED)
        if response and response.status != NOT_MODIFIED:
            cached[path, coding] = response._replace(body=b"")


def uncached_requests(draw: Random, _bundle: bytes) -> RequestStream:
    """Send requests that are new: filters, searches, sorts, page walks, other hosts."""
    for number in count():
        match number % 8:
            case 0:
                yield Request(PARTY, {"Host": f"h{number}-{draw.getrandbits(64):x}.{HOST}"}, versioned=True)
            case 1:
                yield Request(f"/events?{urlencode({'q': two_words(draw), 'limit': draw.randint(1, 100)})}")
            case 2:
                yield Request(f"/search?{urlencode({'q': two_words(draw)})}")
            case 3:
                yield Request(f"{VIEW}?as_of={random_day(draw)}")
            case 4:
                yield Request(f"/statements?since={random_day(draw)}&sort=-date,id&include=proposals&limit=20")
            case 5:
                yield Request(f"/events/event-{draw.randrange(EVENTS)}?include=statements&fields=id,title,kind")
            case 6:
                yield Request(
                    f"/positions?party=party-{draw.randrange(20)}&until={random_day(draw)}&facet=stance,party"
                )
            case _:
                yield from walk_pages(f"/events?since={random_day(draw)}&sort=title&limit={draw.randint(10, 60)}")


def walk_pages(path: str) -> RequestStream:
    """Walk the pages of a list."""
    for _ in range(MAX_WALKED_PAGES):
        response = yield Request(path)
        following = json.loads(response.body)["page"]["next"] if response else None
        if following is None:
            return
        address = urlsplit(following)
        path = f"{address.path}?{address.query}"


def stream_requests(draw: Random, _bundle: bytes) -> RequestStream:
    """Request lists and exports as files: read completely, slowly, or partly."""
    while True:
        day_, kind = random_day(draw), draw.choice(("call", "talks", "meeting", "statement"))
        yield Request("/parties.ndjson", versioned=True)
        yield Request(f"/events.csv?kind={kind}&since={day_}")
        yield Request("/export/readout.ndjson", versioned=True, read="slowly")
        yield Request(f"/timeline.csv?since={day_}", read="partly")
        yield Request("/parties.csv", {"Accept-Encoding": "gzip"}, versioned=True)
        yield Request("/events.ndjson", read="partly")
        yield Request(f"/statements.csv?since={day_}", read="slowly")
        yield Request(f"/events.ics?kind={kind}", {"Accept-Encoding": "zstd"})
        yield Request("/export/readout.db", read="partly")
        yield Request("/export/readout.zip")


def bad_requests(draw: Random, _bundle: bytes) -> RequestStream:
    """Send invalid requests and malformed bytes."""
    while True:
        yield draw.choice(BAD_REQUESTS)


def check_requests(draw: Random, bundle: bytes) -> RequestStream:
    """Send bundles to /check: a valid one and garbage of every kind."""
    kind = {"Content-Type": "application/json"}
    for number in count():
        garbage = draw.randbytes(draw.randint(1, 5000))
        yield Request("/check", kind, method="POST", body=bundle)
        yield Request("/check", kind, (400,), "POST", garbage)
        yield Request("/check", kind, (422,), "POST", json.dumps({"sources": number, "parties": [{}]}).encode())
        yield Request("/check", {"Content-Type": "text/plain"}, (415,), "POST", garbage)


class TrafficKind(NamedTuple):
    """Kind of traffic: rate per second and number of clients."""

    name: str
    requests: Callable[[Random, bytes], RequestStream]
    rate: float
    clients: int

    def row(self) -> tuple[object, ...]:
        """Return a row for the report."""
        return self.name, f"{self.rate:g}", self.clients, self.requests.__doc__


TRAFFIC = (
    TrafficKind("cached", cached_requests, 260, 10),
    TrafficKind("uncached", uncached_requests, 30, 8),
    TrafficKind("streams", stream_requests, 0.5, 8),
    TrafficKind("bad", bad_requests, 10, 4),
    TrafficKind("checks", check_requests, 0.5, 2),
)


def raw_request(line: str, *headers: str, body: str = "") -> bytes:
    """Return the bytes of a request, valid or not."""
    return "\r\n".join((line, "Host: x", *headers, "", body)).encode("latin-1")


def two_words(draw: Random) -> str:
    """Return two words, which may or may not occur together."""
    return f"{draw.choice(words.NOUNS)} {draw.choice(words.ADJECTIVES)}"


def random_day(draw: Random) -> str:
    """Return a day within twenty years."""
    return f"{draw.randint(2006, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def rejected_requests(status: int, paths: Iterable[str], **more: Any) -> list[Request | RawRequest]:
    """Return requests that are rejected with a status."""
    return [Request(path, statuses=(status,), **more) for path in paths]


def malformed_requests(status: int, sent: Iterable[bytes]) -> list[Request | RawRequest]:
    """Return malformed bytes that are rejected with a status."""
    return [RawRequest(each, status) for each in sent]


POST, CHUNKED = ("POST /check HTTP/1.1", "Content-Type: application/json"), "Transfer-Encoding: chunked"
BAD_REQUESTS: Sequence[Request | RawRequest] = [
    *rejected_requests(
        400, ("/events?knd=call", "/events?kind=cal", "/events?limit=0", "/events?cursor=abc", "/search")
    ),
    *rejected_requests(
        400, ("/events?since=2025-13-45", "/events?sort=colour", "/matrix?as_of=x", "/events?limit=1&limit=2")
    ),
    *rejected_requests(404, ("/nowhere", "/parties/nobody", "/events.xml", "/parties/%00", "/parties/%2e%2e%2fpasswd")),
    *rejected_requests(405, ("/events", PARTY), method="PUT"),
    *rejected_requests(405, ("/events", "/export/readout.db"), method="DELETE"),
    *rejected_requests(406, ("/events",), headers={"Accept": "image/png"}),
    *malformed_requests(400, (b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")),
    *malformed_requests(
        400,
        (raw_request("GET / HTTP/3.7"), raw_request("GET /\xff\xfe HTTP/1.1"), raw_request("GET / HTTP/1.1", "A B: 1")),
    ),
    *malformed_requests(400, (raw_request(*POST, "Content-Length: 5", CHUNKED, body="2\r\n[]\r\n0\r\n\r\n"),)),
    *malformed_requests(400, (raw_request(*POST, "Content-Length: 5", "Content-Length: 6", body="[    ]"),)),
    *malformed_requests(400, (raw_request(*POST, CHUNKED, body="zz\r\n[]\r\n0\r\n\r\n"),)),
    *malformed_requests(414, (raw_request(f"GET /{'a' * LONG_PATH} HTTP/1.1"),)),
    *malformed_requests(431, (raw_request("GET / HTTP/1.1", *(f"X-{number}: a" for number in range(MANY_HEADERS))),)),
    *malformed_requests(431, (raw_request("GET / HTTP/1.1", f"X: {'a' * LARGE_HEADER}"),)),
]
