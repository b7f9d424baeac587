"""What stands in front of the application: finished answers, held while the file is the one they were read from.

Repeats, HEAD and 304 are answered from here. All else is the application's, which is whole without this.
"""

from http import HTTPStatus
from operator import itemgetter

from flask import Flask

from api.http.headers import negotiate_coding
from api.middleware.lru_cache import CachedResponse, CacheKey, ResponseCache
from api.middleware.types import Headers, Message, Receive, Scope, Send, merge_headers
from api.middleware.wsgi import STREAMING, WSGIAdapter
from seed.storage.fingerprint import FileMonitor

APP_THREADS = 4
"""How many answers a worker puts together at once."""
SAFE_METHODS = {"GET", "HEAD"}
BYPASS_HEADERS = {b"if-match", b"if-range", b"if-unmodified-since", b"upgrade"}
"""The headers that leave a request to the application."""
CONDITIONAL_HEADERS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""Those that are heeded here and kept from the application, so that it gives an answer that can be held."""
CACHEABLE_STATUSES = {200, 400, 404}
"""The statuses of answers that depend on nothing but the question and the file."""
NO_STORE = (b"cache-control", b"no-store")
"""The header of an answer that holds for now alone. Problems have it, too, for others than us: they may be mended."""


class ResponseCacheMiddleware:
    """An ASGI application, which asks Flask what it does not know."""

    def __init__(self, app: Flask) -> None:
        self.adapter = WSGIAdapter(app, APP_THREADS)
        self.monitor = FileMonitor(app.extensions["readers"].path)
        self.cache = ResponseCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = merge_headers(scope["headers"])
        if scope["method"] in SAFE_METHODS and b"host" in headers and BYPASS_HEADERS.isdisjoint(headers):
            await self.serve(scope, headers, receive, send)
        else:
            async with self.adapter.call(scope, receive) as answer:
                await answer.send(send)

    async def serve(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Answer from what is held, or from the application."""
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
        """Answer from the application, and hold the answer if the file had settled before and has not changed since."""
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
    """Whether an answer that begins so can be given again."""
    status = start["status"]
    return status in CACHEABLE_STATUSES and (status != HTTPStatus.OK or NO_STORE not in start["headers"])


def cache_key(scope: Scope, headers: Headers) -> CacheKey:
    """All that an answer depends on, beside the file."""
    return (
        scope["scheme"],
        headers[b"host"],
        scope["raw_path"],
        normalize_query(scope["query_string"]),
        headers.get(b"accept", b""),
        negotiate_coding(headers.get(b"accept-encoding", b"").decode("latin-1")),
    )


def normalize_query(query: bytes) -> bytes:
    """A query in the order of its names, for no answer depends on how it was ordered.

    It is left as it is where a name is encoded, and may be the same as another.
    """
    if b"&" not in query:
        return query
    pairs = [(pair.partition(b"=")[0], pair) for pair in query.split(b"&")]
    if any(b"%" in name or b"+" in name for name, _ in pairs):
        return query
    return b"&".join(pair for _, pair in sorted(pairs, key=itemgetter(0)))
