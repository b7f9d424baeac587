"""Response cache: repeated GET, HEAD and conditional requests are answered from memory while the database is unchanged.

Flask is complete without it.
"""

from http import HTTPStatus
from operator import itemgetter

from flask import Flask

from api.http.compression import negotiate_coding
from api.http.request import strip_tracking
from api.middleware.lru_cache import CachedResponse, CacheKey, ResponseCache
from api.middleware.types import Headers, Message, Receive, Scope, Send, merge_headers
from api.middleware.wsgi import STREAMING, WSGIAdapter
from seed.storage.fingerprint import FileMonitor

APP_THREADS = 4
"""Number of threads that run Flask in a worker."""
SAFE_METHODS = {"GET", "HEAD"}
BYPASS_HEADERS = {b"if-match", b"if-range", b"if-unmodified-since", b"range", b"upgrade"}
"""Request headers that bypass the cache."""
CONDITIONAL_HEADERS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""Conditional headers, handled here and hidden from Flask so that its response can be cached."""
CACHEABLE_STATUSES = {200, 400, 404}
"""Statuses of responses that depend only on the request and the database."""
NO_STORE = (b"cache-control", b"no-store")
"""Header of a response that must not be cached. Errors have it for clients, but may be cached here until the data
changes.
"""


class ResponseCacheMiddleware:
    """ASGI middleware that caches responses of Flask."""

    def __init__(self, app: Flask) -> None:
        self.adapter = WSGIAdapter(app, APP_THREADS)
        self.monitor = FileMonitor(app.extensions["connection_pool"].path)
        self.cache = ResponseCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        headers = merge_headers(scope["headers"])
        if scope["method"] in SAFE_METHODS and b"host" in headers and BYPASS_HEADERS.isdisjoint(headers):
            await self.serve(scope, headers, receive, send)
        else:
            async with self.adapter.call(scope, receive) as answer:
                await answer.send(send)

    async def serve(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Respond from the cache, or from Flask."""
        if self.monitor.changed():
            self.cache.clear()
        key = cache_key(scope, headers)
        held = self.cache.get(key)
        if held is None:
            await self.fetch(key, scope, headers, receive, send)
        else:
            start, body = held.response_for(scope["method"], headers)
            await send(start)
            await send(body)

    async def fetch(self, key: CacheKey, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Respond from Flask, and cache the response if the database was stable before and has not changed since."""
        look = self.monitor.fingerprint if self.monitor.is_stable() else None
        async with self.adapter.call(scope, receive, without=CONDITIONAL_HEADERS) as answer:
            finished = CachedResponse.from_wsgi(answer)
            if (
                scope["method"] == "GET"
                and is_cacheable(answer.start)
                and look is not None
                and look is self.monitor.fingerprint
            ):
                self.cache.set(key, finished)
            start, body = finished.response_for(scope["method"], headers)
            if body is STREAMING:
                start, body = await answer.started()
            await send(start)
            await send(body)
            if body is STREAMING:
                await answer.stream(send)


def is_cacheable(start: Message) -> bool:
    """Return whether a response may be cached."""
    status = start["status"]
    return status in CACHEABLE_STATUSES and (status != HTTPStatus.OK or NO_STORE not in start["headers"])


def cache_key(scope: Scope, headers: Headers) -> CacheKey:
    """Return everything a response depends on besides the database."""
    return (
        scope["scheme"],
        headers[b"host"],
        scope["raw_path"],
        normalize_query(strip_tracking(scope["query_string"])),
        headers.get(b"accept", b""),
        negotiate_coding(headers.get(b"accept-encoding", b"").decode("latin-1")),
    )


def normalize_query(query: bytes) -> bytes:
    """Sort a query by parameter name, since the order never changes a response.

    Encoded names are left alone, because two of them may be the same parameter.
    """
    if b"&" not in query:
        return query
    pairs = [(pair.partition(b"=")[0], pair) for pair in query.split(b"&")]
    if any(b"%" in name or b"+" in name for name, _ in pairs):
        return query
    return b"&".join(pair for _, pair in sorted(pairs, key=itemgetter(0)))
