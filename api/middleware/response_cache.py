"""Response cache: repeated GET, HEAD and conditional requests are answered from memory while the database is unchanged.

Without it, Flask sends the same responses.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache, partial
from http import HTTPStatus
from operator import itemgetter

from api.http.compression import negotiate_coding
from api.http.negotiation import MAX_HEADER_LENGTH
from api.http.request import strip_tracking
from api.middleware.cached_response import CachedResponse, ResponseStart
from api.middleware.client_connection import ClientDisconnected
from api.middleware.database_state import DatabaseState
from api.middleware.headers import request_headers
from api.middleware.lru_cache import SMALL_ENTRY_BYTES, CacheKey, ResponseCache
from api.middleware.types import Message, Receive, Scope, Send
from api.middleware.wsgi import WSGIAdapter
from api.middleware.wsgi_response import STREAMING

SAFE_METHODS = {"GET", "HEAD"}
BYPASS_HEADERS = {b"if-match", b"if-range", b"if-unmodified-since", b"range", b"upgrade"}
"""Request headers that bypass the cache."""
CONDITIONAL_HEADERS = (b"if-none-match", b"if-modified-since")
"""Conditional headers, handled here and hidden from Flask so that its response can be cached."""
CACHEABLE_STATUSES = {200, 400, 404}
"""Statuses of responses that depend only on the request and the database."""
NO_STORE = (b"cache-control", b"no-store")
"""Header of a response that must not be cached. Errors have it for clients, but may be cached here until the data
changes.
"""
RETRY_AFTER = b"retry-after"
MAX_QUEUE_SECONDS = 0.5
"""How long a request waits until an earlier one for the same response gets a thread: the client of the earlier one may
have many requests in the queue, which must not delay other clients.
"""
MAX_MEMOIZED_LENGTH = 1000
"""Length in bytes above which a query is normalized each time, so that the memory for normalized ones is bounded."""


class Computation:
    """A response that is being computed: whether a thread has begun, and whether it has ended, cached or not."""

    def __init__(self) -> None:
        self.begun, self.finished = asyncio.Event(), asyncio.Event()
        self.state = 0
        """The number of the state of the database at the beginning."""

    def finish(self) -> None:
        """Let all requests that wait for it continue."""
        self.begun.set()
        self.finished.set()


class AlreadyCached(Exception):
    """The response was cached while its request waited for a thread."""

    def __init__(self, response: CachedResponse) -> None:
        self.response = response


class ResponseCacheMiddleware:
    """ASGI middleware that caches responses of Flask."""

    def __init__(self, adapter: WSGIAdapter, state: DatabaseState) -> None:
        self.adapter, self._state, self._cache = adapter, state, ResponseCache()
        self._cached_in = 0
        """The number of the state of the database in which the cached responses were read."""
        self._computed: dict[CacheKey, Computation] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request: from the cache, or by calling Flask."""
        key = cache_key(scope)
        cached = await self._find(key) if key is not None else None
        if cached is None:
            try:
                await self._call_flask(key, scope, receive, send)
            except AlreadyCached as already:
                cached = already.response
            except ClientDisconnected:
                pass
        if cached is not None:
            await self._send_cached(cached, scope, send)

    async def _send_cached(self, cached: CachedResponse, scope: Scope, send: Send) -> None:
        start, body = respond(scope, cached)
        if len(body.get("body", b"")) > SMALL_ENTRY_BYTES:
            await self.adapter.scheduler.wait()
        await send(start.message)
        await send(body)

    def find(self, scope: Scope) -> tuple[ResponseStart, Message] | None:
        """Return start and body of a cached response; None for other requests, and for a large one that must wait."""
        key = cache_key(scope)
        cached = self._lookup(key, self._state.read_once()) if key is not None else None
        if cached is None or (cached.size > SMALL_ENTRY_BYTES and not self.adapter.scheduler.take()):
            return None
        return respond(scope, cached)

    async def _find(self, key: CacheKey) -> CachedResponse | None:
        """Return the cached response. If another request is computing it, wait for that once."""
        cached = self._lookup(key, self._state.read())
        if cached is None and (computation := self._computed.get(key)) is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(MAX_QUEUE_SECONDS):
                    await computation.begun.wait()
                await computation.finished.wait()
            cached = self._lookup(key, self._state.read())
        return cached

    def _lookup(self, key: CacheKey, state: int) -> CachedResponse | None:
        """Return the response cached in the current state of the database."""
        if state != self._cached_in:
            self._cache.clear()
            self._cached_in = state
        return self._cache.get(key)

    async def _call_flask(self, key: CacheKey | None, scope: Scope, receive: Receive, send: Send) -> None:
        if key is None:
            async with self.adapter.call(scope, receive) as response:
                await response.send(send)
        else:
            await self._fetch(key, scope, receive, send)

    async def _fetch(self, key: CacheKey, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond from Flask, and cache the response if the database is still in the same state.

        Raise AlreadyCached if another request was faster.
        """
        is_get, computation = scope["method"] == "GET", Computation()
        with ExitStack() as announced:
            if is_get:
                announced.enter_context(self._announce(key, computation))
            begin = partial(self._begin, key, computation)
            async with self.adapter.call(scope, receive, CONDITIONAL_HEADERS, begin) as response:
                complete = CachedResponse.from_wsgi(response)
                if is_get and is_cacheable(response.start) and self._state.read() == computation.state:
                    self._cache.set(key, complete)
                announced.close()  # before the response is sent, which may take as long as the client likes
                start, body = complete.response_for(scope["method"], request_headers(scope))
                message = start.message
                if body is STREAMING:
                    message, body = await response.begin()
                await send(message)
                await send(body)
                if body is STREAMING:
                    await response.stream(send)

    def _begin(self, key: CacheKey, computation: Computation) -> None:
        """Note that a thread begins to compute a response. Raise AlreadyCached if there is one by now."""
        if (cached := self._lookup(key, self._state.read())) is not None:
            raise AlreadyCached(cached)
        computation.state = self._cached_in
        computation.begun.set()

    @contextmanager
    def _announce(self, key: CacheKey, computation: Computation) -> Iterator[None]:
        """Let other requests wait until a response is cached, or cannot be; unless one is announced already."""
        if key in self._computed:
            yield
            return
        self._computed[key] = computation
        try:
            yield
        finally:
            del self._computed[key]
            computation.finish()


def respond(scope: Scope, cached: CachedResponse) -> tuple[ResponseStart, Message]:
    """Return start and body of a cached response for a request, and note in its state what was served."""
    state = scope["state"]
    state["route"], state["cached"] = cached.route, True
    return cached.response_for(scope["method"], request_headers(scope))


def is_cacheable(start: Message) -> bool:
    """Return whether a response may be cached: a 200 without `no-store`, or a 400 or 404 without Retry-After."""
    status, headers = start["status"], start["headers"]
    if status != HTTPStatus.OK:
        return status in CACHEABLE_STATUSES and not any(name == RETRY_AFTER for name, _ in headers)
    return NO_STORE not in headers


def cache_key(scope: Scope) -> CacheKey | None:
    """Return everything a response depends on besides the database, or None if the cache may not serve the request."""
    headers = request_headers(scope)
    host = headers.get(b"host")
    if host is None or scope["method"] not in SAFE_METHODS or not BYPASS_HEADERS.isdisjoint(headers):
        return None
    accept, accept_encoding = headers.get(b"accept", b""), headers.get(b"accept-encoding", b"")
    return (
        scope["scheme"],
        host,
        scope["raw_path"],
        normalize_query(scope["query_string"]),
        accept if len(accept) <= MAX_HEADER_LENGTH else b"",
        negotiate(accept_encoding) if len(accept_encoding) <= MAX_HEADER_LENGTH else "",
    )


@lru_cache(maxsize=256)
def negotiate(accept_encoding: bytes) -> str:
    """Return the content coding that a client prefers, or "" for none."""
    return negotiate_coding(accept_encoding.decode("latin-1"))


def normalize_query(query: bytes) -> bytes:
    """Remove tracking parameters and sort a query by parameter name, since the order never changes a response.

    Encoded names are left alone, because two of them may be the same parameter.
    """
    if len(query) > MAX_MEMOIZED_LENGTH:
        return _normalize(query)
    return _normalize_memoized(query) if query else query


def _normalize(query: bytes) -> bytes:
    query = strip_tracking(query)
    if b"&" not in query:
        return query
    pairs = [(pair.partition(b"=")[0], pair) for pair in query.split(b"&")]
    if any(b"%" in name or b"+" in name for name, _ in pairs):
        return query
    return b"&".join(pair for _, pair in sorted(pairs, key=itemgetter(0)))


_normalize_memoized = lru_cache(maxsize=1000)(_normalize)
