"""Content negotiation (RFC 9110, section 12): the quality values of a header, and the media type a client prefers."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from flask import request
from werkzeug.exceptions import NotAcceptable

MAX_HEADER_LENGTH = 1000
"""Length in characters above which an Accept or Accept-Encoding header is ignored.

Parsing it takes time, and the results are cached by header.
"""
JAVA_DEFAULT = {"text/html", "image/gif", "image/jpeg"}
"""What Java's HttpURLConnection sends, next to wildcards, if a program sets no Accept header: no preference."""
QUALITY = re.compile(r"q\s*=\s*([0-9]{0,3}(?:\.[0-9]{0,3})?)")


def best_media_type(media_types: Sequence[str]) -> str:
    """Return the media type that the client prefers, the first by default. Raise NotAcceptable if it accepts none.

    Why not Werkzeug's `best_match`: it compares parameters, so that `application/json; charset=utf-8` matches nothing,
    and lets `*/*` override `application/json;q=0`.
    """
    accept = request.headers.get("Accept", "")
    best = _preferred(accept if len(accept) <= MAX_HEADER_LENGTH else "", tuple(media_types))
    if best is None:
        names = ", ".join(map(bare, media_types))
        raise NotAcceptable(f"Available media types: {names}. Set Accept to one of them, or omit it.")
    return best


@lru_cache(maxsize=256)
def _preferred(accept: str, media_types: Sequence[str]) -> str | None:
    """Return the media type that an Accept header prefers, or None if it accepts none."""
    qualities = parse_qualities(accept)
    if not qualities or qualities.keys() - {"*", "*/*"} == JAVA_DEFAULT:
        return media_types[0]
    weights = {media_type: _weight(bare(media_type), qualities) for media_type in media_types}
    best = max(media_types, key=lambda media_type: weights[media_type])
    return best if weights[best][0] else None


def bare(media_type: str) -> str:
    """Return the media type without parameters."""
    return media_type.partition(";")[0].strip().lower()


def _weight(media_type: str, qualities: Mapping[str, float]) -> tuple[float, int]:
    """Return the quality of a media type, decided by the most specific range, and the specificity of that range."""
    main_type = media_type.partition("/")[0]
    for specificity, media_range in ((2, media_type), (1, f"{main_type}/*"), (0, "*/*"), (0, "*")):
        if media_range in qualities:
            return qualities[media_range], specificity
    return 0, 0


def parse_qualities(header: str) -> Mapping[str, float]:
    """Return the quality of each name in an Accept or Accept-Encoding header; parameters other than `q` are ignored.

    Why not Werkzeug's `parse_accept_header`: it drops `*; q=.2`, which Java's HttpURLConnection sends.
    """
    return _parse_qualities(header) if len(header) <= MAX_HEADER_LENGTH else {}


@lru_cache(maxsize=256)
def _parse_qualities(header: str) -> Mapping[str, float]:
    qualities: dict[str, float] = {}
    for item in header.lower().split(","):
        name, *parameters = map(str.strip, item.split(";"))
        if name:
            quality = min(map(_quality, parameters), default=1.0)
            qualities[name] = max(quality, qualities.get(name, 0.0))
    return qualities


def _quality(parameter: str) -> float:
    """Return the value of a `q` parameter, and 1 for any other or a malformed one."""
    match = QUALITY.fullmatch(parameter)
    return min(float(match[1]), 1.0) if match and match[1].strip(".") else 1.0
