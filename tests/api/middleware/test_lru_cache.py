"""LRU cache of responses."""

import pytest

from api.middleware.cached_response import CachedResponse, ResponseStart
from api.middleware.lru_cache import (
    MAX_ENTRY_BYTES,
    MAX_ERROR_BYTES,
    MAX_ERROR_ENTRY_BYTES,
    MAX_LARGE_BYTES,
    MAX_TOTAL_BYTES,
    SMALL_ENTRY_BYTES,
    ResponseCache,
)
from api.middleware.types import Message
from api.middleware.wsgi_response import STREAMING

OVERHEAD_BYTES = 10_000
"""More than the cache adds to the body of an entry."""


def make_response(size: int, status: int = 200) -> CachedResponse:
    start: Message = {"type": "http.response.start", "status": status, "headers": []}
    return CachedResponse(ResponseStart(start), {"type": "http.response.body", "body": bytes(size)})


@pytest.mark.parametrize("size", [100, SMALL_ENTRY_BYTES - OVERHEAD_BYTES, MAX_ENTRY_BYTES - OVERHEAD_BYTES])
def test_least_recently_used_response_is_evicted(size: int) -> None:
    cache, number = ResponseCache(), 5000
    for each in range(number):
        cache.set((str(each),), make_response(size))
        assert cache.size <= MAX_TOTAL_BYTES
        cache.get(("0",))
    cached = [each for each in range(number) if cache.get((str(each),))]
    assert cached == [0, *range(number + 1 - len(cached), number)]
    assert len(cached) > 3


def test_long_keys_count() -> None:
    cache = ResponseCache()
    for number in range(4000):
        cache.set((str(number), b"x" * 8000), make_response(0))
    cached = sum(cache.get((str(number), b"x" * 8000)) is not None for number in range(4000))
    assert cached * 8000 < cache.size <= MAX_TOTAL_BYTES


def test_streams_and_oversized_responses_are_not_cached() -> None:
    cache = ResponseCache()
    cache.set(("large",), make_response(MAX_ENTRY_BYTES))
    cache.set(("error",), make_response(MAX_ERROR_ENTRY_BYTES, 400))
    cache.set(("stream",), make_response(0)._replace(body=STREAMING))
    assert [cache.get((name,)) for name in ("large", "error", "stream")] == [None] * 3
    assert cache.size == 0


def test_replaced_response_counts_once() -> None:
    cache = ResponseCache()
    cache.set(("one",), make_response(1000))
    size = cache.size
    for response in (make_response(SMALL_ENTRY_BYTES), make_response(10, 404), make_response(1000)):
        cache.set(("one",), response)
        assert (cached := cache.get(("one",))) is not None
        assert cached.body == response.body
    assert cache.size == size
    cache.clear()
    assert (cache.size, cache.get(("one",))) == (0, None)


@pytest.mark.parametrize(
    ("status", "size"), [(404, 500), (400, 10_000), (200, 450_000), (200, MAX_ENTRY_BYTES - OVERHEAD_BYTES)]
)
def test_floods_of_errors_or_large_responses_evict_no_page(status: int, size: int) -> None:
    cache = ResponseCache()
    pages = [("page", str(number)) for number in range(100)]
    for key in pages:
        cache.set(key, make_response(20_000))
    for number in range(2000):
        cache.set(("flood", str(number)), make_response(size, status))
    assert all(cache.get(key) for key in pages)
    assert cache.size <= 100 * 30_000 + max(MAX_ERROR_BYTES, MAX_LARGE_BYTES)
