"""Content codings of responses that are produced in chunks."""

import random
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
import zstandard

from api.http.compression import CONTENT_CODINGS, compress_stream

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    "br": brotli.decompress,
    "gzip": lambda data: zlib.decompress(data, 31),
}


@pytest.mark.parametrize("coding", CONTENT_CODINGS)
def test_coding_does_not_collect_megabytes_before_it_compresses(coding: str) -> None:
    """The CPU limit applies to the time between two chunks of output."""
    words = [b"%d" % number for number in range(1000)]
    chunks = [b" ".join(random.Random(number).choices(words, k=16_000)) for number in range(40)]  # noqa: S311 - test data
    consumed = 0
    gaps: list[int] = []

    def counted_chunks() -> Iterator[bytes]:
        nonlocal consumed
        for chunk in chunks:
            consumed += 1
            yield chunk

    output = b""
    for piece in compress_stream(counted_chunks(), CONTENT_CODINGS[coding]()):
        gaps.append(consumed - sum(gaps))
        output += piece
    assert DECODERS[coding](output) == b"".join(chunks)
    assert max(gaps) <= 4
