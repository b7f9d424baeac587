"""LRU cache of complete responses, bounded by bytes."""

from http import HTTPStatus

from cachetools import LRUCache

from api.middleware.cached_response import CachedResponse
from api.middleware.wsgi_response import STREAMING

CacheKey = tuple[str | bytes, ...]

KIBIBYTE = 1024
MAX_SMALL_BYTES = 10 * 1024 * KIBIBYTE
"""Maximum size of all small responses."""
MAX_LARGE_BYTES = 5 * 1024 * KIBIBYTE
"""Maximum size of all large responses."""
MAX_ERROR_BYTES = 1024 * KIBIBYTE
"""Maximum size of all errors."""
MAX_TOTAL_BYTES = MAX_SMALL_BYTES + MAX_LARGE_BYTES + MAX_ERROR_BYTES
SMALL_ENTRY_BYTES = 64 * KIBIBYTE
"""Maximum size of a small response."""
MAX_ENTRY_BYTES = 1024 * KIBIBYTE
"""Maximum size of a response."""
MAX_ERROR_ENTRY_BYTES = 16 * KIBIBYTE
"""Maximum size of an error."""
ENTRY_OVERHEAD_BYTES = 4 * KIBIBYTE
"""Upper bound in bytes for the headers and bookkeeping of an entry."""


class ResponseCache:
    """LRU caches of responses by request key, bounded by total size in bytes.

    There is one for small responses, one for large ones and one for errors: clients who request many different URLs of
    one kind do not evict responses of the other kinds.
    """

    def __init__(self) -> None:
        self._small = _lru_cache(MAX_SMALL_BYTES)
        self._large = _lru_cache(MAX_LARGE_BYTES)
        self._errors = _lru_cache(MAX_ERROR_BYTES)

    @property
    def size(self) -> float:
        """The size of all entries in bytes."""
        return self._small.currsize + self._large.currsize + self._errors.currsize

    def get(self, key: CacheKey) -> CachedResponse | None:
        """Return the cached response, or None."""
        for cache in (self._small, self._large, self._errors):
            if key in cache:
                return cache[key]
        return None

    def set(self, key: CacheKey, response: CachedResponse) -> None:
        """Store a response, unless it is a stream or too large."""
        self.delete(key)
        size = entry_size(key, response)
        cache = self._cache_for(response, size)
        if cache is not None:
            cache[key] = response._replace(size=size)

    def delete(self, key: CacheKey) -> None:
        """Delete a response if it is cached."""
        for cache in (self._small, self._large, self._errors):
            cache.pop(key, None)

    def clear(self) -> None:
        """Delete all responses."""
        for cache in (self._small, self._large, self._errors):
            cache.clear()

    def _cache_for(self, response: CachedResponse, size: int) -> "LRUCache[CacheKey, CachedResponse] | None":
        if response.body is STREAMING or size > MAX_ENTRY_BYTES:
            return None
        if response.start.status != HTTPStatus.OK:
            return self._errors if size <= MAX_ERROR_ENTRY_BYTES else None
        return self._small if size <= SMALL_ENTRY_BYTES else self._large


def _lru_cache(max_bytes: int) -> "LRUCache[CacheKey, CachedResponse]":
    return LRUCache(max_bytes, getsizeof=lambda response: response.size)


def entry_size(key: CacheKey, response: CachedResponse) -> int:
    """Return an upper bound of an entry's size in bytes."""
    return ENTRY_OVERHEAD_BYTES + sum(map(len, key)) + len(response.body.get("body", b""))
